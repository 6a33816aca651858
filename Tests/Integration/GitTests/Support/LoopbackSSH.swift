import Foundation
import Git
import Model
import Synchronization

/// A server on loopback, configured as GitHub's are: each connection gets an sshd of its own (`sshd -i`), with a forced
/// command that is git's own shell, and passes a relay that can stall or cut it.
final class LoopbackSSH: Sendable {
    let place: Workplace
    let port: UInt16
    private let listener: Int32
    private let state = Mutex(State())

    private struct State {
        var fault: Fault = .none
        var isOpen = true
        var connections = 0
        var relays = 0
        var lastTraffic = (up: 0, down: 0)
    }

    /// What the relay does to connections.
    enum Fault: Sendable, Equatable {
        case none
        /// Nothing is passed on after so many bytes to (`up`) or from (`down`) the server; the connection stays open.
        case stall(up: Int = .max, down: Int = .max)
        /// The connection is closed after so many bytes.
        case cut(up: Int = .max, down: Int = .max)
        /// The connection is closed as soon as the file exists.
        case cutWhen(file: String)
    }

    static let standard = [
        "KexAlgorithms curve25519-sha256,ecdh-sha2-nistp256,diffie-hellman-group-exchange-sha256",
        "Ciphers chacha20-poly1305@openssh.com,aes256-gcm@openssh.com,aes128-gcm@openssh.com,aes256-ctr,aes192-ctr,aes128-ctr",
        "MACs hmac-sha2-512-etm@openssh.com,hmac-sha2-256-etm@openssh.com,hmac-sha2-512,hmac-sha2-256",
        "PubkeyAcceptedAlgorithms ssh-ed25519,ecdsa-sha2-nistp256,rsa-sha2-512,rsa-sha2-256",
    ]

    /// - Parameters:
    ///   - keys: the deploy keys that may log in.
    ///   - readOnly: keys that may fetch only, which the server says as GitHub does.
    ///   - hostKeys: types of host keys, as ssh-keygen names them.
    init(
        _ place: Workplace, keys: [SSHPublicKey], readOnly: [SSHPublicKey] = [],
        hostKeys: [String] = ["ed25519", "ecdsa", "rsa"],
        algorithms: [String] = LoopbackSSH.standard
    ) throws {
        self.place = place
        // As root, sshd wants the folder that its service would have made.
        if geteuid() == 0 { mkdir("/run/sshd", 0o755) }
        let shell = "exec git shell -c \\\"$SSH_ORIGINAL_COMMAND\\\""
        let words = "ERROR: The key you are authenticating with has been marked as read only."
        let refusal = "case $SSH_ORIGINAL_COMMAND in git-receive-pack*) echo '\(words)' >&2; exit 1;; esac; "
        let line = { (command: String, key: SSHPublicKey) in
            "restrict,command=\"cd '\(place.path)' && \(command)\" \(key)\n"
        }
        try place.write(
            "sshd/authorized_keys",
            keys.map { line(shell, $0) }.joined() + readOnly.map { line(refusal + shell, $0) }.joined())
        for type in hostKeys {
            // The smallest that the clients take: a larger RSA key takes a busy machine seconds to make.
            let bits = type == "rsa" ? "2048" : "256"
            try place.run("ssh-keygen", "-q", "-t", type, "-b", bits, "-N", "", "-f", "sshd/host_\(type)")
        }
        let settings =
            hostKeys.map { "HostKey \(place.path)/sshd/host_\($0)" } + algorithms + [
                "AuthorizedKeysFile \(place.path)/sshd/authorized_keys", "AuthenticationMethods publickey",
                "PermitRootLogin prohibit-password", "StrictModes no", "UsePAM no", "PidFile none", "LogLevel VERBOSE",
                "PrintMotd no", "MaxAuthTries 6", "LoginGraceTime 600",
            ]
        try place.write("sshd/config", settings.joined(separator: "\n") + "\n")
        listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        port = try Self.bind(listener)
        listen(listener, 64)
        let thread = Thread { [weak self, listener] in
            while true {
                let connection = accept(listener, nil, nil)
                guard connection >= 0, let self else {
                    if connection >= 0 { close(connection) }
                    return
                }
                self.serve(connection)
            }
        }
        thread.start()
    }

