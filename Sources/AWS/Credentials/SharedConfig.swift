import FoundationEssentials
import Model

/// AWS's shared configuration files: profiles with their settings.
/// https://docs.aws.amazon.com/sdkref/latest/guide/file-format.html
package struct SharedConfig: Sendable {
    /// By profile; what the credentials file says goes before what the config file says.
    private var profiles: [String: [String: String]] = [:]

    package init() {}

    /// Reads `~/.aws/config` and `~/.aws/credentials`, or the files that `AWS_CONFIG_FILE` and
    /// `AWS_SHARED_CREDENTIALS_FILE` name. Files that do not exist are empty.
    ///
    /// - Throws: `.configuration` for one that cannot be read.
    package init(environment: [String: String]) throws(StrataError) {
        let home = environment["HOME"] ?? ""
        let config = environment["AWS_CONFIG_FILE"] ?? "\(home)/.aws/config"
        let credentials = environment["AWS_SHARED_CREDENTIALS_FILE"] ?? "\(home)/.aws/credentials"
        add(try Self.read(config), isConfig: true)
        add(try Self.read(credentials), isConfig: false)
    }

    /// Adds the text of a file. In the config file, profiles other than `default` are called `[profile NAME]`.
    package mutating func add(_ text: String, isConfig: Bool) {
        var profile: String?
        for line in text.split(whereSeparator: \.isNewline) {
            // Nested settings, as those below `s3 =`, are indented; none of them matters here.
            guard let first = line.first, !first.isWhitespace, first != "#", first != ";" else { continue }
            if first == "[" {
                profile = Self.profile(line.dropFirst().prefix { $0 != "]" }, isConfig: isConfig)
                if let profile { profiles[profile, default: [:]].merge([:]) { $1 } }
            } else if let profile, let equals = line.firstIndex(of: "=") {
                let name = line[..<equals].trimmed.lowercased()
                profiles[profile]?[name] = Self.withoutComment(line[line.index(after: equals)...]).trimmed
            }
        }
    }

    /// A profile's settings; nil if there is no such profile.
    package subscript(profile: String) -> [String: String]? { profiles[profile] }

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
        guard FileManager.default.fileExists(atPath: path) else { return "" }
        guard let data = FileManager.default.contents(atPath: path) else {
            throw StrataError(.configuration, "cannot be read", place: StrataError.Place(file: path))
        }
        return String(decoding: data, as: UTF8.self)
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
