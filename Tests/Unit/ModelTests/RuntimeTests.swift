import Model
import Testing

@Suite("Lambda's runtimes")
struct RuntimeTests {
    private func desired(_ targets: [String]) throws -> Desired {
        Desired(
            registry: RegistryDescription(name: "Test", url: "https://example.invalid"),
            layers: [
                DesiredLayer(
                    name: try #require(LayerName("six")), requires: [try Requirement(parsing: "six")],
                    targets: targets.compactMap(Target.init))
            ],
            regions: [], naming: try NameTemplate(prefix: "acme"), visibility: .public)
    }

    @Test(
        "are told of from four months before their end on",
        arguments: [
            ("2026-06-01", 0, ""), ("2026-07-03", 1, "deprecates python3.10 on 2026-10-31"),
            ("2026-10-30", 1, "deprecates python3.10"), ("2026-10-31", 1, "deprecated python3.10 on 2026-10-31"),
            ("2027-03-02", 2, "deprecates python3.11 on 2027-06-30"), ("2030-01-01", 5, "deprecated python3.14"),
        ])
    func notices(day: String, count: Int, text: String) throws {
        let now = try #require(Timestamp(day))
        let all = try desired(Target.buildable.map(\.description)).runtimeNotices(at: now)
        #expect(all.count == count)
        if let last = all.last { #expect(last.contains(text)) }
    }

    @Test("are told of with what to do, for the targets that are wanted")
    func retirement() throws {
        let now = try #require(Timestamp("2026-11-27"))
        let one = try desired(["python3.10-arm64", "python3.12"]).runtimeNotices(at: now)
        #expect(one.count == 1)
        #expect(one.first?.contains("'strata retire --target python3.10-arm64 --until DATE'") == true)
        #expect(try desired(["python3.12", "python3.15"]).runtimeNotices(at: now).isEmpty)
    }

    @Test("are all known in every table")
    func tables() throws {
        for platform in Platform.table {
            #expect(StandardLibrary.modules(of: platform.python) != nil, "\(platform.python)")
        }
        #expect(Target("python3.15")?.platform?.operatingSystem == "al2023")
    }
}
