import Model

/// `registry.json`: what holds for the registry as a whole.
enum RegistryFile {
    static let path = "registry.json"

    static func bytes(of registry: RegistryInput, _ stamp: RegistryStamp?, _ folders: LayerFolders) -> [UInt8] {
        JSONObject.file { file in
            file.add("format", 1)
            if let stamp {
                file.add("id", stamp.id)
                file.add("revision", stamp.revision)
                file.add("run", stamp.run)
            }
            file.add("name", registry.description.name)
            file.add("url", registry.description.url)
            file.add("folders", folders == .flat ? nil : folders.rawValue)
            file.add("accounts", object: { $0.add(accountsOf: registry) })
            file.add("targets", strings: registry.targets.map(\.description))
            file.add("regions", strings: registry.regions.map(\.code))
            file.add(
                "promises",
                object: { promises in
                    promises.add("expire-days", registry.retention.expireDays)
                    promises.add("expire-seconds", registry.retention.expireSeconds)
                    promises.add("keep", registry.retention.keep)
                })
        }
    }
}

extension LayerFolders {
    /// How a registry's folders are laid out, by its `registry.json`.
    ///
    /// - Returns: nil if there is no such file, or it is damaged.
    /// - Throws: `unsupported` for a layout that this version does not know.
    static func told(in file: [UInt8]?) throws -> LayerFolders? {
        struct Document: Decodable { let folders: String? }
        guard let file, let document = try? RegistryJSON.decode(Document.self, from: file, path: RegistryFile.path)
        else { return nil }
        // What was written before there was a choice says nothing.
        guard let word = document.folders else { return .flat }
        guard let folders = LayerFolders(rawValue: word) else {
            throw StrataError(
                .unsupported, "the registry's folders are laid out in a way that this version does not know",
                hint: "use the Strata that wrote it, or a newer one", place: .init(file: RegistryFile.path))
        }
        return folders
    }

    /// The layout in which a branch holds a layer; nil if it does not hold it.
    static func found(of layer: LayerName, _ existing: ExistingFiles) throws -> LayerFolders? {
        try allCases.first { try existing(ReleasesFile.path(of: layer, $0)) != nil }
    }
}

extension JSONObject {
    /// The account of each partition.
    mutating func add(accountsOf registry: RegistryInput) {
        for (partition, account) in registry.accounts.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
            add(partition.rawValue, account)
        }
    }
}

extension RetentionPolicy {
    /// Whole days that a deprecated release stays.
    var expireDays: Int { Int(expire.components.seconds / 86_400) }
    /// The same to the second, where whole days do not tell it; else nil.
    var expireSeconds: Int? {
        expire.components.seconds % 86_400 == 0 ? nil : Int(expire.components.seconds)
    }
}

/// `README.md` of the registry: what its files are, for whoever finds the repository first.
enum RegistryReadme {
    static func bytes(of registry: RegistryInput, _ folders: LayerFolders) -> [UInt8] {
        let layer = folders == .flat ? "{layer}" : "{xx}/{layer}"
        let name = markdown(registry.description.name)
        let link = SafeURL.link(registry.description.url).map { "[The site](<\($0)>) has the same with a search.\n\n" }
        let text = """
            # \(name)

            AWS Lambda layers of Python packages: \(registry.targets.count) targets, \(registry.regions.count) regions.
            \(link.map { "\n\($0)" } ?? "\n")| file | holds |
            |---|---|
            | `deployments/{target}/arns/{region}.csv`, `.json` | every release of a region: package, version, status, expiry, ARN |
            | `deployments/{target}/packages/\(layer)/requirements.txt` | what is inside the newest build |
            | `layers/\(layer)/releases.json` | every release ever listed, with Lambda's number by region |
            | `layers/\(layer)/{target}/{build}.json` | a build: digest, sizes, wheels; never changes |
            | `layers/\(layer)/{target}/{build}.pylock.toml` | its lock (PEP 751) |
            | `registry.json` | identity, revision, accounts, regions, targets, promises |
            \(registry.isSigned ? signed(layer) : "")
            \(folders == .flat ? "" : shards)\
            **latest** is the newest. **deprecated** still works and is deleted not before its expiry date, \
            \(registry.retention.expireText) after it was replaced. **yanked** still works, but should not be \
            used. **deleted** is gone.

            """
        return Array(text.utf8)
    }

    /// The rows of the files that sign the others.
    private static func signed(_ layer: String) -> String {
        """
        | `checkpoint`, `checkpoint.sig` | identity, revision and the digests of the next two, signed |
        | `SHA256SUMS`, `layers/\(layer)/SHA256SUMS` | the digests of all files, as `sha256sum -c` checks them |
        | `listed.txt` | each layer's digest of its ARNs and their bytes |
        | `keys/allowed_signers` | whose signatures count |

        """
    }

    private static let shards = """
        `{xx}` are the first two hexadecimal digits of the SHA-256 of the layer's name: \
        `printf %s LAYER | sha256sum | cut -c1-2`.


        """

    /// Text with what Markdown and HTML would act on escaped.
    private static func markdown(_ text: String) -> String { PlainText.line(text).escapedForMarkdown }
}
