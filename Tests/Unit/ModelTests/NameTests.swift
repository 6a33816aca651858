import Contracts
import Model
import Testing

@Suite("Names")
struct NameTests {
    @Test(
        "no two layers or targets ever share a published name, whatever their versions and build numbers",
        arguments: [
            NameTemplate.standard, "{prefix}-{py}-{layer}-{build}", "{py}-{layer}", "{layer}-{py}",
        ], seeds(3))
    func sharing(template: String, seed: UInt64) throws {
        var chance = SeededGenerator(seed: seed)
        let naming = try NameTemplate(template, prefix: "acme")
        var owners: [String: Item] = [:]
        // Few letters and many separators, so that names which could meet do.
        for _ in 0..<20_000 {
            let text =
                chance.text("ap3-_1", length: 0...3)
                + ["", "_arm64", "-p312", "p312_arm64"][Int.random(in: 0...3, using: &chance)]
            guard let layer = LayerName(text), let target = Target.buildable.randomElement(using: &chance) else {
                continue
            }
            let item = Item(layer, target)
            let version = chance.text("1.0+-", length: 1...4)
            let name = naming.name(for: item, version: version, buildNumber: .random(in: 1...12, using: &chance))
            let owner = owners.updateValue(item, forKey: name)
            #expect(owner == nil || owner == item, "seed \(seed): \(name) is \(item) and \(String(describing: owner))")
        }
        #expect(owners.count > 1000)
    }

    @Test("of a requirement are its own: no other package or extras have the same layer name", arguments: seeds(3))
    func layers(seed: UInt64) throws {
        var chance = SeededGenerator(seed: seed)
        var owners: [LayerName: Requirement] = [:]
        for _ in 0..<20_000 {
            guard let package = PackageName("a" + chance.text("ab-_.", length: 0...3) + "a") else { continue }
            var extras: [PackageName] = []
            for _ in 0..<Int.random(in: 0...2, using: &chance) {
                if let extra = PackageName(chance.text("ab-_", length: 1...3)) { extras.append(extra) }
            }
            let requirement = Requirement(package: package, extras: extras)
            let name = try Samples.required(LayerName(for: requirement))
            let owner = owners.updateValue(requirement, forKey: name)
            #expect(owner == nil || owner == requirement, "seed \(seed): \(name)")
        }
        #expect(owners.count > 100)
    }

    @Test(
        "of packages are normalised as PEP 503 says",
        arguments: [
            ("Friendly-Bard", "friendly-bard"), ("FrIeNdLy-._.-bArD", "friendly-bard"), ("a", "a"), ("A__B", "a-b"),
        ])
    func packages(text: String, expected: String) {
        #expect(PackageName(text)?.text == expected)
    }

    @Test(
        "of packages that PEP 508 does not allow are refused",
        arguments: ["", "-a", "a-", ".a", "a.", "_", "a b", "é", "a/b"])
    func badPackages(text: String) {
        #expect(PackageName(text) == nil)
    }

    @Test("of layers have 1 to 64 letters, digits, '-' and '_'")
    func badLayers() {
        #expect(LayerName(String(repeating: "a", count: 64)) != nil)
        for text in ["", String(repeating: "a", count: 65), "a.b", "a b", "a/b", "é", "a\n"] {
            #expect(LayerName(text) == nil)
        }
    }

    @Test(
        "whose template leaves out the layer or the target, or which Lambda refuses, are refused",
        arguments: [
            "", "{prefix}", "{py}", "{layer}", "{layer}-{version}", "{py}-{layer", "{py}-{layer}-{date}",
            "{py}.{layer}",
            "{py} {layer}", "{py}-{layer}é",
        ])
    func badTemplates(text: String) async {
        await expect(.configuration) { _ = try NameTemplate(text, prefix: "acme") }
    }
}
