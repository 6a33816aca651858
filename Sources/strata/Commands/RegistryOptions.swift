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
            A file of allowed signers, as 'strata keys show --allowed-signers' prints them. Of a git repository, the commit \
            that is read must be signed by one of them, and files are read from it, whatever is checked out. Of an address, \
            the checkpoint must be, and each file be what it says.
            """, completion: .file())
    var allowedSigners: String?

    func catalog() async throws -> RegistryCatalog {
        let environment = ProcessInfo.processInfo.environment
        let place = try place()
        guard place.contains("://") else { return RegistryCatalog(try await folder(place)) }
        let source = try web(place, environment)
        guard allowedSigners != nil else { return RegistryCatalog(source) }
        guard let trusted = try await trust(in: source, allowsOlder: true).check() else {
            return RegistryCatalog(source)
        }
        return RegistryCatalog(RegistrySource(trusted.files, name: source.name))
    }

    /// The registry as it lies there, checked or not: what 'verify' begins with.
    func place() throws -> String {
        guard let place = registry ?? ProcessInfo.processInfo.environment["STRATA_REGISTRY"], !place.isEmpty else {
            throw StrataError(
                .configuration, "no registry was named",
                hint: "pass --registry https://raw.githubusercontent.com/OWNER/NAME/main, or set STRATA_REGISTRY")
        }
        return place
    }

    func web(_ place: String, _ environment: [String: String]) throws -> RegistrySource {
        let client = try HTTPClient(HTTPClient.Options(environment: environment))
        return .web(place, client: client, cache: noCache ? nil : cacheFolder(environment))
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

    func cacheFolder(_ environment: [String: String]) -> String? {
        let base =
            environment["STRATA_CACHE"] ?? environment["XDG_CACHE_HOME"].map { "\($0)/strata" }
            ?? environment["HOME"].map { "\($0)/.cache/strata" }
        return base.map { "\($0)/registries" }
    }
}
