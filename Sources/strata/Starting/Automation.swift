import ArgumentParser
import Embedded
import Files
import FoundationEssentials
import Model

/// What runs `strata publish` by itself: the files of `strata init --ci`.
enum Automation: String, Sendable, CaseIterable, ExpressibleByArgument {
    case github, gitlab, cron, systemd

    /// The files, beside the configuration.
    ///
    /// - Parameters:
    ///   - archive: the archive that a workflow takes Strata from, with its digest.
    func files(beside configuration: String, archive: Archive?) throws -> [NewFile] {
        let folder = Path.parent(of: configuration)
        let name = configuration.split(separator: "/").last.map(String.init) ?? configuration
        func place(_ path: String) -> String { folder == "." ? path : "\(folder)/\(path)" }
        switch self {
        case .github:
            let actions = EmbeddedFile.files(in: "deploy/actions/").map { file in
                NewFile(
                    path: place(".github/actions/strata/\(file.path.dropFirst("deploy/actions/".count))"),
                    text: Self.naming(archive, in: file.text))
            }
            let workflows = try ["publish", "plan", "answer"].map { workflow in
                NewFile(
                    path: place(".github/workflows/strata-\(workflow).yml"),
                    text: Self.naming(name, in: try EmbeddedFile.at("deploy/workflows/\(workflow).yml").text))
            }
            return workflows + actions
        case .gitlab:
            var text = try EmbeddedFile.at("deploy/gitlab/strata.gitlab-ci.yml").text
            if let archive {
                text = text.replacing("$STRATA_ARCHIVE", with: ConfigurationDraft.quoted(archive.url))
                    .replacing("$STRATA_SHA256", with: ConfigurationDraft.quoted(archive.sha256.hex))
            }
            let main = place(".gitlab-ci.yml")
            let including = NewFile(path: main, text: "include:\n  - local: strata.gitlab-ci.yml\n")
            return [
                NewFile(path: place("strata.gitlab-ci.yml"), text: Self.naming(name, in: text)),
                NewFile(
                    path: place(".gitlab/strata-install.sh"),
                    text: try EmbeddedFile.at("deploy/actions/setup/install.sh").text),
            ] + (FileManager.default.fileExists(atPath: main) ? [] : [including])
        case .cron:
            let machine = Machine(folder, name)
            return [NewFile(path: place("strata.cron"), text: try machine.cron)]
        case .systemd:
            let machine = Machine(folder, name)
            return try ["service", "timer"].map { kind in
                NewFile(path: place("systemd/strata-publish.\(kind)"), text: try machine.unit(kind))
            }
        }
    }

    /// What is left to be done by hand.
    func next(beside configuration: String, archive: Archive?) -> [String] {
        let folder = Path.parent(of: configuration)
        let units = Machine(folder, configuration).path("systemd")
        let isTop = FileManager.default.fileExists(atPath: folder == "." ? ".git" : "\(folder)/.git")
        let top = isTop ? nil : "These files are read at the top of a repository, and there is none here yet."
        switch self {
        case .github:
            return [
                top,
                archive == nil
                    ? "Name the archive of Strata and its digest in .github/actions/strata/setup/action.yml." : nil,
                "Set the variables STRATA_ROLE and STRATA_REGION (Settings, Secrets and variables, Actions) to the role "
                    + "that publishes; the workflow runs every six hours, and answers pull requests.",
            ].compactMap(\.self)
        case .gitlab:
            let isIncluded = FileManager.default.fileExists(
                atPath: folder == "." ? ".gitlab-ci.yml" : "\(folder)/.gitlab-ci.yml")
            return [
                top,
                archive == nil
                    ? "Set the variables STRATA_ARCHIVE and STRATA_SHA256 (Settings, CI/CD, Variables)." : nil,
                isIncluded
                    ? "Let .gitlab-ci.yml have 'include: [{ local: strata.gitlab-ci.yml }]', and add a schedule (Build, Pipeline schedules)."
                    : "Add a schedule (Build, Pipeline schedules).",
            ].compactMap(\.self)
        case .cron: return ["Put it to the others: (crontab -l; cat strata.cron) | crontab -"]
        case .systemd:
            return [
                "Let it run: systemctl --user link '\(units)'/strata-publish.service '\(units)'/strata-publish.timer",
                "            systemctl --user enable --now strata-publish.timer",
                "            loginctl enable-linger      # also while you are not signed in",
            ]
        }
    }

