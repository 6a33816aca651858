import Model

/// A run's end as numbers, for a file that a collector reads.
/// https://github.com/prometheus/OpenMetrics/blob/main/specification/OpenMetrics.md
///
/// A process lives for one run only: counters go on from the file that the run before has left.
public struct RunMetrics: Sendable {
    enum Kind: String { case counter, gauge }

    struct Family {
        /// Without the `_total` that a counter's samples have.
        let name: String
        let kind: Kind
        var unit: String?
        let help: String

        init(_ name: String, _ kind: Kind, unit: String? = nil, _ help: String) {
            (self.name, self.kind, self.unit, self.help) = (name, kind, unit, help)
        }

        var sample: String { kind == .counter ? name + "_total" : name }
    }

    /// All that are ever written, by name.
    static let families = [
        Family("strata_build_bytes", .counter, unit: "bytes", "Bytes of the zips that were built."),
        Family("strata_builds", .counter, "Builds made, or made again because their bytes were needed."),
        Family("strata_failed_items", .gauge, "Layers and targets that the last whole run could not resolve or build."),
        Family(
            "strata_last_run_duration_seconds", .gauge, unit: "seconds",
            "How long the stages of the last run took."),
        Family("strata_last_run_exit_code", .gauge, "What the last run exited with: 0 is done, 3 done in part."),
        Family("strata_last_run_timestamp_seconds", .gauge, unit: "seconds", "When the last run ended."),
        Family(
            "strata_last_success_timestamp_seconds", .gauge, unit: "seconds",
            "When a run last ended with nothing or little left to do."),
        Family("strata_new_advisories", .counter, "Advisories about published builds that became known."),
        Family("strata_pending_releases", .gauge, "Releases that the next run tries again, by region."),
        Family("strata_refused_items", .gauge, "Layers and targets that cannot be built as they are asked for."),
        Family("strata_releases_deleted", .counter, "Releases deleted."),
        Family("strata_releases_deprecated", .counter, "Releases deprecated."),
        Family("strata_releases_published", .counter, "Releases published, or adopted from a run that died."),
        Family("strata_runs", .counter, "Runs, by how they ended."),
        Family("strata_storage_limit_bytes", .gauge, unit: "bytes", "Code storage that the account has, by region."),
        Family("strata_storage_used_bytes", .gauge, unit: "bytes", "Code storage that the account uses, by region."),
    ]

    /// By the sample's name and labels.
    private var values: [String: [String: Double]] = [:]
    private let isComplete: Bool
    private let registry: String

    /// - Parameters:
    ///   - isWhole: whether the run was about all layers: only then are gauges of what is left renewed.
    ///   - regions: that are published in: each has a number, zero too.
    public init(
        _ outcome: RunOutcome, isWhole: Bool, regions: [Region], storage: [Region: CodeStorage]? = nil
    ) {
        registry = outcome.registry
        isComplete = isWhole && outcome.error == nil
        let report = outcome.report ?? RunReport()
        for status in RunOutcome.Status.allCases {
            set("strata_runs_total", outcome.status == status ? 1 : 0, ["status": status.rawValue])
        }
        set("strata_build_bytes_total", Double(report.bytesBuilt.bytes))
        set("strata_builds_total", Double(report.built))
        set("strata_new_advisories_total", Double(report.advisories.count))
        set("strata_releases_deleted_total", Double(report.deleted.count))
        set("strata_releases_deprecated_total", Double(report.deprecated))
        set("strata_releases_published_total", Double(report.published.count + report.adopted.count))
        set("strata_last_run_exit_code", Double(outcome.exitCode))
        set("strata_last_run_timestamp_seconds", Double(outcome.ended.seconds))
        if outcome.error == nil { set("strata_last_success_timestamp_seconds", Double(outcome.ended.seconds)) }
        for stage in RunEvent.Stage.allCases {
            guard let seconds = report.seconds[stage.rawValue] else { continue }
            set("strata_last_run_duration_seconds", seconds, ["stage": stage.rawValue])
        }
        for (region, storage) in storage ?? [:] {
            set("strata_storage_used_bytes", Double(storage.used.bytes), ["region": region.code])
            set("strata_storage_limit_bytes", Double(storage.limit.bytes), ["region": region.code])
        }
        guard isComplete else { return }
        set("strata_failed_items", Double(report.failed.count))
        set("strata_refused_items", Double(report.refused.count))
        for region in regions {
            let pending = report.pending.count { $0.region == region }
            set("strata_pending_releases", Double(pending), ["region": region.code])
        }
    }

    private mutating func set(_ name: String, _ value: Double, _ labels: [String: String] = [:]) {
        let all = labels.merging(["registry": registry]) { $1 }.sorted { $0.key < $1.key }
        let text = all.map { "\($0.key)=\"\(Self.escaped($0.value))\"" }.joined(separator: ",")
        values[name, default: [:]][text] = value
    }

    private static func escaped(_ text: String) -> String {
        text.printable(200).replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
    }

    /// The file.
    ///
    /// - Parameter former: what stood there: counters go on from it, and gauges that this run knows nothing of stay.
    ///   What is not understood is left out.
    public func text(after former: String) -> String {
        let before = Self.samples(in: former)
        var out = ""
        for family in Self.families {
            var samples = values[family.sample] ?? [:]
            let old = before[family.sample] ?? [:]
            switch family.kind {
            case .counter: samples.merge(old) { $0 + $1 }
            // Stages that this run did not reach are no news of it.
            case .gauge where family.name == "strata_last_run_duration_seconds": break
            case .gauge where !isComplete || samples.isEmpty: samples.merge(old) { new, _ in new }
            case .gauge: break
            }
            guard !samples.isEmpty else { continue }
            out += "# TYPE \(family.name) \(family.kind.rawValue)\n"
            if let unit = family.unit { out += "# UNIT \(family.name) \(unit)\n" }
            out += "# HELP \(family.name) \(family.help)\n"
            for (labels, value) in samples.sorted(by: { $0.key < $1.key }) {
                out += "\(family.sample){\(labels)} \(Self.number(value))\n"
            }
        }
        return out + "# EOF\n"
    }

    /// Numbers of a run for CloudWatch, without those that have regions or stages.
    /// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
    public var plain: [String: Double] {
        var plain: [String: Double] = [:]
        for family in Self.families where !family.name.contains("timestamp") {
            guard let samples = values[family.sample], family.name == "strata_pending_releases" || samples.count == 1
            else { continue }
            plain[family.name] = samples.values.reduce(0, +)
        }
        return plain
    }

    /// The samples of families of ours.
    private static func samples(in text: String) -> [String: [String: Double]] {
        let known = Set(families.map(\.sample))
        var found: [String: [String: Double]] = [:]
        for line in text.split(separator: "\n") {
            guard let open = line.firstIndex(of: "{"), let close = line.lastIndex(of: "}"), open < close,
                known.contains(String(line[..<open])),
                let value = Double(line[line.index(after: close)...].drop { $0 == " " }), value.isFinite
            else { continue }
            found[String(line[..<open]), default: [:]][String(line[line.index(after: open)..<close])] = value
        }
        return found
    }

    private static func number(_ value: Double) -> String {
        Int(exactly: value).map(String.init) ?? "\(value)"
    }
}
