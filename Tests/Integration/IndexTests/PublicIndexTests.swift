import FoundationEssentials
import Model
import Packaging
import Testing

/// Against the public index, or the one that `UV_DEFAULT_INDEX` names. They need a network, so they run only when asked
/// for: `STRATA_TEST_PUBLIC_INDEX=1`.
@Suite(
    "The public index", .serialized,
    .enabled(if: ProcessInfo.processInfo.environment["STRATA_TEST_PUBLIC_INDEX"] == "1"))
struct PublicIndexTests {
    private static let targets = ["python3.11", "python3.12", "python3.13-arm64"]
    private let now = Timestamp(seconds: Int(Date().timeIntervalSince1970))
    private let index = IndexSettings(environment: ProcessInfo.processInfo.environment)

    @Test("gives wheels that each target can run")
    func locks() async throws {
        try await BuildService.run { shop in
            let requests = try Self.targets.map { try request("data", $0, "pandas", "psycopg[binary,pool]") }
            let outcomes = await shop.resolver(shop.configuration(index, now: now)).resolve(requests)
            for request in requests {
                let lock = try #require(outcomes[request.item]?.resolved?.lock, "\(outcomes)")
                #expect(lock.wheels.map(\.package.text).contains("psycopg-binary"))
                let native = lock.wheels.filter { !$0.fileName.hasSuffix("-any.whl") }
                #expect(native.allSatisfy { $0.fileName.contains(request.item.target.architecture.machine) })
                for wheel in lock.wheels { _ = try await shop.cacheOfWheels(index).wheel(wheel) }
                let built = try await Builder(cache: shop.cacheOfWheels(index)).build(order(lock), into: shop.folder)
                #expect(built.packages.count == lock.wheels.count)
            }
        }
    }

    @Test("tells true reasons")
    func refusals() async throws {
        try await BuildService.run { shop in
            let requests = [
                try request("a", "python3.12", "docopt"), try request("b", "python3.12", "psycopg2"),
                try request("c", "python3.10", "pandas==3.0.0"),
                try request("d", "python3.11", "no-such-package-at-all"),
            ]
            let outcomes = await shop.resolver(shop.configuration(index, now: now)).resolve(requests)
            #expect(outcomes[requests[0].item]?.refusal?.hasPrefix("docopt is published as source only") == true)
            #expect(outcomes[requests[1].item]?.refusal?.hasPrefix("psycopg2 2.") == true, "\(outcomes)")
            #expect(outcomes[requests[2].item]?.refusal?.contains("requires Python >=3.11") == true, "\(outcomes)")
            #expect(outcomes[requests[3].item]?.refusal?.hasPrefix("the index has no package") == true)
        }
    }

    @Test("has older releases picked where the newest does not fit, and says why")
    func fallback() async throws {
        try await BuildService.run { shop in
            let request = try request("old", "python3.10", "numpy")
            let outcomes = await shop.resolver(shop.configuration(index, now: now)).resolve([request])
            let resolved = try #require(outcomes[request.item]?.resolved)
            #expect(resolved.remarks.first?.contains("requires Python") == true, "\(resolved.remarks)")
        }
    }
}
