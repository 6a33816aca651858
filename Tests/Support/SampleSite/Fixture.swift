import Model
import Site

/// A believable registry: real packages, several builds, a pending region, deprecated and yanked releases.
package struct Fixture {
    package let registry: RegistryInput
    package var items: [ItemState]

    package var layers: [LayerState] { LayerState.grouping(items) }

    package static let start = Timestamp(seconds: 1_788_000_000)  // 2026-08-29

    /// What a layer of the fixture is made of.
    package struct Recipe {
        let name: String
        let requires: [String]
        let versions: [String]
        let license: String
        let summary: String
        let megabytes: Double
        let with: [(String, String, String)]

        package init(
            name: String, requires: [String], versions: [String], license: String, summary: String, megabytes: Double,
            with: [(String, String, String)]
        ) {
            self.name = name
            self.requires = requires
            self.versions = versions
            self.license = license
            self.summary = summary
            self.megabytes = megabytes
            self.with = with
        }
    }

    package static let recipes = [
        Recipe(
            name: "requests", requires: ["requests"], versions: ["2.32.3", "2.32.4", "2.32.5", "2.32.5"],
            license: "Apache-2.0", summary: "Python HTTP for Humans.", megabytes: 1.1,
            with: [
                ("certifi", "2026.8.3", "MPL-2.0"), ("charset-normalizer", "3.4.3", "MIT"),
                ("idna", "3.10", "BSD-3-Clause"), ("urllib3", "2.5.0", "MIT"),
            ]),
        Recipe(
            name: "pandas", requires: ["pandas"], versions: ["2.3.1", "2.3.2", "3.0.0"], license: "BSD-3-Clause",
            summary: "Powerful data structures for data analysis, time series, and statistics", megabytes: 102,
            with: [
                ("numpy", "2.3.3", "BSD-3-Clause"), ("python-dateutil", "2.9.0.post0", "Apache-2.0 OR BSD-3-Clause"),
                ("pytz", "2026.2", "MIT"), ("six", "1.17.0", "MIT"), ("tzdata", "2026.2", "Apache-2.0"),
            ]),
        Recipe(
            name: "numpy", requires: ["numpy"], versions: ["2.3.2", "2.3.3"], license: "BSD-3-Clause",
            summary: "Fundamental package for array computing in Python", megabytes: 54, with: []),
        Recipe(
            name: "psycopg_binary_pool", requires: ["psycopg[binary,pool]"], versions: ["3.2.9", "3.2.10"],
            license: "LGPL-3.0-only", summary: "PostgreSQL database adapter for Python", megabytes: 15.2,
            with: [
                ("psycopg-binary", "3.2.10", "LGPL-3.0-only"), ("psycopg-pool", "3.2.6", "LGPL-3.0-only"),
                ("typing-extensions", "4.15.0", "PSF-2.0"),
            ]),
        Recipe(
            name: "boto3", requires: ["boto3"], versions: ["1.40.18", "1.40.26", "1.40.31", "1.40.44"],
            license: "Apache-2.0", summary: "The AWS SDK for Python", megabytes: 27.4,
            with: [
                ("botocore", "1.40.44", "Apache-2.0"), ("jmespath", "1.0.1", "MIT"),
                ("python-dateutil", "2.9.0.post0", "Apache-2.0 OR BSD-3-Clause"),
                ("s3transfer", "0.14.0", "Apache-2.0"),
                ("six", "1.17.0", "MIT"), ("urllib3", "2.5.0", "MIT"),
            ]),
        Recipe(
            name: "pydantic", requires: ["pydantic"], versions: ["2.11.7", "2.11.9"], license: "MIT",
            summary: "Data validation using Python type hints", megabytes: 8.3,
            with: [
                ("annotated-types", "0.7.0", "MIT"), ("pydantic-core", "2.33.2", "MIT"),
                ("typing-extensions", "4.15.0", "PSF-2.0"), ("typing-inspection", "0.4.1", "MIT"),
            ]),
        Recipe(
            name: "cryptography", requires: ["cryptography"], versions: ["45.0.7", "46.0.1"],
            license: "Apache-2.0 OR BSD-3-Clause",
            summary:
                "cryptography is a package which provides cryptographic recipes and primitives to Python developers.",
            megabytes: 13.1, with: [("cffi", "2.0.0", "MIT"), ("pycparser", "2.23", "BSD-3-Clause")]),
        Recipe(
            name: "data-tools", requires: ["pandas>=2", "openpyxl", "pyarrow"], versions: ["3.0.0"],
            license: "BSD-3-Clause",
            summary: "Powerful data structures for data analysis, time series, and statistics", megabytes: 238,
            with: [
                ("numpy", "2.2.6", "BSD-3-Clause"), ("openpyxl", "3.1.5", "MIT"), ("et-xmlfile", "2.0.0", "MIT"),
                ("pyarrow", "21.0.0", "Apache-2.0"), ("tzdata", "2026.2", "Apache-2.0"),
            ]),
    ]

    package static func believable(
        regions: [String] = ["us-east-1", "eu-west-1", "ap-southeast-2"],
        targets: [String] = ["python3.12", "python3.13", "python3.13-arm64"], name: String = "Acme layers"
    ) -> Fixture {
        let regions = regions.compactMap { Region($0) }
        let targets = targets.compactMap { Target($0) }
        let registry = RegistryInput(
            description: .init(name: name, url: "https://acme.github.io/layers"), regions: regions, targets: targets,
            retention: RetentionPolicy(), accounts: [.aws: "123456789012"])
        var items = recipes.enumerated().flatMap { index, recipe in
            targets.compactMap { state(of: recipe, index, for: $0, in: regions) }
        }
        items += targets.compactMap { state(of: hostile, recipes.count, for: $0, in: regions) }
        return Fixture(registry: registry, items: items)
    }

    /// A package whose author wishes readers ill.
    static let hostile = Recipe(
        name: "hostile", requires: ["hostile"], versions: ["1.0", "<script>alert(1)</script>"],
        license: "MIT\"\u{301} onmouseover=alert(1) x=\"</script><img src=x onerror=alert(1)>",
        summary: "<script>alert(1)</script>{{name}}\u{202e}gnp.exe \u{2028}'\"&amp; "
            + String(repeating: "long ", count: 300),
        megabytes: 1, with: [("evil-dependency", "1.0\"\u{301}><script>alert(2)</script>", "<b>bold</b>")])

    package static func state(of recipe: Recipe, _ index: Int, for target: Target, in regions: [Region]) -> ItemState? {
        guard let layer = LayerName(recipe.name) else { return nil }
        var state = ItemState(item: Item(layer, target), revision: index + 1)
        for (number, version) in recipe.versions.enumerated() {
            let published = start + .seconds(((number * 23 + index * 5) * 24 + 7) * 3600 + index * 61)
            state.builds.append(build(recipe, state.item, buildNumber: number + 1, version, published))
            let isNewest = number == recipe.versions.count - 1
            let next = start + .seconds((((number + 1) * 23 + index * 5) * 24 + 7) * 3600 + index * 61)
            for region in regions {
                if isNewest, recipe.name == "boto3", region == regions.last {
                    state.notes[region] = Note(
                        kind: .pending, reason: "Lambda answered 503 six times in a row", since: published)
                    continue
                }
                let isLagging = recipe.name == "boto3" && region == regions.last && number == recipe.versions.count - 2
                let isYanked = recipe.name == "cryptography" && number == 0
                // What the copies of the first format hold was never announced.
                let isOver = !isNewest && !isLagging && recipe.name != "requests"
                let name = "acme-\(target.shortName)-\(recipe.name)"
                state.releases.append(
                    Release(
                        id: .init(account: "123456789012", region: region, name: name, number: number + 1),
                        item: state.item,
                        buildNumber: number + 1,
                        arn: "arn:aws:lambda:\(region):123456789012:layer:\(name):\(number + 1)",
                        status: isNewest || isLagging ? .latest : isYanked ? .yanked : .deprecated,
                        published: published,
                        expires: isNewest || isLagging || isYanked ? nil : next + .seconds(365 * 86_400),
                        announced: isOver ? next + .seconds(isYanked ? 86_400 : 600) : nil,
                        reason: isYanked ? "OpenSSL 3.5.1 in it is affected by CVE-2026-9230" : nil))
            }
        }
        if recipe.name == "numpy", let contents = state.builds.last?.artifact?.contents {
            state.resolution = Resolution(
                contents: contents, remarks: ["numpy 2.4.0 is held back until 2026-12-03"], since: start)
        }
        if recipe.name == "cryptography", let build = state.latestBuild, let name = PackageName(recipe.name) {
            let advisory = Advisory(
                package: name, version: build.version, id: "PYSEC-2026-113", aliases: ["CVE-2026-9231"],
                severity: .high, summary: "A certificate with many names takes minutes", fixed: ["99.0"])
            let entry = Audit.Entry(advisory, since: build.created + .seconds(3 * 86_400))
            state.resolution = Resolution(
                contents: build.artifact?.contents, remarks: [], since: build.created,
                audit: Audit(buildNumber: build.buildNumber, entries: [entry]))
        }
        if recipe.name == "data-tools", target.architecture == .arm64 {
            return ItemState(
                item: state.item, revision: 1,
                resolution: Resolution(
                    contents: nil,
                    remarks: [
                        "the layer would be 271 MB unzipped, 9 MB over Lambda's limit; pruning tests saves 31 MB"
                    ],
                    since: start))
        }
        return state
    }

    /// Not of all: builds of the first versions tell none.
    private static let homepages = [
        "pandas": "https://pandas.pydata.org", "boto3": "https://github.com/boto/boto3",
        "hostile": "https://evil.example.invalid/\"><script>alert(1)</script>",
        "cryptography": "javascript:alert(1)",
    ]

    package static func build(_ recipe: Recipe, _ item: Item, buildNumber: Int, _ version: String, _ created: Timestamp)
        -> Build
    {
        var packages: [Build.Package] = []
        var wheels: [LockedWheel] = []
        let main = recipe.requires.first.flatMap { try? Requirement(parsing: $0).package }
        let share = recipe.megabytes * 1e6 / Double(recipe.with.count + 2)
        let all = [(main?.text ?? recipe.name, version, recipe.license)] + recipe.with
        for (name, packageVersion, license) in all {
            guard let package = PackageName(name) else { continue }
            // The newest build differs from the one before in its dependencies too.
            let isOld = buildNumber < recipe.versions.count && name == "urllib3"
            let packageVersion = isOld ? "2.4.\(buildNumber)" : packageVersion
            let size = Int(share * (package == main ? 2 : 1)) + buildNumber * 7919
            packages.append(
                .init(
                    name: package, version: packageVersion, license: license,
                    summary: package == main ? recipe.summary : nil, unzipped: ByteCount(size),
                    homepage: package == main ? homepages[recipe.name] : nil))
            let file = "\(name.replacing("-", with: "_"))-\(packageVersion)-py3-none-any.whl"
            wheels.append(
                LockedWheel(
                    package: package, version: packageVersion, fileName: file,
                    url: "https://files.pythonhosted.org/packages/ab/cd/\(file)", size: ByteCount(size / 3),
                    sha256: .of("\(file) \(item.target)")))
        }
        let unzipped = packages.reduce(0) { $0 + ($1.unzipped?.bytes ?? 0) }
        return Build(
            buildNumber: buildNumber, item: item, version: version,
            artifact: .init(
                sha256: .of("\(item) \(buildNumber)"), zipped: ByteCount(unzipped / 3), unzipped: ByteCount(unzipped),
                lock: Lock(target: item.target, wheels: wheels), options: BuildOptions()),
            requirements: recipe.requires, packages: packages, created: created)
    }
}
