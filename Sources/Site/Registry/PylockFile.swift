import Model

/// `layers/{layer}/{target}/{build}.pylock.toml`: a build's lock as any installer reads it.
/// https://packaging.python.org/en/latest/specifications/pylock-toml/
enum PylockFile {
    static func path(of item: Item, _ buildNumber: Int, _ folders: LayerFolders) -> String {
        "\(folders.folder(of: item.layer))/\(item.target)/\(buildNumber).pylock.toml"
    }

    /// - Parameter files: what comes from elsewhere. No installer knows it; it is told in Strata's own table.
    static func bytes(of lock: Lock, files: [FileSource] = []) -> [UInt8] {
        var out: [UInt8] = []
        out.append("lock-version = \"1.0\"\n")
        let machine = lock.target.architecture.machine
        out.append("environments = [\(basic("sys_platform == 'linux' and platform_machine == '\(machine)'"))]\n")
        out.append("requires-python = \(basic("==\(lock.target.python).*"))\n")
        out.append("created-by = \"strata\"\n")
        for wheel in lock.wheels {
            out.append("\n[[packages]]\nname = \(basic(wheel.package.text))\nversion = \(basic(wheel.version))\n")
            if let built = wheel.built {
                out.append(Self.sdist(built))
                continue
            }
            var fields = ["name = \(basic(wheel.fileName))"]
            // A wheel from a folder has a place that means nothing to others: its name stands for it.
            fields.append(
                SafeURL.link(wheel.url).map { "url = \(basic($0))" } ?? "path = \(basic(wheel.fileName))")
            if let size = wheel.size { fields.append("size = \(size.bytes)") }
            fields.append("hashes = { sha256 = \(basic(wheel.sha256.hex)) }")
            out.append("wheels = [\n    { \(fields.joined(separator: ", ")) },\n]\n")
        }
        for source in files {
            for pin in source.pins {
                out.append("\n[[tool.strata.files]]\nname = \(basic(pin.name))\n")
                if let version = source.version { out.append("version = \(basic(version))\n") }
                if let licence = source.licence { out.append("licence = \(basic(licence))\n") }
                out.append(SafeURL.link(pin.url).map { "url = \(basic($0))\n" } ?? "path = \(basic(pin.url))\n")
                out.append("hashes = { sha256 = \(basic(pin.sha256.hex)) }\n")
            }
        }
        return out
    }

    /// What was built here has no wheel that an installer could fetch: it would build the same source distribution. With
    /// what it was built here is told in Strata's own table.
    private static func sdist(_ built: SourceBuild) -> String {
        var fields = ["name = \(basic(built.fileName))"]
        fields.append(SafeURL.link(built.url).map { "url = \(basic($0))" } ?? "path = \(basic(built.fileName))")
        if let size = built.size { fields.append("size = \(size.bytes)") }
        fields.append("hashes = { sha256 = \(basic(built.sha256.hex)) }")
        let tools = built.tools.map {
            "    { name = \(basic($0.fileName)), hashes = { sha256 = \(basic($0.sha256.hex)) } },\n"
        }
        return "sdist = { \(fields.joined(separator: ", ")) }\n\n[packages.tool.strata.built]\n"
            + "backend = \(basic(built.backend))\npython = \(basic(built.python))\nwheels = [\n"
            + tools.joined() + "]\n"
    }

    /// A basic string of TOML with its quotes. https://toml.io/en/v1.0.0#string
    private static func basic(_ text: String) -> String {
        guard text.utf8.contains(where: { $0 < 0x20 || $0 == 0x22 || $0 == 0x5c || $0 == 0x7f }) else {
            return "\"\(text)\""
        }
        var out = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": out += "\\\""
            case "\\": out += "\\\\"
            case "\n": out += "\\n"
            case "\u{0}"..<" ", "\u{7f}": out += "\\u00" + [UInt8(scalar.value)].hex
            default: out.unicodeScalars.append(scalar)
            }
        }
        return out + "\""
    }
}
