import FoundationEssentials
import Testing

/// All of a real list of packages in one command: about a minute, and some hundred megabytes from the index.
@Suite("A list of packages")
struct PackageListTests {
    private struct Summary: Decodable {
        struct Item: Decodable, Hashable {
            let layer: String
            let target: String
        }
        struct Built: Decodable {
            let item: Item
            let path: String
            let sha256: String
            let unzipped: Int
        }
        struct Refused: Decodable {
            let item: Item
            let reason: String
        }
        let built: [Built]
        let refused: [Refused]
    }

    @Test("each row of Klayers' list for Python 3.12 is built, or refused with its true reason")
    func klayers() async throws {
        let place = try Workplace(
            Configuration(layers: ["{ from: packages_p312.csv }"], targets: ["python3.12"]), hasOwnCache: true)
        let fixture = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures/packages_p312.csv")
        try place.write("packages_p312.csv", String(decoding: try Data(contentsOf: fixture), as: UTF8.self))
        let check = try await place.strata("check", "--json")
        #expect(check.code == 0, "\(check.error)")

        let outcome = try await place.strata("build", "--output", "out", "--json")
        let summary = try JSONDecoder().decode(Summary.self, from: Data(outcome.output.utf8))
        #expect(outcome.code == (summary.refused.isEmpty ? 0 : 1), "\(outcome.error)")
        let built = Set(summary.built.map(\.item.layer))
        let refused = Set(summary.refused.map(\.item.layer))
        #expect(built.isDisjoint(with: refused))
        #expect(built.count + refused.count == 64, "the list has 64 packages")
        #expect(built.isSuperset(of: ["requests", "numpy", "pandas", "boto3", "psycopg_binary_pool", "pyyaml"]))

        for layer in summary.built {
            try await place.run("unzip", "-tqq", layer.path)
            #expect(layer.unzipped <= 262_144_000, "\(layer.item.layer)")
        }
        for refusal in summary.refused { try await expectTrue(refusal, place) }
        print("Klayers' list: built \(built.count), refused \(refused.count):")
        for refusal in summary.refused { print("  \(refusal.item.layer): \(refusal.reason)") }
    }

    /// Asks uv, with nothing of Strata between, whether a refusal is right.
    private func expectTrue(_ refusal: Summary.Refused, _ place: Workplace) async throws {
        let name = refusal.item.layer
        let uv = Program.variables["STRATA_UV"] ?? "uv"
        let script = """
            echo '\(name)' | UV_PYTHON_DOWNLOADS=never '\(uv)' pip compile - --quiet --no-config --only-binary :all: \
            --python "$(command -v python3)" --python-version 3.12 --python-platform x86_64-manylinux_2_34
            """
        let environment = try place.command([]).environment
        let compile = try await Command(
            arguments: ["bash", "-c", script], environment: environment, folder: place.folder
        ).run()
        if refusal.reason.contains("unpacks to") {
            #expect(compile.code == 0, "\(name) resolves, so it is the layer that is refused")
        } else if refusal.reason.contains("cannot be imported") {
            #expect(compile.code == 0)
            #expect(refusal.reason.contains("'checks: { waive:"), "what to do is told: \(refusal.reason)")
        } else if refusal.reason.contains("'requirements.txt' is another file in the layer itself") {
            #expect(compile.code == 0)
            let wheels = "for wheel in cache/wheels/*/*.whl; do unzip -Z1 $wheel; done"
            let files = try await place.run("bash", "-c", wheels).split(separator: "\n")
            #expect(files.contains { $0 == "requirements.txt" || $0.hasSuffix(".data/data/requirements.txt") })
            #expect(refusal.reason.contains("dropped on conflict"), "what to do is told: \(refusal.reason)")
        } else {
            #expect(compile.code == 1, "\(name) is refused, but uv resolves it: \(refusal.reason)")
            #expect(
                ["source only", "no wheel", "has no package", "no release"].contains { refusal.reason.contains($0) },
                "\(name): \(refusal.reason)")
        }
    }
}
