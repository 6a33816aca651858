import CPosix
import Files
import FoundationEssentials
import Glibc
import Model

/// A file that `strata init` writes for somebody.
struct NewFile: Sendable {
    let path: String
    let text: String

    /// Writes all of them, or none if one of them is there already.
    ///
    /// - Parameter force: replace those that are there.
    /// - Throws: `configuration` naming what is there; `file`.
    static func write(_ files: [NewFile], force: Bool) throws(StrataError) {
        let present = files.filter { file in
            var status = stat()
            return lstat(file.path, &status) == 0
        }
        guard present.isEmpty || force else {
            let names = present.map(\.path).joined(separator: ", ")
            throw StrataError(
                .configuration, "\(names) exist\(present.count == 1 ? "s" : "") already, and nothing was written",
                hint: "--force replaces \(present.count == 1 ? "it" : "them"); --config names another configuration")
        }
        for file in files {
            try Folder.make(Path.parent(of: file.path), mode: 0o755)
            if force {
                try AtomicFile.replace(try AtomicFile.destination(of: file.path), with: Array(file.text.utf8))
            } else {
                try file.create()
            }
        }
    }

    private func create() throws(StrataError) {
        let descriptor = cposix_open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else {
            throw errno == EEXIST
                ? StrataError(.configuration, "\(path) exists already", hint: "--force replaces it")
                : StrataError(.file, "cannot write \(path): \(String(cString: strerror(errno)))")
        }
        defer { close(descriptor) }
        Console.write(text, to: descriptor)
    }
}
