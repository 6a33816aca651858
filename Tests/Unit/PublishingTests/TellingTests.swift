import Local
import Model
import Publishing
import Synchronization
import Testing

/// Takes in what sinks are sent, and fails when it is told to.
private final class Box: Sendable {
    private let state = Mutex((sent: [Bulletin](), isBroken: false))

    var texts: [[String]] {
        state.withLock { $0.sent }.map { $0.notices.map { ($0.isOver ? "over: " : "") + $0.text } }
    }
    func setBroken(_ isBroken: Bool) { state.withLock { $0.isBroken = isBroken } }
    /// What came since the last look.
    func take() -> [String] {
        defer { state.withLock { $0.sent = [] } }
        return texts.flatMap(\.self)
    }

    func sink(_ name: String = "box", _ kinds: Set<Notice.Kind> = Set(Notice.Kind.allCases)) -> NoticeSink {
        NoticeSink(name, kinds) { [self] bulletin in
            if state.withLock({ $0.isBroken }) { throw StrataError(.unavailable, "it answered HTTP 500") }
            state.withLock { $0.sent.append(bulletin) }
        }
    }
}

@Suite("What people are told of runs")
struct TellingTests {
    private static let item = Item("alpha", "python3.12")

    private static func outcome(
        _ report: RunReport = RunReport(), error: String? = nil, exit: Model.ExitStatus? = nil, at time: Timestamp
    ) -> RunOutcome {
        RunOutcome(
            report, error: error.map { ($0, "git") }, exit: exit, registry: "Test", began: nil, ended: time)
    }

    private static func pending(_ layers: [String], _ region: String = "eu-west-1") throws -> RunReport {
        let region = try #require(Region(region))
        return RunReport(
            layers.map {
                RunEvent.pending(
                    .init(item: Item($0, "python3.12"), region: region, reason: "it did not answer"), .pending)
            })
    }

    private static func published() throws -> RunReport {
        RunReport(
            regions.map {
                RunEvent.published(
                    .init(item: item, region: $0, version: "1.0", buildNumber: 1, number: 1), replaced: 0)
            })
    }

    private func teller(
        _ stage: Stage, _ sinks: [NoticeSink], _ rules: Teller.Rules = .init(), desired: Desired? = nil,
        sleep: @escaping @Sendable (Duration) async throws -> Void = {
            // No deadline is over by itself.
            try await Task.sleep(for: $0 < .seconds(1) ? $0 : .seconds(3600))
        }
    ) throws -> Teller {
        let desired = try desired ?? wanted()
        var environment = stage.context(desired).environment
        environment.sleep = sleep
        return Teller(sinks, rules, desired, ledger: { stage.ledger }, environment: environment)
    }

