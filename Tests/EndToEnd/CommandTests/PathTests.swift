import FoundationEssentials
import Testing

@Suite("A path typed as an argument")
struct PathTests {
    private let place: Workplace

    init() throws {
        place = try Workplace(Configuration(layers: ["six", "idna"], targets: ["python3.12"]))
    }

    @Test("is the folder of 'site', as --output is, and not both")
    func site() async throws {
        for arguments in [["site", "one"], ["site", "--output", "two"], ["site", "-o", "three"]] {
            let outcome = try await place.strata(arguments)
            #expect(outcome.code == 0, "\(outcome.error)")
            #expect(try place.bytes("\(arguments.last ?? "")/index.html").isEmpty == false)
        }
        #expect(try await place.strata("site", "one", "--output", "two").code == 2)
    }

    @Test("is the folder of 'build', beside the names of layers")
    func build() async throws {
        for (arguments, folder) in [
            (["build", "six", "out/"], "out"), (["build", "./other", "six"], "other"),
            (["build", "six", "--output", "third"], "third"), (["build", "six", "-o", "fourth"], "fourth"),
        ] {
            let outcome = try await place.strata(arguments)
            #expect(outcome.code == 0, "\(outcome.error)")
            #expect(try place.files(folder) == ["python3.12/six.zip"])
        }
        #expect(try await place.strata("build", "a/", "b/").code == 2)
        #expect(try await place.strata("build", "a/", "--output", "b").code == 2)
    }

    @Test("is the file of 'export'")
    func export() async throws {
        for arguments in [["export", "one.jsonl"], ["export", "--output", "two.jsonl"]] {
            let outcome = try await place.strata(arguments)
            #expect(outcome.code == 0, "\(outcome.error)")
        }
        #expect(try place.text("one.jsonl").hasPrefix("{"))
        #expect(
            try place.names(in: ".").filter { $0.hasPrefix("one") || $0.hasPrefix("two") } == [
                "one.jsonl", "two.jsonl",
            ])
    }

    @Test("is the configuration", arguments: ["check", "plan", "doctor"])
    func configuration(command: String) async throws {
        try place.write("other/layers.yaml", Configuration(layers: ["six"], targets: ["python3.13"]).text)
        let outcome = try await place.strata(command, "other/layers.yaml")
        #expect(outcome.code == 0, "\(outcome.error)\(outcome.output)")
        let missing = try await place.strata(command, "missing.yaml")
        #expect(missing.code == 2)
        #expect(missing.error.contains("missing.yaml"))
    }

    @Test("is the file that 'init' writes")
    func initialise() async throws {
        #expect(try await place.strata("init", "new.yaml").code == 0)
        #expect(try await place.strata("check", "new.yaml").code == 0)
        #expect(try await place.strata("init", "new.yaml").code == 2)
    }
}
