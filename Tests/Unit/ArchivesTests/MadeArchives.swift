import Archives
import Foundation
import Model
import Testing
import Wheels

/// A temporary folder, removed with all that is in it.
final class Folder: Sendable {
    let path: String

    init() throws {
        path = NSTemporaryDirectory() + "strata-archives-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func write(_ name: String, _ bytes: some Sequence<UInt8>) throws {
        let url = URL(fileURLWithPath: "\(path)/\(name)")
        try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(bytes).write(to: url)
    }

    func bytes(_ name: String) throws -> [UInt8] {
        Array(try Data(contentsOf: URL(fileURLWithPath: "\(path)/\(name)")))
    }

    /// Runs a program of the system here.
    /// - Returns: what it printed.
    @discardableResult
    func run(_ command: String, at location: SourceLocation = #_sourceLocation) throws -> String {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/bash")
        process.arguments = ["-euc", command]
        process.currentDirectoryURL = URL(fileURLWithPath: path)
        let output = Pipe()
        process.standardOutput = output
        process.standardError = output
        try process.run()
        let said = String(decoding: try output.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
        process.waitUntilExit()
        try #require(process.terminationStatus == 0, "\(command): \(said)", sourceLocation: location)
        return said
    }
}

/// What was taken of an archive.
struct Taken {
    /// By their places, with the modes that they get.
    var files: [String: (bytes: [UInt8], isExecutable: Bool)] = [:]
    let addition: LayerAddition

    /// - Parameter take: patterns and places.
    init(_ name: String, in folder: Folder, _ take: [String: String], limits: ArchiveLimits = ArchiveLimits())
        async throws
    {
        let pack = "\(folder.path)/pack-\(UUID().uuidString)"
        addition = try await Unpacking(
            path: "\(folder.path)/\(name)", name: name, take: take.map { .init($0, to: $1) }, limits: limits
        ).run(into: pack)
        let bytes = try folder.bytes(String(pack.dropFirst(folder.path.count + 1)))
        for file in addition.files {
            let contents = Array(bytes[file.offset..<file.offset + file.size])
            #expect(ContentDigest.of(contents) == file.sha256)
            files[file.path.text] = (contents, file.isExecutable)
        }
    }

    var texts: [String: String] { files.mapValues { String(decoding: $0.bytes, as: UTF8.self) } }
    var executables: [String] { files.filter(\.value.isExecutable).keys.sorted() }
}

/// A tar in the making, block by block (POSIX.1-2017, pax, ustar): what no packer writes, too.
struct CraftedTar {
    private(set) var bytes: [UInt8] = []

    mutating func add(
        _ name: String, _ data: [UInt8] = [], type: Character = "0", link: String = "", mode: Int = 0o644,
        size: Int? = nil
    ) {
        var header = [UInt8](repeating: 0, count: 512)
        func put(_ text: String, at offset: Int, _ length: Int) {
            for (index, byte) in text.utf8.prefix(length).enumerated() { header[offset + index] = byte }
        }
        func octal(_ number: Int, _ digits: Int) -> String {
            let text = String(number, radix: 8)
            return String(repeating: "0", count: max(0, digits - text.count)) + text
        }
        put(name, at: 0, 100)
        put(octal(mode, 7), at: 100, 8)
        put(octal(0, 7), at: 108, 8)
        put(octal(0, 7), at: 116, 8)
        put(octal(size ?? data.count, 11), at: 124, 12)
        put(octal(0, 11), at: 136, 12)
        put(String(type), at: 156, 1)
        put(link, at: 157, 100)
        put("ustar", at: 257, 6)
        put("00", at: 263, 2)
        put("        ", at: 148, 8)
        put(octal(header.reduce(0) { $0 + Int($1) }, 6) + "\0 ", at: 148, 8)
        bytes += header + data
        bytes += [UInt8](repeating: 0, count: (512 - data.count % 512) % 512)
    }

    /// A header of pax for the next member.
    mutating func addPax(_ fields: [(String, String)], global: Bool = false) {
        let records = fields.map { key, value in
            var length = key.utf8.count + value.utf8.count + 3
            while "\(length)".count + key.utf8.count + value.utf8.count + 3 != length {
                length = "\(length)".count + key.utf8.count + value.utf8.count + 3
            }
            return "\(length) \(key)=\(value)\n"
        }
        add("pax", Array(records.joined().utf8), type: global ? "g" : "x")
    }

    mutating func finish() -> [UInt8] { bytes + [UInt8](repeating: 0, count: 1024) }
}

/// Expects that an archive is refused with an error that names it and holds the texts, and leaves no bytes behind.
func expectRefused(
    _ name: String, _ bytes: [UInt8], take: [String: String] = ["*": "lib/"], code: StrataError.Code = .badWheel,
    limits: ArchiveLimits = ArchiveLimits(), _ texts: String..., at location: SourceLocation = #_sourceLocation
) async throws {
    let folder = try Folder()
    try folder.write(name, bytes)
    do {
        let taken = try await Taken(name, in: folder, take, limits: limits)
        Issue.record("it was taken: \(taken.files.keys.sorted())", sourceLocation: location)
    } catch let error as StrataError {
        #expect(error.code == code, "\(error)", sourceLocation: location)
        for text in texts + [name] {
            #expect("\(error)".contains(text), "'\(error)' lacks '\(text)'", sourceLocation: location)
        }
        let isPlain = "\(error)".unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7F }
        #expect(isPlain, "\(error)", sourceLocation: location)
    }
}
