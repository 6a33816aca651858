import Foundation
import Model

/// The layers and functions that proofs in Lambda make: written down before there is one, and looked for after a run.
extension Session {
    /// The checkpoint that holds the places where some may be.
    private static let checkpoint = "probes"

    /// Notes where functions may be from now on, if a build asks for one.
    func expectProbes(of orders: [BuildOrder]) async throws {
        guard let place = context.probes?.place, orders.contains(where: \.isTriedInLambda) else { return }
        let known = try await probePlaces()
        if !known.contains(place) { try await keep(known + [place]) }
    }

    /// Removes what proofs have left. What cannot be looked for now is the next run's.
    func removeProbes() async throws {
        guard let probes = context.probes else { return }
        let known = try await probePlaces()
        guard !known.isEmpty else { return }
        var left: [ProbeFunctions.Place] = []
        for place in known {
            do {
                let removed = try await within(context.options.noProgress, context) { try await probes.clear(place) }
                for name in removed {
                    recorder.record(.warning("\(name) in \(place.region), of a proof that did not end, was deleted"))
                }
            } catch let error as StrataError where error.isOutside || error.code == .refused {
                recorder.record(.warning("what a proof may have left in \(place.region) is still there: \(error)"))
                left.append(place)
            }
        }
        try await keep(left)
    }

    private func probePlaces() async throws -> [ProbeFunctions.Place] {
        guard let text = try await ledger.checkpoint(Self.checkpoint) else { return [] }
        return (try? JSONDecoder().decode([ProbeFunctions.Place].self, from: Data(text.utf8))) ?? []
    }

    private func keep(_ places: [ProbeFunctions.Place]) async throws {
        let text = places.isEmpty ? nil : String(decoding: try JSONEncoder().encode(places), as: UTF8.self)
        try await ledger.setCheckpoint(Self.checkpoint, text, lease: lease)
    }
}

extension BuildOrder {
    fileprivate var isTriedInLambda: Bool { isNew && checks.imports.place == .lambda }
}
