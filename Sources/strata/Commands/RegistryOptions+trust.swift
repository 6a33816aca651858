import Consuming
import Files
import FoundationEssentials
import Git
import Model

/// Reading a registry by its signed checkpoint.
extension RegistryOptions {
    /// A registry, and what its checkpoint came to.
    struct Checked {
        let catalog: RegistryCatalog
        /// nil for a registry that is not signed.
        let trusted: TrustedRegistry?
        let isAddress: Bool
    }

    /// The registry as it lies there, with every file that is read of it checked against the checkpoint, if it has one.
    ///
    /// - Throws: `refused` if it is not to be trusted, or not signed though signers were named.
    func checked(allowsOlder: Bool) async throws -> Checked {
        let environment = ProcessInfo.processInfo.environment
        let place = try place()
        let isAddress = place.contains("://")
        let source: RegistrySource
        var history: (@Sendable () async throws -> [[UInt8]])?
        if isAddress {
            source = try web(place, environment)
        } else {
            let isBare = FileManager.default.fileExists(atPath: "\(place)/objects")
            let commit: CommitFiles?
            if isBare {
                commit = try await CommitFiles.open(place)
            } else {
                commit =
                    FileManager.default.fileExists(atPath: "\(place)/.git") ? try? await CommitFiles.open(place) : nil
            }
            if let commit {
                history = {
                    try await commit.versions(of: RegistryCheckpoint.path, longest: RegistryCheckpoint.longest + 1)
                }
            }
            if isBare, let commit {
                source = RegistrySource(name: place) { try await commit.read($0) }
            } else {
                source = .folder(place)
            }
        }
        if !isAddress, allowedSigners != nil, try await source.read(RegistryCheckpoint.path) == nil {
            // Signed by its commits only.
            return Checked(catalog: try await catalog(), trusted: nil, isAddress: false)
        }
        let trust = try trust(in: source, allowsOlder: allowsOlder, history: history)
        guard let trusted = try await trust.check() else {
            return Checked(catalog: RegistryCatalog(source), trusted: nil, isAddress: isAddress)
        }
        let catalog = RegistryCatalog(RegistrySource(trusted.files, name: source.name))
        return Checked(catalog: catalog, trusted: trusted, isAddress: isAddress)
    }

    func trust(
        in source: RegistrySource, allowsOlder: Bool, history: (@Sendable () async throws -> [[UInt8]])? = nil
    ) throws -> RegistryTrust {
        RegistryTrust(
            source: source, signatures: .ssh,
            memory: cacheFolder(ProcessInfo.processInfo.environment).map { TrustMemory(folder: "\($0)/seen") },
            signers: try allowedSigners.map { try BoundedFile.text($0, limit: .mebibytes(1)) },
            allowsOlder: allowsOlder,
            history: history)
    }
}

extension RegistryTrust.Signatures {
    /// OpenSSH's signatures (SSHSIG), by Ed25519 keys.
    static var ssh: Self {
        .init(
            signer: { message, text, namespace in
                guard let signature = SSHSignature(armoured: text, for: namespace), signature.isOver(message) else {
                    return nil
                }
                return "\(signature.key)"
            },
            allowed: { list, namespace in
                Set(AllowedSigners(list).keys(for: namespace).map(\.description))
            },
            fingerprint: { SSHPublicKey($0)?.fingerprint ?? $0 })
    }
}
