import Model

/// What a request came to last time, and under which circumstances: as long as they hold, it would come to the same.
struct ResolveMemory: Sendable, Codable {
    let outcome: ResolveOutcome
    /// What the index said of every package that the resolver looked at.
    let pages: [PageMark]
    /// When the first of the releases that were too young is old enough.
    let nextMaturity: Timestamp?
    let resolved: Timestamp

    struct PageMark: Sendable, Codable {
        let package: PackageName
        let digest: ContentDigest
    }

    var packages: Set<PackageName> { Set(pages.map(\.package)) }

    /// Whether nothing can have changed, as far as digests and clocks tell.
    func holds(_ answers: [PackageName: ProjectIndex.Answer], now: Timestamp, refreshEvery: Duration) -> Bool {
        let isRecent = now < resolved + refreshEvery && now >= resolved
        let isMature = nextMaturity.map { now >= $0 } ?? false
        return isRecent && !isMature && pages.allSatisfy { answers[$0.package]?.digest == $0.digest }
    }

    /// Packages whose pages changed: uv must not take them from its own cache.
    func changed(_ answers: [PackageName: ProjectIndex.Answer]) -> Set<PackageName> {
        Set(pages.filter { answers[$0.package]?.digest != $0.digest }.map(\.package))
    }
}

/// Keeps the memories in files, by all that a resolve is asked with.
struct ResolveStore: Sendable {
    /// Raised when memories mean something else, or when a lock would be chosen otherwise.
    private static let format = 2
    private let folder: String
    private let circumstances: String

    init(_ configuration: ResolverConfiguration, uvVersion: String) {
        folder = "\(configuration.cacheDirectory)/resolves"
        circumstances = """
            format \(Self.format)
            uv \(uvVersion)
            age \(configuration.minimumAge.components.seconds)
            \(configuration.index.identity)
            """
    }

    func memory(of request: ResolveRequest, held: [LockedWheel]) -> ResolveMemory? {
        SmallFile.read(ResolveMemory.self, at: path(request, held))
    }

    func keep(_ memory: ResolveMemory, of task: ResolveTask) throws(StrataError) {
        try SmallFile.write(memory, at: path(task.request, task.held))
    }

    /// Layers that ask for the same share one memory.
    private func path(_ request: ResolveRequest, _ held: [LockedWheel]) -> String {
        var asked = ["target \(request.item.target)"] + request.requires.map { "requires \($0)" }
        if let lock = request.lock { asked.append("lock \(lock.path) \(lock.digest)") }
        asked += request.provided.map { "provided \($0)" } + held.map { "held \($0.package)==\($0.version)" }
        asked +=
            request.built.map { "built \($0.sha256) \($0.built?.key.hex ?? "")" } + request.sdists.map { "sdist \($0)" }
        let digest = ContentDigest.of(circumstances + "\n" + asked.joined(separator: "\n"))
        return "\(folder)/\(digest.hex.prefix(40)).json"
    }
}
