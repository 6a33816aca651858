import Model

/// The entries of a zip that was checked to mean the same to every reader.
///
/// The central directory and the local headers are read and compared, and the records must lie in the file without
/// gap or overlap, so that a reader who walks from the front sees what one who begins at the end sees. No entry's
/// contents are looked at.
package struct ZipDirectory: Sendable {
    /// In the order of the directory.
    package let entries: [ZipEntry]

    /// Reads and checks the whole structure.
    /// - Throws: `.badWheel` naming the wheel and the entry; `.tooLarge` over the cap on unzipped bytes; `.file`.
    package init(of file: WheelFile, caps: WheelCaps = WheelCaps()) throws {
        let end = try EndRecord(of: file, caps: caps)
        let directory = try file.read(at: end.directoryOffset, count: end.directorySize)
        var headers: [CentralHeader] = []
        headers.reserveCapacity(end.entries)
        var offset = 0
        var unzipped = 0
        for _ in 0..<end.entries {
            let header = try CentralHeader(in: directory, at: offset, of: file.name)
            offset += header.length
            try header.checkSizes(of: file.name, limit: file.size)
            unzipped += header.entry.size
            guard unzipped <= caps.unzipped else {
                throw StrataError(
                    .tooLarge, "unpacks to more than \(ByteCount(caps.unzipped)), which no layer can hold",
                    place: .init(file: file.name))
            }
            headers.append(header)
        }
        guard offset == directory.count else {
            throw StrataError.badWheel(file.name, nil, "has bytes after the last record of its directory")
        }
        try Self.checkNames(headers, of: file.name)
        entries = try Self.locate(headers, in: file, directoryOffset: end.directoryOffset)
    }

    /// Refuses names that occur twice, and files that are folders too.
    private static func checkNames(_ headers: [CentralHeader], of wheel: String) throws {
        var paths = Set<EntryPath>(minimumCapacity: headers.count)
        for header in headers where !paths.insert(header.entry.path).inserted {
            throw StrataError.badWheel(wheel, header.entry.path, "occurs twice")
        }
        if let path = EntryPath.fileThatIsFolder(headers.lazy.map { ($0.entry.path, $0.entry.isFolder) }) {
            throw StrataError.badWheel(wheel, path, "is both a file and a folder")
        }
    }

    /// Compares each entry with its local header and finds its data. The records must fill the file up to the
    /// directory.
    private static func locate(
        _ headers: [CentralHeader], in file: WheelFile, directoryOffset: Int
    ) throws -> [ZipEntry] {
        var entries = headers.map(\.entry)
        let inFile = headers.indices.sorted { headers[$0].localOffset < headers[$1].localOffset }
        var expected = 0
        for (position, index) in inFile.enumerated() {
            let header = headers[index]
            let path = header.entry.path
            guard header.localOffset >= expected else {
                throw StrataError.badWheel(file.name, path, "overlaps another entry")
            }
            guard header.localOffset == expected else {
                throw StrataError.badWheel(
                    file.name, path, "has \(header.localOffset - expected) bytes before it that belong to no entry")
            }
            let local = try LocalHeader(of: header, in: file, limit: directoryOffset)
            let next = position + 1 < inFile.count ? headers[inFile[position + 1]].localOffset : directoryOffset
            let (dataEnd, overflow) = local.dataOffset.addingReportingOverflow(header.entry.compressedSize)
            guard !overflow, dataEnd <= directoryOffset else {
                throw StrataError.badWheel(file.name, path, "reaches into the directory")
            }
            entries[index].dataOffset = local.dataOffset
            expected = dataEnd
            if header.hasDescriptor, next > dataEnd {
                try header.checkDescriptor(file.read(at: dataEnd, count: min(next - dataEnd, 25)), of: file.name)
                expected = next
            }
        }
        guard expected == directoryOffset else {
            throw StrataError.badWheel(file.name, nil, "has bytes between its last entry and its directory")
        }
        return entries
    }
}

extension EntryPath {
    /// A path that is given as a file and lies above another, or is also given as a folder.
    static func fileThatIsFolder(_ paths: some Sequence<(path: EntryPath, isFolder: Bool)>) -> EntryPath? {
        var files: Set<EntryPath> = []
        var folders: Set<EntryPath> = []
        var last: EntryPath?
        for (path, isFolder) in paths {
            if isFolder { folders.insert(path) } else { files.insert(path) }
            var folder = path.parent
            // Neighbours mostly share their folder, and a folder that is known has all above it known.
            if folder == last { continue }
            last = folder
            while let known = folder, folders.insert(known).inserted { folder = known.parent }
        }
        return files.intersection(folders).min()
    }
}
