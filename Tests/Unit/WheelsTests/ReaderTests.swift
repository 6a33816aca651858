import Foundation
import Testing
import Wheels

/// Other people's readers must accept what the splice writes. The set-up of the tests installs them.
@Suite("Other readers")
struct ReaderTests {
    @Test(
        "accept the layer, and find the files in it",
        arguments: [
            ["unzip", "-tqq"], ["bsdtar", "-tf"],
            [
                "python3", "-c",
                """
                import sys, zipfile
                layer = zipfile.ZipFile(sys.argv[1])
                assert layer.testzip() is None
                assert layer.read("python/demo/é.py") == b"x" * 70000
                info = layer.getinfo("python/demo/run")
                assert info.date_time == (1980, 1, 1, 0, 0, 0) and info.external_attr >> 16 == 0o100755
                assert not any(entry.is_dir() or entry.extra or entry.comment for entry in layer.infolist())
                """,
            ],
        ])
    func accept(command: [String]) async throws {
        let folder = try Folder()
        var made = CraftedWheel(
            "demo",
            [
                CraftedEntry("demo/é.py", [UInt8](repeating: UInt8(ascii: "x"), count: 70_000), deflated: true),
                CraftedEntry("demo/run", "x"), CraftedEntry("demo/empty.py", ""),
            ])
        made.files[0].flags = 1 << 11
        made.files[1].mode = 0o100700
        let recipe = LayerRecipe(wheels: [try made.write(to: folder)], requirements: "")
        _ = try await recipe.splice(to: folder.path + "/layer.zip")
        try run(command + [folder.path + "/layer.zip"])
    }

    @Test("write wheels that this reader accepts: Python's zipfile, deflated, streamed and plain")
    func written() async throws {
        let folder = try Folder()
        for isStreamed in ["", "1"] {
            try run([
                "python3", "-c",
                """
                import base64, hashlib, sys, zipfile
                class Pipe:
                    def __init__(self, path): self.file = open(path, "wb")
                    def write(self, data): return self.file.write(data)
                    def flush(self): self.file.flush()
                path = sys.argv[1]
                info = "demo-1.0.dist-info/"
                files = {
                    "demo/a.py": b"print('hello')\\n" * 50000,
                    info + "METADATA": b"Metadata-Version: 2.1\\nName: demo\\nVersion: 1.0\\n",
                    info + "WHEEL": b"Wheel-Version: 1.0\\n",
                }
                rows = [
                    f"{name},sha256={base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b'=').decode()},{len(data)}"
                    for name, data in files.items()
                ]
                files[info + "RECORD"] = "\\n".join(rows + [info + "RECORD,,", ""]).encode()
                with zipfile.ZipFile(Pipe(path) if sys.argv[2] else path, "w", zipfile.ZIP_DEFLATED) as wheel:
                    for name, data in files.items(): wheel.writestr(name, data)
                """, folder.path + "/demo.whl", isStreamed,
            ])
            let bytes = try folder.bytes("demo.whl")
            let source = WheelSource(
                path: folder.path + "/demo.whl", fileName: try #require(WheelFileName("demo-1.0-py3-none-any.whl")),
                sha256: .of(bytes))
            #expect(try await source.verify().unzipped.bytes > 750_000)
            let zip = try await SplicedZip(LayerRecipe(wheels: [source], requirements: ""), in: folder)
            #expect(zip.contents["python/demo/a.py"]?.count == 750_000)
        }
    }

    private func run(_ command: [String]) throws {
        let process = Process()
        let output = Pipe()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = command
        process.environment = ["PATH": ProcessInfo.processInfo.environment["PATH"] ?? "", "LC_ALL": "C.UTF-8"]
        process.standardOutput = output
        process.standardError = output
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        #expect(process.terminationStatus == 0, "\(command[0]): \(text)")
    }
}
