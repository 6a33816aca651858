import FoundationEssentials
import Model

/// Items that were found as they are wanted: the next run neither reads nor plans them again while nothing of them has
/// changed, so that planning costs what has changed, and not what there is.
///
/// Kept beside the ledger by whoever runs; where it is lost, all is read once more. A mark in the ledger ties it to one of
/// the ledger's revisions: whichever ledger bears the mark holds what was seen then, and tells what changed since.
struct SettledItems: Sendable, Hashable {
    /// The ledger's checkpoint that holds the mark.
    static let checkpoint = "settled"

    let mark: String
    /// What changed later is not among the items.
    let revision: Int
    /// The digest of what was wanted of each.
    let items: [Item: ContentDigest]

    var file: [UInt8] {
        var out = Array("strata settled 1\n\(mark) \(revision)\n".utf8)
        for (item, digest) in items.sorted(by: { $0.key < $1.key }) {
            out.append(contentsOf: "\(item.layer) \(item.target) \(digest)\n".utf8)
        }
        return out
    }

    /// - Returns: nil if it is no such file, or not a whole one.
    init?(file: [UInt8]) {
        guard file.last == 0x0a else { return nil }
        let lines = file.dropLast().split(separator: 0x0a, omittingEmptySubsequences: false)
        guard lines.count >= 2, lines[0].elementsEqual("strata settled 1".utf8) else { return nil }
        let head = String(decoding: lines[1], as: UTF8.self).split(separator: " ")
        guard head.count == 2, let revision = Int(head[1]) else { return nil }
        var items: [Item: ContentDigest] = [:]
        for line in lines.dropFirst(2) {
            let words = String(decoding: line, as: UTF8.self).split(separator: " ")
            guard words.count == 3, let layer = LayerName(String(words[0])), let target = Target(String(words[1])),
                let digest = ContentDigest(hex: words[2])
            else { return nil }
            items[Item(layer, target)] = digest
        }
        self.init(mark: String(head[0]), revision: revision, items: items)
    }

    init(mark: String, revision: Int, items: [Item: ContentDigest]) {
        self.mark = mark
        self.revision = revision
        self.items = items
    }
}

/// Where settled items are remembered. Neither failing to read nor failing to write is an error.
public struct SettledStore: Sendable {
    public let load: @Sendable () -> [UInt8]?
    public let keep: @Sendable ([UInt8]) -> Void

    public init(load: @escaping @Sendable () -> [UInt8]?, keep: @escaping @Sendable ([UInt8]) -> Void) {
        self.load = load
        self.keep = keep
    }
}

extension PublishingContext {
    /// What is remembered and still holds: without the items that changed since.
    func settledItems() async throws -> SettledItems? {
        guard let file = settled?.load(), let known = SettledItems(file: file),
            try await ledger.checkpoint(SettledItems.checkpoint) == known.mark
        else { return nil }
        let changed = try await ledger.allChanges(since: known.revision)
        guard !changed.isEmpty else { return known }
        let gone = Set(changed.map(\.item))
        return SettledItems(
            mark: known.mark, revision: max(known.revision, changed.map(\.revision).max() ?? 0),
            items: known.items.filter { !gone.contains($0.key) })
    }
}

extension Session {
    /// Remembers what a plan found settled, if that is not known yet.
    func remember(_ found: SettledItems?) async throws {
        guard let store = context.settled, let found else { return }
        let isKnown = try await ledger.checkpoint(SettledItems.checkpoint) == found.mark
        if isKnown, store.load() == found.file { return }
        let new = SettledItems(
            mark: context.environment.newPublication(), revision: found.revision, items: found.items)
        try await ledger.setCheckpoint(SettledItems.checkpoint, new.mark, lease: lease)
        store.keep(new.file)
    }
}

/// Tells two wishes apart: a digest of all that the plan of an item is made from, besides its state and the time.
struct WishDigests {
    private let common: String
    private var layers: [LayerName: String] = [:]

    init(_ context: PublishingContext, recorded: Audience?) throws {
        let desired = context.desired
        var lines = ["strata \(strataVersion)"]
        lines += desired.regions.map(\.code)
        lines += desired.accounts.map { "\($0.key.rawValue) \($0.value)" }.sorted()
        lines += ["\(desired.naming.text) \(desired.naming.prefix)", "\(desired.visibility)", "\(desired.updates)"]
        lines.append("\(recorded?.description ?? "") \(context.options.allowances)")
        lines.append(try Self.text(desired.retention) + Self.text(desired.advisories))
        common = lines.joined(separator: "\n")
    }

    private static func text(_ value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        return String(decoding: try encoder.encode(value), as: UTF8.self)
    }

    /// - Returns: nil for an outcome that is not one lock, with nothing to wait for.
    mutating func digest(_ item: Item, of layer: DesiredLayer, _ outcome: ResolveOutcome) throws -> ContentDigest? {
        guard case .locked(let resolved) = outcome, resolved.young.isEmpty else { return nil }
        let wish = try layers[layer.name] ?? describe(layer)
        layers[layer.name] = wish
        let contents = ContentsKey(resolved.lock, layer.options(for: item.target))
        let remarks = resolved.remarks + layer.remarks(on: item.target)
        return .of("\(common)\n\(wish)\n\(contents)\n" + remarks.joined(separator: "\n"))
    }

    private func describe(_ layer: DesiredLayer) throws -> String {
        // Dictionaries are encoded in any order.
        var checks = layer.checks
        let waived = checks.waive.map { "\($0.key.rawValue) \($0.value)" }.sorted()
        checks.waive = [:]
        let words =
            waived + layer.requires.map(\.description) + layer.compilers.map { "\($0.key) \($0.value)" }.sorted()
        return try Self.text(layer.options) + Self.text(layer.retention) + Self.text(checks)
            + words.joined(separator: "\n")
    }
}
