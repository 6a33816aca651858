/// What a layer's findings lead to.
public struct Checks: Sendable, Hashable, Codable {
    /// Whether a layer with an error is held back: the build before it stays the latest one.
    public var hold: Bool
    /// Rules whose errors do not count, and why. The reasons are published.
    public var waive: [Finding.Rule: String]
    /// Whether a layer's modules are imported before it is published.
    public var imports: Imports
    /// Which licences are allowed. A layer that breaks this is held in any case.
    public var licenses: LicensePolicy

    public init(
        hold: Bool = true, waive: [Finding.Rule: String] = [:], imports: Imports = Imports(),
        licenses: LicensePolicy = LicensePolicy()
    ) {
        self.hold = hold
        self.waive = waive
        self.imports = imports
        self.licenses = licenses
    }

    /// Which modules are imported to show that they can be, and where.
    public struct Imports: Sendable, Hashable {
        public enum Place: String, Sendable, Codable, CaseIterable {
            case off
            /// On the machine that builds, shut in.
            case sandbox
            /// In a function of Lambda that is made for it.
            case lambda
        }

        public var place: Place
        /// Modules that need not be importable: `package.module`. Sorted, each once.
        public var skip: [String]
        /// The only modules that must be importable; empty for those at the top of the packages that were asked for.
        /// Sorted, each once.
        public var only: [String]

        public init(_ place: Place = .off, skip: [String] = [], only: [String] = []) {
            self.place = place
            self.skip = Set(skip).sorted()
            self.only = Set(only).sorted()
        }

        /// Whether a text is a module's name of at most 200 bytes: identifiers of ASCII letters, with dots between them.
        public static func isModule(_ text: String) -> Bool {
            text.utf8.count <= 200
                && text.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { part in
                    part.utf8.first.map { !(0x30...0x39).contains($0) } == true
                        && part.utf8.allSatisfy { $0.isASCIIAlphanumeric || $0 == UInt8(ascii: "_") }
                }
        }
    }

    /// The worst first, with the reasons of those that are waived.
    public func judged(_ findings: [Finding]) -> [Finding] {
        findings.map { finding in
            var finding = finding
            if finding.verdict > .note { finding.waived = waive[finding.rule] }
            return finding
        }.sorted { ($1.verdict, $0.rule, $0.message) < ($0.verdict, $1.rule, $1.message) }
    }

    /// - Throws: `unbuildable` for a layer that is to be held.
    public func check(_ findings: [Finding]) throws(StrataError) {
        let errors = judged(findings).filter {
            $0.verdict == .error && $0.waived == nil && (hold || $0.rule == .licenses)
        }
        guard let first = errors.first else { return }
        let more = errors.count > 1 ? " (and \(errors.count - 1) more)" : ""
        throw StrataError(
            .unbuildable, first.message + more, hint: first.hint ?? Self.hint(first.rule),
            place: .init(file: first.wheel))
    }

    private static func hint(_ rule: Finding.Rule) -> String {
        "if your functions can do with it, write 'checks: { waive: { \(rule.rawValue): why } }' beside the layer"
    }
}

extension Checks {
    private enum CodingKeys: String, CodingKey {
        case hold, waive, imports, skip, only, licenses
    }

    /// What came later may be absent.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            hold: try container.decode(Bool.self, forKey: .hold),
            waive: try container.decode([Finding.Rule: String].self, forKey: .waive),
            imports: Imports(
                try container.decodeIfPresent(Imports.Place.self, forKey: .imports) ?? .off,
                skip: try container.decodeIfPresent([String].self, forKey: .skip) ?? [],
                only: try container.decodeIfPresent([String].self, forKey: .only) ?? []),
            licenses: try container.decodeIfPresent(LicensePolicy.self, forKey: .licenses) ?? LicensePolicy())
    }

    /// What came later is left out if it is not used.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(hold, forKey: .hold)
        try container.encode(waive, forKey: .waive)
        if imports.place != .off { try container.encode(imports.place, forKey: .imports) }
        if !imports.skip.isEmpty { try container.encode(imports.skip, forKey: .skip) }
        if !imports.only.isEmpty { try container.encode(imports.only, forKey: .only) }
        if licenses != LicensePolicy() { try container.encode(licenses, forKey: .licenses) }
    }
}
