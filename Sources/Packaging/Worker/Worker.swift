import CPosix
import Dispatch
import Files
import FoundationEssentials
import Glibc
import HTTP
import Model
import Synchronization
import Tasks
import Wheels

/// The child's side: takes one request, carries it out and answers while it goes.
///
/// Everything that strangers wrote is read here, and no credential of the run is.
public struct Worker: Sendable {
    /// The most memory, in bytes, that a worker which builds may have at once.
    private static let memory: UInt64 = 3 << 30

    private let input: Int32
    private let output: WorkerOutput
    private let environment: [String: String]
    private let orphaned: @Sendable () -> Void

    /// - Parameters:
    ///   - input: where the request comes from; its end means that the parent is gone.
    ///   - environment: the process's own, scrubbed by the parent.
    ///   - orphaned: called when the input ends before the work does.
    package init(
        input: Int32, output: Int32, environment: [String: String], orphaned: @escaping @Sendable () -> Void
    ) {
        self.input = input
        self.output = WorkerOutput(output)
        self.environment = environment
        self.orphaned = orphaned
    }

    /// The worker of this process, on its standard input and output.
    ///
    /// When the parent dies, so does the process, and with it its process group, which uv is in: the parent made it a
    /// group of its own. The end of the input tells that. The kernel's own signal for it (`PR_SET_PDEATHSIG`) would
    /// come too when only the parent's thread ends that started the child, and would leave uv running.
    public static func ofThisProcess() -> Worker {
        signal(SIGPIPE, SIG_IGN)
        return Worker(input: 0, output: 1, environment: ProcessInfo.processInfo.environment) {
            if getpgrp() == getpid() { kill(0, SIGKILL) }
            _exit(1)
        }
    }

    /// Carries the request out.
    /// - Returns: the process's exit status: 0 if everything was answered, whatever the answers are.
    public func run() async -> Int32 {
        do throws(StrataError) {
            let line = try await firstLine()
            let finished = Flag()
            watch(finished)
            switch try WorkerProtocol.read(WorkerProtocol.Request.self, line) {
            case .resolve(let configuration, let requests): try await resolve(configuration, requests)
            case .build(let configuration, let orders, let folder): try await build(configuration, orders, folder)
            case .unpack(let order): try await unpack(order)
            case .audit(let configuration, let packages): try await audit(configuration, packages)
            case .find(let configuration, let orders): try await find(configuration, orders)
            case .adopt(let order): try await adopt(order)
            }
            finished.raise()
            try output.send(.done)
            return 0
        } catch {
            Self.complain("strata worker: \(error)\n")
            return 1
        }
    }

    private func resolve(
        _ configuration: ResolverConfiguration, _ requests: [ResolveRequest]
    ) async throws(StrataError) {
        let client = try HTTPClient(.init(environment: environment))
        let failure = FirstError<StrataError>()
        _ = await Resolver(configuration, client: client, environment: environment).resolve(requests) { [output] step in
            failure.catching { () throws(StrataError) in try output.send(.resolving(step)) }
        }
        try failure.check()
    }

    private func audit(
        _ configuration: AuditConfiguration, _ packages: [PinnedPackage]
    ) async throws(StrataError) {
        let client = try HTTPClient(.init(environment: environment))
        let answer: WorkerProtocol.Answer
        do throws(StrataError) {
            answer = .audited(
                try await AdvisoryDatabase(configuration: configuration, client: client).report(on: packages))
        } catch {
            answer = .notAudited(.init(error))
        }
        try output.send(answer)
        CacheTrim.dropUnused(
            in: "\(configuration.cacheDirectory)/advisories", before: configuration.now - .seconds(90 * 86_400))
    }

    private func build(
        _ configuration: BuilderConfiguration, _ orders: [BuildOrder], _ folder: String
    ) async throws(StrataError) {
        // An archive may claim a name of 4 GB and bring it, and libarchive has no bound for that: it is told that there
        // is no memory, and says so. A build streams, and takes a fraction of this.
        _ = cposix_limit_here(Int32(cposix_limit_data), Self.memory)
        let client = try HTTPClient(.init(environment: environment))
        let cache = WheelCache(
            directory: configuration.cacheDirectory, sizeLimit: configuration.cacheLimit, client: client,
            index: configuration.index, environment: environment)
        let sources = SourceCache(
            directory: configuration.cacheDirectory, beside: configuration.folder, client: client)
        let builder = Builder(
            cache: cache, sources: sources, asImage: configuration.asImage, interpreters: configuration.interpreters)
        let failure = FirstError<StrataError>()
        _ = await orders.enumerated().boundedMap(limit: configuration.parallelism) { [output] index, order in
            let answer: WorkerProtocol.Answer
            do throws(StrataError) {
                answer = .built(
                    index,
                    try await builder.build(order, into: folder) { step in
                        failure.catching { () throws(StrataError) in try output.send(.building(step)) }
                    })
            } catch {
                answer = .failed(index, .init(error))
            }
            failure.catching { () throws(StrataError) in try output.send(answer) }
        }
        try failure.check()
        cache.trim(now: configuration.now)
        sources.trim(to: configuration.cacheLimit, now: configuration.now)
        trimOurs(folder, configuration)
        // Another run may be at work in the same folder; nothing takes an hour to write.
        Folder.removeLeftovers(in: folder, before: configuration.now - .seconds(3600))
    }

