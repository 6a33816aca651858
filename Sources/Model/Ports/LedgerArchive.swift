/// A ledger that can be copied whole, its revisions included: what marks say of revisions stays true.
///
/// Only leases are not copied: each ledger's tokens are its own.
public protocol LedgerArchive: Ledger {
    /// The revision of the last change, or a larger one that nothing has.
    func revision() async throws -> Int
    /// All marks.
    func checkpoints() async throws -> [String: String]

    /// Makes an item's state exactly this, with its revision and its open intents, whatever it was before.
    ///
    /// Not one unit: a state may be larger. If it is interrupted, the item is as before or unknown, and can be restored
    /// again. Nobody else may write meanwhile.
    func restore(_ state: ItemState, lease: Lease) async throws
    /// Lets the next revision be larger than this one.
    func raiseRevision(to revision: Int, lease: Lease) async throws
}
