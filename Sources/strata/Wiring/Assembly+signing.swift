import Git
import Model
import Publishing
import Tasks

/// What the signing key is used for besides commits: checkpoints, and the list of who may sign.
extension Assembly {
    /// Signs main's checkpoints; nil if nothing is signed.
    var seal: Seal? {
        guard let signingKey else { return nil }
        return Seal(renewal: settings.git.renew) { checkpoint in
            try await signingKey().file(signing: checkpoint, for: RegistryCheckpoint.namespace)
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

    /// The list, made once however often it is asked for: each time the keys would be fetched.
    func signerFilesOnce() -> BranchRenderer.Companions {
        let once = OnceEach<String, [String: [UInt8]]>()
        return {
            try await once.value(AllowedSigners.path) { () async throws(StrataError) in
                do { return try await signerFiles() } catch {
                    throw .wrapping(error, .credentials, "the list of signers cannot be made")
                }
            }
        }
    }

    /// The list as the registry publishes it. A former key signs it, so that who trusts that key alone can trust the new
    /// one; otherwise consumers get the first key from elsewhere.
    private func signerFiles() async throws -> [String: [UInt8]] {
        guard let signingKey else { return [:] }
        let current = try await signingKey().publicKey
        let line = current.allowedSigner(settings.git.author.email)
        guard let former = try await formerSigningKey(), former.publicKey != current else {
            return [AllowedSigners.path: Array(line.utf8)]
        }
        let list = Array((line + former.publicKey.allowedSigner(settings.git.author.email)).utf8)
        return [
            AllowedSigners.path: list,
            AllowedSigners.signaturePath: try former.file(signing: list, for: AllowedSigners.namespace),
        ]
    }

    /// The signing key from before the last rotation; nil if there was none, or it cannot be read or used.
    private func formerSigningKey() async throws -> SigningKey? {
        guard let reference = try? settings.git.sign?.previousSigner else { return nil }
        do { return try SigningKey(try await secret(reference)) } catch let error as StrataError {
            guard [.notFound, .accessDenied, .credentials].contains(error.code) else { throw error }
            return nil
        }
    }
}

extension SigningKey {
    /// A file with the armoured signature of another.
    fileprivate borrowing func file(signing bytes: [UInt8], for namespace: String) throws -> [UInt8] {
        let text = try bytes.withUnsafeBytes { try signature(of: $0, namespace: namespace) }
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
