// swift-tools-version: 6.2
import PackageDescription

// Apart from the project's own package, which must not pay for it. The modules are linked in by their folders, so that
// they are built with the fuzzer's instrumentation and seen with `package` access.

let instrumented: [SwiftSetting] = [
    .swiftLanguageMode(.v6), .enableUpcomingFeature("ExistentialAny"),
    .unsafeFlags(["-sanitize=fuzzer,address", "-parse-as-library"]),
]
let crypto: Target.Dependency = .product(name: "Crypto", package: "swift-crypto")

let package = Package(
    name: "strata-fuzz",
    dependencies: [.package(url: "https://github.com/apple/swift-crypto", exact: "4.5.2")],
    targets: [
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        .systemLibrary(name: "CPosix"),
        .target(name: "Model", dependencies: ["CPosix", crypto], swiftSettings: instrumented),
        .target(name: "Tasks", dependencies: ["Model"], swiftSettings: instrumented),
        .target(name: "Wheels", dependencies: ["Model", "Tasks", "CZlib", crypto], swiftSettings: instrumented),
        .executableTarget(
            name: "FuzzWheels", dependencies: ["Model", "Wheels"], swiftSettings: instrumented,
            linkerSettings: [.unsafeFlags(["-sanitize=fuzzer,address"])]),
    ]
)
