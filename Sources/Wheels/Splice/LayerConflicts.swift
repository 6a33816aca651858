import Model

/// The files that a layer would get twice, differently, and what the layer's rules say to each.
///
/// The layer's own bookkeeping wins over a wheel's file of the same name; then a preferred package's file; then what the
/// rule drops is left out; what remains is refused.
struct LayerConflicts {
    /// Left out of the layer, whoever brings it.
    private(set) var dropped: [EntryPath] = []
    /// Of the entries: what is not taken.
    private var losers: Set<Int> = []
    /// Two entries each, of paths that no rule decides.
    private var undecided: [(LayerEntry, LayerEntry)] = []
    private let names: [String]
    private let wheels: Int

    /// - Parameters:
    ///   - entries: sorted by path, then by wheel, the layer's own first.
    ///   - names: the wheels' file names, then the additions'.
    init(among entries: [LayerEntry], _ recipe: LayerRecipe, names: [String]) {
        self.names = names
        wheels = recipe.wheels.count
        var start = 0
        while start < entries.count {
            var end = start + 1
            while end < entries.count, entries[end].path == entries[start].path { end += 1 }
            judge(start..<end, of: entries, recipe)
            start = end
        }
    }

    private mutating func judge(_ range: Range<Int>, of entries: [LayerEntry], _ recipe: LayerRecipe) {
        guard let other = range.first(where: { !entries[$0].hasSameContents(as: entries[range.lowerBound]) }) else {
            return
        }
        let path = entries[range.lowerBound].path
        // Only wheels are chosen between by rules: who takes files from elsewhere says which.
        let isOfWheels = range.allSatisfy { entries[$0].wheel.map { $0 < wheels } ?? true }
        if entries[range.lowerBound].isOutside || !isOfWheels {
            undecided.append((entries[range.lowerBound], entries[other]))
        } else if entries[range.lowerBound].wheel == nil {
            losers.formUnion(range.dropFirst())
        } else if let winner = winner(of: range, entries, path, recipe.prefer) {
            losers.formUnion(range.filter { !entries[$0].hasSameContents(as: entries[winner]) })
        } else if recipe.dropOnConflict.contains(where: { $0.matches(path) }) {
            dropped.append(path)
            losers.formUnion(range)
        } else {
            undecided.append((entries[range.lowerBound], entries[other]))
        }
    }

    /// The entry of the package that the first fitting rule prefers, if that brings one, and only one.
    private func winner(
        of range: Range<Int>, _ entries: [LayerEntry], _ path: EntryPath, _ preferences: [LayerPreference]
    ) -> Int? {
        guard let rule = preferences.first(where: { $0.pattern.matches(path) }) else { return nil }
        let own = range.filter { index in
            entries[index].wheel.map { WheelFileName(names[$0])?.normalizedName == rule.package } ?? false
        }
        guard let first = own.first, own.allSatisfy({ entries[$0].hasSameContents(as: entries[first]) }) else {
            return nil
        }
        return first
    }

    func removeLosers(from entries: inout [LayerEntry]) {
        guard !losers.isEmpty else { return }
        entries = entries.enumerated().filter { !losers.contains($0.offset) }.map(\.element)
    }

    /// - Throws: `.unbuildable` with the wheels, all the files that these two disagree about, and the ways out.
    func check() throws {
        guard let (one, other) = undecided.first else { return }
        guard let wheel = one.wheel, let second = other.wheel, wheel < wheels, second < wheels, !one.isOutside else {
            throw twice(one, other)
        }
        guard wheel != second else {
            throw StrataError.badWheel(names[wheel], one.path, "would be written twice, with different contents")
        }
        let paths = undecided.filter { !$0.0.isOutside && ($0.1.wheel ?? 0) < wheels }.filter {
            $0.0.wheel == wheel && $0.1.wheel == second
        }.map(\.0.path)
        let shown = paths.prefix(5).map { "'\($0)'" }.joined(separator: ", ")
        let more = paths.count > 5 ? " and \(paths.count - 5) more" : ""
        let top = one.path.topFolder.map { "\($0.printable)" } ?? "\(one.path)"
        let pattern = one.path.topFolder == nil ? top : "\(top)/**"
        let package = WheelFileName(names[wheel])?.normalizedName ?? names[wheel]
        let rest = undecided.count - paths.count
        throw StrataError(
            .unbuildable,
            "\(names[wheel]) and \(names[second]) have different files of the same name: \(shown)\(more)"
                + (rest > 0 ? "; other wheels disagree about \(rest) more" : ""),
            hint:
                "take one side with 'prefer: { \"\(pattern)\": \(package) }', or leave them out where wheels disagree with "
                + "'drop-conflicts: [\"\(top)\"]', or always with 'exclude: [\"\(pattern)\"]'")
    }

    /// Of files from elsewhere, and of programs.
    private func twice(_ one: LayerEntry, _ other: LayerEntry) -> StrataError {
        func owner(_ entry: LayerEntry) -> String { entry.wheel.map { names[$0] } ?? "the layer itself" }
        let path = one.isOutside ? "\(one.path)" : "python/\(one.path)"
        let rivals = one.wheel == other.wheel ? "\(owner(one)) twice" : "\(owner(one)) and from \(owner(other))"
        return StrataError(
            .unbuildable, "'\(path)' would be written from \(rivals), with different contents",
            hint: "take one of them only: change 'take' or 'bin' of the layer")
    }
}
