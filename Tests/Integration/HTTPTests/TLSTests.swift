import Foundation
import HTTP
import Model
import Testing

@Suite("TLS")
struct TLSTests {
    @Test("trusts an authority that it was given, and no other, and only for the right name")
    func authorities() async throws {
        let server = try TLSServer()
        defer { server.stop() }
        let client = try HTTPClient()
        var request = HTTPRequest(.get, "https://localhost:\(server.port)/")
        let error = await failure { try await client.send(request) }
        #expect(error?.code == .connection)
        #expect(error?.hint?.contains("SSL_CERT_FILE") == true)
        #expect((error?.cause as? TransportFailure)?.mayHaveTakenEffect == false)
        request.authorities = server.authorityFile
        #expect(try await client.send(request).body == Array("secure".utf8))
        request.url = "https://127.0.0.1:\(server.port)/"
        #expect(await failure { try await client.send(request) }?.code == .connection)
        request.authorities = server.authorityFile + ".not"
        #expect(await failure { try await client.send(request) }?.code == .configuration)
        let options = HTTPClient.Options(environment: ["SSL_CERT_FILE": server.authorityFile])
        let trusting = try HTTPClient(options)
        #expect(try await trusting.send(HTTPRequest(.get, "https://localhost:\(server.port)/")).status == 200)
    }

    @Test("is not left by a redirect")
    func downgrade() async throws {
        let server = try TLSServer()
        defer { server.stop() }
        var request = HTTPRequest(.get, "https://localhost:\(server.port)/downgrade")
        request.authorities = server.authorityFile
        request.redirects = .followed(limit: 3)
        #expect(await failure { try await HTTPClient().send(request) }?.code == .refused)
    }
}

/// An HTTPS server in a child process, with a certificate for `localhost` from an authority made for the occasion.
private final class TLSServer {
    let folder: URL
    let process = Process()
    /// The child ends when this is closed, also if the test dies.
    let lifeline = Pipe()
    let port: Int
    var authorityFile: String { folder.appendingPathComponent("ca.pem").path }

    private static let program = """
        import http.server, os, ssl, sys, threading
        class Answer(http.server.BaseHTTPRequestHandler):
            protocol_version = 'HTTP/1.1'
            def do_GET(self):
                moved = self.path == '/downgrade'
                self.send_response(302 if moved else 200)
                if moved: self.send_header('Location', 'http://localhost/')
                self.send_header('Content-Length', '6')
                self.end_headers()
                self.wfile.write(b'secure')
            def log_message(self, *_): pass
        server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Answer)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain('server.pem', 'server.key')
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
        print(server.server_address[1], flush=True)
        threading.Thread(target=lambda: (sys.stdin.read(), os._exit(0))).start()
        server.serve_forever()
        """

    init() throws {
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("strata-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let key = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2"
        try Self.run("openssl req -x509 \(key) -keyout ca.key -out ca.pem -subj /CN=test-authority", in: folder)
        try Self.run("openssl req \(key) -keyout server.key -out server.csr -subj /CN=localhost", in: folder)
        try "subjectAltName=DNS:localhost".write(
            to: folder.appendingPathComponent("names"), atomically: true, encoding: .utf8)
        try Self.run(
            "openssl x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -out server.pem -days 2 "
                + "-extfile names", in: folder)
        let output = Pipe()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["python3", "-c", Self.program]
        process.currentDirectoryURL = folder
        process.standardInput = lifeline
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.run()
        let line = String(decoding: output.fileHandleForReading.availableData, as: UTF8.self)
        guard let port = Int(line.trimmingCharacters(in: .whitespacesAndNewlines)) else {
            throw StrataError(.tool, "python3 did not start a TLS server")
        }
        self.port = port
    }

    func stop() {
        try? lifeline.fileHandleForWriting.close()
        process.waitUntilExit()
        try? FileManager.default.removeItem(at: folder)
    }

    private static func run(_ command: String, in folder: URL) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = command.split(separator: " ").map(String.init)
        process.currentDirectoryURL = folder
        process.standardError = Pipe()
        process.standardOutput = Pipe()
        try process.run()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw StrataError(.tool, command) }
    }
}
