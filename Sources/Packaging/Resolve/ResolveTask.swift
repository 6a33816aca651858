import Files
import Model

/// One request on its way through a run.
struct ResolveTask: Sendable {
    let request: ResolveRequest
    let memory: ResolveMemory?
    let configuration: ResolverConfiguration
    /// What a list locks, whose pins the request then requires; nil if anything is to be resolved.
    var pinned: PinnedList?
    /// What the layers hold that it is used with: no other versions are taken.
    var held: [LockedWheel] = []

    /// What is locked is taken however young it is.
    private var age: AgeLimit {
        AgeLimit(minimumAge: pinned == nil ? configuration.minimumAge : .zero, now: configuration.now)
    }

    /// What the last resolve looked at, and what is asked for now.
    var expectedPackages: Set<PackageName> {
        Set(request.requires.map(\.package)).union(memory?.packages ?? [])
    }

    /// The last outcome, if nothing has changed since.
    func remembered(_ answers: [PackageName: ProjectIndex.Answer]) -> ResolveOutcome? {
        guard let memory,
            memory.holds(answers, now: configuration.now, refreshEvery: configuration.refreshEvery)
        else { return nil }
        return memory.outcome
    }

    // MARK: - Asking uv

    /// What uv said, before anybody knows why.
    struct Attempt: Sendable {
        let answer: Result<Uv.Answer, StrataError>
        /// What the pages said before uv ran.
        let before: [PackageName: ProjectIndex.Answer]
        /// All packages that matter: asked for, looked at, locked or blamed.
        var packages: Set<PackageName>
        /// Those that uv's message names.
        var blamed: Set<PackageName> = []
        /// Of releases that lack an extra that was asked for: those that they have.
        var extras: [PackageName: [String]] = [:]
    }

    /// - Parameter cache: for wheels whose metadata has to be looked at.
    func run(_ uv: Uv, after before: [PackageName: ProjectIndex.Answer], cache: WheelCache) async -> Attempt {
        do throws(StrataError) {
            let platform = try ResolvePlatform(request.item.target)
            let refresh = memory?.changed(before) ?? Set(request.requires.map(\.package))
            let pins = held.map { PinnedPackage($0.package, $0.version) }
            let links = try linked(in: uv.workFolder)
            var (answer, visited) = try await uv.compile(
                request.requires, on: platform, age: age, refresh: refresh,
                limits: ResolveLimits(hasAll: pinned != nil, pins: pins, links: links))
            if case .locked(let text, _) = answer, let without = try provided(in: text) {
                // The same versions, without what the runtime brings and what only that needs: what stays fits to what the
                // left out packages ask for.
                let pins = try Pylock(text).packages.map { PinnedPackage($0.name, $0.version) }
                let second = try await uv.compile(
                    request.requires, on: platform, age: age, refresh: [],
                    limits: ResolveLimits(pins: pins, without: without, links: links))
                (answer, visited) = (second.answer, visited.union(second.visited))
            }
            var attempt = Attempt(
                answer: .success(answer), before: before,
                packages: visited.union(request.requires.map(\.package)))
            switch answer {
            case .locked(let text, let warnings):
                let pylock = try Pylock(text)
                attempt.packages.formUnion(pylock.packages.map(\.name))
                for wanted in WarningJudge.misspelt(warnings, in: request.requires) {
                    let wheel = try pylock.lock(for: request.item.target).wheel(of: wanted.package)
                    attempt.extras[wanted.package] = await Self.extras(of: wheel, cache)
                }
            case .unsatisfiable(let message): attempt.blamed = UvLog(message).blamed
            case .addressDependency, .failed: break
            }
            attempt.packages.formUnion(attempt.blamed)
            return attempt
        } catch {
            return Attempt(answer: .failure(error), before: before, packages: [])
        }
    }

    /// A folder of the wheels that were built for the request; nil if there are none.
    private func linked(in workFolder: String) throws(StrataError) -> String? {
        guard !request.built.isEmpty else { return nil }
        let marks = request.built.map(\.sha256.hex).sorted().joined(separator: " ")
        let folder = "\(workFolder)/built-\(ContentDigest.of(marks).hex.prefix(32))"
        try Folder.make(folder)
        for wheel in request.built {
            guard let build = wheel.built else { continue }
            let path = "\(configuration.cacheDirectory)/sdists/\(build.key).whl"
            let bytes = try BoundedFile.read(path, limit: WheelAdoption.largest)
            do {
                try AtomicFile.write(bytes, to: "\(folder)/\(wheel.fileName)")
            } catch {
                throw StrataError.wrapping(error, .file, "a temporary file cannot be written")
            }
        }
        return folder
    }

    /// Which of the packages were built, and with what.
    private func sdistRemarks(_ lock: Lock) -> [String] {
        lock.wheels.compactMap { wheel in
            wheel.built.map {
                "\(wheel.package) \(wheel.version) was built from \($0.fileName), with \($0.toolsText)"
            }
        }
    }

    /// The extras that a wheel has, by its own metadata; for a suggestion only, so nothing large is fetched for it.
    private static func extras(of wheel: LockedWheel?, _ cache: WheelCache) async -> [String]? {
        guard let wheel, let size = wheel.size, size < ByteCount.mebibytes(64) else { return nil }
        let contents = try? await cache.wheel(wheel).contents
        return contents?.metadata.extras.compactMap { PackageName($0)?.text }
    }

    // MARK: - Judging

