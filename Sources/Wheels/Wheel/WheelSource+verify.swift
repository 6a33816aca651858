import Model

extension WheelSource {
    /// Checks everything about the wheel that does not depend on a target, and says what is in it.
    ///
    /// The file's digest; the structure, by every rule of ``WheelCaps`` and of the zip reader; each file's CRC, size and
    /// digest in RECORD, by inflating it; METADATA's name and version against the file name. To be done once per
    /// sha256: see ``WheelContents/currentFormat``.
    ///
    /// Memory does not grow with the files.
    /// - Throws: `.badWheel` naming the wheel and the entry; `.tooLarge` over the cap on unzipped bytes; `.file`;
    ///   `.cancelled`.
    public func verify(caps: WheelCaps = WheelCaps()) async throws -> WheelContents {
        try await offPool { cancellation in
            let file = try WheelFile(path: path, name: fileName.text)
            try file.check(sha256: sha256, cancellation: cancellation)
            return try contents(of: file, caps: caps, cancellation: cancellation)
        }
    }

    /// The same for a file that is open, on this thread, without its digest.
    package func contents(
        of file: WheelFile, caps: WheelCaps = WheelCaps(), cancellation: Cancellation = Cancellation()
    ) throws -> WheelContents {
        let reader = try EntryReader(file, cancellation: cancellation)
        let archive = try WheelArchive(
            fileName, in: file, reader: reader, caps: caps, record: allowsWrongRecord ? .reported : .believed)
        let (libraries, wrongDigest) = try verifyFiles(of: archive, reader: reader)
        let metadata = try checkedMetadata(of: archive, reader: reader, caps: caps)
        // Also finds what the splice would refuse: scripts and `.data`.
        _ = try WheelLayout(archive, wheel: 0, rules: PruneRules(), reader: reader, caps: caps)
        var scripts: [ConsoleScript] = []
        if let points = archive.info("entry_points.txt") {
            scripts = try ConsoleScript.read(reader.contents(of: points, cap: caps.text), of: fileName.text)
        }
        let files = archive.entries.filter { !$0.isFolder }.sorted { $0.path < $1.path }
        return WheelContents(
            fileName: fileName, sha256: sha256, distInfo: archive.distInfo.text, metadata: metadata,
            files: files.map { .init(path: $0.path.text, size: ByteCount($0.size)) },
            libraries: libraries.sorted { EntryPath($0.path) < EntryPath($1.path) },
            scripts: scripts.map { .init(name: $0.name, reference: "\($0.module):\($0.object)") },
            recordProblem: archive.recordProblem ?? wrongDigest,
            bundled: try EmbeddedBOM.components(in: archive, reader: reader),
            zipped: ByteCount(file.size))
    }

    /// Inflates every file: CRC, size and RECORD's digest.
    /// - Returns: the files of machine code among them, and the first wrong digest if that is put up with.
    private func verifyFiles(
        of archive: WheelArchive, reader: EntryReader
    ) throws -> (libraries: [NativeLibrary], wrongDigest: String?) {
        var libraries: [NativeLibrary] = []
        var wrongDigest: String?
        for entry in archive.entries where !entry.isFolder {
            let row = archive.record.rows[entry.path]
            var digest = row.flatMap { RecordDigest(like: $0.digest) }
            var head: [UInt8] = []
            try reader.stream(entry) { part in
                if head.count < ELFHeader.length { head += part.prefix(ELFHeader.length - head.count) }
                digest?.update(part)
            }
            if let row, let digest, digest.text != row.digest {
                let error = StrataError.badWheel(fileName.text, entry.path, "does not match its digest in RECORD")
                guard allowsWrongRecord else { throw error }
                wrongDigest = wrongDigest ?? error.message
            }
            if let library = try NativeLibrary.inspect(entry, head: head, reader: reader, wheel: fileName.text) {
                libraries.append(library)
            }
        }
        return (libraries, wrongDigest)
    }

    private func checkedMetadata(
        of archive: WheelArchive, reader: EntryReader, caps: WheelCaps
    ) throws -> CoreMetadata {
        guard let entry = archive.info("METADATA") else {
            throw StrataError.badWheel(fileName.text, nil, "has no METADATA")
        }
        let metadata = try CoreMetadata(reader.contents(of: entry, cap: caps.text), of: fileName.text)
        guard WheelFileName.normalized(metadata.name) == fileName.normalizedName else {
            throw StrataError.badWheel(
                fileName.text, entry.path, "names the package '\(metadata.name.utf8.printable)', not the file name's")
        }
        guard WheelFileName.isSameRelease(metadata.version, fileName.version) else {
            throw StrataError.badWheel(
                fileName.text, entry.path, "names the version '\(metadata.version.utf8.printable)', not the file name's"
            )
        }
        return metadata
    }
}
