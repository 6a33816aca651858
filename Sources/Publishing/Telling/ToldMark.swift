import FoundationEssentials
import Model

/// What a sink was told, so that it is not told again. The ledger keeps it, as small as it can be.
struct ToldMark: Sendable, Codable, Equatable {
    struct Standing: Sendable, Codable, Equatable {
        let since: Timestamp
        var isTold: Bool
        private enum CodingKeys: String, CodingKey { case since, isTold = "told" }
    }

    /// By kind and subject.
    private var standing: [String: [String: Standing]] = [:]
    /// What happened while the sink could not be reached.
    private var owed: [Notice] = []

    /// More of one kind are one piece of news.
    static let most = 100
    /// More that happened are forgotten.
    static let mostOwed = 50

    init() {}

    /// An unreadable mark is none.
    init?(text: String) {
        guard let mark = try? JSONDecoder().decode(ToldMark.self, from: Data(text.utf8)) else { return nil }
        self = mark
    }

    func text() throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(self), as: UTF8.self)
    }

    /// With what was noted elsewhere while the ledger could not be reached.
    func merging(_ other: ToldMark) -> ToldMark {
        var mark = self
        mark.standing.merge(other.standing) { $0.merging($1) { $0.isTold ? $0 : $1 } }
        mark.owed = Array((owed + other.owed).suffix(Self.mostOwed))
        return mark
    }

    /// What follows from news.
    struct Step {
        /// In the order of the kinds.
        let notices: [Notice]
        /// The mark once they are told.
        let told: ToldMark
        /// The mark if that failed: the next run tells them.
        let untold: ToldMark
    }

    /// - Parameters:
    ///   - kinds: what the sink wants to know.
    ///   - patience: how long something may be so before it is news.
    func taking(
        _ news: News, of kinds: Set<Notice.Kind>, now: Timestamp, patience: [Notice.Kind: Duration]
    ) -> Step {
        var told = self
        var untold = self
        var notices: [Notice] = []
        let happened = (owed + news.happened).filter { kinds.contains($0.kind) }
        told.owed = []
        untold.owed = Array(happened.suffix(Self.mostOwed))
        for kind in Notice.Kind.allCases where kinds.contains(kind) {
            notices += happened.filter { $0.kind == kind }
            let current = Self.few(news.standing.filter { $0.kind == kind }, kind)
            let before = standing[kind.rawValue] ?? [:]
            var after = before
            var pending = before
            for notice in current {
                let known = before[notice.subject] ?? Standing(since: now, isTold: false)
                let isDue = !known.isTold && now - known.since >= patience[kind] ?? .zero
                if isDue { notices.append(notice) }
                pending[notice.subject] = known
                after[notice.subject] = Standing(since: known.since, isTold: known.isTold || isDue)
            }
            let subjects = Set(current.map(\.subject))
            for (subject, known) in before.sorted(by: { $0.key < $1.key })
            where !subjects.contains(subject) && news.isOver(kind, subject) {
                after[subject] = nil
                // An end that has come, or was put off, needs no word, and neither does what nobody was told.
                guard known.isTold, kind != .ending else {
                    pending[subject] = nil
                    continue
                }
                let text = Self.ending(kind, subject)
                // Several failures end with one success.
                guard !notices.contains(where: { $0.isOver && $0.text == text }) else { continue }
                notices.append(Notice(kind, subject, text, isOver: true))
            }
            told.standing[kind.rawValue] = after.isEmpty ? nil : Self.bounded(after)
            untold.standing[kind.rawValue] = pending.isEmpty ? nil : Self.bounded(pending)
        }
        return Step(notices: notices, told: told, untold: untold)
    }

    /// The notices, or one in their place if there are too many to remember.
    private static func few(_ notices: [Notice], _ kind: Notice.Kind) -> [Notice] {
        guard notices.count > most else { return notices }
        let some = notices.prefix(5).map(\.text).joined(separator: "; ")
        return [Notice(kind, many, "\(notices.count) \(kind.rawValue), among them \(some)")]
    }

    private static let many = "many"

    /// Runs that were about a part only add: the oldest go.
    private static func bounded(_ standing: [String: Standing]) -> [String: Standing] {
        guard standing.count > 2 * most else { return standing }
        let newest = standing.sorted { ($1.value.since, $1.key) < ($0.value.since, $0.key) }.prefix(2 * most)
        return Dictionary(uniqueKeysWithValues: newest.map { ($0.key, $0.value) })
    }

    private static func ending(_ kind: Notice.Kind, _ subject: String) -> String {
        switch kind {
        case .failed: "the run succeeded again"
        case .pending where subject == many: "no longer so many are pending"
        case .refused where subject == many: "no longer so many are refused"
        case .pending: "\(subject) is no longer pending"
        case .refused: "no longer refused: \(subject)"
        case .storage: "\(subject): the code storage has room again"
        case .published, .yanked, .ending, .advisory: subject
        }
    }
}
