import Model

/// What is worth telling of a resolve that succeeded: releases that were passed over, and releases that are too young.
package struct Freshness: Sendable {
    package let remarks: [String]
    /// The soonest first.
    package let young: [YoungRelease]

    package init(
        of lock: Lock, for requirements: [Requirement], on platform: ResolvePlatform, age: AgeLimit,
        pages: [PackageName: ProjectPage?]
    ) {
        var remarks: [String] = []
        var young: Set<YoungRelease> = []
        var seen: Set<PackageName> = []
        for requirement in requirements where seen.insert(requirement.package).inserted {
            let package = requirement.package
            // A marker may have excluded the package for this target.
            guard let wheel = lock.wheel(of: package), let picked = PackageVersion(wheel.version),
                let page = pages[package] ?? nil, let specifiers = VersionSpecifiers(requirement.specifiers)
            else { continue }
            let newer = page.releases(of: package).filter { release in
                release.version > picked && specifiers.contains(release.version) && !release.isYanked
                    && (release.version.isStable || specifiers.allowsPreReleases)
            }
            var passedOver: String?
            for release in newer {
                switch release.obstacle(on: platform, age: age) {
                case .young(let until):
                    young.insert(YoungRelease(package: package, version: release.version.text, matures: until))
                case let obstacle?:
                    passedOver = passedOver ?? "\(release.version) \(obstacle.text(on: platform))"
                case nil:
                    passedOver =
                        passedOver ?? "\(release.version) was passed over for a dependency, or for another requirement"
                }
            }
            if let passedOver { remarks.append("\(package) \(picked) was picked; \(passedOver)") }
        }
        self.remarks = remarks + Self.bounded(lock, pages)
        self.young = young.sorted { ($0.matures, $0.package, $0.version) < ($1.matures, $1.package, $1.version) }
    }

    /// Wheels whose `Requires-Python` has an upper bound that excludes the target. Uv takes them all the same, since
    /// older releases without the bound would hardly do better.
    private static func bounded(_ lock: Lock, _ pages: [PackageName: ProjectPage?]) -> [String] {
        lock.wheels.compactMap { wheel in
            guard let page = pages[wheel.package] ?? nil,
                let file = page.files.first(where: { $0.name == wheel.fileName }),
                !file.fullyAllows(lock.target.python), let bound = file.requiresPython
            else { return nil }
            return "\(wheel.package) \(wheel.version) was picked although it requires Python \(bound.prefix(60))"
        }
    }
}
