import AWS
import Foundation
import Model
import Testing

/// One of the 34 public vectors.
struct SignatureVector: Decodable, Sendable, CustomTestStringConvertible {
    let name: String
    let request: String
    let canonical: String
    let toSign: String
    let authorization: String
    /// The credentials' session token, where the vector has one.
    let token: String?
    var testDescription: String { name }

    static let all: [SignatureVector] = {
        struct File: Decodable { let vectors: [SignatureVector] }
        let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Resources/sigv4-vectors.json")
        guard let data = try? Data(contentsOf: file) else { return [] }
        return (try? JSONDecoder().decode(File.self, from: data))?.vectors ?? []
    }()

    /// The vector's request, read as the suite writes it: headers, an empty line, a body.
    func parsed() throws -> CanonicalRequest {
        let halves = request.split(separator: "\n\n", maxSplits: 1, omittingEmptySubsequences: false)
        var lines = halves[0].split(separator: "\n", omittingEmptySubsequences: false)
        let first = lines.removeFirst()
        let target = first.drop { $0 != " " }.dropFirst().dropLast(" HTTP/1.1".count)
        let parts = target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        var headers: [(name: String, value: String)] = []
        for line in lines where !line.isEmpty {
            if line.first == " ", let last = headers.popLast() {
                headers.append((last.name, "\(last.value)\n\(line)"))
            } else {
                let colon = try #require(line.firstIndex(of: ":"))
                headers.append((String(line[..<colon]), String(line[line.index(after: colon)...])))
            }
        }
        if let token { headers.append(("X-Amz-Security-Token", token)) }
        let query = (parts.count < 2 ? [] : parts[1].split(separator: "&")).map { pair in
            let sides = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let name = String(sides[0]).removingPercentEncoding ?? ""
            return (name: name, value: sides.count < 2 ? "" : String(sides[1]).removingPercentEncoding ?? "")
        }
        return CanonicalRequest(
            method: String(first.prefix { $0 != " " }), path: String(parts[0]), query: query, headers: headers,
            payload: ContentDigest.of(halves.count > 1 ? String(halves[1]) : "").hex)
    }
}

@Suite("Signature Version 4")
struct SignatureTests {
    let date = Timestamp("2015-08-30T12:36:00Z") ?? Timestamp(seconds: 0)
    let credentials = Credentials(
        accessKeyID: "AKIDEXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")

    @Test("has all 34 public vectors")
    func count() { #expect(SignatureVector.all.count == 34) }

    @Test("signs each public vector", arguments: SignatureVector.all)
    func vector(_ vector: SignatureVector) throws {
        let signer = SignatureV4(service: "service", region: "us-east-1")
        let request = try vector.parsed()
        #expect(request.text(.encodedAgain) == vector.canonical)
        #expect(signer.stringToSign(request, at: date) == vector.toSign)
        #expect(signer.authorization(for: request, with: credentials, at: date) == vector.authorization)
    }

    /// https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html, "GET Object".
    @Test("signs S3's own example, whose body's digest is a header")
    func s3() throws {
        let credentials = Credentials(
            accessKeyID: "AKIAIOSFODNN7EXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")
        let request = CanonicalRequest(
            method: "GET", path: "/test.txt", query: [],
            headers: [("Host", "examplebucket.s3.amazonaws.com"), ("Range", "bytes=0-9")],
            payload: ContentDigest.of("").hex)
        let signed = SignatureV4(service: "s3", region: "us-east-1").sign(
            request, with: credentials, at: try #require(Timestamp("2013-05-24T00:00:00Z")))
        #expect(
            signed.last?.value
                == "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request, "
                + "SignedHeaders=host;range;x-amz-content-sha256;x-amz-date, "
                + "Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41")
    }

    @Test("leaves S3's path as it is sent, and encodes all others again")
    func paths() {
        func path(_ path: String, _ rule: CanonicalRequest.PathRule) -> Substring {
            CanonicalRequest(method: "GET", path: path, query: [], headers: [("Host", "h")], payload: "")
                .text(rule).split(separator: "\n")[1]
        }
        #expect(path("/a//b/../c%20d", .asSent) == "/a//b/../c%20d")
        #expect(path("/layers/arn%3Aaws/x", .encodedAgain) == "/layers/arn%253Aaws/x")
        #expect(path("/a//b/../c/", .encodedAgain) == "/a/c/")
        #expect(path("/../..", .encodedAgain) == "/")
    }

    @Test("signs the session token, and adds nothing twice")
    func token() {
        let request = CanonicalRequest(
            method: "POST", path: "/", query: [], headers: [("Host", "h")], payload: ContentDigest.of("").hex)
        let temporary = Credentials(accessKeyID: "A", secretAccessKey: "s", sessionToken: "t+/=")
        let signed = SignatureV4(service: "sts", region: "us-east-1").sign(request, with: temporary, at: date)
        #expect(signed.map(\.name) == ["Host", "X-Amz-Date", "X-Amz-Security-Token", "Authorization"])
        #expect(signed.last?.value.contains("SignedHeaders=host;x-amz-date;x-amz-security-token,") == true)
    }

    @Test("sorts a query by its encoded form, however it is given")
    func query() {
        let pairs = [("b", "2"), ("a", "ü"), ("a b", "/"), ("a", "1"), ("A", ""), ("a~", "*")]
        let expected = "A=&a=%C3%BC&a=1&a%20b=%2F&a~=%2A&b=2"
        for _ in 0..<20 {
            let encoded = CanonicalRequest.encode(pairs.shuffled().map { (name: $0.0, value: $0.1) })
            #expect(Set(encoded.split(separator: "&")) == Set(expected.split(separator: "&")))
            #expect(encoded == "A=&a=%C3%BC&a=1&a%20b=%2F&a~=%2A&b=2")
        }
    }
}

@Suite("Credentials")
struct CredentialsTests {
    @Test("show nothing of themselves")
    func redacted() {
        let credentials = Credentials(accessKeyID: "AKIDSECRET", secretAccessKey: "s3cr3t", sessionToken: "t0k3n")
        var dumped = ""
        dump(credentials, to: &dumped)
        dump([credentials], to: &dumped)
        for text in ["\(credentials)", String(reflecting: credentials), String(describing: [credentials]), dumped] {
            for secret in ["AKIDSECRET", "s3cr3t", "t0k3n"] { #expect(!text.contains(secret)) }
        }
    }
}
