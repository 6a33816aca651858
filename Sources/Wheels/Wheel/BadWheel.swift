import Files
import Glibc
import Model

extension StrataError {
    /// A refusal that names the wheel and, where there is one, the entry.
    package static func badWheel(
        _ wheel: String, _ entry: EntryPath? = nil, _ reason: String, hint: String? = nil, cause: (any Error)? = nil
    ) -> StrataError {
        StrataError(
            .badWheel, entry.map { "'\($0)' \(reason)" } ?? reason, hint: hint, place: Place(file: wheel), cause: cause)
    }
}

extension OpenFile {
    /// A file that a build reads or writes. One that is not there is nothing that a user named: `file`, not `notFound`.
    init(ofBuild path: String, _ flags: Int32 = O_RDONLY) throws(StrataError) {
        do {
            try self.init(path, flags, mode: 0o666)
        } catch {
            throw StrataError(.file, error.message, hint: error.hint, place: error.place, cause: error.cause)
        }
    }
}
