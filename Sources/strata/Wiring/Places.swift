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
        let folder = try Self.cache(settings.cache.folder, environment)
        cache = folder
        builds = "\(folder)/builds"
        clone = "\(folder)/clones/\(ContentDigest.of(settings.git.remote.url).hex.prefix(16))"
    }

    /// The folder of the cache: the one that was named, the environment's, or the user's.
    /// - Throws: `configuration` if there is none.
    static func cache(_ named: String? = nil, _ environment: [String: String]) throws -> String {
        func variable(_ name: String) -> String? { environment[name].flatMap { $0.hasPrefix("/") ? $0 : nil } }
        let folder =
            named ?? variable("STRATA_CACHE") ?? variable("XDG_CACHE_HOME").map { "\($0)/strata" }
            ?? variable("HOME").map { "\($0)/.cache/strata" }
        guard let folder else {
            throw StrataError(
                .configuration, "there is no place for the cache: neither HOME nor XDG_CACHE_HOME is set",
                hint: "set 'cache: { folder: … }' or STRATA_CACHE")
        }
        return folder
    }
}
