import Model

/// The short sections.
extension SettingsDecoder {
    func registry(_ value: Value) -> RegistryDescription? {
        guard let fields = Fields<Vocabulary.Registry>(value, "'registry'") else { return nil }
        let name = fields.required(.name, "'registry'")?.asText("'registry.name'")
        let url = fields.required(.url, "'registry'").flatMap { value -> String? in
            guard let url = webAddress(value, "'registry.url'", schemes: ["https", "http"]) else { return nil }
            guard !url.contains("?"), !url.contains("#") else {
                value.problem("'registry.url' must end with a path: links are made by adding to it")
                return nil
            }
            return url
        }
        guard let name, var url else { return nil }
        while url.hasSuffix("/") { url.removeLast() }
        return RegistryDescription(name: name, url: url)
    }

    /// - Parameter inherited: what holds for keys that are not set.
    func retention(_ value: Value, _ what: String, inherited: RetentionPolicy) -> RetentionPolicy? {
        guard let fields = Fields<Vocabulary.Retention>(value, what) else { return nil }
        return RetentionPolicy(
            expire: fields[.expire]?.asDuration("'expire'", in: .zero...(.days(3650))) ?? inherited.expire,
            keep: fields[.keep]?.asInteger("'keep'", in: 0...1000) ?? inherited.keep,
            pin: fields[.pin]?.asFlag("'pin'") ?? inherited.pin)
    }

    func updates(_ value: Value) -> UpdatePolicy? {
        guard let fields = Fields<Vocabulary.Updates>(value, "'updates'") else { return nil }
        return UpdatePolicy(
            minimumAge: fields[.minimumAge]?.asDuration("'minimum-age'", in: .zero...(.days(365))) ?? .zero,
            dependenciesOnly: fields[.dependenciesOnly]?.asDuration("'dependencies-only'", in: .zero...(.days(365)))
                ?? .zero)
    }

    func limits(_ value: Value) -> PlanLimits? {
        guard let fields = Fields<Vocabulary.Limits>(value, "'limits'") else { return nil }
        let standard = PlanLimits()
        return PlanLimits(
            publish: fields[.publish]?.asInteger("'limits.publish'", in: 0...10_000_000) ?? standard.publish,
            delete: fields[.delete]?.asInteger("'limits.delete'", in: 0...10_000_000) ?? standard.delete)
    }

    /// `sqlite:PATH`, `dynamodb:TABLE[@region]`, or `{ sqlite: PATH, rebuild: auto }`.
    /// - Returns: the ledger, and whether a run fills it from the registry.
    func ledger(_ value: Value) -> (place: LedgerSettings, isRebuilt: Bool)? {
        if value.kind == .mapping {
            guard let fields = Fields<Vocabulary.Ledger>(value, "'ledger'"),
                let path = fields.required(.sqlite, "'ledger'").flatMap({ path($0, "'ledger.sqlite'") })
            else { return nil }
            let rebuild = fields[.rebuild].map { $0.asChoice("way to rebuild", LedgerSettings.Rebuilding.self) }
            return (.sqlite(path: path), (rebuild ?? .never) == .auto)
        }
        guard let text = value.asText("'ledger'") else { return nil }
        do throws(StrataError) {
            let ledger = try LedgerSettings(text)
            if case .sqlite(let path) = ledger { return (.sqlite(path: resolve(path)), false) }
            return (ledger, false)
        } catch {
            value.problem(error.message, hint: error.hint)
            return nil
        }
    }

    func cache(_ value: Value) -> CacheSettings? {
        guard let fields = Fields<Vocabulary.Cache>(value, "'cache'") else { return nil }
        let sizes = ByteCount(100_000_000)...ByteCount(100_000_000_000_000)
        return CacheSettings(
            folder: fields[.folder].flatMap { path($0, "'cache.folder'") },
            size: fields[.size]?.asSize("'cache.size'", in: sizes) ?? CacheSettings().size)
    }

    func parallel(_ value: Value) -> ParallelSettings? {
        guard let fields = Fields<Vocabulary.Parallel>(value, "'parallel'") else { return nil }
        return ParallelSettings(
            resolve: fields[.resolve]?.asInteger("'parallel.resolve'", in: 1...64),
            build: fields[.build]?.asInteger("'parallel.build'", in: 1...64))
    }
}

extension Duration {
    static func days(_ count: Int) -> Duration { .seconds(count * 86_400) }
}
