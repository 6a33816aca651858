import Model
import Wheels

/// The machine code of a layer, divided into what Python or the loader would load, and the rest.
///
/// Python loads extension modules: files that `import` finds by their name. The loader loads what these need, in its
/// order: `DT_RPATH`, which is inherited; `LD_LIBRARY_PATH`, by which Lambda puts the runtime's own libraries in front;
/// `DT_RUNPATH`. Programs, and libraries that code loads by a path, run or do not run when somebody asks for them.
struct LoadedCode {
    /// A file of machine code at its place in the layer.
    private struct File {
        let library: NativeLibrary
        let wheel: Int
        let folders: [String]
    }

    /// What the loader has to do for a file.
    private struct Load {
        var path: String
        var loader: String?
        /// Names that are found nowhere.
        var missing: [String] = []
        /// What the runtime's libraries lack, or may lack.
        var lacking: [NativeLibrary.Needed] = []
        var doubtful: [NativeLibrary.Needed] = []
        /// Names that the layer brings, and the runtime's own come before.
        var hidden: [String] = []
    }

    private let target: Target
    private let glibc: LibraryVersion
    private let runtime: RuntimeLibraries?
    private let wheelNames: [String]
    private var files: [String: File] = [:]
    /// Of files, and what they call themselves. A library that lies elsewhere in the layer may be loaded before, by code.
    private var names: Set<String> = []
    /// What Python loads, sorted; what is loaded for each of them.
    private(set) var extensions: [String] = []
    private var closures: [String: [Load]] = [:]
    /// Libraries that nothing in the layer needs.
    private var alone: [Load] = []
    private static let mostLoads = 200_000

    init(_ listing: LayerListing, _ wheels: [CachedWheel], on target: Target, _ platform: Platform) {
        self.target = target
        glibc = LibraryVersion(platform.glibc.major, platform.glibc.minor)
        runtime = RuntimeLibraries.of(platform)
        wheelNames = wheels.map(\.wheel.fileName)
        let libraries = wheels.map { cached in
            Dictionary(cached.contents.libraries.map { ($0.path, $0) }) { first, _ in first }
        }
        for file in listing.files {
            guard let wheel = file.wheel, libraries.indices.contains(wheel), let source = file.source,
                let library = libraries[wheel][source]
            else { continue }
            files[file.path] = File(
                library: library, wheel: wheel,
                folders: library.searchPaths.compactMap { Self.folder($0, of: file.path) })
            names.insert(file.path.split(separator: "/").last.map(String.init) ?? "")
            if let soname = library.soname { names.insert(soname) }
        }
        extensions = files.keys.filter { isExtension($0) }.sorted()
        find()
    }

    private mutating func find() {
        var loaded: Set<String> = []
        var steps = 0
        for path in extensions where steps < Self.mostLoads {
            let closure = closure(of: path)
            steps += closure.count
            loaded.formUnion(closure.map(\.path))
            closures[path] = closure
        }
        for path in files.keys.sorted() where !loaded.contains(path) {
            guard let file = files[path], path.split(separator: "/").last?.contains(".so") == true,
                file.library.machineName == target.architecture.machine
            else { continue }
            alone.append(load(path, loader: nil, inherited: []).load)
        }
    }

    /// A file, and all that is loaded for it.
    private func closure(of path: String) -> [Load] {
        var loads: [Load] = []
        var seen: Set<String> = []
        var queue: [(path: String, loader: String?, inherited: [String])] = [(path, nil, [])]
        var next = 0
        while next < queue.count {
            let (path, loader, inherited) = queue[next]
            next += 1
            guard seen.insert(path).inserted else { continue }
            let (load, found, handedOn) = load(path, loader: loader, inherited: inherited)
            loads.append(load)
            queue += found.map { ($0, path, handedOn) }
        }
        return loads
    }

    private func load(
        _ path: String, loader: String?, inherited: [String]
    ) -> (load: Load, found: [String], inherited: [String]) {
        var load = Load(path: path, loader: loader)
        guard let file = files[path] else { return (load, [], inherited) }
        let library = file.library
        // Where there is a later kind of path, the inherited ones do not count.
        let isInherited = library.isSearchInherited || file.folders.isEmpty
        let folders = isInherited ? file.folders + inherited : file.folders
        var found: [String] = []
        var ofRuntime: Set<String> = []
        for name in library.needed {
            let own = folders.lazy.map { Self.joined($0, name) }.first { files[$0] != nil }
            let isRuntimes = runtime?.names.contains(name) ?? true
            if let own, isInherited || !isRuntimes || runtime?.isListed != true {
                found.append(own)
            } else if isRuntimes {
                ofRuntime.insert(name)
                if own != nil { load.hidden.append(name) }
            } else if !names.contains(name) {
                load.missing.append(name)
            }
        }
        for needed in library.versions where ofRuntime.contains(needed.library) {
            switch runtime?.answer(needed) {
            case .lacks: load.lacking.append(needed)
            case .mayHave: load.doubtful.append(needed)
            default: break
            }
        }
        return (load, found, isInherited ? folders : inherited)
    }

