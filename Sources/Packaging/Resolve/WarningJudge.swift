import Model

/// What uv's warnings mean for a layer: a refusal for what the maintainer asked for and does not get, else a remark.
struct WarningJudge: Sendable {
    let requirements: [Requirement]
    let lock: Lock
    let pages: [PackageName: ProjectPage?]
    /// The extras that a release has, where an unknown one was asked for.
    let extras: [PackageName: [String]]

    /// The extras that were asked for by name and do not exist.
    static func misspelt(
        _ warnings: [UvWarning], in requirements: [Requirement]
    ) -> [(package: PackageName, version: String, extra: PackageName)] {
        warnings.compactMap { warning in
            guard case .unknownExtra(let package, let version, let extra) = warning,
                requirements.contains(where: { $0.package == package && $0.extras.contains(extra) })
            else { return nil }
            return (package, version, extra)
        }
    }

    /// Why the lock must not be used; nil if it may.
    func refusal(_ warnings: [UvWarning]) -> String? {
        if let (package, version, extra) = Self.misspelt(warnings, in: requirements).first {
            let known = extras[package] ?? []
            let hint = known.isEmpty ? nil : Suggestion.hint(for: extra.text, among: known)
            return "\(package) \(version) has no extra '\(extra)'" + (hint.map { "; \($0)" } ?? "")
        }
        for (pin, reason) in yanked(warnings) where !isPinned(pin) {
            return Self.text(pin, reason) + "; to use it anyway, pin it with '\(pin)'"
        }
        return nil
    }

    func remarks(_ warnings: [UvWarning]) -> [String] {
        let yanked = yanked(warnings).map { Self.text($0.pin, $0.reason) + "; it is pinned" }
        let misspelt = Set(Self.misspelt(warnings, in: requirements).map { "\($0.package) \($0.extra)" })
        return yanked
            + warnings.compactMap { warning in
                switch warning {
                case .unknownExtra(let package, let version, let extra):
                    misspelt.contains("\(package) \(extra)")
                        ? nil : "a dependency requires the extra '\(extra)', which \(package) \(version) does not have"
                case .yanked: nil
                case .other(let text): "uv: \(text.printable(300))"
                }
            }
    }

    /// What was taken although it is yanked, as uv says, or the index.
    private func yanked(_ warnings: [UvWarning]) -> [(pin: PinnedPackage, reason: String?)] {
        var found: [PinnedPackage: String?] = [:]
        for case .yanked(let package, let version, let reason) in warnings {
            found.updateValue(reason, forKey: PinnedPackage(package, version))
        }
        for wheel in lock.wheels {
            let pin = PinnedPackage(wheel.package, wheel.version)
            let file = (pages[wheel.package] ?? nil)?.files.first { $0.name == wheel.fileName }
            if file?.isYanked == true, found[pin] == nil { found.updateValue(nil, forKey: pin) }
        }
        return found.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }

    /// Whether the maintainer asked for this very version.
    private func isPinned(_ pin: PinnedPackage) -> Bool {
        requirements.contains { requirement in
            guard requirement.package == pin.package else { return false }
            return requirement.specifiers.split(separator: ",").contains { specifier in
                let version = specifier.drop { $0 == "=" }
                return specifier.hasPrefix("==") && !version.hasSuffix("*")
                    && PackageVersion(String(version)) == PackageVersion(pin.version)
            }
        }
    }

    private static func text(_ pin: PinnedPackage, _ reason: String?) -> String {
        "\(pin.package) \(pin.version) was yanked" + (reason.map { " (\($0.printable(200)))" } ?? "")
    }
}
