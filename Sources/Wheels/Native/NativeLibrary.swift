import Model

/// A file of machine code in a wheel: a library or a program.
public struct NativeLibrary: Sendable, Hashable, Codable {
    /// In the wheel.
    public var path: String
    /// ELF's `e_machine`.
    public var machine: UInt16
    /// The newest version of the GNU C library that it asks for; nil if it asks for none.
    public var glibc: LibraryVersion?
    /// The newest version of each family of symbols that it asks a library for: `libstdc++.so.6` for `GLIBCXX` 3.4.29.
    public var versions: [Needed] = []
    /// The libraries that the loader must find for it (`DT_NEEDED`), as `libz.so.1`.
    public var needed: [String] = []
    /// The name that it answers to once it is loaded (`DT_SONAME`), whatever its file is called.
    public var soname: String?
    /// Where the loader looks for them (`DT_RPATH`, or `DT_RUNPATH`), as written: `$ORIGIN/../x.libs`.
    public var searchPaths: [String] = []
    /// Whether the search paths hold for the libraries that are loaded for it, too: a `DT_RPATH` does, a `DT_RUNPATH`
    /// does not, and the runtime's own libraries come before a `DT_RUNPATH`.
    public var isSearchInherited = false
    /// Whether it has what Python calls when it imports the file as a module: `PyInit_` and the file's name.
    public var isModule = false

    /// A version of symbols that another library must have.
    public struct Needed: Sendable, Hashable, Codable {
        public var library: String
        /// `GLIBCXX`, `CXXABI`, `GCC`, `OPENSSL`.
        public var family: String
        /// `[3, 4, 29]`
        public var version: [Int]
    }

    /// The machine's name in platform tags, or its number if it has none here.
    public var machineName: String {
        switch machine {
        case 62: "x86_64"
        case 183: "aarch64"
        case 3: "i686"
        case 40: "armv7l"
        default: "machine \(machine)"
        }
    }

    /// Looks at an entry.
    /// - Returns: nil if it is no ELF file.
    /// - Throws: `.badWheel` if its dynamic section is damaged.
    package static func inspect(_ entry: ZipEntry, head: [UInt8], reader: EntryReader, wheel: String) throws
        -> NativeLibrary?
    {
        guard let header = ELFHeader(head) else { return nil }
        var library = NativeLibrary(path: entry.path.text, machine: header.machine)
        guard let table = header.programHeaders else { return library }
        guard let section = try DynamicSection.read(header, table, entry, reader) else {
            throw StrataError.badWheel(wheel, entry.path, "is damaged: its dynamic section cannot be read")
        }
        library.glibc = section.versions.values.joined().compactMap(glibcVersion).max()
        library.versions = newest(section.versions)
        library.needed = section.needed
        library.soname = section.soname
        library.searchPaths = section.searchPaths
        library.isSearchInherited = section.isSearchInherited
        let stem = entry.path.components.last?.prefix { $0 != UInt8(ascii: ".") } ?? []
        library.isModule = section.holds(string: Array("PyInit_".utf8) + stem)
        return library
    }

    /// The newest of each library and family but glibc's, sorted.
    private static func newest(_ versions: [String: [String]]) -> [Needed] {
        let all = versions.flatMap { library, names in
            names.compactMap { name -> Needed? in
                let parts = name.split(separator: "_")
                guard parts.count == 2, parts[0] != "GLIBC", parts[0].utf8.count <= 16 else { return nil }
                let numbers = parts[1].split(separator: ".", omittingEmptySubsequences: false).map { Int($0) }
                guard numbers.count <= 4, numbers.allSatisfy({ $0 != nil }) else { return nil }
                return Needed(library: library, family: String(parts[0]), version: numbers.compactMap(\.self))
            }
        }
        return Dictionary(grouping: all) { [$0.library, $0.family] }.sorted { $0.key.lexicographicallyPrecedes($1.key) }
            .compactMap { $0.value.max { $0.version.lexicographicallyPrecedes($1.version) } }
    }

    /// Of `GLIBC_2.17`: 2.17. `GLIBC_ABI_DT_RELR` marks relocations that 2.36 brought; `GLIBC_PRIVATE` says nothing.
    private static func glibcVersion(_ name: String) -> LibraryVersion? {
        if name == "GLIBC_ABI_DT_RELR" { return LibraryVersion(2, 36) }
        guard name.hasPrefix("GLIBC_") else { return nil }
        let numbers = name.dropFirst(6).split(separator: ".").map { Int($0) }
        guard numbers.count >= 2, let major = numbers[0], let minor = numbers[1] else { return nil }
        return LibraryVersion(major, minor)
    }
}
