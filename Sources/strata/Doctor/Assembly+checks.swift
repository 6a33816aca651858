import FoundationEssentials
import Git
import Glibc
import Local
import Model
import Packaging
import Settings
import Subprocess
import Synchronization
import Tasks

extension Assembly {
    /// All that `strata doctor` looks at, in the order in which a run needs it.
    var checks: [Check] {
        [configuration, uv, sandbox, cacheFolder, index]
            + interpretersOfProofs + backend.checks + [clock, ledgerState, codeStorage, registryAccess, belonging]
            + requests + hosting + [site] + sitePlace + signing
    }

    private var configuration: Check {
        Check("configuration", mend: "'strata check' lists every mistake") {
            let text = "\(count(desired.items.count, "item")) in \(count(desired.regions.count, "region"))"
            let notices = desired.runtimeNotices(at: backend.now())
            guard let first = notices.first else { return .good(text) }
            return .warning("\(text); \(first)", mend: "see 'A runtime that ends' in the manual", details: notices)
        }
    }

    private var uv: Check {
        Check("uv", mend: "install it with 'pip install uv', or set STRATA_UV") {
            .good(try await version(of: environment["STRATA_UV"] ?? "uv"))
        }
    }

    private var sandbox: Check {
        Check("sandbox", mend: "a kernel with Landlock (5.13 or later) shuts workers in") {
            guard WorkerSandbox.isOffered else {
                return .warning(
                    WorkerSandbox.offered, mend: "use a kernel with Landlock (5.13 or later), or a user of its own")
            }
            return .good(WorkerSandbox.offered)
        }
    }

    private var cacheFolder: Check {
        Check("cache", mend: "set 'cache: { folder: … }' or STRATA_CACHE to a folder that can be written") {
            let nearest = Self.nearestFolder(to: places.cache)
            guard FileManager.default.isWritableFile(atPath: nearest) else {
                throw StrataError(.file, "\(places.cache) cannot be written")
            }
            let isThere = nearest == places.cache
            var volume = statvfs()
            guard statvfs(nearest, &volume) == 0 else { return .good(places.cache) }
            let (free, isHuge) = Int(clamping: volume.f_bavail).multipliedReportingOverflow(
                by: Int(clamping: volume.f_frsize))
            let text =
                "\(places.cache)\(isThere ? "" : " (made by the first run)"): \(ByteCount(isHuge ? .max : free)) free"
            guard isHuge || free >= 2_000_000_000 else {
                return .warning(
                    text, mend: "make room, or lower 'cache: { size }': wheels and zips need some gigabytes")
            }
            return .good(text)
        }
    }

    private static func nearestFolder(to path: String) -> String {
        var folder = path
        while !FileManager.default.fileExists(atPath: folder), let slash = folder.lastIndex(of: "/") {
            folder = slash == folder.startIndex ? "/" : String(folder[..<slash])
        }
        return folder
    }

    private var index: Check {
        Check("index", mend: "check 'index: url', UV_DEFAULT_INDEX, and the way there (proxies: https_proxy)") {
            let answers = try await askIndexes()
            guard !answers.isEmpty else { return .good("only folders are asked") }
            guard answers.contains(where: \.hasPackage) else {
                return .warning(
                    "\(answers.map(\.address).joined(separator: ", ")) answers, and has no '\(packageToAskFor?.text ?? "pip")'",
                    mend: "check 'index: url': the address of a simple API often ends with /simple/")
            }
            return .good(answers.map(\.address).joined(separator: ", ") + (answers.count == 1 ? " answers" : " answer"))
        }
    }

    /// One that the configuration wants; layers that a file locks name none.
    private var packageToAskFor: PackageName? {
        desired.layers.lazy.flatMap(\.requires).first?.package ?? PackageName("pip")
    }

    private func askIndexes() async throws -> [IndexProbe.Answer] {
        guard let package = packageToAskFor else { return [] }
        return try await IndexProbe(packageIndex, environment: environment).ask(for: package)
    }

