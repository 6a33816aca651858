import Model

/// The order in which layers are resolved that are used with others: those first that the others are used with.
struct BaseOrder: Sendable {
    /// The requests and those of their bases, each item once.
    private let requests: [ResolveRequest]

    init(_ requests: [ResolveRequest]) {
        var found: [Item: ResolveRequest] = [:]
        var order: [Item] = []
        var open = Array(requests.reversed())
        while let next = open.popLast() {
            guard found.updateValue(next, forKey: next.item) == nil else { continue }
            order.append(next.item)
            open += next.bases
        }
        self.requests = order.compactMap { found[$0] }
    }

    /// - Parameter resolve: gets requests whose bases are known, with what those hold.
    func resolve(
        _ resolve: ([ResolveRequest], [Item: [LockedWheel]]) async -> [Item: ResolveOutcome]
    ) async -> [Item: ResolveOutcome] {
        var known: [Item: ResolveOutcome] = [:]
        var rest = requests
        while !rest.isEmpty {
            let ready = rest.filter { $0.bases.allSatisfy { known[$0.item] != nil } }
            rest.removeAll { $0.bases.allSatisfy { known[$0.item] != nil } }
            var wave: [ResolveRequest] = []
            var held: [Item: [LockedWheel]] = [:]
            // The configuration has no circles. If there is one all the same, nothing in it is resolved.
            if ready.isEmpty {
                for request in rest { known[request.item] = .refused(reason: "it is used with itself") }
                break
            }
            for request in ready {
                switch Self.held(by: request.bases, known) {
                case .success(let wheels):
                    held[request.item] = wheels
                    wave.append(request)
                case .failure(let reason): known[request.item] = reason.outcome
                }
            }
            known.merge(await resolve(wave, held)) { $1 }
        }
        return known
    }

    private struct Reason: Error {
        let outcome: ResolveOutcome
    }

    /// What layers hold together, each package once.
    private static func held(
        by bases: [ResolveRequest], _ known: [Item: ResolveOutcome]
    ) -> Result<[LockedWheel], Reason> {
        var held: [PackageName: (wheel: LockedWheel, layer: LayerName)] = [:]
        for base in bases {
            let name = base.item.layer
            switch known[base.item] {
            case .locked(let resolved):
                for wheel in resolved.lock.wheels + (resolved.held ?? []) {
                    if let other = held[wheel.package], other.wheel.version != wheel.version {
                        return .failure(
                            Reason(
                                outcome: .refused(
                                    reason:
                                        "it is used with '\(other.layer)' and '\(name)', which hold \(wheel.package) "
                                        + "\(other.wheel.version) and \(wheel.version)")))
                    }
                    held[wheel.package] = (wheel, name)
                }
            case .refused(let reason):
                return .failure(Reason(outcome: .refused(reason: "'\(name)', which it is used with: \(reason)")))
            case .failed(let reason):
                return .failure(Reason(outcome: .failed(reason: "'\(name)', which it is used with: \(reason)")))
            case nil:
                return .failure(Reason(outcome: .failed(reason: "'\(name)', which it is used with, is not resolved")))
            }
        }
        return .success(held.values.map(\.wheel).sorted { $0.package < $1.package })
    }
}

extension ResolveOutcome {
    /// The same without what the layers hold that it is used with.
    func leavingOut(_ held: [LockedWheel], _ request: ResolveRequest) -> ResolveOutcome {
        guard case .locked(let resolved) = self, !request.bases.isEmpty else { return self }
        let theirs = Dictionary(held.map { ($0.package, $0.version) }) { first, _ in first }
        let names = request.bases.map { "'\($0.item.layer)'" }.joined(separator: ", ")
        if let other = resolved.lock.wheels.first(where: { wheel in
            theirs[wheel.package].map { $0 != wheel.version } ?? false
        }) {
            return .refused(
                reason: "\(other.package) is locked at \(other.version), but \(names) holds "
                    + "\(theirs[other.package] ?? ""): lock both at one version")
        }
        let own = resolved.lock.wheels.filter { theirs[$0.package] == nil }
        guard !own.isEmpty || request.holdsNoPackages else {
            return .refused(reason: "all of it is in \(names), which it is used with")
        }
        let left = resolved.lock.wheels.filter { theirs[$0.package] != nil }.map(\.package.text)
        let remark = left.isEmpty ? [] : ["left out, since \(names) has them: \(left.joined(separator: ", "))"]
        return .locked(
            ResolvedLock(
                lock: Lock(target: resolved.lock.target, wheels: own), remarks: remark + resolved.remarks,
                young: resolved.young, held: held))
    }
}
