import ArgumentParser
import Consuming
import FoundationEssentials
import HTTP
import Model

/// Where a consumer's command reads a registry; no AWS account and no configuration needed.
struct RegistryOptions: ParsableArguments {
    @Option(
        help: """
            The registry: an address that serves its main branch, or a checkout in a folder. STRATA_REGISTRY if not given.
            """)
    var registry: String?

    @Flag(help: "Do not cache answers.") var noCache = false

    func catalog() throws -> RegistryCatalog {
        let environment = ProcessInfo.processInfo.environment
        guard let place = registry ?? environment["STRATA_REGISTRY"], !place.isEmpty else {
            throw StrataError(
                .configuration, "no registry was named",
                hint: "pass --registry https://raw.githubusercontent.com/OWNER/NAME/main, or set STRATA_REGISTRY")
        }
        guard place.contains("://") else { return RegistryCatalog(.folder(place)) }
        let client = try HTTPClient(HTTPClient.Options(environment: environment))
        return RegistryCatalog(.web(place, client: client, cache: noCache ? nil : cacheFolder(environment)))
    }

    private func cacheFolder(_ environment: [String: String]) -> String? {
        let base =
            environment["STRATA_CACHE"] ?? environment["XDG_CACHE_HOME"].map { "\($0)/strata" }
            ?? environment["HOME"].map { "\($0)/.cache/strata" }
        return base.map { "\($0)/registries" }
    }
}
