import Model
import Settings
import Testing

/// The JSON Schema that editors use and the decoder know the same words.
@Suite struct SchemaTests {
    @Test("knows exactly the keys that the decoder knows")
    func keys() throws {
        let schema = try SchemaDocument()
        for (part, words) in ProjectSettings.vocabulary {
            let properties = part.isEmpty ? schema.root["properties"] : schema.root["$defs"]?[part]?["properties"]
            #expect(Set(properties?.members?.keys.map(\.self) ?? []) == Set(words), "\(part)")
        }
        let parts = schema.root["$defs"]?.members?.filter { $0.value["properties"] != nil } ?? [:]
        #expect(Set(parts.keys) == Set(ProjectSettings.vocabulary.keys).subtracting([""]))
    }

    @Test("lets no mapping have other keys")
    func closed() throws {
        let schema = try SchemaDocument()
        var open: [String] = []
        func walk(_ value: JSON, _ path: String) {
            for (key, member) in value.members ?? [:] { walk(member, "\(path)/\(key)") }
            for element in value.list ?? [] { walk(element, path) }
            if value["type"] == .text("object"), value["additionalProperties"] != .bool(false) { open.append(path) }
        }
        walk(schema.root, "")
        #expect(open.isEmpty)
    }

    @Test("has the words of the model where there is a choice")
    func choices() throws {
        let schema = try SchemaDocument()
        func choice(_ value: JSON?) -> Set<String> { Set(value?["enum"]?.list?.compactMap(\.text) ?? []) }
        let parts = try #require(schema.root["$defs"])
        #expect(choice(parts["target"]) == Set(Target.buildable.map(\.description)))
        #expect(
            Set(parts["checks"]?["properties"]?["waive"]?["properties"]?.members?.keys.map(\.self) ?? [])
                == Set(Finding.Rule.allCases.map(\.rawValue)))
        #expect(
            choice(parts["checks"]?["properties"]?["imports"]) == Set(Checks.Imports.Place.allCases.map(\.rawValue)))
        #expect(
            Set(parts["checks"]?["properties"]?["interpreters"]?["properties"]?.members?.keys.map(\.self) ?? [])
                == Set(Target.buildable.map(\.description)))
        #expect(choice(parts["region"]) == Set(Region.known.map(\.code)))
        #expect(choice(parts["partitionName"]) == Set(Partition.allCases.map(\.rawValue)))
        #expect(
            Set(parts["publish"]?["properties"]?["partitions"]?["properties"]?.members?.keys.map(\.self) ?? [])
                == Set(Partition.allCases.map(\.rawValue)))
        #expect(
            choice(parts["publish"]?["properties"]?["provider"])
                == Set(PublishSettings.Provider.allCases.map(\.rawValue)))
        #expect(choice(parts["sink"]?["properties"]?["on"]?["items"]) == Set(Notice.Kind.allCases.map(\.rawValue)))
        #expect(choice(parts["sink"]?["properties"]?["shape"]) == Set(SinkSettings.Shape.allCases.map(\.rawValue)))
        #expect(choice(parts["layer"]?["properties"]?["prune"]?["items"]) == Set(Pruning.allCases.map(\.rawValue)))
    }

    @Test("accepts what the decoder accepts", arguments: [ProjectSettings.template, smallest])
    func accepts(yaml: String) throws {
        #expect(try SchemaDocument().faults(JSON(yaml: yaml)) == [])
    }

    @Test(
        "refuses what the decoder refuses for its shape",
        arguments: [
            (1, "version: 2", "/version: const"), (2, "registry: { name: A }", "/registry: required"),
            (2, "registry: { name: 1, url: \"https://a.example\" }", "/registry/name: type"),
            (3, "targets: [python3.9]", "/targets/0: enum"), (3, "targets: []", "/targets: minItems"),
            (4, "regions: us-east-1", "/regions: anyOf"), (4, "regoins: [us-east-1]", "/regoins: unknown"),
            (5, "publish: { prefix: a, rate: 5 }", "/publish/rate: type"),
            (5, "publish: { prefix: a, visibility: {} }", "/publish/visibility: anyOf"),
            (6, "layers: [{ name: a }]", "/layers/0: anyOf"),
            (6, "layers: [{ requires: a, from: b }]", "/layers/0: anyOf"),
            (6, "layers: [\"https://a.example/b.whl\"]", ""),
        ])
    func refuses(line: Int, text: String, fault: String) throws {
        let yaml = smallest(line: line, text)
        #expect(!Reading(yaml).problems.isEmpty)
        let faults = try SchemaDocument().faults(JSON(yaml: yaml))
        // Only the decoder reads requirements.
        #expect(fault.isEmpty ? faults.isEmpty : faults == [fault])
    }
}