    /// Whether `import` finds the file: by a suffix that the target's Python knows, and folders that are packages' names.
    private func isExtension(_ path: String) -> Bool {
        let parts = path.split(separator: "/")
        guard let file = files[path], let name = parts.last, let dot = name.firstIndex(of: ".") else { return false }
        let words = parts.dropLast() + [name[..<dot]]
        guard words.allSatisfy(\.isIdentifier),
            let suffix = LayerModules.suffixes(on: target).firstIndex(
                of: String(name[dot...]))
        else { return false }
        // Libraries have such names, too, but for the first.
        return suffix == 0 || file.library.isModule
    }

    /// `$ORIGIN/../x.libs` of a file in the layer: the folder; nil if it lies outside of the layer.
    private static func folder(_ searchPath: String, of file: String) -> String? {
        var parts = Array(file.split(separator: "/").dropLast())
        guard
            let rest = ["$ORIGIN", "${ORIGIN}"].first(where: { searchPath.hasPrefix($0) }).map({
                searchPath.dropFirst($0.count)
            }),
            rest.isEmpty || rest.hasPrefix("/")
        else { return nil }
        for part in rest.split(separator: "/") where part != "." {
            if part == ".." {
                guard parts.popLast() != nil else { return nil }
            } else {
                parts.append(part)
            }
        }
        return parts.joined(separator: "/")
    }

    private static func joined(_ folder: String, _ name: String) -> String {
        folder.isEmpty ? name : "\(folder)/\(name)"
    }

    // MARK: - Judging

    /// Why Python cannot load an extension module; nil if nothing is known against it.
    func failure(of path: String) -> ImportCheck.Failure? {
        for load in closures[path] ?? [] {
            if !load.missing.isEmpty {
                return .init(
                    rule: .missingLibrary, reason: "'\(EntryPath(load.path))' needs \(missing(load.missing))",
                    native: path)
            }
            if let needed = load.lacking.first {
                return .init(
                    rule: .symbolVersions,
                    reason: "'\(EntryPath(load.path))' needs \(symbols(needed)), which Lambda's Python "
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
        for load in extensions.flatMap({ closures[$0] ?? [] }) {
            guard seen.insert(load.path).inserted, let file = files[load.path] else { continue }
            let why = load.loader.map { "'\(EntryPath($0))' needs it" } ?? "Python would load it"
            if file.library.machineName != target.architecture.machine {
                findings.append(
                    Finding(
                        .machine, .error,
                        "'\(EntryPath(load.path))' is for \(file.library.machineName), not for "
                            + "\(target.architecture.machine), and \(why)",
                        hint: "if the layer can do without it, leave it out with 'exclude'",
                        wheel: wheelNames[file.wheel]))
            } else if let needed = file.library.glibc, needed > glibc {
                findings.append(
                    Finding(
                        .symbolVersions, .error,
                        "'\(EntryPath(load.path))' needs version \(needed) of the GNU C library, the target has \(glibc), "
                            + "and \(why)",
                        hint: "take an older version of the package, or a newer Python",
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
        for path in extensions where closures[path]?.allSatisfy({ $0.missing.isEmpty }) == true {
            if let wheel = files[path]?.wheel { wholeWheels.insert(wheel) }
        }
        var seen: Set<String> = []
        for load in extensions.flatMap({ closures[$0] ?? [] }) + alone where !load.missing.isEmpty {
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
        for load in extensions.flatMap({ closures[$0] ?? [] }) where seen.insert(load.path).inserted {
            guard let file = files[load.path] else { continue }
            let wheel = wheelNames[file.wheel]
            for needed in load.doubtful + load.lacking {
                findings.append(
                    Finding(
                        .symbolVersions, .warning,
                        "'\(EntryPath(load.path))' of \(wheel) needs \(symbols(needed)), which not every runtime of "
                            + "Python \(target.python) has: what loads it may fail",
                        wheel: wheel))
            }
            if !load.hidden.isEmpty {
                let names = load.hidden.map { "\(EntryPath($0))" }.joined(separator: ", ")
                findings.append(
                    Finding(
                        .hiddenLibrary, .note,
                        "'\(EntryPath(load.path))' of \(wheel) brings \(names), and gets the runtime's own",
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

    private static func some(_ paths: [String]) -> String {
        "'\(EntryPath(paths.first ?? ""))'" + (paths.count > 1 ? " and \(paths.count - 1) more" : "")
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

extension Substring {
    /// Whether Python takes it for a name.
    var isIdentifier: Bool {
        guard let first = unicodeScalars.first else { return false }
        return (first == "_" || first.properties.isXIDStart)
            && unicodeScalars.allSatisfy { $0 == "_" || $0.properties.isXIDContinue }
    }
}
