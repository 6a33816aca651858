import Embedded
import Model
import Yams

/// The fleet as CloudFormation takes it: `deploy/template.yaml` with the state machine put in.
struct FleetTemplate {
    /// What a new deployment begins with: the functions' code must lie in the bucket before there can be functions.
    let foundation: String
    let whole: String
    let parameters: Set<String>

    /// The schedule that a fleet has before another is chosen.
    static let usualSchedule = "rate(6 hours)"

    /// The one that is in the program.
    /// - Throws: `inconsistent` if it is damaged: a mistake of ours.
    static func embedded() throws(StrataError) -> FleetTemplate {
        try FleetTemplate(EmbeddedFile.at("deploy/template.yaml").text) { (path) throws(StrataError) in
            try EmbeddedFile.at("deploy/\(path)").text
        }
    }

    /// - Parameters:
    ///   - text: a template whose `Metadata` names the `Foundation`, and whose state machines name their definition as
    ///     `DefinitionS3Location`, relative to the template.
    ///   - read: the definition at such a path.
    init(_ text: String, read: (String) throws(StrataError) -> String) throws(StrataError) {
        var sections = try Self.mapping(Self.parsed(text), "the template")
        let metadata = try Self.mapping(sections["Metadata"], "Metadata")
        let names = metadata["Foundation"]?.sequence?.compactMap(\.string) ?? []
        // What follows is not for CloudFormation.
        sections = sections.keeping { $0 != "Metadata" }
        var resources = try Self.mapping(sections["Resources"], "Resources")
        for name in resources.keys.compactMap(\.string) {
            resources[name] = try resources[name].map { (resource) throws(StrataError) in
                try Self.joined(resource, read)
            }
        }
        let missing = names.filter { resources[$0] == nil }
        guard !names.isEmpty, missing.isEmpty else {
            throw Self.broken("the foundation names resources that are not there: \(missing.joined(separator: ", "))")
        }
        parameters = Set(try Self.mapping(sections["Parameters"], "Parameters").keys.compactMap(\.string))
        sections["Resources"] = .mapping(resources)
        whole = try TemplateJSON.text(of: .mapping(sections))
        sections = sections.keeping { $0 != "Outputs" }
        sections["Resources"] = .mapping(resources.keeping(names.contains))
        foundation = try TemplateJSON.text(of: .mapping(sections))
    }

    /// A state machine with its definition in place of the definition's path.
    private static func joined(
        _ resource: Node, _ read: (String) throws(StrataError) -> String
    ) throws(StrataError) -> Node {
        guard resource["Type"]?.string == "AWS::StepFunctions::StateMachine",
            let path = resource["Properties"]?["DefinitionS3Location"]?.string
        else { return resource }
        var properties = try mapping(resource["Properties"], "Properties").keeping { $0 != "DefinitionS3Location" }
        // JSON is YAML, too; and the order of the states stays as people wrote it.
        let definition = try TemplateJSON.text(of: parsed(read(path)))
        properties["DefinitionString"] = Node(definition, Tag(Tag.Name(rawValue: "!Sub")), .doubleQuoted)
        var resource = resource
        resource["Properties"] = .mapping(properties)
        return resource
    }

    private static func parsed(_ text: String) throws(StrataError) -> Node {
        do {
            if let node = try Yams.compose(yaml: text) { return node }
        } catch {
            throw broken("\(error)")
        }
        throw broken("it is empty")
    }

    private static func mapping(_ node: Node?, _ name: String) throws(StrataError) -> Node.Mapping {
        guard let mapping = node?.mapping else { throw broken("\(name) is not a mapping") }
        return mapping
    }

    static func broken(_ why: String) -> StrataError {
        StrataError(.inconsistent, "the fleet's template is damaged: \(why)")
    }
}

extension Node.Mapping {
    fileprivate func keeping(_ isKept: (String) -> Bool) -> Node.Mapping {
        Node.Mapping(filter { isKept($0.key.string ?? "") }.map { ($0.key, $0.value) }, tag, style)
    }
}
