import FoundationEssentials
import Model

/// What the parent asks of the worker. The key or the token follows it on the same pipe, not in it.
struct WorkerRequest: Codable, Sendable {
    enum Operation: Codable, Sendable {
        /// Listed by the service that takes pushes.
        case writableHeads
        case fetch([String])
        case push(Push)
        /// Asked of the host's API.
        case request(ForgeRequest)

        /// Whether it takes the right to push.
        var writes: Bool { if case .fetch = self { false } else { true } }
    }
    let operation: Operation
    /// The clone's path.
    let clone: String
    let remote: Remote
    /// The most that a fetch may bring, in bytes.
    let limit: Int

    enum Remote: Codable, Sendable {
        /// One of the pinned keys must be the server's.
        case ssh(RemoteAddress.SSH, pins: [SSHPublicKey])
        case https(RemoteAddress.HTTPS, HTTPSIdentity)
    }
}

/// How far a connection got. Each is bounded by the parent.
enum RemotePhase: String, Codable, Sendable {
    /// Name, route, banner, key exchange.
    case connect
    case authenticate
    /// The server lists its branches.
    case list
    /// Objects are on their way to us.
    case transfer
    /// Objects are on their way to the server, which takes them, runs its hooks and reports. libgit2 does not tell these
    /// apart.
    case push
    /// The branch is read back on a new connection.
    case readBack
    /// The host's API is asked.
    case request
}

/// What the worker tells: one JSON object in a line each.
enum WorkerEvent: Codable, Sendable {
    case phase(RemotePhase)
    /// Bytes are moving.
    case alive
    case heads([String: ObjectID])
    case pushed(PushReply)
    case requested(MergeRequest?)
    case failed(WorkerFailure)
}

/// Why an operation came to nothing.
struct WorkerFailure: Error, Codable, Sendable {
    var code: String
    var message: String
    var hint: String?
    var git: GitFailure?
    var phase: RemotePhase
    /// The key that the server presented, when it was not one of the pins.
    var presented: SSHPublicKey?
    /// What the server offers, when no key exchange came about.
    var offer: ServerOffer?
    /// The server was offered the key and did not take it.
    var keyRefused = false
    /// What an HTTPS server answered instead of what it was asked for.
    var refusal: HTTPSRefusal?
    /// The server's own words.
    var words: [String] = []
}

/// Lengths before each part: four bytes, the most significant first.
enum WorkerFrame {
    static let limit = 1 << 20

    static func header(_ count: Int) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.appendSSH(UInt32(count))
        return bytes
    }
}
