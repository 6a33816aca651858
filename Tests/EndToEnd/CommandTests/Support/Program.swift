import FoundationEssentials
import Glibc
import Testing

/// The program under test, and what it may find in its environment.
enum Program {
    /// `STRATA_BINARY`, or else what was built last at the package's root.
    static func path() throws -> String {
        if let named = variables["STRATA_BINARY"] {
            try #require(
                FileManager.default.isExecutableFile(atPath: named),
                "STRATA_BINARY names \(named), which is not there: run 'make build', or 'make test-e2e' for everything")
            return named
        }
        let built = ["release", "debug"].map { "\(root)/.build/\($0)/strata" }
        return try #require(
            built.first { FileManager.default.isExecutableFile(atPath: $0) },
            "there is no strata to test: run 'make build', or 'make test-e2e' for everything")
    }

    /// The environment that every command starts from: how indexes and uv are reached, and nothing else of this user's.
    static var environment: [String: String] {
        variables.filter { name, _ in
            let names = ["PATH", "TMPDIR", "STRATA_UV", "SSL_CERT_FILE", "SSL_CERT_DIR", "CURL_CA_BUNDLE"]
            return names.contains(name) || name.hasPrefix("UV_") || name.lowercased().hasSuffix("_proxy")
        }
    }

    /// The Python that drives servers and reads zips: the tests' own, else the one on `PATH`.
    static var python: String { variables["STRATA_TEST_PYTHON"] ?? "python3" }

    static let variables = ProcessInfo.processInfo.environment

    /// The package's root.
    static let root = String(
        #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(5).joined(separator: "/"))

    /// Resolvers, wheels and pages that all tests of a process share, as runs on one machine do. Removed when the
    /// process ends.
    static let sharedCache: String = {
        atexit { try? FileManager.default.removeItem(atPath: Program.sharedCachePath) }
        return sharedCachePath
    }()

    private static let sharedCachePath =
        FileManager.default.temporaryDirectory.appending(path: "strata-e2e-cache-\(UUID().uuidString)").path
}
