import Model

/// A wheel whose structure has been checked: a zip with one dist-info folder, and a RECORD that names its files.
package struct WheelArchive: Sendable {
    package let name: WheelFileName
    package let file: WheelFile
    package let entries: [ZipEntry]
    /// The dist-info folder's name.
    package let distInfo: EntryPath
    package let record: Record
    /// What is wrong with the wheel's own RECORD; only where that is asked for.
    package let recordProblem: String?
    private let unrecorded: Set<EntryPath>

    /// What a wheel's RECORD is good for.
    package enum RecordUse {
        /// It must be right.
        case believed
        /// It may be wrong: `recordProblem` says so.
        case reported
        /// It is not looked at: what it should say is computed from the files.
        case computed
    }

    /// Reads the structure; of the contents only RECORD and WHEEL.
    /// - Throws: `.badWheel`, `.tooLarge`; `.file`.
    package init(
        _ name: WheelFileName, in file: WheelFile, reader: EntryReader, caps: WheelCaps,
        record use: RecordUse = .believed
    ) throws {
        func refused(_ entry: EntryPath? = nil, _ reason: String) -> StrataError { .badWheel(name.text, entry, reason) }

        let entries = try ZipDirectory(of: file, caps: caps).entries
        // In any case of letters, as Python looks for them.
        let infos = Set(entries.compactMap(\.path.topFolder).filter { $0.isDistInfo })
        guard let info = infos.first else { throw refused(nil, "has no dist-info folder") }
        guard infos.count == 1 else {
            let names = infos.map(\.printable).sorted().joined(separator: "', '")
            throw refused(nil, "has more than one dist-info folder: '\(names)'")
        }
        let distInfo = EntryPath(bytes: info)
        guard WheelFileName.normalized(distInfo.distributionName) == name.normalizedName else {
            throw refused(distInfo, "is for another package than the file name")
        }
        guard WheelFileName.isSameRelease(distInfo.distributionVersion, name.version) else {
            throw refused(distInfo, "is for another version than the file name")
        }
        self.name = name
        self.file = file
        self.entries = entries
        self.distInfo = distInfo
        let unrecorded = Set(["RECORD", "RECORD.jws", "RECORD.p7s"].map(distInfo.appending))
        self.unrecorded = unrecorded
        guard let written = entries.file(distInfo.appending("RECORD")) else { throw refused(nil, "has no RECORD") }
        switch use {
        case .believed, .reported:
            var record = Record()
            var problem: String?
            do {
                record = try Record(reader.contents(of: written, cap: caps.record), of: name.text)
                try Self.check(record, entries, except: unrecorded, of: name)
            } catch let error as StrataError where use == .reported && error.code == .badWheel {
                problem = error.message
            }
            self.record = record
            recordProblem = problem
        case .computed:
            record = try Record(of: entries.filter { !unrecorded.contains($0.path) }, reader)
            recordProblem = nil
        }
        guard let wheel = entries.file(distInfo.appending("WHEEL")) else { throw refused(nil, "has no WHEEL file") }
        let about = HeaderFields(String(decoding: try reader.contents(of: wheel, cap: caps.text), as: UTF8.self))
        guard about.first("wheel-version")?.hasPrefix("1.") == true else {
            throw refused(wheel.path, "is of an unsupported version")
        }
    }

    /// The file of that name in the dist-info folder.
    package func info(_ name: String) -> ZipEntry? { entries.file(distInfo.appending(name)) }

    /// RECORD itself and its signatures cannot be in RECORD.
    package func isUnrecorded(_ path: EntryPath) -> Bool {
        unrecorded.contains(path)
    }

    /// RECORD names every file, with a digest that can be checked and the right size, and no others.
    private static func check(
        _ record: Record, _ entries: [ZipEntry], except unrecorded: Set<EntryPath>, of name: WheelFileName
    ) throws {
        var found = 0
        for entry in entries where !entry.isFolder {
            guard let row = record.rows[entry.path] else {
                if unrecorded.contains(entry.path) { continue }
                throw StrataError.badWheel(name.text, entry.path, "is not in RECORD")
            }
            found += 1
            if unrecorded.contains(entry.path) { continue }
            guard RecordDigest.isKnown(row.digest) else {
                throw StrataError.badWheel(name.text, entry.path, "has no SHA-256 or better in RECORD")
            }
            guard row.size == nil || row.size == entry.size else {
                throw StrataError.badWheel(name.text, entry.path, "does not match its size in RECORD")
            }
        }
        guard found < record.rows.count else { return }
        let files = Set(entries.lazy.filter { !$0.isFolder }.map(\.path))
        if let missing = record.rows.keys.filter({ !files.contains($0) }).min() {
            throw StrataError.badWheel(name.text, missing, "is in RECORD, but not in the wheel")
        }
    }
}

extension [ZipEntry] {
    package func file(_ path: EntryPath) -> ZipEntry? { first { $0.path == path && !$0.isFolder } }
}

extension EntryPath {
    package func appending(_ name: String) -> EntryPath { EntryPath(bytes: bytes + [.slash] + Array(name.utf8)) }

    /// Of `{name}-{version}.dist-info`: the name.
    fileprivate var distributionName: String {
        String(decoding: bytes.prefix { $0 != UInt8(ascii: "-") }, as: UTF8.self)
    }

    /// Of `{name}-{version}.dist-info`: the version.
    fileprivate var distributionVersion: String {
        String(
            decoding: bytes.drop { $0 != UInt8(ascii: "-") }.dropFirst().dropLast(".dist-info".utf8.count),
            as: UTF8.self)
    }
}

extension ArraySlice<UInt8> {
    /// Whether a folder of that name tells Python of an installed project.
    var isDistInfo: Bool { suffix(10).map(\.asciiLowercased).elementsEqual(".dist-info".utf8) }
}
