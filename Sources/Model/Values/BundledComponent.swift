/// Something of another origin inside a wheel, by the bill of materials that the wheel brings: a system's library, a crate.
/// https://peps.python.org/pep-0770/
public struct BundledComponent: Sendable, Hashable, Codable {
    /// `pkg:rpm/centos/libpq@9.2`, without qualifiers, which tell of the machine that it was built on. Nil if there is none.
    public let purl: String?
    public let name: String
    public let version: String?
    /// SPDX where that can be told.
    public let license: String?

    /// The most that are kept of one package, and of one build.
    package static let most = (ofPackage: 1000, ofBuild: 4000)

    public init(purl: String? = nil, name: String, version: String?, license: String? = nil) {
        self.purl = purl
        self.name = name
        self.version = version
        self.license = license
    }
}

extension BundledComponent: Comparable {
    private var order: [String] { [purl ?? "", name, version ?? "", license ?? ""] }

    public static func < (left: BundledComponent, right: BundledComponent) -> Bool {
        left.order.lexicographicallyPrecedes(right.order)
    }
}
