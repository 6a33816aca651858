import FoundationEssentials
import Model

/// What a registry tells of a layer: `layers/{layer}/releases.json`.
public struct LayerHistory: Sendable, Hashable {
    public let layer: LayerName
    /// Of all targets, in the file's order.
    public let releases: [ListedRelease]

    public init(layer: LayerName, releases: [ListedRelease]) {
        self.layer = layer
        self.releases = releases
    }
}

/// Releases of one build under one name, which differ by region and number only.
public struct ListedRelease: Sendable, Hashable {
    public let item: Item
    /// The build's serial.
    public let build: Int
    public let name: String
    public let account: String
    public let status: Release.Status
    public let published: Timestamp
    public let expires: Timestamp?
    /// Why it was yanked. Strangers may have written it.
    public let reason: String?
    /// Lambda's number in each region.
    public let numbers: [Region: Int]

    public init(
        item: Item, build: Int, name: String, account: String, status: Release.Status, published: Timestamp,
        expires: Timestamp? = nil, reason: String? = nil, numbers: [Region: Int]
    ) {
        self.item = item
        self.build = build
        self.name = name
        self.account = account
        self.status = status
        self.published = published
        self.expires = expires
        self.reason = reason
        self.numbers = numbers
    }

    /// The ARN in a region; nil if it is not there.
    public func arn(in region: Region) -> LayerARN? {
        numbers[region].flatMap { LayerARN(region: region, account: account, name: name, number: $0) }
    }
}

/// What is inside a build: `layers/{layer}/{target}/{serial}.json`, as far as consumers need it.
public struct BuildSummary: Sendable, Hashable {
    public let version: String
    /// By name.
    public let packages: [PackageName: String]
    public let zipped: ByteCount?
    public let unzipped: ByteCount?

    public init(
        version: String, packages: [PackageName: String], zipped: ByteCount? = nil, unzipped: ByteCount? = nil
    ) {
        self.version = version
        self.packages = packages
        self.zipped = zipped
        self.unzipped = unzipped
    }

    /// What differs in a newer build, by name.
    public func changes(to newer: BuildSummary) -> [PackageChange] {
        Set(packages.keys).union(newer.packages.keys).sorted().compactMap { name in
            packages[name] == newer.packages[name]
                ? nil : PackageChange(package: name, from: packages[name], to: newer.packages[name])
        }
    }
}

/// A package that a newer build has in another version, has not, or has anew.
public struct PackageChange: Sendable, Hashable, CustomStringConvertible {
    public let package: PackageName
    public let from: String?
    public let to: String?

    public var description: String {
        switch (from, to) {
        case (let from?, let to?): "\(package) \(from) → \(to)"
        case (nil, let to?): "\(package) \(to) is new"
        default: "\(package) \(from ?? "") is gone"
        }
    }
}

// MARK: - Reading the files

extension LayerHistory {
    private struct Document: Decodable {
        let format: Int
        let layer: LayerName
        let targets: [String: Section]
    }
    private struct Section: Decodable {
        let releases: [Group]
    }
    private struct Group: Decodable {
        let build: Int
        let name: String
        let account: String
        let status: String
        let published: Timestamp
        let expires: Timestamp?
        let reason: String?
        let regions: [String: Int]
    }

    /// Reads the file. Statuses and targets that this version does not know are left out; a registry may be newer.
    ///
    /// - Throws: `inconsistent` if it is no such file.
    package init(file: [UInt8], path: String) throws {
        let document = try RegistryFile.decode(Document.self, file, path)
        layer = document.layer
        releases = document.targets.sorted { $0.key < $1.key }.flatMap { name, section -> [ListedRelease] in
            guard let target = Target(name) else { return [] }
            return section.releases.compactMap { group in
                guard let status = Release.Status(rawValue: group.status) else { return nil }
                return ListedRelease(
                    item: Item(document.layer, target), build: group.build, name: group.name, account: group.account,
                    status: status, published: group.published, expires: group.expires, reason: group.reason,
                    numbers: Dictionary(
                        group.regions.compactMap { code, number in Region(code).map { ($0, number) } },
                        uniquingKeysWith: { first, _ in first }))
            }
        }
    }
}

extension BuildSummary {
    private struct Document: Decodable {
        let version: String
        let packages: [Package]
        let zipped: ByteCount?
        let unzipped: ByteCount?
    }
    private struct Package: Decodable {
        let name: PackageName
        let version: String
    }

    package init(file: [UInt8], path: String) throws {
        let document = try RegistryFile.decode(Document.self, file, path)
        self.init(
            version: document.version,
            packages: Dictionary(document.packages.map { ($0.name, $0.version) }) { first, _ in first },
            zipped: document.zipped, unzipped: document.unzipped)
    }
}

/// `registry.json`.
package struct RegistryFile: Decodable, Sendable {
    package let format: Int
    package let name: String
    package let accounts: [String: String]
    package let targets: [String]
    package let regions: [String]

    static func decode<Document: Decodable>(_: Document.Type, _ file: [UInt8], _ path: String) throws -> Document {
        do {
            return try JSONDecoder().decode(Document.self, from: Data(file))
        } catch {
            throw StrataError(
                .inconsistent, "the registry's file cannot be read", hint: "is this the registry's main branch?",
                place: .init(file: path), cause: error)
        }
    }
}

/// A row of `deployments/{target}/arns/{region}.json`.
package struct ListedRow: Decodable, Sendable {
    package let package: String
    package let version: String
    package let build: Int?
    package let status: String
    package let arn: String
    package let expires: Timestamp?
}
