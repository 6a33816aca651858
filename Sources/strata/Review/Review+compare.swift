import Model
import Settings

extension Review {
    /// What differs between two configurations.
    ///
    /// - Parameter base: nil if there was none: everything is new.
    /// - Returns: the items to build, with what each is.
    mutating func compare(_ head: ProjectSettings, with base: ProjectSettings?) -> [Item: Layer.Change] {
        let (wanted, former) = (head.desired, base?.desired)
        let known = Set(former?.items ?? [])
        regions = wanted.regions.count
        staging = head.publish.staging?.above
        removed = known.subtracting(wanted.items).sorted()
        if let base { sections = Self.sections(head, base) }
        // Another index can give other bytes for all of them.
        let isElsewhere = base.map { !Self.isSame($0.index, head.index) } ?? false
        var changes: [Item: Layer.Change] = [:]
        for item in wanted.items {
            guard known.contains(item), let former, let layer = wanted.layer(item.layer),
                let previous = former.layer(item.layer)
            else {
                changes[item] = .new
                continue
            }
            let isSame =
                Self.isSame(
                    wanted.request(for: layer, item.target), former.request(for: previous, item.target))
                && layer.options == previous.options && layer.checks == previous.checks
            if !isSame || isElsewhere { changes[item] = .changed } else { unchanged += 1 }
        }
        return changes
    }

    private static func sections(_ head: ProjectSettings, _ base: ProjectSettings) -> [String] {
        let (new, old) = (head.desired, base.desired)
        return [
            ("registry", new.registry == old.registry), ("regions", new.regions == old.regions),
            ("updates", new.updates == old.updates), ("limits", new.limits == old.limits),
            ("retention", new.retention == old.retention),
            (
                "publish",
                head.publish.without(folder: base) == base.publish && new.naming == old.naming
                    && new.visibility == old.visibility
            ),
            ("vulnerabilities", new.advisories == old.advisories),
            ("ledger", Self.isSame(head.ledger, base.ledger) && head.rebuildsLedger == base.rebuildsLedger),
            ("git", head.git.without(folder: base) == base.git), ("index", isSame(head.index, base.index)),
            ("site", head.site == base.site),
        ].filter { !$0.1 }.map(\.0)
    }

    /// Locks by what is in them: each configuration reaches its own.
    private static func isSame(_ one: ResolveRequest, _ other: ResolveRequest) -> Bool {
        one.item == other.item && one.requires == other.requires && one.provided == other.provided
            && one.lock?.digest == other.lock?.digest && one.lock?.groups == other.lock?.groups
            && one.lock?.extras == other.lock?.extras && one.bases.count == other.bases.count
            && zip(one.bases, other.bases).allSatisfy { isSame($0, $1) }
    }

    private static func isSame(_ one: IndexSettings, _ other: IndexSettings) -> Bool {
        func names(_ links: [String]) -> [Substring?] { links.map { $0.split(separator: "/").last } }
        return one.url == other.url && one.extra == other.extra && one.noIndex == other.noIndex
            && names(one.findLinks) == names(other.findLinks)
    }

    /// Paths begin at each configuration's own folder, and say nothing here.
    private static func isSame(_ one: LedgerSettings, _ other: LedgerSettings) -> Bool {
        if case .sqlite = one, case .sqlite = other { return true }
        return one == other
    }
}

extension PublishSettings {
    fileprivate func without(folder base: ProjectSettings) -> PublishSettings {
        var copy = self
        copy.folder = base.publish.folder
        // Regions are a section of their own.
        for index in copy.partitions.indices {
            let same = base.publish.partitions.first { $0.partition == copy.partitions[index].partition }
            if let same { copy.partitions[index].regions = same.regions }
        }
        return copy
    }
}

extension GitSettings {
    fileprivate func without(folder base: ProjectSettings) -> GitSettings {
        var copy = self
        if case .folder = remote, case .folder = base.git.remote { copy.remote = base.git.remote }
        if hostKeys.count == base.git.hostKeys.count { copy.hostKeys = base.git.hostKeys }
        return copy
    }
}
