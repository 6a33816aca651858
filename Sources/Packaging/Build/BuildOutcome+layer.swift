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
        packages = Build.Package.packages(of: wheels, in: order, sizes: sizes)
        largest = wheels.compactMap { cached in
            sizes[cached.wheel.package.text].map { Share(package: cached.wheel.package, unzipped: $0) }
        }.sorted { ($1.unzipped, $0.package) < ($0.unzipped, $1.package) }.prefix(5).map(\.self)
        pruningWouldSave = Pruning.allCases.sorted().compactMap { kind in
            guard let saving = layer.prunable[kind.rule], saving.files > 0 else { return nil }
            return Saving(pruning: kind, zipped: saving.zipped, unzipped: saving.unzipped)
        }
        droppedConflicts = layer.droppedConflicts
        findings = order.findings(layer.findings, packages)
        inspection = LayerInspection.Mark(order)
        image = nil
    }
}

extension Build.Package {
    /// What wheels say of themselves, sorted by name.
    ///
    /// - Parameter sizes: unzipped, by package.
    static func packages(of wheels: [CachedWheel], in order: BuildOrder, sizes: [String: ByteCount]) -> [Build.Package]
    {
        let asked = order.requirements.compactMap { try? Requirement(parsing: $0) }
        let chain = RequirementChain(asked, wheels, on: order.item.target)
        let main = Set(asked.map(\.package))
        let present = Set(wheels.map(\.wheel.package))
        var rest = BundledComponent.most.ofBuild
        return wheels.sorted { $0.wheel.package < $1.wheel.package }.map { cached in
            let metadata = cached.contents.metadata
            let needs = Set(chain.needs(of: cached.wheel.package).map(\.package)).intersection(present)
            let bundled = Array(cached.contents.bundled.prefix(rest))
            rest -= bundled.count
            return Build.Package(
                name: cached.wheel.package, version: cached.wheel.version, license: metadata.shownLicense,
                summary: metadata.shownSummary, unzipped: sizes[cached.wheel.package.text],
                author: metadata.shownAuthor,
                homepage: main.contains(cached.wheel.package) ? metadata.shownHomepage : nil,
                requires: needs.subtracting([cached.wheel.package]).sorted(), bundled: bundled)
        }
    }
}

extension BuildOrder {
    /// What the checks say, with what the packages' licences come to.
    func findings(_ findings: [Finding], _ packages: [Build.Package]) -> [Finding] {
        checks.judged(findings.filter { $0.rule != .licenses } + checks.licenses.findings(in: packages))
    }

    /// - Throws: `unbuildable` for a layer that is to be held. What is recorded was taken once, and is made again whatever
    ///   is found today.
    func hold(_ findings: [Finding]) throws(StrataError) {
        if isNew { try checks.check(findings) }
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
    /// SPDX if that can be told, by the field for it, by the classifiers, by what the author wrote, in this order; else the
    /// first line of that, else the classifiers' last parts. At most 512 characters.
    var shownLicense: String? {
        let expression =
            licenseExpression.flatMap { LicenseExpression($0) } ?? LicenseExpression(classifiers: licenseClassifiers)
            ?? LicenseExpression(named: license)
        if let expression { return Self.line(expression.description) }
        let classifiers = licenseClassifiers.compactMap { $0.split(separator: "::").last.map { $0.trimmingSpaces } }
        return Self.line(
            licenseExpression ?? license.flatMap { $0.split(whereSeparator: \.isNewline).first.map(String.init) }
                ?? (classifiers.isEmpty ? nil : classifiers.joined(separator: ", ")))
    }

    var shownAuthor: String? { Self.line(author.map { String($0.prefix(200)) }) }

    var shownSummary: String? { Self.line(summary) }

    /// Without credentials; nil if it is no address that can be linked to.
    var shownHomepage: String? { homepage.flatMap(SafeURL.link).flatMap { $0.isPrintable(512) ? $0 : nil } }

    private static func line(_ text: String?) -> String? {
        guard let cut = text?.printable(512) else { return nil }
        return cut.isEmpty ? nil : cut
    }
}
