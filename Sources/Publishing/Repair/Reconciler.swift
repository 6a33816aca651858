import Model
import Planning

/// Compares the ledger with the provider and with the registry's files, and repairs what differs.
///
/// Comparing writes nothing. Each region is asked side by side with the others, and one that does not answer is told
/// as unknown: nothing is concluded from silence.
public struct Reconciler: Sendable {
    let context: PublishingContext

    public init(_ context: PublishingContext) { self.context = context }

    var desired: Desired { context.desired }
    var provider: any LayerProvider { context.provider }

    /// What to do about differences.
    public struct Repair: Sendable, Hashable {
        /// Repair each kind of difference safely.
        public var fix: Bool
        /// Take orphans over whose bytes we cannot reproduce, as external releases.
        public var adopt: Bool
        /// Take permissions away that Strata gave and of which nothing is recorded.
        public var revokes: Bool

        public init(fix: Bool = false, adopt: Bool = false, revokes: Bool = false) {
            self.fix = fix
            self.adopt = adopt
            self.revokes = revokes
        }
    }

    public func run(_ repair: Repair) async throws -> Reconciliation {
        guard repair.fix || repair.adopt else { return try await compare() }
        return try await context.withSession(Recorder(tell: context.environment.report)) { session in
            try await context.registry.requireBelonging(session)
            var result = try await compare()
            for difference in result.differences {
                let reason = try await self.repair(difference, repair, session)
                if let reason {
                    result.left.append(.init(difference: difference, reason: reason))
                } else {
                    result.repaired.append(difference)
                }
            }
            if repair.fix {
                try await context.registry.rewrite(session)
            } else if !result.repaired.isEmpty {
                _ = try await CommitStep().run(NoInput(), session)
            }
            return result
        }
    }

    func compare() async throws -> Reconciliation {
        var result = Reconciliation()
        let states = try await allStates()
        let recorded = try await context.recordedAudience() ?? Audience(desired.visibility)
        let regions = Set(desired.regions).union(states.flatMap { $0.releases.map(\.id.region) }).sorted()
        let answers = await withTaskGroup(of: Answer.self) { group in
            for region in regions {
                group.addTask { await ask(region, states, recorded) }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        for answer in answers.sorted(by: { $0.region < $1.region }) {
            result.differences += answer.differences
            if let silence = answer.silence { result.unknown[answer.region] = silence }
            result.elsewhere = (result.elsewhere ?? [:]).merging(answer.elsewhere, uniquingKeysWith: +)
        }
        result.differences += try await context.registry.differences(from: context.ledger)
        return result
    }

    /// What a region's comparison came to; nothing but `silence` if it could not be asked.
    private struct Answer: Sendable {
        let region: Region
        var differences: [Difference] = []
        var silence: String?
        /// How many releases are in other accounts, which were not asked.
        var elsewhere: [String: Int] = [:]
    }

    private func ask(_ region: Region, _ states: [ItemState], _ recorded: Audience) async -> Answer {
        var answer = Answer(region: region)
        do {
            let account = try await provider.account(in: region.partition)
            let known = Set(states.flatMap { $0.releases.map(\.id) }.filter { $0.region == region })
            for var state in states {
                for release in state.releases where release.id.region == region && !release.isIn(account) {
                    if release.status != .deleted { answer.elsewhere[release.id.account, default: 0] += 1 }
                }
                // A name and a number mean another version there.
                state.releases.removeAll { !$0.isIn(account) }
                answer.differences += try await compare(state, in: region, known, recorded)
            }
            return answer
        } catch {
            return Answer(region: region, silence: StrataError.wrapping(error, .unavailable, "\(error)").message)
        }
    }

    /// Everything that the ledger knows, and what is wanted besides.
    private func allStates() async throws -> [ItemState] {
        var items = Set(desired.items)
        for try await page in context.ledger.itemPages() { items.formUnion(page) }
        return try await context.ledger.states(of: items.sorted())
    }
}
