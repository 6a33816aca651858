import FoundationEssentials
import Model
import Wheels

/// What an index says of a project: its files (the simple repository API, PEP 503 and 691).
package struct ProjectPage: Sendable, Hashable, Codable {
    /// In the index's order.
    package let files: [IndexFile]

    package init(files: [IndexFile]) { self.files = files }

    /// Digest of all that a resolve could depend on, whatever the order and the format of the page.
    package var digest: ContentDigest {
        .of(files.map(\.canonicalLine).sorted().joined(separator: "\n"))
    }

    /// The files of each version, newest first. Files that are neither wheels nor sdists, and versions that are none,
    /// are left out, as resolvers do.
    package func releases(of package: PackageName) -> [IndexRelease] {
        var byVersion: [PackageVersion: [IndexFile]] = [:]
        for file in files {
            guard let version = file.version(of: package) else { continue }
            byVersion[version, default: []].append(file)
        }
        return byVersion.map { IndexRelease(version: $0.key, files: $0.value) }.sorted { $0.version > $1.version }
    }
}

/// A file of a project. Texts of strangers.
package struct IndexFile: Sendable, Hashable, Codable {
    package let name: String
    package let sha256: ContentDigest?
    package let requiresPython: String?
    /// Yanked files are only taken for an exact pin (PEP 592).
    package let isYanked: Bool
    /// When it was uploaded; many mirrors do not say.
    package let uploaded: Timestamp?
    /// Where a source distribution is; uv finds wheels itself.
    package let url: String?

    package init(
        name: String, sha256: ContentDigest? = nil, requiresPython: String? = nil, isYanked: Bool = false,
        uploaded: Timestamp? = nil, url: String? = nil
    ) {
        self.url = url
        self.name = name
        self.sha256 = sha256
        self.requiresPython = requiresPython
        self.isYanked = isYanked
        self.uploaded = uploaded
    }

    /// The same with where it is, if it is a source distribution.
    /// - Parameters:
    ///   - address: as the page has it.
    ///   - page: the page's own.
    func at(_ address: String?, on page: String) -> IndexFile {
        guard isSourceDistribution, let address, !page.isEmpty else { return self }
        let bare = String(address.prefix { $0 != "#" })
        return IndexFile(
            name: name, sha256: sha256, requiresPython: requiresPython, isYanked: isYanked, uploaded: uploaded,
            url: URL(string: bare, relativeTo: URL(string: page))?.absoluteString)
    }

    package var wheel: WheelFileName? { WheelFileName(name) }
    package var isSourceDistribution: Bool { sourceStem != nil }

    /// The version that the file name tells; nil if it is no distribution of the package.
    func version(of package: PackageName) -> PackageVersion? {
        if let wheel { return wheel.normalizedName == package.text ? PackageVersion(wheel.version) : nil }
        guard let stem = sourceStem else { return nil }
        // `{name}-{version}`, where old names may hold dashes themselves.
        return stem.indices.lazy.filter { stem[$0] == "-" }.compactMap { dash -> PackageVersion? in
            guard PackageName(String(stem[..<dash])) == package else { return nil }
            return PackageVersion(String(stem[stem.index(after: dash)...]))
        }.first
    }

    private var sourceStem: Substring? {
        [".tar.gz", ".zip", ".tar.bz2", ".tgz", ".tar.xz"].first { name.hasSuffix($0) }.map { name.dropLast($0.count) }
    }

    fileprivate var canonicalLine: String {
        "\(name) \(sha256?.hex ?? "-") \(isYanked) \(requiresPython ?? "")"
    }
}

/// A version of a project with its files.
package struct IndexRelease: Sendable, Hashable {
    package let version: PackageVersion
    package let files: [IndexFile]

    package var isYanked: Bool { files.allSatisfy(\.isYanked) }
}
