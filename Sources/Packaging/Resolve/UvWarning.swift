import Model

/// What uv warns of beside a solution.
package enum UvWarning: Sendable, Hashable {
    /// An extra was asked for that the release does not have; uv leaves it out.
    case unknownExtra(PackageName, version: String, extra: PackageName)
    /// A release was taken that its maintainers have yanked, and why, if they said.
    case yanked(PackageName, version: String, reason: String?)
    case other(String)

    /// Reads what comes after `warning: `. What is not known stays as it is.
    package init(_ text: String) {
        let parts = text.split(separator: "`", omittingEmptySubsequences: false).map(String.init)
        if parts.count == 5, parts[0] == "The package ", parts[2] == " does not have an extra named ",
            let pin = PinnedPackage(parts[1]), let extra = PackageName(parts[3])
        {
            self = .unknownExtra(pin.package, version: pin.version, extra: extra)
        } else if parts.count >= 3, parts[0].isEmpty, parts[2].hasPrefix(" is yanked"),
            let pin = PinnedPackage(parts[1])
        {
            let rest = parts[2...].joined(separator: "`")
            let reason = rest.firstIndex(of: "\"").flatMap { first in
                rest.lastIndex(of: "\"").flatMap { first < $0 ? String(rest[rest.index(after: first)..<$0]) : nil }
            }
            self = .yanked(pin.package, version: pin.version, reason: reason)
        } else {
            self = .other(text)
        }
    }
}
