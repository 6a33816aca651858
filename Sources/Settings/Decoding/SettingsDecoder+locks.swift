import Model

/// A layer that a lock of the configuration's tree fills: `from-lock: services/app/uv.lock`.
extension SettingsDecoder {
    func lockedLayer(_ fields: Fields<Vocabulary.Layer>, _ options: Options) -> [WrittenLayer] {
        for key in [Vocabulary.Layer.requires, .from, .sdists] {
            fields[key]?.problem("'\(key.rawValue)' and 'from-lock' exclude each other")
        }
        let groups = fields[.groups].flatMap { unique($0, "'groups'") { packageName($0, "a group") } } ?? []
        let extras = fields[.extras].flatMap { unique($0, "'extras'") { packageName($0, "an extra") } } ?? []
        let named = fields[.versionOf].flatMap { packageName($0, "a package") }
        guard let written = fields.required(.name, "a layer that is 'from-lock'"), let name = layerName(written),
            let from = fields[.fromLock], let lock = lock(from, groups: groups, extras: extras)
        else { return [] }
        let layer = DesiredLayer(
            name: name, requires: named.map { [Requirement(package: $0)] } ?? [], targets: options.targets,
            options: options.build, retention: options.retention, checks: options.checks, lock: lock)
        return [WrittenLayer(layer: layer, place: fields.whole.place, list: nil)]
    }

    private func lock(_ value: Value, groups: [PackageName], extras: [PackageName]) -> ProjectLock? {
        guard let text = value.asText("'from-lock'") else { return nil }
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard !text.hasPrefix("/"), !text.hasPrefix("~"), !parts.contains("..") else {
            value.problem(
                "'\(text)' is not below the configuration's folder",
                hint: "a lock belongs to what the configuration is in")
            return nil
        }
        do {
            return try ProjectLock.read(
                resolve(text), shown: SourceFile.beside(file, text), groups: groups, extras: extras, readList)
        } catch {
            value.problem(error.message, hint: error.hint)
            return nil
        }
    }

    func packageName(_ value: Value, _ what: String) -> PackageName? {
        guard let text = value.asText(what) else { return nil }
        guard let name = PackageName(text) else {
            value.problem("'\(text)' is not the name of \(what.split(separator: " ").last ?? "one")")
            return nil
        }
        return name
    }
}
