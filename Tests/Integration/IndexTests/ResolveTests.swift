import Model
import Packaging
import Testing

@Suite("Resolving against an index")
struct ResolveTests {
    @Test("locks each requirement's newest wheels with URL, size and digest")
    func locks() async throws {
        let catalogue: [String: [LoopbackIndex.Release]] = [
            "alpha": [.init(version: "1.0"), .init(version: "2.0", requires: ["beta>=1"])],
            "beta": [.init(version: "1.5")],
        ]
        try await LoopbackIndex.run(catalogue) { index in
            try await Workshop.run { shop in
                let request = try request("alpha", "python3.12", "alpha")
                let outcome = await shop.resolver(shop.configuration(.init(defaultIndex: index.simple)))
                    .resolve([request])[request.item]
                #expect(outcome?.pins == ["alpha==2.0", "beta==1.5"], "\(String(describing: outcome))")
                let wheel = try #require(outcome?.resolved?.lock.wheels.first)
                #expect(wheel.fileName == "alpha-2.0-py3-none-any.whl")
                #expect(wheel.url == "http://127.0.0.1:\(index.port)/files/alpha-2.0-py3-none-any.whl")
                #expect(wheel.size != nil)
            }
        }
    }
}
