import Model
import Wheels

/// Whether what wheels ask for is in the layer, as `pip check` looks.
extension LayerInspection {
    /// A lock is consistent with what the index said; this is what the wheels themselves say.
    var requirementFindings: [Finding] {
        let versions = Dictionary(wheels.map { ($0.wheel.package, $0.wheel.version) }) { first, _ in first }
        return wheels.flatMap { cached -> [Finding] in
            chain.needs(of: cached.wheel.package).compactMap { need in
                guard let problem = Self.problem(need, versions) else { return nil }
                return Finding(
                    .requirements, .warning,
                    "\(cached.wheel.package) \(cached.wheel.version) requires \(need.package)\(need.shownSpecifiers), "
                        + problem,
                    wheel: cached.wheel.fileName)
            }
        }
    }

    private static func problem(_ need: Dependency, _ versions: [PackageName: String]) -> String? {
        guard let version = versions[need.package] else {
            return RuntimeModules.packages.contains(need.package.text) ? nil : "which is not in the layer"
        }
        guard let specifiers = need.specifiers, let parsed = PackageVersion(version), !specifiers.contains(parsed)
        else {
            return nil
        }
        return "and the layer has \(version)"
    }
}
