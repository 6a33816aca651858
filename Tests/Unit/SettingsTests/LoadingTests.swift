import Foundation
import Model
import Settings
import Testing

@Suite struct LoadingTests {
    /// Runs a test in a folder of its own, which is removed.
    private func inFolder(_ body: (URL) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "strata-settings-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try body(folder)
    }

    private func problems(_ path: String) -> [String] {
        do {
            _ = try ProjectSettings.load(path: path)
            return []
        } catch {
            return "\(error)".split(separator: "\n").map(String.init)
        }
    }

    @Test("reads files, with paths that begin at the configuration's folder")
    func files() throws {
        try inFolder { folder in
            let path = folder.appending(path: "strata.yaml").path
            try (smallest(line: 6, "layers: [{ from: lists/a.csv }]") + "ledger: sqlite:a.sqlite").write(
                toFile: path, atomically: false, encoding: .utf8)
            try FileManager.default.createDirectory(
                at: folder.appending(path: "lists"), withIntermediateDirectories: true)
            try "Package_Name\nnumpy\n".write(
                to: folder.appending(path: "lists/a.csv"), atomically: false, encoding: .utf8)
            let settings = try ProjectSettings.load(path: path)
            #expect(settings.desired.layers.map(\.name.text) == ["numpy"])
            #expect(settings.ledger == .sqlite(path: folder.path + "/a.sqlite"))
        }
    }

    @Test("takes the digest of files beside the configuration, and of none that links lead to elsewhere")
    func localFiles() throws {
        try inFolder { outside in
            let folder = outside.appending(path: "registry")
            try FileManager.default.createDirectory(
                at: folder.appending(path: "vendor"), withIntermediateDirectories: true)
            let path = folder.appending(path: "strata.yaml").path
            try Data("tool".utf8).write(to: folder.appending(path: "vendor/tool.bin"))
            func write(_ file: String) throws {
                try smallest(line: 6, "layers: [{ requires: a, files: [{ \(file), take: { \"*\": bin/ } }] }]").write(
                    toFile: path, atomically: false, encoding: .utf8)
            }
            try write("path: vendor/tool.bin")
            let files = try ProjectSettings.load(path: path).desired.layers.first?.options.files
            #expect(files?.first?.pins == [.init(.x86_64, url: "vendor/tool.bin", sha256: .of("tool"))])
            try write("path: vendor/tool.bin, sha256: \(ContentDigest.of("tool"))")
            #expect(problems(path) == [])
            try write("path: vendor/tool.bin, sha256: \(ContentDigest.of("other"))")
            #expect(problems(path).first?.contains("has the sha256 \(ContentDigest.of("tool")), not ") == true)
            try write("path: vendor/none.bin")
            #expect(problems(path).first?.contains("vendor/none.bin'") == true)
            try Data("secret".utf8).write(to: outside.appending(path: "secret"))
            try FileManager.default.createSymbolicLink(
                at: folder.appending(path: "link"), withDestinationURL: outside)
            try FileManager.default.createSymbolicLink(
                at: folder.appending(path: "vendor/secret"), withDestinationURL: outside.appending(path: "secret"))
            for leading in ["link/secret", "vendor/secret"] {
                try write("path: \(leading)")
                #expect(problems(path).first?.contains("outside of the configuration's folder") == true)
            }
        }
    }

    /// Otherwise a pull request could turn a list into a link to a file of secrets, and read it in the error messages.
    @Test("refuses package lists that are no regular files")
    func links() throws {
        try inFolder { folder in
            let outside = folder
            let folder = outside.appending(path: "registry")
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            let path = folder.appending(path: "strata.yaml").path
            try smallest(line: 6, "layers: [{ from: a.csv }, { from: b.csv }, { from: c.csv }, { from: d.csv }]").write(
                toFile: path, atomically: false, encoding: .utf8)
            try "hunter2".write(to: outside.appending(path: "secret"), atomically: false, encoding: .utf8)
            try FileManager.default.createSymbolicLink(
                at: folder.appending(path: "a.csv"), withDestinationURL: outside.appending(path: "secret"))
            try FileManager.default.createDirectory(
                at: folder.appending(path: "b.csv"), withIntermediateDirectories: true)
            #expect(mkfifo(folder.appending(path: "c.csv").path, 0o600) == 0)
            let said = problems(path)
            #expect(said.count == 4)
            #expect(said[0].hasSuffix("a.csv': it is a symbolic link that leads out of the configuration's folder"))
            #expect(said[1].hasSuffix("b.csv': it is not a regular file"))
            #expect(said[2].hasSuffix("c.csv': it is not a regular file"))
            #expect(said[3].hasSuffix("d.csv': No such file or directory"))
            #expect(!said.joined().contains("hunter2"))
        }
    }

    /// As Kubernetes mounts a ConfigMap: each file is a link into a folder that is itself a link.
    @Test("follows links that stay inside the configuration's folder")
    func linksInside() throws {
        try inFolder { folder in
            let files = FileManager.default
            let data = folder.appending(path: "..2026_01_01")
            try files.createDirectory(at: data, withIntermediateDirectories: true)
            try smallest(line: 6, "layers: [{ from: a.csv }]").write(
                to: data.appending(path: "strata.yaml"), atomically: false, encoding: .utf8)
            try "Package_Name\nnumpy\n".write(
                to: data.appending(path: "a.csv"), atomically: false, encoding: .utf8)
            try files.createSymbolicLink(
                atPath: folder.appending(path: "..data").path, withDestinationPath: "..2026_01_01")
            for name in ["strata.yaml", "a.csv"] {
                try files.createSymbolicLink(
                    atPath: folder.appending(path: name).path, withDestinationPath: "..data/\(name)")
            }
            let settings = try ProjectSettings.load(path: folder.appending(path: "strata.yaml").path)
            #expect(settings.desired.layers.map(\.name.text) == ["numpy"])
        }
    }

    @Test("does not speak of 'strata init' where there is a configuration that cannot be read")
    func unreadable() throws {
        try inFolder { folder in
            do {
                _ = try ProjectSettings.load(path: folder.path)
                Issue.record("a folder was read")
            } catch let error as StrataError {
                #expect(error.message == "cannot read '\(folder.path)': it is not a regular file")
                #expect(error.hint == nil)
            }
        }
    }

    @Test("says which file is missing")
    func missing() throws {
        try inFolder { folder in
            let path = folder.appending(path: "strata.yaml").path
            #expect(throws: StrataError.self) { try ProjectSettings.load(path: path) }
            do {
                _ = try ProjectSettings.load(path: path)
            } catch let error as StrataError {
                #expect(error.code == .configuration)
                #expect(error.message == "cannot read '\(path)': No such file or directory")
            }
        }
    }
}
