import Contracts
import Model

/// A ledger's life by chance: units of events and intents, as runs might record them.
struct RandomEvents {
    enum Step: Sendable {
        case record([Event])
        case begin([Intent])
        case settle(Intent.ID, [Event])
    }

    private var chance: SeededGenerator
    private let items: [Item]
    private var buildNumbers: [Item: Int] = [:]
    private var open: [Intent.ID] = []
    private var publications = 0

    init(seed: UInt64) throws {
        chance = SeededGenerator(seed: seed)
        items = try ["a", "a-b", "b", "c_d"].flatMap { layer in
            try ["python3.9", "python3.12-arm64"].map { try Samples.item(layer, $0) }
        }
    }

    mutating func next() throws -> Step {
        switch Int.random(in: 0..<10, using: &chance) {
        case 0..<6: return .record(try (0..<Int.random(in: 1...6, using: &chance)).map { _ in try event() })
        case 6..<8:
            let intents = try (0..<Int.random(in: 1...4, using: &chance)).map { _ in try intent() }
            open += intents.map(\.id)
            return .begin(intents)
        default:
            // Sometimes one that was settled before.
            let id = open.randomElement(using: &chance) ?? Intent.ID("P0", "none")
            if Bool.random(using: &chance) { open.removeAll { $0 == id } }
            return .settle(id, try (0..<Int.random(in: 0...4, using: &chance)).map { _ in try event() })
        }
    }

    private mutating func intent() throws -> Intent {
        publications += Int.random(in: 0...1, using: &chance)
        let id = Intent.ID("P\(publications)", Samples.regions.randomElement(using: &chance)?.code ?? "x")
        let item = try Samples.required(items.randomElement(using: &chance))
        return Intent(
            id: id,
            work: .publish(
                item: item, buildNumber: 1, sha256: .of(id.description), region: Samples.regions[0], name: "acme-x"),
            begun: Samples.start)
    }

    private mutating func event() throws -> Event {
        let item = try Samples.required(items.randomElement(using: &chance))
        let region = try Samples.required(Samples.regions.randomElement(using: &chance))
        let built = buildNumbers[item, default: 0]
        // A build that does not exist is sometimes named: both ledgers have to refuse the whole unit.
        let buildNumber = Int.random(
            in: 1...max(1, built + (Int.random(in: 0..<12, using: &chance) == 0 ? 1 : 0)), using: &chance)
        let contents = try Samples.required(
            try Samples.build(Int.random(in: 1...4, using: &chance), of: item).artifact?.contents)
        switch Int.random(in: 0..<8, using: &chance) {
        case 0, 1:
            let isAgain = built > 0 && Int.random(in: 0..<4, using: &chance) == 0
            if !isAgain { buildNumbers[item] = built + 1 }
            // Sometimes another build under a taken build number.
            let version = isAgain && Bool.random(using: &chance) ? "9.9" : "2.32.3"
            return .built(try Samples.build(isAgain ? buildNumber : built + 1, of: item, version: version))
        case 2: return .same(item, contents, buildNumber: buildNumber)
        case 3, 4:
            var release = Samples.release(
                Int.random(in: 1...5, using: &chance), of: item, buildNumber: buildNumber, in: region,
                status: Release.Status.allCases.randomElement(using: &chance) ?? .latest,
                expires: Bool.random(using: &chance)
                    ? Samples.start + .seconds(Int.random(in: 0...9, using: &chance)) : nil,
                isExternal: Int.random(in: 0..<6, using: &chance) == 0,
                isPinned: Int.random(in: 0..<6, using: &chance) == 0)
            if Bool.random(using: &chance) { release.announced = Samples.start }
            return .released(release)
        case 5:
            let note = Note(kind: .pending, reason: chance.text("ab é", length: 0...3), since: Samples.start)
            return .noted(item, region, Bool.random(using: &chance) ? note : nil)
        case 6:
            let remarks = Bool.random(using: &chance) ? [] : [chance.text("xyz ", length: 1...2000)]
            return .resolved(item, Resolution(contents: contents, remarks: remarks, since: Samples.start))
        default:
            return .held(item, Bool.random(using: &chance) ? Hold(buildNumber: buildNumber, insteadOf: contents) : nil)
        }
    }
}

extension Ledger {
    /// Does the step; tells what it was refused with.
    func take(_ step: RandomEvents.Step, _ lease: Lease) async throws -> StrataError.Code? {
        do {
            switch step {
            case .record(let events): try await record(events, lease: lease)
            case .begin(let intents): try await begin(intents, lease: lease)
            case .settle(let id, let events): try await close(id, events: events, lease: lease)
            }
            return nil
        } catch let error as StrataError where error.code == .inconsistent {
            return error.code
        }
    }

    /// All that a ledger tells, without its revisions' numbers, which are each ledger's own.
    func everything() async throws -> Everything {
        let items = try await items(after: nil, limit: 1000)
        let changes = try await changes(since: 0, limit: 1000)
        return Everything(
            states: try await states(of: items).map(\.withoutRevision), changed: Set(changes.map(\.withoutRevision)),
            open: try await openIntents(after: nil, limit: 1000),
            expiring: try await expiring(by: Samples.start + .seconds(5), limit: 1000))
    }
}

struct Everything: Sendable, Hashable {
    let states: [ItemState]
    let changed: Set<ItemState>
    let open: [Intent]
    let expiring: [Release]
}

extension ItemState {
    var withoutRevision: ItemState {
        var state = self
        state.revision = 0
        return state
    }
}
