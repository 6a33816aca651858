import Model

/// What is worth telling at a run's end: what happened, and what is so until it is over.
public struct News: Sendable {
    /// Told once.
    var happened: [Notice] = []
    /// Told when it begins, and when it is over.
    var standing: [Notice] = []
    /// The kinds of which `standing` holds all: what is not there is over.
    private var complete: Set<Notice.Kind> = []
    /// Regions that were asked how full they are.
    private var asked: Set<String> = []

    /// Whether something of which `standing` says nothing is so no longer.
    func isOver(_ kind: Notice.Kind, _ subject: String) -> Bool {
        complete.contains(kind) || kind == .storage && asked.contains(subject)
    }

    /// - Parameter isWhole: whether the run was about all layers: only then is what it does not mention over.
    public init(_ outcome: RunOutcome, isWhole: Bool) {
        if let error = outcome.error {
            // Numbers in it differ from run to run, as of processes and ports.
            let words = error.split(separator: " ").filter { !$0.contains(where: \.isNumber) }
            standing.append(
                Notice(
                    .failed, ([outcome.errorCode ?? "error"] + words.map(String.init)).joined(separator: " "), error))
        }
        let report = outcome.report ?? RunReport()
        happened += Self.published(report.published + report.adopted)
        happened += Self.yanked(report.yanked)
        happened += report.advisories.map { Notice(.advisory, "\($0.item) \($0.text)", $0.line) }
        standing += (report.pending + report.failed).map { Notice(.pending, $0.place, $0.line) }
        standing += report.sitesBehind.map { Notice(.pending, $0.place, $0.line) }
        standing += report.proposals.map { Notice(.pending, "proposal \($0.branch) \($0.trouble == nil)", $0.line) }
        standing += report.refused.map { Notice(.refused, "\($0.place): \($0.reason)", $0.line) }
        if isWhole, outcome.error == nil { complete = [.pending, .refused, .failed] }
    }

    /// A build is one line, whatever its targets and regions.
    private static func published(_ releases: [RunReport.Published]) -> [Notice] {
        struct Key: Hashable { let layer: LayerName, version: String, build: Int }
        return Dictionary(grouping: releases) {
            Key(layer: $0.item.layer, version: $0.version, build: $0.buildNumber)
        }.sorted { ($0.key.layer.text, $0.key.build) < ($1.key.layer.text, $1.key.build) }.map { key, releases in
            let targets = Set(releases.map(\.item.target)).sorted().map(\.description).joined(separator: ", ")
            let regions = Set(releases.map(\.region)).sorted()
            let places = regions.count > 3 ? "\(regions.count) regions" : regions.map(\.code).joined(separator: ", ")
            return Notice(
                .published, "\(key.layer) \(key.build)",
                "\(key.layer) \(key.version), build \(key.build), for \(targets) in \(places)")
        }
    }

    private static func yanked(_ releases: [RunReport.Yanked]) -> [Notice] {
        struct Key: Hashable { let layer: LayerName, build: Int, reason: String }
        return Dictionary(grouping: releases) {
            Key(layer: $0.item.layer, build: $0.buildNumber, reason: $0.reason)
        }.sorted { ($0.key.layer.text, $0.key.build) < ($1.key.layer.text, $1.key.build) }.map { key, releases in
            let targets = Set(releases.map(\.item.target)).sorted().map(\.description).joined(separator: ", ")
            return Notice(
                .yanked, "\(key.layer) \(key.build)", "\(key.layer), build \(key.build), for \(targets): \(key.reason)")
        }
    }

    /// Adds the ends of releases and runtimes that come within a time.
    public mutating func add(ending releases: [Release], _ desired: Desired, now: Timestamp, within span: Duration) {
        struct Key: Hashable { let item: Item, build: Int, end: String }
        complete.insert(.ending)
        let coming = releases.filter { release in release.end.map { now < $0 && $0 <= now + span } ?? false }
        standing += Set(
            coming.map { Key(item: $0.item, build: $0.buildNumber, end: $0.end?.date ?? "") }
        ).sorted { ($0.end, $0.item, $0.build) < ($1.end, $1.item, $1.build) }.map { key in
            Notice(
                .ending, "\(key.item) \(key.build) \(key.end)", "\(key.item), build \(key.build), ends on \(key.end)")
        }
        for python in Dictionary(grouping: Set(desired.layers.flatMap(\.targets)), by: \.python).values {
            guard let target = python.min(), let day = target.platform?.deprecation, now >= day - span else { continue }
            standing.append(
                Notice(
                    .ending, "\(target.runtime) \(day.date)",
                    "Lambda \(now < day ? "deprecates" : "deprecated") \(target.runtime) on \(day.date)"))
        }
    }

    /// Adds the regions whose code storage is filled above a share.
    ///
    /// - Parameter storage: of the regions that answered.
    public mutating func add(storage: [Region: CodeStorage], above percent: Int) {
        asked = Set(storage.keys.map(\.code))
        standing += storage.sorted { $0.key < $1.key }.compactMap { region, storage in
            guard let filled = storage.percent, filled >= percent else { return nil }
            return Notice(
                .storage, region.code,
                "\(region): the account's code storage is filled to \(filled) %: \(storage.used) of \(storage.limit)")
        }
    }
}

extension CodeStorage {
    /// How full it is; nil without a limit.
    var percent: Int? {
        guard limit.bytes > 0 else { return nil }
        return Int(Double(used.bytes) / Double(limit.bytes) * 100)
    }
}

extension RunReport.PlaceBehind {
    /// For people: where, why, and what to do.
    var line: String { "the site at \(place): \(reason)" + (hint.map { "; \($0)" } ?? "") }
}

extension RunReport.Proposal {
    /// For people: what waits where, or why it does not.
    public var line: String {
        let what = request?.text ?? "'\(branch)'"
        guard let trouble else { return "what is new is listed once \(what) is merged" }
        return "\(what) is not up to date: \(trouble)" + (hint.map { "; \($0)" } ?? "")
    }
}

extension RunReport.Failure {
    /// Where it is: an item, and a region if it is about one.
    public var place: String { "\(item)" + (region.map { " in \($0)" } ?? "") }
    /// For people: where, why, and what to do.
    var line: String { "\(place): \(reason)" + (hint.map { "; \($0)" } ?? "") }
}
