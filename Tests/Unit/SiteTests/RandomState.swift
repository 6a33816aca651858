import Model
import SampleSite
import Site

/// States that no test would think of, from a seed: odd statuses, hostile texts, duplicate numbers.
struct RandomState {
    var chance: Chance
    let regions = ["us-east-1", "eu-west-1", "cn-north-1"].compactMap { Region($0) }
    let targets = ["python3.12", "python3.13-arm64"].compactMap { Target($0) }
    let layers = ["requests", "Requests", "-x", "a_b", "zz9", "numpy"].compactMap { LayerName($0) }

    init(seed: UInt64) { chance = Chance(seed: seed) }

    var registry: RegistryInput {
        RegistryInput(
            description: .init(name: "R <b>\"&'", url: "https://example.invalid/r"), regions: regions,
            targets: targets, retention: .init(), accounts: [.aws: "123456789012", .china: "210987654321"])
    }

    static let texts = [
        "1.0", "=1+1", "a,b", "\"quoted\"", "line\nbreak", "</script><script>alert(1)</script>", "\"\u{301} onload=x",
        "\u{202e}gnp.exe", "{{name}}", "@x", "", "\u{2028}", "'; --", "&amp;", "\u{0}\u{7f}",
    ]

    mutating func items() -> [ItemState] {
        layers.flatMap { layer in targets.map { Item(layer, $0) } }.compactMap { item in
            chance.oneIn(5) ? nil : state(item)
        }
    }

    /// The same with what was read in its wheels.
    private mutating func described(_ build: Build) -> Build {
        let names = build.packages.map(\.name)
        let packages = build.packages.map { package in
            let bundled = (0..<chance.below(3)).map { _ in
                BundledComponent(
                    purl: chance.oneIn(2) ? "pkg:cargo/\(chance.below(9))@1" : nil, name: chance.pick(Self.texts),
                    version: chance.oneIn(2) ? chance.pick(Self.texts) : nil,
                    license: chance.oneIn(2) ? chance.pick(Self.texts) : nil)
            }
            return Build.Package(
                name: package.name, version: package.version, license: package.license, summary: package.summary,
                unzipped: package.unzipped, author: chance.oneIn(2) ? chance.pick(Self.texts) : nil,
                homepage: chance.oneIn(2) ? chance.pick(Self.texts) : nil,
                requires: names.filter { _ in chance.oneIn(2) }, bundled: bundled)
        }
        return Build(
            buildNumber: build.buildNumber, item: build.item, version: build.version, artifact: build.artifact,
            requirements: build.requirements, packages: packages, created: build.created)
    }

    private mutating func source(for item: Item) -> FileSource {
        let place = chance.pick(Self.texts)
        return FileSource(
            [.init(item.target.architecture, url: place.isEmpty ? "x" : place, sha256: .of(place))],
            take: [.init(chance.pick(Self.texts), to: chance.pick(Self.texts))], licence: chance.pick(Self.texts),
            version: chance.oneIn(2) ? nil : chance.pick(Self.texts))
    }

    /// What somebody has found about a build, or nothing.
    private mutating func audit(of build: Build) -> Audit {
        let entries = build.packages.prefix(chance.below(3)).map { package in
            Audit.Entry(
                Advisory(
                    package: package.name, version: package.version, id: "PYSEC-\(chance.below(100))",
                    aliases: chance.oneIn(2) ? ["CVE-\(chance.below(9))"] : [],
                    severity: chance.pick(Advisory.Severity.allCases),
                    summary: chance.oneIn(2) ? chance.pick(Self.texts) : nil, fixed: chance.oneIn(2) ? ["9", "10"] : []),
                since: moment(), ignored: chance.oneIn(3) ? chance.pick(Self.texts) : nil)
        }
        return Audit(buildNumber: build.buildNumber, entries: Array(entries))
    }

