import Git
import Model
import Publishing

/// What the signing key is used for besides commits: checkpoints, and the list of who may sign.
extension Assembly {
    /// Signs main's checkpoints; nil if nothing is signed.
    var seal: Seal? {
        guard let signingKey else { return nil }
        return Seal(renewal: settings.git.renew) { checkpoint in
            try await signature(of: checkpoint, for: RegistryCheckpoint.namespace, signingKey)
        }
    }

    /// Who may sign: the key in use, then the one from before the last rotation.
    func allowedSigners() async throws -> String {
        guard let signingKey else { return "" }
        let current = try await signingKey().publicKey
        let former = try await formerSigningKey()?.publicKey
        return [current, former == current ? nil : former].compactMap { $0?.allowedSigner(settings.git.author.email) }
            .joined()
    }

    /// The list as the registry publishes it. A former key signs it, so that who trusts that key alone can trust the new
    /// one; otherwise consumers get the first key from elsewhere.
    func signerFiles() async throws -> [String: [UInt8]] {
        guard let signingKey else { return [:] }
        let text = Array(try await allowedSigners().utf8)
        guard let former = try await formerSigningKey()?.publicKey, former != (try await signingKey().publicKey) else {
            return [AllowedSigners.path: text]
        }
        let signature = try await signature(of: text, for: AllowedSigners.namespace) {
            guard let key = try await formerSigningKey() else {
                throw StrataError(.credentials, "the former signing key is gone; nothing was pushed", hint: "run again")
            }
            return key
        }
        return [AllowedSigners.path: text, AllowedSigners.signaturePath: signature]
    }

    /// The signing key from before the last rotation; nil if there was none, or it cannot be read or used.
    private func formerSigningKey() async throws -> SigningKey? {
        guard let reference = try? settings.git.sign?.previousSigner else { return nil }
        do { return try SigningKey(try await secret(reference)) } catch let error as StrataError {
            guard [.notFound, .accessDenied, .credentials].contains(error.code) else { throw error }
            return nil
        }
    }

    private func signature(
        of bytes: [UInt8], for namespace: String, _ key: @Sendable () async throws -> SigningKey
    ) async throws -> [UInt8] {
        let key = try await key()
        let text = try bytes.withUnsafeBytes { try key.signature(of: $0, namespace: namespace) }
        return Array("\(text)\n".utf8)
    }
}

extension SecretReference {
    /// Where the signing key from before the last rotation is kept: as other keys, or beside a file or a variable.
    fileprivate var previousSigner: SecretReference {
        get throws {
            switch scheme {
            case "file": SecretReference("file:\(name).previous") ?? self
            case "env": SecretReference("env:\(name)_PREVIOUS") ?? self
            default: try previous
            }
        }
    }
}
