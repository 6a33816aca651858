import Foundation
import Model
import SampleSite
import Site
import Testing

@Suite("The page of a layer's builds")
struct BuildsPageTests {
    /// The section of a build.
    private func section(_ id: String, _ page: String) throws -> String {
        let start = try #require(page.range(of: "<article class=\"build\" id=\"\(id)\""))
        let end = try #require(page.range(of: "</article>", range: start.lowerBound..<page.endIndex))
        return String(page[start.lowerBound..<end.upperBound])
    }

    @Test("tells of each build what is inside, its files, where it is, and what it changed")
    func contents() throws {
        let branch = try SiteRendererTests.rendered(Fixture.believable())
        let page = try #require(branch.text("builds/requests.html"))
        let newest = try section("python3.13-4", page)
        for text in [
            "Build 4 for Python 3.13, x86_64", "<code>requests</code>", "1.2 MB of 250 MB unzipped, 410 KB as a zip",
            "<code data-pattern data-within=\"ap-southeast-2 eu-west-1 us-east-1\">"
                + "arn:aws:lambda:REGION:123456789012:layer:acme-p313-requests:4</code>",
            "<a href=\"#python3.13-3\">2.32.5, build 3</a>",
            "<tr><th>urllib3<td>2.4.3<td>2.5.0<td class=\"num\">+7.7 KB",
            "<tr><th>certifi<td>2026.8.3<td>MPL-2.0<td class=\"num\" data-bytes=",
            "builds/requests/python3.13/4.pylock.toml", "builds/requests/python3.13/4.cdx.json",
        ] {
            #expect(newest.contains(text), "\(text)")
        }
        #expect(try section("python3.13-1", page).contains("It is the first for this runtime."))
        #expect(branch.text("layers/requests.html")?.contains("../builds/requests.html#python3.13-4") == true)
    }

    @Test("says of a yanked build why, and what to take")
    func yanked() throws {
        let branch = try SiteRendererTests.rendered(Fixture.believable())
        let build = try section("python3.12-1", try #require(branch.text("builds/cryptography.html")))
        #expect(
            build.contains("<p class=\"note refused\">Yanked: OpenSSL 3.5.1 in it is affected by CVE-2026-9230; 46.0.1")
        )
    }

    @Test("tells what the checks found, and why it was accepted")
    func findings() throws {
        var fixture = Fixture.believable()
        let index = try #require(fixture.items.firstIndex { $0.item.description == "numpy python3.12" })
        let builds = fixture.items[index].builds
        fixture.items[index].builds = try builds.map { build in
            let artifact = try #require(build.artifact)
            return Build(
                buildNumber: build.buildNumber, item: build.item, version: build.version,
                artifact: .init(
                    sha256: artifact.sha256, zipped: artifact.zipped, unzipped: artifact.unzipped, lock: artifact.lock,
                    options: artifact.options,
                    findings: [
                        Finding(.missingModule, .warning, "imports <tkinter>", wheel: "numpy.whl"),
                        Finding(.machine, .error, "is for riscv", waived: "nobody loads it"),
                    ]), requirements: build.requirements, packages: build.packages, created: build.created)
        }
        let branch = try SiteRendererTests.rendered(fixture)
        let build = try section("python3.12-2", try #require(branch.text("builds/numpy.html")))
        #expect(
            build.contains("<li class=\"warning\"><strong>Missing module</strong> numpy.whl: imports &lt;tkinter&gt;"))
        #expect(build.contains("<li class=\"note\"><strong>Machine</strong> is for riscv (accepted: nobody loads it)"))
    }

    @Test("goes when the layer's last build is listed no more")
    func gone() throws {
        var fixture = Fixture.believable()
        var branch = try SiteRendererTests.rendered(fixture)
        for index in fixture.items.indices where fixture.items[index].item.layer.text == "numpy" {
            fixture.items[index].releases = []
        }
        let layer = try #require(fixture.layers.first { $0.layer.text == "numpy" })
        branch.apply(try SiteRenderer(fixture.registry).changes(for: [layer], existing: branch.existing))
        #expect(branch.files["builds/numpy.html"] == nil)
    }

    @Test("sizes are written as AWS writes them")
    func sizes() throws {
        var fixture = Fixture.believable()
        fixture.items = fixture.items.filter { $0.item.layer.text == "data-tools" }
        let branch = try SiteRendererTests.rendered(fixture)
        let page = try #require(branch.text("builds/data-tools.html"))
        // 238 million bytes.
        #expect(page.contains("227 MB of 250 MB unzipped"))
    }

    @Test("a change of dependencies alone that waits is told with its day")
    func waiting() throws {
        var fixture = Fixture.believable()
        let index = try #require(fixture.items.firstIndex { $0.item.description == "pydantic python3.13" })
        let contents = try #require(ContentsKey(ContentDigest.of("next").hex))
        fixture.items[index].resolution = Resolution(contents: contents, remarks: [], since: Fixture.start)
        let registry = RegistryInput(
            description: fixture.registry.description, regions: fixture.registry.regions,
            targets: fixture.registry.targets, retention: .init(), accounts: [:],
            updates: UpdatePolicy(dependenciesOnly: .seconds(7 * 86_400)))
        var branch = Branch()
        branch.apply(try SiteRenderer(registry).changes(for: fixture.layers) { _ in nil })
        let page = try #require(branch.text("layers/pydantic.html"))
        #expect(page.contains("a change of dependencies alone waits until 2026-10-23"))
        // Begun again, the same contents are known as a build: nothing waits.
        fixture.items[index].aliases = [contents: 2]
        branch.apply(try SiteRenderer(registry).changes(for: fixture.layers, existing: branch.existing))
        #expect(branch.text("layers/pydantic.html")?.contains("waits until") == false)
    }
}
