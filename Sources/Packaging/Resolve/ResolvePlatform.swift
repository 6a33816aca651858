import Model
import Wheels

/// What uv is told of a target.
///
/// Uv knows manylinux 2014 (glibc 2.17), 2_28 and 2_31 and later, but not Amazon Linux 2's 2.26. For its Pythons the
/// resolve is made for 2014: what it picks runs, while wheels that need 2.18 to 2.26, which hardly exist, are not seen.
/// The other way round, 2_28 would pick wheels that do not start. See docs/resolving.md.
package struct ResolvePlatform: Sendable, Hashable {
    package let target: Target
    /// Of the target itself.
    package let glibc: GlibcVersion
    /// The C library that the resolve assumes: the target's, or the nearest older one that uv knows.
    package let resolvedGlibc: GlibcVersion

    /// Those between 2.17 and 2.40 for which uv 0.13 has a platform.
    private static let known = [17, 28, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40]

    /// - Throws: `unsupported` for a target that the table of platforms lacks.
    package init(_ target: Target) throws(StrataError) {
        guard let platform = target.platform, platform.glibc.major == 2,
            let minor = Self.known.last(where: { $0 <= platform.glibc.minor })
        else { throw StrataError(.unsupported, "layers cannot be built for \(target)") }
        self.target = target
        glibc = platform.glibc
        resolvedGlibc = GlibcVersion(2, minor)
    }

    /// `--python-platform`.
    package var name: String {
        "\(target.architecture.machine)-manylinux"
            + (resolvedGlibc == GlibcVersion(2, 17) ? "2014" : "_2_\(resolvedGlibc.minor)")
    }

    /// Whether a resolve may pick the wheel, as far as its name tells.
    func accepts(_ wheel: WheelFileName) -> Bool { accepts(wheel, glibc: resolvedGlibc) }

    func accepts(
        _ wheel: WheelFileName, python: PythonVersion? = nil, architecture: Architecture? = nil,
        glibc: GlibcVersion? = nil
    ) -> Bool {
        let python = python ?? target.python
        let glibc = glibc ?? resolvedGlibc
        return wheel.rank(
            python: (python.major, python.minor), machine: (architecture ?? target.architecture).machine,
            glibc: LibraryVersion(glibc.major, glibc.minor)) != nil
    }
}
