/// How a wheel was made that no index has: from which source distribution, and with what.
public struct SourceBuild: Sendable, Hashable, Codable {
    /// The source distribution's name: `docopt-0.6.2.tar.gz`.
    public let fileName: String
    /// Where it was found; holds no credentials.
    public let url: String
    public let size: ByteCount?
    public let sha256: ContentDigest
    /// The back-end that made the wheel, as PEP 517 names it: `setuptools.build_meta`.
    public let backend: String
    /// All that the back-end needed, itself included. Sorted by package.
    public let tools: [LockedWheel]
    /// The whole version of the interpreter that ran it.
    public let python: String
    /// The way in which Strata builds. Raised when the same source distribution would be built otherwise.
    public let recipe: Int

    public static let currentRecipe = 1

    public init(
        fileName: String, url: String, size: ByteCount?, sha256: ContentDigest, backend: String, tools: [LockedWheel],
        python: String, recipe: Int = SourceBuild.currentRecipe
    ) {
        self.fileName = fileName
        self.url = url
        self.size = size
        self.sha256 = sha256
        self.backend = backend
        self.tools = tools.sorted { $0.package < $1.package }
        self.python = python
        self.recipe = recipe
    }

    /// Of all that the wheel's bytes may depend on.
    public var key: ContentDigest {
        let lines =
            ["strata sdist \(recipe)", "sdist \(fileName) \(sha256)", "python \(python)", "backend \(backend)"]
            + tools.map { "tool \($0.package) \($0.version) \($0.fileName) \($0.sha256)" }
        return .of(lines.joined(separator: "\n"))
    }

    /// With what it was built, for people: `Python 3.12.1, setuptools 80.9.0`.
    public var toolsText: String {
        (["Python \(python)"] + tools.map { "\($0.package) \($0.version)" }).joined(separator: ", ")
    }
}
