import Foundation
import Model
import Testing

import Site

@Suite("Names by which clients ask") struct ClientNameTests {
    @Test(
        "are those under which a layer was published, and those of the first system",
        arguments: [
            ("acmetool", ["Old-p312-AcmeTool"], ["AcmeTool"]), ("pillow", [], ["Pillow"]),
            ("pyyaml", ["Klayers-p312-PyYAML", "acme-p312-pyyaml"], ["PyYAML"]),
            ("typing-extensions", ["Klayers-p312-typing_extensions"], ["typing_extensions"]),
            ("requests", ["acme-p312-requests"], []), ("psycopg_binary", ["acme-p312-psycopg_binary"], []),
            ("x", ["a-x-y", "ax"], []),
        ])
    func names(layer: String, published: [String], expected: [String]) throws {
        let layer = try #require(LayerName(layer))
        #expect(ClientNames.of(layer, published: published).map(\.text) == expected)
    }

    @Test("stand in the tables and folders of api/v2 beside the layer's own name")
    func tables() throws {
        var registry = try ClientNameSample.registry()
        let branch = try registry.site()
        let latest = try #require(branch["api/v2/p3.12/layers/latest/us-east-1/json/index.html"])
        let rows = try #require(try JSONSerialization.jsonObject(with: Data(latest)) as? [[String: String]])
        #expect(rows.map { $0["package"] } == ["Pillow", "pillow"])
        #expect(Set(rows.map { $0["arn"] }).count == 1)
        #expect(
            branch["api/v2/p3.12/layers/us-east-1/Pillow/index.html"]
                == branch["api/v2/p3.12/layers/us-east-1/pillow/index.html"])

        // The next render, of a layer that has nothing any more, takes both away.
        registry.status = .deleted
        let after = try registry.site(over: branch)
        #expect(after["api/v2/p3.12/layers/latest/us-east-1/json/index.html"] == nil)
    }
}

/// A registry of one imported layer.
private struct ClientNameSample {
    let item: Item
    var status = Release.Status.latest

    static func registry() throws -> ClientNameSample {
        ClientNameSample(item: Item(try #require(LayerName("pillow")), try #require(Target("python3.12"))))
    }

    func site(over files: [String: [UInt8]] = [:]) throws -> [String: [UInt8]] {
        let region = try #require(Region("us-east-1"))
        let name = "Old-p312-Pillow"
        let date = Timestamp(seconds: 1_700_000_000)
        let build = Build(
            buildNumber: 1, item: item, version: "9.0.0", artifact: nil, requirements: ["pillow"], packages: [],
            created: date)
        let release = Release(
            id: Release.ID(account: "111122223333", region: region, name: name, number: 15), item: item, buildNumber: 1,
            arn: "arn:aws:lambda:us-east-1:111122223333:layer:\(name):15", isExternal: true, status: status,
            published: date)
        let input = RegistryInput(
            description: RegistryDescription(name: "T", url: "https://example.org"), regions: [region],
            targets: [item.target], retention: RetentionPolicy(), accounts: [.aws: "111122223333"])
        let state = LayerState(
            layer: item.layer, items: [ItemState(item: item, builds: [build], releases: [release])])
        var result = files
        let changes = try SiteRenderer(input, options: SiteOptions(klayersAPI: true))
            .changes(for: [state]) { files[$0] }
        for change in changes {
            switch change.content {
            case .write(let bytes): result[change.path] = bytes
            case .delete: result[change.path] = nil
            }
        }
        return result
    }
}
