import Model

/// What a build changed against another of its layer.
struct BuildDifference {
    /// A package that one of them has in another version, or alone.
    struct Change {
        let name: PackageName
        let before: Build.Package?
        let after: Build.Package?
    }

    /// Sorted by package.
    let changes: [Change]

    /// - Returns: nil if it is not known what is inside one of them.
    init?(from old: Build, to new: Build) {
        guard old.isRecorded, new.isRecorded else { return nil }
        let before = Dictionary(old.packages.map { ($0.name, $0) }) { first, _ in first }
        let after = Dictionary(new.packages.map { ($0.name, $0) }) { first, _ in first }
        changes = Set(before.keys).union(after.keys).sorted().compactMap { name in
            before[name]?.version == after[name]?.version
                ? nil : Change(name: name, before: before[name], after: after[name])
        }
    }

    /// `numpy 2.3.2 → 2.3.3, six added, pytz removed`; at most `limit` changes are named.
    static func text(from old: Build?, to new: Build, limit: Int = 6) -> String {
        guard let old else { return new.isRecorded ? "first build" : "imported; contents not recorded" }
        guard let difference = BuildDifference(from: old, to: new) else {
            let versions = old.version == new.version ? "" : "\(old.version) → \(new.version); "
            return versions + "contents not recorded"
        }
        let changes = difference.changes
        if changes.isEmpty { return "the same packages, built in another way" }
        let main = new.mainPackage?.name
        let onlyDependencies = old.version == new.version && !changes.contains { $0.name == main }
        let named = changes.prefix(limit).map(\.text).joined(separator: ", ")
        let rest = changes.count > limit ? ", and \(changes.count - limit) more" : ""
        return (onlyDependencies ? "only dependencies changed: " : "") + named + rest
    }
}

extension BuildDifference.Change {
    /// `+1.2 MB`; nil if a size is not known.
    var growth: String? {
        guard before == nil || before?.unzipped != nil, after == nil || after?.unzipped != nil else { return nil }
        return Words.growth((after?.unzipped?.bytes ?? 0) - (before?.unzipped?.bytes ?? 0))
    }

    fileprivate var text: String {
        switch (before, after) {
        case (let before?, let after?): "\(name) \(before.version) → \(after.version)"
        case (nil, let after?): "\(name) \(after.version) added"
        default: "\(name) removed"
        }
    }
}

extension Build {
    /// Whether it is known what is inside: other systems' files may not tell.
    var isRecorded: Bool { artifact != nil || !packages.isEmpty }
}
