import FoundationEssentials

/// Looks for private keys where none must be, as `Tests/Servers/secret_watch.py` describes it.
struct SecretWatch {
    /// Where each key and each mark was found.
    typealias Findings = [String: [String]]

    /// What is looked for, and where besides the samples of processes.
    struct Search: Encodable {
        /// Private keys in OpenSSH's form.
        var keys: [String: String] = [:]
        /// Tokens, and private keys in PEM.
        var secrets: [String: String]?
        /// Texts that do occur, and so show that the search can find something.
        var marks: [String: String]
        var folders: [String]
        var texts: [String: String]
        /// What some process must have been seen with before the samples end.
        var until: String?
    }

    let talk: Server.Talk

    /// Samples every process's arguments and environment for as long as `body` runs, or until it searches.
    static func run(_ body: @Sendable (SecretWatch) async throws -> Void) async throws {
        try await Server.talk("secret_watch.py") { _, talk in try await body(SecretWatch(talk: talk)) }
    }

    func search(_ search: Search) async throws -> Findings {
        try await talk.say(String(decoding: try JSONEncoder().encode(search), as: UTF8.self))
        return try JSONDecoder().decode(Findings.self, from: Data(try await talk.nextLine().utf8))
    }
}
