import Model
import Wheels

/// The machine code of a layer, divided into what Python or the loader would load, and the rest.
///
/// Python loads extension modules: files that `import` finds by their name. The loader loads what these need, along
/// their search paths. Programs, and libraries that code loads by a path, run or do not run when somebody asks for them.
struct LoadedCode {
    /// A file of machine code at its place in the layer.
    struct File {
        let path: String
        let library: NativeLibrary
        let wheel: String
        /// The file that needs it; nil for an extension module, and for what is not loaded.
        var loader: String?
    }

    /// What is loaded, in the order in which it was found.
    private(set) var loaded: [File] = []
    private(set) var others: [File] = []
    /// Names of libraries that nothing in the layer answers to where the loader looks, by the file that needs them.
    private var unmet: [(file: File, names: [String])] = []
    private let target: Target
    /// Of files, and what they call themselves.
    private let fileNames: Set<String>

    init(_ listing: LayerListing, _ wheels: [CachedWheel], on target: Target) {
        self.target = target
        let libraries = wheels.map { cached in
            Dictionary(cached.contents.libraries.map { ($0.path, $0) }) { first, _ in first }
        }
        var files: [String: File] = [:]
        var names: Set<String> = []
        for file in listing.files {
            guard let wheel = file.wheel, libraries.indices.contains(wheel), let source = file.source,
                let library = libraries[wheel][source]
            else { continue }
            files[file.path] = File(path: file.path, library: library, wheel: wheels[wheel].wheel.fileName)
            names.insert(file.path.split(separator: "/").last.map(String.init) ?? "")
            if let soname = library.soname { names.insert(soname) }
        }
        fileNames = names
        find(in: files)
    }

    private mutating func find(in files: [String: File]) {
        var seen: Set<String> = []
        var queue: [(path: String, loader: String?, inherited: [String])] = files.keys.sorted()
            .filter { path in files[path].map { isExtension(path, $0.library) } ?? false }
            .map { ($0, nil, []) }
        var next = 0
        while next < queue.count {
            let (path, loader, inherited) = queue[next]
            next += 1
            guard seen.insert(path).inserted, var file = files[path] else { continue }
            file.loader = loader
            loaded.append(file)
            let own = file.library.searchPaths.compactMap { Self.folder($0, of: path) }
            // Where there is a later kind of path, the inherited ones do not count.
            let folders = file.library.isSearchInherited || own.isEmpty ? own + inherited : own
            let handedOn = file.library.isSearchInherited || own.isEmpty ? folders : inherited
            var missing: [String] = []
            for name in file.library.needed {
                if let found = folders.map({ Self.joined($0, name) }).first(where: { files[$0] != nil }) {
                    queue.append((found, path, handedOn))
                } else {
                    missing.append(name)
                }
            }
            if !missing.isEmpty { unmet.append((file, missing)) }
        }
        for path in files.keys.sorted() where !seen.contains(path) {
            guard let file = files[path] else { continue }
            others.append(file)
            let isLibrary = path.split(separator: "/").last?.contains(".so") ?? false
            if isLibrary, file.library.machineName == target.architecture.machine {
                let own = file.library.searchPaths.compactMap { Self.folder($0, of: path) }
                let missing = file.library.needed.filter { name in
                    !own.contains { files[Self.joined($0, name)] != nil }
                }
                if !missing.isEmpty { unmet.append((file, missing)) }
            }
        }
    }

    /// Whether `import` finds the file: by a suffix that the target's Python knows, and folders that are packages' names.
    private func isExtension(_ path: String, _ library: NativeLibrary) -> Bool {
        let parts = path.split(separator: "/")
        guard let name = parts.last, let dot = name.firstIndex(of: ".") else { return false }
        let words = parts.dropLast() + [name[..<dot]]
        guard words.allSatisfy(\.isIdentifier) else { return false }
        switch name[dot...] {
        case ".cpython-\(target.python.major)\(target.python.minor)-\(target.architecture.machine)-linux-gnu.so":
            return true
        // Libraries have such names, too.
        case ".abi3.so", ".so": return library.isModule
        default: return false
        }
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

    /// - Throws: `unbuildable` for what would be loaded and cannot be.
    func check(glibc: LibraryVersion) throws(StrataError) {
        for file in loaded {
            let why = file.loader.map { "'\(EntryPath($0))' needs it" } ?? "Python would load it"
            if file.library.machineName != target.architecture.machine {
                throw StrataError(
                    .unbuildable,
                    "'\(EntryPath(file.path))' is for \(file.library.machineName), not for "
                        + "\(target.architecture.machine), and \(why)",
                    hint: "if the layer can do without it, leave it out with 'exclude'", place: .init(file: file.wheel))
            }
            if let needed = file.library.glibc, needed > glibc {
                throw StrataError(
                    .unbuildable,
                    "'\(EntryPath(file.path))' needs version \(needed) of the GNU C library, the target has \(glibc), "
                        + "and \(why)",
                    hint: "take an older version of the package, or a newer Python", place: .init(file: file.wheel))
            }
        }
    }

    /// What is there and does not fit, but is not loaded by itself; what is needed and not there.
    func remarks(on platform: Platform) -> [String] {
        foreignRemarks + missingRemarks(on: platform)
    }

    private var foreignRemarks: [String] {
        let foreign = others.filter { $0.library.machineName != target.architecture.machine }
        return Dictionary(grouping: foreign, by: \.wheel).sorted { $0.key < $1.key }.map { wheel, files in
            let more = files.count > 1 ? " and \(files.count - 1) more" : ""
            return
                "\(wheel) contains code that is not for \(target.architecture.machine): '\(EntryPath(files[0].path))'"
                + "\(more); nothing loads it by itself"
        }
    }

    private func missingRemarks(on platform: Platform) -> [String] {
        guard let runtime = RuntimeLibraries.names(on: platform) else { return [] }
        var found: [String: (files: [String], names: Set<String>)] = [:]
        for (file, names) in unmet {
            // A library of that name that lies elsewhere in the layer may be loaded before, by code.
            let missing = names.filter { !runtime.contains($0) && !fileNames.contains($0) }
            guard !missing.isEmpty else { continue }
            found[file.wheel, default: ([], [])].files.append(file.path)
            found[file.wheel, default: ([], [])].names.formUnion(missing)
        }
        return found.sorted { $0.key < $1.key }.map { wheel, found in
            let more = found.files.count > 1 ? " and \(found.files.count - 1) more" : ""
            let names = found.names.sorted().map { "\(EntryPath($0))" }.joined(separator: ", ")
            return
                "'\(EntryPath(found.files[0]))'\(more) of \(wheel) needs \(names), which neither the layer nor Lambda's "
                + "Python \(target.python) has: anything that loads it will fail"
        }
    }
}

extension Substring {
    /// Whether Python takes it for a name.
    fileprivate var isIdentifier: Bool {
        guard let first = unicodeScalars.first else { return false }
        return (first == "_" || first.properties.isXIDStart)
            && unicodeScalars.allSatisfy { $0 == "_" || $0.properties.isXIDContinue }
    }
}