    private var interpretersOfProofs: [Check] {
        let proved = Set(
            desired.layers.filter { $0.checks.imports.place == .sandbox || $0.options.bytecode != nil }.flatMap(
                \.targets)
        ).sorted()
        guard !proved.isEmpty else { return [] }
        return [
            Check("interpreters", mend: "install the Pythons, or name them in 'checks: { interpreters }'") {
                .good(await interpreters.text(for: proved))
            }
        ]
    }

    /// AWS's clock, if it has answered; else the index's.
    private var clock: Check {
        Check("clock", mend: "set it by NTP: 'timedatectl set-ntp true'") {
            var error = backend.clockError()
            var whose = "AWS"
            if backend.hasOwnClock || error == .zero {
                guard let date = try? await askIndexes().compactMap(\.date).first else {
                    return .warning(
                        "nobody who could be asked tells the time",
                        mend: "see whether NTP keeps it: 'timedatectl' shows 'synchronized: yes'")
                }
                error = date - WallClock.now
                whose = "the index"
            }
            let seconds = abs(error.components.seconds)
            guard seconds >= 60 else { return .good("within a minute of \(whose)'s") }
            let text = "\(seconds / 60) minutes \(error < .zero ? "ahead of" : "behind") \(whose)'s"
            return .warning(text, mend: "set it by NTP: 'timedatectl set-ntp true'")
        }
    }

    private var ledgerState: Check {
        Check("ledger", mend: "restore a copy, or move it away and run 'strata reconcile --rebuild'") {
            if case .sqlite(let path) = settings.ledger, !FileManager.default.fileExists(atPath: path) {
                guard FileManager.default.isWritableFile(atPath: Self.nearestFolder(to: path)) else {
                    throw StrataError(
                        .file, "\(path) is not there and cannot be made", hint: "name another place in 'ledger'")
                }
                return .good("\(path) is made by the first run")
            }
            let ledger = try await ledger()
            if let sqlite = ledger as? SQLiteLedger { try await sqlite.checkIntegrity() }
            let open = try await ledger.openIntents(after: nil, limit: 1000).count
            return .good(
                open == 0
                    ? "sound" : "sound; \(count(open, "action")) of a former run will be looked after by the next")
        }
    }

    /// What is left in each region, by what the account is told to be allowed there.
    private var codeStorage: Check {
        Check("code storage", mend: "the credentials need lambda:GetAccountSettings in each region") {
            let provider = try await provider()
            let answers = try await desiredHere().regions.boundedMap(limit: 8) {
                (region: $0, storage: try await provider.storage(in: $0))
            }
            func share(_ storage: CodeStorage) -> Double {
                Double(storage.used.bytes) / Double(max(1, storage.limit.bytes))
            }
            guard let fullest = answers.max(by: { share($0.storage) < share($1.storage) }) else {
                return .good("no region")
            }
            let details = answers.sorted { $0.region < $1.region }.map { region, storage in
                "\(region): \(storage.used) of \(storage.limit), "
                    + "\(ByteCount(max(0, storage.limit.bytes - storage.used.bytes))) left"
            }
            let full = answers.filter { share($0.storage) > 0.8 }.map(\.region).sorted()
            let left = ByteCount(max(0, fullest.storage.limit.bytes - fullest.storage.used.bytes))
            let text =
                "fullest is \(fullest.region): \(fullest.storage.used) of \(fullest.storage.limit), \(left) left"
            guard full.isEmpty else {
                return .warning(
                    "\(text); over 80 % in \(full.map(\.code).joined(separator: ", "))",
                    mend: "'strata prune' deletes what has expired; AWS gives more on request (Service Quotas, Lambda)",
                    details: details)
            }
            return .good(text, details: details)
        }
    }

