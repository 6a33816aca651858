import Model
import Packaging
import Testing

@Suite("Lists of pins with hashes")
struct PinnedListTests {
    private static let one = String(repeating: "1", count: 64)
    private static let two = String(repeating: "2", count: 64)

    private func list(_ text: String, _ others: [String: String] = [:], target: String = "python3.12") throws
        -> PinnedList
    {
        let lock = ProjectLock(
            kind: .requirements, path: "app/requirements.txt", name: "requirements.txt",
            texts: others.merging(["requirements.txt": text]) { $1 })
        return try PinnedList(lock, for: try #require(Target(target)))
    }

    private func refusal(_ text: String, _ others: [String: String] = [:]) throws -> String {
        let error = #expect(throws: StrataError.self) { try list(text, others) }
        #expect(error?.code == .resolution)
        return error?.description ?? ""
    }

    @Test("reads what pip-compile and uv export write: continued lines, several hashes, comments, extras and markers")
    func reads() throws {
        let list = try list(
            """
            # This file is made by pip-compile
            -i https://user:secret@index.example/simple
            --extra-index-url=https://other.example/simple
            -e .
            ./packages/core
            Charset_Normalizer==3.4.0 \\
                --hash=sha256:\(Self.one) \\
                --hash=sha256:\(Self.two)
                # via requests
            requests[socks]==2.32.0 ; python_full_version >= '3.11' \\\r
                --hash=sha256:\(Self.one) --hash=md5:00  # via app
            old==1.0 ; python_version < "3.10" --hash=sha256:\(Self.one)
            """)
        #expect(
            list.pins.map { "\($0.package) \($0.version) \($0.hashes.count)" } == [
                "charset-normalizer 3.4.0 2", "requests 2.32.0 1",
            ])
        #expect(list.remarks.contains { $0.contains("-i") } && list.remarks.contains { $0.contains("left out") })
        #expect(!list.remarks.joined().contains("secret"), "an index's address may hold a password")
    }

    @Test("includes files below its own folder, each once")
    func includes() throws {
        let base = "idna==3.10 --hash=sha256:\(Self.one)\n"
        let list = try list(
            "-r base/a.txt\n--requirement=base/b.txt # too\n",
            ["base/a.txt": base + "-r b.txt\n", "base/b.txt": "-r a.txt\nsix==1.0 --hash=sha256:\(Self.two)\n"])
        #expect(list.pins.map(\.package.text) == ["idna", "six"])
        for path in ["../a.txt", "/etc/passwd", "base/../../a.txt", "https://a.example/r.txt"] {
            #expect(try refusal("-r \(path)\n").contains("not below its own folder"))
        }
    }

    @Test(
        "refuses what is not locked, with the file and the line",
        arguments: [
            ("idna==3.10", "no SHA-256"), ("idna==3.10 --hash=md5:00", "no SHA-256"),
            ("idna==3.10 --hash=sha256:12", "is not a SHA-256"), ("idna>=3 --hash=sha256:{}", "not pinned"),
            ("idna==3.* --hash=sha256:{}", "not pinned"), ("idna --hash=sha256:{}", "not pinned"),
            ("idna==1,==2 --hash=sha256:{}", "not pinned"), ("idna @ https://a.example/idna.whl", "URLs"),
            ("idna==${VERSION} --hash=sha256:{}", "variable"), ("-r ${HOME}/x.txt", "variable"),
            ("idna==1 ; nonsense --hash=sha256:{}", "marker"), ("--install-option=x", "not known"),
            ("idna==1 --hash=sha256:{} --global-option=x", "not known"),
            ("idna==1 --hash=sha256:{}\nidna==2 --hash=sha256:{}", "twice"),
            ("-e git+https://a.example/x.git#egg=x", "address"),
        ])
    func refuses(text: String, why: String) throws {
        let message = try refusal("six==1.0 --hash=sha256:\(Self.one)\n" + text.replacing("{}", with: Self.one))
        #expect(message.contains(why))
        #expect(message.contains("app/requirements.txt:"))
    }

    @Test("whatever the text is, an answer comes")
    func anything() throws {
        var random = Seeds(state: 7)
        let words = [
            "idna==1", " ", "\\\n", "\n", "--hash=sha256:", Self.one, ";", "python_version", "<", "'3'", "(", "#", "-r",
            "\u{0}",
            "é", "\r\n", "==", "[", "]", "a.txt", "--", "=", ",",
        ]
        for _ in 0..<2000 {
            let text = (0..<Int(random.next() % 30)).map { _ in words[Int(random.next() % UInt64(words.count))] }
                .joined()
            _ = try? list(text, ["a.txt": text])
        }
    }

    private struct Seeds {
        var state: UInt64
        mutating func next() -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return state >> 33
        }
    }
}
