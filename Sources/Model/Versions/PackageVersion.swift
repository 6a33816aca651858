/// A version as PEP 440 orders them: `1!2.0rc1.post3.dev4+local.5`.
package struct PackageVersion: Sendable, Hashable {
    /// As it was written.
    package let text: String
    package let epoch: Int
    /// Without trailing zeros: `1.0` equals `1`.
    package let release: [Int]
    /// The written count of release numbers, which `~=` and `==1.0.*` need.
    let written: [Int]
    let pre: PreRelease?
    let post: Int?
    let dev: Int?
    let local: [LocalPart]

    struct PreRelease: Sendable, Hashable {
        enum Phase: Int, Sendable { case alpha, beta, candidate }
        let phase: Phase
        let number: Int
    }

    enum LocalPart: Sendable, Hashable {
        case text(String)
        case number(Int)
    }

    /// Whether the version is meant for everybody: neither a pre-release nor a development release.
    package var isStable: Bool { pre == nil && dev == nil }

    /// Reads a version with all of PEP 440's spellings (`v1.0-alpha.1`, `1.0-1`).
    /// - Returns: nil for what is no version.
    package init?(_ text: String) {
        guard text.utf8.count <= 128 else { return nil }
        var scanner = VersionScanner(text)
        scanner.skip("v")
        var release: [Int] = []
        guard let first = scanner.number() else { return nil }
        if scanner.skip("!") {
            epoch = first
            guard let number = scanner.number() else { return nil }
            release.append(number)
        } else {
            epoch = 0
            release.append(first)
        }
        while let number = scanner.dottedNumber() { release.append(number) }

        pre = scanner.preRelease()
        post = scanner.postRelease()
        dev = scanner.developmentRelease()
        guard let local = scanner.localPart(), scanner.isAtEnd else { return nil }
        self.local = local
        written = release
        while release.count > 1, release.last == 0 { release.removeLast() }
        self.release = release
        self.text = text
    }

    package static func == (left: PackageVersion, right: PackageVersion) -> Bool { !(left < right) && !(right < left) }
    package func hash(into hasher: inout Hasher) {
        hasher.combine(epoch)
        hasher.combine(release)
        hasher.combine(pre)
        hasher.combine(post)
        hasher.combine(dev)
        hasher.combine(local)
    }

    /// The same version without its local part: what specifiers without one compare.
    var isLocal: Bool { !local.isEmpty }
}

extension PackageVersion: Comparable {
    package static func < (left: PackageVersion, right: PackageVersion) -> Bool {
        if let order = left.comparePublic(right) { return order }
        return left.local.lexicographicallyPrecedes(right.local)
    }

    /// Whether it is before another, local parts aside; nil if they are equal.
    func comparePublic(_ other: PackageVersion) -> Bool? {
        if epoch != other.epoch { return epoch < other.epoch }
        if release != other.release { return release.lexicographicallyPrecedes(other.release) }
        let keys = (sortKey, other.sortKey)
        return keys.0 == keys.1 ? nil : keys.0.lexicographicallyPrecedes(keys.1)
    }

    /// What follows the release, as numbers: `1.dev0 < 1a1.dev1 < 1a1 < 1 < 1.post1.dev1 < 1.post1`.
    private var sortKey: [Int] {
        let preKey: [Int]
        if let pre {
            preKey = [pre.phase.rawValue, pre.number]
        } else {
            preKey = post == nil && dev != nil ? [-1, 0] : [3, 0]
        }
        return preKey + [post ?? -1, dev ?? .max]
    }
}

extension PackageVersion.LocalPart: Comparable {
    /// Numbers come after texts.
    static func < (left: Self, right: Self) -> Bool {
        switch (left, right) {
        case (.number(let left), .number(let right)): left < right
        case (.text(let left), .text(let right)): left < right
        case (.text, .number): true
        case (.number, .text): false
        }
    }
}

extension PackageVersion: CustomStringConvertible {
    package var description: String { text }
}
