import FoundationEssentials
import Testing

@Suite("Without the network")
struct NetworkTests {
    /// A port of loopback that nobody listens on: discard's.
    private static let nobody = "http://127.0.0.1:9/simple/"

    @Test("a run says so in one line and changes nothing", arguments: ["publish", "plan"])
    func unreachable(command: String) async throws {
        let place = try Workplace(Configuration(layers: ["alpha"], index: Self.nobody), hasOwnCache: true)
        let outcome = try await place.strata(command)
        #expect(outcome.code == 1, "\(outcome.error)")
        #expect(outcome.errors.count == 1 && outcome.error.contains("nothing could be resolved"), "\(outcome.error)")
        #expect(outcome.error.contains("127.0.0.1"), "\(outcome.error)")
        #expect(try place.files("lambda").isEmpty && place.files("registry.git").isEmpty)
    }

    @Test("what was published stays listed, and nothing is withdrawn")
    func outage() async throws {
        let place = try await PackageIndex.run(["alpha": [.init()]]) { index in
            let place = try Workplace(Configuration(layers: ["alpha"], index: index.simple), hasOwnCache: true)
            #expect(try await place.strata("publish").code == 0)
            return place
        }
        let commits = try await place.commits()
        let published = try await place.published()
        #expect(try await place.strata("publish").code == 1)
        #expect(try await place.commits() == commits)
        #expect(try await place.published() == published)
        #expect(try await place.strata("status").code == 0)
    }

    @Test("check and status need none")
    func offline() async throws {
        let place = try Workplace(Configuration(layers: ["alpha"], index: Self.nobody), hasOwnCache: true)
        #expect(try await place.strata("check").code == 0)
        #expect(try await place.strata("status").code == 0)
        #expect(try place.files("cache").isEmpty)
    }

    @Test("a uv that is missing is named, with what to do")
    func missingUv() async throws {
        let place = try Workplace(Configuration(layers: ["alpha"], index: Self.nobody), hasOwnCache: true)
        let command = try place.command(["plan"], environment: ["STRATA_UV": "/nowhere/uv"])
        let outcome = try await command.run()
        #expect(outcome.code == 1)
        #expect(outcome.errors.count == 1 && outcome.error.contains("/nowhere/uv"), "\(outcome.error)")
    }
}