    mutating func state(_ item: Item) -> ItemState {
        var state = ItemState(item: item, revision: chance.below(100))
        for buildNumber in 0..<chance.below(4) {
            let version = chance.pick(Self.texts)
            let recipe = Fixture.Recipe(
                name: item.layer.text, requires: [chance.pick(Self.texts)], versions: [version],
                license: chance.pick(Self.texts), summary: chance.pick(Self.texts), megabytes: 1,
                with: [("dep", chance.pick(Self.texts), chance.pick(Self.texts))])
            let build = Fixture.build(recipe, item, buildNumber: buildNumber + 1, version, moment())
            let known = chance.oneIn(2) ? build : described(build)
            state.builds.append(chance.oneIn(3) ? known.taking(source(for: item)) : known)
        }
        for build in state.builds {
            for region in regions where !chance.oneIn(4) {
                for number in 0...chance.below(2) { state.releases.append(release(build, region, number)) }
            }
        }
        if chance.oneIn(3), let contents = ContentsKey(ContentDigest.of("\(item)").hex), !state.builds.isEmpty {
            state.aliases[contents] = 1
        }
        if chance.oneIn(2) {
            state.notes[chance.pick(regions)] = Note(
                kind: chance.oneIn(2) ? .pending : .unavailable, reason: chance.pick(Self.texts), since: moment())
        }
        if chance.oneIn(3) {
            let contents = chance.oneIn(2) ? ContentsKey(ContentDigest.of("\(item) next").hex) : nil
            state.resolution = Resolution(contents: contents, remarks: [chance.pick(Self.texts)], since: moment())
            if let contents, chance.oneIn(2) {
                state.resolution = state.resolution?.refusing(
                    RefusedBuild(contents: contents, reason: chance.pick(Self.texts), since: moment()))
            }
        }
        if let build = state.latestBuild, chance.oneIn(2) {
            state.resolution = state.resolution ?? Resolution(contents: nil, remarks: [], since: moment())
            state.resolution?.audit = audit(of: build)
        }
        state.releases.shuffle(using: &chance)
        return state
    }

    private mutating func moment() -> Timestamp { Fixture.start + .seconds(chance.below(20) * 1_000_000) }

    private mutating func release(_ build: Build, _ region: Region, _ number: Int) -> Release {
        let name = chance.oneIn(4) ? "other_name" : "acme-\(build.item.target.shortName)-x"
        let number = build.buildNumber * 10 + number
        let status = chance.pick(Release.Status.allCases)
        let account = chance.oneIn(5) ? "770693421928" : "123456789012"
        let arn = "arn:\(region.partition.rawValue):lambda:\(region):\(account):layer:\(name):\(number)"
        return Release(
            id: .init(account: account, region: region, name: name, number: number), item: build.item,
            buildNumber: build.buildNumber,
            arn: chance.oneIn(20) ? "odd,\(number)" : arn, isExternal: chance.oneIn(9), status: status,
            published: moment(), expires: status == .deprecated ? moment() : nil,
            announced: chance.oneIn(3) ? nil : moment(),
            reason: status == .yanked ? chance.pick(Self.texts) : nil, isPinned: chance.oneIn(9),
            isRevoked: chance.oneIn(9))
    }

    /// The states again, with some of them changed as a run would change them.
    mutating func changed(_ items: [ItemState]) -> [ItemState] {
        items.map { item in
            guard chance.oneIn(3) else { return item }
            var item = item
            item.revision += 1
            for index in item.releases.indices where chance.oneIn(3) {
                item.releases[index].status = chance.pick(Release.Status.allCases)
                item.releases[index].expires = item.releases[index].status == .deprecated ? moment() : nil
            }
            if chance.oneIn(3) { item.notes = [:] }
            if chance.oneIn(3) { item.resolution = nil }
            return item
        }
    }
}

extension Build {
    /// The same with a program in its bin, and with files from elsewhere.
    fileprivate func taking(_ source: FileSource) -> Build {
        let taking = artifact.map { artifact in
            Artifact(
                recipe: artifact.recipe, sha256: artifact.sha256, zipped: artifact.zipped, unzipped: artifact.unzipped,
                lock: artifact.lock, options: BuildOptions(bin: ["a \"b"], files: [source]))
        }
        return Build(
            buildNumber: buildNumber, item: item, version: version, artifact: taking, requirements: requirements,
            packages: packages, created: created)
    }
}
