import Files
import Glibc
import Model

/// Secrets in files that only their owner can read: `file:PATH`. The user's own choice: the bytes are on a disk.
///
/// What is checked is the file that was opened, so a link that is exchanged between check and reading gains nothing.
/// The bytes are the file's, with its last line end if it has one.
public struct FileSecrets: SecretStore {
    /// Larger files are no secrets.
    static let sizeLimit = 64 << 10

    private let folder: String

    public var scheme: String { "file" }

    /// - Parameter folder: what relative paths begin at; the working folder unless told otherwise.
    public init(relativeTo folder: String = ".") { self.folder = folder }

    public func fetch(_ reference: SecretReference) async throws -> Secret {
        let path = path(of: reference)
        let box = try await blocking { SecretBox(try Self.read(path)) }
        return try box.take()
    }

    public func store(_ secret: borrowing Secret, as reference: SecretReference) async throws {
        let path = path(of: reference)
        guard secret.count <= Self.sizeLimit else {
            throw StrataError(.invalidRequest, "the secret is larger than \(Self.sizeLimit) bytes")
        }
        // A secret cannot be handed to another thread while it is only borrowed; the file is small.
        try secret.withBytes { bytes in
            try LockFile.withLock(on: Path.parent(of: path)) {
                // As they lie: nothing makes an array of them that nobody wipes.
                try AtomicFile.make(path, mode: 0o600, as: .locked) { file throws(StrataError) in try file.write(bytes)
                }
            }
        }
    }

    private func path(of reference: SecretReference) -> String {
        reference.name.hasPrefix("/") ? reference.name : "\(folder)/\(reference.name)"
    }

    private static func read(_ path: String) throws(StrataError) -> Secret {
        // A pipe would block the opening for as long as nobody writes to it.
        let file = try OpenFile(path, O_RDONLY | O_NONBLOCK | O_NOCTTY)
        let status = try file.status()
        func refuse(_ why: String, _ hint: String? = nil) -> StrataError {
            StrataError(.accessDenied, "the secret is refused: \(why)", hint: hint, place: .init(file: path))
        }
        guard status.kind == S_IFREG else { throw refuse("it is not a regular file") }
        guard status.owner == geteuid() || status.owner == 0 else { throw refuse("the file belongs to somebody else") }
        guard status.mode & 0o077 == 0 else {
            throw refuse("others than its owner can read or change the file", "run 'chmod 600' on it")
        }
        guard status.size <= sizeLimit else { throw refuse("the file is larger than \(sizeLimit) bytes") }
        guard status.size > 0 else {
            throw StrataError(.notFound, "the secret's file is empty", place: .init(file: path))
        }
        var bytes = LockedBytes(capacity: status.size)
        _ = try bytes.append(upTo: status.size) { room throws(StrataError) in try file.read(into: room, at: 0) }
        return bytes.secret()
    }
}
