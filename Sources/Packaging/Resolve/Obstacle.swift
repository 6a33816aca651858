import Model
import Wheels

/// Why a release of a package cannot be taken for a target.
package enum Obstacle: Sendable, Hashable {
    /// There is no wheel at all; the sdist's name.
    case sourceOnly(String)
    /// `Requires-Python` of every wheel excludes the target's Python.
    case requiresPython(String)
    /// The wheels for the target's architecture need a newer C library: the oldest that would do.
    case glibc(GlibcVersion)
    /// There are wheels for the other architecture only.
    case architecture(Architecture)
    /// The Linux wheels are for musl's C library.
    case musl
    /// The wheels are for other Pythons: the oldest and the newest.
    case python(PythonVersion, PythonVersion)
    /// There are wheels for other systems only.
    case system
    case yanked
    /// Held back by `minimum-age` until then.
    case young(until: Timestamp)
    /// `minimum-age` is set and the index does not say when the files were uploaded.
    case unknownAge
}

/// How young a release may be.
package struct AgeLimit: Sendable, Hashable {
    package let minimumAge: Duration
    package let now: Timestamp

    package init(minimumAge: Duration, now: Timestamp) {
        self.minimumAge = minimumAge
        self.now = now
    }

    /// Files uploaded at or after this moment are not taken; nil if any age will do.
    package var cutoff: Timestamp? { minimumAge > .zero ? now - minimumAge : nil }

    func matures(_ uploaded: Timestamp) -> Timestamp { uploaded + minimumAge }
}

extension IndexRelease {
    /// What stands in the way of taking this release; nil if nothing does.
    package func obstacle(on platform: ResolvePlatform, age: AgeLimit) -> Obstacle? {
        let files = self.files.filter { !$0.isYanked }
        guard !files.isEmpty else { return .yanked }
        let wheels = files.compactMap { file in file.wheel.map { (file: file, wheel: $0) } }
        guard !wheels.isEmpty else { return .sourceOnly(files.first?.name ?? "") }

        let forPython = wheels.filter { $0.file.allows(platform.target.python) }
        guard !forPython.isEmpty else { return .requiresPython(wheels[0].file.requiresPython ?? "") }

        let fitting = forPython.filter { platform.accepts($0.wheel) }
        guard !fitting.isEmpty else { return Self.mismatch(forPython.map(\.wheel), platform) }

        guard let cutoff = age.cutoff else { return nil }
        let uploads = fitting.compactMap(\.file.uploaded)
        guard let first = uploads.min() else { return .unknownAge }
        return first < cutoff ? nil : .young(until: age.matures(first))
    }

    /// Which one of platform, architecture and Python would have to differ for a wheel to fit.
    private static func mismatch(_ wheels: [WheelFileName], _ platform: ResolvePlatform) -> Obstacle {
        let newer = (platform.resolvedGlibc.minor...99).map { GlibcVersion(2, $0) }
        if let needed = newer.first(where: { glibc in wheels.contains { platform.accepts($0, glibc: glibc) } }) {
            return .glibc(needed)
        }
        let anyGlibc = GlibcVersion(2, 99)
        let other: Architecture = platform.target.architecture == .x86_64 ? .arm64 : .x86_64
        if wheels.contains(where: { platform.accepts($0, architecture: other, glibc: anyGlibc) }) {
            return .architecture(other)
        }
        let pythons = (0...40).map { PythonVersion(platform.target.python.major, $0) }.filter { python in
            wheels.contains { platform.accepts($0, python: python, glibc: anyGlibc) }
        }
        if let first = pythons.first, let last = pythons.last { return .python(first, last) }
        if wheels.contains(where: { $0.tags.contains { $0.platform.hasPrefix("musllinux") } }) { return .musl }
        return .system
    }
}

extension IndexFile {
    /// Whether a Python's first release, which is what resolves are made for, is new enough for `Requires-Python`. A
    /// condition that is not understood allows everything, as PEP 503's clients do.
    func allows(_ python: PythonVersion) -> Bool {
        requires(python) { $0.reaches($1) }
    }

    /// Whether all of `Requires-Python` allows it, upper bounds included.
    func fullyAllows(_ python: PythonVersion) -> Bool {
        requires(python) { $0.contains($1) }
    }

    private func requires(_ python: PythonVersion, _ test: (VersionSpecifiers, PackageVersion) -> Bool) -> Bool {
        guard let requiresPython, let specifiers = VersionSpecifiers(requiresPython),
            let version = PackageVersion("\(python).0")
        else { return true }
        return test(specifiers, version)
    }
}

extension Obstacle {
    /// A sentence's end about a release: `has no wheel: it is published as source only (docopt-0.6.2.tar.gz)`.
    package func text(on platform: ResolvePlatform) -> String {
        let target = platform.target
        switch self {
        case .sourceOnly(let file):
            return "is published as source only (\(file.prefix(80))), without wheels"
        case .requiresPython(let specifiers):
            return "requires Python \(specifiers.prefix(60))"
        case .glibc(let needed) where needed <= platform.glibc:
            return "has only wheels for glibc \(needed) and later; resolves for \(target) assume"
                + " \(platform.resolvedGlibc)"
        case .glibc(let needed):
            return "has no wheel for glibc \(platform.glibc) of \(target); it needs \(needed)"
        case .architecture(let other):
            return "has no wheel for \(target.architecture.rawValue), only for \(other.rawValue)"
        case .musl:
            return "has Linux wheels for musl only, not for glibc"
        case .python(let first, let last):
            return "has no wheel for Python \(target.python), only for "
                + (first == last ? "\(first)" : "\(first) to \(last)")
        case .system:
            return "has no wheel for Linux on \(target.architecture.rawValue)"
        case .yanked:
            return "was yanked"
        case .young(let until):
            return "is younger than the minimum age, until \(until)"
        case .unknownAge:
            return "has no upload time on the index, which minimum-age needs"
        }
    }

    /// What the maintainer can do.
    package var hint: String? {
        switch self {
        case .sourceOnly:
            "name it under 'sdists' to have it built, or build a wheel yourself and name its folder in 'index: find-links'"
        case .system: "build a wheel yourself and name its folder in 'index: find-links'"
        case .requiresPython, .python: "choose another target, or an older release that supports it"
        case .unknownAge: "set minimum-age to 0 for this index"
        default: nil
        }
    }
}
