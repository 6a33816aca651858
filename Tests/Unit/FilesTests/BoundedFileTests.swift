import Files
import Foundation
import Model
import Testing

@Suite("Bounded reads")
struct BoundedFileTests {
    @Test("give a whole file, however large within its limit, and nothing of a larger one")
    func limit() throws {
        try inFolder { folder in
            for size in [0, 1, 4096, 4097, 3_000_000] {
                let bytes = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 31) }
                try Data(bytes).write(to: URL(filePath: "\(folder)/a"))
                #expect(try BoundedFile.read("\(folder)/a", limit: ByteCount(size)) == bytes)
                guard size > 0 else { continue }
                let error = #expect(throws: StrataError.self) {
                    try BoundedFile.read("\(folder)/a", limit: ByteCount(size - 1))
                }
                #expect(error?.message.contains("it is larger than") == true)
            }
        }
    }

    @Test("read files that say that they are empty, as those of /proc do")
    func unsized() throws {
        let text = try BoundedFile.text("/proc/self/status", limit: .mebibytes(1))
        #expect(text.hasPrefix("Name:"))
    }

    @Test("refuse what is not a regular file without waiting for it")
    func kinds() throws {
        try inFolder { folder in
            #expect(mkfifo("\(folder)/pipe", 0o600) == 0)
            for path in ["\(folder)/pipe", folder, "/dev/null"] {
                let error = #expect(throws: StrataError.self) { try BoundedFile.read(path, limit: .mebibytes(1)) }
                #expect(error?.message == "cannot read '\(path)': it is not a regular file")
            }
        }
    }

    @Test("tell a missing file from one that cannot be read")
    func missing() throws {
        try inFolder { folder in
            let none = try BoundedFile.readIfPresent("\(folder)/none", limit: .mebibytes(1))
            #expect(none == nil)
            let error = #expect(throws: StrataError.self) {
                try BoundedFile.read("\(folder)/none", limit: .mebibytes(1))
            }
            #expect(error?.code == .notFound)
            #expect(error?.message == "cannot read '\(folder)/none': No such file or directory")
            #expect(throws: StrataError.self) { try BoundedFile.readIfPresent(folder, limit: .mebibytes(1)) }
        }
    }

    @Test("follow links only inside the folder that they are told")
    func links() throws {
        try inFolder { outside in
            let folder = "\(outside)/inside"
            try Folder.make("\(folder)/data")
            try AtomicFile.write("secret".utf8, to: "\(outside)/secret")
            try AtomicFile.write("list".utf8, to: "\(folder)/data/list")
            #expect(symlink("data/list", "\(folder)/good") == 0)
            #expect(symlink("../secret", "\(folder)/bad") == 0)
            #expect(symlink("good", "\(folder)/chain") == 0)
            for name in ["good", "chain", "data/list"] {
                let text = try BoundedFile.text("\(folder)/\(name)", limit: .mebibytes(1), following: .inside(folder))
                #expect(text == "list")
            }
            #expect(throws: StrataError.self) {
                try BoundedFile.text("\(folder)/bad", limit: .mebibytes(1), following: .inside(folder))
            }
            #expect(try BoundedFile.text("\(folder)/bad", limit: .mebibytes(1)) == "secret")
        }
    }

    @Test("refuse text that is not UTF-8")
    func encoding() throws {
        try inFolder { folder in
            try AtomicFile.write([0xff, 0xfe], to: "\(folder)/a")
            #expect(throws: StrataError.self) { try BoundedFile.text("\(folder)/a", limit: .mebibytes(1)) }
        }
    }
}

/// Runs a test in a folder of its own, which is removed.
func inFolder(_ body: (String) throws -> Void) throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "strata-files-\(UUID().uuidString)").path
    try Folder.make(folder)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try body(folder)
}
