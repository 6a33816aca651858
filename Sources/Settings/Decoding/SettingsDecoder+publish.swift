import Model

/// The section `publish`, of which a part belongs to `Desired`.
struct DecodedPublish {
    var settings: PublishSettings?
    var naming: NameTemplate?
    var visibility: Visibility
}

extension SettingsDecoder {
    /// - Parameters:
    ///   - regions: the document's `regions`, which partitions without their own share.
    ///   - root: the document, where a missing `regions` is reported.
    func publish(_ value: Value, regions: Value?, root: Value) -> DecodedPublish? {
        let shared = regions.flatMap { self.regions($0, "'regions'") }
        guard let fields = Fields<Vocabulary.Publish>(value, "'publish'") else { return nil }
        let provider =
            fields[.provider].map { $0.asChoice("provider", PublishSettings.Provider.self) } ?? .local
        let partitions = self.partitions(
            fields[.partitions], shared: shared, isShared: regions != nil, provider: provider ?? .local,
            publish: value, root: root)
        let staging = fields[.staging].flatMap(self.staging)
        let rate = fields[.rate]?.asRate("'publish.rate'", atMost: .ceiling) ?? .standard
        let deadlines = fields[.deadlines].flatMap(self.deadlines) ?? .init()
        let folder = fields[.folder].flatMap { path($0, "'publish.folder'") } ?? resolve(".strata/lambda")
        if provider == .aws, let folder = fields[.folder] {
            folder.warn("'publish.folder' is not used by the provider 'aws'")
        }
        return DecodedPublish(
            settings: provider.map {
                PublishSettings(
                    provider: $0, folder: folder, partitions: partitions, staging: staging, rate: rate,
                    deadlines: deadlines)
            },
            naming: naming(fields), visibility: fields[.visibility].flatMap(visibility) ?? .private)
    }

    private func naming(_ fields: Fields<Vocabulary.Publish>) -> NameTemplate? {
        let text = fields[.name].map { $0.asText("'publish.name'") } ?? NameTemplate.standard
        var prefix: String? = ""
        if let written = fields[.prefix] {
            prefix = written.asParsed("'publish.prefix'") { text throws(StrataError) in
                try NameTemplate(prefix: text).prefix
            }
        } else if text?.contains("{prefix}") == true {
            fields.whole.problem("'publish' needs 'prefix'", hint: "layer names begin with it")
            return nil
        }
        guard let text, let prefix else { return nil }
        do {
            return try NameTemplate(text, prefix: prefix)
        } catch {
            problems.add(error, at: (fields[.name] ?? fields.whole).place)
            return nil
        }
    }

    /// `public`, `private`, `{ organization: o-… }` or `{ accounts: […] }`.
    private func visibility(_ value: Value) -> Visibility? {
        let forms = "write public, private, { organization: o-… } or { accounts: [\"111122223333\"] }"
        guard value.kind == .mapping else {
            guard let text = value.asText("'publish.visibility'") else { return nil }
            switch text {
            case "public": return .public
            case "private": return .private
            default:
                let near = Suggestion.nearest(to: text, among: ["public", "private"])
                value.problem("unknown visibility '\(text)'", hint: near.map { "did you mean '\($0)'?" } ?? forms)
                return nil
            }
        }
        guard let fields = Fields<Vocabulary.Audience>(value, "'publish.visibility'") else { return nil }
        switch (fields[.organization], fields[.accounts]) {
        case (let organization?, nil):
            guard let id = organization.asText("'organization'") else { return nil }
            guard id.hasPrefix("o-"), (4...32).contains(id.utf8.count - 2),
                id.utf8.dropFirst(2).allSatisfy({ $0.isASCIIAlphanumeric && $0.asciiLowercased == $0 })
            else {
                organization.problem("'\(id)' is not an organisation id", hint: "it looks like 'o-a1b2c3d4e5'")
                return nil
            }
            return .organization(id)
        case (nil, let accounts?):
            guard let ids = unique(accounts, "'accounts'", account) else { return nil }
            if accounts.asList("'accounts'")?.isEmpty == true { accounts.problem("'accounts' is empty", hint: forms) }
            return .accounts(ids.sorted())
        default:
            value.problem("'publish.visibility' needs either 'organization' or 'accounts'")
            return nil
        }
    }

    func account(_ value: Value) -> String? {
        guard let text = value.asText("an account") else { return nil }
        guard text.utf8.count == 12, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
            value.problem("'\(text)' is not an account: accounts have twelve digits")
            return nil
        }
        return text
    }

    private func staging(_ value: Value) -> StagingSettings? {
        guard let fields = Fields<Vocabulary.Staging>(value, "'publish.staging'") else { return nil }
        let above = fields[.above]?.asSize("'staging.above'", in: ByteCount(0)...ByteCount(52_428_800))
        let written = fields.required(.bucket, "'publish.staging'")
        guard let written, let bucket = written.asText("'staging.bucket'") else { return nil }
        let example = bucket.replacing("{account}", with: "111122223333").replacing("{region}", with: "ap-southeast-2")
        guard Self.isBucket(example) else {
            written.problem(
                "'\(bucket)' does not make a valid S3 bucket name",
                hint: "3 to 63 lower-case letters, digits, '-' and '.', with {account} and {region}")
            return nil
        }
        guard bucket.contains("{region}") else {
            written.problem(
                "'staging.bucket' needs '{region}'", hint: "Lambda reads from buckets of its own region only")
            return nil
        }
        if !bucket.contains("{account}") {
            written.warn("'staging.bucket' holds no '{account}'", hint: "somebody else could own a bucket of that name")
        }
        return StagingSettings(bucket: bucket, above: above ?? StagingSettings(bucket: bucket).above)
    }

    private func deadlines(_ value: Value) -> CallDeadlines? {
        guard let fields = Fields<Vocabulary.Deadlines>(value, "'publish.deadlines'") else { return nil }
        let standard = CallDeadlines()
        func read(_ key: Vocabulary.Deadlines, _ standard: Duration) -> Duration {
            fields[key]?.asDuration("'deadlines.\(key.rawValue)'", in: .seconds(1)...(.seconds(3600))) ?? standard
        }
        return CallDeadlines(
            connect: read(.connect, standard.connect), call: read(.call, standard.call),
            noProgress: read(.noProgress, standard.noProgress))
    }
}
