import Files
import Foundation
import Model
import Testing

@Suite("Atomic replacement")
struct AtomicFileTests {
    @Test("leaves the old file and no draft when the new one cannot be made", arguments: [true, false])
    func failure(isLocked: Bool) throws {
        try inFolder { folder in
            let path = "\(folder)/a"
            try AtomicFile.write("old".utf8, to: path)
            #expect(throws: StrataError.self) {
                try AtomicFile.make(path, mode: 0o644, as: isLocked ? .locked : .unique) { file throws(StrataError) in
                    try file.write("half".utf8)
                    throw StrataError(.tool, "broken")
                }
            }
            #expect(try BoundedFile.text(path, limit: .mebibytes(1)) == "old")
            #expect(try Folder.names(in: folder) == ["a"])
        }
    }

    @Test("overwrites the draft that a crash left, where only one may write")
    func leftover() throws {
        try inFolder { folder in
            try AtomicFile.write("rubbish".utf8, to: "\(folder)/a.new")
            try AtomicFile.write("new".utf8, to: "\(folder)/a", as: .locked)
            #expect(try BoundedFile.text("\(folder)/a", limit: .mebibytes(1)) == "new")
            #expect(try Folder.names(in: folder) == ["a"])
        }
    }

    @Test("keeps a user's permissions, and refuses to put a file in a link's place")
    func permissions() throws {
        try inFolder { folder in
            let path = "\(folder)/a"
            try AtomicFile.write("old".utf8, to: path)
            #expect(chmod(path, 0o751) == 0)
            try AtomicFile.replace(path, with: Array("new".utf8))
            #expect(try OpenFile(path).status().mode == 0o751)
            #expect(try BoundedFile.text(path, limit: .mebibytes(1)) == "new")
            #expect(symlink("a", "\(folder)/link") == 0)
            #expect(throws: StrataError.self) { try AtomicFile.replace("\(folder)/link", with: []) }
            #expect(try BoundedFile.text(path, limit: .mebibytes(1)) == "new")
        }
    }

    @Test("finds the file that a link leads to, over other links, and refuses links that lead nowhere")
    func destination() throws {
        try inFolder { folder in
            try AtomicFile.write("old".utf8, to: "\(folder)/a")
            #expect(symlink("a", "\(folder)/b") == 0 && symlink("b", "\(folder)/c") == 0)
            try AtomicFile.replace(try AtomicFile.destination(of: "\(folder)/c"), with: Array("new".utf8))
            #expect(try BoundedFile.text("\(folder)/a", limit: .mebibytes(1)) == "new")
            #expect(try Set(Folder.names(in: folder)) == ["a", "b", "c"])
            for path in ["\(folder)/a", "\(folder)/none"] {
                #expect(try AtomicFile.destination(of: path) == path)
            }
            #expect(symlink("none", "\(folder)/d") == 0 && symlink("e", "\(folder)/e") == 0)
            for path in ["\(folder)/d", "\(folder)/e"] {
                let error = #expect(throws: StrataError.self) { try AtomicFile.destination(of: path) }
                #expect(error?.message.hasPrefix("cannot write '\(path)': ") == true)
            }
        }
    }

    @Test("names the file that cannot be written, and says why")
    func reason() throws {
        try inFolder { folder in
            let error = #expect(throws: StrataError.self) {
                try AtomicFile.replace("\(folder)/none/a", with: [])
            }
            #expect(error?.message == "cannot write '\(folder)/none/a': No such file or directory")
        }
    }

    @Test("fills a file over time, and drops it if that ends early")
    func asynchronous() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "strata-files-\(UUID().uuidString)").path
        try Folder.make(folder)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let count = try await AtomicFile.make("\(folder)/a", mode: 0o600) { file in
            try file.write("one".utf8)
            await Task.yield()
            try file.write("two".utf8)
            return 2
        }
        #expect(count == 2)
        await #expect(throws: StrataError.self) {
            try await AtomicFile.make("\(folder)/a", mode: 0o600) { _ in
                await Task.yield()
                throw StrataError(.cancelled, "cancelled")
            }
        }
        #expect(try BoundedFile.text("\(folder)/a", limit: .mebibytes(1)) == "onetwo")
        #expect(try Folder.names(in: folder) == ["a"])
    }
}
