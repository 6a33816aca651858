import AWS
import Contracts
import Foundation
import HTTP
import Model
import Testing

@Suite("A site in a bucket")
struct SiteTests {
    private func site(
        _ stage: Stage, _ account: Stage.Account, at url: String? = nil, prefix: String = "layers",
        distribution: String? = nil, region: Region = Stage.here, make: Bool = true
    ) async throws -> S3Site {
        let name = "site-\(account.account)"
        if make {
            _ = try await stage.ask(
                "buckets", ["account": account.account, "bucket": name, "region": Stage.here.code, "versioned": ""])
        }
        return S3Site(
            client: try stage.client(account, at: url), bucket: name, owner: account.account, region: region,
            options: .init(
                prefix: prefix, cacheControl: "public, max-age=60", distribution: distribution, servedAt: "/x"))
    }

    private struct Object: Decodable {
        let type: String
        let encoding: String
        let cache: String
        let bytes: Data
    }

    private func objects(_ stage: Stage, _ account: Stage.Account) async throws -> [String: Object] {
        try await stage.ask(
            "served", ["account": account.account, "bucket": "site-\(account.account)"], [String: Object].self)
    }

    @Test("S3 keeps the contract of a site's place", arguments: SitePlaceContract.cases)
    func contract(_ promise: ContractCase<SitePlaceSubject>) async throws {
        let stage = try Stage.common()
        let account = try await stage.account()
        try await promise.check(
            SitePlaceSubject(
                place: try await site(stage, account), other: try await site(stage, account, prefix: "layers")))
    }

    @Test("files are what they are to browsers, and compressed only where browsers alone read them")
    func headers() async throws {
        let stage = try Stage.common()
        let account = try await stage.account()
        let site = try await site(stage, account)
        let text = Array(String(repeating: "<p>many like the others</p>", count: 200).utf8)
        let expected = [
            "index.html": ("text/html; charset=utf-8", "gzip"),
            "assets/strata.css": ("text/css; charset=utf-8", "gzip"),
            "data/find/~.js": ("text/javascript; charset=utf-8", "gzip"), "assets/icon.svg": ("image/svg+xml", "gzip"),
            "api/v1/index.json": ("application/json", ""), "feed.xml": ("application/atom+xml", ""),
            "sitemap.xml": ("application/xml", ""), "deprecations.ics": ("text/calendar; charset=utf-8", ""),
            "api/v1/regions/eu-west-1/python3.12/~.csv": ("text/csv; charset=utf-8", ""),
            "api/v1/builds/a/python3.12/1.cdx.json": ("application/vnd.cyclonedx+json; version=1.6", ""),
            "robots.txt": ("text/plain; charset=utf-8", ""), "assets/preview.png": ("image/png", ""),
            "opensearch.xml": ("application/opensearchdescription+xml", ""),
        ]
        for path in expected.keys { try await site.write(text, to: path) }
        let first = try await objects(stage, account)
        #expect(Set(first.keys) == Set(expected.keys.map { "layers/\($0)" }))
        for (path, (type, encoding)) in expected {
            let object = try #require(first["layers/\(path)"])
            #expect(object.type == type && object.encoding == encoding, "\(path): \(object.type) \(object.encoding)")
            #expect(object.cache == "public, max-age=60")
            #expect(encoding.isEmpty == (Array(object.bytes) == text))
            #expect(encoding.isEmpty || object.bytes.count < text.count / 10)
        }
        // The same bytes again, and a small file, which is not worth it.
        try await site.write(text, to: "index.html")
        try await site.write(Array("<p>".utf8), to: "404.html")
        let second = try await objects(stage, account)
        #expect(second["layers/index.html"]?.bytes == first["layers/index.html"]?.bytes)
        #expect(second["layers/404.html"]?.encoding == "")
    }

    @Test("CloudFront is told few paths, or all with one")
    func invalidations() async throws {
        let stage = try Stage.common()
        let account = try await stage.account()
        struct Made: Decodable { let id: String }
        let id = try await stage.ask(
            "distributions", ["account": account.account, "bucket": "site-\(account.account)"], Made.self
        ).id
        let site = try await site(stage, account, distribution: id)
        try await site.refresh(["index.html", "layers/a b&c.html"], as: "one")
        try await site.refresh((0..<11).map { "layers/\($0).html" }, as: "two")
        try await site.refresh(nil, as: "three")
        try await site.refresh([], as: "four")
        struct Sent: Decodable { let paths: [[String]] }
        let sent = try await stage.ask(
            "invalidations", ["account": account.account, "distribution": id], Sent.self
        ).paths
        #expect(sent == [["/x/", "/x/index.html", "/x/layers/a%20b%26c.html"], ["/x/*"], ["/x/*"]])
    }

