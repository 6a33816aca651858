import Model
import Wheels

/// Whether what wheels ask for is in the layer, as `pip check` looks.
extension LayerInspection {
    /// A lock is consistent with what the index said; this is what the wheels themselves say.
    var requirementFindings: [Finding] {
        let versions = Dictionary((wheels + held).map { ($0.wheel.package, $0.wheel.version) }) { first, _ in first }
        let provided = Set(options.provided)
        return wheels.flatMap { cached -> [Finding] in
            chain.needs(of: cached.wheel.package).compactMap { need in
                if versions[need.package] == nil, provided.contains(need.package) { return nil }
                guard let problem = Self.problem(need, versions) else { return nil }
                return Finding(
                    .requirements, .warning,
                    "\(cached.wheel.package) \(cached.wheel.version) requires \(need.package)\(need.shownSpecifiers), "
                        + problem,
                    wheel: cached.wheel.fileName)
            }
        }
    }

    /// Whether what was left out since the runtime brings it satisfies who asks for it.
    var providedFindings: [Finding] {
        guard !options.provided.isEmpty else { return [] }
        let runtime = RuntimePackages(target.python)
        let there = Set((wheels + held).map(\.wheel.package))
        let unknown = options.provided.filter { !RuntimePackages.names.contains($0.text) && !there.contains($0) }
        var findings = unknown.map { package in
            Finding(
                .requirements, .warning,
                "\(package) is left out as provided, but Lambda's Python \(target.python) is not known to bring it")
        }
        let known = Set(options.provided).subtracting(unknown).subtracting(there)
        func judge(
            _ asking: String, _ package: PackageName, _ specifiers: VersionSpecifiers?, _ shown: String,
            _ wheel: String?
        ) {
            let what = "\(asking) requires \(package)\(shown), which is left out as provided"
            switch runtime.answer(package, specifiers) {
            case .yes: return
            case .no(let seen):
                findings.append(
                    Finding(
                        .requirements, .error,
                        what
                            + ": Lambda's Python \(target.python) brought \(seen.version) in \(seen.when) (\(seen.source)) and is not older now",
                        hint: "take '\(package)' out of 'provided', or choose releases that do with a newer one",
                        wheel: wheel))
            case .unknown(let seen):
                let words =
                    seen.map { "it brought \($0.version) in \($0.when) (\($0.source))" }
                    ?? "which version Lambda's Python \(target.python) brings is not known"
                findings.append(Finding(.requirements, .warning, "\(what): \(words)", wheel: wheel))
            }
        }
        for requirement in requirements where known.contains(requirement.package) && !requirement.specifiers.isEmpty {
            judge(
                "the layer", requirement.package, VersionSpecifiers(requirement.specifiers), requirement.specifiers, nil
            )
        }
        for cached in wheels {
            for need in chain.needs(of: cached.wheel.package)
            where known.contains(need.package) && !need.shownSpecifiers.isEmpty {
                judge(
                    "\(cached.wheel.package) \(cached.wheel.version)", need.package, need.specifiers,
                    need.shownSpecifiers,
                    cached.wheel.fileName)
            }
        }
        return findings
    }

    private static func problem(_ need: Dependency, _ versions: [PackageName: String]) -> String? {
        guard let version = versions[need.package] else {
            return RuntimePackages.names.contains(need.package.text) ? nil : "which is not in the layer"
        }
        guard let specifiers = need.specifiers, let parsed = PackageVersion(version), !specifiers.contains(parsed)
        else {
            return nil
        }
        return "and the layer has \(version)"
    }
}
