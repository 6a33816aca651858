import Model

/// What METADATA says about a distribution ("Core metadata"), as far as it is shown or checked. Text of strangers:
/// escape it wherever it goes.
public struct CoreMetadata: Sendable, Hashable, Codable {
    public var name: String
    public var version: String
    public var summary: String?
    /// The `License` field: prose, from a word to the whole text.
    public var license: String?
    /// The `License-Expression` field: SPDX.
    public var licenseExpression: String?
    /// The classifiers under `License ::`.
    public var licenseClassifiers: [String]
    /// `Author`, else the names in `Author-email`.
    public var author: String?
    /// The `Project-URL` that is labelled as the homepage, else `Home-page`.
    public var homepage: String?
    /// `Requires-Dist`, as written.
    public var requires: [String]
    /// `Provides-Extra`, as written.
    public var extras: [String]

    /// - Throws: `.badWheel` without a name or version, or if the text is not UTF-8.
    package init(_ bytes: [UInt8], of wheel: String) throws {
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw StrataError.badWheel(wheel, EntryPath("METADATA"), "is not UTF-8")
        }
        let fields = HeaderFields(text)
        guard let name = fields.first("name"), let version = fields.first("version") else {
            throw StrataError.badWheel(wheel, EntryPath("METADATA"), "has no Name or no Version")
        }
        self.name = name
        self.version = version
        summary = fields.first("summary")
        license = fields.first("license")
        licenseExpression = fields.first("license-expression")
        licenseClassifiers = fields.all("classifier").filter { $0.hasPrefix("License ::") }
        author = fields.first("author") ?? fields.first("author-email").flatMap(Self.names)
        homepage = fields.all("project-url").lazy.compactMap(Self.homepage).first ?? fields.first("home-page")
        requires = fields.all("requires-dist")
        extras = fields.all("provides-extra")
    }
}

extension CoreMetadata {
    /// The names of `Jane Doe <jane@example.org>, J. Doe <j@example.org>`; nil if there are only addresses.
    private static func names(_ addresses: String) -> String? {
        let names = addresses.split(separator: ",").compactMap { address -> String? in
            guard let bracket = address.firstIndex(of: "<") else { return nil }
            let name = address[..<bracket].trimmed.drop { $0 == "\"" }.prefix { $0 != "\"" }
            return name.isEmpty ? nil : String(name)
        }
        return names.isEmpty ? nil : names.joined(separator: ", ")
    }

    /// The address of `Homepage, https://example.org`; nil under another label.
    ///
    /// Labels are compared as PEP 753 has it: `Home Page` and `home-page` are the same.
    private static func homepage(_ entry: String) -> String? {
        guard let comma = entry.firstIndex(of: ",") else { return nil }
        let label = entry[..<comma].lowercased().filter(\.isLetter)
        let address = entry[entry.index(after: comma)...].trimmed
        return label == "homepage" && !address.isEmpty ? String(address) : nil
    }
}

/// The header of an e-mail, as METADATA and WHEEL use it: `Name: value`, names in any case, continued lines indented,
/// up to the first empty line.
struct HeaderFields {
    private var fields: [(name: String, value: String)] = []

    init(_ text: String) {
        for line in text.utf8.split(separator: .newline, omittingEmptySubsequences: false) {
            let line = line.last == UInt8(ascii: "\r") ? line.dropLast() : line
            guard let first = line.first else { break }
            if first == UInt8(ascii: " ") || first == UInt8(ascii: "\t") {
                if !fields.isEmpty { fields[fields.count - 1].value += "\n" + String(Substring(line).trimmed) }
            } else if let colon = line.firstIndex(of: UInt8(ascii: ":")) {
                let value = Substring(line[line.index(after: colon)...]).trimmed
                fields.append((Substring(line[..<colon]).lowercased(), String(value)))
            }
        }
    }

    /// The first value that is not empty, and not `UNKNOWN`, which old tools wrote for nothing.
    func first(_ name: String) -> String? {
        all(name).first { !$0.isEmpty && $0 != "UNKNOWN" }
    }

    func all(_ name: String) -> [String] { fields.filter { $0.name == name }.map(\.value) }
}

extension Substring {
    /// Without spaces and tabs around it.
    var trimmed: Substring {
        var text = self
        while let first = text.first, first == " " || first == "\t" { text.removeFirst() }
        while let last = text.last, last == " " || last == "\t" { text.removeLast() }
        return text
    }
}
