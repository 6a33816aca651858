import FoundationEssentials
import HTTP
import Model

/// Secrets Manager: `secretsmanager:NAME[#json-field][@version]`.
/// https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_Operations.html
public struct SecretsManagerStore: SecretStore {
    public let scheme = "secretsmanager"
    private let client: AWSClient
    private let region: Region

    /// - Parameter region: of secrets that are not named by their ARN.
    public init(client: AWSClient, region: Region) {
        self.client = client
        self.region = region
    }

    public func fetch(_ reference: SecretReference) async throws(StrataError) -> Secret {
        struct Body: Encodable {
            let SecretId: String
            let VersionId: String?
            let VersionStage: String?
        }
        // An id is a UUID, a stage is a word.
        let isID = reference.version.map { UUID(uuidString: $0) != nil } ?? false
        let answer = SecretAnswer()
        try await send(
            "GetSecretValue",
            Body(
                SecretId: reference.name, VersionId: isID ? reference.version : nil,
                VersionStage: isID ? nil : reference.version), reference, into: answer.stream)
        guard let value = answer.value else { throw StrataError(.unavailable, "'\(reference)' has no value") }
        guard let field = reference.field else { return value.secret() }
        guard let member = value.withBytes({ SecretJSON.text([field], in: $0) }) else {
            throw StrataError(.notFound, "'\(reference)': the secret is not a JSON object with that member")
        }
        return member.secret()
    }

    /// Replaces the secret's value, or creates the secret.
    public func store(_ secret: borrowing Secret, as reference: SecretReference) async throws(StrataError) {
        guard reference.field == nil, reference.version == nil else {
            throw StrataError(.configuration, "'\(reference)' names a part of a secret; only a whole one can be stored")
        }
        let (text, binary) = secret.withBytes { bytes in
            let text = String(validating: bytes, as: UTF8.self)
            return (text, text == nil ? Array(bytes).base64 : nil)
        }
        do throws(StrataError) {
            try await write("PutSecretValue", Value(reference, text, binary, isNew: false), reference)
        } catch {
            guard error.code == .notFound else { throw error }
            try await write("CreateSecret", Value(reference, text, binary, isNew: true), reference)
        }
    }

    private struct Value: Encodable {
        let Name: String?
        let SecretId: String?
        let SecretString: String?
        let SecretBinary: String?
        /// Makes a repeated call the same call.
        let ClientRequestToken = UUID().uuidString

        init(_ reference: SecretReference, _ text: String?, _ binary: String?, isNew: Bool) {
            Name = isNew ? reference.name : nil
            SecretId = isNew ? nil : reference.name
            SecretString = text
            SecretBinary = binary
        }
    }

    private func write(_ operation: String, _ value: Value, _ reference: SecretReference) async throws(StrataError) {
        try await send(operation, value, reference)
    }

    /// - Parameter receiver: takes the answer; nil if nothing of it is needed.
    private func send(
        _ operation: String, _ body: some Encodable, _ reference: SecretReference, into receiver: HTTPStream? = nil
    ) async throws(StrataError) {
        let parts = reference.name.split(separator: ":", omittingEmptySubsequences: false)
        let isARN = parts.count >= 7 && parts[0] == "arn"
        let region = isARN ? Region(String(parts[3])) ?? region : region
        let resource =
            isARN
            ? reference.name : "arn:\(region.partition.rawValue):secretsmanager:\(region):*:secret:\(reference.name)-*"
        do throws(StrataError) {
            try await client.send(
                .secretsManager, operation, body, in: region, resource: resource, into: receiver)
        } catch {
            throw Self.hinting(error.naming(reference), reference)
        }
    }

    /// What to do about a secret that is to be deleted: it can be neither read nor written nor made anew.
    private static func hinting(_ error: StrataError, _ reference: SecretReference) -> StrataError {
        let signs = ["marked for deletion", "marked deleted", "scheduled for deletion"]
        guard signs.contains(where: error.message.contains) else {
            return error
        }
        var error = error
        error.hint = "restore it: aws secretsmanager restore-secret --secret-id \(reference.name)"
        return error
    }
}

extension StrataError {
    /// The same error with the reference in its message, since a service does not always repeat the name.
    func naming(_ reference: SecretReference) -> StrataError {
        var copy = self
        copy.message = "'\(reference)': \(message)"
        return copy
    }
}
