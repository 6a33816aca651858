import Model

/// A layer's `files`: what it takes from elsewhere than from packages.
extension SettingsDecoder {
    /// - Parameter architectures: those that the layer is built for; each needs a digest.
    func source(_ value: Value, for architectures: Set<Architecture>) -> FileSource? {
        guard let fields = Fields<Vocabulary.Source>(value, "an entry of 'files'") else { return nil }
        let take = fields.required(.take, "an entry of 'files'").flatMap(takings)
        let licence = fields[.licence].flatMap { $0.asText("'licence'") }
        let version = fields[.version].flatMap { $0.asText("'version'") }
        let pins: [FileSource.Pin]?
        switch (fields[.url], fields[.path]) {
        case (let url?, nil): pins = remote(url, fields, architectures)
        case (nil, let path?): pins = local(path, fields[.sha256], architectures)
        case (nil, nil):
            value.problem("an entry of 'files' needs 'url', or 'path' for a file beside the configuration")
            return nil
        case (_, let path?):
            path.problem("'url' and 'path' exclude each other")
            return nil
        }
        guard let take, let pins, !pins.isEmpty else { return nil }
        return FileSource(pins, take: take, licence: licence, version: version)
    }

    private func remote(
        _ url: Value, _ fields: Fields<Vocabulary.Source>, _ architectures: Set<Architecture>
    ) -> [FileSource.Pin]? {
        guard let sha256 = fields.required(.sha256, "an entry of 'files' with 'url'") else { return nil }
        let urls = each(url, "'url'") { webAddress($0, "'url'", schemes: ["https", "http"]) }
        let digests = each(sha256, "'sha256'", self.digest)
        guard let urls, let digests else { return nil }
        if case .one(let text) = urls, text.contains("{arch}"), case .one = digests, architectures.count > 1 {
            sha256.problem(
                "'url' differs by architecture, and 'sha256' does not", hint: "write '{ x86_64: …, arm64: … }'")
            return nil
        }
        return architectures.sorted().compactMap { architecture in
            guard let text = urls[architecture] else {
                url.problem("'url' has nothing for \(architecture.rawValue), which the layer is built for")
                return nil
            }
            guard let digest = digests[architecture] else {
                sha256.problem("'sha256' has nothing for \(architecture.rawValue), which the layer is built for")
                return nil
            }
            return .init(
                architecture, url: text.replacing("{arch}", with: architecture.rawValue), sha256: digest)
        }
    }

    /// A file beside the configuration: its digest is taken now, unless it is written.
    private func local(
        _ value: Value, _ sha256: Value?, _ architectures: Set<Architecture>
    ) -> [FileSource.Pin]? {
        guard let paths = each(value, "'path'", relativePath) else { return nil }
        var digests: Each<ContentDigest>?
        if let sha256 {
            guard let written = each(sha256, "'sha256'", self.digest) else { return nil }
            digests = written
        }
        return architectures.sorted().compactMap { architecture in
            guard let path = paths[architecture]?.replacing("{arch}", with: architecture.rawValue) else {
                value.problem("'path' has nothing for \(architecture.rawValue), which the layer is built for")
                return nil
            }
            do throws(StrataError) {
                let actual = try digest(resolve(path))
                if let digests, digests[architecture] != actual {
                    sha256?.problem(
                        "'\(path)' has the sha256 \(actual)"
                            + (digests[architecture].map { ", not \($0)" } ?? ", and none is written for it"))
                    return nil
                }
                return .init(architecture, url: path, sha256: actual)
            } catch {
                value.problem(error.message, hint: error.hint)
                return nil
            }
        }
    }

    private func relativePath(_ value: Value) -> String? {
        guard let text = value.asText("'path'") else { return nil }
        guard !text.hasPrefix("/"), !text.hasPrefix("~"), !text.contains("://"), !text.contains("\\"),
            text.split(separator: "/", omittingEmptySubsequences: false).allSatisfy({ !["", ".", ".."].contains($0) })
        else {
            value.problem(
                "'\(text)' is not a path inside the configuration's folder",
                hint: "for a file beside the configuration write 'path: vendor/tool.tar.gz', for another one 'url'")
            return nil
        }
        return text
    }

    private func digest(_ value: Value) -> ContentDigest? {
        guard let text = value.asText("'sha256'") else { return nil }
        guard let digest = ContentDigest(hex: text) else {
            value.problem("'\(text.prefix(80))' is not a sha256", hint: "it is 64 hexadecimal digits")
            return nil
        }
        return digest
    }

    /// `{ "poppler-*/bin/pdftotext": bin/pdftotext, "poppler-*/lib/*.so*": lib/ }`
    private func takings(_ value: Value) -> [FileSource.Taking]? {
        guard let pairs = value.asPairs("'take'") else { return nil }
        if pairs.isEmpty { value.problem("'take' is empty", hint: "write '{ \"bin/tool\": bin/ }'") }
        let takings = pairs.compactMap { key, value -> FileSource.Taking? in
            guard let pattern = key.asText("a pattern"), let destination = value.asText("a destination") else {
                return nil
            }
            guard pattern.utf8.count <= 256, !pattern.hasPrefix("/"), !pattern.contains("\\"),
                !pattern.split(separator: "/").contains(where: { $0 == ".." || $0 == "." })
            else {
                key.problem(
                    "'\(pattern)' is not a pattern for files of an archive",
                    hint: "it begins at the archive's top: 'usr/bin/jq', '*/lib/*.so*'")
                return nil
            }
            let parts = destination.split(separator: "/", omittingEmptySubsequences: false)
            let named = parts.last == "" ? parts.dropLast() : parts[...]
            guard destination.utf8.count <= 256, !destination.contains("\\"), !named.isEmpty,
                named.allSatisfy({ !$0.isEmpty && $0 != "." && $0 != ".." }), destination != "python"
            else {
                value.problem(
                    "'\(destination)' is not a place in the layer",
                    hint: "it begins at /opt: 'bin/jq' is a file's new name, 'lib/' a folder")
                return nil
            }
            return .init(pattern, to: destination)
        }
        return takings.count == pairs.count && !pairs.isEmpty ? takings : nil
    }

    // MARK: - By architecture

    /// One value for all architectures, or one for each.
    private enum Each<Element> {
        case one(Element)
        case by([Architecture: Element])

        subscript(architecture: Architecture) -> Element? {
            switch self {
            case .one(let value): value
            case .by(let values): values[architecture]
            }
        }
    }

    private func each<Element>(_ value: Value, _ what: String, _ read: (Value) -> Element?) -> Each<Element>? {
        guard value.kind == .mapping else { return read(value).map { .one($0) } }
        guard let fields = Fields<Vocabulary.Architectures>(value, what) else { return nil }
        var values: [Architecture: Element] = [:]
        for (key, architecture) in [(Vocabulary.Architectures.x86_64, Architecture.x86_64), (.arm64, .arm64)] {
            if let written = fields[key] {
                guard let element = read(written) else { return nil }
                values[architecture] = element
            }
        }
        if values.isEmpty { value.problem("\(what) has nothing for any architecture") }
        return .by(values)
    }
}
