import FoundationEssentials
import Model
import Publishing

extension FleetLog {
    /// A line for what happens during a run.
    public func take(_ event: RunEvent) {
        switch event {
        case .began(let stage, let count): debug("\(stage.rawValue): \(count) to do")
        case .ended(let stage, _): debug("\(stage.rawValue) ended")
        case .resolved(let item): log(.debug, "resolved", item: item)
        case .planned(let plan):
            info(
                "planned \(plan.builds.count) builds, \(plan.publications.count) publications, "
                    + "\(plan.deprecations.count) deprecations")
        case .built(let item, let version, let buildNumber, let zipped):
            log(.info, "built \(version), build \(buildNumber), \(zipped)", item: item)
        case .unchanged(let item): log(.info, "the same bytes as an earlier build", item: item)
        case .buildFailed(let failure), .buildRefused(let failure):
            log(.warning, "not built: \(failure.reason)", item: failure.item)
        case .published(let release, _):
            log(
                .info, "published \(release.version) as version \(release.number)", item: release.item,
                region: release.region)
        case .pending(let failure, let kind):
            log(.warning, "\(kind.rawValue): \(failure.reason)", item: failure.item, region: failure.region)
        case .circuitOpened(let region, let reason): log(.warning, "nothing more is tried: \(reason)", region: region)
        case .adopted(let release, _):
            log(.info, "adopted version \(release.number)", item: release.item, region: release.region)
        case .permitted(let action):
            log(
                .info, "\(action.release) can be read by \(action.after.text)", item: action.item,
                region: action.release.region)
        case .deleted(let release): log(.info, "deleted \(release.id)", item: release.item, region: release.id.region)
        case .committed(let commit):
            info("pushed \(commit.commit) to \(commit.branch): \(commit.files) files, \(commit.bytes)")
        case .proposed(let proposal): if proposal.trouble == nil { info(proposal.line) } else { warning(proposal.line) }
        case .siteBehind(let place): warning("the site at \(place.place) is behind: \(place.reason)")
        case .warning(let text): warning(text)
        case .advisory(let advised): log(.warning, "build \(advised.buildNumber): \(advised.text)", item: advised.item)
        case .yanked(let release):
            log(.info, "yanked build \(release.buildNumber)", item: release.item, region: release.region)
        }
    }
}

extension FleetLog {
    /// A run's numbers, for CloudWatch to take out of the log.
    /// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
    public func metrics(_ metrics: RunMetrics, of outcome: RunOutcome) {
        guard !outcome.isOvertaken else { return }
        let line = EmbeddedMetrics(values: metrics.plain, outcome: outcome)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard let data = try? encoder.encode(line) else { return }
        write(String(decoding: data, as: UTF8.self) + "\n")
    }
}

private struct EmbeddedMetrics: Encodable {
    let values: [String: Double]
    let outcome: RunOutcome

    private struct Key: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }
        init(_ name: String) { stringValue = name }
        init?(stringValue: String) { self.init(stringValue) }
        init?(intValue: Int) { nil }
    }

    private struct Directive: Encodable {
        struct Metric: Encodable {
            let name: String
            let unit: String
            private enum CodingKeys: String, CodingKey { case name = "Name", unit = "Unit" }
        }
        struct Set: Encodable {
            let namespace = "Strata"
            let dimensions = [["registry"]]
            let metrics: [Metric]
            private enum CodingKeys: String, CodingKey {
                case namespace = "Namespace", dimensions = "Dimensions", metrics = "Metrics"
            }
        }
        let timestamp: Int
        let sets: [Set]
        private enum CodingKeys: String, CodingKey { case timestamp = "Timestamp", sets = "CloudWatchMetrics" }
    }

    func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: Key.self)
        let metrics = values.keys.sorted().map { name in
            Directive.Metric(name: name, unit: name.hasSuffix("_bytes") ? "Bytes" : "Count")
        }
        try fields.encode(
            Directive(timestamp: outcome.ended.seconds * 1000, sets: [.init(metrics: metrics)]), forKey: Key("_aws"))
        try fields.encode(outcome.registry, forKey: Key("registry"))
        for (name, value) in values { try fields.encode(value, forKey: Key(name)) }
    }
}
