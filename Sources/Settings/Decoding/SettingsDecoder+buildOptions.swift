import Model

/// What may be set for a layer's build.
extension SettingsDecoder {
    /// - Parameter architectures: those that the layer is built for.
    func buildOptions(_ fields: Fields<Vocabulary.Layer>, architectures: Set<Architecture>) -> BuildOptions {
        func list<Element: Hashable>(_ key: Vocabulary.Layer, _ read: (Value) -> Element?) -> [Element] {
            fields[key].flatMap { unique($0, "'\(key.rawValue)'", read) } ?? []
        }
        return BuildOptions(
            prune: list(.prune) { $0.asChoice("thing to prune", Pruning.self) }, exclude: list(.exclude, glob),
            dropConflicts: list(.dropConflicts, topLevelName), prefer: fields[.prefer].map(preferences) ?? [],
            allowShadowing: list(.allowShadowing, moduleName), allowRecord: list(.allowRecord, pinnedPackage),
            bin: list(.bin, programName),
            files: fields[.files].flatMap { $0.asList("'files'") }?.compactMap { source($0, for: architectures) } ?? [],
            provided: list(.provided) { packageName($0, "a package") }, with: list(.with, layerName),
            slim: fields[.slim]?.asFlag("'slim'") ?? false, bytecode: fields[.bytecode].flatMap(bytecode))
    }

    /// `reached`, `all` or `none`.
    private func bytecode(_ value: Value) -> BuildOptions.Bytecode? {
        enum Choice: String, CaseIterable {
            case reached, all, none
        }
        switch value.asChoice("kind of bytecode", Choice.self) {
        case .reached: return .init(.reached)
        case .all: return .init(.all)
        default: return nil
        }
    }

    /// `{ "testing/*": package }`
    private func preferences(_ value: Value) -> [BuildOptions.Preference] {
        guard let pairs = value.asPairs("'prefer'") else { return [] }
        return pairs.compactMap { key, value in
            guard let pattern = glob(key), let text = value.asText("a package") else { return nil }
            guard let package = PackageName(text) else {
                value.problem("'\(text)' is not a package's name", hint: "name the package whose files are taken")
                return nil
            }
            return BuildOptions.Preference(pattern, package)
        }
    }

    /// A pattern relative to the layer's `python/`.
    private func glob(_ value: Value) -> String? {
        guard let text = value.asText("a pattern") else { return nil }
        guard text.utf8.count <= 256, !text.hasPrefix("/"), !text.contains("\\"),
            !text.split(separator: "/").contains("..")
        else {
            value.problem(
                "'\(text)' is not a pattern", hint: "patterns are relative to the layer's python folder: '*/tests/*'")
            return nil
        }
        return text
    }

    private func topLevelName(_ value: Value) -> String? {
        guard let text = value.asText("a name") else { return nil }
        guard text.utf8.count <= 256, !text.contains("/"), !text.contains("\\"), text != ".", text != ".." else {
            value.problem("'\(text)' is not the name of a top-level file or folder")
            return nil
        }
        return text
    }

    /// Whether it is one of the standard library's is for the build to see: that depends on the target.
    private func moduleName(_ value: Value) -> String? {
        guard let text = value.asText("a module") else { return nil }
        guard text.utf8.count <= 64, text.utf8.allSatisfy({ $0.isASCIIAlphanumeric || $0 == UInt8(ascii: "_") }) else {
            value.problem(
                "'\(text)' is not a module's name", hint: "name a module of the standard library: 'dataclasses'")
            return nil
        }
        return text
    }

    /// Whether a package brings it is for the build to see.
    private func programName(_ value: Value) -> String? {
        guard let text = value.asText("a program") else { return nil }
        guard text.utf8.count <= 255, !text.contains("/"), !text.contains("\\"), text != ".", text != ".." else {
            value.problem(
                "'\(text)' is not a program's name", hint: "name a command that a package of the layer brings: 'ruff'")
            return nil
        }
        return text
    }

    private func pinnedPackage(_ value: Value) -> PinnedPackage? {
        guard let text = value.asText("a package with its version") else { return nil }
        guard let pinned = PinnedPackage(text) else {
            value.problem("'\(text)' is not a package with its version", hint: "write 'package==1.2.3'")
            return nil
        }
        return pinned
    }
}
