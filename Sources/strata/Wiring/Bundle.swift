import Files
import FoundationEssentials
import Glibc
import Packaging

/// The tools that come with the program: uv, a Python for uv to ask, and certificates.
///
/// They lie in `lib/strata` beside the program's `bin`, as its package and its archive have it, or at the root of the
/// zip that `make lambda` makes.
enum Bundle {
    private static let tools = ["STRATA_UV": "bin/uv", "STRATA_PYTHON": "bin/python3"]

    /// Sets the variables that name these elsewhere, as far as the files are there. What is set stays, and so do the
    /// machine's own certificates. Has to be called before there is a second thread.
    static func announce(environment: [String: String] = ProcessInfo.processInfo.environment) {
        let root = environment["LAMBDA_TASK_ROOT"] ?? beside
        for (name, file) in tools where access("\(root)/\(file)", X_OK) == 0 { setenv(name, "\(root)/\(file)", 0) }
        let brought = "\(root)/etc/ca-certificates.crt"
        if let file = Authorities.unlisted(orElse: brought) { setenv("SSL_CERT_FILE", file, 0) }
    }

    private static var beside: String { Path.parent(of: Path.parent(of: Host.path)) + "/lib/strata" }
}
