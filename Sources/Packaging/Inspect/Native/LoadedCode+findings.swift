import Model
import Wheels

/// What does not fit, is not there, or is hidden.
extension LoadedCode {
    /// Why Python cannot load an extension module; nil if nothing is known against it.
    func failure(of path: String) -> ImportCheck.Failure? {
        for load in closures[path] ?? [] {
            if !load.missing.isEmpty {
                return .init(
                    rule: .missingLibrary, reason: "'\(Self.shown(load.path))' needs \(missing(load.missing))",
                    native: path)
            }
            if let needed = load.lacking.first {
                return .init(
                    rule: .symbolVersions,
                    reason: "'\(Self.shown(load.path))' needs \(symbols(needed)), which Lambda's Python "
                        + "\(target.python) lacks", native: path)
            }
        }
        return nil
    }

    /// Why a library cannot be loaded that code would load by its path: of a wheel without extension modules, if all of
    /// its libraries are such.
    func failure(ofLibrariesOf wheel: Int) -> ImportCheck.Failure? {
        let own = alone.filter { files[$0.path]?.wheel == wheel }
        guard let first = own.first, own.allSatisfy({ !$0.missing.isEmpty }),
            !extensions.contains(where: { files[$0]?.wheel == wheel })
        else { return nil }
        return .init(
            rule: .missingLibrary, reason: "'\(EntryPath(first.path))' needs \(missing(first.missing))",
            native: first.path)
    }

    /// What is there and does not fit the target, whether or not something loads it.
    /// - Parameter failed: extension modules and libraries of which is told already.
    func findings(without failed: Set<String>) -> [Finding] {
        unfit + foreign + unmet(without: failed) + doubtful
    }

    /// What would be loaded, and is for another machine or a newer C library.
    private var unfit: [Finding] {
        var findings: [Finding] = []
        var seen: Set<String> = []
        for load in roots.flatMap({ closures[$0] ?? [] }) {
            guard seen.insert(load.path).inserted, let file = files[load.path] else { continue }
            let why =
                load.loader.map { "'\(Self.shown($0))' needs it" }
                ?? (additions.contains(load.path) ? "'files' takes it" : "Python would load it")
            if file.library.machineName != target.architecture.machine {
                findings.append(
                    Finding(
                        .machine, .error,
                        "'\(Self.shown(load.path))' is for \(file.library.machineName), not for "
                            + "\(target.architecture.machine), and \(why)",
                        hint: additions.contains(load.path)
                            ? "take the archive for \(target.architecture.rawValue)"
                            : "if the layer can do without it, leave it out with 'exclude'",
                        wheel: wheelNames[file.wheel]))
            } else if let needed = file.library.glibc, needed > glibc {
                findings.append(
                    Finding(
                        .symbolVersions, .error,
                        "'\(Self.shown(load.path))' needs version \(needed) of the GNU C library, the target has \(glibc), "
                            + "and \(why)",
                        hint: additions.contains(load.path)
                            ? "take one that was built for an older system, or a newer Python"
                            : "take an older version of the package, or a newer Python",
                        wheel: wheelNames[file.wheel]))
            }
        }
        return findings
    }

    private var foreign: [Finding] {
        let loaded = Set(closures.values.joined().map(\.path))
        let paths = files.keys.sorted().filter {
            !loaded.contains($0) && files[$0]?.library.machineName != target.architecture.machine
        }
        return grouped(paths).map { wheel, paths in
            Finding(
                .machine, .note,
                "\(wheel) brings code that is not for \(target.architecture.machine): \(Self.some(paths)); nothing loads "
                    + "it by itself", wheel: wheel)
        }
    }

    /// What nobody brings: a warning if it is all that a wheel loads, a note if it is a part.
    private func unmet(without failed: Set<String>) -> [Finding] {
        var found: [String: (paths: [String], names: Set<String>, isAll: Bool)] = [:]
        let told = Set(failed.flatMap { closures[$0]?.map(\.path) ?? [$0] })
        var wholeWheels: Set<Int> = []
        for path in roots where closures[path]?.allSatisfy({ $0.missing.isEmpty }) == true {
            if let wheel = files[path]?.wheel { wholeWheels.insert(wheel) }
        }
        var seen: Set<String> = []
        for load in roots.flatMap({ closures[$0] ?? [] }) + alone where !load.missing.isEmpty {
            guard !told.contains(load.path), seen.insert(load.path).inserted, let file = files[load.path] else {
                continue
            }
            let wheel = wheelNames[file.wheel]
            found[wheel, default: ([], [], true)].paths.append(load.path)
            found[wheel]?.names.formUnion(load.missing)
            if wholeWheels.contains(file.wheel) { found[wheel]?.isAll = false }
        }
        return found.sorted { $0.key < $1.key }.map { wheel, found in
            Finding(
                .missingLibrary, found.isAll ? .warning : .note,
                "\(Self.some(found.paths)) of \(wheel) needs \(missing(found.names.sorted())): what loads it fails",
                wheel: wheel)
        }
    }

    /// What the runtime's libraries may lack, and what they hide.
    private var doubtful: [Finding] {
        var findings: [Finding] = []
        var seen: Set<String> = []
        for load in roots.flatMap({ closures[$0] ?? [] }) where seen.insert(load.path).inserted {
            guard let file = files[load.path] else { continue }
            let wheel = wheelNames[file.wheel]
            for needed in load.doubtful + load.lacking {
                findings.append(
                    Finding(
                        .symbolVersions, .warning,
                        "'\(Self.shown(load.path))' of \(wheel) needs \(symbols(needed)), which not every runtime of "
                            + "Python \(target.python) has: what loads it may fail",
                        wheel: wheel))
            }
            if !load.hidden.isEmpty {
                let names = load.hidden.map { "\(EntryPath($0))" }.joined(separator: ", ")
                findings.append(
                    Finding(
                        .hiddenLibrary, .note,
                        "'\(Self.shown(load.path))' of \(wheel) brings \(names), and gets the runtime's own",
                        wheel: wheel))
            }
        }
        return findings
    }

    private func grouped(_ paths: [String]) -> [(String, [String])] {
        Dictionary(grouping: paths) { path in files[path].map { wheelNames[$0.wheel] } ?? "" }.sorted {
            $0.key < $1.key
        }
    }

    /// Where a file lies: in `python/`, or from the layer's top on.
    private static func shown(_ path: String) -> EntryPath {
        EntryPath(path.hasPrefix("../") ? String(path.dropFirst(3)) : path)
    }

    private static func some(_ paths: [String]) -> String {
        "'\(shown(paths.first ?? ""))'" + (paths.count > 1 ? " and \(paths.count - 1) more" : "")
    }

    private func missing(_ names: [String]) -> String {
        let shown = names.prefix(5).map { "\(EntryPath($0))" }.joined(separator: ", ")
        let more = names.count > 5 ? " and \(names.count - 5) more" : ""
        return "\(shown)\(more), which neither the layer nor Lambda's Python \(target.python) brings"
    }

    private func symbols(_ needed: NativeLibrary.Needed) -> String {
        let version = needed.version.map(String.init).joined(separator: ".")
        return "\(needed.family)_\(version) of \(EntryPath(needed.library))"
    }
}
