/// A requirement as PEP 508 writes it, without what a stranger must not say: a name, extras, version specifiers and an
/// environment marker, but never a URL, a path, an option or a new line.
public struct Requirement: Sendable, Hashable {
    public let package: PackageName
    /// Normalised like package names, sorted, each once.
    public let extras: [PackageName]
    /// As written, without spaces, in the order written: `>=2,<3`. Empty if any version will do.
    public let specifiers: String
    /// As written after the `;`, or nil.
    public let marker: String?

    public init(package: PackageName, extras: [PackageName] = [], specifiers: String = "", marker: String? = nil) {
        self.package = package
        self.extras = Set(extras).sorted()
        self.specifiers = specifiers
        self.marker = marker
    }

    /// Reads a requirement.
    ///
    /// - Throws: `StrataError` with code `configuration` that says which part is not allowed or not understood.
    public init(parsing text: String) throws(StrataError) {
        func refuse(_ why: String, _ hint: String? = nil) -> StrataError {
            StrataError(
                .configuration, "'\(text.prefix(80).filter { !$0.isNewline })' is not a requirement: \(why)", hint: hint
            )
        }
        guard text.utf8.count <= 512 else { throw refuse("it is longer than 512 bytes") }
        guard text.unicodeScalars.allSatisfy({ $0.value >= 0x20 && $0.value < 0x7f }) else {
            throw refuse("it holds a new line, a control character or a character outside ASCII")
        }
        var rest = text.drop { $0 == " " }
        guard !rest.isEmpty else { throw refuse("it is empty") }
        guard rest.first != "-" else { throw refuse("options are not allowed") }
        guard !rest.contains("@"), !rest.contains("://") else {
            throw refuse("URLs are not allowed", "name the package and, if need be, set 'index:' to one that has it")
        }
        guard let first = rest.first, first != ".", first != "/", !rest.prefix(while: { $0 != ";" }).contains("/")
        else {
            throw refuse("paths are not allowed")
        }

        let name = rest.prefix { $0.isLetter || $0.isNumber || $0 == "-" || $0 == "_" || $0 == "." }
        guard let package = PackageName(String(name)) else { throw refuse("a package's name is missing or malformed") }
        rest = rest.dropFirst(name.count).drop { $0 == " " }

        var extras: [PackageName] = []
        if rest.first == "[" {
            guard let end = rest.firstIndex(of: "]") else { throw refuse("the extras have no closing ']'") }
            for extra in rest[rest.index(after: rest.startIndex)..<end].split(separator: ",") {
                guard let extra = PackageName(extra.trimmingSpaces) else { throw refuse("'\(extra)' is not an extra") }
                extras.append(extra)
            }
            rest = rest[rest.index(after: end)...].drop { $0 == " " }
        }

        let marker: String?
        if let semicolon = rest.firstIndex(of: ";") {
            let written = rest[rest.index(after: semicolon)...].trimmingSpaces
            guard !written.isEmpty else { throw refuse("the marker after ';' is empty") }
            // Resolvers read files of requirements, where these begin a comment, a continued line or an option.
            guard !written.contains(where: { $0 == "#" || $0 == "\\" }), !written.contains("--") else {
                throw refuse("a marker holds no '#', '\\' or '--'")
            }
            marker = written
            rest = rest[..<semicolon]
        } else {
            marker = nil
        }

        var list = rest.trimmingSpaces
        if list.hasPrefix("("), list.hasSuffix(")") { list = String(list.dropFirst().dropLast()) }
        var specifiers: [String] = []
        for specifier in list.split(separator: ",", omittingEmptySubsequences: false) where !list.isEmpty {
            let written = specifier.trimmingSpaces
            guard let sign = Self.signs.first(where: { written.hasPrefix($0) }) else {
                throw refuse("'\(written)' is not a version specifier", "write for example '>=2,<3'")
            }
            let version = written.dropFirst(sign.count).trimmingSpaces
            guard let head = version.utf8.first, head.isASCIIAlphanumeric,
                version.utf8.allSatisfy({ $0.isASCIIAlphanumeric || ".*+!-_".utf8.contains($0) })
            else { throw refuse("'\(version)' is not a version") }
            specifiers.append(sign + version)
        }
        self.init(package: package, extras: extras, specifiers: specifiers.joined(separator: ","), marker: marker)
    }

    /// The comparison operators of PEP 440, longest first.
    private static let signs = ["===", "~=", "==", "!=", "<=", ">=", "<", ">"]
}

extension Requirement: CustomStringConvertible, Codable {
    /// `psycopg[binary,pool]>=3 ; python_version < '3.14'`
    public var description: String {
        package.text + (extras.isEmpty ? "" : "[\(extras.map(\.text).joined(separator: ","))]") + specifiers
            + (marker.map { " ; \($0)" } ?? "")
    }

    public init(from decoder: any Decoder) throws {
        try self.init(parsing: decoder.singleValueContainer().decode(String.self))
    }
    public func encode(to encoder: any Encoder) throws { try encoder.encodeDescription(of: self) }
}

extension StringProtocol {
    /// Without the spaces and tabs at either end.
    package var trimmingSpaces: String {
        let head = drop { $0 == " " || $0 == "\t" }
        guard let last = head.lastIndex(where: { $0 != " " && $0 != "\t" }) else { return "" }
        return String(head[...last])
    }
}
