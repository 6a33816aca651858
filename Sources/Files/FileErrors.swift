import Glibc
import Model

extension StrataError {
    /// A failed system call on a file, with what to do about the usual reasons.
    ///
    /// - Parameters:
    ///   - number: the call's `errno`.
    ///   - what: what failed: 'the file cannot be opened'.
    ///   - path: becomes the error's place.
    public static func file(_ number: Int32, _ what: String, _ path: String) -> StrataError {
        StrataError(
            number == ENOENT ? .notFound : .file, "\(what) (\(String(cString: strerror(number))))",
            hint: hint(number), place: Place(file: path))
    }

    /// The same with the path in the message, for files that the user named.
    static func cannot(_ verb: String, _ path: String, _ number: Int32) -> StrataError {
        StrataError(
            number == ENOENT || number == ENOTDIR ? .notFound : .file,
            "cannot \(verb) '\(path)': \(String(cString: strerror(number)))", hint: hint(number))
    }

    private static func hint(_ number: Int32) -> String? {
        switch number {
        case ENOSPC, EDQUOT: "free some space and run again: nothing was written in part"
        case EROFS: "the disk is mounted read-only; choose another path, or mount it for writing"
        case EACCES, EPERM: "check who owns the path and what its permissions are"
        case EIO: "the disk may be failing"
        default: nil
        }
    }
}
