import Files
import Glibc
import Model
import Wheels

/// Puts a built zip where somebody wants it.
public enum PlacedLayer {
    /// Copies a zip to a path, whose folders are made. What was at the path stays until the copy is whole and has the digest
    /// that it must have; nothing half written is left behind.
    ///
    /// - Throws: `file` with the path and the cause, a full disk for instance; `digestMismatch` if the zip has changed.
    public static func copy(_ zip: String, sha256: ContentDigest, to path: String) async throws(StrataError) {
        do {
            try await offPool { cancellation in
                try Folder.make(Path.parent(of: path), mode: 0o777)
                let source = try WheelFile(path: zip, name: zip)
                let temporary = TemporaryFile(beside: path)
                let output = try OutputFile(creating: temporary.path)
                var offset = 0
                try output.append(source.size) { part, done in
                    try cancellation.check()
                    try source.read(into: part, at: done)
                    offset = done + part.count
                }
                let digest = try output.finish()
                guard digest == sha256, offset == source.size else {
                    throw StrataError(
                        .digestMismatch, "the zip has changed since it was built", hint: "run again",
                        place: .init(file: zip))
                }
                try temporary.commit()
            }
        } catch {
            // The temporary file's name says nothing to anybody.
            var failure = StrataError.wrapping(error, .file, "the zip cannot be copied")
            if failure.code == .file { failure.place.file = path }
            throw failure
        }
    }
}
