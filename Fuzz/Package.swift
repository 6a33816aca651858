// swift-tools-version: 6.2
import PackageDescription

// Apart from the project's own package, which must not pay for it. The modules are linked in by their folders, so that
// they are built with the fuzzer's instrumentation and seen with `package` access.

let instrumented: [SwiftSetting] = [
    .swiftLanguageMode(.v6), .enableUpcomingFeature("ExistentialAny"),
    .unsafeFlags(["-sanitize=fuzzer,address", "-parse-as-library"]),
]
let crypto: Target.Dependency = .product(name: "Crypto", package: "swift-crypto")
let cryptoExtras: Target.Dependency = .product(name: "CryptoExtras", package: "swift-crypto")

func module(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: instrumented)
}

let package = Package(
    name: "strata-fuzz",
    dependencies: [
        .package(url: "https://github.com/apple/swift-crypto", exact: "4.5.2"),
        .package(url: "https://github.com/jpsim/Yams", exact: "6.2.2"),
    ],
    targets: [
        .systemLibrary(name: "CCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
        .systemLibrary(name: "CGit2", pkgConfig: "libgit2", providers: [.apt(["libgit2-dev"])]),
        .systemLibrary(name: "CArchive", providers: [.apt(["libarchive-dev"])]),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        .systemLibrary(name: "CPosix"),
        .target(name: "CResources"),
        module("Model", ["CPosix", crypto]),
        module("Tasks", ["Model"]),
        module("Files", ["Model", "CPosix", crypto]),
        module("Settings", ["Model", "Files", .product(name: "Yams", package: "Yams")]),
        module("Embedded", ["Model", "CResources"]),
        module("Site", ["Model", "Embedded", crypto]),
        module("HTTP", ["Model", "CCurl", "CPosix"]),
        module("Wheels", ["Model", "Files", "Tasks", "CZlib", crypto]),
        module("Archives", ["Model", "Wheels", "CArchive"]),
        module("Git", ["Model", "Files", "HTTP", "Embedded", "CGit2", "CPosix", crypto, cryptoExtras]),
        module("Consuming", ["Model", "Files", "Tasks", "HTTP", crypto]),
        .executableTarget(
            name: "Fuzz",
            dependencies: ["Model", "Files", "Settings", "Site", "Wheels", "Archives", "Git", "Consuming"],
            swiftSettings: instrumented,
            linkerSettings: [.unsafeFlags(["-sanitize=fuzzer,address"])]
                + ["archive", "lzma", "zstd", "bz2", "nettle", "z"].map { .linkedLibrary(":lib\($0).a") }),
    ],
    cLanguageStandard: .gnu2x
)
