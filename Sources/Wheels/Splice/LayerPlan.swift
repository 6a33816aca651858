import Model

/// The files of a layer, sorted and free of contradictions, before anything is written.
package struct LayerPlan: Sendable {
    /// Sorted bytewise by path.
    private(set) var entries: [LayerEntry] = []
    private(set) var pruned = PruneSaving()
    /// By the wheel.
    private(set) var slimmed: [PruneSaving] = []
    private(set) var prunable: [PruneKind: PruneSaving] = [:]
    private(set) var droppedConflicts: [EntryPath] = []

    /// - Parameters:
    ///   - layouts: in the order of `names`, the wheels' file names.
    /// - Throws: `.unbuildable` if two wheels disagree about a file; `.tooLarge` over what a zip without zip64 can hold.
    package init(_ recipe: LayerRecipe, layouts: [WheelLayout], names: [String]) throws {
        let records = layouts.map(\.recordPath)
        slimmed = layouts.map(\.slimmed)
        for layout in layouts {
            pruned.add(layout.pruned)
            for (kind, saving) in layout.prunable { prunable[kind, default: PruneSaving()].add(saving) }
        }
        let requirements = Array(recipe.requirements.utf8)
        entries = [LayerEntry(generated: requirements, at: EntryPath("requirements.txt"), wheel: nil)]
        for layout in layouts { entries += layout.entries }
        // By path, then by wheel, so that the order of equal paths depends on nothing else.
        entries.sort { left, right in
            let order = left.path.bytes[...].compare(right.path.bytes[...])
            return order == 0 ? left.wheel ?? -1 < right.wheel ?? -1 : order < 0
        }
        let conflicts = LayerConflicts(among: entries, recipe, names: names)
        try conflicts.check()
        droppedConflicts = conflicts.dropped
        conflicts.removeLosers(from: &entries)
        fillRecords(records)
        mergeEqualPaths()
        if let path = EntryPath.fileThatIsFolder(entries.lazy.map { ($0.path, false) }) {
            throw disagreement(about: path, names: names)
        }
        try checkFormat()
    }

    private func disagreement(about path: EntryPath, names: [String]) -> StrataError {
        func owner(_ entry: LayerEntry?) -> String { entry?.wheel.map { names[$0] } ?? "the layer itself" }
        let inside = entries.first { $0.path.bytes.starts(with: path.bytes + [.slash]) }
        return StrataError(
            .unbuildable, "'\(path)' is a file, and a folder in \(owner(inside))",
            hint: "leave one of them out with 'exclude'",
            place: .init(file: owner(entries.first { $0.path == path })))
    }

    /// What is to be judged before it is written.
    func listing(of wheels: [WheelSource]) -> LayerListing {
        LayerListing(
            wheels: wheels,
            files: entries.map {
                .init(
                    path: $0.path.text, wheel: $0.wheel, source: $0.source?.text, size: ByteCount($0.size),
                    digest: $0.digest)
            }, slimmed: slimmed)
    }

    /// Fills in each wheel's RECORD as it is in the layer: with what moved or was made, without what was left out.
    private mutating func fillRecords(_ paths: [EntryPath]) {
        var rows = [[(path: EntryPath, row: Record.Row)]](repeating: [], count: paths.count)
        var places: [Int] = []
        for (index, entry) in entries.enumerated() {
            guard let wheel = entry.wheel else { continue }
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
    private mutating func mergeEqualPaths() {
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
        guard entries.count <= 65_534 else {
            throw StrataError(.tooLarge, "the layer has \(entries.count) files; a zip holds at most 65534")
        }
        let size = entries.reduce(22) {
            $0 + $1.compressedSize + 30 + 46 + 2 * ("python/".utf8.count + $1.path.bytes.count)
        }
        guard size < 0xFFFF_FFFF, entries.allSatisfy({ $0.size < 0xFFFF_FFFF }) else {
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
