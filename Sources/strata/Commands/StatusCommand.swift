import ArgumentParser
import Glibc
import Model

/// `strata status`
struct StatusCommand: StrataCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Show what is published where, and what is late and why.",
        discussion: "Reads the ledger only. With --watch it reads it again every few seconds, until Ctrl-C.")

    @OptionGroup var common: CommonOptions
    @Argument(help: "The layers; all if none is named.") var layers: [String] = []
    @Flag(help: "Print the status as JSON.") var json = false
    @Flag(help: "Show it on the terminal, and keep it up to date.") var watch = false
    @Option(help: "Seconds between two looks with --watch.") var every = 5

    func validate() throws {
        if watch, json { throw ValidationError("--watch is for terminals: it does not go with --json") }
        guard (1...3600).contains(every) else { throw ValidationError("--every must be between 1 and 3600") }
    }

    func run(console: Console) async throws -> ExitStatus {
        if watch, isatty(STDOUT_FILENO) != 1 {
            throw StrataError(
                .configuration, "--watch needs a terminal", hint: "'strata status --json' is for other programs")
        }
        let assembly = try await common.assembly(console, access: .reading)
        let ledger = try await assembly.ledger()
        let known = Set(assembly.desired.items.map(\.layer.text))
        for layer in layers where !known.contains(layer) {
            throw StrataError(
                .notFound, "there is no layer '\(layer)' in the configuration",
                hint: Suggestion.hint(for: layer, among: known.sorted()))
        }
        console.warnOfRuntimes(assembly.desired)
        let items = assembly.desired.items.filter { layers.isEmpty || layers.contains($0.layer.text) }
        @Sendable func look() async throws -> [StatusRow] {
            try await ledger.states(of: items).map { StatusRow($0, assembly.desired.regions) }
        }
        if watch { return try await keepShowing(console, look) }
        let rows = try await look()
        if json {
            try console.print(json: rows)
        } else {
            console.print(StatusRow.table(rows, console))
            try await console.tellWaiting(ledger)
        }
        return rows.contains { !$0.pending.isEmpty } ? .partly : .done
    }

    /// Until the task is cancelled: what does not fit on the screen is left out, since the screen is drawn anew each time.
    private func keepShowing(_ console: Console, _ look: () async throws -> [StatusRow]) async throws -> ExitStatus {
        do {
            while true {
                let lines = StatusRow.table(try await look(), console).split(
                    separator: "\n", omittingEmptySubsequences: false)
                let height = max(3, Self.screenHeight - 2)
                let shown = lines.count <= height ? lines[...] : lines.prefix(height - 2) + ["…"] + lines.suffix(1)
                console.print(
                    "\u{1B}[H\u{1B}[J" + shown.joined(separator: "\n") + "\n"
                        + console.paint("\(WallClock.now), every \(count(every, "second")); Ctrl-C ends it", .dim))
                try await Task.sleep(for: .seconds(every))
            }
        } catch {
            if Task.isCancelled { return .done }
            throw error
        }
    }

    private static var screenHeight: Int {
        var size = winsize()
        return ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0 && size.ws_row > 0 ? Int(size.ws_row) : 24
    }
}

/// One layer and target, in a line.
struct StatusRow: Encodable {
    let layer: LayerName
    let target: Target
    let version: String?
    let build: Int?
    /// Regions that list this build as their latest.
    let regions: [Region]
    /// Why the newest build was yanked, if nothing took its place.
    let yanked: String?
    let pending: [Region: Note]
    /// Why it has not what the index gives, if nothing but the maintainer can change that.
    let refused: Refusal?
    let remarks: [String]
    /// What is known to be wrong with the build, by the last run that looked; absent if none did.
    let advisories: [Audit.Entry]?

    struct Refusal: Encodable {
        let reason: String
        let since: Timestamp
        /// The option that lets it go on all the same, where there is one.
        let allowedBy: String?
    }

    init(_ state: ItemState, _ wanted: [Region]) {
        layer = state.item.layer
        target = state.item.target
        let latest = state.latestBuild
        version = latest?.version
        build = latest?.buildNumber
        regions = state.releases.filter { $0.status == .latest && $0.buildNumber == latest?.buildNumber }.map(
            \.id.region)
        yanked = latest == nil ? state.releases.last { $0.status == .yanked }.map { $0.reason ?? "" } : nil
        var pending = state.notes.filter { $0.value.kind == .pending && wanted.contains($0.key) }
        for case .publish(_, _, _, let region, _, _) in state.openIntents.map(\.work) where pending[region] == nil {
            pending[region] = Note(
                kind: .pending, reason: "a former run began to publish here and has not finished",
                since: state.openIntents.first?.begun ?? Timestamp(seconds: 0))
        }
        self.pending = pending
        advisories = state.latestAudit?.entries
        let refused = state.resolution?.refusal.map { refusal in
            Refusal(
                reason: refusal.reason, since: refusal.since,
                allowedBy: state.resolution?.refusedBuilds.first { $0.contents == state.resolution?.contents }?
                    .allowedBy)
        }
        self.refused = refused
        remarks = state.resolution?.remarks.filter { _ in state.resolution?.contents != nil } ?? []
    }

    static func table(_ rows: [StatusRow], _ console: Console) -> String {
        let width = rows.map { $0.layer.text.count }.max() ?? 0
        var lines = rows.flatMap { row -> [String] in
            let state =
                row.version.map { "\($0) (build \(row.build ?? 0))" }
                ?? console.paint(row.yanked.map { "yanked: \($0)" } ?? "not published", .yellow)
            let head =
                "\(row.layer.text.padded(to: width))  \(row.target.description.padded(to: 16))  "
                + "\(state.padded(to: 26)) \(count(row.regions.count, "region"))"
            let late = row.pending.sorted { $0.key < $1.key }.map { region, note in
                console.paint("    pending ", .yellow) + "\(region) since \(note.since.date): \(note.reason)"
            }
            let refused = row.refused.map { refused in
                let verb = refused.allowedBy == nil ? "refused" : "held back"
                return console.paint("    \(verb) ", .red) + "since \(refused.since.date): \(refused.reason)"
            }
            let advisories = (row.advisories ?? []).filter { $0.ignored == nil }.map { entry in
                console.paint("    advisory ", .yellow) + entry.advisory.text
            }
            let remarks = row.remarks.map { console.paint("    \($0)", .dim) }
            return [head] + late + [refused].compactMap(\.self) + advisories + remarks
        }
        let pending = rows.reduce(0) { $0 + $1.pending.count }
        let published = rows.count { $0.version != nil }
        let refused = rows.count { $0.refused != nil }
        let advised = rows.count { row in row.advisories?.contains { $0.ignored == nil } == true }
        lines.append(
            "\(published) of \(rows.count) published; \(count(pending, "region")) pending"
                + (refused > 0 ? "; \(refused) refused or held back." : ".")
                + (advised > 0 ? " Advisories about \(advised)." : ""))
        return lines.joined(separator: "\n")
    }
}
