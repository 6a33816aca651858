import Files
import Model

/// AWS's shared configuration files: profiles with their settings.
/// https://docs.aws.amazon.com/sdkref/latest/guide/file-format.html
package struct SharedConfig: Sendable {
    /// By profile; what the credentials file says goes before what the config file says.
    private var profiles: [String: [String: String]] = [:]
    /// The sections `[services NAME]`, by `lambda.endpoint_url`.
    private var services: [String: [String: String]] = [:]
    /// The sections `[sso-session NAME]`.
    private var sessions: [String: [String: String]] = [:]

    package init() {}

    /// Reads `~/.aws/config` and `~/.aws/credentials`, or the files that `AWS_CONFIG_FILE` and
    /// `AWS_SHARED_CREDENTIALS_FILE` name. Files that do not exist are empty.
    ///
    /// - Throws: `.configuration` for one that cannot be read.
    package init(environment: [String: String]) throws(StrataError) {
        let home = environment["HOME"] ?? ""
        func path(_ variable: String, _ usual: String) -> String {
            let path = environment[variable] ?? usual
            return path == "~" || path.hasPrefix("~/") ? home + path.dropFirst() : path
        }
        add(try Self.read(path("AWS_CONFIG_FILE", "~/.aws/config")), isConfig: true)
        add(try Self.read(path("AWS_SHARED_CREDENTIALS_FILE", "~/.aws/credentials")), isConfig: false)
    }

    /// Adds the text of a file. In the config file, profiles other than `default` are called `[profile NAME]`.
    package mutating func add(_ text: String, isConfig: Bool) {
        var profile: String?
        var section: String?
        var session: String?
        var setting = ""
        for line in text.split(whereSeparator: \.isNewline) {
            let content = line.drop(while: \.isWhitespace)
            guard let first = content.first, first != "#", first != ";" else { continue }
            let isNested = content.startIndex > line.startIndex
            if first == "[", !isNested {
                let heading = content.dropFirst().prefix { $0 != "]" }
                profile = Self.profile(heading, isConfig: isConfig)
                section = isConfig ? Self.section("services", heading) : nil
                session = isConfig ? Self.section("sso-session", heading) : nil
                if let session { sessions[session, default: [:]].merge([:]) { $1 } }
                if let profile { profiles[profile, default: [:]].merge([:]) { $1 } }
            } else if let equals = content.firstIndex(of: "=") {
                let name = content[..<equals].trimmed.lowercased()
                let value = Self.withoutComment(content[content.index(after: equals)...]).trimmed
                if !isNested { setting = name }
                // Of nested settings, as those below `s3 =` in a profile, only the services' matter here.
                if let section, isNested { services[section, default: [:]]["\(setting).\(name)"] = value }
                if let profile, !isNested { profiles[profile]?[name] = value }
                if let session, !isNested { sessions[session]?[name] = value }
            }
        }
    }

    /// A profile's settings; nil if there is no such profile.
    package subscript(profile: String) -> [String: String]? { profiles[profile] }

    /// What a section `[services NAME]` says, by `lambda.endpoint_url`; empty if there is none.
    package func services(_ name: String) -> [String: String] { services[name] ?? [:] }

    /// What a section `[sso-session NAME]` says; nil if there is none.
    package func session(_ name: String) -> [String: String]? { sessions[name] }

    private static func section(_ kind: String, _ heading: Substring) -> String? {
        let words = heading.split(maxSplits: 1, whereSeparator: \.isWhitespace)
        return words.count == 2 && words[0] == kind ? words[1].trimmed.unquoted : nil
    }

    private static func profile(_ heading: Substring, isConfig: Bool) -> String? {
        let words = heading.split(maxSplits: 1, whereSeparator: \.isWhitespace)
        guard let first = words.first else { return nil }
        if !isConfig { return heading.trimmed }
        if words.count == 2 { return first == "profile" ? words[1].trimmed.unquoted : nil }
        return first == "default" ? "default" : nil
    }

    private static func withoutComment(_ value: Substring) -> Substring {
        for mark in [" #", " ;", "\t#", "\t;"] {
            if let range = value.firstRange(of: mark) { return withoutComment(value[..<range.lowerBound]) }
        }
        return value
    }

    private static func read(_ path: String) throws(StrataError) -> String {
        do {
            return String(decoding: try BoundedFile.readIfPresent(path, limit: .mebibytes(16)) ?? [], as: UTF8.self)
        } catch {
            throw StrataError(.configuration, error.message, hint: error.hint, place: .init(file: path))
        }
    }
}

extension Substring {
    fileprivate var trimmed: String {
        var rest = drop(while: \.isWhitespace)
        while rest.last?.isWhitespace == true { rest.removeLast() }
        return String(rest)
    }
}

extension String {
    fileprivate var unquoted: String {
        count > 1 && first == "\"" && last == "\"" ? String(dropFirst().dropLast()) : self
    }
}
