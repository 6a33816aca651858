import Model

/// Checks a registry's checkpoint: signature, key, and that it goes on from what was read before on this machine.
public struct RegistryTrust: Sendable {
    /// What is known of signatures elsewhere. Keys are `TYPE BASE64`, as OpenSSH writes them.
    public struct Signatures: Sendable {
        /// The key that signed a message for a namespace; nil if none did.
        public let signer: @Sendable (_ message: [UInt8], _ signature: String, _ namespace: String) -> String?
        /// The keys that a list of allowed signers lets sign for a namespace.
        public let allowed: @Sendable (_ list: String, _ namespace: String) -> Set<String>
        public let fingerprint: @Sendable (_ key: String) -> String

        public init(
            signer: @escaping @Sendable (_ message: [UInt8], _ signature: String, _ namespace: String) -> String?,
            allowed: @escaping @Sendable (_ list: String, _ namespace: String) -> Set<String>,
            fingerprint: @escaping @Sendable (_ key: String) -> String
        ) {
            self.signer = signer
            self.allowed = allowed
            self.fingerprint = fingerprint
        }
    }

    public let source: RegistrySource
    public let signatures: Signatures
    /// nil to remember nothing.
    public let memory: TrustMemory?
    /// Whom the user trusts: a list of allowed signers. nil for the keys that were seen before, or, of a registry that was
    /// not, the first that is met.
    public let signers: String?
    /// Read a checkpoint that is older than, or beside, the one that was read before.
    public let allowsOlder: Bool
    /// The checkpoints of the source's history, the newest first; nil where there is no history.
    public let history: (@Sendable () async throws -> [[UInt8]])?

    public init(
        source: RegistrySource, signatures: Signatures, memory: TrustMemory?, signers: String?,
        allowsOlder: Bool = false,
        history: (@Sendable () async throws -> [[UInt8]])? = nil
    ) {
        self.source = source
        self.signatures = signatures
        self.memory = memory
        self.signers = signers
        self.allowsOlder = allowsOlder
        self.history = history
    }

    /// - Returns: nil if the registry has no checkpoint, and nobody asked for a signature.
    /// - Throws: `refused` for a registry that is not to be trusted.
    public func check() async throws -> TrustedRegistry? {
        guard let bytes = try await source.read(RegistryCheckpoint.path) else {
            guard signers == nil else {
                throw refusal(
                    "it has no signed checkpoint", "is this the address of its main branch? Its site is not signed")
            }
            if let id = try? await RegistryCatalog(source).registry().id, id.utf8.allSatisfy(\.isASCIIAlphanumeric),
                try memory?.entry(of: id) != nil
            {
                throw refusal("it has no signed checkpoint any more", "fetch it again, or ask its maintainers")
            }
            return nil
        }
        guard let checkpoint = RegistryCheckpoint(bytes),
            let file = try await source.read(RegistryCheckpoint.signaturePath)
        else { throw refusal("its checkpoint is damaged, or has no signature", "fetch it again") }
        guard
            let key = signatures.signer(bytes, String(decoding: file, as: UTF8.self), RegistryCheckpoint.namespace)
        else { throw refusal("the signature of its checkpoint is wrong", "fetch it again, or ask its maintainers") }
        let known = try memory?.entry(of: checkpoint.registry)
        let isFirst = try await accept(key, known)
        let follows = try await follow(checkpoint, bytes, known)
        let files = try await CheckedFiles(source, checkpoint)
        try await expectSame(checkpoint, files)
        let list = try await files.file(Self.signersPath).map { String(decoding: $0, as: UTF8.self) }
        let listed = list.map { signatures.allowed($0, RegistryCheckpoint.namespace) } ?? []
        if known.map({ $0.revision <= checkpoint.revision }) ?? true {
            memory?.remember(
                .init(keys: listed.union([key]), revision: checkpoint.revision, digest: .of(bytes)),
                of: checkpoint.registry)
        }
        return TrustedRegistry(
            checkpoint: checkpoint, key: key, fingerprint: signatures.fingerprint(key), isKeyNew: isFirst,
            follows: follows, files: files)
    }

    private static let signersPath = "keys/allowed_signers"

