import Model

/// The environment of a worker: what resolving and downloading need, and nothing else.
///
/// A list of what is allowed, not of what is forbidden: a credential that nobody thought of stays outside.
public enum WorkerEnvironment {
    private static let allowed: Set<String> = [
        "PATH", "LANG", "TMPDIR", "SSL_CERT_FILE", "SSL_CERT_DIR", "CURL_CA_BUNDLE",
        "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "all_proxy", "no_proxy",
        "UV_DEFAULT_INDEX", "UV_INDEX", "UV_INDEX_URL", "UV_EXTRA_INDEX_URL", "UV_FIND_LINKS", "UV_NO_INDEX",
        "UV_CACHE_DIR", "UV_HTTP_TIMEOUT", "UV_HTTP_RETRIES", "UV_INSECURE_HOST", "UV_SYSTEM_CERTS", "UV_NATIVE_TLS",
        "NETRC", "STRATA_UV",
    ]

    /// Those of the variables that a worker may have.
    ///
    /// The home folder is not among them. A netrc in it is named instead, since indexes may need it.
    public static func scrubbed(_ environment: [String: String]) -> [String: String] {
        var result = environment.filter { allowed.contains($0.key) || UvEnvironment.isIndexCredential($0.key) }
        if result["NETRC"] == nil, let home = environment["HOME"], Program.isReadable("\(home)/.netrc") {
            result["NETRC"] = "\(home)/.netrc"
        }
        // A crash prints registers otherwise.
        result["SWIFT_BACKTRACE"] = "enable=no"
        return result
    }
}
