import Files
import FoundationEssentials
import Glibc
import Model

extension Folder {
    /// Names in a folder, sorted; empty if it cannot be read.
    static func sortedNames(in path: String) -> [String] { ((try? names(in: path)) ?? []).sorted() }

    /// Removes what a killed process left half written: files named `….partial`, not touched since a moment.
    static func removeLeftovers(in path: String, before moment: Timestamp) {
        for name in sortedNames(in: path) where name.hasSuffix(AtomicFile.draftEnding) {
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
        guard isMade else { throw StrataError.file(errno, "a temporary folder cannot be made", parent) }
        let path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        defer { try? FileManager.default.removeItem(atPath: path) }
        return try await body(path)
    }
}
