import Model

/// Proves that no two layers and targets can be published under the same name, and that every name fits.
struct NameCheck {
    let naming: NameTemplate
    let problems: Problems

    /// Lambda's limit for layer names.
    private static let longest = 64

    func check(_ layers: [WrittenLayer]) {
        var items: [(item: Item, place: Spot)] = []
        for entry in layers {
            for target in entry.layer.targets { items.append((Item(entry.layer.name, target), entry.place)) }
            guard
                let long = entry.layer.targets.lazy.map({
                    naming.name(for: Item(entry.layer.name, $0), version: "0", buildNumber: 1)
                }).first(where: { $0.utf8.count > Self.longest })
            else { continue }
            problems.add(
                "'\(long)' has \(long.utf8.count) characters; Lambda's names have at most \(Self.longest)",
                hint: "give the layer a shorter 'name'", at: entry.place)
        }
        for (left, right) in NamePattern.collisions(items.map { NamePattern(naming, $0.item) }) {
            let (first, second) = items[left].place < items[right].place ? (left, right) : (right, left)
            problems.add(
                "'\(items[second].item)' and '\(items[first].item)' could be published under the same name",
                hint: "change 'publish.name', or rename a layer", at: items[second].place)
        }
    }
}

/// All the names that an item can have: literal text with gaps for versions and build numbers.
struct NamePattern {
    /// One byte of a name, or one or more of a class.
    enum Piece: Equatable {
        case byte(UInt8)
        case digits
        /// A version as Lambda's names hold it. Wheels' versions hold no `-`.
        case version

        func accepts(_ byte: UInt8) -> Bool {
            switch self {
            case .byte(let own): own == byte
            case .digits: (0x30...0x39).contains(byte)
            case .version: byte.isASCIIAlphanumeric || byte == UInt8(ascii: "_")
            }
        }
        var repeats: Bool { if case .byte = self { false } else { true } }

        func overlaps(_ other: Piece) -> Bool {
            switch (self, other) {
            case (.byte(let byte), _): other.accepts(byte)
            case (_, .byte(let byte)): accepts(byte)
            default: true
            }
        }
    }

    private(set) var pieces: [Piece]

    init(_ naming: NameTemplate, _ item: Item) {
        var pieces: [Piece] = []
        var rest = naming.text[...]
        // A `NameTemplate` has closed braces and known fields only.
        while let open = rest.firstIndex(of: "{"), let close = rest[open...].firstIndex(of: "}") {
            pieces += rest[..<open].utf8.map(Piece.byte)
            switch NameTemplate.Field(rawValue: String(rest[rest.index(after: open)..<close])) {
            case .prefix: pieces += naming.prefix.utf8.map(Piece.byte)
            case .py: pieces += item.target.shortName.utf8.map(Piece.byte)
            case .layer: pieces += item.layer.text.utf8.map(Piece.byte)
            case .version: pieces.append(.version)
            case .build: pieces.append(.digits)
            case nil: break
            }
            rest = rest[rest.index(after: close)...]
        }
        pieces += rest.utf8.map(Piece.byte)
        self.pieces = pieces
    }

    /// The text before the first gap.
    private var head: [UInt8] {
        pieces.prefix { !$0.repeats }.compactMap { if case .byte(let byte) = $0 { byte } else { nil } }
    }

    /// The pairs of patterns that have a name in common.
    static func collisions(_ patterns: [NamePattern]) -> [(Int, Int)] {
        var patterns = patterns
        // Templates that begin with a gap are compared from their ends.
        if patterns.contains(where: \.head.isEmpty) {
            for index in patterns.indices { patterns[index].pieces.reverse() }
        }
        let heads = patterns.map(\.head)
        let order = patterns.indices.sorted { heads[$0].lexicographicallyPrecedes(heads[$1]) }
        var result: [(Int, Int)] = []
        for (index, left) in order.enumerated() {
            // Names in common need heads of which one begins the other; those follow directly in this order.
            for right in order[(index + 1)...] {
                guard heads[right].starts(with: heads[left]) else { break }
                if patterns[left].meets(patterns[right]) { result.append((left, right)) }
            }
        }
        return result
    }

    /// Whether a name exists that both patterns match: a walk over pairs of positions.
    func meets(_ other: NamePattern) -> Bool {
        if pieces == other.pieces { return true }
        let width = other.pieces.count + 1
        var seen = [Bool](repeating: false, count: (pieces.count + 1) * width)
        var open = [(0, 0)]
        while let (left, right) = open.popLast() {
            guard !seen[left * width + right] else { continue }
            seen[left * width + right] = true
            if left == pieces.count, right == other.pieces.count { return true }
            guard left < pieces.count, right < other.pieces.count, pieces[left].overlaps(other.pieces[right]) else {
                continue
            }
            open.append((left + 1, right + 1))
            if pieces[left].repeats { open.append((left, right + 1)) }
            if other.pieces[right].repeats { open.append((left + 1, right)) }
        }
        return false
    }
}
