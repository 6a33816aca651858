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
        options: BuildOptions = BuildOptions(), checks: Checks = Checks(), isNew: Bool = true,
        without left: String? = nil,
        check: @escaping @Sendable (BuildOutcome) throws -> Void = { _ in }
    ) async throws {
        try await LoopbackIndex.run(catalogue) { index in
            try await BuildService.run { shop in
                let request = try request("layer", target, requirement)
                let resolver = shop.resolver(shop.configuration(.init(defaultIndex: index.simple)))
                let outcome = try #require(await resolver.resolve([request])[request.item])
                let lock = try #require(outcome.resolved?.lock, "\(outcome)")
                let order = BuildOrder(
                    item: request.item, buildNumber: 1, version: "1.0",
                    lock: Lock(target: lock.target, wheels: lock.wheels.filter { $0.package.text != left }),
                    options: options,
                    requirements: [requirement], checks: checks, isNew: isNew)
                let builder = Builder(cache: shop.cacheOfWheels())
                try check(try await builder.build(order, into: "\(shop.folder)/zips"))
                // A zip that is there already says the same.
                try check(try await builder.build(order, into: "\(shop.folder)/zips"))
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
            .unbuildable, "dataclasses 0.6, which is required by beta 2.0, which is required by alpha 1.0",
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
        await expectRefusal(.badWheel, path, "whenever a function", of: catalogue)
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
                let foreign = built.findings.filter { $0.rule == .machine }
                #expect(foreign.count == 1 && foreign.first?.verdict == .note, "\(built.findings)")
                #expect(
                    foreign.first?.message.contains("alpha-1.0-py3-none-any.whl brings code that is not for") == true)
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
        try await build(catalogue, options: BuildOptions(exclude: ["native.*"])) { #expect($0.findings.isEmpty) }
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
        try await build(alpha("libz.so.1")) { #expect($0.findings.map(\.rule) == [.machine]) }
    }

    @Test("is told of libraries that neither the layer nor the runtime brings, whatever needs them")
    func missingLibraries() async throws {
        let elf: [String: LoopbackIndex.Library] = [
            "alpha/native.abi3.so": .init(
                needed: ["libGL.so.1", "libz.so.1", "libown.so"], runpath: "$ORIGIN", symbols: ["PyInit_native"]),
            "alpha/libown.so": .init(needed: ["libgomp.so.1"]),
        ]
        let catalogue = ["alpha": [Release(version: "1.0", files: ["alpha/__init__.py": ""], elf: elf)]]
        try await build(catalogue) { built in
            #expect(built.findings.map(\.verdict) == [.warning], "\(built.findings)")
            #expect(built.findings[0].message.contains("'alpha/native.abi3.so' and 1 more of alpha-1.0"))
            #expect(built.findings[0].message.contains("needs libGL.so.1, libgomp.so.1, which neither"))
        }
        // Amazon Linux 2 may bring the second.
        try await build(catalogue, target: "python3.11") { built in
            #expect(built.findings[0].message.contains("needs libGL.so.1, which neither"), "\(built.findings)")
        }
    }

    // MARK: - What is imported

    /// Of a package whose module imports an extension module, or tries to.
    private static func importing(_ source: String, _ library: LoopbackIndex.Library) -> [String: [Release]] {
        [
            "alpha": [
                Release(
                    version: "1.0", files: ["alpha/__init__.py": source, "alpha/_pure.py": ""],
                    elf: ["alpha/_native.abi3.so": library])
            ]
        ]
    }
    private static let broken = LoopbackIndex.Library(needed: ["libGL.so.1"], symbols: ["PyInit__native"])

    @Test("is held if its package imports what cannot be loaded, and taken if somebody says why")
    func holding() async throws {
        let catalogue = Self.importing("from . import _native\n", Self.broken)
        await expectRefusal(
            .unbuildable, "'alpha' of alpha 1.0 cannot be imported", "'alpha/_native.abi3.so' needs libGL.so.1",
            "waive: { missing-library: why }", of: catalogue)
        try await build(catalogue, checks: Checks(waive: [.missingLibrary: "ours"])) { built in
            #expect(built.findings.map(\.verdict) == [.error] && built.findings[0].waived == "ours")
        }
        try await build(catalogue, checks: Checks(hold: false)) { built in
            #expect(built.findings.map(\.verdict) == [.error] && built.findings[0].waived == nil)
        }
        // It was published once: its bytes are made again.
        try await build(catalogue, isNew: false) { #expect($0.findings.map(\.verdict) == [.error]) }
    }

    @Test("is held for versions of symbols that no runtime has, and warned of those that only some have")
    func symbolVersions() async throws {
        func alpha(_ version: String, of library: String = "libstdc++.so.6") -> [String: [Release]] {
            Self.importing(
                "from . import _native\n",
                .init(
                    needed: [library], runpath: "$ORIGIN", symbols: ["PyInit__native"], versions: [[library, version]]))
        }
        await expectRefusal(
            .unbuildable, "'alpha/_native.abi3.so' needs GLIBCXX_3.4.99 of libstdc++.so.6, which Lambda's Python 3.12",
            of: alpha("GLIBCXX_3.4.99"))
        await expectRefusal(.unbuildable, "GLIBCXX_3.4.25", of: alpha("GLIBCXX_3.4.25"), target: "python3.11")
        await expectRefusal(.unbuildable, "version 2.99 of the GNU C library", of: alpha("GLIBC_2.99"))
        for (version, count) in [("GLIBCXX_3.4.29", 0), ("GLIBCXX_3.4.31", 1), ("CXXABI_1.3.15", 1), ("OWN_9.9", 0)] {
            try await build(alpha(version)) { built in
                #expect(built.findings.count == count && built.findings.allSatisfy { $0.verdict == .warning })
                #expect(built.findings.allSatisfy { $0.rule == .symbolVersions }, "\(built.findings)")
            }
        }
        // The layer's own library stays behind the runtime's, which has older symbols.
        let bundled = LoopbackIndex.Library(
            needed: ["libssl.so.3"], runpath: "$ORIGIN", symbols: ["PyInit__native"],
            versions: [["libssl.so.3", "OPENSSL_3.2.0"]])
        var catalogue = Self.importing("from . import _native\n", bundled)
        catalogue["alpha"]?[0].elf["alpha/libssl.so.3"] = .init()
        try await build(catalogue) { built in
            #expect(built.findings.map(\.rule) == [.symbolVersions, .hiddenLibrary], "\(built.findings)")
        }
        // Nothing is said where the layer's own comes first.
        catalogue["alpha"]?[0].elf["alpha/_native.abi3.so"]?.needed = ["libown.so"]
        catalogue["alpha"]?[0].elf["alpha/_native.abi3.so"]?.versions = [["libown.so", "GLIBCXX_9.9"]]
        catalogue["alpha"]?[0].elf["alpha/libown.so"] = .init()
        try await build(catalogue) { #expect($0.findings.isEmpty, "\($0.findings)") }
    }

    @Test("tells of .pth files, wheels for other Pythons, packages of several wheels, and names that differ in case")
    func layout() async throws {
        let catalogue: [String: [Release]] = [
            "alpha": [
                Release(
                    version: "1.0", requires: ["beta"],
                    files: [
                        "a.pth": "import os; os.x()\n", "b.pth": "# import\nfolder\n", "alpha/One.txt": "",
                        "alpha/one.txt": "",
                        "alpha/\(String(repeating: "d", count: 120))/\(String(repeating: "e", count: 130)).txt": "",
                    ],
                    elf: ["alpha/x.cpython-311-x86_64-linux-gnu.so": .init()])
            ],
            "beta": [Release(version: "1.0", files: ["alpha/beta.py": ""])],
        ]
        try await build(catalogue) { built in
            let found = built.findings.map { "\($0.verdict) \($0.rule.rawValue)" }
            #expect(
                found == [
                    "warning path-files", "warning path-files", "warning wheel-tags", "note paths", "note paths",
                    "note shared-package",
                ], "\(built.findings)")
            #expect(built.findings[0].message.contains("'a.pth' would run code at every start"))
            #expect(built.findings[1].message.contains("'b.pth' adds folders to the path"))
        }
    }

    @Test("is not held for what its package can do without")
    func guarded() async throws {
        let sources = [
            "try:\n    from . import _native\nexcept ImportError:\n    from . import _pure\n",
            "def later():\n    from . import _native\n", "if debug():\n    from . import _native\n",
        ]
        for source in sources {
            try await build(Self.importing(source, Self.broken)) { built in
                #expect(!built.findings.contains { $0.verdict == .error }, "\(built.findings)")
            }
        }
    }

    @Test("is held for modules that its Python lacks, if its own package imports them")
    func missingModules() async throws {
        let catalogue = ["alpha": [Release(version: "1.0", files: ["alpha/__init__.py": "import os, imp\n"])]]
        await expectRefusal(
            .unbuildable, "'alpha/__init__.py', line 1, imports 'imp', which Python no longer has since 3.12",
            of: catalogue)
        try await build(catalogue, target: "python3.11") { #expect($0.findings.isEmpty) }
    }

    /// Files of a layer, and what is missing for certain; nil if nothing is.
    private static let imports: [([String: String], String?)] = [
        (
            [
                "alpha/__init__.py": "from .b import x\n", "alpha/b.py": "from . import c\n",
                "alpha/c.py": "import gone",
            ], "gone"
        ),
        (["alpha/__init__.py": "from . import b\n", "alpha/b.py": "import alpha, alpha.b, gone\n"], "gone"),
        // Either will do; neither is there.
        (["alpha/__init__.py": "try:\n  import audioop\nexcept ImportError:\n  import gone\n"], nil),
        (["alpha/__init__.py": "try:\n  import away\nexcept ImportError:\n  import gone\n"], "gone"),
        (["alpha/__init__.py": "try:\n  import away\nexcept ImportError:\n  import json\n"], nil),
        (["alpha/__init__.py": "try:\n  import gone\nexcept ImportError as e:\n  raise X from e\n"], "gone"),
        (["alpha/__init__.py": "try:\n  import gone\nexcept ImportError as e:\n  if y: raise\n"], nil),
        (["alpha/__init__.py": "try:\n  import gone\nexcept KeyError:\n  pass\n"], "gone"),
        (["alpha/__init__.py": "try:\n  import gone\nexcept Own:\n  pass\n"], nil),
        (["alpha/__init__.py": "try:\n  import gone\nfinally:\n  x = 1\n"], "gone"),
        (
            ["alpha/__init__.py": "try:\n  from . import b\nexcept Exception: pass\n", "alpha/b.py": "import gone\n"],
            nil
        ),
        // A name of the package comes before its submodule.
        (["alpha/__init__.py": "b = 1\nfrom alpha import b\n", "alpha/b.py": "import gone\n"], nil),
        (["alpha/__init__.py": "from alpha import *\nfrom . import b\n", "alpha/b.py": "import gone\n"], nil),
        // What may be made or found in another way.
        (["alpha/__init__.py": "import sys\nsys.modules['gone'] = sys\nimport gone\n"], nil),
        (["alpha/__init__.py": "import sys\nfor n in x: sys.modules[n] = sys\nimport gone\n"], nil),
        (
            [
                "alpha/__init__.py": "import sys\nsys.path.insert(0, 'x')\nimport gone.inner\n",
                "alpha/vendor/gone/inner.py": "",
            ], nil
        ),
        (["alpha/__init__.py": "import sys\nsys.path.insert(0, 'x')\nimport gone\n"], "gone"),
        (["alpha/__init__.py": "import alpha.none, alpha.b.none\nfrom alpha import none\n", "alpha/b.py": ""], nil),
        (["alpha/__init__.py": "import boto3, urllib3, six, dateutil, _private\n"], nil),
        (["alpha/__init__.py": "import space.one\n", "space/two.py": "import gone\n"], nil),
        (["alpha/__init__.py": "from space import two\n", "space/two.py": "import gone\n"], "gone"),
        (["alpha/__init__.py": "import pkg_resources\n"], "pkg_resources"),
        (["alpha/__init__.py": "raise SystemExit\nimport gone\n"], nil),
        (["alpha/__init__.py": "if __name__ == '__main__':\n  import gone\n"], nil),
    ]

    @Test("is held for what fails whatever the code in between does, and for nothing else", arguments: imports.indices)
    func importing(index: Int) async throws {
        let (files, missing) = Self.imports[index]
        let catalogue = ["alpha": [Release(version: "1.0", files: files)]]
        if let missing {
            await expectRefusal(.unbuildable, "imports '\(missing)', which", of: catalogue)
        } else {
            try await build(catalogue)
        }
    }

    @Test("needs one of a package's modules, where none has its name; the rest are notes")
    func severalModules() async throws {
        func alpha(_ files: [String: String]) -> [String: [Release]] {
            ["alpha": [Release(version: "1.0", files: files)]]
        }
        let options = BuildOptions(exclude: ["/alpha"])
        let files = ["one.py": "", "two.py": "import gone\n"]
        try await build(alpha(files), options: options) { built in
            #expect(built.findings.map(\.verdict) == [.note], "\(built.findings)")
        }
        await expectRefusal(
            .unbuildable, "'two' of alpha 1.0 cannot be imported", of: alpha(["two.py": "import gone\n"]),
            options: options)
        // Its own module counts.
        try await build(alpha(["two.py": "import gone\n"])) { #expect($0.findings.map(\.verdict) == [.note]) }
    }

    @Test("has its imports followed only so deep, and says so")
    func depth() async throws {
        let nested = (0..<60).map { String(repeating: " ", count: $0) + "if x:\n" }.joined()
        var files = ["alpha/__init__.py": "from . import m0\n"]
        for index in 0..<300 {
            files["alpha/m\(index).py"] = nested + String(repeating: " ", count: 60) + "from . import m\(index + 1)\n"
        }
        files["alpha/m300.py"] = "import gone\n"
        try await build(["alpha": [Release(version: "1.0", files: files)]]) { built in
            #expect(built.findings.map(\.rule) == [.coverage], "\(built.findings)")
        }
    }

    @Test("is judged by what it was asked for, also where another layer's zip is the same")
    func sharedZip() async throws {
        let catalogue: [String: [Release]] = [
            "alpha": [Release(version: "1.0", requires: ["beta"])],
            "beta": [Release(version: "1.0", files: ["beta/__init__.py": "import gone\n"])],
        ]
        try await LoopbackIndex.run(catalogue) { index in
            try await BuildService.run { shop in
                let request = try request("layer", "python3.12", "alpha")
                let resolver = shop.resolver(shop.configuration(.init(defaultIndex: index.simple)))
                let lock = try #require(await resolver.resolve([request])[request.item]?.resolved?.lock)
                func order(_ requirements: String...) -> BuildOrder {
                    BuildOrder(
                        item: request.item, buildNumber: 1, version: "1.0", lock: lock, options: BuildOptions(),
                        requirements: requirements, isNew: true)
                }
                let builder = Builder(cache: shop.cacheOfWheels())
                let built = try await builder.build(order("alpha"), into: "\(shop.folder)/zips")
                #expect(built.findings.isEmpty)
                await #expect(throws: StrataError.self) {
                    try await builder.build(order("alpha", "beta"), into: "\(shop.folder)/zips")
                }
            }
        }
    }

    @Test("is not held for what its maintainer left out")
    func leftOut() async throws {
        var catalogue = Self.importing(
            "import beta\nfrom . import _native\n",
            .init(needed: ["libbeta.so"], runpath: "$ORIGIN/../beta", symbols: ["PyInit__native"]))
        catalogue["alpha"]?[0].requires = ["beta"]
        catalogue["beta"] = [Release(version: "1.0", elf: ["beta/libbeta.so": .init()])]
        try await build(catalogue, options: BuildOptions(exclude: ["/beta"])) { built in
            #expect(built.findings.map(\.verdict) == [.warning], "\(built.findings)")
            #expect(built.findings[0].message.contains("imports 'beta', which was left out of the layer"))
        }
    }

    @Test("says what wheels require and the layer lacks")
    func requirements() async throws {
        let catalogue = [
            "alpha": [
                Release(
                    version: "1.0",
                    requires: [
                        "boto3>2", "beta>=1; python_version >= '3'", "gamma; extra == 'x'", "delta; os_name == 'nt'",
                    ])
            ],
            "beta": [Release(version: "1.5")], "boto3": [Release(version: "3.0")],
        ]
        try await build(catalogue) { #expect($0.findings.isEmpty, "\($0.findings)") }
        try await build(catalogue, without: "boto3") { #expect($0.findings.isEmpty, "\($0.findings)") }
        try await build(catalogue, without: "beta") { built in
            #expect(
                built.findings.map(\.message) == ["alpha 1.0 requires beta>=1, which is not in the layer"],
                "\(built.findings)")
        }
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
            #expect(built.findings.map(\.rule) == [.record])
            #expect(built.findings[0].message.contains("wrong RECORD, as allowed"))
        }
    }
}
