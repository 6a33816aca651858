// swift-tools-version: 6.2
import PackageDescription

/// Every target of the project builds with the same rules: Swift 6, strict concurrency, warnings as errors.
let rules: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .treatAllWarnings(as: .error),
]

/// A library target in `Sources/NAME`.
func module(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: rules)
}

/// A test target in `Tests/TIER/NAME`.
func tests(_ tier: String, _ name: String, _ dependencies: [Target.Dependency], exclude: [String] = []) -> Target {
    .testTarget(
        name: name, dependencies: dependencies, path: "Tests/\(tier)/\(name)", exclude: exclude, swiftSettings: rules)
}

let crypto: Target.Dependency = .product(name: "Crypto", package: "swift-crypto")
let cryptoExtras: Target.Dependency = .product(name: "CryptoExtras", package: "swift-crypto")
let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")
let subprocess: Target.Dependency = .product(name: "Subprocess", package: "swift-subprocess")

let package = Package(
    name: "strata",
    products: [.executable(name: "strata", targets: ["strata"])],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
        .package(url: "https://github.com/apple/swift-log", exact: "1.16.2"),
        .package(url: "https://github.com/apple/swift-crypto", exact: "4.5.2"),
        .package(url: "https://github.com/groue/GRDB.swift", exact: "7.10.0"),
        .package(url: "https://github.com/jpsim/Yams", exact: "6.2.2"),
        .package(url: "https://github.com/swiftlang/swift-subprocess", exact: "1.0.2"),
        .package(url: "https://github.com/hummingbird-project/swift-mustache", exact: "2.1.1"),
    ],
    targets: [
        // C libraries: module maps and shims only; and the files that are part of the program.
        .systemLibrary(name: "CCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
        .systemLibrary(name: "CGit2", pkgConfig: "libgit2", providers: [.apt(["libgit2-dev"])]),
        // Linked as an archive, with what it needs: a library of its own would bring XML and Unicode's tables along.
        .systemLibrary(name: "CArchive", providers: [.apt(["libarchive-dev"])]),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        .systemLibrary(name: "CPosix"),
        .target(name: "CResources"),

        // The words, and what is pure.
        module("Model", ["CPosix", crypto]),
        module("Tasks", ["Model"]),
        module("Files", ["Model", "CPosix", crypto]),
        module("Planning", ["Model"]),
        module("Settings", ["Model", "Files", .product(name: "Yams", package: "Yams")]),
        module("Embedded", ["Model", "CResources"]),
        module("Site", ["Model", "Embedded", crypto]),

        // What reaches outside: infrastructure and adapters; none imports another.
        module("HTTP", ["Model", "CCurl", "CPosix"]),
        module("Wheels", ["Model", "Files", "Tasks", "CZlib", crypto]),
        .target(
            name: "Archives", dependencies: ["Model", "Wheels", "CArchive"], swiftSettings: rules,
            linkerSettings: ["archive", "lzma", "zstd", "bz2", "nettle", "z"].map { .linkedLibrary(":lib\($0).a") }),
        module(
            "Packaging",
            ["Model", "Files", "Tasks", "HTTP", "Wheels", "Archives", "Embedded", "CPosix", crypto, subprocess]),
        module("AWS", ["Model", "Files", "Tasks", "HTTP", "CPosix", "CZlib", crypto, subprocess]),
        module(
            "Local",
            ["Model", "Files", "Tasks", "CPosix", crypto, subprocess, .product(name: "GRDB", package: "GRDB.swift")]),
        module("Vault", ["Model", "HTTP"]),
        module("Git", ["Model", "Files", "HTTP", "Embedded", "CGit2", "CPosix", crypto, cryptoExtras]),

        // What a run does, and what its readers do.
        module("Publishing", ["Model", "Planning", "Tasks", "Site", logging]),
        module("Consuming", ["Model", "Files", "Tasks", "HTTP", crypto]),
        module("Fleet", ["Model", "HTTP", "Planning", "Tasks", "Publishing"]),
        module("Notifying", ["Model", "HTTP", "Tasks", "Publishing", subprocess]),

        // The commands and the wiring: the only target that sees all.
        .executableTarget(
            name: "strata",
            dependencies: [
                "Model", "Planning", "Settings", "Site", "HTTP", "Wheels", "Packaging", "AWS", "Local", "Vault", "Git",
                "Publishing", "Consuming", "Fleet", "Notifying", "Files", "Tasks", "Embedded", "CPosix", crypto,
                logging, subprocess,
                .product(name: "Yams", package: "Yams"),
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: rules),

        // Tests, by tier.
        .target(
            name: "Contracts", dependencies: ["Model"], path: "Tests/Contracts", swiftSettings: rules),
        tests("Unit", "ArchitectureTests", []),
        .executableTarget(
            name: "packaging-worker", dependencies: ["Packaging"], path: "Tests/Support/Worker", swiftSettings: rules),
        .executableTarget(
            name: "strata-bench", dependencies: ["Model", "Wheels", "AWS", "HTTP", crypto],
            path: "Benchmarks/StrataBench",
            swiftSettings: rules),
        tests("Unit", "ModelTests", ["Model", "Contracts"]),
        tests("Unit", "FilesTests", ["Model", "Files", "Contracts"]),
        tests("Unit", "TasksTests", ["Model", "Tasks"]),
        tests("Unit", "PlanningTests", ["Model", "Planning", "Contracts"]),
        tests("Unit", "SettingsTests", ["Model", "Settings", .product(name: "Yams", package: "Yams")]),
        tests("Unit", "WheelsTests", ["Model", "Files", "Wheels", "CZlib", crypto]),
        tests("Unit", "ArchivesTests", ["Model", "Wheels", "Archives"]),
        tests("Unit", "PackagingTests", ["Model", "HTTP", "Packaging", "Wheels", "Contracts", crypto]),
        tests(
            "Unit", "LocalTests", ["Model", "Local", "Contracts", .product(name: "GRDB", package: "GRDB.swift")]),
        tests("Unit", "ConsumingTests", ["Model", "Consuming", "HTTP", "Site", "Local", "Contracts"]),
        .target(
            name: "SampleSite", dependencies: ["Model", "Site"], path: "Tests/Support/SampleSite", swiftSettings: rules),
        .executableTarget(
            name: "site-bench", dependencies: ["Model", "Files", "Site", "SampleSite"], path: "Benchmarks/SiteBench",
            swiftSettings: rules),
        tests(
            "Unit", "SiteTests",
            ["Model", "Site", "SampleSite", .product(name: "Mustache", package: "swift-mustache")]),
        tests(
            "Unit", "AWSTests", ["Model", "AWS", "HTTP", crypto, .product(name: "Yams", package: "Yams")],
            exclude: ["Resources"]),
        tests("Unit", "PublishingTests", ["Model", "Planning", "Publishing", "Site", "Local"]),
        tests("Integration", "HTTPTests", ["Model", "HTTP"]),
        tests("Integration", "AWSServerTests", ["Model", "AWS", "HTTP", "Local", "Vault", "Consuming", "Contracts"]),
        tests(
            "Integration", "IndexTests",
            ["Model", "HTTP", "Wheels", "Packaging", "packaging-worker", crypto, subprocess]),
        .executableTarget(
            name: "git-worker", dependencies: ["Git"], path: "Tests/Support/GitWorker", swiftSettings: rules),
        .executableTarget(
            name: "git-bench", dependencies: ["Model", "Git"], path: "Benchmarks/GitBench", swiftSettings: rules),
        .executableTarget(
            name: "decade-bench", dependencies: ["Model", "Planning", "Files", "Local", "Git", "Site", "Publishing"],
            path: "Benchmarks/DecadeBench", swiftSettings: rules),
        tests(
            "Integration", "GitTests", ["Model", "Git", "Publishing", "Embedded", "Contracts", "git-worker", crypto]),
        .executableTarget(
            name: "runtime-worker", dependencies: ["Fleet", "HTTP", "Model"], path: "Tests/Support/RuntimeWorker",
            swiftSettings: rules),
        tests(
            "Integration", "FleetTests",
            ["Model", "Fleet", "HTTP", "Local", "Publishing", "Contracts", "runtime-worker"]),
        tests(
            "EndToEnd", "CommandTests", ["Model", "HTTP", "Local", "decade-bench", subprocess], exclude: ["Fixtures"]),
    ],
    // C23 has #embed.
    cLanguageStandard: .gnu2x
)

// For a build with the thread sanitizer: only the test targets that are named, and what these need, with a Mutex that it sees.
if let chosen = Context.environment["STRATA_TEST_TARGETS"] {
    func names(_ dependency: Target.Dependency) -> String? {
        if case .byNameItem(let name, _) = dependency { name } else { nil }
    }
    let targets = Dictionary(uniqueKeysWithValues: package.targets.map { ($0.name, $0) })
    var needed: Set<String> = []
    var open = chosen.split(separator: " ").map(String.init)
    while let name = open.popLast() {
        if needed.insert(name).inserted { open += targets[name]?.dependencies.compactMap(names) ?? [] }
    }
    package.targets.removeAll { !needed.contains($0.name) }
    package.products.removeAll()
    for target in package.targets where target.swiftSettings != nil {
        target.dependencies.append("SanitizedLocks")
        target.swiftSettings?.append(.unsafeFlags(["-module-alias", "Synchronization=SanitizedLocks"]))
    }
    package.targets.append(
        .target(name: "SanitizedLocks", path: "Tests/Support/SanitizedLocks", swiftSettings: rules))
}