    private var registryAccess: Check {
        let mend =
            switch settings.git.remote {
            case .https: "let the token write: on GitHub, the permission 'Contents: Read and write' for this repository"
            case .ssh:
                "let the key write: on GitHub, Settings, Deploy keys, 'Allow write access' ('strata keys show' prints it)"
            case .folder: "let this user write to the folder"
            }
        return Check("registry", mend: mend) {
            guard hasRegistry else { return .good("\(settings.git.remote.url) is made by the first run") }
            let notes = Mutex<[String]>([])
            let repository = try await repository(note: { note in notes.withLock { $0.append(note) } })
            let isProposed = settings.git.via == .pullRequest
            let branches =
                [settings.git.branch] + (isProposed ? [settings.git.requestBranch] : [])
                + (settings.site.isOnBranch ? [settings.git.siteBranch] : [])
            // Asked as a push asks: a key that may only read is turned away here, not after everything is published.
            let tips = try await repository.writableTips(of: branches)
            if isProposed, tips[settings.git.branch] ?? nil == nil {
                throw StrataError(
                    .notFound, "there is no branch '\(settings.git.branch)', which a request could be merged into",
                    hint: "make it with a first commit, of any file")
            }
            let found = tips.compactMapValues { $0 }.map { "\($0.key) at \($0.value.description.prefix(7))" }.sorted()
            let state = found.isEmpty ? "writable, empty" : "writable; " + found.joined(separator: ", ")
            return .good((["\(settings.git.remote.url): \(state)"] + notes.withLock { $0 }).joined(separator: "; "))
        }
    }

    /// Whether requests to merge can be asked for.
    private var requests: [Check] {
        guard settings.git.via == .pullRequest else { return [] }
        return [
            Check("requests", mend: "see 'By pull request' in the manual for the rights that the token needs") {
                let open = try await repository { _ in }.ask(mergeRequest())
                return .good(open.map { "\($0.text) is open" } ?? "none is open for '\(settings.git.requestBranch)'")
            }
        ]
    }

    private var belonging: Check {
        Check("belonging", mend: "see 'Ledger and registry' in the manual") {
            guard hasRegistry else { return .good("there is no registry yet: the first commit makes it this ledger's") }
            let look = try await registryToLookAt().look(for: ledger(), rebuilds: settings.rebuildsLedger)
            switch look {
            case .together(let text): return .good(text)
            case .warning(let text):
                return .warning(text, mend: "nothing is to be done: the next run does it")
            case .refused(let error): throw error
            }
        }
    }

    /// Where the site lies besides its branch, or instead of it.
    private var sitePlace: [Check] {
        guard let place = settings.site.place else { return [] }
        let remote = remote(place)
        return [
            Check("place of the site", mend: "see 'site.to' in the manual for the rights that it needs") {
                let snapshot = try await remote.fetch(remote.name)
                let state = snapshot.tip.map { "at \($0.prefix(7))" } ?? "not there yet, or not all of it"
                return .good("\(remote.name): \(state)")
            }
        ]
    }

    private var signing: [Check] {
        guard let signingKey else { return [] }
        return [
            Check("signing key", mend: "'strata keys new --sign' makes one; 'git.sign' names where it is") {
                let key = try await signingKey()
                return .good("\(key.publicKey.type) \(key.publicKey.fingerprint)")
            }
        ]
    }
}

/// What a program says of its own version.
private func version(of program: String) async throws -> String {
    do {
        let result = try await Subprocess.run(
            program.contains("/") ? .path(.init(program)) : .name(program), arguments: ["--version"],
            output: .string(limit: 4096), error: .discarded)
        guard result.terminationStatus.isSuccess, let line = result.standardOutput.split(separator: "\n").first else {
            throw StrataError(.tool, "'\(program) --version' failed")
        }
        return String(line)
    } catch let error as SubprocessError {
        throw StrataError(
            .tool, "'\(program)' cannot be started", hint: "install it with 'pip install uv', or set STRATA_UV",
            cause: error)
    }
}
