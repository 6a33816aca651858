import Model

/// The environment that uv gets: proxies, certificates and uv's settings for indexes, and nothing else.
enum UvEnvironment {
    private static let passed: Set<String> = [
        "PATH", "TMPDIR", "SSL_CERT_FILE", "SSL_CERT_DIR", "UV_HTTP_TIMEOUT", "UV_HTTP_RETRIES", "UV_INSECURE_HOST",
        "UV_SYSTEM_CERTS",
        "UV_NATIVE_TLS", "NETRC", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "http_proxy", "https_proxy",
        "all_proxy", "no_proxy",
    ]

    static func make(
        _ configuration: ResolverConfiguration, from environment: [String: String], home: String
    ) -> [String: String] {
        var result = environment.filter { passed.contains($0.key) || isIndexCredential($0.key) }
        // A private, empty home: no configuration and no keyring is found in it. Only netrc is carried over.
        result["HOME"] = home
        if result["NETRC"] == nil, let home = environment["HOME"], Program.isReadable("\(home)/.netrc") {
            result["NETRC"] = "\(home)/.netrc"
        }
        result["LANG"] = "C.UTF-8"
        result["UV_NO_CONFIG"] = "1"
        result["UV_PYTHON_DOWNLOADS"] = "never"
        result["UV_CACHE_DIR"] = environment["UV_CACHE_DIR"] ?? "\(configuration.cacheDirectory)/uv"
        if result["SSL_CERT_FILE"] == nil, result["SSL_CERT_DIR"] == nil { result["UV_SYSTEM_CERTS"] = "1" }
        // In the environment and not among the arguments, which everybody on the machine can read.
        let index = configuration.index
        if let url = index.defaultIndex { result["UV_DEFAULT_INDEX"] = url }
        if !index.extra.isEmpty { result["UV_INDEX"] = index.extra.joined(separator: " ") }
        if !index.findLinks.isEmpty { result["UV_FIND_LINKS"] = index.findLinks.joined(separator: ",") }
        if index.noIndex { result["UV_NO_INDEX"] = "1" }
        return result
    }

    /// `UV_INDEX_INTERNAL_USERNAME` and `…_PASSWORD`, for named indexes.
    static func isIndexCredential(_ name: String) -> Bool {
        name.hasPrefix("UV_INDEX_") && (name.hasSuffix("_USERNAME") || name.hasSuffix("_PASSWORD"))
    }
}
