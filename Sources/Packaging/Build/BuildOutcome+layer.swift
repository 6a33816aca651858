import Model
import Wheels

extension BuildOutcome {
    init(_ layer: SplicedLayer, of order: BuildOrder, wheels: [CachedWheel], path: String) {
        let sizes = Dictionary(layer.packages.map { ($0.name, $0.unzipped) }, uniquingKeysWith: { first, _ in first })
        item = order.item
        key = order.key
        self.path = path
        sha256 = layer.sha256
        zipped = layer.zipped
        unzipped = layer.unzipped
        packages = wheels.map { cached in
            Build.Package(
                name: cached.wheel.package, version: cached.wheel.version,
                license: cached.contents.metadata.shownLicense, summary: cached.contents.metadata.shownSummary,
                unzipped: sizes[cached.wheel.package.text])
        }.sorted { $0.name < $1.name }
        largest = wheels.compactMap { cached in
            sizes[cached.wheel.package.text].map { Share(package: cached.wheel.package, unzipped: $0) }
        }.sorted { ($1.unzipped, $0.package) < ($0.unzipped, $1.package) }.prefix(5).map(\.self)
        pruningWouldSave = Pruning.allCases.sorted().compactMap { kind in
            guard let saving = layer.prunable[kind.rule], saving.files > 0 else { return nil }
            return Saving(pruning: kind, zipped: saving.zipped, unzipped: saving.unzipped)
        }
        droppedConflicts = layer.droppedConflicts
        findings = order.checks.judged(layer.findings)
        inspection = LayerInspection.Mark(order)
        image = nil
    }
}

extension Pruning {
    /// The splice's word for it.
    var rule: PruneKind {
        switch self {
        case .tests: .tests
        case .stubs: .stubs
        case .headers: .headers
        }
    }
}

extension CoreMetadata {
    /// SPDX if there is any, else what the author wrote, else the classifiers' last parts; one line of 512 characters.
    var shownLicense: String? {
        let classifiers = licenseClassifiers.compactMap { $0.split(separator: "::").last.map { $0.trimmingSpaces } }
        return Self.line(
            licenseExpression ?? license ?? (classifiers.isEmpty ? nil : classifiers.joined(separator: ", ")))
    }

    var shownSummary: String? { Self.line(summary) }

    private static func line(_ text: String?) -> String? {
        guard let cut = text?.printable(512) else { return nil }
        return cut.isEmpty ? nil : cut
    }
}
