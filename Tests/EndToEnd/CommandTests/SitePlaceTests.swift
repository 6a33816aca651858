import FoundationEssentials
import Testing

@Suite("The site elsewhere than on its branch")
struct SitePlaceTests {
    /// What `strata site` writes to a folder, which holds nothing but the site.
    private func rendered(_ place: Workplace, environment: [String: String] = [:]) async throws -> [String: [UInt8]] {
        let outcome = try await place.strata("site", "--output", "rendered", environment: environment)
        #expect(outcome.code == 0, "\(outcome.error)")
        return Dictionary(
            uniqueKeysWithValues: try place.files("rendered").map { ($0, try place.bytes("rendered/\($0)")) })
    }

    private func branches(_ place: Workplace) async throws -> Set<String> {
        let lines = try await place.run("git", "-C", "registry.git", "for-each-ref", "--format=%(refname:short)")
        return Set(lines.split(separator: "\n").map(String.init))
    }

    @Test("is in a folder, instead of on the branch, and follows what is published")
    func folder() async throws {
        func configuration(_ layers: [String]) -> Configuration {
            Configuration(layers: layers, targets: ["python3.12"], more: "site: { to: www, branch: false }")
        }
        let place = try Workplace(configuration(["six"]))
        func isInStep() async throws -> Bool {
            let site = try await rendered(place)
            let files = try place.files("www").filter { !$0.hasPrefix(".strata/") }
            return try Set(files) == Set(site.keys) && files.allSatisfy { try place.bytes("www/\($0)") == site[$0] }
        }
        let first = try await place.strata("publish")
        #expect(first.code == 0, "\(first.error)")
        #expect(first.output.contains("Pushed \(place.folder)/www "), "\(first.output)")
        #expect(try await isInStep())
        #expect(try await branches(place) == ["main"])
        let again = try await place.strata("publish")
        #expect(again.output.contains("Nothing to do"), "\(again.output)")
        try place.write("strata.yaml", configuration(["six", "PyYAML"]).text)
        #expect(try await place.strata("publish").code == 0)
        #expect(try await isInStep())
        #expect(try await place.strata("reconcile").code == 0)

        // A disk that refuses holds up nothing: what is published is listed on main.
        try place.write("strata.yaml", configuration(["six", "PyYAML", "idna"]).text)
        try await place.run("mv", "www", "kept")
        try place.write("www", "not a folder")
        let refused = try await place.strata("publish")
        #expect(refused.code == 3, "\(refused.error)")
        #expect(refused.output.contains("Pending the site at \(place.folder)/www"), "\(refused.output)")
        let clone = try await place.clone()
        #expect(try place.rows(of: clone).contains { $0.package == "idna" })
        try await place.run("rm", "www")
        try await place.run("mv", "kept", "www")
        let mended = try await place.strata("publish")
        #expect(mended.code == 0 && mended.output.contains("Pushed \(place.folder)/www "), "\(mended.output)")
        #expect(try await isInStep())

        // The branch can have it too, and GitLab serve it.
        try place.write(
            "strata.yaml",
            Configuration(
                layers: ["six", "PyYAML", "idna"], targets: ["python3.12"],
                more: "site: { to: www, gitlab-pages: true }"
            ).text)
        #expect(try await place.strata("publish").code == 0)
        #expect(try await branches(place) == ["main", "gh-pages"])
        let job = try await place.run("git", "-C", "registry.git", "show", "gh-pages:.gitlab-ci.yml")
        #expect(job.contains(#"if: $CI_COMMIT_BRANCH == "gh-pages""#), "\(job)")
        #expect(try await isInStep())
    }

    private struct Object: Decodable {
        let bytes: Data
        let encoding: String
    }

    @Test("is in a bucket before CloudFront; one that refuses is pending, and finished by the next run")
    func bucket() async throws {
        try await PackageIndex.run(["alpha": [PackageIndex.Release()], "beta": [PackageIndex.Release()]]) { index in
            try await Cloud.run { cloud in
                struct Named: Encodable {
                    let account: String
                    let bucket = "acme-site"
                    let region = "eu-west-1"
                    let versioned = false
                }
                struct Distribution: Codable { let id: String }
                struct Invalidations: Encodable {
                    let account: String
                    let distribution: String
                }
                try await cloud.tell("buckets", Named(account: cloud.account))
                let id = try await cloud.ask("distributions", Named(account: cloud.account), Distribution.self).id
                func configuration(_ layers: [String], region: String = "eu-west-1") -> Configuration {
                    Configuration(
                        layers: layers, targets: ["python3.12"], index: index.simple, publish: cloud.publish(),
                        more: "site: { to: \"s3://acme-site/layers\", region: \(region), cloudfront: \(id), "
                            + "branch: false }")
                }
                let place = try Workplace(configuration(["alpha"]), hasOwnCache: true)
                func objects() async throws -> [String: Object] {
                    try await cloud.ask("served", Named(account: cloud.account), [String: Object].self)
                }
                func expectInStep() async throws {
                    let site = try await rendered(place, environment: cloud.environment)
                    let found = try await objects().filter { !$0.key.hasPrefix("layers/.strata/") }
                    #expect(Set(found.keys) == Set(site.keys.map { "layers/\($0)" }))
                    for (path, bytes) in site where found["layers/\(path)"]?.encoding == "" {
                        #expect(found["layers/\(path)"].map { Array($0.bytes) } == bytes, "\(path)")
                    }
                }
                // In the middle of the first push the bucket becomes unwritable.
                try await cloud.set(.init(operation: "PutObject", fault: "status", status: 403, code: "AccessDenied"))
                let denied = try await place.strata("publish", environment: cloud.environment)
                #expect(denied.code == 3, "\(denied.error)")
                #expect(denied.output.contains("Pending the site at s3://acme-site/layers"), "\(denied.output)")
                #expect(denied.output.contains("s3:PutObject"), "\(denied.output)")
                let clone = try await place.clone()
                #expect(try place.rows(of: clone).count == 2)
                try await cloud.set()
                let first = try await place.strata("publish", environment: cloud.environment)
                #expect(first.code == 0, "\(first.error)")
                #expect(first.output.contains("Pushed s3://acme-site/layers "), "\(first.output)")
                try await expectInStep()
                let before = try await objects()
                let again = try await place.strata("publish", environment: cloud.environment)
                #expect(again.output.contains("Nothing to do"), "\(again.output)")
                #expect(try await objects().keys.sorted() == before.keys.sorted())

                try place.write("strata.yaml", configuration(["alpha", "beta"]).text)
                // CloudFront refuses while too much is under way: all is put, and yet not all is done.
                let busy = "TooManyInvalidationsInProgress"
                try await cloud.set(.init(operation: "POST", fault: "status", status: 400, code: busy))
                let waiting = try await place.strata("publish", environment: cloud.environment)
                #expect(waiting.code == 3 && waiting.output.contains(busy), "\(waiting.output)")
                try await cloud.set()
                #expect(try await place.strata("publish", environment: cloud.environment).code == 0)
                try await expectInStep()
                struct Sent: Decodable { let paths: [[String]] }
                let sent = try await cloud.ask(
                    "invalidations", Invalidations(account: cloud.account, distribution: id), Sent.self
                ).paths
                #expect(sent == [["/layers/*"], ["/layers/*"]])
                #expect(try await place.strata("doctor", environment: cloud.environment).output.contains("acme-site"))
            }
        }
    }
}
