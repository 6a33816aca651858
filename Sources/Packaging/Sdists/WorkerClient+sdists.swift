import Files
import Glibc
import Model

extension WorkerClient {
    /// Resolves as ``resolve(_:_:progress:)`` does, with wheels that are built from the source distributions which layers
    /// ask for by name.
    public func resolve(
        _ requests: [ResolveRequest], _ configuration: ResolverConfiguration, building builder: SdistBuilder,
        progress: @escaping @Sendable (ResolveProgress) -> Void = { _ in }
    ) async throws(StrataError) -> [Item: ResolveOutcome] {
        try await resolve(try await builder.prepared(requests, configuration), configuration, progress: progress)
    }

    /// Looks for source distributions in a worker.
    /// - Returns: an answer for each order.
    /// - Throws: as `resolve`.
    func find(
        _ orders: [SourceOrder], _ configuration: SourceConfiguration
    ) async throws(StrataError) -> [SourceOrder: SourceAnswer] {
        guard !orders.isEmpty else { return [:] }
        try Folder.make(configuration.cacheDirectory)
        let answers = try await ask(.find(configuration, orders), SourceAnswers(orders)) { folder in
            WorkerSandbox(
                environment: environment, index: configuration.index, cache: configuration.cacheDirectory,
                folder: folder)
        }
        return answers.found
    }

    /// Looks at two wheels in a worker, which reaches these and the cache's folder for them only.
    func adopt(_ order: AdoptionOrder, _ configuration: SourceConfiguration) async throws(StrataError) -> MadeWheel {
        try Folder.make(configuration.folder, mode: 0o777)
        let answers = try await ask(.adopt(order), AdoptionAnswers(order)) { _ in
            var sandbox = WorkerSandbox()
            for path in order.paths { sandbox.allow(.read, path) }
            sandbox.allow(.write, configuration.folder)
            return sandbox
        }
        return try answers.wheel()
    }
}

extension SdistBuilder {
    /// The requests with the wheels that were built for them; those for which that failed are settled.
    func prepared(
        _ requests: [ResolveRequest], _ configuration: ResolverConfiguration
    ) async throws(StrataError) -> [ResolveRequest] {
        let orders = Set(requests.flatMap(\.sourceOrders))
        guard !orders.isEmpty else { return requests }
        var wheels: [SourceOrder: Result<LockedWheel, StrataError>] = [:]
        for (order, answer) in try await client.find(
            orders.sorted { $0.package < $1.package }, configuration.sources)
        {
            do throws(StrataError) {
                switch answer {
                case .needless: break
                case .failed(let failure): throw failure.error
                case .found(let source):
                    guard case .newest(_, _, let target) = order else { continue }
                    let machine = try await self.machine(for: target)
                    // One after the other: each may take what this machine has. What was built before is in the cache.
                    wheels[order] = .success(try await wheel(source, on: machine, configuration))
                }
            } catch {
                if error.code == .cancelled { throw error }
                wheels[order] = .failure(error)
            }
        }
        let known = wheels
        return requests.map { $0.with(known) }
    }

    /// Makes the wheels that records name and this machine does not have, and holds each to its record.
    /// - Returns: why they could not be made, by their digests.
    func missing(
        of wheels: [LockedWheel], _ configuration: ResolverConfiguration
    ) async -> [ContentDigest: StrataError] {
        var failures: [ContentDigest: StrataError] = [:]
        for wheel in Set(wheels) {
            guard let record = wheel.built, !isThere(wheel, record, configuration) else { continue }
            do throws(StrataError) {
                try await make(wheel, record, configuration)
            } catch {
                failures[wheel.sha256] = error.at(.init(file: record.fileName))
            }
        }
        return failures
    }

    private func isThere(_ wheel: LockedWheel, _ record: SourceBuild, _ configuration: ResolverConfiguration) -> Bool {
        let hex = wheel.sha256.hex
        let path = "\(configuration.sources.folder)/\(record.key)"
        return access("\(configuration.cacheDirectory)/wheels/\(hex.prefix(2))/\(hex).whl", R_OK) == 0
            || SmallFile.read(MadeWheel.self, at: "\(path).json")?.sha256 == wheel.sha256
                && access("\(path).whl", R_OK) == 0
    }

    private func make(
        _ wheel: LockedWheel, _ record: SourceBuild, _ configuration: ResolverConfiguration
    ) async throws(StrataError) {
        guard record.recipe == SourceBuild.currentRecipe else {
            throw StrataError(.unsupported, "it was built in a way that this version does not know (\(record.recipe))")
        }
        let python = record.python.split(separator: ".").prefix(2).joined(separator: ".")
        guard let version = PythonVersion(python),
            let interpreter = await interpreters.interpreter(for: Target(version, .here))
        else {
            throw StrataError(
                .unsupported,
                "it was built by Python \(record.python.printable(40)), and this machine has no Python \(python.printable(40))"
            )
        }
        let order = SourceOrder.recorded(wheel.package, version: wheel.version, record)
        switch try await client.find([order], configuration.sources)[order] {
        case .found(let source):
            let machine = Machine(target: Target(version, .here), interpreter: interpreter)
            let made = try await self.wheel(source, on: machine, tools: record.tools, configuration)
            guard made.sha256 == wheel.sha256 else {
                throw StrataError(
                    .digestMismatch, "built again it has the sha256 \(made.sha256), not \(wheel.sha256)",
                    hint: interpreter.version == record.python
                        ? nil : "it was built by Python \(record.python), and this machine has \(interpreter.version)")
            }
            // By the key of its record it is looked for.
            if made.built?.key != record.key { try copy(made, as: record, configuration.sources) }
        case .failed(let failure): throw failure.error
        case .needless, nil: throw StrataError(.inconsistent, "the worker did not fetch it")
        }
    }

    private func copy(
        _ made: LockedWheel, as record: SourceBuild, _ sources: SourceConfiguration
    ) throws(StrataError) {
        guard let own = made.built else { return }
        let bytes = try BoundedFile.read("\(sources.folder)/\(own.key).whl", limit: WheelAdoption.largest)
        do {
            try AtomicFile.write(bytes, to: "\(sources.folder)/\(record.key).whl", mode: 0o666)
        } catch {
            throw StrataError.wrapping(error, .file, "the wheel cannot be written")
        }
        try SmallFile.write(
            MadeWheel(fileName: made.fileName, sha256: made.sha256, size: ByteCount(bytes.count)),
            at: "\(sources.folder)/\(record.key).json")
    }
}

extension ResolveRequest {
    /// What is to be looked for, for this request and those of its bases.
    fileprivate var sourceOrders: [SourceOrder] {
        sdists.map(order) + bases.flatMap(\.sourceOrders)
    }

    private func order(_ package: PackageName) -> SourceOrder {
        let specifiers = requires.filter { $0.package == package }.map(\.specifiers).filter { !$0.isEmpty }
        return .newest(package, specifiers: specifiers.joined(separator: ","), item.target)
    }

    fileprivate func with(_ wheels: [SourceOrder: Result<LockedWheel, StrataError>]) -> ResolveRequest {
        var request = self
        request.bases = bases.map { $0.with(wheels) }
        for package in sdists {
            switch wheels[order(package)] {
            case .success(let wheel): request.built.append(wheel)
            case .failure(let error):
                request.settled =
                    error.isRefusal || error.code == .inconsistent
                    ? .refused(reason: error.description) : .failed(reason: error.description)
            case nil: break
            }
        }
        return request
    }
}
