import Model
import Wheels

extension Pylock {
    /// What a project's lock comes to on a target.
    struct Selection: Sendable {
        /// Each package once, with its best wheel.
        let lock: Lock
        /// Packages of the project itself: they are no releases, and are left out.
        let local: [PackageName]
    }

    /// Takes the packages whose markers hold, with the wheel that an installer would take.
    ///
    /// - Parameters:
    ///   - groups: beside the default groups, as installers take those.
    ///   - file: named in errors.
    /// - Throws: `resolution` with what the lock lacks.
    func selection(
        for target: Target, groups: [PackageName], extras: [PackageName], file: String
    ) throws(StrataError) -> Selection {
        try checkOffer(of: extras, in: self.extras, "extra", file)
        try checkOffer(of: groups, in: self.groups, "dependency group", file)
        try checkPython(target, file)
        let asked = Set(extras)
        let inGroups = Set(groups + defaultGroups.compactMap { PackageName($0) })
        var wanted: [Package] = []
        let environment = MarkerEnvironment(target)
        for package in packages {
            if let text = package.marker {
                guard let marker = Marker(text) else {
                    throw Self.refused("\(package.name): its marker is not understood: \(text.printable(100))", file)
                }
                guard marker.holds(environment, extras: asked, groups: inGroups) else { continue }
            }
            if let other = wanted.first(where: { $0.name == package.name }) {
                throw Self.refused(
                    "\(package.name) is in it as \(other.version) and \(package.version), both for \(target)", file)
            }
            wanted.append(package)
        }
        var taken = self
        taken.packages = try wanted.filter { !$0.isLocal }.map { package throws(StrataError) in
            try Self.checked(package, on: target, file)
        }
        return Selection(lock: try taken.lock(for: target), local: wanted.filter(\.isLocal).map(\.name).sorted())
    }

    /// The wheels alone.
    package func locked(
        for target: Target, groups: [PackageName], extras: [PackageName], file: String
    ) throws(StrataError) -> Lock {
        try selection(for: target, groups: groups, extras: extras, file: file).lock
    }

    static func refused(_ why: String, _ file: String, hint: String? = nil) -> StrataError {
        StrataError(.resolution, why, hint: hint, place: .init(file: file))
    }

    /// Says of a package without a wheel for the target what it lacks.
    private static func checked(_ package: Package, on target: Target, _ file: String) throws(StrataError) -> Package {
        if let refusal = package.refusal {
            throw Self.refused(refusal.message, file, hint: refusal.hint)
        }
        let platform = try ResolvePlatform(target)
        guard let own = target.platform, !package.wheels.contains(where: { $0.fileName.rank(for: target, own) != nil })
        else { return package }
        var files = package.wheels.map { IndexFile(name: $0.fileName.text) }
        if let sdist = package.sdist { files.append(IndexFile(name: sdist)) }
        guard let version = PackageVersion(package.version), !files.isEmpty else {
            throw Self.refused("\(package.name) \(package.version) has no files in the lock", file)
        }
        let obstacle = IndexRelease(version: version, files: files)
            .obstacle(on: platform, age: AgeLimit(minimumAge: .zero, now: Timestamp(seconds: 0)))
        throw Self.refused(
            "\(package.name) \(package.version) "
                + (obstacle.map { $0.text(on: platform) } ?? "has no wheel for \(target) in the lock"), file,
            hint: obstacle?.hint)
    }

    private func checkOffer(
        of wanted: [PackageName], in offered: [String], _ what: String, _ file: String
    ) throws(StrataError) {
        let names = offered.compactMap { PackageName($0) }
        guard let missing = wanted.first(where: { !names.contains($0) }) else { return }
        throw Self.refused(
            "the lock has no \(what) '\(missing)'", file,
            hint: names.isEmpty ? nil : Suggestion.hint(for: missing.text, among: names.map(\.text)))
    }

    /// Lambda says which Python it runs, not which of its patch releases: any that fits will do.
    private func checkPython(_ target: Target, _ file: String) throws(StrataError) {
        func fits(_ specifiers: VersionSpecifiers) -> Bool {
            [0, 99].contains { patch in
                PackageVersion("\(target.python).\(patch)").map(specifiers.contains) ?? true
            }
        }
        if let text = requiresPython, let specifiers = VersionSpecifiers(text), !fits(specifiers) {
            throw Self.refused(
                "it is locked for Python \(text.printable(60)), not for \(target)", file,
                hint: "widen the project's requires-python and lock again, or choose another target")
        }
        let environment = MarkerEnvironment(target)
        let markers = environments.compactMap { Marker($0) }
        if !environments.isEmpty, !markers.contains(where: { $0.holds(environment, extras: []) }) {
            throw Self.refused("it is locked for other systems than that of \(target)", file)
        }
    }
}
