import Embedded
import Files
import FoundationEssentials
import Glibc
import Model

/// One source distribution on its way to a wheel.
struct BackendRun: Sendable {
    let source: FoundSource
    let machine: SdistBuilder.Machine
    let configuration: ResolverConfiguration
    let builder: SdistBuilder
    /// An empty one, which goes afterwards.
    let folder: String

    private var place: SourceConfiguration { configuration.sources }

    /// Which tools were chosen for it, whenever that was.
    private struct Choice: Codable {
        let tools: [LockedWheel]
    }

    func wheel(tools recorded: [LockedWheel]?) async throws(StrataError) -> LockedWheel {
        let tools: [LockedWheel]
        if let recorded { tools = recorded } else { tools = try await chosenTools() }
        let build = SourceBuild(
            fileName: source.fileName, url: source.url, size: source.size, sha256: source.sha256,
            backend: source.backend, tools: tools, python: machine.interpreter.version)
        let made = try await self.made(build)
        return LockedWheel(
            package: source.package, version: source.version, fileName: made.fileName, url: source.url, size: made.size,
            sha256: made.sha256, built: build)
    }

    // MARK: - Tools

    /// What the source distribution asks for, and what the back-end asks for besides (`get_requires_for_build_wheel`): both
    /// are resolved to wheels of the index.
    private func chosenTools() async throws(StrataError) -> [LockedWheel] {
        let lines = [
            "strata sdist tools \(SourceBuild.currentRecipe)", "\(source.sha256)",
            "\(machine.target) \(machine.interpreter.version)",
        ]
        let path = "\(place.folder)/\(ContentDigest.of(lines.joined(separator: "\n"))).tools.json"
        if let known = SmallFile.read(Choice.self, at: path) {
            CacheTrim.markUsed(path)
            return known.tools
        }
        var requires = source.requires
        var tools = try await resolve(requires)
        let more = try await additionalRequires(tools)
        if !Set(more).isSubset(of: requires) {
            requires += more.filter { !requires.contains($0) }
            tools = try await resolve(requires)
        }
        try SmallFile.write(Choice(tools: tools), at: path)
        return tools
    }

    private func resolve(_ requires: [String]) async throws(StrataError) -> [LockedWheel] {
        guard !requires.isEmpty else { return [] }
        var wanted: [Requirement] = []
        for text in requires { wanted.append(try Requirement(parsing: text)) }
        let item = try self.item
        switch try await builder.client.resolve([ResolveRequest(item: item, requires: wanted)], configuration)[item] {
        case .locked(let resolved): return resolved.lock.wheels
        case .refused(let reason): throw StrataError(.unbuildable, "what builds it cannot be had: \(reason)")
        case .failed(let reason): throw StrataError(.unavailable, "what builds it cannot be had: \(reason)")
        case nil: throw StrataError(.inconsistent, "the worker answered nothing")
        }
    }

    /// Stands for the tools where a layer's name is asked for.
    private var item: Item {
        get throws(StrataError) {
            guard let name = LayerName("tools") else { throw StrataError(.inconsistent, "the tools have no name") }
            return Item(name, machine.target)
        }
    }

    private func additionalRequires(_ tools: [LockedWheel]) async throws(StrataError) -> [String] {
        struct Answer: Decodable {
            let requires: [String]
        }
        let root = try await unpacked(tools)
        let lines = try await run("requires", .first, root, most: 1)
        guard let line = lines.first, let answer = try? JSONDecoder().decode(Answer.self, from: Data(line)),
            answer.requires.count <= 100
        else { throw StrataError(.unbuildable, "the back-end does not say what it requires") }
        return try answer.requires.map { text throws(StrataError) in
            do throws(StrataError) {
                return try Requirement(parsing: text).description
            } catch {
                throw StrataError(.unbuildable, "the back-end requires what a layer could not: \(error.message)")
            }
        }
    }

    /// The tools as they are at `/opt`: spliced as a layer is, so that each wheel is checked as a layer's are.
    /// - Returns: a folder, the same for the same tools.
    private func unpacked(_ tools: [LockedWheel]) async throws(StrataError) -> String {
        let lock = Lock(target: machine.target, wheels: tools)
        let root = "\(folder)/tools-\(ContentDigest.of(lock.requirementsText).hex.prefix(16))"
        if access(root, F_OK) == 0 { return root }
        try Folder.make(root, mode: 0o755)
        guard !tools.isEmpty else { return root }
        let order = BuildOrder(
            item: try item, buildNumber: 0, version: "0", lock: lock, options: BuildOptions(), requirements: [],
            checks: Checks(hold: false), isNew: false)
        let results = Results()
        // Nothing is trimmed for it.
        try await builder.client.build(
            [order], into: "\(folder)/zips",
            BuilderConfiguration(
                index: configuration.index, cacheDirectory: configuration.cacheDirectory, cacheLimit: ByteCount(.max),
                now: configuration.now)
        ) { await results.add($1) }
        guard let zip = try await results.value?.get() else {
            throw StrataError(.inconsistent, "the worker answered nothing")
        }
        _ = try await builder.client.unpack(
            UnpackOrder(zip: zip.path, sha256: zip.sha256, target: machine.target, folder: root, packages: []))
        return root
    }

