import FoundationEssentials
import HTTP
import Model

/// The document with which credential processes, containers and instances answer.
struct MetadataCredentials: Decodable {
    let AccessKeyId: String
    let SecretAccessKey: String
    let Token: String?
    let SessionToken: String?
    let Expiration: String?

    /// - Parameter whose: for the error.
    static func read(_ bytes: [UInt8], from whose: String) throws(StrataError) -> Credentials {
        guard let document = try? JSONDecoder().decode(Self.self, from: Data(bytes)) else {
            throw StrataError(.credentials, "\(whose) did not answer with credentials")
        }
        let expires = document.Expiration.flatMap { Timestamp($0) }
        guard document.Expiration == nil || expires != nil else {
            throw StrataError(.credentials, "\(whose) answered with an expiry that is not a UTC date")
        }
        return Credentials(
            accessKeyID: document.AccessKeyId, secretAccessKey: document.SecretAccessKey,
            sessionToken: document.SessionToken ?? document.Token, expires: expires)
    }
}
