import Consuming
import Foundation
import Model
import Testing

@Suite("Files that arguments name") struct FileSetTests {
    @Test("files, folders and patterns; what is hidden, installed or linked in a folder is passed over")
    func files() throws {
        let root = FileManager.default.temporaryDirectory.appending(path: "strata-files-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: root) }
        for file in ["a.tf", "b/c.tf", "b/d/e.tf", "b/f.yaml", ".git/x.tf", "node_modules/y.tf", "b/.z.tf"] {
            let path = "\(root)/\(file)"
            try FileManager.default.createDirectory(
                atPath: (path as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
            try Data("x".utf8).write(to: URL(filePath: path))
        }
        try FileManager.default.createSymbolicLink(atPath: "\(root)/b/link.tf", withDestinationPath: "../a.tf")
        try FileManager.default.createSymbolicLink(atPath: "\(root)/b/loop", withDestinationPath: "..")
        func found(_ arguments: String...) throws -> [String] {
            try FileSet(arguments.map { "\(root)/\($0)" }).entries.map { String($0.path.dropFirst(root.count + 1)) }
        }
        #expect(try found("") == ["a.tf", "b/c.tf", "b/d/e.tf", "b/f.yaml"])
        #expect(try found("b/link.tf", ".git/x.tf") == ["b/link.tf", ".git/x.tf"])
        #expect(try found("*.tf", "a.tf", "b/*/*.tf") == ["a.tf", "b/d/e.tf", "b/loop/a.tf"])
        #expect(try found("**/*.tf").sorted() == ["a.tf", "b/c.tf", "b/d/e.tf", "b/link.tf"])
        #expect(throws: StrataError.self) { try found("none.tf") }
        #expect(throws: StrataError.self) { try found("*.none") }
    }
}
