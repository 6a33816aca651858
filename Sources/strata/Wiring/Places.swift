import Model
import Settings

/// Where Strata keeps what it can make again.
struct Places: Sendable {
    /// Wheels, pages, built zips: shared by runs and configurations.
    let cache: String
    /// Zips by their build key.
    var builds: String
    /// The cached clone of the registry.
    var clone: String

    /// - Throws: `configuration` if there is no home and no cache folder was named.
    init(_ settings: ProjectSettings, environment: [String: String]) throws {
        func named(_ variable: String) -> String? { environment[variable].flatMap { $0.hasPrefix("/") ? $0 : nil } }
        let folder =
            settings.cache.folder ?? named("STRATA_CACHE") ?? named("XDG_CACHE_HOME").map { "\($0)/strata" }
            ?? named("HOME").map { "\($0)/.cache/strata" }
        guard let folder else {
            throw StrataError(
                .configuration, "there is no place for the cache: neither HOME nor XDG_CACHE_HOME is set",
                hint: "set 'cache: { folder: … }' or STRATA_CACHE")
        }
        cache = folder
        builds = "\(folder)/builds"
        clone = "\(folder)/clones/\(ContentDigest.of(settings.git.remote.url).hex.prefix(16))"
    }
}
