import Model
import Tasks

extension LayerRecipe {
    /// Builds the layer's zip at `path` by copying the wheels' entries as they are, neither inflated nor deflated.
    ///
    /// The wheels' structure is checked again and their digests are computed anew, beside the writing; their contents
    /// are not, see ``WheelSource/verify(caps:)``. The zip appears at `path` only when it is whole and every wheel is
    /// what the lock says. Memory does not grow with the layer's size, only with the number of its files.
    ///
    /// - Throws: `.badWheel`, `.digestMismatch`: a wheel is refused; `.unbuildable`: two disagree about a file, or the
    ///   inspection refuses; `.tooLarge`: more than a zip holds;
    ///   `.file`: a full disk for instance; `.cancelled`. Nothing is left behind then.
    public func splice(to path: String) async throws -> SplicedLayer {
        let wheels = try orderedWheels()
        let files = try await offPool { _ in
            try wheels.map { try WheelFile(path: $0.path, name: $0.fileName.text) }
                + additions.map { try WheelFile(path: $0.path, name: $0.name) }
        }
        let temporary = TemporaryFile(beside: path)
        return try await temporary.fill {
            async let checked: Void = offPool { cancellation in
                for (wheel, file) in zip(wheels, files) {
                    try file.check(sha256: wheel.sha256, cancellation: cancellation)
                }
            }
            async let written = write(wheels, files, to: temporary)
            // The digest's error first: it explains whatever else is wrong with a wheel.
            try await checked
            return try await written
        }
    }

    private func write(
        _ wheels: [WheelSource], _ files: [WheelFile], to temporary: TemporaryFile
    ) async throws -> SplicedLayer {
        let layouts = try await layouts(of: Array(zip(wheels, files)))
        let names = files.map(\.name)
        let draft = try await offPool { cancellation in
            let plan = try LayerPlan(self, layouts: layouts, names: names)
            let listing = plan.listing(of: wheels, and: additions)
            let sources = LayerSources(plan.entries, files, cancellation: cancellation)
            let findings = try inspect(listing, sources)
            return Draft(plan: plan, findings: findings, chosen: try derivation?.choose(listing, sources) ?? [])
        }
        let made = try await derivation?.entries(draft.chosen) ?? []
        return try await offPool { cancellation in
            let plan =
                made.isEmpty ? draft.plan : try LayerPlan(self, layouts: layouts, names: names, derived: made)
            let output = try OutputFile(creating: temporary.path)
            try LayerWriter(plan: plan, files: files, output: output, cancellation: cancellation).write()
            return SplicedLayer(
                plan, wheels: wheels, sha256: try output.finish(), size: output.count, findings: draft.findings)
        }
    }

    /// A layer that was judged and not yet written.
    private struct Draft: Sendable {
        let plan: LayerPlan
        let findings: [Finding]
        let chosen: [LayerDerivation.File]
    }

    /// Reads the wheels' structure, some at a time, and keeps their order.
    private func layouts(of wheels: [(WheelSource, WheelFile)]) async throws -> [WheelLayout] {
        try await wheels.enumerated().boundedMap(limit: 4) { index, source in
            let (wheel, file) = source
            return try await offPool { cancellation in
                let reader = try EntryReader(file, cancellation: cancellation)
                let archive = try WheelArchive(
                    wheel.fileName, in: file, reader: reader, caps: caps,
                    record: wheel.allowsWrongRecord ? .computed : .believed)
                return try WheelLayout(archive, wheel: index, rules: prune, reader: reader, caps: caps)
            }
        }
    }
}

extension SplicedLayer {
    fileprivate init(
        _ plan: LayerPlan, wheels: [WheelSource], sha256: ContentDigest, size: Int, findings: [Finding]
    ) {
        self.sha256 = sha256
        zipped = ByteCount(size)
        packages = wheels.map { wheel in
            Package(
                name: wheel.fileName.normalizedName, version: wheel.fileName.version, zipped: ByteCount(0),
                unzipped: ByteCount(0))
        }
        unzipped = ByteCount(0)
        let written = plan.written
        for entry in written {
            unzipped += ByteCount(entry.size)
            guard let wheel = entry.wheel, wheel < wheels.count else { continue }
            packages[wheel].zipped += ByteCount(entry.compressedSize)
            packages[wheel].unzipped += ByteCount(entry.size)
        }
        entries = written.count
        pruned = plan.pruned
        prunable = plan.prunable
        droppedConflicts = plan.droppedConflicts.map(\.text)
        self.findings = findings
    }
}