    private static func bind(_ listener: Int32) throws -> UInt16 {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(INADDR_LOOPBACK).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        return try withUnsafeMutablePointer(to: &address) { pointer in
            try pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                guard Glibc.bind(listener, pointer, size) == 0, getsockname(listener, pointer, &size) == 0 else {
                    throw CommandFailure(command: ["bind"], status: errno, text: "")
                }
            }
            return UInt16(bigEndian: pointer.pointee.sin_port)
        }
    }

    /// No more connections; those that are open end, so that nothing holds the workplace when the test is over.
    func stop() {
        state.withLock { $0.isOpen = false }
        shutdown(listener, Int32(SHUT_RDWR))
        close(listener)
        for _ in 0..<12_000 where state.withLock({ $0.relays }) > 0 { usleep(10_000) }
    }

    var fault: Fault {
        get { state.withLock { $0.fault } }
        set { state.withLock { $0.fault = newValue } }
    }
    var connections: Int { state.withLock { $0.connections } }
    /// Bytes of the last connection that ended, to and from the server.
    var lastTraffic: (up: Int, down: Int) {
        while state.withLock({ $0.relays }) > 0 { usleep(10_000) }
        return state.withLock { $0.lastTraffic }
    }

    func hostKey(_ type: String) throws -> SSHPublicKey {
        guard let key = SSHPublicKey(try place.read("sshd/host_\(type).pub")) else {
            throw CommandFailure(command: ["host key"], status: 1, text: type)
        }
        return key
    }

    /// Pins for this server, of these types.
    func pins(_ types: String...) throws -> KnownHosts {
        var hosts = KnownHosts()
        for type in types { try hosts.add("[127.0.0.1]:\(port) \(try hostKey(type))", from: "test") }
        return hosts
    }

    func address(_ path: String) throws -> RemoteAddress {
        try RemoteAddress("ssh://\(NSUserName())@127.0.0.1:\(port)\(path)")
    }

    // MARK: the relay

    private func serve(_ client: Int32) {
        let fault = state.withLock { state in
            state.connections += 1
            state.relays += 1
            return state.fault
        }
        var ends: [Int32] = [-1, -1]
        socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0, &ends)
        let sshd = Process()
        sshd.executableURL = URL(filePath: "/usr/sbin/sshd")
        sshd.arguments = ["-i", "-f", place.path("sshd/config"), "-E", place.path("sshd/log")]
        sshd.environment = ["PATH": "/usr/local/bin:/usr/bin:/bin"]
        let end = FileHandle(fileDescriptor: ends[1], closeOnDealloc: true)
        sshd.standardInput = end
        sshd.standardOutput = end
        sshd.standardError = FileHandle.nullDevice
        try? sshd.run()
        try? end.close()
        let server = ends[0]
        let thread = Thread { [self] in
            relay(client, server, fault)
            close(client)
            close(server)
            sshd.waitUntilExit()
            state.withLock { $0.relays -= 1 }
        }
        thread.start()
    }

    private func relay(_ client: Int32, _ server: Int32, _ fault: Fault) {
        var traffic = (up: 0, down: 0)
        var buffer = [UInt8](repeating: 0, count: 32_768)
        defer { state.withLock { $0.lastTraffic = traffic } }
        while state.withLock({ $0.isOpen }) {
            if case .cutWhen(let file) = fault, access(file, F_OK) == 0 { return }
            var watched = [
                pollfd(fd: client, events: Int16(POLLIN), revents: 0),
                pollfd(fd: server, events: Int16(POLLIN), revents: 0),
            ]
            guard poll(&watched, 2, 10) > 0 else { continue }
            for (index, (from, to)) in [(client, server), (server, client)].enumerated()
            where watched[index].revents != 0 {
                let count = read(from, &buffer, buffer.count)
                guard count > 0 else { return }
                var passed = count
                let before = index == 0 ? traffic.up : traffic.down
                switch fault {
                case .stall(let up, let down): passed = min(count, max(0, (index == 0 ? up : down) - before))
                case .cut(let up, let down):
                    passed = min(count, max(0, (index == 0 ? up : down) - before))
                default: break
                }
                if index == 0 { traffic.up += count } else { traffic.down += count }
                guard passed == 0 || send(to, buffer, passed, Int32(MSG_NOSIGNAL)) == passed else { return }
                if case .cut = fault, passed < count { return }
            }
        }
    }
}

/// Where the worker's program lies: beside the tests.
let gitWorker: SSHAccess.Worker = {
    let folder = URL(filePath: SSHAccess.Worker.thisProgram).resolvingSymlinksInPath().deletingLastPathComponent()
    return SSHAccess.Worker(executable: folder.appending(path: "git-worker").path, arguments: [])
}()

extension Workplace {
    /// A key made by ssh-keygen: its private half as text.
    func sshKey(_ type: String = "ed25519", passphrase: String = "", options: [String] = []) throws -> TestKey {
        let name = "key-\(UUID().uuidString)"
        let (status, text) = try attempt(
            ["ssh-keygen", "-q", "-t", type, "-N", passphrase, "-C", "test", "-f", name] + options)
        guard status == 0 else { throw CommandFailure(command: ["ssh-keygen"], status: status, text: text) }
        defer {
            try? FileManager.default.removeItem(atPath: path(name))
            try? FileManager.default.removeItem(atPath: path(name + ".pub"))
        }
        return TestKey(text: try read(name), publicText: try read(name + ".pub"))
    }
}

struct TestKey: Sendable {
    let text: String
    let publicText: String

    var publicKey: SSHPublicKey {
        get throws {
            guard let key = SSHPublicKey(publicText) else {
                throw CommandFailure(command: ["public key"], status: 1, text: publicText)
            }
            return key
        }
    }
}

extension Secret {
    init(text: String) {
        var bytes = Array(text.utf8)
        self.init(taking: &bytes)
    }
}

extension LoopbackSSH {
    /// The registry behind this server.
    func registry(
        _ key: TestKey, passphrase: String? = nil, repository: String = "remote.git", cache: String = "cache",
        hosts: KnownHosts? = nil, signing: TestKey? = nil, deadline: Duration = .seconds(600),
        patience: Duration = .seconds(300), note: @escaping @Sendable (String) -> Void = { _ in }
    ) async throws -> RegistryRepository {
        let access = SSHAccess(hosts: try hosts ?? pins("ed25519", "ecdsa"), worker: gitWorker) {
            if let passphrase { return try SSHKey(Secret(text: key.text), passphrase: Secret(text: passphrase)) }
            return try SSHKey(Secret(text: key.text))
        }
        let signingKey: (@Sendable () async throws -> SigningKey)? = signing.map { signing in
            { @Sendable in try SigningKey(Secret(text: signing.text)) }
        }
        return try await RegistryRepository.open(
            .init(
                cache: place.path(cache), remote: try address(place.path(repository)), author: try .tests(),
                access: access,
                signingKey: signingKey, deadline: deadline, patience: patience, note: note))
    }
}
