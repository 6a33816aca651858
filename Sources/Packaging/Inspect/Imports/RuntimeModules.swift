import Model

/// The modules that a target's Python has without any layer.
struct RuntimeModules {
    let python: PythonVersion
    private let standard: Set<String>?
    private let hasSetuptools: Bool
    private let leftOut: Set<String>
    private let elsewhere: Set<String>
    private let provided: Set<PackageName>

    /// - Parameters:
    ///   - hasSetuptools: whether the layer has it.
    ///   - brought: what wheels bring at the top. What of it is not in the layer was left out on purpose.
    ///   - elsewhere: what the layers bring at the top that it is used with.
    ///   - provided: packages that the maintainer says the runtime brings.
    init(
        _ python: PythonVersion, hasSetuptools: Bool, brought: Set<String>, elsewhere: Set<String> = [],
        provided: [PackageName] = []
    ) {
        self.elsewhere = elsewhere
        self.provided = Set(provided)
        self.python = python
        standard = StandardLibrary.modules(of: python)
        self.hasSetuptools = hasSetuptools
        leftOut = brought
    }

    /// What Lambda's Python brings beside the standard library, and its own files.
    private static let brought: Set = [
        "boto3", "botocore", "s3transfer", "jmespath", "dateutil", "six", "urllib3", "snapshot_restore_py",
        "awslambdaric", "runtime_client", "bootstrap", "__main__", "test",
    ]

    /// The packages that Lambda's Python brings.
    static let packages: Set = [
        "boto3", "botocore", "s3transfer", "jmespath", "python-dateutil", "six", "urllib3", "snapshot-restore-py",
    ]

    /// Whether it is a module that Lambda's Python brings beside the standard library.
    static func brings(_ top: String) -> Bool { brought.contains(top) }

    func has(_ top: String) -> Bool {
        guard let standard else { return true }
        return standard.contains(top) || Self.brought.contains(top) || elsewhere.contains(top)
            || PackageName(top).map(provided.contains) ?? false
    }

    /// Whether a module that is missing may be there all the same.
    func mayHave(_ top: String) -> Bool {
        // Private modules differ from build to build.
        if top.hasPrefix("_") || leftOut.contains(top) { return true }
        // Python before 3.12 came with them, and a runtime may still have them.
        if ["setuptools", "pkg_resources", "pip", "wheel"].contains(top) { return python < PythonVersion(3, 12) }
        // setuptools gives it back, where its `.pth` file is read or it was imported.
        return top == "distutils" && hasSetuptools
    }

    /// Why a module is missing: `which Python has no longer since 3.12`.
    func reason(_ top: String) -> String {
        if leftOut.contains(top) { return "which was left out of the layer" }
        let older = (10..<max(10, python.minor)).reversed().first { minor in
            StandardLibrary.modules(of: PythonVersion(3, minor))?.contains(top) == true
        }
        if let older { return "which Python no longer has since 3.\(older + 1)" }
        if top == "pkg_resources" {
            return hasSetuptools
                ? "which the setuptools in the layer no longer brings (since 82)"
                : "which setuptools brought before 82, and nothing in the layer does"
        }
        return "which neither the layer nor Lambda's Python \(python) brings"
    }
}
