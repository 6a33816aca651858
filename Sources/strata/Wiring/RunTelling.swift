import Files
import FoundationEssentials
import Glibc
import Model
import Notifying
import Publishing
import Synchronization

/// Who learns of a run that this machine carries out: files, sinks and a healthcheck. Nothing of it can fail the run.
struct RunTelling: Sendable {
    /// Files for others to read; nil for none.
    struct Paths: Sendable {
        var metrics: String?
        var report: String?
        var summary: String?
    }

    private let assembly: Assembly
    private let paths: Paths
    private let isWhole: Bool
    private let teller: Teller?
    private let healthcheck: Healthcheck?
    private let console: Console
    private let began: Timestamp
    private let start = StartSignal()

    /// - Parameter isWhole: whether the run is about all layers.
    init(_ assembly: Assembly, _ paths: Paths, isWhole: Bool, _ console: Console) {
        self.assembly = assembly
        self.paths = paths
        self.isWhole = isWhole
        self.console = console
        var ways: (teller: Teller, healthcheck: Healthcheck?)?
        do {
            ways = (try assembly.teller(), try assembly.healthcheck())
        } catch {
            console.warn("notify: nobody is told: \(error)")
        }
        (teller, healthcheck) = (ways?.teller, ways?.healthcheck)
        began = assembly.backend.now()
    }

    /// The healthcheck hears that a run has begun once the lease is held: one that finds it taken must not cover up that
    /// the holder hangs.
    func take(_ event: RunEvent) {
        guard let healthcheck, case .ended(.recover, _) = event else { return }
        start.send { await healthcheck.tell(.start) }
    }

    /// - Parameter error: what ended the run early.
    func end(_ report: RunReport, _ error: (any Error)? = nil) async {
        let known = error.map { ($0 as? StrataError) ?? .wrapping($0, .inconsistent, "\($0)") }
        let outcome = RunOutcome(
            known == nil || report.hasChanged || !report.plan.actions.isEmpty ? report : nil,
            error: known.map { ($0.description, $0.code.rawValue) }, exit: known.map { ExitStatus($0) },
            registry: assembly.desired.registry.name, began: began, ended: assembly.backend.now())
        // Whoever interrupts a run knows it.
        let isTold = !Task.isCancelled && !outcome.isOvertaken
        let asks = teller?.wants(.storage) == true || paths.metrics != nil
        let storage = isTold && error == nil && asks ? await assembly.storage() : nil
        await write(outcome, storage)
        guard isTold else { return }
        async let beat = signal(outcome)
        let problems = await teller?.tell(outcome, isWhole: isWhole, storage: storage)
        for problem in problems ?? [] { console.warn(problem) }
        for problem in await beat { console.warn("notify: \(problem)") }
    }

    private func signal(_ outcome: RunOutcome) async -> [String] {
        guard let healthcheck else { return [] }
        let first = await start.result()
        let last = await healthcheck.tell(outcome.error.map { .failure($0) } ?? .success)
        return Set([first, last].compactMap(\.self)).sorted()
    }

    // MARK: - Files

    private func write(_ outcome: RunOutcome, _ storage: [Region: CodeStorage]?) async {
        if let path = paths.report { await writing("report", path) { try Self.json(outcome, to: path) } }
        // A run that did nothing because another is under way is no run to count.
        if let path = paths.metrics, !outcome.isOvertaken {
            let metrics = RunMetrics(
                outcome, isWhole: isWhole, regions: assembly.desired.regions, storage: storage)
            await writing("metrics", path) {
                let former = try BoundedFile.readIfPresent(path, limit: .mebibytes(4)) ?? []
                let text = metrics.text(after: String(decoding: former, as: UTF8.self))
                try AtomicFile.write(text.utf8, to: path)
            }
        }
        let page = assembly.environment["GITHUB_STEP_SUMMARY"].flatMap { $0.isEmpty ? nil : $0 }
        guard let path = paths.summary ?? page else { return }
        await writing("summary", path) {
            let bytes = Array(RunSummary(outcome).markdown.utf8)
            // A job's page is what all its steps add to.
            guard path == page else { return try AtomicFile.write(bytes, to: path) }
            let file = try OpenFile(path, O_WRONLY | O_CREAT | O_APPEND, mode: 0o644)
            try file.write(bytes)
        }
    }

    private func writing(_ what: String, _ path: String, _ body: @escaping @Sendable () throws -> Void) async {
        do {
            try await blocking(body)
        } catch {
            let known = StrataError.wrapping(error, .file, "it cannot be written")
            console.warn("the run's \(what) could not be written to '\(path)': \(known.message); nothing else is lost")
        }
    }

    private static func json(_ outcome: RunOutcome, to path: String) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        try AtomicFile.write(try encoder.encode(outcome) + Data("\n".utf8), to: path)
    }
}

/// Something that is sent once, beside the run, and waited for at its end.
private final class StartSignal: Sendable {
    private let task = Mutex<Task<String?, Never>?>(nil)

    func send(_ work: @escaping @Sendable () async -> String?) {
        task.withLock { task in if task == nil { task = Task { await work() } } }
    }

    /// What it came to; nil if it was never sent.
    func result() async -> String? { await task.withLock(\.self)?.value }
}
