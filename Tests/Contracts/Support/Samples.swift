import Model

/// Values to record: complete ones, so that what is read back can be compared as a whole.
package enum Samples {
    package static let start = Timestamp(seconds: 1_795_000_000)
    package static let regions = ["us-east-1", "eu-west-1", "ap-southeast-2"].compactMap { Region($0) }

    package static func item(_ layer: String, _ target: String = "python3.12") throws -> Item {
        Item(try required(LayerName(layer)), try required(Target(target)))
    }

    package static func build(_ buildNumber: Int, of item: Item, version: String = "2.32.3") throws -> Build {
        let wheel = LockedWheel(
            package: try required(PackageName("requests")), version: version,
            fileName: "requests-\(version)-py3-none-any.whl", url: "https://index.invalid/requests.whl",
            size: ByteCount(64_000), sha256: .of("wheel \(item) \(buildNumber)"))
        let lock = Lock(target: item.target, wheels: [wheel])
        return Build(
            buildNumber: buildNumber, item: item, version: version,
            artifact: .init(
                sha256: .of("zip \(item) \(buildNumber)"), zipped: ByteCount(70_000), unzipped: ByteCount(200_000),
                lock: lock, options: BuildOptions(prune: [.tests], exclude: ["*.md"], dropConflicts: ["docs"])),
            requirements: ["requests>=2", "idna ; python_version < \"3.14\""],
            packages: [
                .init(
                    name: try required(PackageName("requests")), version: version, license: "Apache-2.0\nor so",
                    summary: "Python HTTP for “Humans” <b>\u{0}\u{301}</b> 🐍", unzipped: nil),
                .init(
                    name: try required(PackageName("idna")), version: "3.10", license: nil, summary: nil,
                    unzipped: ByteCount(9)),
            ],
            created: start)
    }

    package static func release(
        _ number: Int, of item: Item, buildNumber: Int = 1, in region: Region = Samples.regions[0],
        status: Release.Status = .latest, expires: Timestamp? = nil, isExternal: Bool = false, isPinned: Bool = false
    ) -> Release {
        let name = "acme-\(item.target.shortName)-\(item.layer)"
        return Release(
            id: .init(account: "000000000000", region: region, name: name, number: number), item: item,
            buildNumber: buildNumber,
            arn: "arn:aws:lambda:\(region):000000000000:layer:\(name):\(number)", isExternal: isExternal,
            status: status, published: start, expires: expires, isPinned: isPinned)
    }

    package static func intent(_ publication: String, of item: Item, in region: Region = Samples.regions[0]) -> Intent {
        Intent(
            id: .init(publication, region.code),
            work: .publish(
                item: item, buildNumber: 1, sha256: .of(publication), region: region, name: "acme-p312-\(item.layer)"),
            begun: start)
    }

    /// A value that the test's own author wrote wrongly if it is nil.
    package static func required<Value>(_ value: Value?) throws -> Value {
        guard let value else { throw StrataError(.inconsistent, "a sample is not what its type accepts") }
        return value
    }
}
