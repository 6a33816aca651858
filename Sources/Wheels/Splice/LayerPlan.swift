import Model

/// The files of a layer, sorted and free of contradictions, before anything is written.
struct LayerPlan: Sendable {
    /// Sorted bytewise by path.
    private(set) var entries: [LayerEntry] = []
    private(set) var pruned = PruneSaving()
    private(set) var prunable: [PruneKind: PruneSaving] = [:]
    private(set) var droppedConflicts: [EntryPath] = []

    /// - Parameters:
    ///   - wheels: in the recipe's order.
    ///   - files: the wheels' files, open, in the same order.
    /// - Throws: `.badWheel`: a wheel that is refused, or two that disagree about a file; `.tooLarge` over what a zip
    ///   without zip64 can hold; `.cancelled`; `.file`.
    init(_ recipe: LayerRecipe, wheels: [WheelSource], files: [WheelFile], cancellation: Cancellation) throws {
        var layouts: [WheelLayout] = []
        var infos: [EntryPath] = []
        for (index, (wheel, file)) in zip(wheels, files).enumerated() {
            let reader = try EntryReader(file, cancellation: cancellation)
            let archive = try WheelArchive(wheel.fileName, in: file, reader: reader, caps: recipe.caps)
            layouts.append(
                try WheelLayout(archive, wheel: index, rules: recipe.prune, reader: reader, caps: recipe.caps))
            infos.append(archive.distInfo)
        }
        for layout in layouts {
            pruned.add(layout.pruned)
            for (kind, saving) in layout.prunable { prunable[kind, default: PruneSaving()].add(saving) }
        }
        let names = wheels.map(\.fileName.text)
        let requirements = LayerEntry(
            generated: Array(recipe.requirements.utf8), at: EntryPath("requirements.txt"), wheel: nil)
        let conflicts = try Self.conflicts(
            [[requirements]] + layouts.map(\.entries), names: names, droppable: recipe.dropOnConflict)
        droppedConflicts = conflicts.sorted()
        for index in layouts.indices {
            layouts[index].entries.removeAll { conflicts.contains($0.path) }
            layouts[index].entries.append(Self.record(of: layouts[index].entries, in: infos[index], wheel: index))
        }
        merge([requirements], layouts)
        if let path = EntryPath.fileThatIsFolder(entries.lazy.map { ($0.path, false) }) {
            throw Self.disagreement(about: path, in: layouts, names: names)
        }
        try checkFormat()
    }

    /// The paths that wheels disagree about and the layer's rule drops.
    /// - Throws: `.badWheel` for one that the rule does not drop.
    private static func conflicts(
        _ groups: [[LayerEntry]], names: [String], droppable: Set<PathPattern>
    ) throws -> Set<EntryPath> {
        var first: [EntryPath: LayerEntry] = [:]
        first.reserveCapacity(groups.reduce(0) { $0 + $1.count })
        var conflicts: Set<EntryPath> = []
        for entry in groups.joined() {
            guard let other = first[entry.path] else {
                first[entry.path] = entry
                continue
            }
            if entry.hasSameContents(as: other) || conflicts.contains(entry.path) { continue }
            guard droppable.contains(where: { $0.matches(entry.path) }) else {
                let name = entry.wheel.map { names[$0] } ?? ""
                let otherName = other.wheel.map { names[$0] } ?? "the layer's own file"
                throw StrataError.badWheel(
                    name, entry.path,
                    entry.wheel == other.wheel
                        ? "would be written twice, differently" : "is another file in \(otherName)",
                    hint: "if the layer can do without it, let it be dropped on conflict")
            }
            conflicts.insert(entry.path)
        }
        return conflicts
    }

    private static func disagreement(about path: EntryPath, in layouts: [WheelLayout], names: [String]) -> StrataError {
        func name(_ isMeant: (EntryPath) -> Bool) -> String? {
            let entries = layouts.lazy.flatMap(\.entries)
            return entries.first { isMeant($0.path) }?.wheel.map { names[$0] }
        }
        let file = name { $0 == path } ?? "the layer's own files"
        let folder = name { $0.folders.contains(path.bytes[...]) } ?? "the layer's own files"
        return .badWheel(file, path, "is a folder in \(folder)")
    }

    /// RECORD of a wheel as it is in the layer: what moved, was made, pruned or dropped.
    private static func record(of entries: [LayerEntry], in info: EntryPath, wheel: Int) -> LayerEntry {
        let path = info.appending("RECORD")
        var rows = entries.map { (path: $0.path, row: Record.Row(digest: $0.digest, size: $0.size)) }
        rows.append((path, Record.Row(digest: "", size: nil)))
        return LayerEntry(generated: Record.text(rows), at: path, wheel: wheel)
    }

    /// Takes each path once, from the first who brings it. The layer's own files come first.
    private mutating func merge(_ own: [LayerEntry], _ layouts: [WheelLayout]) {
        entries = own + layouts.flatMap(\.entries)
        // By path, then by wheel, so that the order of equal paths does not depend on the sort.
        entries.sort { ($0.path, $0.wheel ?? -1) < ($1.path, $1.wheel ?? -1) }
        var kept = 0
        for index in entries.indices {
            if kept > 0, entries[kept - 1].path == entries[index].path {
                // Executable for one of them is executable.
                if entries[index].isExecutable { entries[kept - 1].isExecutable = true }
                continue
            }
            entries.swapAt(kept, index)
            kept += 1
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
        guard size < 0xFFFF_FFFF else {
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
