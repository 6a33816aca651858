import Model

/// Turns the document into settings, section by section. Whatever is wrong is recorded and the rest is read on.
struct SettingsDecoder {
    let problems: Problems
    let file: String
    let folder: String
    let readList: (String) throws(StrataError) -> [UInt8]
    let digest: (String) throws(StrataError) -> ContentDigest
    /// The commands that `secrets` lists; nil until they are read.
    var commands: Set<String>?

    /// - Returns: nil if something that must be there is missing; the problems then say what.
    func decode(_ document: Value) -> ProjectSettings? {
        guard let root = Fields<Vocabulary.Root>(document, "the configuration") else { return nil }
        // Read first: references to secrets name what is listed there.
        let secrets = root[.secrets].flatMap(self.secrets) ?? .init()
        var decoder = self
        decoder.commands = Set(secrets.commands.keys)
        return decoder.decode(root, secrets)
    }

    private func decode(_ root: Fields<Vocabulary.Root>, _ secrets: SecretSettings) -> ProjectSettings? {
        _ = root.required(.version, "the configuration")?.asInteger("'version'", in: 1...1)
        let registry = root.required(.registry, "the configuration").flatMap(self.registry)
        let retention = root[.retention].flatMap { self.retention($0, "'retention'", inherited: .init()) } ?? .init()

        let publish = root.required(.publish, "the configuration")
        let publishing = publish.flatMap { self.publish($0, regions: root[.regions], root: root.whole) }

        let checked = root[.checks].flatMap { self.checks($0, publishing?.settings) }
        var checks = checked?.checks ?? .init()
        checks.licenses = root[.licences].flatMap { licences($0, inherited: .init()) } ?? .init()
        let targets = root.required(.targets, "the configuration").flatMap { self.targets($0, "'targets'") }
        let layers = root.required(.layers, "the configuration").map {
            self.layers($0, targets: targets ?? [], retention: retention, checks: checks)
        }
        if let naming = publishing?.naming, let layers, targets != nil {
            NameCheck(naming: naming, problems: problems).check(layers)
        }

        let updates = root[.updates].flatMap(self.updates) ?? .init()
        let limits = root[.limits].flatMap(self.limits) ?? .init()
        let ledger = root[.ledger].map(self.ledger) ?? (.sqlite(path: resolve(".strata/ledger.sqlite")), false)
        let git = root[.git].map(self.git) ?? GitSettings(remote: .folder(resolve(".strata/registry.git")))
        let index = root[.index].flatMap(self.index) ?? .init()
        let cache = root[.cache].flatMap(self.cache) ?? .init()
        let parallel = root[.parallel].flatMap(self.parallel) ?? .init()

        guard let registry, let publishing, let naming = publishing.naming, let settings = publishing.settings,
            let layers, let ledger, let git
        else { return nil }
        let regions = settings.partitions.flatMap { $0.regions.known(in: $0.partition) }
        let places = layers.reduce(0) { $0 + $1.layer.targets.count } * regions.count
        if checked?.saysProbe != true { checkProbe(root, layers.map(\.layer), settings) }
        let site =
            root[.site].flatMap {
                self.site($0, places: places, layers: layers.map(\.layer.name), publish: settings)
            } ?? .init()
        var desired = Desired(
            registry: registry, layers: layers.map(\.layer), regions: regions, updates: updates,
            limits: limits, retention: retention, naming: naming, visibility: publishing.visibility)
        desired.advisories = root[.vulnerabilities].flatMap(vulnerabilities)
        let notify = root[.notify].flatMap(self.notify) ?? .init()
        return ProjectSettings(
            desired: desired, publish: settings, ledger: ledger.place, rebuildsLedger: ledger.isRebuilt, git: git,
            index: index, cache: cache,
            parallel: parallel, site: site, secrets: secrets, interpreters: checked?.interpreters ?? [:],
            probe: checked?.probe, notify: notify)
    }

    func resolve(_ path: String) -> String { SourceFile.resolve(path, in: folder) }

    /// A path of this machine, resolved.
    func path(_ value: Value, _ what: String) -> String? {
        guard let text = value.asText(what) else { return nil }
        guard !text.hasPrefix("~") else {
            value.problem("\(what) begins with '~', which is not expanded", hint: "write the whole path")
            return nil
        }
        return resolve(text)
    }

    /// The elements of a list, each read and none twice.
    func unique<Element: Hashable>(
        _ value: Value, _ what: String, _ read: (Value) -> Element?
    ) -> [Element]? {
        guard let list = value.asList(what) else { return nil }
        var seen: Set<Element> = []
        var result: [Element] = []
        for entry in list {
            guard let element = read(entry) else { continue }
            if seen.insert(element).inserted {
                result.append(element)
            } else {
                entry.problem("'\(element)' is in \(what) twice")
            }
        }
        return result
    }
}
