import Model
import Planning

/// Why an item is as it is: the chain from requirement to lock to build to each region's state, with dates and errors.
public struct Explanation: Sendable, Codable {
    public let item: Item
    public let lines: [String]

    /// - Parameter plan: what the next run would do for the item.
    public init(_ state: ItemState, wanted: DesiredLayer?, regions: [Region], plan: [Action]) {
        item = state.item
        var lines: [String] = []
        if let wanted {
            if let lock = wanted.lock {
                let parts = (lock.groups.map { "group \($0)" } + lock.extras.map { "extra \($0)" }).joined(
                    separator: ", ")
                lines.append(
                    "locked by: \(lock.path)" + (parts.isEmpty ? "" : " (\(parts))")
                        + ", sha256 \(lock.digest.hex.prefix(12)); minimum-age and dependencies-only do not apply")
            } else {
                let requires = wanted.requires.map(\.description).joined(separator: ", ")
                lines.append("asked for: \(requires.isEmpty ? "files alone" : requires)")
            }
        } else {
            lines.append("not in the configuration (any more)")
        }
        lines += Self.resolution(state)
        lines += state.builds.suffix(5).reversed().flatMap {
            [Self.build($0, state)] + Self.sources($0) + Self.files($0) + Self.findings($0)
        }
        lines += Self.advisories(state)
        if state.builds.count > 5 { lines.append("and \(state.builds.count - 5) older builds") }
        if let hold = state.hold {
            lines.append("rolled back: build \(hold.buildNumber) stays until the index offers something newer")
        }
        lines += regions.map { "\($0): \(Self.region($0, state))" }
        lines += plan.map { "next run: \(Self.next($0))" }
        if plan.isEmpty { lines.append("next run: nothing to do") }
        self.lines = lines
    }

    private static func resolution(_ state: ItemState) -> [String] {
        guard let resolution = state.resolution else { return ["never resolved by a run"] }
        let outcome =
            resolution.contents.map { contents in
                state.buildNumber(of: contents).map { "to the contents of build \($0)" }
                    ?? (resolution.refusal == nil
                        ? "to contents that were not built yet" : "to contents that cannot be built")
            } ?? "to nothing: it was refused"
        return ["resolved \(outcome), since \(resolution.since)"] + resolution.remarks.map { "  \($0)" }
            + resolution.refusedBuilds.map { "  refused since \($0.since): \($0.reason)" }
    }

    private static func build(_ build: Build, _ state: ItemState) -> String {
        let origin = build.artifact.map { "sha256 \($0.sha256.hex.prefix(16)), \($0.zipped)" } ?? "imported"
        let releases = state.releases.filter { $0.buildNumber == build.buildNumber }
        let statuses = Dictionary(grouping: releases, by: \.status).sorted { $0.key.rawValue < $1.key.rawValue }
            .map { "\($0.key.rawValue) in \($0.value.count)" }.joined(separator: ", ")
        let fate = statuses.isEmpty ? "published nowhere" : statuses
        return "build \(build.buildNumber): \(build.version), made \(build.created.date), \(origin); \(fate)"
    }

    /// What was built here.
    private static func sources(_ build: Build) -> [String] {
        (build.artifact?.lock.wheels ?? []).compactMap { wheel in
            wheel.built.map {
                "  \(wheel.package) built from \($0.fileName), sha256 \($0.sha256), with \($0.toolsText)"
            }
        }
    }

    /// What it takes from elsewhere.
    private static func files(_ build: Build) -> [String] {
        (build.artifact?.options.files ?? []).flatMap { source in
            source.pins.map { pin in
                let details = [source.version, source.licence].compactMap(\.self).joined(separator: ", ")
                return "  files of \(pin.url)\(details.isEmpty ? "" : " (\(details))"), sha256 \(pin.sha256)"
            }
        }
    }

    /// What the checks said of it, but for notes.
    private static func findings(_ build: Build) -> [String] {
        let bytecode = (build.artifact?.options.bytecode).map {
            ["  with bytecode of \($0.scope == .all ? "all" : "reached") modules by Python \($0.python)"]
        }
        let proof = (build.artifact?.imports).map { ["  \($0.text)" + ($0.remark.map { ": \($0)" } ?? "")] } ?? []
        return (bytecode ?? []) + proof
            + (build.artifact?.findings ?? []).filter { $0.verdict > .note }.map { finding in
                "  \(finding.verdict.rawValue) (\(finding.rule.rawValue)): \(finding.message)"
                    + (finding.waived.map { "; waived: \($0)" } ?? "")
            }
    }

    private static func advisories(_ state: ItemState) -> [String] {
        (state.latestAudit?.entries ?? []).map { entry in
            "advisory since \(entry.since.date): \(entry.advisory.text)"
                + (entry.ignored.map { "; ignored: \($0)" } ?? "")
        }
    }

    private static func region(_ region: Region, _ state: ItemState) -> String {
        var parts: [String] = []
        if let latest = state.releases.last(where: { $0.id.region == region && $0.status == .latest }) {
            parts.append(
                "latest is build \(latest.buildNumber), version \(latest.id.number), since \(latest.published.date)")
        } else {
            parts.append("no latest")
        }
        if let note = state.notes[region] { parts.append("\(note.kind.rawValue) since \(note.since): \(note.reason)") }
        if state.isUncertain(region) {
            parts.append("a former run began to publish here; the next run looks what came of it")
        }
        for bad in state.releases where bad.id.region == region && bad.status == .quarantined {
            parts.append("version \(bad.id.number) is quarantined: \(bad.reason ?? "")")
        }
        return parts.joined(separator: "; ")
    }

    private static func next(_ action: Action) -> String {
        switch action {
        case .build(let build):
            build.isNew ? "make build \(build.buildNumber)" : "make build \(build.buildNumber) again, for its bytes"
        case .publish(let publish):
            "publish build \(publish.buildNumber) in \(publish.region) (\(publish.reason.rawValue))"
        case .deprecate(let deprecate):
            "deprecate \(deprecate.release)" + (deprecate.expires.map { " until \($0.date)" } ?? "")
        case .permit(let permit): "let \(permit.release) be read by \(permit.after.text)"
        case .wait(let wait): "wait until \(wait.until) for \(wait.subject)"
        case .refuse(let refuse): "nothing can be built: \(refuse.reason)"
        }
    }
}
