import FoundationEssentials

/// What lies beside the program in the zip that `make lambda` makes.
enum Bundle {
    /// Where the tools and certificates of the bundle are, as the variables that name them elsewhere. What is set stays.
    private static let files = [
        "STRATA_UV": "bin/uv", "STRATA_PYTHON": "python/bin/python3", "SSL_CERT_FILE": "etc/ca-certificates.crt",
    ]

    /// An environment with the bundle's own files, as far as they are there.
    static func completing(_ environment: [String: String]) -> [String: String] {
        guard let root = environment["LAMBDA_TASK_ROOT"] else { return environment }
        let found = files.mapValues { "\(root)/\($0)" }.filter { FileManager.default.fileExists(atPath: $0.value) }
        return environment.merging(found) { given, _ in given }
    }
}
