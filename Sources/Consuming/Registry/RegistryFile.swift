import FoundationEssentials
import Model

/// `registry.json`.
package struct RegistryFile: Decodable, Sendable {
    package let format: Int
    package let name: String
    package let accounts: [String: String]
    package let targets: [String]
    package let regions: [String]

    static func decode<Document: Decodable>(_: Document.Type, _ file: [UInt8], _ path: String) throws -> Document {
        do {
            return try JSONDecoder().decode(Document.self, from: Data(file))
        } catch {
            throw StrataError(
                .inconsistent, "the registry's file cannot be read", hint: "is this the registry's main branch?",
                place: .init(file: path), cause: error)
        }
    }
}

/// A row of `deployments/{target}/arns/{region}.json`.
package struct ListedRow: Decodable, Sendable {
    package let package: String
    package let version: String
    package let build: Int?
    package let status: String
    package let arn: String
    package let expires: Timestamp?
}
