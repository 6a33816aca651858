import Model
import Wheels

/// What `import` finds in a layer, by the names of modules with `/` between their parts.
struct LayerModules {
    enum Module {
        /// Of the listing's files.
        case source(Int, isPackage: Bool)
        /// Machine code, by its path.
        case native(String)
        /// Bytecode without its source.
        case opaque
        /// A folder without `__init__`.
        case namespace
    }

    private var files: [String: Int] = [:]
    private var folders: Set<String> = []
    private let suffixes: [String]

    init(_ listing: LayerListing, on target: Target) {
        suffixes = Self.suffixes(on: target)
        files.reserveCapacity(listing.files.count)
        for (index, file) in listing.files.enumerated() {
            files[file.path] = index
            var path = file.path[...]
            while let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) {
                path = path[..<slash]
                guard folders.insert(String(path)).inserted else { break }
            }
        }
    }

    /// Of extension modules, in the order in which Python tries them.
    static func suffixes(on target: Target) -> [String] {
        let tag = "\(target.python.major)\(target.python.minor)"
        return [".cpython-\(tag)-\(target.architecture.machine)-linux-gnu.so", ".abi3.so", ".so"]
    }

    /// The module of a name, in the order of Python's own finder.
    func find(_ name: String) -> Module? {
        if folders.contains(name), let package = file(name + "/__init__", isPackage: true) { return package }
        return file(name, isPackage: false) ?? (folders.contains(name) ? .namespace : nil)
    }

    private func file(_ stem: String, isPackage: Bool) -> Module? {
        for suffix in suffixes where files[stem + suffix] != nil { return .native(stem + suffix) }
        if let index = files[stem + ".py"] { return .source(index, isPackage: isPackage) }
        return files[stem + ".pyc"] == nil ? nil : .opaque
    }

    /// Whether a module of that name lies anywhere in the layer, for code that changes where Python looks.
    func isAnywhere(_ name: String) -> Bool {
        let ends = ["/\(name).py"] + suffixes.map { "/\(name)\($0)" }
        return folders.contains { $0.hasSuffix("/\(name)") }
            || files.keys.contains { path in ends.contains { path.hasSuffix($0) } }
    }

    func contains(path: String) -> Bool { files[path] != nil }
}
