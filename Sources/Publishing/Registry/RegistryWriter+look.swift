import Model
import Site

extension RegistryWriter {
    /// What a look at the registry, which changes nothing, says of a ledger.
    public enum Look: Sendable {
        /// The ledger may write there.
        case together(String)
        /// A run would go on, and tell this.
        case warning(String)
        /// A run would end with this, before it changes anything.
        case refused(StrataError)
    }

    /// Looks whether a ledger belongs to the registry. The registry is fetched once, and nothing is repeated.
    ///
    /// - Parameter rebuilds: whether a ledger that lacks what the registry tells is filled from it by each run.
    /// - Throws: what fetching throws.
    public func look(for ledger: any Ledger, rebuilds: Bool) async throws -> Look {
        let snapshot = try await (look?() ?? remote).fetch(main)
        guard snapshot.tip != nil else {
            return .together("the registry is empty: the first commit makes it this ledger's")
        }
        if let refusal = try await refusal(of: snapshot, ledger) {
            guard rebuilds, refusal.isMendedByRebuilding else { return .refused(refusal.error) }
            return .warning("'\(main)' tells more than this ledger knows: the next run takes it from there first")
        }
        if try await standing(of: snapshot, ledger) == .behind { return .warning(setBack) }
        let revision = try await snapshot.stamp().map { ", revision \($0.revision)" } ?? ""
        return .together("ledger and registry belong together\(revision)")
    }
}

extension PublishingContext {
    /// How long a command that only looks waits for the registry.
    private static let patience = Duration.seconds(20)

    /// Looks whether the ledger may write to the registry.
    ///
    /// - Returns: what a run would only warn of; nil if there is nothing to tell.
    /// - Throws: what a run would end with. A registry that cannot be reached is only warned of.
    package func lookAtRegistry() async throws -> String? {
        let look: RegistryWriter.Look
        do {
            look = try await within(Self.patience, self) {
                try await registry.look(for: ledger, rebuilds: options.rebuildsLedger)
            }
        } catch let error as StrataError where error.code != .inconsistent {
            return "whether this ledger belongs to the registry is not known: \(error.message)"
        }
        switch look {
        case .together: return nil
        case .warning(let text): return text
        case .refused(let error): throw error
        }
    }
}
