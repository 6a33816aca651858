import Model
import Site

extension Reconciler {
    /// Fills an empty ledger from the registry's main branch: losing the ledger loses nothing that was listed.
    ///
    /// What the branch tells is compared with the provider afterwards; run `run(_:)` for that.
    /// - Returns: how many items and releases came back.
    /// - Throws: `conflict` if the ledger is not empty, `notFound` if the branch does not exist.
    public func rebuild(from branch: String) async throws -> (items: Int, releases: Int) {
        guard try await context.ledger.items(after: nil, limit: 1).isEmpty else {
            throw StrataError(
                .conflict, "the ledger is not empty", hint: "move it away first; nothing that it holds would be lost")
        }
        let snapshot = try await context.registry.remote.fetch(branch)
        guard snapshot.tip != nil else {
            throw StrataError(.notFound, "the registry has no branch '\(branch)'")
        }
        let files = try await snapshot.withFiles { files in
            var contents: [String: [UInt8]] = [:]
            for path in try files.files(below: "layers") { contents[path] = try files.file(path) }
            return contents
        }
        let names = Set(files.keys.compactMap { $0.split(separator: "/").dropFirst().first.map(String.init) })
        return try await context.withSession(Recorder(tell: context.environment.report)) { session in
            let reader = RegistryReader { files[$0] }
            var items = 0
            var releases = 0
            for name in names.compactMap(LayerName.init).sorted() {
                for state in try reader.states(of: name) {
                    items += 1
                    releases += state.releases.count
                    try await session.record(state.listedEvents)
                }
            }
            return (items, releases)
        }
    }
}

extension ItemState {
    /// What an empty ledger is told to know the same.
    fileprivate var listedEvents: [Event] {
        builds.map(Event.built)
            + aliases.sorted { $0.key.description < $1.key.description }.map {
                .same(item, $0.key, buildNumber: $0.value)
            }
            + releases.map(Event.released) + (hold.map { [.held(item, $0)] } ?? [])
    }
}