    private func unpack(_ order: UnpackOrder) async throws(StrataError) {
        let answer: WorkerProtocol.Answer
        do {
            answer = .unpacked(try await offPool { try LayerTree(order: order).unpack($0) })
        } catch {
            answer = .failed(0, .init(StrataError.wrapping(error, .inconsistent, "the layer could not be unpacked")))
        }
        try output.send(answer)
    }

    private func find(_ configuration: SourceConfiguration, _ orders: [SourceOrder]) async throws(StrataError) {
        let finder = SourceFinder(
            configuration, client: try HTTPClient(.init(environment: environment)), environment: environment)
        for (index, order) in orders.enumerated() { try output.send(.source(index, await finder.find(order))) }
    }

    private func adopt(_ order: AdoptionOrder) async throws(StrataError) {
        let answer: WorkerProtocol.Answer
        do {
            answer = .adopted(try await offPool { try WheelAdoption(order: order).adopt($0) })
        } catch {
            answer = .failed(0, .init(StrataError.wrapping(error, .inconsistent, "the wheel could not be looked at")))
        }
        try output.send(answer)
    }

    /// The cache's own folders; zips that a user asked for in a folder of his own are his.
    private func trimOurs(_ folder: String, _ configuration: BuilderConfiguration) {
        let cache = configuration.cacheDirectory
        let quarter = configuration.now - .seconds(90 * 86_400)
        for name in ["pages", "resolves", "sdists"] { CacheTrim.dropUnused(in: "\(cache)/\(name)", before: quarter) }
        guard folder == "\(cache)/builds" else { return }
        // A zip is read until its last region has it, which a day is enough for.
        _ = CacheTrim(kind: "zip", limit: configuration.cacheLimit).trim(
            [folder], now: configuration.now, grace: .seconds(86_400))
    }

    // MARK: - The parent

    private func firstLine() async throws(StrataError) -> [UInt8] {
        let result = await withCheckedContinuation { continuation in
            DispatchQueue.global().async { [input] in
                continuation.resume(
                    returning: Result { () throws(StrataError) in
                        var reader = LineReader(limit: WorkerProtocol.longestRequest)
                        while let bytes = Self.read(input) {
                            let lines = try reader.lines(adding: bytes)
                            if let line = lines.first { return line }
                        }
                        throw StrataError(.inconsistent, "no request arrived")
                    })
            }
        }
        return try result.get()
    }

    /// Waits for the end of the input on a queue of its own, whose thread it keeps.
    private func watch(_ finished: Flag) {
        DispatchQueue(label: "strata.worker.parent").async { [input, orphaned] in
            while Self.read(input) != nil {}
            if !finished.isRaised { orphaned() }
        }
    }

    private static func complain(_ text: String) {
        let bytes = Array(text.utf8)
        _ = write(2, bytes, bytes.count)
    }

    /// What there is to read, waiting for it; nil at the end.
    private static func read(_ descriptor: Int32) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let got = Glibc.read(descriptor, &bytes, bytes.count)
            if got < 0, errno == EINTR { continue }
            return got > 0 ? Array(bytes[..<got]) : nil
        }
    }
}

/// Writes answers, one line at a time, from any task.
final class WorkerOutput: Sendable {
    private let descriptor: Mutex<Int32>

    init(_ descriptor: Int32) { self.descriptor = Mutex(descriptor) }

    /// - Throws: `tool` if the parent does not listen any more.
    func send(_ answer: WorkerProtocol.Answer) throws(StrataError) {
        let line = try WorkerProtocol.line(answer)
        let failure = descriptor.withLock { descriptor -> Int32? in
            var done = 0
            while done < line.count {
                let put = line.withUnsafeBytes {
                    write(descriptor, $0.baseAddress.map { $0 + done }, line.count - done)
                }
                if put < 0, errno == EINTR { continue }
                guard put > 0 else { return errno }
                done += put
            }
            return nil
        }
        if let failure {
            throw StrataError(.tool, "the worker's answer could not be sent: \(String(cString: strerror(failure)))")
        }
    }
}

/// Says once that something has happened.
final class Flag: Sendable {
    private let value = Atomic(false)
    func raise() { value.store(true, ordering: .releasing) }
    var isRaised: Bool { value.load(ordering: .acquiring) }
}
