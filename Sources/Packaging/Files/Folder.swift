import FoundationEssentials
import Glibc
import Model

/// Folders and names in them.
enum Folder {
    /// Creates a folder and those above it; one that exists is fine.
    static func create(_ path: String) throws(StrataError) {
        do {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        } catch {
            throw StrataError(.file, "cannot create the folder", place: .init(file: path), cause: error)
        }
    }

    static func parent(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    static func rename(_ from: String, to destination: String) throws(StrataError) {
        guard Glibc.rename(from, destination) == 0 else {
            throw StrataError.failedFile(destination, "put the file in place")
        }
    }

    /// Names in a folder, sorted; empty if it cannot be read.
    static func names(in path: String) -> [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).sorted()
    }

    /// Removes what a killed process left half written: files named `….partial`, not touched since a moment.
    static func removeLeftovers(in path: String, before moment: Timestamp) {
        for name in names(in: path) where name.hasSuffix(".partial") {
            var file = stat()
            guard stat("\(path)/\(name)", &file) == 0, Int(file.st_mtim.tv_sec) < moment.seconds else { continue }
            unlink("\(path)/\(name)")
        }
    }

    /// Runs `body` with a new empty folder that only this user can read, and removes it afterwards.
    static func withTemporary<Value>(
        _ body: (String) async throws(StrataError) -> Value
    ) async throws(StrataError) -> Value {
        let parent = ProcessInfo.processInfo.environment["TMPDIR"].flatMap { $0.isEmpty ? nil : $0 } ?? "/tmp"
        var template = Array("\(parent)/strata-XXXXXX".utf8CString)
        let isMade = template.withUnsafeMutableBufferPointer { name in
            name.baseAddress.flatMap { mkdtemp($0) } != nil
        }
        guard isMade else {
            throw StrataError.failedFile(parent, "create a temporary folder")
        }
        let path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        defer { try? FileManager.default.removeItem(atPath: path) }
        return try await body(path)
    }
}

extension StrataError {
    /// What the operating system said of the last call.
    static func failedFile(_ path: String, _ action: String, errno number: Int32 = Glibc.errno) -> StrataError {
        StrataError(
            .file, "cannot \(action): \(String(cString: strerror(number)))",
            hint: number == ENOSPC ? "free some space and run again" : nil, place: Place(file: path))
    }
}
