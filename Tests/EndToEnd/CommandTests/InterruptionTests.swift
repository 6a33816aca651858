import FoundationEssentials
import Subprocess
import Testing

/// A run may end at any point; the next one finishes it. Each case is compared with a run that nobody disturbed.
@Suite("A run that is interrupted")
struct InterruptionTests {
    private static let catalogue: [String: [PackageIndex.Release]] = [
        "alpha": [.init(requires: ["beta"], payload: 300_000)], "beta": [.init()], "gamma": [.init(payload: 2_000_000)],
    ]

    /// Lines of a run's progress, in their order.
    private static let marks = [
        "resolving ", "planned ", "publishing ", "built ", "published ", "published gamma", "pushed main",
        "pushed gh-pages",
    ]

    private static func configuration(_ index: PackageIndex) -> Configuration {
        Configuration(layers: ["alpha", "gamma"], index: index.simple)
    }

    @Test("by SIGKILL is finished by the next one, and nothing is published twice", arguments: marks)
    func killed(mark: String) async throws {
        try await PackageIndex.run(Self.catalogue) { index in
            let place = try Workplace(Self.configuration(index), hasOwnCache: true)
            let killed = try await place.command(["publish"]).run(sending: .kill, at: mark)
            #expect(killed.status == .signaled(9) || killed.code == 0, "\(killed.error)")
            try await expectFinished(place)
        }
    }