    /// - Returns: whether nothing but the registry itself speaks for the key.
    private func accept(_ key: String, _ known: TrustMemory.Entry?) async throws -> Bool {
        if let signers {
            guard signatures.allowed(signers, RegistryCheckpoint.namespace).contains(key) else {
                throw refusal(
                    "its checkpoint is signed by \(signatures.fingerprint(key)), which is not allowed",
                    "if the maintainers have a new key, take it from them")
            }
            return false
        }
        guard let known else { return true }
        if known.keys.contains(key) { return false }
        // A key from before a rotation vouches for the new one.
        if let list = try await source.read(Self.signersPath),
            let file = try await source.read(Self.signersPath + ".sig"),
            let former = signatures.signer(list, String(decoding: file, as: UTF8.self), "strata-signers"),
            known.keys.contains(former),
            signatures.allowed(String(decoding: list, as: UTF8.self), RegistryCheckpoint.namespace).contains(key)
        {
            return false
        }
        throw refusal(
            "its checkpoint is signed by \(signatures.fingerprint(key)), and was by "
                + known.keys.map(signatures.fingerprint).sorted().joined(separator: " or ") + " before",
            "if the maintainers have a new key, take it from them and pass it with --allowed-signers")
    }

    /// How the checkpoint stands to the one that was read before.
    private func follow(
        _ checkpoint: RegistryCheckpoint, _ bytes: [UInt8], _ known: TrustMemory.Entry?
    ) async throws -> TrustedRegistry.Following {
        if let known, !allowsOlder {
            if checkpoint.revision < known.revision {
                throw refusal(
                    "it shows revision \(checkpoint.revision), and revision \(known.revision) was read here before",
                    "fetch the newest, or pass --allow-older if the registry was set back")
            }
            if checkpoint.revision == known.revision {
                guard .of(bytes) == known.digest else {
                    throw refusal(
                        "it shows another revision \(checkpoint.revision) than was read here before",
                        "somebody shows different readers different registries: ask its maintainers; --allow-older reads it"
                    )
                }
                return .same
            }
        }
        if let known, checkpoint.revision <= known.revision {
            return .of(bytes) == known.digest ? .same : .earlier
        }
        let former = known.flatMap { $0.revision < checkpoint.revision ? $0 : nil }
        if let former, checkpoint.previous == former.digest { return .next }
        guard let history = try await history?(), let start = history.firstIndex(of: bytes) else {
            return former == nil ? .unknown : .gap
        }
        var last = checkpoint
        for older in history[(start + 1)...] {
            let digest = ContentDigest.of(older)
            guard last.previous == digest else {
                throw refusal(
                    "the checkpoint of revision \(last.revision) does not follow the one before it in the history",
                    "the history was written anew: ask its maintainers")
            }
            if let former, digest == former.digest { return .later }
            guard let next = RegistryCheckpoint(older) else { return former == nil ? .unknown : .gap }
            last = next
        }
        guard let former, last.previous == nil, !allowsOlder else { return former == nil ? .unknown : .gap }
        throw refusal(
            "its history does not hold revision \(former.revision) as it was read here before",
            "the history was written anew: ask its maintainers; --allow-older reads it")
    }

    /// What the registry says of itself is what the checkpoint says.
    private func expectSame(_ checkpoint: RegistryCheckpoint, _ files: CheckedFiles) async throws {
        guard let listing = try await files.file(ListedDigests.path), .of(listing) == checkpoint.listed,
            ListedDigests(listing)?.count == checkpoint.releases
        else { throw refusal("'\(ListedDigests.path)' is not what its checkpoint says", "fetch it again") }
        let catalog = RegistryCatalog(RegistrySource(files, name: source.name))
        let file = try await catalog.registry()
        guard file.id == checkpoint.registry, file.revision == checkpoint.revision else {
            throw refusal("its registry.json is of another revision than its checkpoint", "fetch it again")
        }
    }

    private func refusal(_ why: String, _ hint: String) -> StrataError {
        StrataError(.refused, "the registry '\(source.name)' is not trusted: \(why)", hint: hint)
    }
}

/// A registry whose checkpoint was checked.
public struct TrustedRegistry: Sendable {
    /// What is known of the revisions between the checkpoint and the one that was read before.
    public enum Following: String, Sendable, Codable {
        /// It is the one that was read before.
        case same
        /// It names the one that was read before as its predecessor.
        case next
        /// The history leads from the one that was read before to it, without a gap.
        case later
        /// Later than the one that was read before; those between were not seen.
        case gap
        /// Earlier than the one that was read before, or beside it, and read all the same.
        case earlier
        /// Nothing was read before.
        case unknown
    }

    public let checkpoint: RegistryCheckpoint
    /// `TYPE BASE64`.
    public let key: String
    public let fingerprint: String
    /// True if nobody but the registry spoke for the key, and it was not seen before.
    public let isKeyNew: Bool
    public let follows: Following
    public let files: CheckedFiles
}