    private actor Results {
        private(set) var value: Result<BuildOutcome, StrataError>?
        func add(_ result: Result<BuildOutcome, StrataError>) { value = result }
    }

    // MARK: - The wheel

    private func made(_ build: SourceBuild) async throws(StrataError) -> MadeWheel {
        let kept = "\(place.folder)/\(build.key)"
        if let known = SmallFile.read(MadeWheel.self, at: "\(kept).json"), known.isPure(source.package, source.version),
            access("\(kept).whl", R_OK) == 0
        {
            for kind in ["json", "whl"] { CacheTrim.markUsed("\(kept).\(kind)") }
            return known
        }
        let root = try await unpacked(build.tools)
        let first = try await wheel(.first, root)
        let second = try await wheel(.second, root)
        return try await builder.client.adopt(
            AdoptionOrder(
                package: source.package, version: source.version, target: machine.target,
                names: [first.name, second.name], paths: [first.path, second.path], destination: kept), place)
    }

    private func wheel(
        _ circumstances: Circumstances, _ root: String
    ) async throws(StrataError) -> (name: String, path: String) {
        struct Answer: Decodable {
            let wheel: String
        }
        let most = 2 + Int(WheelAdoption.largest.bytes / (45 << 10))
        let lines = try await run("wheel", circumstances, root, most: most)
        guard let line = lines.first, let answer = try? JSONDecoder().decode(Answer.self, from: Data(line)) else {
            throw StrataError(.unbuildable, "the back-end made no wheel")
        }
        let path = "\(folder)/\(circumstances.rawValue).whl"
        var bytes: [UInt8] = []
        for line in lines.dropFirst() {
            guard let part = Data(base64Encoded: Data(line)) else {
                throw StrataError(.unbuildable, "the back-end's wheel cannot be read")
            }
            bytes += part
        }
        try AtomicFile.write(bytes, to: path)
        return (answer.wheel, path)
    }

    /// What two builds differ in, so that what depends on it shows.
    private enum Circumstances: String {
        case first, second

        /// Folder, the files' date, the order of unpacking.
        var arguments: [String] {
            switch self {
            case .first: ["/tmp/build", "1000000000", "forwards"]
            case .second: ["/tmp/another/place/of/work", "1500000000", "backwards"]
            }
        }

        var environment: [String: String] {
            switch self {
            case .first: ["TZ": "UTC0", "LC_ALL": "C.UTF-8", "PYTHONHASHSEED": "1", "HOME": "/tmp/home"]
            // Half a day ahead: another date for half of the day.
            case .second: ["TZ": "AHEAD-12:30", "LC_ALL": "C", "PYTHONHASHSEED": "4242", "HOME": "/tmp/other"]
            }
        }
    }

    private func run(
        _ hook: String, _ circumstances: Circumstances, _ tools: String, most: Int
    ) async throws(StrataError) -> [[UInt8]] {
        let own = "\(folder)/root-\(hook)-\(circumstances.rawValue)"
        try Folder.make(own, mode: 0o755)
        let archive = "/var/task/\(source.fileName)"
        let confinement = RuntimeRoot(machine.interpreter, for: machine.target).confinement(
            of: [
                .init(source: tools, path: "/opt"),
                .init(source: source.path(in: place), path: archive),
            ], folder: own, program: try EmbeddedFile.at("probe/sdist.py").text,
            arguments: [hook, archive] + circumstances.arguments + [source.backend] + source.paths,
            environment: Self.environment.merging(circumstances.environment) { $1 })
        return try await builder.run(confinement, most: most)
    }

    private static let environment = [
        "PATH": "/var/lang/bin:/bin:/sbin:/opt/python/bin", "TMPDIR": "/tmp", "PYTHONPATH": "/opt/python",
        "PYTHONDONTWRITEBYTECODE": "1",
        // What everything in a layer is dated.
        "SOURCE_DATE_EPOCH": "315532800",
    ]
}

extension ResolverConfiguration {
    var sources: SourceConfiguration {
        SourceConfiguration(index: index, cacheDirectory: cacheDirectory, minimumAge: minimumAge, now: now)
    }
}
