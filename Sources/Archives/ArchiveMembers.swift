import Model
import Wheels

/// An archive's members by their names, and where its links lead.
struct ArchiveMembers {
    private(set) var entries: [ArchiveEntry] = []
    private var numbers: [EntryPath: Int] = [:]
    private var doubled: Set<EntryPath> = []
    /// Folders, whether or not they are members themselves.
    private var folders: Set<EntryPath> = []
    private let reader: ArchiveReader

    init(_ reader: ArchiveReader) throws {
        self.reader = reader
        var entries: [ArchiveEntry] = []
        try reader.forEach { _, entry, _ in entries.append(entry) }
        self.entries = entries
        for (number, entry) in entries.enumerated() {
            if entry.kind == .folder {
                folders.insert(entry.path)
            } else if numbers.updateValue(number, forKey: entry.path) != nil {
                doubled.insert(entry.path)
            }
            var parent = entry.path.parent
            while let folder = parent, folders.insert(folder).inserted { parent = folder.parent }
        }
        takeDataOfLaterNames()
    }

    /// Names of one file in a cpio, of which the last has the data: the others are empty.
    private mutating func takeDataOfLaterNames() {
        for (number, entry) in entries.enumerated() {
            guard case .hardlink(let target) = entry.kind, entry.size ?? 0 > 0, let first = numbers[target],
                entries[first].kind == .file, entries[first].size == 0
            else { continue }
            entries[number].kind = .file
            entries[first].kind = .hardlink(entry.path)
        }
    }

    /// The member that has the data which a member stands for: itself, unless it is a link.
    /// - Throws: `.badWheel` for what is no file or leads to none, and for a name that the archive has twice.
    func data(of number: Int) throws -> Int {
        var number = number
        for _ in 0...reader.limits.links {
            let entry = entries[number]
            if doubled.contains(entry.path) { throw refused("is in the archive twice", entry) }
            switch entry.kind {
            case .file:
                if entry.isSparse { throw refused("is a sparse file, which is not taken", entry) }
                if entry.isEncrypted { throw refused("is encrypted", entry) }
                return number
            case .folder: throw refused("is a folder", entry)
            case .other(let what): throw refused("is \(what)", entry)
            case .hardlink(let target):
                guard let next = numbers[target] else { throw leadsAway(entry, to: target.bytes) }
                number = next
            case .symlink(let target):
                let path = try destination(of: entry, target)
                guard let next = numbers[path] else {
                    throw folders.contains(path)
                        ? refused("is a link to a folder: take that by its own name", entry)
                        : leadsAway(entry, to: Array(target.utf8))
                }
                number = next
            }
        }
        throw refused("is a link to another without end", entries[number])
    }

    /// Where a symbolic link leads, through links to folders on the way.
    private func destination(of entry: ArchiveEntry, _ target: String) throws -> EntryPath {
        var done = Array(entry.path.components.dropLast())
        var rest = Array(EntryPath(target).components.reversed())
        var links = 0
        guard !target.isEmpty, !target.hasPrefix("/"), rest.count < 1000 else {
            throw leadsAway(entry, to: Array(target.utf8))
        }
        while let part = rest.popLast() {
            if part.isEmpty || part.elementsEqual(".".utf8) { continue }
            if part.elementsEqual("..".utf8) {
                guard done.popLast() != nil else { throw leadsAway(entry, to: Array(target.utf8)) }
                continue
            }
            done.append(part)
            let path = EntryPath(joining: done)
            // The last part is for who asked: it may be a link of its own.
            guard !rest.isEmpty, let number = numbers[path], case .symlink(let next) = entries[number].kind else {
                continue
            }
            links += 1
            guard links <= reader.limits.links, !next.hasPrefix("/"), rest.count < 1000 else {
                throw leadsAway(entry, to: Array(target.utf8))
            }
            done.removeLast()
            rest += EntryPath(next).components.reversed()
        }
        return EntryPath(joining: done)
    }

    private func leadsAway(_ entry: ArchiveEntry, to target: some Sequence<UInt8>) -> StrataError {
        refused("is a link to '\(target.printable)', which is not a file of the archive", entry)
    }

    private func refused(_ reason: String, _ entry: ArchiveEntry) -> StrataError {
        .badWheel(reader.name, entry.path, reason)
    }
}
