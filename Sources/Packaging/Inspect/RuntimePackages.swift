import Model

/// The packages that Lambda's Python brings beside the standard library.
///
/// Which ones: published copies of the runtime and its documentation ("Runtime-included SDK versions"), read in November
/// 2026. Of most versions nothing is known: AWS says that they depend on the runtime's version and the region.
struct RuntimePackages: Sendable {
    /// A version that was seen. Runtimes are updated, so it is the oldest that there may be.
    struct Seen: Sendable {
        let version: String
        let when: String
        let source: String
    }

    private let seen: [String: Seen]

    /// PEP 503's names.
    static let names: Set = [
        "boto3", "botocore", "s3transfer", "jmespath", "python-dateutil", "six", "urllib3", "snapshot-restore-py",
    ]

    init(_ python: PythonVersion) { seen = Self.table[python] ?? [:] }

    func seen(_ package: PackageName) -> Seen? { seen[package.text] }

    private static let table: [PythonVersion: [String: Seen]] = [
        PythonVersion(3, 10): sdk(
            boto3: "1.26.90", botocore: "1.29.90", "October 2023",
            "aws/aws-lambda-base-images#118, after Lambda's documentation"),
        PythonVersion(3, 11): sdk(
            boto3: "1.27.1", botocore: "1.30.1", "November 2023", "boto/botocore#3082, after Lambda's documentation"),
    ]

    private static func sdk(boto3: String, botocore: String, _ when: String, _ source: String) -> [String: Seen] {
        [
            "boto3": Seen(version: boto3, when: when, source: source),
            "botocore": Seen(version: botocore, when: when, source: source),
        ]
    }

    /// Whether what a runtime brings satisfies who asks.
    enum Answer {
        case yes
        /// Whatever it brings now is newer than what is asked for.
        case no(Seen)
        /// It depends on the version of today.
        case unknown(Seen?)
    }

    func answer(_ package: PackageName, _ specifiers: VersionSpecifiers?) -> Answer {
        guard let specifiers else { return .unknown(seen(package)) }
        guard let seen = seen(package), let oldest = PackageVersion(seen.version), let newest = PackageVersion("999999")
        else { return .unknown(nil) }
        if specifiers.contains(oldest) { return specifiers.contains(newest) ? .yes : .unknown(seen) }
        return specifiers.reaches(oldest) ? .no(seen) : .unknown(seen)
    }
}
