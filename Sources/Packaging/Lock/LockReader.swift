import Files
import Model
import Tasks

/// Answers requests that name a lock: what is locked for the target is the answer, and the index is not asked.
///
/// A `uv.lock` is read by uv itself (`uv export`), whose own format it is: groups, extras, forks and workspaces mean what
/// uv says that they mean.
struct LockReader: Sendable {
    private let uv: Uv
    private let exports = OnceEach<Reading, Pylock>()

    private struct Reading: Hashable {
        let lock: ProjectLock
        let without: [PackageName]
    }

    init(_ uv: Uv) { self.uv = uv }

    enum Answer: Sendable {
        case answered(ResolveOutcome)
        /// The index has to be asked: for what is wanted, or where the wheels of a list's pins are.
        case asking(ResolveTask)
    }

    /// - Parameter asking: makes the task that asks for a request, and for the pins of a list.
    func task(for request: ResolveRequest, _ asking: (ResolveRequest, PinnedList?) -> ResolveTask) async -> Answer {
        if let known = request.settled { return .answered(known) }
        // A layer of files alone.
        if request.holdsNoPackages {
            return .answered(.locked(ResolvedLock(lock: Lock(target: request.item.target, wheels: []))))
        }
        guard let lock = request.lock else { return .asking(asking(request, nil)) }
        guard lock.kind == .requirements else { return .answered(await outcome(request, lock)) }
        do throws(StrataError) {
            let list = try PinnedList(lock, for: request.item.target)
            if let missing = request.requires.first(where: { wanted in
                !list.pins.contains { $0.package == wanted.package }
            }) {
                return .answered(.refused(reason: lock.lacks(missing.package, on: request.item.target)))
            }
            guard !list.pins.allSatisfy({ request.provided.contains($0.package) }) else {
                return .answered(.refused(reason: lock.holdsNothing(for: request.item.target)))
            }
            let pins = list.pins.filter { !request.provided.contains($0.package) }.map {
                Requirement(package: $0.package, specifiers: "==\($0.version)")
            }
            let asked = ResolveRequest(
                item: request.item, requires: pins, lock: lock, provided: request.provided, bases: request.bases)
            return .asking(asking(asked, list.without(request.provided)))
        } catch {
            return .answered(.refused(reason: error.description))
        }
    }

    private func outcome(_ request: ResolveRequest, _ lock: ProjectLock) async -> ResolveOutcome {
        do throws(StrataError) {
            let reading = Reading(lock: lock, without: request.provided)
            let pylock = try await exports.value(reading) { () async throws(StrataError) in
                guard lock.kind == .uv else {
                    return try Pylock(lock.texts[lock.name] ?? "", from: .project(file: lock.path))
                }
                return try Pylock(try await uv.export(lock, without: reading.without), from: .project(file: lock.path))
            }
            // What uv exports was chosen by groups and extras already.
            let isChosen = lock.kind == .uv
            let selection = try pylock.without(request.provided).selection(
                for: request.item.target, groups: isChosen ? [] : lock.ownGroups,
                extras: isChosen ? [] : lock.extras, file: lock.path)
            guard !selection.lock.wheels.isEmpty else {
                return .refused(reason: lock.holdsNothing(for: request.item.target))
            }
            if let missing = request.requires.first(where: { selection.lock.wheel(of: $0.package) == nil }) {
                return .refused(reason: lock.lacks(missing.package, on: request.item.target))
            }
            var remarks = [lock.mark]
            if isChosen || !selection.local.isEmpty {
                let names = selection.local.map(\.text).joined(separator: ", ")
                remarks.append(
                    "left out: the project itself"
                        + (names.isEmpty ? "" : " and what it has in folders of its own (\(names))")
                        + "; the layer holds what it depends on")
            }
            return .locked(ResolvedLock(lock: selection.lock, remarks: remarks))
        } catch {
            return error.isRefusal || error.code == .inconsistent
                ? .refused(reason: error.description) : .failed(reason: error.description)
        }
    }
}

extension ProjectLock {
    /// `main` is what the project itself depends on, which is always there.
    var ownGroups: [PackageName] { groups.filter { $0.text != "main" } }

    func holdsNothing(for target: Target) -> String { "\(path): nothing in it is for \(target)" }

    func lacks(_ package: PackageName, on target: Target) -> String {
        "\(path): '\(package)', which is to name the layer's version, is not in it for \(target)"
    }

    /// For the remarks of a layer.
    var mark: String { "locked by \(path), \(digest.hex.prefix(12)); nothing is resolved anew" }
}

extension Uv {
    /// What a `uv.lock` holds, as the text of a `pylock.toml`.
    ///
    /// Nothing is built, and nothing is asked for: the project's folder has the two files in it and no more.
    /// - Throws: `resolution` with uv's words; `tool`, `timedOut`.
    func export(_ lock: ProjectLock, without: [PackageName]) async throws(StrataError) -> String {
        let folder = "\(workFolder)/\(lock.digest.hex.prefix(16))-\(UInt32.random(in: 0 ... .max))"
        try Folder.make(folder)
        for name in ["uv.lock", "pyproject.toml"] {
            do {
                try AtomicFile.write((lock.texts[name] ?? "").utf8, to: "\(folder)/\(name)")
            } catch {
                throw StrataError.wrapping(error, .file, "the lock cannot be written to a temporary folder")
            }
        }
        var arguments = [
            "export", "--frozen", "--offline", "--no-config", "--format", "pylock.toml", "--no-header", "--no-progress",
            "--color", "never", "--no-default-groups",
        ]
        for group in lock.ownGroups { arguments += ["--group", group.text] }
        for extra in lock.extras { arguments += ["--extra", extra.text] }
        // With all that only they need.
        for package in without { arguments += ["--prune", package.text] }
        let result = try await Program.run(
            path, arguments, environment: environment, workFolder: folder, deadline: deadline)
        guard result.status == 0 else {
            let message = Diagnosis.shortened(UvLog(result.errors).message).printable(500)
            throw Pylock.refused("uv cannot read the lock: \(message)", lock.path)
        }
        return result.output
    }
}

extension PinnedList {
    /// Such a list does not say who needs what: the named packages alone.
    func without(_ packages: [PackageName]) -> PinnedList {
        var copy = self
        copy.leaveOut(packages)
        return copy
    }
}

extension Pylock {
    /// Of a lock that does not say who needs what: without the named packages alone.
    func without(_ names: [PackageName]) -> Pylock {
        var kept = self
        kept.packages.removeAll { names.contains($0.name) }
        return kept
    }

    /// The same with those wheels only whose digests a list of pins has.
    /// - Throws: `resolution` for a package that has none of them left, or is not there.
    func keeping(_ pins: [PinnedList.Pin], file: String, on target: Target) throws(StrataError) -> Pylock {
        var kept = self
        kept.packages = []
        for pin in pins {
            guard var package = packages.first(where: { $0.name == pin.package }) else {
                throw Self.refused("the index does not answer for \(pin.package) \(pin.version)", file)
            }
            package.wheels.removeAll { !pin.hashes.contains($0.sha256) }
            guard !package.wheels.isEmpty else {
                throw Self.refused(
                    "\(pin.package) \(pin.version): none of its wheels for \(target) has a hash that is in the file",
                    file,
                    hint: "write the file for all platforms, as 'uv export' does")
            }
            kept.packages.append(package)
        }
        return kept
    }
}
