/// Under which licences the packages of a layer may be.
public struct LicensePolicy: Sendable, Hashable, Codable {
    /// What to make of a package whose licence is not told, or not as SPDX tells it.
    public enum Unknown: String, Sendable, Codable, CaseIterable {
        case allow, deny
    }

    /// Names of SPDX's list, in which `*` stands for anything. Empty for all.
    public var allow: [String]
    /// The same; what both name is denied.
    public var deny: [String]
    public var unknown: Unknown

    public init(allow: [String] = [], deny: [String] = [], unknown: Unknown = .allow) {
        self.allow = allow
        self.deny = deny
        self.unknown = unknown
    }

    /// Why packages are refused, in their order. Of alternatives (`OR`) one that is allowed suffices.
    public func findings(in packages: [Build.Package]) -> [Finding] {
        guard self != LicensePolicy() else { return [] }
        return packages.compactMap { package in
            guard let reason = refusal(of: package.license) else { return nil }
            return Finding(
                .licenses, .error, "\(package.name) \(package.version) \(reason)",
                hint: "do without the package, or change 'licences' for the layer or for all")
        }
    }

    /// - Parameter license: as a build's package has it.
    /// - Returns: what follows the package's name in a sentence; nil for what is allowed.
    package func refusal(of license: String?) -> String? {
        guard let expression = LicenseExpression(named: license) else {
            guard unknown == .deny else { return nil }
            let known = license.map { "says of its licence '\($0.prefix(60))', which is none of SPDX's" }
            return "\(known ?? "says nothing of its licence"), and 'licences.unknown' is deny"
        }
        if expression.holds({ isAllowed($0, $1) && denial(of: $0, $1) == nil }) { return nil }
        let rule = expression.licenses.lazy.compactMap { name, exception -> String? in
            if let pattern = denial(of: name, exception) { return "'licences.deny' has '\(pattern)'" }
            return isAllowed(name, exception) ? nil : "'licences.allow' has not '\(name)'"
        }.first
        return "is under '\(expression)', and \(rule ?? "'licences' does not allow that")"
    }

    private func isAllowed(_ name: String, _ exception: String?) -> Bool {
        allow.isEmpty || allow.contains { Self.fits($0, name, exception) }
    }

    private func denial(of name: String, _ exception: String?) -> String? {
        deny.first { Self.fits($0, name, exception) }
    }

    /// Whether a pattern means a licence. One with `WITH` means that exception only; one without means any.
    private static func fits(_ pattern: String, _ name: String, _ exception: String?) -> Bool {
        let pattern = pattern.lowercased()
        let plain = name.hasSuffix("+") ? String(name.dropLast()) : name
        return [name, plain, exception.map { "\(name) WITH \($0)" }].compactMap(\.self)
            .contains { matches(pattern[...], $0.lowercased()[...]) }
    }

    /// `*` for any characters. In time that grows with the product of the lengths, however many stars there are.
    private static func matches(_ pattern: Substring, _ text: Substring) -> Bool {
        let parts = pattern.split(separator: "*", omittingEmptySubsequences: false)
        guard parts.count > 1, let first = parts.first, let last = parts.last else { return pattern == text }
        guard text.hasPrefix(first) else { return false }
        var rest = text.dropFirst(first.count)
        for part in parts.dropFirst().dropLast() where !part.isEmpty {
            guard let found = rest.firstRange(of: part) else { return false }
            rest = rest[found.upperBound...]
        }
        return rest.count >= last.count && rest.hasSuffix(last)
    }

    /// What a pattern of the configuration may be: with `*`, or a name of SPDX's list.
    /// - Returns: nil if it is neither; then the nearest name, if there is one.
    public static func check(_ pattern: String) -> (isRight: Bool, near: String?) {
        let isPlain = pattern.utf8.allSatisfy { $0.isASCIIAlphanumeric || " .+-*".utf8.contains($0) }
        guard isPlain, pattern.utf8.count <= 100 else { return (false, nil) }
        if pattern.contains("*") {
            let isUsed = SPDXList.licenses.values.contains { fits(pattern, $0, nil) }
            return (isUsed || pattern.lowercased().hasPrefix("licenseref-"), nil)
        }
        guard let expression = LicenseExpression(pattern), case .license = expression.term else {
            return (false, Suggestion.nearest(to: pattern, among: Array(SPDXList.licenses.values)))
        }
        return (true, nil)
    }
}
