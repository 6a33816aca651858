import Model
import Testing
import Wheels

@Suite("Lambda's limits")
struct LayerLimitsTests {
    private func layer(_ sizes: [Int], zipped: Int = 1000, prunable: Int = 0) async throws -> SplicedLayer {
        let folder = try Folder()
        let recipe = LayerRecipe(wheels: [try CraftedWheel("demo").write(to: folder)], requirements: "")
        var layer = try await recipe.splice(to: folder.path + "/layer.zip")
        let package = try #require(layer.packages.first)
        layer.zipped = ByteCount(zipped)
        layer.unzipped = ByteCount(sizes.reduce(0, +))
        layer.packages = sizes.enumerated().map { index, size in
            var copy = package
            copy.name = "package\(index)"
            copy.unzipped = ByteCount(size)
            return copy
        }
        if prunable > 0 {
            var saving = PruneSaving()
            saving.unzipped = ByteCount(prunable)
            layer.prunable = [.tests: saving]
        }
        return layer
    }

    @Test("accept a layer of exactly the limit, and refuse one byte more")
    func edge() async throws {
        try LayerLimits(brought: ["boto3", "botocore", "six"]).check(try await layer([262_144_000]))
        await expectRefusal(.tooLarge, "262 MB") {
            try LayerLimits(brought: ["boto3", "botocore", "six"]).check(try await layer([262_144_000, 1]))
        }
    }

    @Test("name the largest packages and what pruning would save")
    func details() async throws {
        await expectRefusal(
            .tooLarge, "largest: package1 200 MB, package2 90 MB, package0 10 MB;",
            "'prune: [tests]' saves 50 MB (tests 50 MB)", "which leaves 250 MB"
        ) {
            try LayerLimits(brought: ["boto3", "botocore", "six"]).check(
                try await layer([10_000_000, 200_000_000, 90_000_000], prunable: 50_000_000))
        }
    }

    @Test("never advise to split what counts together, but name what weighs most and what is left to do")
    func hopeless() async throws {
        for prunable in [0, 1_000_000] {
            let layer = try await layer([300_000_000], prunable: prunable)
            let error = #expect(throws: StrataError.self) {
                try LayerLimits(brought: ["boto3", "botocore", "six"]).check(layer)
            }
            let text = error?.description ?? ""
            #expect(text.contains("package0 1.0 alone takes 300 MB") && text.contains("container"), "\(text)")
            #expect(text.contains("still too much") == (prunable > 0), "\(text)")
            #expect(!text.contains("split"), "\(text)")
        }
    }

    @Test("say what the runtime brings itself")
    func runtime() async throws {
        var layer = try await layer([250_000_000, 23_000_000, 1_000_000])
        layer.packages[1].name = "botocore"
        layer.packages[2].name = "six"
        await expectRefusal(
            .tooLarge, "includes botocore, six", "'provided: [botocore, six]' saves 24 MB",
            "which leaves 250 MB"
        ) { [layer] in try LayerLimits(brought: ["boto3", "botocore", "six"]).check(layer) }
    }
}
