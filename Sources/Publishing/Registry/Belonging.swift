import Model
import Site

/// The registry that a ledger belongs to, and which of its revisions are the ledger's own: the ledger's checkpoint `registry`.
///
/// The commits that wrote them are known by name, and not by number alone: two copies of a ledger count alike.
public struct Belonging: Sendable, Hashable {
    /// The checkpoint's name. Its value begins with the registry's identity.
    public static let checkpoint = "registry"
    /// A backup of the branch may be as old as that.
    private static let remembered = 200

    let id: String
    /// The highest revision that the branch is known to have had.
    private(set) var revision: Int
    /// The last acts of committing, begun by the ledger or found on the branch.
    private(set) var runs: [String]

    /// A ledger that belongs to a registry from now on, and knows all that it shows.
    init(_ stamp: RegistryStamp) {
        (id, revision, runs) = (stamp.id, stamp.revision, [stamp.run])
    }

    private init(id: String) { (self.id, revision, runs) = (id, 0, []) }

    /// - Parameter text: what the ledger has as its checkpoint; an unreadable one counts as none.
    init?(_ text: String?) {
        let parts = text?.split(separator: " ").map(String.init) ?? []
        guard parts.count >= 2, let revision = Int(parts[1]), 0...RegistryStamp.revisions.upperBound ~= revision
        else { return nil }
        (id, self.revision, runs) = (parts[0], revision, Array(parts[2...]))
    }

    var text: String { ([id, String(revision)] + runs).joined(separator: " ") }

    /// The same once a commit is about to be pushed: whoever dies then must know it again.
    static func beginning(_ stamp: RegistryStamp, after former: Belonging?) -> Belonging {
        var next = former ?? Belonging(id: stamp.id)
        next.remember(stamp.run)
        return next
    }

    /// The same once the branch is known to show a revision.
    func reaching(_ stamp: RegistryStamp) -> Belonging {
        var next = self
        next.revision = max(revision, stamp.revision)
        next.remember(stamp.run)
        return next
    }

    private mutating func remember(_ run: String) {
        guard !runs.contains(run) else { return }
        runs = (runs + [run]).suffix(Self.remembered)
    }
}

/// How a registry and a ledger stand to each other.
enum Standing: Sendable, Hashable {
    /// The registry shows what the ledger wrote, or began to write.
    case own
    /// The registry says nothing of itself: nothing was written yet, or an older version wrote it.
    case unmarked
    /// The registry was set back: it shows an earlier revision than the ledger has written.
    case behind
    /// Somebody else wrote the registry's last revision.
    case ahead
    /// The registry is another one than the ledger's.
    case foreign
    /// The ledger belongs to none.
    case unclaimed

    init(_ stamp: RegistryStamp?, _ belonging: Belonging?) {
        self =
            switch (stamp, belonging) {
            case (nil, _): .unmarked
            case (_, nil): .unclaimed
            case (let stamp?, let belonging?) where stamp.id != belonging.id: .foreign
            // However low its revision is: what another ledger wrote on a branch that was set back is not ours.
            case (let stamp?, let belonging?) where !belonging.runs.contains(stamp.run): .ahead
            case (let stamp?, let belonging?): stamp.revision < belonging.revision ? .behind : .own
            }
    }
}
