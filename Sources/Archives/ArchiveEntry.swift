import Model
import Wheels

/// A member of an archive, as its header has it.
struct ArchiveEntry {
    enum Kind: Equatable {
        case file
        case folder
        /// As written: relative to the entry's folder.
        case symlink(String)
        /// Another member's data. Some archives have the data with the last of the names, which then are `size` bytes.
        case hardlink(EntryPath)
        /// A device, a pipe, a socket: what it is, for people.
        case other(String)
    }

    /// Without `./` before it or `/` after it.
    var path: EntryPath
    var kind: Kind
    /// What the header says; nil where that comes after the data.
    var size: Int?
    /// Whether anybody may run it. Nothing else of its mode counts: setuid least of all.
    var isExecutable = false
    var isSparse = false
    var isEncrypted = false
    /// Why its name cannot be one of a layer's; the archive as a whole is taken all the same.
    var problem: String?
}

extension EntryPath {
    /// A member's name without what packers put around it; nil for the archive's own folder.
    static func ofMember(_ name: [UInt8]) -> EntryPath? {
        var rest = name[...]
        while rest.starts(with: [UInt8(ascii: "."), .slash]) {
            rest = rest.dropFirst(2).drop { $0 == .slash }
        }
        if rest.count > 1, rest.last == .slash { rest = rest.dropLast() }
        return rest.isEmpty || rest.elementsEqual(".".utf8) ? nil : EntryPath(bytes: rest)
    }

    /// Whether the name was made to reach out of where the archive is unpacked, or to forge what is printed.
    var isHostile: Bool {
        bytes.first == .slash || bytes.contains { $0 < 0x20 || $0 == 0x7F }
            || components.contains { $0.elementsEqual("..".utf8) }
    }
}

extension EntryPath {
    init(joining parts: some Sequence<ArraySlice<UInt8>>) { self.init(bytes: Array(parts.joined(separator: [.slash]))) }
}
