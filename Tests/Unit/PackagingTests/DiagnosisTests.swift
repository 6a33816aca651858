import Model
import Packaging
import Testing

@Suite("Why a release is not taken")
struct DiagnosisTests {
    private let now = Timestamp(seconds: 1_800_000_000)

    private func platform(_ target: String) throws -> ResolvePlatform {
        try ResolvePlatform(try #require(Target(target)))
    }

    private func files(_ names: [String], python: String? = nil, age: Int? = nil, yanked: Bool = false) -> [IndexFile] {
        names.map {
            IndexFile(
                name: $0, requiresPython: python, isYanked: yanked,
                uploaded: age.map { Timestamp(seconds: now.seconds - $0) })
        }
    }

    private func reason(
        _ requirement: String, _ pages: [String: [IndexFile]?], target: String = "python3.12", minimumAge: Int = 0,
        message: String = ""
    ) throws -> String {
        var known: [PackageName: ProjectPage?] = [:]
        for (name, files) in pages {
            known[try #require(PackageName(name))] = .some(files.map { ProjectPage(files: $0) })
        }
        let diagnosis = Diagnosis(
            platform: try platform(target), age: AgeLimit(minimumAge: .seconds(minimumAge), now: now), pages: known)
        return diagnosis.reason(
            for: [try Requirement(parsing: requirement)], message: message, named: UvLog(message).blamed)
    }

    @Test("tells a missing package from one without releases")
    func missing() throws {
        #expect(try reason("nope", ["nope": nil]) == "the index has no package 'nope'")
        #expect(try reason("nope", ["nope": []]) == "nope has no releases on the index")
    }

    @Test("names the sdist of a package that has no wheels")
    func sourceOnly() throws {
        let text = try reason("docopt", ["docopt": files(["docopt-0.6.1.tar.gz", "docopt-0.6.2.tar.gz"])])
        #expect(text.hasPrefix("docopt is published as source only (docopt-0.6.2.tar.gz), without wheels"))
    }

    @Test("names the newest version where none matches")
    func noMatch() throws {
        let text = try reason("pkg>=99", ["pkg": files(["pkg-1.0-py3-none-any.whl", "pkg-2.0rc1-py3-none-any.whl"])])
        #expect(text == "no release of pkg matches >=99; the newest is 1.0")
    }

    @Test("names Requires-Python")
    func requiresPython() throws {
        let text = try reason("pkg", ["pkg": files(["pkg-1.0-py3-none-any.whl"], python: ">=3.13")])
        #expect(text.hasPrefix("pkg 1.0 requires Python >=3.13"))
    }

    @Test(
        "tells platform, architecture, C library and Python apart",
        arguments: [
            (
                "python3.11", ["cp311-cp311-manylinux_2_28_x86_64"],
                "has no wheel for glibc 2.26 of python3.11; it needs 2.28"
            ),
            (
                "python3.11", ["cp311-cp311-manylinux_2_24_x86_64"],
                "has only wheels for glibc 2.24 and later; resolves for python3.11 assume 2.17"
            ),
            ("python3.12-arm64", ["cp312-cp312-manylinux_2_17_x86_64"], "has no wheel for arm64, only for x86_64"),
            (
                "python3.12", ["cp310-cp310-manylinux2014_x86_64", "cp311-cp311-manylinux2014_x86_64"],
                "has no wheel for Python 3.12, only for 3.10 to 3.11"
            ),
            ("python3.12", ["cp312-cp312-musllinux_1_2_x86_64"], "has Linux wheels for musl only, not for glibc"),
            (
                "python3.12", ["cp312-cp312-win_amd64", "cp312-cp312-macosx_11_0_arm64"],
                "has no wheel for Linux on x86_64"
            ),
        ])
    func mismatches(_ target: String, _ tags: [String], _ expected: String) throws {
        let text = try reason("pkg", ["pkg": files(tags.map { "pkg-1.0-\($0).whl" })], target: target)
        #expect(text.hasPrefix("pkg 1.0 \(expected)"), "\(text)")
    }

    @Test("names yanked releases, young ones, and an index without upload times")
    func ages() throws {
        let wheel = ["pkg-1.0-py3-none-any.whl"]
        #expect(try reason("pkg", ["pkg": files(wheel, yanked: true)]) == "pkg 1.0 was yanked")
        let young = try reason("pkg", ["pkg": files(wheel, age: 100)], minimumAge: 1000)
        #expect(young == "pkg 1.0 is younger than the minimum age, until \(Timestamp(seconds: now.seconds + 900))")
        #expect(try reason("pkg", ["pkg": files(wheel)], minimumAge: 1000).contains("has no upload time"))
    }

    @Test("blames the dependency that uv names")
    func dependency() throws {
        let message = """
            error: No solution found when resolving dependencies
              cause: Because all versions of low have no usable wheels and top==1.0 depends on low, we can conclude that \
            top==1.0 cannot be used.
            """
        let pages = ["top": files(["top-1.0-py3-none-any.whl"]), "low": files(["low-0.1.tar.gz"])]
        let text = try reason("top", pages, message: message)
        #expect(text.hasPrefix("a dependency cannot be met: low is published as source only"), "\(text)")
    }

    @Test("shortens uv's words where the requirements contradict each other")
    func conflict() throws {
        let message = """
            error: No solution found when resolving dependencies
              cause: Because you require numpy==2.2.0 and numpy<2, we can conclude that your requirements are unsatisfiable.

            hint: something
            """
        let text = try reason("numpy", ["numpy": files(["numpy-2.2.0-py3-none-any.whl"])], message: message)
        #expect(text == "no set of releases satisfies the requirements: Because you require numpy==2.2.0 and numpy<2.")
    }

    @Test("tells which newer release was passed over and why, and which are too young")
    func freshness() throws {
        let package = try #require(PackageName("pkg"))
        let page = ProjectPage(
            files: files(["pkg-1.0-py3-none-any.whl"], age: 9000)
                + files(["pkg-1.1-cp312-cp312-win_amd64.whl"], age: 8000)
                + files(["pkg-1.2-py3-none-any.whl"], age: 10) + files(["pkg-1.3-py3-none-any.whl"], age: 20)
                + files(["pkg-1.4-py3-none-any.whl"], age: 9000, yanked: true)
                + files(["pkg-2.0rc1-py3-none-any.whl"], age: 9000) + files(["pkg-3.0-py3-none-any.whl"], age: 9000))
        let target = try #require(Target("python3.12"))
        let lock = Lock(
            target: target,
            wheels: [
                LockedWheel(
                    package: package, version: "1.0", fileName: "pkg-1.0-py3-none-any.whl", url: "https://x/y",
                    size: nil,
                    sha256: .of("x"))
            ])
        let freshness = Freshness(
            of: lock, for: [try Requirement(parsing: "pkg<3")], on: try platform("python3.12"),
            age: AgeLimit(minimumAge: .seconds(100), now: now), pages: [package: page])
        #expect(freshness.remarks == ["pkg 1.0 was picked; 1.1 has no wheel for Linux on x86_64"])
        #expect(freshness.young.map(\.version) == ["1.3", "1.2"])
        #expect(freshness.young.first?.matures == Timestamp(seconds: now.seconds + 80))
    }

    @Test("resolves Amazon Linux 2's Pythons for the nearest older glibc that uv knows")
    func platforms() throws {
        #expect(try platform("python3.11").name == "x86_64-manylinux2014")
        #expect(try platform("python3.12").name == "x86_64-manylinux_2_34")
        #expect(try platform("python3.13-arm64").name == "aarch64-manylinux_2_34")
        #expect(throws: StrataError.self) { try platform("python3.6") }
    }
}
