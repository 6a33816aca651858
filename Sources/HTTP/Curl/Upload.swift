import CPosix
import Glibc
import Model

/// The request's body as curl takes it, piece by piece.
final class Upload {
    private let source: Source
    private var position = 0
    let length: Int

    private enum Source {
        case bytes([UInt8])
        case file(descriptor: Int32, path: String, offset: Int)
    }

    /// - Throws: `.file` if the file cannot be opened.
    init(_ body: HTTPRequest.Body) throws(StrataError) {
        length = body.length
        wasTaken = length == 0
        switch body {
        case .empty: source = .bytes([])
        case .bytes(let bytes): source = .bytes(bytes)
        case .file(let path, let offset, _):
            let descriptor = cposix_open(path, O_RDONLY | O_CLOEXEC, 0)
            guard descriptor >= 0 else { throw Upload.failure(path) }
            source = .file(descriptor: descriptor, path: path, offset: offset)
        }
    }

    deinit {
        if case .file(let descriptor, _, _) = source { close(descriptor) }
    }

    /// Whether curl has ever taken all of it, also if it began again afterwards.
    private(set) var wasTaken: Bool

    /// Fills the buffer with what comes next.
    ///
    /// - Returns: the number of bytes; 0 at the end.
    /// - Throws: `.file` if the file cannot be read, or is shorter than it was said to be.
    func read(into buffer: UnsafeMutableRawBufferPointer) throws(StrataError) -> Int {
        let wanted = min(buffer.count, length - position)
        guard wanted > 0 else { return 0 }
        switch source {
        case .bytes(let bytes):
            bytes.withUnsafeBytes { all in
                buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: all[position..<position + wanted]))
            }
            advance(wanted)
            return wanted
        case .file(let descriptor, let path, let offset):
            var count = -1
            repeat {
                count = pread(descriptor, buffer.baseAddress, wanted, offset + position)
            } while count < 0 && errno == EINTR
            guard count >= 0 else { throw Upload.failure(path) }
            guard count > 0 else {
                throw StrataError(
                    .file, "the file became shorter while it was sent", place: StrataError.Place(file: path))
            }
            advance(count)
            return count
        }
    }

    private func advance(_ count: Int) {
        position += count
        wasTaken = wasTaken || position == length
    }

    /// - Returns: false for a place outside the body.
    func seek(to offset: Int) -> Bool {
        guard (0...length).contains(offset) else { return false }
        position = offset
        return true
    }

    private static func failure(_ path: String) -> StrataError {
        StrataError(.file, String(cString: strerror(errno)), place: StrataError.Place(file: path))
    }
}
