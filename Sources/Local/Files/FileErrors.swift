import Glibc
import Model

extension StrataError {
    /// A failed system call on a file, with what to do about the usual reasons.
    static func file(_ number: Int32, _ what: String, _ path: String) -> StrataError {
        let hint: String? =
            switch number {
            case ENOSPC, EDQUOT: "free some space and run again: nothing was written in part"
            case EROFS: "the disk is mounted read-only; choose another path, or mount it for writing"
            case EACCES, EPERM: "check who owns the path and what its permissions are"
            case EIO: "the disk may be failing"
            default: nil
            }
        return StrataError(
            number == ENOENT ? .notFound : .file, "\(what) (\(String(cString: strerror(number))))", hint: hint,
            place: Place(file: path))
    }
}