    struct Verdict: Sendable {
        let outcome: ResolveOutcome
        /// What to remember; nil if the next run has to ask again.
        let memory: ResolveMemory?
    }

    /// - Parameters:
    ///   - answers: for all of the attempt's packages.
    ///   - pages: what those pages say, as far as it is known.
    func judge(
        _ attempt: Attempt, _ answers: [PackageName: ProjectIndex.Answer], pages: [PackageName: ProjectPage?]
    ) -> Verdict {
        do throws(StrataError) {
            let outcome = try outcome(attempt, answers, pages)
            return Verdict(outcome: outcome, memory: memory(of: outcome, attempt, answers, pages))
        } catch {
            // A refusal lasts, but what it rests on is not known here: the next run asks again.
            return Verdict(
                outcome: error.isRefusal ? .refused(reason: error.description) : .failed(reason: error.description),
                memory: nil)
        }
    }

    private func outcome(
        _ attempt: Attempt, _ answers: [PackageName: ProjectIndex.Answer], _ pages: [PackageName: ProjectPage?]
    ) throws(StrataError) -> ResolveOutcome {
        let platform = try ResolvePlatform(request.item.target)
        switch try attempt.answer.get() {
        case .failed(let message):
            return .failed(reason: "uv: \(Diagnosis.shortened(message))")
        case .unsatisfiable(let message):
            // Without the pages every reason would be a guess, and a refusal is a lasting answer.
            if let unknown = request.requires.map(\.package).first(where: { pages[$0] == nil }) {
                guard case .failed(let error)? = answers[unknown] else {
                    return .failed(
                        reason: "there is no solution, and the index did not answer why: asked for '\(unknown)'")
                }
                return .failed(reason: "cannot look up '\(unknown)': \(error)")
            }
            let diagnosis = Diagnosis(platform: platform, age: age, pages: pages)
            return .refused(reason: diagnosis.reason(for: request.requires, message: message, named: attempt.blamed))
        case .addressDependency(let asking, let dependency):
            return .refused(
                reason:
                    "\(asking) requires '\(dependency)' by its address, but a layer takes releases of an index only; "
                    + "choose another release, or build that wheel yourself for 'index: find-links'")
        case .locked(let text, let warnings):
            let lock = try locked(text).lock(for: request.item.target).taking(request.built)
            guard !lock.wheels.isEmpty else {
                return .refused(
                    reason: request.provided.isEmpty
                        ? "no requirement applies to \(request.item.target): every marker excludes it"
                        : "nothing is left of it for \(request.item.target): all that it requires is provided")
            }
            let judge = WarningJudge(
                requirements: request.requires, lock: lock, pages: pages, extras: attempt.extras)
            if let refusal = judge.refusal(warnings) { return .refused(reason: refusal) }
            let freshness = Freshness(of: lock, for: request.requires, on: platform, age: age, pages: pages)
            return .locked(
                ResolvedLock(
                    lock: lock, remarks: fromList + sdistRemarks(lock) + judge.remarks(warnings) + freshness.remarks,
                    young: freshness.young)
            )
        }
    }

    /// The packages of the lock that the runtime brings; nil if there are none, or if they are left out already.
    private func provided(in text: String) throws(StrataError) -> Set<PackageName>? {
        guard !request.provided.isEmpty, pinned == nil else { return nil }
        let names = Set(try Pylock(text).packages.map(\.name))
        return names.isDisjoint(with: request.provided) ? nil : Set(request.provided)
    }

    private func locked(_ text: String) throws(StrataError) -> Pylock {
        let pylock = try Pylock(text)
        guard let pinned else { return pylock }
        return try pylock.keeping(pinned.pins, file: request.lock?.path ?? "", on: request.item.target)
    }

    private var fromList: [String] { (request.lock.map { [$0.mark] } ?? []) + (pinned?.remarks ?? []) }

    /// What can be relied on next time; nil if a page could not be asked for, or may be newer than what uv saw.
    private func memory(
        of outcome: ResolveOutcome, _ attempt: Attempt, _ answers: [PackageName: ProjectIndex.Answer],
        _ pages: [PackageName: ProjectPage?]
    ) -> ResolveMemory? {
        if case .failed = outcome { return nil }
        var marks: [ResolveMemory.PageMark] = []
        var maturities: [Timestamp] = []
        for package in attempt.packages.sorted() {
            guard let digest = answers[package]?.digest, let page = pages[package] else { return nil }
            let uploads = page?.files.compactMap(\.uploaded) ?? []
            // Asked for after uv ran, which may have taken an older page from its own cache.
            let isSettled =
                attempt.before[package]?.digest == digest
                || !uploads.contains { $0 > configuration.now - Self.uvMemory }
            guard isSettled else { return nil }
            marks.append(.init(package: package, digest: digest))
            if let cutoff = age.cutoff { maturities += uploads.filter { $0 >= cutoff }.map(age.matures) }
        }
        return ResolveMemory(
            outcome: outcome, pages: marks, nextMaturity: maturities.min(), resolved: configuration.now)
    }

    /// For how long uv may take a page from its cache without asking: indexes say ten minutes.
    private static let uvMemory = Duration.seconds(900)
}

extension Lock {
    /// The same, with how those of the wheels were made that were built here.
    fileprivate func taking(_ built: [LockedWheel]) -> Lock {
        let known = Dictionary(built.map { ($0.sha256, $0) }) { first, _ in first }
        return Lock(target: target, wheels: wheels.map { known[$0.sha256] ?? $0 })
    }
}
