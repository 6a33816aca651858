import Model
import Publishing
import Testing

@Suite("A layer's description")
struct DescriptionTests {
    private let publication = "01JD0000000000000000000ABC"

    private func description(layer: String, version: String) throws -> String {
        let item = Item(
            try #require(LayerName(layer)), try #require(Target("python3.12")))
        return LayerDescription(
            item: item, version: version, buildNumber: 7, sha256: .of("x"), publication: publication
        ).text
    }

    @Test("holds version, build, digest and the publication that made it")
    func complete() throws {
        let text = try description(layer: "requests", version: "2.32.3")
        #expect(text == "requests==2.32.3 | build 7 | sha256 2d711642b726b044 | strata 01JD0000000000000000000ABC")
        #expect(LayerDescription.publication(in: text) == publication)
    }

    @Test("stays within Lambda's limit without losing what adoption needs")
    func cut() throws {
        let text = try description(
            layer: String(repeating: "a", count: 64), version: String(repeating: "1", count: 400))
        #expect(text.utf8.count == LayerLimits.descriptionLength)
        #expect(LayerDescription.publication(in: text) == publication)
    }

    @Test("of somebody else holds no publication", arguments: ["", "strata", "a layer | strata short", "x strata"])
    func foreign(text: String) {
        #expect(LayerDescription.publication(in: text) == nil)
    }
}