    @Test("by Ctrl-C or SIGTERM ends by itself and is finished by the next one", arguments: marks, [2, 15] as [Int32])
    func stopped(mark: String, signal: Int32) async throws {
        try await PackageIndex.run(Self.catalogue) { index in
            let place = try Workplace(Self.configuration(index), hasOwnCache: true)
            let stopped = try await place.command(["publish"]).run(sending: .init(rawValue: signal), at: mark)
            // It may have been done before the signal came.
            #expect(stopped.code == 130 || stopped.code == 0, "\(stopped.status) \(stopped.error)")
            if stopped.code == 130 { #expect(stopped.error.contains("Stopped. Nothing is lost")) }
            try await expectFinished(place)
        }
    }

    /// A process dies in the `number`th call of this kind that one of its threads makes.
    struct Point: Sendable, CustomTestStringConvertible {
        let call: String
        let number: Int
        var testDescription: String { "\(call) \(number)" }
    }

    /// Files get their names by `rename`, the ledger commits with `fdatasync`, git's packs are made durable by `fsync`.
    private static let points = [
        "rename": [1, 3, 5, 8, 12], "fdatasync": [1, 2, 3, 5, 7], "fsync": [3, 6, 9, 14, 18],
    ]
    .flatMap { call, numbers in numbers.map { Point(call: call, number: $0) } }

    @Test("between two of its writes is finished by the next one", arguments: points)
    func killedAtWrite(point: Point) async throws {
        try await PackageIndex.run(Self.catalogue) { index in
            let place = try Workplace(Self.configuration(index), hasOwnCache: true)
            let traced = Command(
                arguments: [
                    "strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace=\(point.call)",
                    "-e", "inject=\(point.call):signal=KILL:when=\(point.number)", try Program.path(), "publish",
                ],
                environment: try place.command([]).environment, folder: place.folder)
            let killed = try await traced.run()
            // Which thread makes which call is not the same in every run; the first ones are always made.
            if point.number <= 3 { #expect(killed.code != 0, "\(killed.error)") }
            try await expectFinished(place)
        }
    }

    @Test("by a reader that goes away ends as usual", arguments: ["publish", "plan", "status", "check"])
    func closedPipe(command: String) async throws {
        try await PackageIndex.run(Self.catalogue) { index in
            let place = try Workplace(Self.configuration(index), hasOwnCache: true)
            // Both outputs are closed before the first byte is written to them.
            let script = "'\(try Program.path())' \(command) > >(:) 2> >(:); echo $? > code"
            try await place.run("bash", "-c", script, environment: try place.command([]).environment)
            #expect(try place.text("code") == "0\n")
            if command == "publish" {
                #expect(try await place.published().count == 8)
                #expect(try await place.strata("plan", "--exit-code").code == 0)
            }
            try await expectFinished(place)
        }
    }

    @Test("by a full disk says so, and is finished when there is room", arguments: [40, 400, 1500])
    func fullDisk(kilobytes: Int) async throws {
        try await PackageIndex.run(Self.catalogue) { index in
            let place = try Workplace(Self.configuration(index), hasOwnCache: true)
            // No file may grow beyond the limit: the wheels, the zips or the packs hit it, as they would hit the end
            // of the disk. The signal is ignored, so that the call fails.
            let limited = try await place.command(
                ["publish"], shell: "trap '' XFSZ; ulimit -f \(kilobytes)"
            ).run()
            #expect(limited.code == 1 || limited.code == 3, "\(limited.status) \(limited.error)")
            #expect(!limited.error.contains("Fatal error"), "\(limited.error)")
            try await expectFinished(place)
        }
    }

    @Test("on a disk that is full says so, and is finished when there is room", arguments: [200, 900, 2500, 5000])
    func fullFileSystem(kilobytes: Int) async throws {
        try await PackageIndex.run(Self.catalogue) { index in
            let place = try Workplace(Self.configuration(index), hasOwnCache: true)
            // A file system of its own, that only this command sees.
            let script = """
                mkdir -p disk && mount -t tmpfs -o size=\(kilobytes)k none disk && cp strata.yaml disk && cd disk \
                && { STRATA_CACHE=$PWD/cache '\(try Program.path())' publish; code=$?; \
                mount -o remount,size=1g none . && STRATA_CACHE=$PWD/cache '\(try Program.path())' publish; \
                second=$?; cp -r registry.git lambda strata.yaml ledger.sqlite* ..; echo $code $second > ../codes; }
                """
            let outcome = try await Command(
                arguments: ["unshare", "--mount", "--map-root-user", "bash", "-c", script],
                environment: try place.command([]).environment, folder: place.folder
            ).run()
            let codes = try #require(try? place.text("codes"), "\(outcome.error)")
            #expect(["1 0\n", "3 0\n"].contains(codes), "\(outcome.error)")
            try await expectFinished(place)
        }
    }

    /// Runs again, and compares what is there then with what an undisturbed run leaves.
    private func expectFinished(_ place: Workplace) async throws {
        let next = try await place.strata("publish")
        #expect(next.code == 0, "\(next.error)")
        try await place.run("git", "-C", "registry.git", "fsck", "--strict", "--full")

        let published = try await place.published()
        // A number may be lost with the run that took it, a version may not.
        #expect(published.count == 8, "each layer and target once in each region: \(published.keys.sorted())")
        let clone = try await place.clone()
        let rows = try place.rows(of: clone)
        #expect(Set(rows.map { "\($0.target) \($0.region) \($0.package) \($0.version) \($0.status)" }).count == 8)
        #expect(rows.count == 8 && rows.allSatisfy { $0.status == "latest" && $0.version == "1.0" })
        let listed = Set(
            rows.map { $0.arn.split(separator: ":").map(String.init) }.map { "\($0[3])/\($0[6])/\($0[7])" })
        #expect(listed == Set(published.keys), "listed is what is published")
        for name in ["alpha", "gamma"] {
            for target in ["python3.12", "python3.13"] {
                #expect(try place.names(in: "\(clone)/layers/\(name)/\(target)") == ["1.json", "1.pylock.toml"])
            }
        }

        let left = try place.files("lambda").filter { $0.contains("/.new") || $0.contains("/.gone") }
        #expect(left.isEmpty, "left behind: \(left)")
        let commits = try await place.commits()
        #expect(try await place.strata("publish").output.contains("Nothing to do"))
        #expect(try await place.commits() == commits)
    }
}