    @Test("a run that fails the same way again is told once, and once more when it is over")
    func failures() async throws {
        try await onStage { stage in
            let box = Box()
            let teller = try teller(stage, [box.sink()])
            for process in [811, 812, 813] {
                stage.pass(3600)
                let failed = Self.outcome(error: "git: the push of process \(process) failed", at: stage.now)
                #expect(await teller.tell(failed, isWhole: true) == [])
            }
            #expect(box.take() == ["git: the push of process 811 failed"])
            #expect(await teller.tell(Self.outcome(error: "git: another reason", at: stage.now), isWhole: true) == [])
            #expect(box.take() == ["git: another reason"])
            // A run that was about a part proves nothing.
            #expect(await teller.tell(Self.outcome(at: stage.now), isWhole: false) == [])
            #expect(box.take() == [])
            for _ in 1...2 { #expect(await teller.tell(Self.outcome(at: stage.now), isWhole: true) == []) }
            #expect(box.take() == ["over: the run succeeded again"])
            _ = await teller.tell(Self.outcome(error: "git: another reason", at: stage.now), isWhole: true)
            #expect(box.take() == ["git: another reason"])
        }
    }

    @Test("what is pending is told after its time, once, and when it is over")
    func patience() async throws {
        try await onStage { stage in
            let box = Box()
            let teller = try teller(stage, [box.sink()])
            let late = try Self.pending(["alpha"])
            for hour in 0...30 {
                _ = await teller.tell(Self.outcome(late, at: stage.now), isWhole: true)
                #expect(box.take().count == (hour == 24 ? 1 : 0), "after \(hour) h")
                stage.pass(3600)
            }
            _ = await teller.tell(Self.outcome(at: stage.now), isWhole: true)
            #expect(box.take() == ["over: alpha python3.12 in eu-west-1 is no longer pending"])
            // What was over before it was told needs no word.
            _ = await teller.tell(Self.outcome(late, at: stage.now), isWhole: true)
            _ = await teller.tell(Self.outcome(at: stage.now), isWhole: true)
            #expect(box.take() == [])
        }
    }

    @Test("a place of the site that stays behind is told, and when it has what the registry has")
    func places() async throws {
        try await onStage { stage in
            let box = Box()
            let teller = try teller(stage, [box.sink()], .init(pendingAfter: .zero))
            let behind = RunReport([
                .siteBehind(
                    .init("s3://site", StrataError(.accessDenied, "no permission", hint: "allow it | `now`")))
            ])
            for (report, expected) in [
                (behind, ["the site at s3://site: no permission; allow it | `now`"]), (behind, []),
                (RunReport(), ["over: s3://site is no longer pending"]),
            ] {
                _ = await teller.tell(Self.outcome(report, at: stage.now), isWhole: true)
                #expect(box.take() == expected)
            }
            let page = RunSummary(Self.outcome(behind, at: stage.now)).markdown
            #expect(page.contains("the site at s3://site: no permission; allow it \\| \\`now\\`"), "\(page)")
        }
    }

    @Test("what a sink could not be told is told by the next run, to that sink only")
    func retried() async throws {
        try await onStage { stage in
            let (good, bad) = (Box(), Box())
            bad.setBroken(true)
            let teller = try teller(stage, [good.sink("good"), bad.sink("bad")])
            let both = try Self.published()
            let problems = await teller.tell(Self.outcome(both, error: "it failed", at: stage.now), isWhole: true)
            #expect(problems == ["notify: 'bad' was not told: it answered HTTP 500"])
            let texts = ["it failed", "alpha 1.0, build 1, for python3.12 in ap-southeast-2, eu-west-1, us-east-1"]
            #expect(good.take().sorted() == texts.sorted() && bad.take() == [])
            bad.setBroken(false)
            _ = await teller.tell(Self.outcome(error: "it failed", at: stage.now), isWhole: true)
            #expect(good.take() == [] && bad.take().sorted() == texts.sorted())
            // That it is over is owed, too.
            bad.setBroken(true)
            _ = await teller.tell(Self.outcome(at: stage.now), isWhole: true)
            bad.setBroken(false)
            for _ in 1...2 { _ = await teller.tell(Self.outcome(at: stage.now), isWhole: true) }
            #expect(good.take().count == 1 && bad.take() == ["over: the run succeeded again"])
        }
    }

    @Test("a sink hears what it asked for")
    func kinds() async throws {
        try await onStage { stage in
            let box = Box()
            let teller = try teller(stage, [box.sink("box", [.failed])])
            _ = await teller.tell(Self.outcome(try Self.published(), at: stage.now), isWhole: true)
            #expect(box.texts.isEmpty)
            _ = await teller.tell(Self.outcome(try Self.published(), error: "no", at: stage.now), isWhole: true)
            #expect(box.texts == [["no"]])
        }
    }

    @Test("a great many are one piece of news, and what is remembered stays small")
    func many() async throws {
        try await onStage { stage in
            let box = Box()
            let teller = try teller(stage, [box.sink()], .init(pendingAfter: .zero))
            let late = try Self.pending((1...500).map { "layer\($0)" })
            for _ in 1...2 { _ = await teller.tell(Self.outcome(late, at: stage.now), isWhole: true) }
            let told = box.take()
            #expect(told.count == 1 && told[0].hasPrefix("500 pending, among them layer1 python3.12"), "\(told)")
            for part in 1...30 {
                let some = try Self.pending((1...90).map { "part\(part)-\($0)" })
                _ = await teller.tell(Self.outcome(some, at: stage.now), isWhole: false)
            }
            let mark = try #require(try await stage.ledger.checkpoint("notify.box"))
            #expect(mark.utf8.count < 40_000)
        }
    }

    @Test("a sink that hangs costs its deadline, and the others are told")
    func hanging() async throws {
        try await onStage { stage in
            let box = Box()
            let hanging = NoticeSink("hanging", [.failed]) { _ in try await Task.sleep(for: .seconds(3600)) }
            // Time is up for a sink as soon as the other one was told.
            let teller = try teller(stage, [hanging, box.sink()], .init(deadline: .seconds(7))) { wait in
                while wait != .seconds(7) || box.texts.isEmpty { try await Task.sleep(for: .milliseconds(5)) }
            }
            let problems = await teller.tell(Self.outcome(error: "no", at: stage.now), isWhole: true)
            #expect(problems == ["notify: 'hanging' was not told: it did not answer within 7.0 seconds"])
            #expect(box.texts == [["no"]])
        }
    }

    @Test("a run that found the lease taken tells nobody")
    func overtaken() async throws {
        try await onStage { stage in
            let box = Box()
            let outcome = Self.outcome(error: "the lease is held", exit: .leaseHeld, at: stage.now)
            let teller = try teller(stage, [box.sink()])
            #expect(await teller.tell(outcome, isWhole: true) == [])
            #expect(box.texts.isEmpty)
        }
    }

    @Test("two runs that end at the same time tell the same news once")
    func together() async throws {
        try await onStage { stage in
            let box = Box()
            let teller = try teller(stage, [box.sink()])
            let outcome = Self.outcome(error: "no", at: stage.now)
            await withTaskGroup(of: Void.self) { group in
                for _ in 1...4 { group.addTask { _ = await teller.tell(outcome, isWhole: true) } }
            }
            #expect(box.texts == [["no"]])
        }
    }

    @Test("without a ledger the same news is told once, too, and its end when the ledger is back")
    func withoutLedger() async throws {
        try await onStage { stage in
            let box = Box()
            let noted = Mutex<[String: String]>([:])
            let isThere = Mutex(false)
            let desired = try wanted()
            let teller = Teller(
                [box.sink()], .init(), desired,
                ledger: {
                    guard isThere.withLock(\.self) else { throw StrataError(.file, "the disk is broken") }
                    return stage.ledger
                }, environment: stage.context(desired).environment,
                fallback: .init(
                    read: { name in noted.withLock { $0[name] } },
                    write: { name, value in noted.withLock { $0[name] = value } }))
            let failed = Self.outcome(error: "the disk is broken", at: stage.now)
            for _ in 1...3 { #expect(await teller.tell(failed, isWhole: true) == []) }
            #expect(box.take() == ["the disk is broken"])
            isThere.withLock { $0 = true }
            for _ in 1...2 { _ = await teller.tell(Self.outcome(at: stage.now), isWhole: true) }
            #expect(box.take() == ["over: the run succeeded again"])
            let rest = noted.withLock { $0 }
            #expect(rest.isEmpty)
        }
    }

    @Test("ends that come are told once; storage that fills up, and that it has room again")
    func ends() async throws {
        try await onStage { stage in
            let box = Box()
            var desired = try wanted(["requests"], targets: ["python3.12"])
            desired.retention.expire = .seconds(40 * 86_400)
            _ = try await stage.run(desired, version: 1).run()
            _ = try await stage.run(desired, version: 2).run()
            let teller = try teller(stage, [box.sink("box", [.ending, .storage])], desired: desired)
            for _ in 0..<39 {
                _ = await teller.tell(Self.outcome(at: stage.now), isWhole: true)
                stage.pass(86_400)
            }
            #expect(box.take() == ["requests python3.12, build 1, ends on 2026-12-28"])

            var storage = Dictionary(
                uniqueKeysWithValues: regions.map { ($0, CodeStorage(used: ByteCount(81), limit: ByteCount(100))) })
            storage[regions[0]] = CodeStorage(used: ByteCount(79), limit: ByteCount(100))
            for _ in 1...2 { _ = await teller.tell(Self.outcome(at: stage.now), isWhole: true, storage: storage) }
            #expect(
                box.take()
                    == ["eu-west-1", "us-east-1"].map {
                        "\($0): the account's code storage is filled to 81 %: 81 B of 100 B"
                    })
            // A region that does not answer has no room again for that.
            storage[regions[1]] = nil
            _ = await teller.tell(Self.outcome(at: stage.now), isWhole: true, storage: storage)
            #expect(box.take() == [])
            storage[regions[1]] = CodeStorage(used: ByteCount(1), limit: ByteCount(100))
            _ = await teller.tell(Self.outcome(at: stage.now), isWhole: true, storage: storage)
            #expect(box.take() == ["over: eu-west-1: the code storage has room again"])
        }
    }

    @Test("yanks and advisories come from the run's own events")
    func events() async throws {
        try await onStage { stage in
            let box = Box()
            let desired = try wanted(["requests"])
            _ = try await stage.run(desired).run()
            let (report, _) = try await stage.lifecycle(desired).yank(
                .init(layer: try #require(LayerName("requests")), target: nil, buildNumber: 1), reason: "it leaks",
                revoking: false)
            let teller = try teller(stage, [box.sink()], desired: desired)
            _ = await teller.tell(Self.outcome(report, at: stage.now), isWhole: false)
            #expect(box.take() == ["requests, build 1, for python3.12, python3.13-arm64: it leaks"])
            let advised = RunReport([
                RunEvent.advisory(.init(item: Self.item, buildNumber: 2, text: "PYSEC-1 \u{1b}[2J (high)"))
            ])
            _ = await teller.tell(Self.outcome(advised, at: stage.now), isWhole: true)
            #expect(box.take() == ["alpha python3.12, build 2: PYSEC-1  [2J (high)"])
        }
    }
}

extension Stage {
    fileprivate var now: Timestamp { clock.withLock { $0 } }
}

extension Item {
    fileprivate init(_ layer: String, _ target: String) {
        guard let layer = LayerName(layer), let target = Target(target) else { fatalError("the test's own names") }
        self.init(layer, target)
    }
}

@Suite("A run as numbers and as a page")
struct RunFileTests {
    private static func outcome(_ report: RunReport?, error: String? = nil, registry: String = "Test") -> RunOutcome {
        RunOutcome(
            report, error: error.map { ($0, nil) }, registry: registry, began: nil,
            ended: Timestamp(seconds: 1_795_000_000))
    }

    private static func published(_ count: Int) -> RunReport {
        RunReport(
            (0..<count).map {
                RunEvent.published(
                    .init(
                        item: Item("alpha", "python3.12"), region: regions[$0], version: "1.0", buildNumber: 1,
                        number: 1), replaced: 0)
            } + [RunEvent.ended(.publish, seconds: 1.5)])
    }

    @Test("counters go on from the file that is there; gauges of what is left wait for a whole run")
    func counters() throws {
        let first = RunMetrics(Self.outcome(Self.published(3)), isWhole: true, regions: regions).text(after: "")
        #expect(first.hasSuffix("\n# EOF\n"))
        #expect(first.contains("# TYPE strata_releases_published counter\n"))
        #expect(first.contains("\nstrata_releases_published_total{registry=\"Test\"} 3\n"))
        #expect(first.contains("\nstrata_pending_releases{region=\"eu-west-1\",registry=\"Test\"} 0\n"))
        #expect(first.contains("\nstrata_last_run_duration_seconds{registry=\"Test\",stage=\"publish\"} 1.5\n"))
        let late = RunReport([
            RunEvent.pending(.init(item: Item("alpha", "python3.12"), region: regions[1], reason: "no"), .pending)
        ])
        let second = RunMetrics(Self.outcome(late), isWhole: true, regions: regions).text(after: first)
        #expect(second.contains("\nstrata_releases_published_total{registry=\"Test\"} 3\n"))
        #expect(second.contains("\nstrata_pending_releases{region=\"eu-west-1\",registry=\"Test\"} 1\n"))
        #expect(second.contains("\nstrata_runs_total{registry=\"Test\",status=\"partly\"} 1\n"))
        let failed = RunMetrics(Self.outcome(nil, error: "no"), isWhole: true, regions: regions).text(after: second)
        #expect(failed.contains("\nstrata_pending_releases{region=\"eu-west-1\",registry=\"Test\"} 1\n"))
        #expect(failed.contains("\nstrata_runs_total{registry=\"Test\",status=\"failed\"} 1\n"))
        #expect(failed.contains("\nstrata_last_run_exit_code{registry=\"Test\"} 1\n"))
        #expect(failed.contains("\nstrata_last_success_timestamp_seconds{registry=\"Test\"} 1795000000\n"))
    }

    @Test("a file that is damaged or somebody else's is begun anew; names are escaped")
    func damaged() {
        let former =
            "strata_runs_total{status=\"done\"} NaN\nother{a=\"b\"} 3\n}{\nstrata_builds_total{registry=\"x\"\n"
        let outcome = Self.outcome(Self.published(1), registry: "a\"} 1\nb\\")
        let text = RunMetrics(outcome, isWhole: true, regions: regions).text(after: former)
        #expect(!text.contains("other") && !text.contains("NaN"))
        #expect(text.contains("strata_runs_total{registry=\"a\\\"} 1 b\\\\\",status=\"done\"} 1\n"))
        #expect(text.split(separator: "\n").allSatisfy { $0.hasPrefix("#") || $0.hasPrefix("strata_") })
    }

    @Test("a page escapes what strangers wrote, and stays short")
    func page() {
        let hostile = "<img src=x onerror=y> | `a` \n| [x](javascript:1) @all"
        let failures = (0..<300).map { number in
            RunReport.Failure(item: Item("layer\(number)", "python3.12"), region: nil, reason: hostile, hint: "do |")
        }
        let text = RunSummary(Self.outcome(RunReport(failures.map { RunEvent.buildRefused($0) }), error: hostile))
            .markdown
        #expect(!text.replacing("\\<", with: "").contains("<") && !text.contains("](java"))
        #expect(text.contains("\\<img src=x"))
        #expect(text.contains("and 100 more"))
        // Four bars in each row of the table: none of a stranger's.
        let rows = text.split(separator: "\n").filter { $0.hasPrefix("| layer") }
        #expect(rows.count == 200)
        #expect(rows.allSatisfy { $0.replacing("\\|", with: "").count { $0 == "|" } == 4 })
    }
}
