import Consuming
import Model
import Testing

@Suite struct FindTests {
    private func registry() throws -> SampleRegistry {
        var registry = try SampleRegistry.requests()
        try registry.add(
            "requests", [.init(buildNumber: 1, version: "2.32.3", status: .latest, numbers: [2, nil])],
            target: "python3.13-arm64")
        try registry.add(
            "psycopg_binary_pool", [.init(buildNumber: 1, version: "3", status: .latest, numbers: [1, 1])])
        return registry
    }

    @Test("finds the newest release for each target, with its regions", arguments: [false, true])
    func find(onSite: Bool) async throws {
        let finder = LayerFinder(try registry().catalog(ofSite: onSite))
        let found = try await finder.find("Requests")
        #expect(found.map(\.item.target.description) == ["python3.12", "python3.13-arm64"])
        #expect(found.map(\.version) == ["2.32.3", "2.32.3"])
        #expect(
            found[0].arns.map(\.description) == [
                "arn:aws:lambda:eu-west-1:111122223333:layer:acme-p312-requests:5",
                "arn:aws:lambda:us-east-1:111122223333:layer:acme-p312-requests:5",
            ])
        #expect(found[1].arns.map(\.region.code) == ["eu-west-1"])
        let urllib3 = try #require(PackageName("urllib3"))
        #expect(found[0].contents?.packages[urllib3] == "2.2.2")
    }

    @Test("finds what is in a region and for a target, and nothing else")
    func narrowed() async throws {
        let finder = LayerFinder(try registry().catalog())
        #expect(try await finder.find("requests", target: Target("python3.12")).count == 1)
        #expect(try await finder.find("requests", region: Region("us-east-1")).map(\.arns.count) == [1])
        #expect(
            try await finder.find("requests", target: Target("python3.13-arm64"), region: Region("us-east-1")).isEmpty)
    }

    @Test(
        "finds a layer by the requirement that made it",
        arguments: ["psycopg[pool,binary]", "Psycopg [Binary, pool] >=3"])
    func requirement(words: String) async throws {
        #expect(
            try await LayerFinder(registry().catalog()).find(words).map(\.item.layer.text) == ["psycopg_binary_pool"])
    }

    @Test("names the nearest layers when there is none", arguments: [false, true])
    func missing(onSite: Bool) async throws {
        let finder = LayerFinder(try registry().catalog(ofSite: onSite))
        func said(_ words: String) async -> String {
            do {
                return "\(try await finder.find(words))"
            } catch {
                return "\(error)"
            }
        }
        #expect(await said("psycopg") == "the registry has no layer 'psycopg'; it has 'psycopg_binary_pool'")
        #expect(await said("requests-oauthlib") == "the registry has no layer 'requests-oauthlib'; it has 'requests'")
        #expect(await said("../../etc/passwd") == "the registry has no layer '../../etc/passwd'")
        #expect(await said("numpy\u{1b}[2J") == "the registry has no layer 'numpy [2J'")
    }

    @Test("says that a folder is no registry")
    func noRegistry() async throws {
        let finder = LayerFinder(RegistryCatalog(RegistrySource(name: "here") { _ in nil }))
        await #expect(throws: StrataError.self) { try await finder.find("requests") }
    }

    @Test("refuses files that are not the registry's", arguments: ["", "{}", "[]", "null", "{\"format\":1}", "\u{0}"])
    func damaged(file: String) async throws {
        let catalog = RegistryCatalog(RegistrySource(name: "here") { _ in Array(file.utf8) })
        await #expect(throws: StrataError.self) { try await LayerFinder(catalog).find("requests") }
    }

    @Test("passes over targets, regions and statuses that it does not know yet")
    func newer() async throws {
        let history = """
            {"format":2,"layer":"x","more":1,"targets":{
            "python3.12":{"builds":1,"releases":[
            {"build":1,"name":"n","account":"111122223333","status":"latest","published":"2026-01-01T00:00:00Z","regions":{"eu-west-1":1,"moon":2}},
            {"build":1,"name":"n","account":"111122223333","status":"sparkling","published":"2026-01-01T00:00:00Z","regions":{"eu-west-1":3}}]},
            "ruby3":{"builds":0,"releases":[]}}}
            """
        let catalog = RegistryCatalog(
            RegistrySource(name: "here") { path in
                switch path {
                case "registry.json": Array("{\"format\":9,\"targets\":[],\"regions\":[]}".utf8)
                case "layers/x/releases.json": Array(history.utf8)
                default: nil
                }
            })
        let found = try await LayerFinder(catalog).find("x")
        #expect(found.map { $0.arns.map(\.description) } == [["arn:aws:lambda:eu-west-1:111122223333:layer:n:1"]])
        #expect(found[0].version == nil)
    }
}
