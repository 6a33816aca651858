import Consuming
import Foundation
import Model
import Testing

@Suite struct BumpTests {
    static let arn = "arn:aws:lambda:eu-west-1:111122223333:layer:acme-p312-requests"
    static let open = "arn:aws:lambda:${AWS::Region}:111122223333:layer:acme-p312-requests"

    private func bump(
        _ text: String, _ registry: SampleRegistry? = nil, rules: BumpRules = BumpRules(now: SampleRegistry.start)
    ) async throws -> BumpedFile {
        let catalog = try (registry ?? SampleRegistry.requests()).catalog()
        return try await Bump(catalog, rules).examine(Array(text.utf8), file: "template.yaml")
    }

    private func lines(
        _ text: String, _ registry: SampleRegistry? = nil, rules: BumpRules = BumpRules(now: SampleRegistry.start)
    ) async throws -> [String] {
        try await bump(text, registry, rules: rules).findings.map(\.description)
    }

    @Test("moves layers to the newest and leaves every other byte as it was")
    func moves() async throws {
        let text = "\u{feff}# Größe\r\nLayers:\t[ '\(Self.arn):3' ,\r\n  !Sub \"\(Self.open):4\" ] # no\u{0}end \u{1}"
        let result = try await bump(text)
        #expect(
            String(decoding: result.rewritten, as: UTF8.self)
                == text.replacing("requests:3", with: "requests:5").replacing("requests:4", with: "requests:5"))
        #expect(result.isChanged)
        #expect(
            result.findings.map(\.description) == [
                "template.yaml:2: acme-p312-requests:3 → acme-p312-requests:5, it is deprecated and may be deleted from "
                    + "2024-12-18 on, certifi 2024.6 is new, idna 3.6 is gone, requests 2.31.0 → 2.32.3, "
                    + "urllib3 2.2.1 → 2.2.2",
                "template.yaml:3: acme-p312-requests:4 → acme-p312-requests:5, it was yanked: does not import, "
                    + "certifi 2024.6 is new, requests 2.32.0 → 2.32.3, urllib3 2.2.1 → 2.2.2",
            ])
        #expect(result.findings[0].versionBefore == "2.31.0")
        #expect(result.findings[0].versionAfter == "2.32.3")
    }

    /// The branch and the site's API are two ways to the same answers.
    @Test("says the same whether it reads the branch or the site")
    func layouts() async throws {
        var registry = try SampleRegistry.requests()
        try registry.add(
            "numpy",
            [
                .init(buildNumber: 1, version: "1", status: .deleted, numbers: [1, 1], name: "acme-p312-numpy-1"),
                .init(buildNumber: 2, version: "2", status: .latest, numbers: [1, 1], name: "acme-p312-numpy-2"),
            ])
        let numpy = "arn:aws:lambda:us-east-1:111122223333:layer:acme-p312-numpy"
        let text = "\(Self.arn):3 \(Self.open):4 \(Self.arn):5 \(Self.arn):9 \(numpy)-1:1 \(numpy)-9:1"
        let rules = BumpRules(now: SampleRegistry.start)
        let branch = try await Bump(registry.catalog(), rules).examine(Array(text.utf8), file: "x")
        let site = try await Bump(registry.catalog(ofSite: true), rules).examine(Array(text.utf8), file: "x")
        #expect(site.rewritten == branch.rewritten)
        #expect(site.findings == branch.findings)
        #expect(branch.isChanged)
    }

    @Test("changes nothing the second time")
    func settled() async throws {
        let first = try await bump("a \(Self.arn):3 b")
        let second = try await bump(String(decoding: first.rewritten, as: UTF8.self))
        #expect(!second.isChanged)
        #expect(second.rewritten == first.rewritten)
        #expect(second.findings.map(\.description) == ["template.yaml:1: acme-p312-requests:5 is the newest"])
    }

    @Test("keeps to versions that the rules or a comment allow, also when that means an older one")
    func constraints() async throws {
        var rules = BumpRules(now: SampleRegistry.start)
        rules.versions[try #require(LayerName("requests"))] = "<2.32"
        #expect(try await bump("\(Self.arn):5", rules: rules).rewritten == Array("\(Self.arn):3".utf8))
        #expect(
            try await bump("\(Self.arn):5 # strata: <2.32").rewritten == Array("\(Self.arn):3 # strata: <2.32".utf8))
        #expect(
            try await lines("\(Self.arn):3 # strata: >3") == [
                "template.yaml:1: acme-p312-requests:3 stays: eu-west-1 has no release with a version >3 of requests "
                    + "python3.12, it is deprecated and may be deleted from 2024-12-18 on"
            ])
        // The yanked 2.32.0 would do, and is passed over.
        #expect(!(try await bump("\(Self.arn):3 # strata: ==2.32.0")).isChanged)
        // So is one that may be gone tomorrow.
        rules.now = SampleRegistry.start + .seconds(400 * 86_400)
        #expect(!(try await bump("\(Self.arn):5", rules: rules)).isChanged)
    }

    @Test("leaves a layer that a comment keeps, but says what is wrong with it")
    func kept() async throws {
        #expect(
            try await lines("# strata: keep\n\(Self.arn):4") == [
                "template.yaml:2: acme-p312-requests:4 stays: a comment keeps it, it was yanked: does not import"
            ])
        #expect(
            try await lines("\(Self.arn):3 # strata: kepe") == [
                "template.yaml:1: acme-p312-requests:3 stays: the comment 'strata: kepe' is not understood, it is "
                    + "deprecated and may be deleted from 2024-12-18 on"
            ])
    }

    @Test("leaves what the registry does not know")
    func unknown() async throws {
        #expect(
            try await lines("\(Self.arn):99 arn:aws:lambda:eu-west-1:999999999999:layer:acme-p312-requests:3") == [
                "template.yaml:1: acme-p312-requests:99 stays: number 99 is newer than all that the registry lists of "
                    + "acme-p312-requests; the newest is 5",
                "template.yaml:1: acme-p312-requests:3 stays: the registry has no layer published as "
                    + "acme-p312-requests by 999999999999",
            ])
    }

    @Test("does only what it was asked for")
    func onlyLayers() async throws {
        var rules = BumpRules(now: SampleRegistry.start)
        rules.layers = [try #require(LayerName("numpy"))]
        #expect(!(try await bump("\(Self.arn):3", rules: rules)).isChanged)
        rules.layers = [try #require(LayerName("requests"))]
        #expect(try await bump("\(Self.arn):3", rules: rules).isChanged)
    }

    @Test("moves to another account only when it is told to")
    func accounts() async throws {
        var registry = SampleRegistry()
        try registry.add(
            "requests",
            [
                .init(
                    buildNumber: 1, version: "1", numbers: [9, 9], account: "770693421928",
                    name: "Klayers-p312-requests"),
                .init(buildNumber: 2, version: "2", status: .latest, numbers: [1, 1]),
            ])
        let text = "arn:aws:lambda:us-east-1:770693421928:layer:Klayers-p312-requests:9"
        let held = try await bump(text, registry)
        #expect(!held.isChanged)
        #expect(held.findings[0].description.contains("the newest is published by another account, 111122223333"))
        let rules = BumpRules(accounts: [SampleRegistry.account], now: SampleRegistry.start)
        #expect(
            try await bump(text, registry, rules: rules).rewritten
                == Array("arn:aws:lambda:us-east-1:111122223333:layer:acme-p312-requests:1".utf8))
    }

    @Test("moves a layer whose region is left open only to a number that holds in all regions")
    func openRegion() async throws {
        var registry = SampleRegistry()
        try registry.add(
            "requests",
            [
                .init(buildNumber: 1, version: "1", numbers: [1, 1]),
                .init(buildNumber: 2, version: "2", status: .latest, numbers: [2, 7]),
            ])
        #expect(
            try await lines("\(Self.open):1", registry) == [
                "template.yaml:1: acme-p312-requests:1 stays: the region is left open, and the newest differs by "
                    + "region: acme-p312-requests:2 in eu-west-1, acme-p312-requests:7 in us-east-1, it is deprecated"
            ])
        var rules = BumpRules(now: SampleRegistry.start)
        rules.regions = [SampleRegistry.regions[1]]
        #expect(try await bump("\(Self.open):1", registry, rules: rules).rewritten == Array("\(Self.open):7".utf8))
        #expect(try await bump("\(Self.arn):1", registry).rewritten == Array("\(Self.arn):2".utf8))

        var pending = SampleRegistry()
        try pending.add(
            "requests",
            [
                .init(buildNumber: 1, version: "1", numbers: [1, 1]),
                .init(buildNumber: 2, version: "2", status: .latest, numbers: [2, nil]),
            ])
        #expect(!(try await bump("\(Self.open):1", pending)).isChanged)
        var mixed = SampleRegistry()
        try mixed.add(
            "requests",
            [
                .init(buildNumber: 1, version: "1", numbers: [2, 1]),
                .init(buildNumber: 2, version: "2", status: .latest, numbers: [3, 2]),
            ])
        #expect(
            try await lines("\(Self.open):2", mixed)[0].contains("number 2 is not the same build in all regions"))
    }

    @Test("follows names that carry the build number, also from a release that was deleted")
    func names() async throws {
        var registry = SampleRegistry()
        try registry.add(
            "requests",
            [
                .init(buildNumber: 1, version: "1", status: .deleted, numbers: [1, 1], name: "acme-p312-requests-1"),
                .init(buildNumber: 2, version: "2", status: .latest, numbers: [1, 1], name: "acme-p312-requests-2"),
            ])
        let result = try await bump("\(Self.open)-1:1 \(Self.arn)-1:1;", registry)
        #expect(result.rewritten == Array("\(Self.open)-2:1 \(Self.arn)-2:1;".utf8))
        #expect(result.findings[1].warnings == ["it was deleted"])
    }

    @Test("stays with the target")
    func targets() async throws {
        var registry = try SampleRegistry.requests()
        try registry.add(
            "requests", [.init(buildNumber: 1, version: "9", status: .latest, numbers: [8, 8])], target: "python3.13")
        #expect(try await bump("\(Self.arn):3", registry).rewritten == Array("\(Self.arn):5".utf8))
    }

    @Test("survives bytes of any kind, and changes only references", arguments: 0..<4)
    func hostileBytes(worker: Int) async throws {
        var random = SystemRandomNumberGenerator()
        let pieces =
            [
                ":layer:", "arn:aws:lambda:", "111122223333", "eu-west-1", "acme-p312-requests", ":", "3", "${", "}",
                "\n",
                "# strata: ", "keep", "<3", "\u{0}", "*/", Self.arn + ":3", Self.open + ":4",
            ].map { Array($0.utf8) } + [[0xff, 0xfe], [0xc3]]
        for _ in 0..<100 {
            var bytes: [UInt8] = []
            for _ in 0..<Int.random(in: 0...60, using: &random) { bytes += pieces.randomElement(using: &random) ?? [] }
            let catalog = try SampleRegistry.requests().catalog()
            let result = try await Bump(catalog, BumpRules(now: SampleRegistry.start)).examine(bytes, file: "x")
            #expect(result.isChanged || result.rewritten == bytes, "\(bytes)")
            let again = try await Bump(catalog, BumpRules(now: SampleRegistry.start)).examine(
                result.rewritten, file: "x")
            #expect(!again.isChanged, "\(bytes)")
        }
    }

    @Test("replaces a file at once, with its permissions; of a link, the file that it points to")
    func files() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "strata-bump-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = folder.appending(path: "a.tf").path
        let link = folder.appending(path: "b.tf").path
        try "x = \"\(Self.arn):3\"\n".write(toFile: file, atomically: false, encoding: .utf8)
        try FileManager.default.setAttributes([.posixPermissions: 0o640], ofItemAtPath: file)
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: "a.tf")
        let bump = Bump(try SampleRegistry.requests().catalog(), BumpRules(now: SampleRegistry.start))

        try await bump.examine(file: link).write()
        #expect(try String(contentsOfFile: file, encoding: .utf8) == "x = \"\(Self.arn):5\"\n")
        #expect(try FileManager.default.attributesOfItem(atPath: file)[.posixPermissions] as? Int == 0o640)
        #expect(try FileManager.default.destinationOfSymbolicLink(atPath: link) == "a.tf")
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted() == ["a.tf", "b.tf"])
        await #expect(throws: StrataError.self) { try await bump.examine(file: folder.path) }
        await #expect(throws: StrataError.self) { try await bump.examine(file: folder.path + "/none") }
    }
}