    private static func naming(_ configuration: String, in text: String) -> String {
        text.replacing("CONFIG: strata.yaml", with: "CONFIG: \(ConfigurationDraft.quoted(configuration))")
    }

    private static func naming(_ archive: Archive?, in text: String) -> String {
        guard let archive else { return text }
        return text.replacing("\"\" # the archive's address", with: ConfigurationDraft.quoted(archive.url))
            .replacing("\"\" # the archive's digest", with: ConfigurationDraft.quoted(archive.sha256.hex))
    }

    /// Where a workflow gets Strata from.
    struct Archive: Sendable {
        let url: String
        let sha256: ContentDigest

        /// - Throws: `configuration` for an address that is not HTTPS.
        init(url: String, sha256: String) throws(StrataError) {
            guard url.hasPrefix("https://"), !url.contains("@"),
                url.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f && $0 != 0x22 && $0 != 0x5c })
            else {
                throw StrataError(.configuration, "--archive is no address that begins with https://")
            }
            guard let digest = ContentDigest(hex: sha256) else {
                throw StrataError(.configuration, "--sha256 has 64 hexadecimal digits")
            }
            self.url = url
            self.sha256 = digest
        }
    }
}

/// This machine's own paths, as its timers want them.
private struct Machine {
    /// Absolute.
    let folder: String
    let configuration: String
    let environment = ProcessInfo.processInfo.environment

    init(_ folder: String, _ configuration: String) {
        self.folder = URL(filePath: folder, directoryHint: .isDirectory).absoluteURL.standardized.path
        self.configuration = configuration
    }

    func path(_ name: String) -> String { "\(folder.hasSuffix("/") ? String(folder.dropLast()) : folder)/\(name)" }

    /// uv where this user has it: timers have a `PATH` of their own.
    private var uv: String? {
        if let named = environment["STRATA_UV"] { return named }
        return environment["PATH"]?.split(separator: ":").map { "\($0)/uv" }
            .first { $0.hasPrefix("/") && FileManager.default.isExecutableFile(atPath: $0) }
    }

    var cron: String {
        get throws {
            func word(_ text: String) -> String {
                // cron makes a new line of each '%'.
                ("'" + text.replacing("'", with: "'\\''") + "'").replacing("%", with: "\\%")
            }
            return try filled("deploy/user/strata.cron", uv: uv.map { "STRATA_UV=\(word($0)) " } ?? "", word)
        }
    }

    func unit(_ kind: String) throws -> String {
        func plain(_ text: String) -> String { text.replacing("%", with: "%%") }
        func word(_ text: String) -> String {
            let escaped = plain(text).replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
            return "\"\(escaped.replacing("$", with: "$$"))\""
        }
        let variable = uv.map {
            "Environment=\"STRATA_UV=\(plain($0).replacing("\\", with: "\\\\").replacing("\"", with: "\\\""))\"\n"
        }
        return try filled("deploy/user/strata-publish.\(kind)", uv: variable ?? "", word)
            .replacing("@DIRECTORY@", with: plain(folder))
    }

    private func filled(_ file: String, uv: String, _ word: (String) -> String) throws -> String {
        for text in [folder, configuration, Host.path, uv]
        where text.unicodeScalars.contains(where: { $0.properties.generalCategory == .control && $0 != "\n" })
            || text.dropLast().contains("\n")
        {
            throw StrataError(
                .configuration, "a path with a new line or a control character cannot stand in such a file")
        }
        return try EmbeddedFile.at(file).text.replacing("@UV@", with: uv)
            .replacing("@STRATA@", with: word(Host.path)).replacing("@CONFIG@", with: word(configuration))
            .replacing("@FOLDER@", with: word(folder))
    }
}
