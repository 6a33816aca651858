import Model
import Settings
import Testing

@Suite struct NamingTests {
    private func problems(template: String, layers: String, targets: String = "[python3.12]") -> [String] {
        Reading(
            """
            version: 1
            registry: { name: Acme, url: "https://acme.example" }
            targets: \(targets)
            regions: [us-east-1]
            publish: { prefix: p, name: "\(template)" }
            layers: \(layers)
            """
        ).problems
    }

    @Test("refuses two layers that would be published under one name")
    func sameName() {
        // p312 and p312_arm64 behind a separator that a layer's name can hold.
        #expect(
            problems(
                template: "{py}_{layer}", layers: "[{ name: arm64_a, requires: a }, a]",
                targets: "[python3.12, python3.12-arm64]"
            ) == [
                "strata.yaml:6:42: 'a python3.12-arm64' and 'arm64_a python3.12' could be published under the same "
                    + "name; change 'publish.name', or rename a layer"
            ])
    }

    @Test(
        "refuses names that could meet for some version or build number",
        arguments: [
            ("{py}-{layer}{build}", "[{ name: a, requires: x }, { name: a1, requires: x }]"),
            ("{py}-{layer}_{version}", "[{ name: a, requires: x }, { name: a_1, requires: x }]"),
            ("{version}{layer}-{py}", "[{ name: a, requires: x }, { name: 1a, requires: x }]"),
            ("{py}-{layer}-{version}-{build}", "[{ name: a, requires: x }, { name: a-7, requires: x }]"),
        ])
    func couldMeet(template: String, layers: String) {
        let found = problems(template: template, layers: layers)
        // The last of the templates keeps them apart: a version holds no '-'.
        #expect(found.count == (template.hasSuffix("-{version}-{build}") ? 0 : 1))
        #expect(found.allSatisfy { $0.contains("could be published under the same name") })
    }

    @Test("lets names stand that differ for every version and build number", arguments: NameTemplateSamples.sound)
    func sound(template: String) {
        #expect(
            problems(
                template: template, layers: "[a, a-1, \"a[b]\", { name: A_b_1, requires: x }]",
                targets: "[python3.12, python3.12-arm64, python3.13]"
            ).isEmpty)
    }
}

enum NameTemplateSamples {
    static let sound = [
        NameTemplate.standard, "{prefix}-{py}-{layer}-{build}", "{py}-{layer}-{version}", "{layer}-{py}",
        "{py}-{layer}-v{version}-{build}",
    ]
}
