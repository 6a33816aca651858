import Files
import FoundationEssentials
import HTTP
import Model

/// Reads lists of other publishers' layers, so that one registry and one `bump` serve all layers that a team uses.
///
/// Understood are Sentry's release registry, Bref's `layers.json`, the answers of Lambda's ListLayers and
/// ListLayerVersions, SSM parameters as JSON, and any text that holds ARNs of layer versions.
public struct ExternalReader: Sendable {
    public private(set) var result = ImportResult()
    /// Whose layers a file names that does not say it, as Bref's.
    private let account: String?
    /// What the layers are for; nil to take it from the file or the layers' names.
    private let target: Target?

    /// Longer files are no lists of layers.
    private static let limit = ByteCount(64_000_000)

    /// - Throws: `configuration` for an account that is none.
    public init(account: String? = nil, target: Target? = nil) throws(StrataError) {
        if let account, account.utf8.count != 12 || !account.utf8.allSatisfy(\.isASCIIDigit) {
            throw StrataError(.configuration, "'\(PlainLine.of(account))' is not an account: those have twelve digits")
        }
        self.account = account
        self.target = target
    }

    /// Reads a file, or every file with a list in a folder and below it. Blocks the thread.
    public mutating func read(path: String) throws(StrataError) {
        for entry in try FileSet([path]).entries {
            guard let bytes = try BoundedFile.readIfPresent(entry.path, limit: Self.limit) else { continue }
            read(bytes, file: entry.path)
        }
    }

    /// Reads what is at an http or https address.
    public mutating func read(url: String, client: HTTPClient) async throws(StrataError) {
        read(try await ImportAddress.read(url, client), file: HTTPRequest.redacted(url))
    }

    /// Reads a file's bytes; the name is for messages. What it holds is never an error: see `result`.
    public mutating func read(_ bytes: [UInt8], file: String) {
        if let list = ExternalList(bytes, account: account) {
            for entry in list.entries {
                take(entry, ImportSource(file: file, line: 1))
            }
            for reason in list.refusals {
                result.refusals.append(ImportRemark(ImportSource(file: file, line: 1), reason))
            }
            return
        }
        let occurrences = LayerScanner(FileText(bytes).bytes).occurrences()
        if occurrences.isEmpty {
            result.refusals.append(
                ImportRemark(
                    ImportSource(file: file, line: 1),
                    "it contains no layer version's ARN, and is not a list that Strata knows"))
        }
        for occurrence in occurrences {
            let reference = occurrence.reference
            let source = ImportSource(file: file, line: occurrence.line)
            guard let region = reference.region, let account = reference.account, let number = reference.number,
                let arn = LayerARN(region: region, account: account, name: reference.name, number: number)
            else {
                result.refusals.append(ImportRemark(source, "'\(PlainLine.of(reference.text))' is not a whole ARN"))
                continue
            }
            take(ExternalList.Entry(arn: arn), source)
        }
    }

    private mutating func take(_ entry: ExternalList.Entry, _ source: ImportSource) {
        let arn = entry.arn
        // Lambda's numbers are far below; files of the registry hold no more.
        guard let layer = LayerName(NameWords.layer(of: arn.name)), arn.number <= Int(Int32.max) else {
            result.refusals.append(
                ImportRemark(
                    source, "'\(arn.name):\(arn.number)' is too long for a layer's name, or its number too high"))
            return
        }
        let item = Item(layer, target ?? entry.target ?? NameWords.target(of: arn.name))
        result.add(
            ImportedRelease(
                id: arn.release, arn: arn.description, item: item, version: entry.version ?? String(arn.number),
                status: nil, expires: nil, created: nil, packages: [], source: source))
    }
}
