import Model

/// A layer, and where it was asked for.
struct WrittenLayer {
    var layer: DesiredLayer
    let place: Spot
    /// The package list that asked for it; nil if the configuration itself did.
    let list: String?
}

/// The section `layers`.
extension SettingsDecoder {
    /// What may be set for a layer, or for a whole list of them.
    struct Options {
        var targets: [Target]
        var build: BuildOptions
        var retention: RetentionPolicy?
        var checks: Checks
        var sdists: [PackageName] = []
    }

    /// - Parameters:
    ///   - targets: those of layers that name none.
    ///   - retention: what a layer's own retention leaves open.
    ///   - checks: what a layer's own leave open.
    func layers(_ value: Value, targets: [Target], retention: RetentionPolicy, checks: Checks) -> [WrittenLayer] {
        guard let list = value.asList("'layers'") else { return [] }
        var written: [WrittenLayer] = []
        var rows: [WrittenLayer] = []
        let standard = Options(targets: targets, build: .init(), retention: nil, checks: checks)
        for entry in list {
            if entry.kind != .mapping {
                guard let requirement = requirement(entry) else { continue }
                written += layer(nil, [requirement], standard, entry)
            } else if let fields = Fields<Vocabulary.Layer>(entry, "a layer") {
                let options = self.options(fields, standard, retention)
                if fields[.fromLock] == nil {
                    for key in [Vocabulary.Layer.groups, .extras, .versionOf] {
                        fields[key]?.problem("'\(key.rawValue)' goes with 'from-lock'")
                    }
                }
                if fields[.fromLock] != nil {
                    written += lockedLayer(fields, options)
                } else if fields[.from] != nil {
                    rows += packages(fields, options)
                } else {
                    written += layer(fields, options)
                }
            }
        }
        if list.isEmpty { value.problem("'layers' is empty") }
        let layers = LayerMerge(problems: problems).merge(written, rows)
        BaseCheck(problems: problems).check(layers)
        return layers
    }

    private func options(_ fields: Fields<Vocabulary.Layer>, _ standard: Options, _ retention: RetentionPolicy)
        -> Options
    {
        var checks = fields[.checks].flatMap { self.checks($0, inherited: standard.checks) } ?? standard.checks
        checks.licenses =
            fields[.licences].flatMap { licences($0, inherited: checks.licenses) } ?? checks.licenses
        if let imports = fields[.imports].flatMap({ self.imports($0, checks.imports) }) { checks.imports = imports }
        let targets = fields[.targets].flatMap { self.targets($0, "'targets'") } ?? standard.targets
        return Options(
            targets: targets, build: buildOptions(fields, architectures: Set(targets.map(\.architecture))),
            retention: fields[.retention].flatMap { self.retention($0, "'retention'", inherited: retention) },
            checks: checks,
            sdists: fields[.sdists].flatMap { unique($0, "'sdists'") { packageName($0, "a package") } } ?? [])
    }

    /// A layer that is written as a mapping.
    private func layer(_ fields: Fields<Vocabulary.Layer>, _ options: Options) -> [WrittenLayer] {
        if fields[.requires] == nil, fields[.files] != nil { return filesAlone(fields, options) }
        guard let requires = fields.required(.requires, "a layer") else { return [] }
        var requirements: [Requirement] = []
        if requires.kind == .list {
            var seen: [PackageName: Requirement] = [:]
            for entry in requires.asList("'requires'") ?? [] {
                guard let requirement = requirement(entry) else { continue }
                if let first = seen.updateValue(requirement, forKey: requirement.package),
                    first.marker == nil || requirement.marker == nil || first == requirement
                {
                    entry.problem("'\(requirement.package)' is required twice")
                }
                requirements.append(requirement)
            }
            if requires.asList("'requires'")?.isEmpty == true { requires.problem("'requires' is empty") }
        } else {
            requirements = requirement(requires).map { [$0] } ?? []
        }
        var name: LayerName?
        if let written = fields[.name] {
            guard let read = layerName(written) else { return [] }
            name = read
        } else if requirements.count > 1 {
            fields.whole.problem("a layer with several requirements needs 'name'")
            return []
        }
        guard !requirements.isEmpty else { return [] }
        return layer(name, requirements, options, fields.whole)
    }

    /// A layer that requires no package.
    private func filesAlone(_ fields: Fields<Vocabulary.Layer>, _ options: Options) -> [WrittenLayer] {
        for key in [Vocabulary.Layer.sdists, .bin, .provided, .prune, .bytecode, .imports] {
            fields[key]?.problem("'\(key.rawValue)' is for packages, and the layer requires none")
        }
        guard let written = fields.required(.name, "a layer of 'files' alone"), let name = layerName(written),
            !options.build.files.isEmpty
        else { return [] }
        return layer(name, [], options, fields.whole)
    }

    func layerName(_ written: Value) -> LayerName? {
        guard let text = written.asText("'name'") else { return nil }
        guard let name = LayerName(text) else {
            written.problem(
                "'\(text)' is not a valid layer name", hint: "use at most 64 letters, digits, '-' and '_'")
            return nil
        }
        return name
    }

    private func layer(
        _ name: LayerName?, _ requirements: [Requirement], _ options: Options, _ value: Value
    ) -> [WrittenLayer] {
        guard let name = name ?? requirements.first.flatMap({ LayerName(for: $0) }) else {
            value.problem("the requirement makes a name of more than 64 characters", hint: "add 'name' and 'requires'")
            return []
        }
        return [WrittenLayer(layer: desired(name, requirements, options), place: value.place, list: nil)]
    }

    private func desired(_ name: LayerName, _ requirements: [Requirement], _ options: Options) -> DesiredLayer {
        DesiredLayer(
            name: name, requires: requirements, targets: options.targets, options: options.build,
            retention: options.retention, checks: options.checks, sdists: options.sdists)
    }

    /// The layers of a package list. What it says beyond names is the maintainer's, written beside `from`.
    private func packages(_ fields: Fields<Vocabulary.Layer>, _ options: Options) -> [WrittenLayer] {
        for key in [Vocabulary.Layer.name, .requires, .bin, .files] {
            fields[key]?.problem("'\(key.rawValue)' and 'from' exclude each other")
        }
        guard let from = fields[.from], let path = path(from, "'from'"), let written = from.asText("'from'") else {
            return []
        }
        let bytes: [UInt8]
        do {
            bytes = try readList(path)
        } catch {
            from.problem(error.message, hint: error.hint)
            return []
        }
        let shown = SourceFile.beside(file, written)
        return PackageList(bytes, file: shown, problems: problems).rows.map { row in
            WrittenLayer(layer: desired(row.name, [row.requirement], options), place: row.place, list: shown)
        }
    }

    private func requirement(_ value: Value) -> Requirement? {
        value.asParsed("a requirement") { text throws(StrataError) in try Requirement(parsing: text) }
    }
}
