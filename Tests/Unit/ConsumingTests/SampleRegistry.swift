import Consuming
import Model
import Site
import Testing

/// A registry in memory, written by the renderer that writes real ones.
struct SampleRegistry {
    var layers: [LayerState] = []
    var folders = LayerFolders.flat
    static let account = "111122223333"
    static let regions = ["eu-west-1", "us-east-1"].compactMap(Region.init)
    static let start = Timestamp(seconds: 1_700_000_000)

    /// A release of a build: its build number, version and dependencies, and Lambda's number by region.
    struct Published {
        var buildNumber: Int
        var version: String
        var packages: [String: String] = [:]
        var status = Release.Status.deprecated
        /// By region, in the order of `regions`; nil where it was not published.
        var numbers: [Int?]
        var account = SampleRegistry.account
        var name: String?
        var reason: String?
        var expires: Timestamp?
    }

    mutating func add(_ layer: String, _ published: [Published], target: String = "python3.12") throws {
        let item = Item(try #require(LayerName(layer)), try #require(Target(target)))
        var builds: [Int: Build] = [:]
        var releases: [Release] = []
        for (index, entry) in published.enumerated() {
            let packages = entry.packages.merging([layer: entry.version]) { first, _ in first }
            builds[entry.buildNumber] = Build(
                buildNumber: entry.buildNumber, item: item, version: entry.version, artifact: nil,
                requirements: [layer],
                packages: try packages.map {
                    Build.Package(
                        name: try #require(PackageName($0)), version: $1, license: nil, summary: nil, unzipped: nil)
                }, created: Self.start)
            for (region, number) in zip(Self.regions, entry.numbers) {
                guard let number else { continue }
                let name = entry.name ?? "acme-\(item.target.shortName)-\(layer)"
                let arn = try #require(LayerARN(region: region, account: entry.account, name: name, number: number))
                releases.append(
                    Release(
                        id: Release.ID(account: entry.account, region: region, name: name, number: number), item: item,
                        buildNumber: entry.buildNumber,
                        arn: arn.description, status: entry.status, published: Self.start + .seconds(index * 86_400),
                        expires: entry.expires, reason: entry.reason))
            }
        }
        let state = ItemState(
            item: item, builds: builds.values.sorted { $0.buildNumber < $1.buildNumber }, releases: releases)
        if let index = layers.firstIndex(where: { $0.layer == item.layer }) {
            layers[index] = LayerState(layer: item.layer, items: layers[index].items + [state])
        } else {
            layers.append(LayerState(layer: item.layer, items: [state]))
        }
    }

    private var input: RegistryInput {
        RegistryInput(
            description: RegistryDescription(name: "Acme", url: "https://acme.example"), regions: Self.regions,
            targets: Set(layers.flatMap { $0.items.map(\.item.target) }).sorted(), retention: RetentionPolicy(),
            accounts: [.aws: Self.account], folders: folders)
    }

    /// The files of the branch, or those of the site.
    func files(ofSite: Bool = false) throws -> [String: [UInt8]] {
        let changes =
            try ofSite
            ? SiteRenderer(input, shardCapacity: 1).changes(for: layers, existing: { _ in nil })
            : MainRenderer(input).changes(for: layers, existing: { _ in nil })
        var files: [String: [UInt8]] = [:]
        for change in changes {
            if case .write(let bytes) = change.content { files[change.path] = bytes }
        }
        return files
    }

    func catalog(ofSite: Bool = false) throws -> RegistryCatalog {
        let files = try files(ofSite: ofSite)
        return RegistryCatalog(RegistrySource(name: "sample") { files[$0] })
    }

    /// One layer with three builds, of which the second was yanked and the third is the newest.
    static func requests() throws -> SampleRegistry {
        var registry = SampleRegistry()
        try registry.add(
            "requests",
            [
                Published(
                    buildNumber: 1, version: "2.31.0", packages: ["urllib3": "2.2.1", "idna": "3.6"], numbers: [3, 3],
                    expires: start + .seconds(400 * 86_400)),
                Published(
                    buildNumber: 2, version: "2.32.0", packages: ["urllib3": "2.2.1"], status: .yanked,
                    numbers: [4, 4],
                    reason: "does not\nimport"),
                Published(
                    buildNumber: 3, version: "2.32.3", packages: ["urllib3": "2.2.2", "certifi": "2024.6"],
                    status: .latest, numbers: [5, 5]),
            ])
        return registry
    }
}
