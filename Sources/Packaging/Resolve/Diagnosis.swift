import Model

/// Finds out why requirements could not be met, from what the index says: uv has one message for many causes.
package struct Diagnosis: Sendable {
    package let platform: ResolvePlatform
    package let age: AgeLimit
    /// The pages of requested packages and of those that uv named; nil for a package that the index lacks.
    package let pages: [PackageName: ProjectPage?]

    package init(platform: ResolvePlatform, age: AgeLimit, pages: [PackageName: ProjectPage?]) {
        self.platform = platform
        self.age = age
        self.pages = pages
    }

    /// One line: the package, the cause, and what to do.
    /// - Parameters:
    ///   - message: uv's own words, the last resort.
    ///   - named: packages that uv's message names.
    package func reason(for requirements: [Requirement], message: String, named: Set<PackageName>) -> String {
        for requirement in requirements {
            if let cause = cause(requirement.package, VersionSpecifiers(requirement.specifiers), requirement.specifiers)
            {
                return cause
            }
        }
        let requested = Set(requirements.map(\.package))
        for dependency in named.subtracting(requested).sorted() {
            if let cause = cause(dependency, VersionSpecifiers(""), "") {
                return "a dependency cannot be met: \(cause)"
            }
        }
        return "no set of releases satisfies the requirements: \(Self.shortened(message))"
    }

    /// Why no release of a package will do; nil if one would, or if its page is not known.
    private func cause(_ package: PackageName, _ specifiers: VersionSpecifiers?, _ written: String) -> String? {
        guard let known = pages[package], let specifiers else { return nil }
        guard let page = known else { return "the index has no package '\(package)'" }
        let releases = page.releases(of: package)
        guard !releases.isEmpty else { return "\(package) has no releases on the index" }
        var matching = releases.filter { specifiers.contains($0.version) }
        guard !matching.isEmpty else {
            let newest = releases.first { $0.version.isStable } ?? releases[0]
            return "no release of \(package) matches \(written); the newest is \(newest.version)"
        }
        if !specifiers.allowsPreReleases, matching.contains(where: \.version.isStable) {
            matching.removeAll { !$0.version.isStable }
        }
        let obstacles = matching.compactMap { release in release.obstacle(on: platform, age: age).map { (release, $0) }
        }
        guard obstacles.count == matching.count,
            let (release, obstacle) = obstacles.first(where: { $1 != .yanked })
                ?? obstacles.first
        else { return nil }
        let subject: String
        if case .sourceOnly = obstacle, obstacles.allSatisfy({ $1.isSourceOnly }) {
            subject = package.text
        } else {
            subject = "\(package) \(release.version)"
        }
        return "\(subject) \(obstacle.text(on: platform))" + (obstacle.hint.map { "; \($0)" } ?? "")
    }

    /// Uv's derivation without its scaffolding, at most 400 characters.
    package static func shortened(_ message: String) -> String {
        var text = ""
        for line in message.split(whereSeparator: \.isNewline).map(\.trimmingSpaces)
        where !line.isEmpty && !line.hasPrefix("hint:") && !line.hasPrefix("error: No solution found") {
            let isCause = line.hasPrefix("cause: ")
            if !text.isEmpty { text += isCause ? ": " : " " }
            text += line.dropFirst(isCause ? 7 : line.hasPrefix("error: ") ? 7 : 0)
        }
        for phrase in ["× ", "╰─▶ ", ", we can conclude that your requirements are unsatisfiable"] {
            text = text.split(separator: phrase, omittingEmptySubsequences: false).joined()
        }
        return text.utf8.count <= 400 ? text : String(text.prefix(397)) + "…"
    }
}

extension Obstacle {
    fileprivate var isSourceOnly: Bool { if case .sourceOnly = self { true } else { false } }
}
