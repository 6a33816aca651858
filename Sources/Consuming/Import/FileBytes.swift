import Glibc
import Model

/// Reading files piece by piece: memory does not grow with them.
enum FileBytes {
    /// Calls `body` with one piece after the other. Blocks the thread.
    static func forEach(in path: String, _ body: ([UInt8]) throws(StrataError) -> Void) throws(StrataError) {
        let place = StrataError.Place(file: path)
        guard let file = fopen(path, "re") else {
            throw StrataError(
                errno == ENOENT ? .notFound : .file, "the file cannot be opened (\(String(cString: strerror(errno))))",
                place: place)
        }
        defer { fclose(file) }
        while true {
            let bytes = [UInt8](unsafeUninitializedCapacity: 256 << 10) { buffer, count in
                count = fread(buffer.baseAddress, 1, buffer.count, file)
            }
            guard ferror(file) == 0 else { throw StrataError(.file, "the file cannot be read", place: place) }
            if bytes.isEmpty { return }
            try body(bytes)
        }
    }
}
