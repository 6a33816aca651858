import Foundation
import Glibc
import Synchronization

/// A server on loopback that does to each connection what the test says. One thread for each connection.
final class LoopbackServer: Sendable {
    let port: UInt16
    private let listener: Int32
    private let counts = Mutex(Counts())
    private let serve: @Sendable (Connection) -> Void

    struct Counts {
        var connections = 0
        var requests: [ReceivedRequest] = []
        var open: Set<Int32> = []
        var isClosed = false
    }

    /// Serves each connection with `serve`, and closes it when that returns.
    init(_ serve: @escaping @Sendable (Connection) -> Void) throws {
        self.serve = serve
        listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let descriptor = listener
        let status = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                bind(descriptor, address, length) | listen(descriptor, 512) | getsockname(descriptor, address, &length)
            }
        }
        guard status == 0 else { throw POSIXError(.EADDRNOTAVAIL) }
        port = UInt16(bigEndian: address.sin_port)
        Thread.detachNewThread { self.accept() }
    }

    /// Answers every request on a connection with what `answer` says.
    static func answering(
        _ answer: @escaping @Sendable (ReceivedRequest) -> String
    ) throws -> LoopbackServer {
        try LoopbackServer { connection in
            while let request = connection.readRequest() { connection.write(answer(request)) }
        }
    }

    var url: String { "http://127.0.0.1:\(port)" }
    var connections: Int { counts.withLock(\.connections) }
    var requests: [ReceivedRequest] { counts.withLock(\.requests) }

    /// Ends the server and every connection.
    func close() {
        let open = counts.withLock { counts in
            counts.isClosed = true
            return counts.open
        }
        shutdown(listener, Int32(SHUT_RDWR))
        for descriptor in open { shutdown(descriptor, Int32(SHUT_RDWR)) }
    }

    func note(_ request: ReceivedRequest) { counts.withLock { $0.requests.append(request) } }

    private func accept() {
        while true {
            let descriptor = Glibc.accept(listener, nil, nil)
            guard descriptor >= 0 else { break }
            _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
            counts.withLock { counts in
                counts.connections += 1
                counts.open.insert(descriptor)
                if counts.isClosed { shutdown(descriptor, Int32(SHUT_RDWR)) }
            }
            Thread.detachNewThread {
                self.serve(Connection(descriptor: descriptor, server: self))
                self.counts.withLock { _ = $0.open.remove(descriptor) }
                Glibc.close(descriptor)
            }
        }
        Glibc.close(listener)
    }
}

struct ReceivedRequest: Sendable {
    var line: String
    var headers: [String: String]
    var body: [UInt8]
    var path: String { line.split(separator: " ").dropFirst().first.map(String.init) ?? "" }
}

/// One connection, as its thread sees it.
struct Connection: Sendable {
    let descriptor: Int32
    let server: LoopbackServer

    /// The next request with its body, or nil at the end of the stream.
    func readRequest() -> ReceivedRequest? {
        var head: [UInt8] = []
        var byte: UInt8 = 0
        while !head.suffix(4).elementsEqual("\r\n\r\n".utf8) {
            guard recv(descriptor, &byte, 1, 0) == 1 else { return nil }
            head.append(byte)
        }
        let lines = String(decoding: head, as: UTF8.self).components(separatedBy: "\r\n")
        var headers: [String: String] = [:]
        for line in lines.dropFirst() {
            guard let colon = line.firstIndex(of: ":") else { continue }
            headers[line[..<colon].lowercased()] = line[line.index(after: colon)...].trimmingCharacters(
                in: .whitespaces)
        }
        var body = [UInt8](repeating: 0, count: headers["content-length"].flatMap { Int($0) } ?? 0)
        var filled = 0
        while filled < body.count {
            let count = body.withUnsafeMutableBytes {
                recv(descriptor, $0.baseAddress.map { $0 + filled }, $0.count - filled, 0)
            }
            guard count > 0 else { return nil }
            filled += count
        }
        let request = ReceivedRequest(line: lines[0], headers: headers, body: body)
        server.note(request)
        return request
    }

    func write(_ text: String) { write(Array(text.utf8)) }

    /// - Returns: false once the other side is gone.
    @discardableResult func write(_ bytes: [UInt8]) -> Bool {
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes {
                send(descriptor, $0.baseAddress.map { $0 + sent }, $0.count - sent, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return false }
            sent += count
        }
        return true
    }

    /// Waits until the other side, or the end of the test, closes the connection.
    func waitForEnd() {
        var byte: UInt8 = 0
        while recv(descriptor, &byte, 1, 0) > 0 {}
    }

    /// Makes the close that follows a reset.
    func reset() {
        var option = linger(l_onoff: 1, l_linger: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
    }
}

/// An answer with its length.
func answer(_ body: String, status: String = "200 OK", headers: [String] = []) -> String {
    let lines = ["HTTP/1.1 \(status)", "Content-Length: \(body.utf8.count)"] + headers
    return lines.joined(separator: "\r\n") + "\r\n\r\n" + body
}