    @Test("what CloudFront refuses is told with what to do about it")
    func distributionFaults() async throws {
        let stage = try Stage.common()
        let account = try await stage.account()
        let foreign = try await site(stage, account, distribution: "ENOSUCHTHING12")
        await #expect {
            try await foreign.refresh(nil, as: "one")
        } throws: { error in
            let error = error as? StrataError
            return error?.code == .notFound
                && error?.hint == "'site.cloudfront' must name a distribution of account \(account.account)"
        }
        let faults = try stage.faults()
        let body =
            "<ErrorResponse><Error><Type>Sender</Type><Code>TooManyInvalidationsInProgress</Code>"
            + "<Message>too many</Message></Error></ErrorResponse>"
        try await faults.set(#"{"fault":"status","status":400,"body":"\#(body)"}"#)
        let busy = try await site(stage, account, at: faults.proxy.url, distribution: "ENOSUCHTHING12")
        await #expect {
            try await busy.refresh(nil, as: "one")
        } throws: { error in
            let error = error as? StrataError
            return error?.code == .quota && error?.hint?.contains("within minutes") == true
        }
        #expect(try await faults.counts().values.reduce(0, +) == 1, "asking again at once is no use")
    }

    @Test("a bucket that is missing, elsewhere, or not ours says what to change")
    func buckets() async throws {
        let stage = try Stage.common()
        let account = try await stage.account()
        let missing = try await site(stage, account, make: false)
        for work in [
            { _ = try await missing.withFiles { try $0("index.html") } },
            { try await missing.write([1], to: "index.html") },
        ] as [() async throws -> Void] {
            await #expect {
                try await work()
            } throws: { error in
                let error = error as? StrataError
                return error?.code == .notFound && error?.hint?.contains("or name another in 'site.to'") == true
            }
        }
        let faults = try stage.faults()
        try await faults.set(
            #"{"fault":"status","status":301,"headers":{"x-amz-bucket-region":"eu-central-1"},"#
                + #""body":"<Error><Code>PermanentRedirect</Code><Message>elsewhere</Message></Error>"}"#)
        let elsewhere = try await site(stage, account, at: faults.proxy.url)
        await #expect {
            try await elsewhere.write([1], to: "index.html")
        } throws: { error in
            let error = error as? StrataError
            return error?.code == .configuration && error?.message.contains("is in eu-central-1") == true
                && error?.hint == "write the bucket's region as 'site.region'"
        }
        let other = try await stage.account()
        _ = try await site(stage, account)
        let foreign = S3Site(
            client: try stage.client(account), bucket: "site-\(account.account)", owner: other.account,
            region: Stage.here, options: .init(cacheControl: "no-store"))
        await expect(.accessDenied) { try await foreign.write([1], to: "index.html") }
    }

    @Test("needs no more than the policy of the documentation, and names what is missing")
    func policy() async throws {
        let stage = try Stage.common()
        let account = try await stage.account()
        let bucket = "arn:aws:s3:::site-\(account.account)"
        struct Made: Decodable { let id: String }
        let id = try await stage.ask(
            "distributions", ["account": account.account, "bucket": "site-\(account.account)"], Made.self
        ).id
        let site = try await site(stage, account, distribution: id)
        func permit(_ actions: [(actions: String, resource: String)]) async throws {
            let statements = actions.map {
                #"{"Effect":"Allow","Action":[\#($0.actions)],"Resource":"\#($0.resource)"}"#
            }
            let body = #"{"key":"\#(account.key)","statements":[\#(statements.joined(separator: ","))]}"#
            _ = try await stage.http.send(
                HTTPRequest(.post, "\(stage.front.url)/front/permit", body: .bytes(Array(body.utf8))))
        }
        let objects = (actions: #""s3:GetObject","s3:PutObject","s3:DeleteObject""#, resource: "\(bucket)/layers/*")
        let list = (actions: #""s3:ListBucket""#, resource: bucket)
        let invalidate = (
            actions: #""cloudfront:CreateInvalidation""#,
            resource: "arn:aws:cloudfront::\(account.account):distribution/\(id)"
        )
        func useAll() async throws {
            #expect(try await site.withFiles { try $0("none.html") } == nil)
            try await site.write([1], to: "some.html")
            #expect(try await site.withFiles { try $0("some.html") } == [1])
            try await site.delete("some.html")
            try await site.refresh(nil, as: "one")
        }
        let all = [objects, list, invalidate]
        try await permit(all)
        try await useAll()
        let missing = ["s3:GetObject", "s3:ListBucket", "cloudfront:CreateInvalidation"]
        for (index, name) in missing.enumerated() {
            try await permit(all.enumerated().filter { $0.offset != index }.map(\.element))
            await #expect {
                try await useAll()
            } throws: { error in
                let error = error as? StrataError
                return error?.code == .accessDenied && error?.hint?.contains(name) == true
                    && error?.hint?.contains(all[index].resource) == true
            }
        }
    }
}
