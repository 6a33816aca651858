import Model
import Wheels

/// The machine code of a layer, divided into what Python or the loader would load, and the rest.
///
/// Python loads extension modules: files that `import` finds by their name. The loader loads what these need, in its
/// order: `DT_RPATH`, which is inherited; `LD_LIBRARY_PATH`, by which Lambda puts the runtime's own libraries in front;
/// `DT_RUNPATH`. Programs, and libraries that code loads by a path, run or do not run when somebody asks for them.
struct LoadedCode {
    /// A file of machine code at its place in the layer: relative to `python/`, so `../lib/libgomp.so.1` is beside it.
    struct File {
        let library: NativeLibrary
        let wheel: Int
        let folders: [String]
    }

    /// What the loader has to do for a file.
    struct Load {
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

    let target: Target
    let glibc: LibraryVersion
    let runtime: RuntimeLibraries?
    let wheelNames: [String]
    private(set) var files: [String: File] = [:]
    /// Of files, and what they call themselves. A library that lies elsewhere in the layer may be loaded before, by code.
    private var names: Set<String> = []
    /// What Python loads, sorted; what is loaded for each of them.
    private(set) var extensions: [String] = []
    /// Programs and libraries from elsewhere, sorted: they are there since somebody wants them.
    private(set) var additions: [String] = []
    private(set) var closures: [String: [Load]] = [:]
    /// Libraries that nothing in the layer needs.
    private(set) var alone: [Load] = []
    private static let mostLoads = 200_000

    init(_ listing: LayerListing, _ wheels: [CachedWheel], on target: Target, _ platform: Platform) {
        self.target = target
        glibc = LibraryVersion(platform.glibc.major, platform.glibc.minor)
        runtime = RuntimeLibraries.of(platform)
        wheelNames = wheels.map(\.wheel.fileName) + listing.additions.map(\.name)
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
        }
        // What was left out of the layer, somebody else brings.
        for library in wheels.lazy.flatMap(\.contents.libraries) {
            names.insert(library.path.split(separator: "/").last.map(String.init) ?? "")
            if let soname = library.soname { names.insert(soname) }
        }
        add(listing.additions, after: wheels.count)
        extensions = files.keys.filter { isExtension($0) }.sorted()
        additions = files.filter { $0.value.wheel >= wheels.count && !isExtension($0.key) }.keys.sorted()
        find()
    }

    private mutating func add(_ additions: [LayerAddition], after wheels: Int) {
        for (index, addition) in additions.enumerated() {
            for file in addition.files {
                guard var library = file.library else { continue }
                let text = library.path
                let path = text.hasPrefix("python/") ? String(text.dropFirst("python/".count)) : "../\(text)"
                library.path = path
                files[path] = File(
                    library: library, wheel: wheels + index,
                    folders: library.searchPaths.compactMap { Self.folder($0, of: path) })
                names.insert(path.split(separator: "/").last.map(String.init) ?? "")
                if let soname = library.soname { names.insert(soname) }
            }
        }
    }

    /// What is loaded because somebody asks for it.
    var roots: [String] { extensions + additions }

    private mutating func find() {
        var loaded: Set<String> = []
        var steps = 0
        for path in roots where steps < Self.mostLoads {
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
            let shared = Self.joined(Self.libraries, name)
            let isShared = files[shared] != nil
            let isRuntimes = runtime?.names.contains(name) ?? true
            if let own, isInherited || !isRuntimes || runtime?.isListed != true {
                found.append(own)
            } else if isRuntimes, !isShared || runtime?.isListed == true {
                ofRuntime.insert(name)
                if own != nil || isShared { load.hidden.append(name) }
            } else if isShared {
                found.append(shared)
            } else if !names.contains(name) || path.hasPrefix("../") {
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

    /// `/opt/lib`, which is on `LD_LIBRARY_PATH`, after the runtime's own folders.
    private static let libraries = "../lib"

    private static func joined(_ folder: String, _ name: String) -> String {
        folder.isEmpty ? name : "\(folder)/\(name)"
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
