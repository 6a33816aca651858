import Model
import Wheels

/// Takes files out of an archive, or a single file as it is, into one file that a layer's zip is made from.
///
/// Reads the archive twice: what its members are, and then the data of those that are taken. Nothing is ever written
/// under a name that the archive chose.
public struct Unpacking: Sendable {
    private let path: String
    private let name: String
    private let takings: [FileSource.Taking]
    private let limits: ArchiveLimits

    /// - Parameters:
    ///   - path: a file whose digest was checked.
    ///   - name: its own name, which says what it is.
    public init(path: String, name: String, take: [FileSource.Taking], limits: ArchiveLimits = ArchiveLimits()) {
        self.path = path
        self.name = name
        takings = take
        self.limits = limits
    }

    /// - Parameter pack: where the files' bytes go; must not exist.
    /// - Throws: `.badWheel` for an archive that is damaged or hostile, or holds what no layer can; `.unbuildable` if it
    ///   does not have what is to be taken; `.configuration`, `.file`, `.cancelled`.
    public func run(into pack: String) async throws -> LayerAddition {
        try await offPool { cancellation in try runHere(into: pack, cancellation) }
    }

    /// The same on this thread.
    package func runHere(into pack: String, _ cancellation: Cancellation = Cancellation()) throws -> LayerAddition {
        let writer = try AdditionWriter(creating: pack, name: name)
        switch ArchiveFormat(name: name) {
        case .file: try takeFile(writer, cancellation)
        case let format:
            let reader = ArchiveReader(
                path: path, format: format, name: name, limits: limits, cancellation: cancellation)
            try takeMembers(of: reader, writer)
        }
        return try writer.finish(cancellation)
    }

    private func takeFile(_ writer: AdditionWriter, _ cancellation: Cancellation) throws {
        let file = try WheelFile(path: path, name: name)
        let entry = ArchiveEntry(path: EntryPath(name), kind: .file, size: file.size)
        let places = try takings.flatMap { try Taking($0).places(in: [entry], of: name) }.map(\.path)
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 256 << 10, alignment: 64)
        defer { buffer.deallocate() }
        try writer.add(at: places.map { ($0, isExecutable($0, entry)) }) { write in
            for offset in stride(from: 0, to: file.size, by: buffer.count) {
                try cancellation.check()
                let part = UnsafeMutableRawBufferPointer(rebasing: buffer[..<min(buffer.count, file.size - offset)])
                try file.read(into: part, at: offset)
                try write(UnsafeRawBufferPointer(part))
            }
        }
    }

    private func takeMembers(of reader: ArchiveReader, _ writer: AdditionWriter) throws {
        let members = try ArchiveMembers(reader)
        var places: [Int: [(EntryPath, Bool)]] = [:]
        for taking in takings {
            for (number, path) in try Taking(taking).places(in: members.entries, of: name) {
                let data = try members.data(of: number)
                places[data, default: []].append((path, isExecutable(path, members.entries[data])))
            }
        }
        try reader.forEach { number, entry, contents in
            guard let wanted = places.removeValue(forKey: number) else { return }
            var count = 0
            try writer.add(at: wanted) { write in
                try contents.stream { part in
                    count += part.count
                    try write(part)
                }
            }
            guard entry.size == nil || entry.size == count else {
                throw StrataError.badWheel(name, entry.path, "unpacks to less than its size")
            }
        }
        guard places.isEmpty else { throw StrataError.badWheel(name, nil, "has changed while it was read") }
    }

    /// What lies in `bin` is there to be run, even if a zip made elsewhere does not say so.
    private func isExecutable(_ path: EntryPath, _ entry: ArchiveEntry) -> Bool {
        entry.isExecutable || path.bytes.starts(with: "bin/".utf8)
    }
}
