import Testing
import Wheels

@Suite("Wheel file names")
struct WheelFileNameTests {
    @Test("are taken apart, compressed tags included")
    func parts() throws {
        let name = try #require(WheelFileName("Scikit_Learn-1.7.2-2b-cp311.py3-abi3.none-manylinux2014_x86_64.any.whl"))
        #expect(name.distribution == "Scikit_Learn")
        #expect(name.normalizedName == "scikit-learn")
        #expect(name.version == "1.7.2")
        #expect(name.build?.number == 2)
        #expect(name.build?.rest == "b")
        #expect(name.tags.count == 8)
        #expect(name.tags.contains(WheelTag(python: "cp311", abi: "none", platform: "any")))
    }

    @Test(
        "are refused when they are something else",
        arguments: [
            "demo-1.0.tar.gz", "demo-1.0-py3-none.whl", "demo-1.0-x-py3-none-any.whl", "-1.0-py3-none-any.whl",
            "demo--py3-none-any.whl", "../demo-1.0-py3-none-any.whl", "de/mo-1.0-py3-none-any.whl",
            "demo-1.0-py3-none-any.whl\n", "démo-1.0-py3-none-any.whl", "demo-1.0-py3..py2-none-any.whl",
            "demo-1.0-1-2-py3-none-any.whl", "demo-1.0-py3-none-any",
            String(repeating: "d", count: 250) + "-1-a-b-c.whl",
        ])
    func others(text: String) {
        #expect(WheelFileName(text) == nil)
    }

    private func rank(_ tags: String, python: Int = 12, machine: String = "x86_64", glibc: Int = 34) -> WheelRank? {
        WheelFileName("demo-1.0-\(tags).whl")?.rank(
            python: (3, python), machine: machine, glibc: LibraryVersion(2, glibc))
    }

    @Test("are ranked: own ABI, newest C library, stable ABI, native, pure; then the build tag")
    func order() throws {
        let best = [
            "9-cp312-cp312-manylinux_2_34_x86_64", "1-cp312-cp312-manylinux_2_34_x86_64",
            "cp312-cp312-manylinux_2_34_x86_64", "cp312-cp312-manylinux_2_28_x86_64",
            "cp312-cp312-manylinux_2_17_x86_64.manylinux2014_x86_64", "cp312-cp312-manylinux2010_x86_64",
            "cp312-cp312-manylinux1_x86_64", "cp312-cp312-linux_x86_64", "cp311-abi3-manylinux_2_28_x86_64",
            "cp39-abi3-manylinux_2_34_x86_64", "cp37-abi3-manylinux2014_x86_64", "cp312-none-manylinux2014_x86_64",
            "py3-none-manylinux_2_28_x86_64", "py3-none-manylinux2014_x86_64", "py311-none-any", "py2.py3-none-any",
        ]
        let ranks = try best.map { try #require(rank($0), "\($0)") }
        for (left, right) in zip(ranks, ranks.dropFirst()) { #expect(left > right) }
    }

    @Test(
        "have no rank for a target that cannot use them",
        arguments: [
            "cp313-cp313-manylinux_2_17_x86_64", "cp311-cp311-manylinux_2_17_x86_64",
            "cp312-cp312t-manylinux_2_17_x86_64",
            "cp313-abi3-manylinux_2_17_x86_64", "cp312-cp312-manylinux_2_35_x86_64", "cp312-cp312-manylinux_3_0_x86_64",
            "cp312-cp312-manylinux_2_17_aarch64", "cp312-cp312-musllinux_1_2_x86_64", "cp312-cp312-macosx_11_0_x86_64",
            "cp312-cp312-win_amd64", "py2-none-any", "py313-none-any", "cp311-none-any", "pp310-pypy310_pp73-any",
            "cp312-cp312-manylinux_2_x86_64", "cp312-cp312-manylinux_a_b_x86_64", "py3-cp312-any",
        ])
    func unfit(tags: String) {
        #expect(WheelFileName("demo-1.0-\(tags).whl") != nil)
        #expect(rank(tags) == nil)
    }

    @Test("follow the target's machine and C library")
    func targets() {
        let wheel = "cp311-cp311-manylinux_2_17_aarch64.manylinux2014_aarch64.manylinux_2_28_x86_64"
        #expect(rank(wheel, python: 11, machine: "aarch64", glibc: 26) != nil)
        #expect(rank(wheel, python: 11, machine: "x86_64", glibc: 26) == nil)
        #expect(rank(wheel, python: 11, machine: "x86_64", glibc: 34) != nil)
    }
}
