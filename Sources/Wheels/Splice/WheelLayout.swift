import Model

/// Where the files of one wheel go in a layer ("Installing a wheel", with `python/` as purelib and platlib).
package struct WheelLayout: Sendable {
    var entries: [LayerEntry] = []
    /// The RECORD's place in the layer; its contents are known when all wheels are.
    let recordPath: EntryPath
    var pruned = PruneSaving()
    /// What slimming took off native libraries.
    var slimmed = PruneSaving()
    var prunable: [PruneKind: PruneSaving] = [:]

    /// - Parameter wheel: the index that the entries carry.
    /// - Throws: `.badWheel` for an unknown folder of `.data`, and for scripts that cannot be made.
    package init(_ archive: WheelArchive, wheel: Int, rules: PruneRules, reader: EntryReader, caps: WheelCaps) throws {
        recordPath = archive.distInfo.appending("RECORD")
        entries.reserveCapacity(archive.entries.count + 2)
        let placing = WheelPlacing(archive: archive, wheel: wheel, rules: rules, reader: reader, caps: caps)
        for entry in archive.entries where !entry.isFolder { try placing.place(entry, in: &self) }
        if let points = archive.info("entry_points.txt") {
            let text = try reader.contents(of: points, cap: caps.text)
            for script in try ConsoleScript.read(text, of: archive.name.text) {
                entries.append(
                    LayerEntry(
                        generated: Array(script.source.utf8), at: EntryPath("bin/\(script.name)"), wheel: wheel,
                        isExecutable: true))
            }
        }
        entries.append(LayerEntry(generated: Array("strata\n".utf8), at: placing.installer, wheel: wheel))
        entries.append(LayerEntry(recordAt: recordPath, wheel: wheel))
    }
}

/// Decides for each entry of a wheel where it goes, if anywhere.
private struct WheelPlacing {
    let archive: WheelArchive
    let wheel: Int
    let rules: PruneRules
    let reader: EntryReader
    let caps: WheelCaps
    let installer: EntryPath

    init(archive: WheelArchive, wheel: Int, rules: PruneRules, reader: EntryReader, caps: WheelCaps) {
        self.archive = archive
        self.wheel = wheel
        self.rules = rules
        self.reader = reader
        self.caps = caps
        installer = archive.distInfo.appending("INSTALLER")
    }

    func place(_ entry: ZipEntry, in layout: inout WheelLayout) throws {
        // RECORD is written anew, which ends what was signed; INSTALLER says who did it.
        if archive.isUnrecorded(entry.path) || entry.path == installer { return }
        let digest = archive.record.rows[entry.path]?.digest ?? ""
        switch try destination(of: entry.path) {
        case .dropped:
            layout.pruned.add(entry)
        case .library(let path):
            if isPruned(entry, at: path, in: &layout) { return }
            var placed = LayerEntry(
                entry, at: path, wheel: wheel, isExecutable: entry.isExecutable, digest: digest)
            if rules.isSlim, SlimmedFile.isCandidate(path), let file = try SlimmedFile(entry, reader) {
                placed.take(file)
                layout.slimmed.add(entry, to: placed)
            }
            layout.entries.append(placed)
        case .script(let path):
            if let source = try rewrittenScript(entry) {
                layout.entries.append(LayerEntry(generated: source, at: path, wheel: wheel, isExecutable: true))
            } else {
                layout.entries.append(LayerEntry(entry, at: path, wheel: wheel, isExecutable: true, digest: digest))
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
            throw StrataError.badWheel(archive.name.text, path, "is in .data, but not in one of its folders")
        }
        let rest = EntryPath(bytes: inside[(slash + 1)...])
        guard rest.topFolder?.isDistInfo != true else {
            throw StrataError.badWheel(archive.name.text, path, "would write into a dist-info folder")
        }
        switch String(decoding: inside[..<slash], as: UTF8.self) {
        case "purelib", "platlib", "data": return .library(rest)
        case "scripts": return .script(EntryPath(bytes: "bin/".utf8 + rest.bytes))
        case "headers": return .dropped
        case let key:
            throw StrataError.badWheel(archive.name.text, path, "is in .data's unknown folder '\(key)'")
        }
    }

    /// Counts what could be left out, and says whether it is.
    private func isPruned(_ entry: ZipEntry, at path: EntryPath, in layout: inout WheelLayout) -> Bool {
        if path.topFolder == archive.distInfo.bytes[...] { return false }
        var isPruned = rules.patterns.contains { $0.matches(path) }
        if !isPruned, let kind = PruneKind.of(path) {
            isPruned = rules.kinds.contains(kind)
            if !isPruned { layout.prunable[kind, default: PruneSaving()].add(entry) }
        }
        if isPruned { layout.pruned.add(entry) }
        return isPruned
    }

    /// The source of a script whose first line is `#!python`, which installers must replace; nil for any other file,
    /// a program for instance.
    private func rewrittenScript(_ entry: ZipEntry) throws -> [UInt8]? {
        guard try reader.ranges([0..<8], of: entry)[0].elementsEqual("#!python".utf8) else { return nil }
        let source = try reader.contents(of: entry, cap: caps.text)
        return Array("#!/usr/bin/env python3".utf8) + source.drop { $0 != .newline }
    }
}
