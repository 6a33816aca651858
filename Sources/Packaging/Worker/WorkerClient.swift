import Files
import Glibc
import Model
import Subprocess
import Tasks

/// The parent's side: starts a worker, hands it a request, and believes nothing that it answers before it was checked.
public struct WorkerClient: Sendable {
    private let executable: String
    private let arguments: [String]
    let environment: [String: String]
    private let deadline: Duration

    /// - Parameters:
    ///   - executable: this program's own path.
    ///   - arguments: the hidden command that runs `Worker`.
    ///   - environment: this process's environment; the worker gets the scrubbed part of it.
    ///   - deadline: how long one request may take.
    public init(
        executable: String, arguments: [String] = ["worker"], environment: [String: String],
        deadline: Duration = .seconds(3600)
    ) {
        self.executable = executable
        self.arguments = arguments
        self.environment = WorkerEnvironment.scrubbed(environment)
        self.deadline = deadline
    }

    /// Resolves in a worker: see ``Resolver/resolve(_:progress:)``.
    /// - Throws: `tool` if the worker fails as a whole, `inconsistent` if it answers what it was not asked, `timedOut`,
    ///   `cancelled`.
    public func resolve(
        _ requests: [ResolveRequest], _ configuration: ResolverConfiguration,
        progress: @escaping @Sendable (ResolveProgress) -> Void = { _ in }
    ) async throws(StrataError) -> [Item: ResolveOutcome] {
        guard !requests.isEmpty else { return [:] }
        try Folder.make(configuration.cacheDirectory)
        let searchPath = environment["PATH"] ?? Uv.searchPath
        let answers = ResolveAnswers(requests, progress: progress)
        return try await ask(.resolve(configuration, requests), answers) { folder in
            var sandbox = WorkerSandbox(
                environment: environment, index: configuration.index, cache: configuration.cacheDirectory,
                folder: folder)
            if let uv = configuration.uv ?? Program.find("uv", on: searchPath) { sandbox.allow(program: uv) }
            if let python = configuration.python ?? Program.find("python3", on: searchPath) {
                sandbox.allow(program: python, isPython: true)
            }
            return sandbox
        }.outcomes
    }

    /// Builds in a worker: see ``Builder/build(_:into:progress:)``. A layer that failed does not stop the others.
    /// - Parameter done: gets each result as soon as it is there, one at a time.
    /// - Throws: as `resolve`.
    public func build(
        _ orders: [BuildOrder], into folder: String, _ configuration: BuilderConfiguration,
        progress: @escaping @Sendable (BuildProgress) -> Void = { _ in },
        done: @escaping @Sendable (BuildOrder, Result<BuildOutcome, StrataError>) async -> Void
    ) async throws(StrataError) {
        guard !orders.isEmpty else { return }
        for path in [folder, configuration.cacheDirectory] { try Folder.make(path) }
        _ = try await ask(
            .build(configuration, orders, folder: folder),
            BuildAnswers(
                orders, folder: folder, asImage: configuration.asImage, progress: progress, done: done)
        ) { scratch in
            var sandbox = WorkerSandbox(
                environment: environment, index: configuration.index, cache: configuration.cacheDirectory,
                folder: scratch)
            sandbox.allow(.write, folder)
            for interpreter in configuration.interpreters.values { sandbox.allow(interpreter) }
            for wheel in orders.lazy.flatMap({ $0.lock.wheels + ($0.held ?? []) }) where wheel.url.hasSuffix(".whl") {
                sandbox.allow(wheelsAt: wheel.url)
            }
            for order in orders {
                for path in order.options.files.flatMap(\.pins).compactMap(\.localPath) {
                    sandbox.allow(.read, "\(configuration.folder)/\(path)")
                }
            }
            return sandbox
        }
    }

    /// Unpacks a layer in a worker, which reaches that folder and the zip only.
    /// - Returns: the modules at the top of the packages that were asked for.
    /// - Throws: what unpacking comes to; as `resolve`.
    func unpack(_ order: UnpackOrder) async throws(StrataError) -> [LayerTree.Module] {
        try await ask(.unpack(order), UnpackAnswers(order)) { _ in
            var sandbox = WorkerSandbox()
            sandbox.allow(.read, order.zip)
            sandbox.allow(.write, order.folder)
            return sandbox
        }.modules
    }

