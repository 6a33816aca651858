import Model

/// What a sink is sent: the notices of a run's end, for machines and for people.
public struct Bulletin: Sendable {
    public let registry: RegistryDescription
    public let time: Timestamp
    /// How the run ended; nil for a test.
    public let status: RunOutcome.Status?
    public let notices: [Notice]

    public init(
        registry: RegistryDescription, time: Timestamp, status: RunOutcome.Status?, notices: [Notice]
    ) {
        self.registry = registry
        self.time = time
        self.status = status
        self.notices = notices
    }

    /// Says that a sink can be reached.
    public static func test(_ registry: RegistryDescription, time: Timestamp) -> Bulletin {
        Bulletin(registry: registry, time: time, status: nil, notices: [])
    }

    /// A line: `Acme: the run failed; 2 pending`.
    public var title: String {
        guard status != nil else { return "\(registry.name.printable(80)): a test of Strata's notifications" }
        let parts = Notice.Kind.allCases.compactMap { kind -> String? in
            let some = notices.count { $0.kind == kind && !$0.isOver }
            guard some > 0 else { return nil }
            return kind == .failed ? "the run failed" : "\(some) \(kind.rawValue)"
        }
        let over = notices.count(where: \.isOver)
        return "\(registry.name.printable(80)): "
            + (parts + (over > 0 ? ["\(over) over"] : [])).joined(separator: ", ")
    }

    /// A line for each notice, the most urgent kinds first, with no more of a kind than can be read.
    public var lines: [String] {
        guard status != nil else { return ["Nothing has happened: this only shows that messages arrive."] }
        return Self.order.flatMap { kind in
            let some = notices.filter { $0.kind == kind }
            return some.prefix(Self.most).map { ($0.isOver ? "over: " : "\(kind.rawValue): ") + $0.text }
                + (some.count > Self.most ? ["and \(some.count - Self.most) more \(kind.rawValue)"] : [])
        }
    }

    /// Title and lines in one text, at most so many characters.
    public func text(_ limit: Int) -> String {
        var text = title
        for line in lines + [registry.url] {
            guard text.unicodeScalars.count + line.unicodeScalars.count + 3 <= limit else { return text + "\n…" }
            text += "\n" + line
        }
        return text
    }

    private static let most = 20
    private static let order: [Notice.Kind] = [
        .failed, .advisory, .refused, .pending, .storage, .yanked, .ending, .published,
    ]
}

/// `docs/notice.schema.json` is the schema.
extension Bulletin: Encodable {
    private enum CodingKeys: String, CodingKey { case v, registry, url, time, status, test, title, text, notices }
    private enum NoticeKeys: String, CodingKey { case kind, subject, text, over }

    public func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: CodingKeys.self)
        try fields.encode(1, forKey: .v)
        try fields.encode(registry.name, forKey: .registry)
        try fields.encode(registry.url, forKey: .url)
        try fields.encode(time, forKey: .time)
        try fields.encodeIfPresent(status, forKey: .status)
        try fields.encode(status == nil, forKey: .test)
        try fields.encode(title, forKey: .title)
        try fields.encode(lines.joined(separator: "\n"), forKey: .text)
        var list = fields.nestedUnkeyedContainer(forKey: .notices)
        for notice in notices {
            var entry = list.nestedContainer(keyedBy: NoticeKeys.self)
            try entry.encode(notice.kind, forKey: .kind)
            try entry.encode(notice.subject, forKey: .subject)
            try entry.encode(notice.text, forKey: .text)
            try entry.encode(notice.isOver, forKey: .over)
        }
    }
}
