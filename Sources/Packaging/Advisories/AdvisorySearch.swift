import Files
import Model
import Wheels

/// Looks packages up in a zip of OSV's documents. Strangers wrote it: what is too large or cannot be read is passed over.
package struct AdvisorySearch {
    private let versions: [PackageName: Set<String>]

    /// The longest document that is read; the longest there are have some hundred kilobytes.
    private static let largest = 4 << 20
    private static let deepest = 64
    /// More are not worth telling of.
    static let most = 5000

    package init(_ packages: [PinnedPackage]) {
        versions = Dictionary(grouping: packages, by: \.package).mapValues { Set($0.map(\.version)) }
    }

    /// - Returns: what is known of the packages, each once whatever its names are, and how many documents that are about
    ///   them could not be read.
    /// - Throws: `badWheel` for what is no zip or a damaged one; `tooLarge`; `file`; `cancelled`.
    package func run(onZipAt path: String, _ cancellation: Cancellation) throws -> (found: [Advisory], unread: Int) {
        let file = try WheelFile(path: path, name: path)
        var caps = WheelCaps()
        caps.unzipped = 8 << 30
        let reader = try EntryReader(file, cancellation: cancellation)
        var found: [Advisory] = []
        var unread = 0
        for entry in try ZipDirectory(of: file, caps: caps).entries
        where !entry.isFolder && entry.path.text.hasSuffix(".json") {
            guard entry.size <= Self.largest else {
                unread += 1
                continue
            }
            let bytes = try reader.contents(of: entry, cap: Self.largest)
            let named = names(in: bytes)
            if named.isEmpty { continue }
            guard JSONNesting.isWithin(Self.deepest, bytes), let document = try? OSVDocument(json: bytes) else {
                unread += 1
                continue
            }
            for package in named {
                found += (versions[package] ?? []).compactMap { document.advisory(on: package, $0) }
            }
        }
        return (Array(Self.merged(found).sorted().prefix(Self.most)), unread)
    }

    /// Those of the packages that a document names somewhere, without reading it as JSON: it is about very few.
    private func names(in bytes: [UInt8]) -> Set<PackageName> {
        var found: Set<PackageName> = []
        let key = Array("\"name\"".utf8)
        var index = 0
        while index + key.count < bytes.count {
            guard bytes[index] == key[0], bytes[index..<index + key.count].elementsEqual(key) else {
                index += 1
                continue
            }
            index += key.count
            while index < bytes.count, [0x20, 0x09, 0x0a, 0x0d, 0x3a].contains(bytes[index]) { index += 1 }
            guard index < bytes.count, bytes[index] == UInt8(ascii: "\"") else { continue }
            let value = bytes[(index + 1)...].prefix(129).prefix { $0 != UInt8(ascii: "\"") }
            if let name = PackageName(String(decoding: value, as: UTF8.self)), versions[name] != nil {
                found.insert(name)
            }
        }
        return found
    }

    /// Advisories that share a name are one: the one with the name that Python's own database gave it, with the worst
    /// severity of all.
    package static func merged(_ advisories: [Advisory]) -> [Advisory] {
        Dictionary(grouping: advisories) { "\($0.package) \($0.version)" }.values.flatMap { group -> [Advisory] in
            var clusters: [(names: Set<String>, members: [Advisory])] = []
            for advisory in group {
                var names = Set([advisory.id] + advisory.aliases)
                var members = [advisory]
                for cluster in clusters where !cluster.names.isDisjoint(with: names) {
                    names.formUnion(cluster.names)
                    members += cluster.members
                }
                clusters.removeAll { !$0.names.isDisjoint(with: names) }
                clusters.append((names, members))
            }
            return clusters.compactMap { cluster in one(of: cluster.members, cluster.names) }
        }
    }

    private static func one(of members: [Advisory], _ names: Set<String>) -> Advisory? {
        let ranks = ["PYSEC-", "GHSA-", "CVE-"]
        func rank(_ id: String) -> (Int, String) { (ranks.firstIndex { id.hasPrefix($0) } ?? ranks.count, id) }
        let sorted = members.sorted { rank($0.id) < rank($1.id) }
        guard let first = sorted.first else { return nil }
        let fixed = Set(members.flatMap(\.fixed).compactMap { PackageVersion($0) })
        return Advisory(
            package: first.package, version: first.version, id: first.id,
            aliases: Array(names.subtracting([first.id]).sorted().prefix(20)),
            severity: members.map(\.severity).max() ?? .unknown, summary: sorted.lazy.compactMap(\.summary).first,
            fixed: fixed.sorted().prefix(5).map(\.text))
    }
}
