import FoundationEssentials
import HTTP
import Model
import Packaging
import Testing

@Suite("What a target would load of a layer")
struct InspectionTests {
    typealias Release = LoopbackIndex.Release

    /// Builds `alpha`, from a catalogue in which it may ask for `beta` and `gamma`.
    private func build(
        _ catalogue: [String: [Release]], _ requirement: String = "alpha", target: String = "python3.12",
        options: BuildOptions = BuildOptions(), check: @escaping @Sendable (BuildOutcome) throws -> Void = { _ in }
    ) async throws {
        try await LoopbackIndex.run(catalogue) { index in
            try await BuildService.run { shop in
                let request = try request("layer", target, requirement)
                let resolver = shop.resolver(shop.configuration(.init(defaultIndex: index.simple)))
                let outcome = try #require(await resolver.resolve([request])[request.item])
                let order = BuildOrder(
                    item: request.item, buildNumber: 1, version: "1.0",
                    lock: try #require(outcome.resolved?.lock, "\(outcome)"), options: options,
                    requirements: [requirement], isNew: true)
                try check(try await Builder(cache: shop.cacheOfWheels()).build(order, into: "\(shop.folder)/zips"))
            }
        }
    }

    private func expectRefusal(
        _ code: StrataError.Code, _ texts: String..., of catalogue: [String: [Release]],
        requirement: String = "alpha", target: String = "python3.12", options: BuildOptions = BuildOptions(),
        at location: SourceLocation = #_sourceLocation
    ) async {
        do {
            try await build(catalogue, requirement, target: target, options: options)
            Issue.record("it was built", sourceLocation: location)
        } catch let error as StrataError {
            #expect(error.code == code && error.isRefusal, "\(error)", sourceLocation: location)
            for text in texts {
                #expect("\(error)".contains(text), "'\(error)' lacks '\(text)'", sourceLocation: location)
            }
        } catch {
            Issue.record(error, sourceLocation: location)
        }
    }

    // MARK: - The standard library

    private static let backport: [String: [Release]] = [
        "alpha": [Release(version: "1.0", requires: ["beta; python_version < '4'", "gamma; python_version < '3'"])],
        "beta": [Release(version: "2.0", requires: ["dataclasses"])],
        "gamma": [Release(version: "1.0", requires: ["dataclasses"])],
        "dataclasses": [Release(version: "0.6", files: ["dataclasses.py": "", "_json.abi3.so": "x"])],
    ]

    @Test("must not hide the standard library; the module, the package and what asked for it are named")
    func shadowing() async throws {
        await expectRefusal(
            .unbuildable, "dataclasses 0.6, which is asked for by beta 2.0, which is asked for by alpha 1.0",
            "modules '_json', 'dataclasses'", "Python 3.12", "'allow-shadowing: [_json, dataclasses]'",
            of: Self.backport)
        await expectRefusal(
            .unbuildable, "module 'dataclasses'", of: Self.backport, options: BuildOptions(allowShadowing: ["_json"]))
        try await build(Self.backport, options: BuildOptions(allowShadowing: ["dataclasses", "_json"]))
        try await build(Self.backport, options: BuildOptions(exclude: ["/dataclasses", "/dataclasses.py", "_json.*"]))
    }

    @Test("may bring what its Python has no more, tests, folders without __init__, and modules further down")
    func harmless() async throws {
        let files = [
            "distutils/__init__.py": "", "tests/__init__.py": "", "test/__init__.py": "", "json/data.txt": "",
            "alpha/typing.py": "", "email.txt": "",
        ]
        let catalogue = ["alpha": [Release(version: "1.0", files: files)]]
        try await build(catalogue)
        await expectRefusal(.unbuildable, "module 'distutils'", "Python 3.11", of: catalogue, target: "python3.11")
    }

    @Test(
        "must not bring what Python runs at every start", arguments: ["sitecustomize.py", "usercustomize/__init__.py"])
    func startup(path: String) async throws {
        let catalogue = ["alpha": [Release(version: "1.0", files: [path: "", "alpha/sitecustomize.py": ""])]]
        await expectRefusal(.badWheel, path, "every start", of: catalogue)
        try await build(catalogue, options: BuildOptions(exclude: ["/\(path)"]))
    }

    // MARK: - Machine code

    private static let arm = 183

