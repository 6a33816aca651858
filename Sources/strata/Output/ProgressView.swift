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
        case .buildFailed(let item, let error): console.paint("! ", .red) + "\(item): \(error.message)\n"
        case .circuitOpened(let region, let reason): console.paint("! ", .red) + "\(region) is cut off: \(reason)\n"
        case .adopted(let item, let region, let number):
            console.paint("✓ ", .green) + "\(item) \(region):\(number) was published by a former run; adopted\n"
        case .warning(let text): console.paint("warning: ", .yellow) + text + "\n"
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
            case .planned(let new, let publications, let deprecations):
                "planned \(new) new builds, \(publications) releases, \(deprecations) deprecations"
            case .built(let item, let version, let buildNumber, let zipped):
                "built \(item) \(version) (build \(buildNumber), \(zipped))"
            case .buildFailed(let item, let error): "failed to build \(item): \(error.message)"
            case .published(let item, let region, let version, let number):
                "published \(item) \(version) in \(region) as version \(number)"
            case .pending(let item, let region, let error): "pending \(item) in \(region): \(error.message)"
            case .circuitOpened(let region, let reason): "\(region) is cut off: \(reason)"
            case .adopted(let item, let region, let number): "adopted \(item) in \(region), version \(number)"
            case .committed(let branch, let commit, let files, let bytes):
                "pushed \(branch) \(commit.prefix(7)): \(files) files, \(bytes)"
            case .warning(let text): "warning: \(text)"
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
        case .published(let item, let region, _, _):
            done[.publish, default: 0] += 1
            regions[region, default: 0] += 1
            subject = "\(item)"
        case .pending(_, let region, _): pending[region, default: 0] += 1
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
        case .settle: "looking after \(count(number, "action")) that a former run left open"
        case .publish: "publishing \(count(number, "release"))"
        case .plan, .build, .commit: nil
        }
    }
}

extension RunEvent {
    fileprivate var endsStage: Bool { if case .ended = self { true } else { false } }
}
