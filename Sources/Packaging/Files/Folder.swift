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
    /// - Parameter prefix: what its name begins with.
    static func withTemporary<Value>(
        _ prefix: String = "strata-", _ body: (String) async throws(StrataError) -> Value
    ) async throws(StrataError) -> Value {
        let parent = temporary
        var template = Array("\(parent)/\(prefix)XXXXXX".utf8CString)
        let isMade = template.withUnsafeMutableBufferPointer { name in
            name.baseAddress.flatMap { mkdtemp($0) } != nil
        }
        guard isMade else { throw StrataError.file(errno, "a temporary folder cannot be made", parent) }
        let path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        defer { try? FileManager.default.removeItem(atPath: path) }
        return try await body(path)
    }

    private static var temporary: String {
        ProcessInfo.processInfo.environment["TMPDIR"].flatMap { $0.isEmpty ? nil : $0 } ?? "/tmp"
    }

    /// Removes temporary folders of this user's that a killed process left: not touched for a day, by the machine's clock,
    /// which is the one that files are dated with.
    static func removeTemporary(_ prefix: String) {
        let parent = temporary
        let moment = time(nil) - 86_400
        for name in sortedNames(in: parent) where name.hasPrefix(prefix) {
            var status = stat()
            guard lstat("\(parent)/\(name)", &status) == 0, status.st_mode & S_IFMT == S_IFDIR,
                status.st_uid == geteuid(), status.st_mtim.tv_sec < moment
            else { continue }
            try? FileManager.default.removeItem(atPath: "\(parent)/\(name)")
        }
    }
}
