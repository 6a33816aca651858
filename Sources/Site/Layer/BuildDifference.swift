import Model

/// What a build changed against the one before it.
enum BuildDifference {
    /// `numpy 2.3.2 → 2.3.3, six added, pytz removed`; at most `limit` changes are named.
    static func text(from old: Build?, to new: Build, limit: Int = 6) -> String {
        guard let old else { return new.isRecorded ? "first build" : "imported; contents not recorded" }
        guard old.isRecorded, new.isRecorded else {
            let versions = old.version == new.version ? "" : "\(old.version) → \(new.version); "
            return versions + "contents not recorded"
        }
        let main = new.mainPackage?.name
        let before = Dictionary(old.packages.map { ($0.name, $0.version) }) { first, _ in first }
        let after = Dictionary(new.packages.map { ($0.name, $0.version) }) { first, _ in first }
        var changes: [(PackageName, String)] = []
        for (name, version) in after {
            if let former = before[name] {
                if former != version { changes.append((name, "\(name) \(former) → \(version)")) }
            } else {
                changes.append((name, "\(name) \(version) added"))
            }
        }
        changes += before.keys.filter { after[$0] == nil }.map { ($0, "\($0) removed") }
        changes.sort { $0.0 < $1.0 }
        if changes.isEmpty { return "the same packages, built in another way" }
        let onlyDependencies = old.version == new.version && !changes.contains { $0.0 == main }
        let named = changes.prefix(limit).map(\.1).joined(separator: ", ")
        let rest = changes.count > limit ? ", and \(changes.count - limit) more" : ""
        return (onlyDependencies ? "only dependencies changed: " : "") + named + rest
    }
}

extension Build {
    /// Whether it is known what is inside: other systems' files may not tell.
    fileprivate var isRecorded: Bool { artifact != nil || !packages.isEmpty }
}
