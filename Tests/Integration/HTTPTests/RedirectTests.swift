import Foundation
import HTTP
import Model
import Testing

@Suite("A redirect")
struct RedirectTests {
    @Test("is an answer like any other unless it may be followed")
    func refused() async throws {
        let server = try LoopbackServer.answering { _ in
            answer("", status: "302 Found", headers: ["Location: /elsewhere"])
        }
        defer { server.close() }
        let response = try await HTTPClient().send(HTTPRequest(.get, server.url))
        #expect(response.status == 302)
        #expect(response.headers["location"] == "/elsewhere")
        #expect(server.requests.count == 1)
    }

    @Test("is followed without the caller's credentials to another host")
    func followed() async throws {
        let target = try LoopbackServer.answering { _ in answer("there", headers: ["X-Last: 1"]) }
        let server = try LoopbackServer.answering { _ in
            answer("gone", status: "301 Moved", headers: ["X-First: 1", "Location: \(target.url)/new"])
        }
        defer { server.close(); target.close() }
        var request = HTTPRequest(.get, server.url, headers: ["Authorization": "Bearer secret", "Cookie": "a=b"])
        request.redirects = .followed(limit: 3)
        let response = try await HTTPClient().send(request)
        #expect(response.body == Array("there".utf8))
        #expect(response.url == target.url + "/new")
        #expect(response.headers["x-first"] == nil)
        #expect(server.requests.first?.headers["authorization"] == "Bearer secret")
        #expect(target.requests.first?.headers["authorization"] == nil)
        #expect(target.requests.first?.headers["cookie"] == nil)
    }

    @Test("takes credentials from netrc along to the same scheme, host and port only")
    func netrc() async throws {
        let file = try TemporaryFile(
            Array("machine 127.0.0.1 login u password secret\ndefault login u password secret\n".utf8))
        let target = try LoopbackServer.answering { _ in answer("there") }
        let server = try LoopbackServer.answering { request in
            switch request.path {
            case "/same": answer("", status: "302 Found", headers: ["Location: /next"])
            case "/port": answer("", status: "302 Found", headers: ["Location: \(target.url)/x"])
            case "/host":
                answer(
                    "", status: "302 Found",
                    headers: ["Location: \(target.url.replacing("127.0.0.1", with: "localhost"))/x"])
            case "/away": answer("", status: "302 Found", headers: ["Location: file:///etc/passwd"])
            default: answer("here")
            }
        }
        defer { server.close(); target.close() }
        func get(_ path: String) async throws -> HTTPResponse {
            var request = HTTPRequest(.get, server.url + path)
            request.netrc = file.path
            request.redirects = .followed(limit: 3)
            return try await HTTPClient().send(request)
        }
        #expect(try await get("/same").body == Array("here".utf8))
        #expect(server.requests.allSatisfy { $0.headers["authorization"] == "Basic dTpzZWNyZXQ=" })
        #expect(server.requests.count == 2)
        for path in ["/port", "/host"] { #expect(try await get(path).body == Array("there".utf8)) }
        #expect(target.requests.count == 2)
        #expect(target.requests.allSatisfy { $0.headers["authorization"] == nil })
        #expect(await failure { try await get("/away") }?.code == .refused)
    }

    @Test("in a loop ends at the limit")
    func loop() async throws {
        let server = try LoopbackServer.answering { _ in answer("", status: "307 Again", headers: ["Location: /"]) }
        defer { server.close() }
        var request = HTTPRequest(.get, server.url)
        request.redirects = .followed(limit: 5)
        let error = await failure { [request] in try await HTTPClient().send(request) }
        #expect(error?.code == .unavailable)
        #expect(server.requests.count == 6)
        request.netrc = "/dev/null"
        let second = await failure { [request] in try await HTTPClient().send(request) }
        #expect(second?.code == .unavailable)
        #expect(server.requests.count == 12)
    }

    @Test(
        "to another protocol is refused", arguments: ["file:///etc/passwd", "ftp://127.0.0.1/x", "gopher://127.0.0.1"])
    func otherProtocol(location: String) async throws {
        let server = try LoopbackServer.answering { _ in answer("", status: "302 X", headers: ["Location: \(location)"])
        }
        defer { server.close() }
        var request = HTTPRequest(.get, server.url)
        request.redirects = .followed(limit: 5)
        #expect(await failure { try await HTTPClient().send(request) }?.code == .refused)
    }
}