    /// Looks packages up in a database of advisories in a worker.
    /// - Throws: as `resolve`, and what reaching the database comes to.
    public func audit(
        _ packages: [PinnedPackage], _ configuration: AuditConfiguration
    ) async throws(StrataError) -> AdvisoryReport {
        guard !packages.isEmpty else { return AdvisoryReport(advisories: []) }
        try Folder.make(configuration.cacheDirectory)
        let answers = try await ask(.audit(configuration, packages), AuditAnswers(packages)) { folder in
            var sandbox = WorkerSandbox(
                environment: environment, index: IndexSettings(), cache: configuration.cacheDirectory, folder: folder)
            if let path = configuration.path { sandbox.allow(.read, path) }
            return sandbox
        }
        return try answers.report()
    }

    // MARK: - The exchange

    func ask<Answers: WorkerAnswers>(
        _ request: WorkerProtocol.Request, _ answers: Answers, within sandbox: (String) -> WorkerSandbox
    ) async throws(StrataError) -> Answers {
        let line = try WorkerProtocol.line(request)
        return try await Folder.withTemporary { folder throws(StrataError) in
            var variables = environment
            variables["TMPDIR"] = folder
            variables[WorkerSandbox.variable] = sandbox(folder).text
            let given = variables
            do {
                return try await withDeadline(
                    deadline, late: StrataError(.timedOut, "the worker did not end within \(deadline)")
                ) { try await exchange(line, answers, given) }
            } catch {
                throw StrataError.wrapping(error, .tool, "the worker could not be run")
            }
        }
    }

    /// A worker that died makes a write to it fail instead of ending this process. For the whole process, once: that is
    /// what every program with pipes wants.
    private static let ignoreBrokenPipes: Void = { _ = signal(SIGPIPE, SIG_IGN) }()

    private func exchange<Answers: WorkerAnswers>(
        _ line: [UInt8], _ answers: Answers, _ environment: [String: String]
    ) async throws -> Answers {
        Self.ignoreBrokenPipes
        var platform = PlatformOptions()
        // A group of its own, so that uv goes with it. Nothing is lost by a kill: what it writes is renamed when whole.
        platform.processGroupID = 0
        platform.teardownSequence = [
            .send(signal: .kill, toProcessGroup: true, allowedDurationToNextStep: .seconds(1))
        ]
        let variables = Dictionary(uniqueKeysWithValues: environment.map { (Environment.Key(stringLiteral: $0), $1) })
        let result = try await Subprocess.run(
            .path(.init(executable)), arguments: Arguments(arguments), environment: .custom(variables),
            platformOptions: platform, input: .inputWriter, output: .sequence, error: .sequence
        ) { execution in
            async let complaint = Self.tail(of: execution.standardError)
            do {
                _ = try await execution.standardInputWriter.write(line)
                // The input stays open: its end would mean that this process is gone.
                let complete = try await Self.collect(execution.standardOutput, answers)
                try await execution.standardInputWriter.finish()
                return (complete, try await complaint)
            } catch {
                kill(-execution.processIdentifier.value, SIGKILL)
                throw error
            }
        }
        let (complete, complaint) = result.closureResult
        guard complete.isDone, result.terminationStatus.isSuccess else {
            throw StrataError(
                .tool, "the worker ended early (\(result.terminationStatus))",
                hint: complaint.isEmpty ? nil : complaint)
        }
        return complete.answers
    }

    private static func collect<Answers: WorkerAnswers>(
        _ output: SubprocessOutputSequence, _ answers: Answers
    ) async throws -> (answers: Answers, isDone: Bool) {
        var answers = answers
        var isDone = false
        var reader = LineReader(limit: WorkerProtocol.longestLine)
        for try await buffer in output {
            for line in try reader.lines(adding: buffer.withUnsafeBytes { Array($0) }) {
                guard !isDone else { throw StrataError(.inconsistent, "the worker sent more after its last answer") }
                switch try WorkerProtocol.read(WorkerProtocol.Answer.self, line) {
                case .done:
                    try answers.checkComplete()
                    isDone = true
                case let answer: try await answers.take(answer)
                }
            }
        }
        return (answers, isDone)
    }

    /// The end of what the worker complained of, in printable characters.
    static func tail(of errors: SubprocessOutputSequence) async throws -> String {
        var tail: [UInt8] = []
        for try await buffer in errors {
            tail += buffer.withUnsafeBytes { Array($0) }
            if tail.count > 4096 { tail.removeFirst(tail.count - 4096) }
        }
        return String(decoding: tail, as: UTF8.self).printable(500)
    }
}