    @Test("may hold programs and data for other machines, which is a remark")
    func foreignData() async throws {
        let alpha = Release(
            version: "1.0",
            elf: [
                "alpha/linux-x86_64/manager": .init(), "alpha/linux-arm64/manager": .init(machine: Self.arm),
                "alpha/linux-arm64/native.so": .init(machine: Self.arm, symbols: ["PyInit_native"]),
                "alpha/attach_linux.so": .init(machine: Self.arm), "alpha/test.ir": .init(machine: 0),
                "alpha/other.cpython-311-x86_64-linux-gnu.so": .init(machine: 3),
            ])
        for target in ["python3.12", "python3.12-arm64"] {
            try await build(["alpha": [alpha]], target: target) { built in
                #expect(built.remarks.count == 1, "\(built.remarks)")
                #expect(
                    built.remarks.first?.contains("alpha-1.0-py3-none-any.whl contains code that is not for") == true)
            }
        }
    }

    @Test(
        "must hold extension modules for its own machine only, unless they are left out",
        arguments: ["alpha/native.so", "native.abi3.so", "alpha/native.cpython-312-x86_64-linux-gnu.so"])
    func foreignExtension(path: String) async throws {
        let catalogue = [
            "alpha": [Release(version: "1.0", elf: [path: .init(machine: Self.arm, symbols: ["PyInit_native"])])]
        ]
        await expectRefusal(
            .unbuildable, "alpha-1.0", path, "is for aarch64, not for x86_64", "Python would load it", of: catalogue)
        try await build(catalogue, options: BuildOptions(exclude: ["native.*"])) { #expect($0.remarks.isEmpty) }
    }

    @Test("must hold what its extension modules need for its own machine, too")
    func foreignLibrary() async throws {
        func alpha(_ needed: String) -> [String: [Release]] {
            [
                "alpha": [
                    Release(
                        version: "1.0",
                        elf: [
                            "alpha/native.so": .init(
                                needed: ["libc.so.6", needed], runpath: "$ORIGIN/../alpha.libs",
                                symbols: ["PyInit_native"]),
                            "alpha.libs/libone.so.1": .init(needed: ["libtwo.so.2"], runpath: "$ORIGIN"),
                            "alpha.libs/libtwo.so.2": .init(machine: Self.arm),
                        ])
                ]
            ]
        }
        await expectRefusal(
            .unbuildable, "'alpha.libs/libtwo.so.2' is for aarch64", "'alpha.libs/libone.so.1' needs it",
            of: alpha("libone.so.1"))
        try await build(alpha("libz.so.1")) { #expect($0.remarks.count == 1) }
    }

    @Test("is told of libraries that neither the layer nor the runtime brings")
    func missingLibraries() async throws {
        let elf: [String: LoopbackIndex.Library] = [
            "alpha/native.abi3.so": .init(
                needed: ["libGL.so.1", "libz.so.1", "libown.so"], runpath: "$ORIGIN", symbols: ["PyInit_native"]),
            "alpha/libown.so": .init(needed: ["libgomp.so.1"]),
        ]
        let catalogue = ["alpha": [Release(version: "1.0", elf: elf)]]
        try await build(catalogue) { built in
            #expect(built.remarks.count == 1, "\(built.remarks)")
            #expect(built.remarks.first?.contains("'alpha/native.abi3.so' and 1 more of alpha-1.0") == true)
            #expect(built.remarks.first?.contains("needs libGL.so.1, libgomp.so.1, which neither") == true)
        }
        // What Amazon Linux 2 brings is not known.
        try await build(catalogue, target: "python3.11") { #expect($0.remarks.isEmpty) }
    }

    // MARK: - Files

    @Test("takes the preferred package's side")
    func preference() async throws {
        let catalogue: [String: [Release]] = [
            "alpha": [
                Release(version: "1.0", requires: ["beta"], files: ["testing/a.py": "1", "requirements.txt": "x"])
            ],
            "beta": [Release(version: "1.0", files: ["testing/a.py": "2"])],
        ]
        await expectRefusal(
            .unbuildable, "alpha-1.0-py3-none-any.whl and beta-1.0-py3-none-any.whl", "'testing/a.py'", "prefer",
            "drop-conflicts", "exclude", of: catalogue)
        let beta = try #require(PackageName("beta"))
        try await build(catalogue, options: BuildOptions(prefer: [.init("testing/*", beta)]))
    }

    @Test("is refused with a wrong RECORD, and taken where that release is allowed to have one")
    func records() async throws {
        let catalogue = ["alpha": [Release(version: "1.0", lying_record: true)]]
        await expectRefusal(
            .badWheel, "alpha-1.0-py3-none-any.whl", "does not match its digest in RECORD",
            "'allow-record: [alpha==1.0]'",
            of: catalogue)
        let alpha = try #require(PackageName("alpha"))
        await expectRefusal(
            .badWheel, "RECORD", of: catalogue, options: BuildOptions(allowRecord: [.init(alpha, "1.1")]))
        try await build(catalogue, options: BuildOptions(allowRecord: [.init(alpha, "1.0.0")])) { built in
            #expect(built.remarks.count == 1 && built.remarks.first?.contains("wrong RECORD, as allowed") == true)
        }
    }
}
