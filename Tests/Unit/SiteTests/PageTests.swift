import Foundation
import Model
import SampleSite
import Site
import Testing

@Suite("The pages")
struct PageTests {
    @Test("every template and asset of the folder 'site' is in the program")
    func embedded() throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
        let templates = try FileManager.default.contentsOfDirectory(atPath: root.path + "/site/templates")
        #expect(Set(templates) == Set(SiteFiles.templates.keys.map { "\($0).mustache" }))
        let assets = try FileManager.default.contentsOfDirectory(atPath: root.path + "/site/assets")
        #expect(Set(assets.map { "assets/\($0)" }) == Set(SiteFiles.assets.map(\.path)))
    }

    @Test(
        "text for a page is escaped byte by byte, whatever stands around it",
        arguments: [
            ("\"\u{301} onload=x", "&quot;\u{301} onload=x"), ("<\u{338}b>", "&lt;\u{338}b&gt;"),
            ("a&b'c", "a&amp;b&#39;c"), ("\u{202e}gnp\u{2066}", "\u{fffd}gnp\u{fffd}"),
            ("\u{0}\u{7f}", "\u{fffd}\u{fffd}"),
            ("→ é 漢", "→ é 漢"),
        ])
    func escaped(_ raw: String, _ safe: String) {
        var out: [UInt8] = []
        out.append(html: raw)
        #expect(Array(out) == Array(safe.utf8))
    }

    @Test("no page holds a stranger's markup, handler or script", arguments: 0..<20 as Range<UInt64>)
    func hostile(_ seed: UInt64) throws {
        var random = RandomState(seed: seed)
        var branch = Branch()
        branch.apply(try SiteRenderer(random.registry).changes(for: LayerState.grouping(random.items())) { _ in nil })
        let pages = branch.files.keys.filter { $0.hasSuffix(".html") }
        #expect(pages.count > 8)
        for path in pages {
            let text = try #require(branch.text(path))
            let scripts = text.components(separatedBy: "<script").dropFirst()
            #expect(scripts.count <= 2 && scripts.allSatisfy { $0.hasPrefix(" src=\"") }, "\(path)")
            #expect(text.contains("http-equiv=\"Content-Security-Policy\""), "\(path)")
            for tag in text.components(separatedBy: "<").dropFirst() {
                let tag = tag.prefix { $0 != ">" }
                #expect(!tag.replacing(/"[^"]*"/, with: "\"\"").contains(" on"), "\(path): \(tag)")
                #expect(!tag.contains("javascript:"), "\(path): \(tag)")
                #expect(!tag.contains("style="), "\(path): \(tag)")
            }
        }
        for path in branch.files.keys where path.hasSuffix(".js") && path.hasPrefix("data/") {
            let text = try #require(branch.text(path))
            #expect(!text.contains("<") && !text.contains("\u{2028}"), "\(path)")
        }
    }

    @Test("a layer's page links to the homepage that its package names, if it is an address of the web")
    func homepages() throws {
        let branch = try SiteRendererTests.rendered(Fixture.believable())
        func page(_ layer: String) throws -> String { try #require(branch.text("layers/\(layer).html")) }
        func told(_ layer: String) throws -> Bool {
            try #require(branch.text("api/v1/layers/\(layer).json")).contains("\"homepage\"")
        }
        let pandas = try page("pandas")
        let rel = "rel=\"external nofollow noopener\""
        #expect(pandas.contains("<a href=\"https://pandas.pydata.org\" \(rel)>homepage</a>"))
        #expect(pandas.contains("<a href=\"https://pypi.org/project/pandas/\" \(rel)>PyPI</a>"))
        #expect(try told("pandas"))
        // One that names none, one that names a script, and one that would break out of the attribute.
        for layer in ["requests", "cryptography", "hostile"] {
            #expect(try !page(layer).contains(">homepage</a>"), "\(layer)")
            #expect(try page(layer).contains(">PyPI</a>"), "\(layer)")
            #expect(try !told(layer), "\(layer)")
        }
    }

    @Test("a registry whose address is no address has no links that run")
    func address() throws {
        var branch = Branch()
        let fixture = Fixture.believable()
        let registry = RegistryInput(
            description: .init(name: "R", url: "javascript:alert(1)"), regions: fixture.registry.regions,
            targets: fixture.registry.targets, retention: .init(), accounts: [:])
        branch.apply(try SiteRenderer(registry).changes(for: fixture.layers) { _ in nil })
        for (path, _) in branch.files where path.hasSuffix(".html") || path.hasSuffix(".xml") {
            #expect(branch.text(path)?.contains("javascript:") == false, "\(path)")
        }
    }

    @Test("a hundred kilobytes in a field do not make a page large")
    func long() throws {
        var fixture = Fixture.believable()
        let long = String(repeating: "e\u{301}", count: 50_000)
        let index = try #require(fixture.items.firstIndex { $0.item.description == "numpy python3.12" })
        let state = fixture.items[index]
        fixture.items[index].builds = state.builds.map { build in
            Build(
                buildNumber: build.buildNumber, item: build.item, version: build.version, artifact: build.artifact,
                requirements: build.requirements,
                packages: build.packages.map {
                    .init(name: $0.name, version: $0.version, license: long, summary: long, unzipped: $0.unzipped)
                }, created: build.created)
        }
        fixture.items[index].notes = [
            fixture.registry.regions[0]: Note(kind: .pending, reason: long, since: Fixture.start)
        ]
        let branch = try SiteRendererTests.rendered(fixture)
        for path in ["layers/numpy.html", "builds/numpy.html", "index.html", "status.html", "data/find/~.js"] {
            #expect(try #require(branch.files[path]).count < 60_000, "\(path)")
        }
    }

    @Test("tells what is worth knowing of a target, and why its next build was refused, on the page and in the API")
    func remarks() throws {
        var fixture = Fixture.believable()
        func change(_ target: String, _ body: (inout ItemState) throws -> Void) throws {
            let index = try #require(fixture.items.firstIndex { $0.item.description == "numpy \(target)" })
            try body(&fixture.items[index])
        }
        let contents = try #require(ContentsKey(ContentDigest.of("next").hex))
        let young = "numpy 9.0 is held back until 2026-12-24"
        let resolution = Resolution(contents: contents, remarks: [young], since: Fixture.start)
        try change("python3.12") { $0.resolution = resolution }
        try change("python3.13") {
            $0.resolution = resolution.refusing(
                RefusedBuild(contents: contents, reason: "two wheels disagree <b>", since: Fixture.start))
            $0.hold = Hold(buildNumber: 1, insteadOf: contents)
        }
        let branch = try SiteRendererTests.rendered(fixture)
        let page = try #require(branch.text("layers/numpy.html"))
        #expect(page.contains("<strong>Note:</strong> \(young)</p>"))
        #expect(page.contains("<strong>Note:</strong> build 1 stays the latest until the index offers something newer"))
        #expect(page.contains("<strong>Not built:</strong> two wheels disagree &lt;b&gt; <span class=\"since\">since"))
        let file = try #require(branch.files["api/v1/layers/numpy.json"])
        let document = try JSONSerialization.jsonObject(with: Data(file))
        let targets = try #require((document as? [String: Any])?["targets"] as? [String: [String: Any]])
        // What the index gives now is of other contents than the newest build.
        let waiting = "newer packages are known since 2026-08-29, and no build of them is published yet"
        #expect(targets["python3.12"]?["remarks"] as? [String] == [young, waiting])
        #expect(targets["python3.12"]?["refused"] == nil)
        let refused = try #require(targets["python3.13"]?["refused"] as? [String: String])
        #expect(refused["reason"] == "two wheels disagree <b>")
        #expect(branch.text("api/v1/status.json")?.contains("two wheels disagree") == true)
        #expect(targets["python3.13-arm64"]?["remarks"] as? [String] == ["numpy 2.4.0 is held back until 2026-12-03"])
    }

    @Test("the calendar's lines are at most 75 bytes and end as the standard says")
    func calendar() throws {
        let fixture = Fixture.believable(name: String(repeating: "Ünïcödé, layers; ", count: 8))
        let text = try #require(try SiteRendererTests.rendered(fixture).text("deprecations.ics"))
        #expect(text.hasPrefix("BEGIN:VCALENDAR\r\n") && text.hasSuffix("END:VCALENDAR\r\n"))
        for line in text.components(separatedBy: "\r\n") {
            #expect(line.utf8.count <= 75)
            #expect(!line.contains("\n"))
        }
        #expect(text.components(separatedBy: "BEGIN:VEVENT").count > 2)
        #expect(text.replacing("\r\n ", with: "").contains("cryptography 45.0.7") == false, "yanked, not expiring")
        #expect(
            text.replacing("\r\n ", with: "").contains(
                "numpy 2.3.2\\, build 1\\, Python 3.13\\, x86_64\\, in 3 regions"))
    }

    @Test("a calendar of nothing has a component, as the standard asks")
    func emptyCalendar() throws {
        var fixture = Fixture.believable()
        fixture.items = fixture.items.filter { $0.item.layer.text == "data-tools" }
        let text = try #require(try SiteRendererTests.rendered(fixture).text("deprecations.ics"))
        #expect(!text.contains("BEGIN:VEVENT"))
        #expect(text.contains("BEGIN:VTIMEZONE\r\nTZID:Etc/UTC\r\nBEGIN:STANDARD\r\n"))
    }

    @Test("a calendar that somebody damaged is made anew, and its other events are taken over")
    func damagedCalendar() throws {
        let fixture = Fixture.believable()
        let good = try SiteRendererTests.rendered(fixture)
        let text = try #require(good.text("deprecations.ics"))
        let layer = try #require(fixture.layers.first { $0.layer.text == "numpy" })
        for damaged in ["", "BEGIN:VEVENT", text.replacing("BEGIN:VEVENT\r\nUID:", with: "BEGIN:VEVENT\r\nX:")] {
            var branch = good
            branch.apply([FileChange(path: "deprecations.ics", content: .write(Array(damaged.utf8)))])
            branch.apply(try SiteRenderer(fixture.registry).changes(for: [layer], existing: branch.existing))
            #expect(branch.text("deprecations.ics") == text)
        }
    }

    @Test("pickers offer, and coverage counts, what is not configured any more")
    func formerTargets() throws {
        let fixture = Fixture.believable()
        let registry = RegistryInput(
            description: fixture.registry.description, regions: [try #require(Region("us-east-1"))],
            targets: [try #require(Target("python3.13"))], retention: .init(), accounts: [:])
        var branch = Branch()
        branch.apply(try SiteRenderer(registry).changes(for: fixture.layers) { _ in nil })
        for path in ["index.html", "compose.html", "404.html"] {
            let text = try #require(branch.text(path))
            #expect(text.contains("<option value=\"python3.12\">"), "\(path)")
            #expect(text.contains("<option value=\"eu-west-1\">"), "\(path)")
        }
        #expect(branch.text("coverage.html")?.contains("<th scope=\"row\">eu-west-1") == true)
        // What is wanted is told as it is.
        #expect(branch.text("api/v1/index.json")?.contains("\"regions\": [\"us-east-1\"]") == true)
    }
}

@Suite("The Renovate preset")
struct RenovatePresetTests {
    @Test(
        "finds a marked number in the languages that hold ARNs",
        arguments: [
            "      # strata: requests/python3.13\n      - arn:aws:lambda:eu-west-1:123456789012:layer:acme-p313-requests:4\n",
            "    # strata: requests/python3.13\r\n    \"arn:aws:lambda:eu-west-1:123456789012:layer:acme-p313-requests:4\",\r\n",
            "  // strata: requests/python3.13\n  'arn:aws:lambda:eu-west-1:123456789012:layer:acme-p313-requests:4');\n",
        ])
    func finds(_ text: String) throws {
        let branch = try SiteRendererTests.rendered(Fixture.believable())
        let file = Data(try #require(branch.files["renovate.json"]))
        let preset = try #require(try JSONSerialization.jsonObject(with: file) as? [String: Any])
        let manager = try #require((preset["customManagers"] as? [[String: Any]])?.first)
        let pattern = try #require((manager["matchStrings"] as? [String])?.first)
        // As engines of other languages read it: a line that ends with CR LF ends with two characters.
        let match = try #require(text.firstMatch(of: try Regex(pattern).matchingSemantics(.unicodeScalar)))
        #expect(match["depName"]?.substring == "requests/python3.13")
        #expect(match["currentValue"]?.substring == "4")
    }
}

@Suite("The order of rows")
struct RowOrderTests {
    @Test("is by the name in lower case, and by the name itself where that is the same")
    func order() {
        let sorted = ["-x", "A", "a", "a_b", "AB", "Ab", "aB", "ab", "abc", "Requests", "requests", "zz9"]
        for (index, left) in sorted.enumerated() {
            for (other, right) in sorted.enumerated() {
                #expect(LineTable.precedes(left.utf8, right.utf8) == (index < other), "\(left) \(right)")
            }
        }
    }
}

@Suite("Addresses from outside")
struct SafeURLTests {
    @Test(
        "are linked only if they are web addresses, and never with credentials",
        arguments: [
            ("https://a.b/c", "https://a.b/c"), ("HTTP://a", "HTTP://a"),
            ("https://u:p@a.b/c?d@e", "https://a.b/c?d@e"),
            ("https://u@v@a.b", "https://a.b"), ("javascript:alert(1)", nil), ("data:text/html,x", nil),
            ("https://a b", nil), ("https://a\"b", nil), ("//a.b", nil), ("file:///etc/passwd", nil), ("", nil),
            ("https:/\u{2f}a", "https://a"),
        ] as [(String, String?)])
    func links(_ text: String, _ link: String?) {
        #expect(SafeURL.link(text) == link)
    }
}
