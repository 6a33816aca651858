import Model
import Publishing
import Synchronization
import Testing

@Suite("What proofs in Lambda make") struct ProbeMarkTests {
    /// A place that remembers what it was asked, and may not answer.
    private final class Lambda: Sendable {
        let cleared = Mutex<[ProbeFunctions.Place]>([])
        let failure = Mutex<StrataError?>(nil)

        func functions(_ place: ProbeFunctions.Place?) -> ProbeFunctions {
            ProbeFunctions(place: place) { _ throws(StrataError) in
                .missing("nobody asks")
            } clear: {
                [self] place throws(StrataError) in
                if let failure = failure.withLock({ $0 }) { throw failure }
                cleared.withLock { $0.append(place) }
                return ["left"]
            }
        }
    }

    private func place(_ region: String) throws -> ProbeFunctions.Place {
        ProbeFunctions.Place(
            region: try #require(Region(region)), account: "000000000000", registry: "ours",
            targets: [try #require(Target("python3.12"))])
    }

    private func warned(_ stage: Stage, _ words: String) -> Bool {
        stage.events.withLock { events in
            events.contains { if case .warning(let text) = $0 { text.contains(words) } else { false } }
        }
    }

    private func mark(_ stage: Stage) async throws -> String? { try await stage.ledger.checkpoint("probes") }

    @Test("is written down before a build is tried, looked for when all are, and by the next run if that fails")
    func lookedFor() async throws {
        try await onStage { stage in
            var desired = try wanted(["requests"], targets: ["python3.12"])
            desired.layers[0].checks.imports.place = .lambda
            let lambda = Lambda()
            let first = try place("eu-west-1")
            func run(_ place: ProbeFunctions.Place?, version: Int) async throws -> RunReport {
                let wasMarked = Mutex(false)
                let run = stage.run(desired, version: version)
                var context = run.context
                context.probes = lambda.functions(place)
                let build = context.buildService.build
                context.buildService.build = { orders, done in
                    let isMarked = try await stage.ledger.checkpoint("probes")?.contains("eu-west-1") == true
                    wasMarked.withLock { $0 = isMarked }
                    try await build(orders, done)
                }
                let report = try await Run(context).run()
                #expect(wasMarked.withLock { $0 } == (place != nil && report.built > 0))
                return report
            }
            _ = try await run(first, version: 1)
            #expect(lambda.cleared.withLock { $0 } == [first])
            #expect(try await mark(stage) == nil)
            // Nothing is built: nobody is asked.
            _ = try await run(first, version: 1)
            #expect(lambda.cleared.withLock { $0 } == [first])

            lambda.failure.withLock { $0 = StrataError(.unavailable, "down") }
            _ = try await run(first, version: 2)
            #expect(warned(stage, "may have left in eu-west-1 is still there"))
            #expect(try await mark(stage) != nil)
            // The configuration may have none any more.
            lambda.failure.withLock { $0 = nil }
            _ = try await run(nil, version: 2)
            #expect(warned(stage, "left in eu-west-1, of a proof that did not end, was deleted"))
            #expect(lambda.cleared.withLock { $0 } == [first, first])
            #expect(try await mark(stage) == nil)
        }
    }

    @Test("has names that tell registries and targets apart, and that Lambda takes")
    func names() throws {
        let targets = Target.buildable
        func place(_ registry: String) throws -> ProbeFunctions.Place {
            ProbeFunctions.Place(
                region: try #require(Region("eu-west-1")), account: "000000000000", registry: registry, targets: targets
            )
        }
        let (ours, theirs) = (try place("ours"), try place("theirs"))
        let names = Set((targets.map(ours.name) + targets.map(theirs.name)).map { "\($0)-1000000000" })
        #expect(names.count == 2 * targets.count)
        #expect(names.allSatisfy { LayerName($0) != nil && $0.hasPrefix("strata-probe-") })
    }
}
