import Model
import Planning

/// The accounts that a registry is published in, as the ledger keeps them: what its files say until a change is allowed.
public struct KnownAccounts: Sendable, Hashable {
    public private(set) var accounts: [Partition: String] = [:]

    private static let checkpoint = "accounts"

    public init(in ledger: any Ledger) async throws {
        let text = try await ledger.checkpoint(Self.checkpoint) ?? ""
        for part in text.split(separator: " ") {
            let words = part.split(separator: ":").map(String.init)
            guard words.count == 2, let partition = Partition(rawValue: words[0]) else { continue }
            accounts[partition] = words[1]
        }
    }

    private var text: String {
        accounts.map { "\($0.key.rawValue):\($0.value)" }.sorted().joined(separator: " ")
    }

    /// Takes over what is configured, and writes it down.
    ///
    /// - Throws: `refused` if an account is another one and nobody has allowed that.
    static func update(_ session: Session) async throws {
        let before = try await KnownAccounts(in: session.ledger)
        var after = before
        for (partition, account) in session.desired.accounts.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
            if let known = before.accounts[partition], known != account,
                !session.context.options.allowances.accountChange
            {
                throw StrataError(
                    .refused, "the registry is published in account \(known), and the configuration is for \(account)",
                    hint: "correct 'account', or pass --allow-account-change if that is meant")
            }
            after.accounts[partition] = account
        }
        guard after != before else { return }
        try await session.ledger.setCheckpoint(Self.checkpoint, after.text, lease: session.lease)
    }
}
