import Model
import Publishing
import Synchronization

/// Shows a run as it happens: a live view on a terminal, plain lines elsewhere.
final class ProgressView: Sendable {
    private let console: Console
    private let state = Mutex(State())

    fileprivate struct State {
        var total: [RunEvent.Stage: Int] = [:]
        var done: [RunEvent.Stage: Int] = [:]
        var regions: [Region: Int] = [:]
        var pending: [Region: Int] = [:]
        var stage: RunEvent.Stage?
        var subject = ""
        var linesShown = 0
        var lastDrawn: ContinuousClock.Instant?
    }

    init(_ console: Console) { self.console = console }

    func take(_ event: RunEvent) {
        let line = state.withLock { state -> String? in
            state.take(event)
            guard console.isLive else { return plainLine(event) }
            let lasting = lastingLine(event)
            let now = ContinuousClock.now
            let due = state.lastDrawn.map { now - $0 >= .milliseconds(80) } ?? true
            guard due || lasting != nil || event.endsStage else { return nil }
            state.lastDrawn = now
            return state.redraw(lasting: lasting, console)
        }
        if let line { Console.write(line, to: 2) }
    }

    /// Clears the live view.
    func finish() {
        let clear = state.withLock { state in
            defer { state.linesShown = 0 }
            return state.linesShown > 0 ? "\u{1B}[\(state.linesShown)A\u{1B}[J" : ""
        }
        if !clear.isEmpty { Console.write(clear, to: 2) }
    }

    /// What stays on a terminal after the live view has moved on: what a person must know.
    private func lastingLine(_ event: RunEvent) -> String? {
        switch event {
        case .buildFailed(let failure), .buildRefused(let failure):
            console.paint("! ", .red) + "\(failure.item): \(failure.reason)\n"
        case .circuitOpened(let region, let reason):
            console.paint("! ", .red) + "\(region): nothing more is tried there in this run: \(reason)\n"
        case .adopted(let release, _):
            console.paint("✓ ", .green)
                + "\(release.item) \(release.region):\(release.number) was published by a former run; adopted\n"
        case .warning(let text): console.paint("warning: ", .yellow) + text + "\n"
        case .advisory(let advised): console.paint("warning: ", .yellow) + advised.line + "\n"
        default: nil
        }
    }

    private func plainLine(_ event: RunEvent) -> String? {
        guard console.verbosity > .quiet else { return nil }
        let text: String? =
            switch event {
            case .began(let stage, let count): count > 0 ? stage.announcement(of: count) : nil
            case .ended: nil
            case .resolved(let item): console.verbosity == .verbose ? "resolved \(item)" : nil
            case .planned(let plan):
                "planned \(plan.builds.count(where: \.isNew)) new builds, \(plan.publications.count) releases, "
                    + "\(plan.deprecations.count) deprecations"
            case .built(let item, let version, let buildNumber, let zipped):
                "built \(item) \(version) (build \(buildNumber), \(zipped))"
            case .unchanged: nil
            case .buildFailed(let failure), .buildRefused(let failure):
                "failed to build \(failure.item): \(failure.reason)"
            case .published(let release, _):
                "published \(release.item) \(release.version) in \(release.region) as version \(release.number)"
            case .pending(let failure, _): "pending \(failure.place): \(failure.reason)"
            case .circuitOpened(let region, let reason):
                "\(region): nothing more is tried there in this run: \(reason)"
            case .adopted(let release, _):
                "adopted \(release.item) in \(release.region), version \(release.number)"
            case .permitted(let action):
                console.verbosity == .verbose ? "\(action.release) can be read by \(action.after.text)" : nil
            case .deleted(let release): console.verbosity == .verbose ? "deleted \(release.id)" : nil
            case .committed(let commit):
                "pushed \(commit.branch) \(commit.commit.prefix(7)): \(commit.files) files, \(commit.bytes)"
            case .proposed(let proposal): (proposal.trouble == nil ? "" : "pending: ") + proposal.line
            case .siteBehind(let place): "pending \(place.place): \(place.reason)"
            case .warning(let text): "warning: \(text)"
            case .advisory(let advised): "warning: \(advised.line)"
            case .yanked: nil
            }
        guard let text else { return nil }
        switch console.format {
        case .text: return text + "\n"
        case .json:
            console.note(text)
            return nil
        }
    }
}

extension ProgressView.State {
    fileprivate mutating func take(_ event: RunEvent) {
        switch event {
        case .began(let stage, let count):
            self.stage = stage
            subject = ""
            total[stage, default: 0] += count
        case .resolved(let item):
            done[.resolve, default: 0] += 1
            subject = "\(item)"
        case .built(let item, _, _, let zipped):
            done[.build, default: 0] += 1
            subject = "\(item) (\(zipped))"
        case .published(let release, _):
            done[.publish, default: 0] += 1
            regions[release.region, default: 0] += 1
            subject = "\(release.item)"
        case .pending(let failure, _):
            if let region = failure.region { pending[region, default: 0] += 1 }
        default: break
        }
    }

    fileprivate mutating func redraw(lasting: String?, _ console: Console) -> String {
        var lines: [String] = []
        for stage in [RunEvent.Stage.resolve, .publish] {
            guard let total = total[stage], total > 0 else { continue }
            let done = min(done[stage] ?? 0, total)
            let filled = done * 24 / total
            let bar = String(repeating: "█", count: filled) + String(repeating: "░", count: 24 - filled)
            lines.append("\(stage.rawValue.padded(to: 8)) \(bar) \(done)/\(total)")
        }
        if !regions.isEmpty || !pending.isEmpty {
            let all = Set(regions.keys).union(pending.keys).sorted()
            let shown = all.prefix(6).map { region in
                "\(region) \(regions[region] ?? 0)"
                    + (pending[region].map { console.paint(" +\($0) pending", .yellow) } ?? "")
            }
            lines.append("  " + shown.joined(separator: " · ") + (all.count > 6 ? " · …" : ""))
        }
        if let stage { lines.append(console.paint("  \(stage.rawValue): \(subject)", .dim)) }
        let up = linesShown > 0 ? "\u{1B}[\(linesShown)A\u{1B}[J" : ""
        linesShown = lines.count
        return up + (lasting ?? "") + lines.map { $0 + "\n" }.joined()
    }
}

extension RunEvent.Stage {
    fileprivate func announcement(of number: Int) -> String? {
        switch self {
        case .resolve: "resolving \(count(number, "item"))"
        case .recover: "looking after \(count(number, "action")) that a former run left open"
        case .publish: "publishing \(count(number, "release"))"
        case .plan, .build, .commit: nil
        }
    }
}

extension RunEvent {
    fileprivate var endsStage: Bool { if case .ended = self { true } else { false } }
}
