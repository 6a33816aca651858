import FoundationEssentials
import Model

/// What a registry says of itself.
package struct RegistryFile: Decodable, Sendable {
    package let format: Int
    package let targets: [String]
    package let regions: [String]
    /// The registry's identity, and how often it was written; on the branch, and nil in what older versions wrote.
    let id: String?
    let revision: Int?
    /// How a site's tables of all layers are split; nil on the branch, where they are not.
    let shards: [String]?
    /// How the branch's folders are laid out; nil on a site, and where there was no choice yet.
    let folders: LayerFolders?

    static func decode<Document: Decodable>(_: Document.Type, _ file: [UInt8], _ path: String) throws -> Document {
        do {
            return try JSONDecoder().decode(Document.self, from: Data(file))
        } catch {
            throw StrataError(
                .inconsistent, "the registry's file cannot be read", hint: "is this a registry's branch or site?",
                place: .init(file: path), cause: error)
        }
    }
}

/// A row of a region's table: which layer an ARN belongs to.
package struct ListedRow: Decodable, Sendable {
    package let layer: String
    package let arn: String

    private enum Key: String, CodingKey {
        /// On the branch.
        case package
        /// In the site's API.
        case layer
        case arn
    }

    package init(from decoder: any Decoder) throws {
        let row = try decoder.container(keyedBy: Key.self)
        layer = try row.decodeIfPresent(String.self, forKey: .package) ?? row.decode(String.self, forKey: .layer)
        arn = try row.decode(String.self, forKey: .arn)
    }
}
