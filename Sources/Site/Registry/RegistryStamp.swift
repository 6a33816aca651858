import Model

/// What `registry.json` says of the registry itself, so that a ledger can tell whether it may write there.
public struct RegistryStamp: Sendable, Hashable, Decodable {
    /// The registry's identity: made by chance with its first commit, and the same for ever.
    public let id: String
    /// Rises with each commit.
    public let revision: Int
    /// Names the act of committing that wrote this revision.
    public let run: String

    public init(id: String, revision: Int, run: String) {
        self.id = id
        self.revision = revision
        self.run = run
    }

    /// The stamp in a registry's file; nil if it has none, as those that older versions wrote, or none that can be.
    public init?(in file: [UInt8]?) {
        guard let file, let stamp = try? RegistryJSON.decode(Self.self, from: file, path: RegistryFile.path),
            [stamp.id, stamp.run].allSatisfy({ !$0.isEmpty && $0.utf8.allSatisfy(\.isASCIIAlphanumeric) }),
            stamp.revision > 0
        else { return nil }
        self = stamp
    }

    /// The file of a branch that holds it.
    public static var path: String { RegistryFile.path }
}
