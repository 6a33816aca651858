import ArgumentParser
import Consuming
import Files
import FoundationEssentials
import Git
import HTTP
import Model

/// Where a consumer's command reads a registry; no AWS account and no configuration needed.
struct RegistryOptions: ParsableArguments {
    @Option(
        help: """
            The registry: an address that serves its main branch, the address of its site, or a checkout or a bare \
            clone in a folder. STRATA_REGISTRY if not given.
            """)
    var registry: String?

    @Flag(help: "Do not cache answers.") var noCache = false

    @Option(
        help: """
            A file of git's allowed signers: the registry must be a git repository, and the commit that is read be \
            signed by one of them. Files are then read from the commit, whatever is checked out.
            """, completion: .file())
    var allowedSigners: String?

    func catalog() async throws -> RegistryCatalog {
        let environment = ProcessInfo.processInfo.environment
        guard let place = registry ?? environment["STRATA_REGISTRY"], !place.isEmpty else {
            throw StrataError(
                .configuration, "no registry was named",
                hint: "pass --registry https://raw.githubusercontent.com/OWNER/NAME/main, or set STRATA_REGISTRY")
        }
        guard place.contains("://") else { return RegistryCatalog(try await folder(place)) }
        guard allowedSigners == nil else {
            throw StrataError(
                .configuration, "--allowed-signers needs a git repository, and '\(place)' is an address",
                hint: "clone the registry, and name the clone's folder")
        }
        let client = try HTTPClient(HTTPClient.Options(environment: environment))
        return RegistryCatalog(.web(place, client: client, cache: noCache ? nil : cacheFolder(environment)))
    }

    /// A checkout is read as it lies there; a bare clone, and whatever must be signed, from its commit.
    private func folder(_ place: String) async throws -> RegistrySource {
        let isBare = FileManager.default.fileExists(atPath: "\(place)/objects")
        guard allowedSigners != nil || isBare else { return .folder(place) }
        let commit = try await CommitFiles.open(place)
        if let allowedSigners {
            try await commit.verify(AllowedSigners(try BoundedFile.text(allowedSigners, limit: .mebibytes(1))))
        }
        return RegistrySource(name: place) { try await commit.read($0) }
    }

    /// Refuses a registry that shows an earlier revision than one that was read here before.
    func requireNewest(_ catalog: RegistryCatalog, allowsOlder: Bool) async throws {
        guard let folder = cacheFolder(ProcessInfo.processInfo.environment) else { return }
        try await SeenRevisions(folder: "\(folder)/seen").check(catalog, allowsOlder: allowsOlder)
    }

    private func cacheFolder(_ environment: [String: String]) -> String? {
        let base =
            environment["STRATA_CACHE"] ?? environment["XDG_CACHE_HOME"].map { "\($0)/strata" }
            ?? environment["HOME"].map { "\($0)/.cache/strata" }
        return base.map { "\($0)/registries" }
    }
}
