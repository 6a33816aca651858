import Model

extension Partition: Keys {}

/// `regions:` as written, before it is known which partitions have accounts.
struct WrittenRegions {
    let place: Value
    let selections: [Partition: RegionSelection]
}

/// Regions and targets.
extension SettingsDecoder {
    /// Buildable targets, in the order written.
    func targets(_ value: Value, _ what: String) -> [Target]? {
        let buildable = Target.buildable
        let targets = unique(value, what) { entry -> Target? in
            guard let text = entry.asText("a target") else { return nil }
            if let target = Target(text), buildable.contains(target), target.description == text { return target }
            entry.problem(
                "unknown target '\(text)'", hint: Suggestion.hint(for: text, among: buildable.map(\.description)))
            return nil
        }
        if targets?.isEmpty == true, value.asList(what)?.isEmpty == true { value.problem("\(what) is empty") }
        return targets
    }

    /// A region of the table.
    func region(_ text: String, at value: Value) -> Region? {
        if let region = Region(text), region.place != nil { return region }
        value.problem("unknown region '\(text)'", hint: Suggestion.hint(for: text, among: Region.known.map(\.code)))
        return nil
    }

    /// A list of regions, the word `all`, or `{ all: aws, except: [me-south-1] }`.
    ///
    /// - Parameter own: the only partition that may be meant; nil if any may. `all` alone means it, or `aws`.
    func regions(_ value: Value, _ what: String, own: Partition? = nil) -> WrittenRegions? {
        switch value.kind {
        case .list:
            guard
                let regions = unique(
                    value, what,
                    { entry -> Region? in
                        guard let text = entry.asText("a region"), let region = region(text, at: entry) else {
                            return nil
                        }
                        return belongs(region, to: own, entry) ? region : nil
                    })
            else { return nil }
            if value.asList(what)?.isEmpty == true { value.problem("\(what) is empty") }
            let selections = Dictionary(grouping: regions, by: \.partition).mapValues {
                RegionSelection.these($0.sorted())
            }
            return WrittenRegions(place: value, selections: selections)
        case .mapping:
            return regionsExcept(value, what, own: own)
        default:
            guard let text = value.asText(what) else { return nil }
            guard text == "all" else {
                value.problem(
                    "\(what) must be 'all', a list of regions, or { all: aws, except: [me-south-1] }",
                    hint: Region(text)?.place == nil ? nil : "write [\(text)]")
                return nil
            }
            return WrittenRegions(place: value, selections: [own ?? .aws: .all(except: [])])
        }
    }

    private func regionsExcept(_ value: Value, _ what: String, own: Partition?) -> WrittenRegions? {
        guard let fields = Fields<Vocabulary.Selection>(value, what) else { return nil }
        let all = fields.required(.all, what)
        guard let partition = all?.asChoice("partition", Partition.self) else { return nil }
        if let own, own != partition {
            all?.problem("\(what) must be of partition '\(own.rawValue)'")
            return nil
        }
        let except = fields[.except].flatMap { value in
            unique(value, "'except'") { entry -> Region? in
                guard let text = entry.asText("a region"), let region = region(text, at: entry) else { return nil }
                return belongs(region, to: partition, entry) ? region : nil
            }
        }
        let selection = RegionSelection.all(except: (except ?? []).sorted())
        if selection.known(in: partition).isEmpty { value.problem("\(what) leaves no region") }
        return WrittenRegions(place: value, selections: [partition: selection])
    }

    private func belongs(_ region: Region, to partition: Partition?, _ entry: Value) -> Bool {
        guard let partition, region.partition != partition else { return true }
        entry.problem("'\(region)' is a region of '\(region.partition.rawValue)', not of '\(partition.rawValue)'")
        return false
    }
}
