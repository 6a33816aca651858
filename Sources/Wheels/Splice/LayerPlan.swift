import Model

/// The files of a layer, sorted and free of contradictions, before anything is written.
package struct LayerPlan: Sendable {
    /// Of `python/`, sorted bytewise by path.
    private(set) var entries: [LayerEntry] = []
    /// What lies beside `python/`, sorted bytewise by path.
    private(set) var outside: [LayerEntry] = []
    private(set) var pruned = PruneSaving()
    /// By the wheel.
    private(set) var slimmed: [PruneSaving] = []
    private(set) var prunable: [PruneKind: PruneSaving] = [:]
    private(set) var droppedConflicts: [EntryPath] = []

    package init(_ recipe: LayerRecipe, layouts: [WheelLayout], names: [String]) throws {
        try self.init(recipe, layouts: layouts, names: names, derived: [])
    }

    /// - Parameters:
    ///   - layouts: in the order of `names`, the wheels' file names, which the additions' names follow.
    ///   - derived: files that were made from the layer's.
    /// - Throws: `.unbuildable` if two wheels disagree about a file; `.tooLarge` over what a zip without zip64 can hold.
    init(_ recipe: LayerRecipe, layouts: [WheelLayout], names: [String], derived: [LayerEntry]) throws {
        let records = layouts.map(\.recordPath)
        slimmed = layouts.map(\.slimmed)
        for layout in layouts {
            pruned.add(layout.pruned)
            for (kind, saving) in layout.prunable { prunable[kind, default: PruneSaving()].add(saving) }
        }
        let requirements = Array(recipe.requirements.utf8)
        entries =
            requirements.isEmpty
            ? [] : [LayerEntry(generated: requirements, at: EntryPath("requirements.txt"), wheel: nil)]
        for layout in layouts { entries += layout.entries }
        let additions = recipe.additions.enumerated().flatMap { index, addition in
            addition.files.map { LayerEntry($0, addition: layouts.count + index) }
        }
        entries += additions.lazy.filter { !$0.isOutside } + derived
        Self.sort(&entries)
        let conflicts = LayerConflicts(among: entries, recipe, names: names)
        try conflicts.check()
        droppedConflicts = conflicts.dropped
        conflicts.removeLosers(from: &entries)
        fillRecords(records)
        Self.mergeEqualPaths(&entries)
        try Self.checkFolders(entries, names)
        let programs = LayerPrograms(of: entries, names: Array(names.prefix(layouts.count)))
        outside = try programs.entries(for: recipe.programs) + additions.lazy.filter(\.isOutside)
        Self.sort(&outside)
        try LayerConflicts(among: outside, recipe, names: names).check()
        Self.mergeEqualPaths(&outside)
        try Self.checkFolders(outside, names)
        try checkFormat()
    }

    /// By path, then by wheel, so that the order of equal paths depends on nothing else.
    private static func sort(_ entries: inout [LayerEntry]) {
        entries.sort { left, right in
            let order = left.path.bytes[...].compare(right.path.bytes[...])
            return order == 0 ? left.wheel ?? -1 < right.wheel ?? -1 : order < 0
        }
    }

    /// All that is written, sorted bytewise by where it lies in the layer.
    var written: [LayerEntry] {
        if outside.isEmpty { return entries }
        let python = EntryPath("python/")
        return outside.filter { $0.path < python } + entries + outside.filter { !($0.path < python) }
    }

    /// - Throws: `.unbuildable` for a file that is a folder, too.
    private static func checkFolders(_ entries: [LayerEntry], _ names: [String]) throws {
        guard let path = EntryPath.fileThatIsFolder(entries.lazy.map { ($0.path, false) }) else { return }
        func owner(_ entry: LayerEntry?) -> String { entry?.wheel.map { names[$0] } ?? "the layer itself" }
        let inside = entries.first { $0.path.bytes.starts(with: path.bytes + [.slash]) }
        throw StrataError(
            .unbuildable, "'\(path)' is a file, and a folder in \(owner(inside))",
            hint: "leave one of them out with 'exclude'",
            place: .init(file: owner(entries.first { $0.path == path })))
    }

    /// What is to be judged before it is written.
    func listing(of wheels: [WheelSource], and additions: [LayerAddition]) -> LayerListing {
        LayerListing(
            wheels: wheels,
            files: entries.map {
                .init(
                    path: $0.path.text, wheel: $0.wheel, source: $0.source?.text, size: ByteCount($0.size),
                    digest: $0.digest)
            }, additions: additions, slimmed: slimmed)
    }

    /// Fills in each wheel's RECORD as it is in the layer: with what moved or was made, without what was left out.
    private mutating func fillRecords(_ paths: [EntryPath]) {
        var rows = [[(path: EntryPath, row: Record.Row)]](repeating: [], count: paths.count)
        var places: [Int] = []
        for (index, entry) in entries.enumerated() {
            guard let wheel = entry.wheel, wheel < paths.count else { continue }
            let isRecord = entry.path == paths[wheel]
            if isRecord { places.append(index) }
            rows[wheel].append((entry.path, Record.Row(digest: entry.digest, size: isRecord ? nil : entry.size)))
        }
        for place in places {
            guard let wheel = entries[place].wheel else { continue }
            entries[place] = LayerEntry(generated: Record.text(sorted: rows[wheel]), at: paths[wheel], wheel: wheel)
            rows[wheel] = []
        }
    }

    /// Takes each path once, from the first who brings it. Executable for one of them is executable.
    private static func mergeEqualPaths(_ entries: inout [LayerEntry]) {
        var kept = 0
        for index in entries.indices {
            if kept > 0, entries[kept - 1].path == entries[index].path {
                if entries[index].isExecutable { entries[kept - 1].isExecutable = true }
            } else {
                if kept != index { entries.swapAt(kept, index) }
                kept += 1
            }
        }
        entries.removeLast(entries.count - kept)
    }

    /// Refuses what needs zip64: Lambda's limits are far below.
    private func checkFormat() throws {
        let written = written
        guard written.count <= 65_534 else {
            throw StrataError(.tooLarge, "the layer has \(written.count) files; a zip holds at most 65534")
        }
        let size = written.reduce(22) {
            $0 + $1.compressedSize + 30 + 46 + 2 * ("python/".utf8.count + $1.path.bytes.count)
        }
        guard size < 0xFFFF_FFFF, written.allSatisfy({ $0.size < 0xFFFF_FFFF }) else {
            throw StrataError(.tooLarge, "the layer's zip would be \(ByteCount(size)); a zip holds less than 4 GiB")
        }
    }
}

extension PruneSaving {
    mutating func add(_ other: PruneSaving) {
        files += other.files
        zipped += other.zipped
        unzipped += other.unzipped
    }
}
