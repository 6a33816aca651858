import Model

/// One row of a Klayers file, whatever its shape: texts, as they were written.
struct KlayersRow {
    var package = ""
    var version = ""
    var arn = ""
    var region: String?
    var status: String?
    var expires: String?
    var created: String?
    var deleted: String?
    /// `name==version` lines.
    var requirements: [String]?

    /// Why a row is not taken.
    struct Refusal: Error {
        let reason: String
        init(_ reason: String) { self.reason = reason }
    }

    /// Reads the row's texts.
    /// - Parameters:
    ///   - memory: what rows before this one held; the same requirements come in every region.
    ///   - remark: told what could not be read although the row is taken.
    func release(_ source: ImportSource, _ memory: inout Memory, _ remark: (String) -> Void) throws(Refusal)
        -> ImportedRelease
    {
        guard let package = PackageName(package) else {
            throw Refusal("'\(shown(self.package))' is not a package's name")
        }
        guard !version.isEmpty, version.utf8.count <= 64,
            version.utf8.allSatisfy({ $0.isASCIIAlphanumeric || ".+!_-".utf8.contains($0) })
        else { throw Refusal("'\(shown(version))' is not a version") }
        let arn = try KlayersARN(arn, package: self.package)
        if let region, region != arn.id.region.code {
            throw Refusal("the row's region is \(shown(region)), its ARN's \(arn.id.region)")
        }
        guard let layer = LayerName(package.text) else { throw Refusal("'\(package)' is too long for a layer's name") }
        let expires = try moment(self.expires, "expiry date")
        return ImportedRelease(
            id: arn.id, arn: self.arn, item: Item(layer, arn.target), version: version,
            status: try status(expires), expires: expires, created: try moment(created, "date"),
            packages: packages(&memory, remark), source: source)
    }

    private func status(_ expires: Timestamp?) throws(Refusal) -> Release.Status? {
        if let deleted, try moment(deleted, "date of deletion") != nil { return .deleted }
        switch status {
        case "latest":
            guard expires == nil else { throw Refusal("it is the latest and has an expiry date") }
            return .latest
        case "deprecated": return .deprecated
        case nil, "": return expires == nil ? nil : .deprecated
        case let other?: throw Refusal("the status '\(shown(other))' is not known")
        }
    }

    /// ISO 8601, seconds since 1970, or the day-month-year of the oldest files.
    private func moment(_ text: String?, _ what: String) throws(Refusal) -> Timestamp? {
        guard let text, !text.isEmpty else { return nil }
        if let moment = Timestamp(text) { return moment }
        if text.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let seconds = Int(text), (1...(1 << 40)) ~= seconds {
            return Timestamp(seconds: seconds)
        }
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        if parts.count == 3, parts[0].count == 2, parts[1].count == 2, parts[2].count == 4,
            let moment = Timestamp("\(parts[2])-\(parts[1])-\(parts[0])")
        {
            return moment
        }
        throw Refusal("the \(what) '\(shown(text))' is not valid")
    }

    /// Lists of packages that were read before, by the text that they were read from.
    typealias Memory = [[String]: [Build.Package]]

    private func packages(_ memory: inout Memory, _ remark: (String) -> Void) -> [Build.Package] {
        guard let requirements else { return [] }
        if let known = memory[requirements] { return known }
        var packages: [Build.Package] = []
        for line in requirements where !line.isEmpty && line != "null" {
            let sides = line.split(separator: "==", maxSplits: 1, omittingEmptySubsequences: false)
            guard sides.count == 2, let name = PackageName(sides[0].trimmingSpaces),
                case let version = sides[1].trimmingSpaces, !version.isEmpty,
                version.utf8.allSatisfy({ $0.isASCIIAlphanumeric || ".+!_-".utf8.contains($0) })
            else {
                remark("the requirements are left out, since '\(shown(line))' names no package and version")
                return []
            }
            packages.append(.init(name: name, version: version, license: nil, summary: nil, unzipped: nil))
        }
        packages.sort { $0.name < $1.name }
        if memory.count < 10_000 { memory[requirements] = packages }
        return packages
    }
}

/// A stranger's text as it may stand in a message.
func shown(_ text: String) -> String {
    String(text.unicodeScalars.prefix(80).map { $0.value < 0x20 || $0.value == 0x7f ? " " : Character($0) })
}
