import Files
import Model

/// The resolver: https://docs.astral.sh/uv/. Run as a child with nothing of the environment but what is listed here.
package struct Uv: Sendable {
    package let path: String
    /// As `0.13.9`.
    package let version: String
    let python: String?
    /// The whole environment of every run.
    let environment: [String: String]
    /// Empty: uv finds no configuration and no project in it.
    let workFolder: String
    let deadline: Duration

    /// Finds uv and asks for its version.
    /// - Parameter environment: what to take proxies, certificates and uv's own settings from.
    /// - Throws: `tool` with what to install if there is none, or if it does not answer.
    package init(
        _ configuration: ResolverConfiguration, environment: [String: String], workFolder: String
    ) async throws(StrataError) {
        let searchPath = environment["PATH"] ?? Self.searchPath
        guard let path = configuration.uv ?? Program.find("uv", on: searchPath) else {
            throw StrataError(
                .tool, "uv, which resolves requirements, was not found on PATH",
                hint:
                    "install it with 'pip install uv' or from https://docs.astral.sh/uv/, or set STRATA_UV to its path")
        }
        guard Program.isExecutable(path) else {
            throw StrataError(.tool, "uv cannot be run at '\(path)'", hint: "set STRATA_UV to uv's path")
        }
        let passed = UvEnvironment.make(configuration, from: environment, home: workFolder)
        let answer = try await Program.run(
            path, ["--version"], environment: passed, workFolder: workFolder, deadline: .seconds(30))
        let words = answer.output.split(whereSeparator: \.isWhitespace)
        guard answer.status == 0, words.count >= 2, words[0] == "uv", PackageVersion(String(words[1])) != nil else {
            throw StrataError(.tool, "'\(path)' is not uv: it does not print its version")
        }
        version = String(words[1])
        self.path = path
        python = configuration.python ?? Program.find("python3", on: searchPath)
        self.environment = passed
        self.workFolder = workFolder
        deadline = configuration.deadline
    }

    /// Where programs are if nothing says so.
    static let searchPath = "/usr/local/bin:/usr/bin:/bin"

    /// What a run came to.
    package enum Answer: Sendable {
        /// The text of a `pylock.toml`, and what uv warned of.
        case locked(String, [UvWarning])
        /// A release asks for something by its address, which no layer can have; the release and the dependency.
        case addressDependency(asking: String, dependency: String)
        /// No set of wheels satisfies the requirements; uv's own words.
        case unsatisfiable(String)
        /// The index could not be asked, or uv itself failed.
        case failed(String)
    }

    /// Resolves requirements to a lock.
    /// - Parameters:
    ///   - refresh: packages whose pages uv must not take from its cache.
    ///   - limits: what else holds.
    /// - Returns: the answer, and the packages whose pages uv looked at on its way.
    func compile(
        _ requirements: [Requirement], on platform: ResolvePlatform, age: AgeLimit, refresh: Set<PackageName>,
        limits: ResolveLimits
    ) async throws(StrataError) -> (answer: Answer, visited: Set<PackageName>) {
        var arguments = [
            "pip", "compile", "-", "--no-config", "--only-binary", ":all:", "--format", "pylock.toml", "--no-header",
            "--python-platform", platform.name, "--python-version", "\(platform.target.python)",
            "--index-strategy", "first-index", "--no-progress", "--color", "never", "--verbose",
        ]
        if let python { arguments += ["--python", python] }
        if let cutoff = age.cutoff { arguments += ["--exclude-newer", cutoff.description] }
        if limits.hasAll { arguments.append("--no-deps") }
        if !limits.pins.isEmpty { arguments += ["--constraint", try note(limits.pins.map { "\($0)\n" }.joined())] }
        // What a marker that never holds says of a package holds wherever somebody asks for it: nobody gets it.
        if !limits.without.isEmpty {
            let never = limits.without.sorted().map { "\($0) ; python_version < '0'\n" }.joined()
            arguments += ["--override", try note(never)]
        }
        for package in refresh.sorted() { arguments += ["--refresh-package", package.text] }
        if environment["UV_NO_INDEX"] != nil { arguments.append("--no-index") }
        var environment = environment
        if let links = limits.links {
            environment["UV_FIND_LINKS"] = [environment["UV_FIND_LINKS"], links].compactMap(\.self).joined(
                separator: ",")
        }
        let result = try await Program.run(
            path, arguments, input: requirements.map { "\($0)\n" }.joined(), environment: environment,
            workFolder: workFolder, deadline: deadline)
        let log = UvLog(result.errors)
        switch result.status {
        case 0: return (.locked(result.output, log.warnings), log.visited)
        case 1 where log.saysUnsatisfiable: return (.unsatisfiable(log.message), log.visited)
        default:
            if let found = log.addressDependency {
                return (.addressDependency(asking: found.asking, dependency: found.dependency), log.visited)
            }
            return (.failed(log.message.isEmpty ? "uv ended with status \(result.status)" : log.message), log.visited)
        }
    }

    /// A file that only this run reads.
    private func note(_ text: String) throws(StrataError) -> String {
        let path = "\(workFolder)/\(ContentDigest.of(text).hex.prefix(32)).txt"
        do {
            try AtomicFile.write(text.utf8, to: path)
        } catch {
            throw StrataError.wrapping(error, .file, "a temporary file cannot be written")
        }
        return path
    }
}

/// What holds in a resolve beside its requirements.
struct ResolveLimits: Sendable {
    /// Whether the requirements are all that is wanted: then nothing is taken for their own requirements.
    var hasAll = false
    /// The only versions of packages that are taken, if these are.
    var pins: [PinnedPackage] = []
    /// Packages that nobody gets, whoever asks for them.
    var without: Set<PackageName> = []
    /// A folder with more wheels.
    var links: String?
}
