import Model

/// Where the files of one wheel go in a layer ("Installing a wheel", with `python/` as purelib and platlib).
package struct WheelLayout {
    var entries: [LayerEntry] = []
    var pruned = PruneSaving()
    var prunable: [PruneKind: PruneSaving] = [:]

    private let archive: WheelArchive
    private let installer: EntryPath
    private let wheel: Int
    private let rules: PruneRules

    /// - Parameter wheel: the index that the entries carry.
    /// - Throws: `.badWheel` for an unknown folder of `.data`, and for scripts that cannot be made.
    package init(_ archive: WheelArchive, wheel: Int, rules: PruneRules, reader: EntryReader, caps: WheelCaps) throws {
        self.archive = archive
        self.wheel = wheel
        installer = archive.distInfo.appending("INSTALLER")
        self.rules = rules
        entries.reserveCapacity(archive.entries.count)
        for entry in archive.entries where !entry.isFolder {
            try place(entry, reader: reader, caps: caps)
        }
        if let points = archive.info("entry_points.txt") {
            let text = try reader.contents(of: points, cap: caps.text)
            for script in try ConsoleScript.read(text, of: archive.name.text) {
                entries.append(
                    LayerEntry(
                        generated: Array(script.source.utf8), at: EntryPath("bin/\(script.name)"), wheel: wheel,
                        isExecutable: true))
            }
        }
        entries.append(LayerEntry(generated: Array("strata\n".utf8), at: installer, wheel: wheel))
        entries.append(LayerEntry(recordAt: archive.distInfo.appending("RECORD"), wheel: wheel))
    }

    private mutating func place(_ entry: ZipEntry, reader: EntryReader, caps: WheelCaps) throws {
        // RECORD is written anew, which ends what was signed; INSTALLER says who did it.
        if archive.isUnrecorded(entry.path) || entry.path == installer { return }
        let digest = archive.record.rows[entry.path]?.digest ?? ""
        switch try destination(of: entry.path) {
        case .dropped:
            pruned.add(entry)
        case .library(let path):
            if isPruned(entry, at: path) { return }
            entries.append(LayerEntry(entry, at: path, wheel: wheel, isExecutable: entry.isExecutable, digest: digest))
        case .script(let path):
            if let source = try rewrittenScript(entry, reader: reader, caps: caps) {
                entries.append(LayerEntry(generated: source, at: path, wheel: wheel, isExecutable: true))
            } else {
                entries.append(LayerEntry(entry, at: path, wheel: wheel, isExecutable: true, digest: digest))
            }
        }
    }

    private enum Destination {
        case library(EntryPath)
        case script(EntryPath)
        case dropped
    }

    private func destination(of path: EntryPath) throws -> Destination {
        guard let top = path.topFolder, top.hasSuffix(".data") else { return .library(path) }
        let inside = path.bytes[(top.endIndex + 1)...]
        guard let slash = inside.firstIndex(of: .slash) else {
            throw StrataError.badWheel(archive.name.text, path, "lies in .data, but in none of its folders")
        }
        let rest = EntryPath(bytes: inside[(slash + 1)...])
        guard rest.topFolder?.hasSuffix(".dist-info") != true else {
            throw StrataError.badWheel(archive.name.text, path, "would write into a dist-info folder")
        }
        switch String(decoding: inside[..<slash], as: UTF8.self) {
        case "purelib", "platlib", "data": return .library(rest)
        case "scripts": return .script(EntryPath(bytes: "bin/".utf8 + rest.bytes))
        case "headers": return .dropped
        case let key:
            throw StrataError.badWheel(archive.name.text, path, "lies in the unknown folder '\(key)' of .data")
        }
    }

    /// Counts what could be left out, and says whether it is.
    private mutating func isPruned(_ entry: ZipEntry, at path: EntryPath) -> Bool {
        if path.topFolder == archive.distInfo.bytes[...] { return false }
        var isPruned = rules.patterns.contains { $0.matches(path) }
        if !isPruned, let kind = PruneKind.of(path) {
            isPruned = rules.kinds.contains(kind)
            if !isPruned { prunable[kind, default: PruneSaving()].add(entry) }
        }
        if isPruned { pruned.add(entry) }
        return isPruned
    }

    /// The source of a script whose first line is `#!python`, which installers must replace; nil for any other file,
    /// a program for instance.
    private func rewrittenScript(_ entry: ZipEntry, reader: EntryReader, caps: WheelCaps) throws -> [UInt8]? {
        guard try reader.ranges([0..<8], of: entry)[0].elementsEqual("#!python".utf8) else { return nil }
        let source = try reader.contents(of: entry, cap: caps.text)
        return Array("#!/usr/bin/env python3".utf8) + source.drop { $0 != .newline }
    }
}
