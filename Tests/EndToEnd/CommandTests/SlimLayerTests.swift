import FoundationEssentials
import Testing

/// Slim layers of a real package whose libraries have symbols for debuggers.
@Suite("Slim layers")
struct SlimLayerTests {
    private struct Summary: Decodable {
        struct Finding: Decodable {
            let rule: String
            let message: String
        }
        struct Built: Decodable {
            let path: String
            let sha256: String
            let zipped: Int
            let unzipped: Int
            let findings: [Finding]
        }
        let built: [Built]
    }

    @Test("are smaller, say what they saved, and can be imported; the same bytes each time")
    func kiwisolver() async throws {
        let python = try await Workplace().run(
            Program.python, "-c", "import sys; print('python%d.%d' % sys.version_info[:2], end='')")
        let place = try Workplace(
            Configuration(
                layers: [
                    "{ name: slim, requires: [\"kiwisolver==1.4.9\"], slim: true }",
                    "{ name: whole, requires: [\"kiwisolver==1.4.9\"] }",
                ],
                targets: [python]), hasOwnCache: true)
        func build(_ layer: String, _ folder: String) async throws -> Summary.Built {
            let outcome = try await place.strata("build", layer, "-o", folder, "--json")
            try #require(outcome.code == 0, "\(outcome.error)\(outcome.output)")
            let summary = try JSONDecoder().decode(Summary.self, from: Data(outcome.output.utf8))
            return try #require(summary.built.first)
        }
        let whole = try await build("whole", "out")
        let slim = try await build("slim", "out")
        #expect(slim.unzipped < whole.unzipped - 1_000_000 && slim.zipped < whole.zipped)
        #expect(slim.findings.contains { $0.rule == "slim" && $0.message.contains("kiwisolver 1.4.9 lost") })
        #expect(!whole.findings.contains { $0.rule == "slim" })

        try await place.run("unzip", "-tqq", slim.path)
        try await place.run("unzip", "-qq", slim.path, "-d", "opt")
        try await place.run(
            Program.python, "-S", "-c",
            "import kiwisolver; kiwisolver.Solver().addConstraint(kiwisolver.Variable('x') >= 1)",
            environment: ["PYTHONPATH": "\(place.folder)/opt/python"])
        // RECORD is what is there.
        let script = """
            import base64, csv, hashlib, pathlib, sys
            root = pathlib.Path('opt/python')
            for path, digest, _ in csv.reader(open(next(root.glob('kiwisolver-*.dist-info/RECORD')))):
                if digest:
                    own = base64.urlsafe_b64encode(hashlib.sha256((root / path).read_bytes()).digest()).rstrip(b'=').decode()
                    assert digest == 'sha256=' + own, path
            """
        try await place.run(Program.python, "-c", script)

        let other = try Workplace(
            Configuration(layers: ["{ name: slim, requires: [\"kiwisolver==1.4.9\"], slim: true }"], targets: [python]),
            hasOwnCache: true)
        let outcome = try await other.strata("build", "slim", "-o", "out", "--json")
        let again = try JSONDecoder().decode(Summary.self, from: Data(outcome.output.utf8))
        #expect(again.built.first?.sha256 == slim.sha256)
    }
}
