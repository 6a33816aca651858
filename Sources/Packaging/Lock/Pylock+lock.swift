import Model
import Wheels

extension Pylock {
    /// The one best wheel of each package.
    ///
    /// Uv lists all wheels that its platform can run, in no useful order, and its platform is the nearest one that it
    /// knows, not the target: so the choice is made here, by the target's own C library.
    /// - Throws: `inconsistent` if a package has no wheel for the target, or comes twice.
    package func lock(for target: Target) throws(StrataError) -> Lock {
        guard let platform = target.platform else {
            throw StrataError(.unsupported, "layers cannot be built for \(target)")
        }
        var wheels: [LockedWheel] = []
        for package in packages {
            guard !wheels.contains(where: { $0.package == package.name }) else {
                throw StrataError(.inconsistent, "the lock names \(package.name) twice")
            }
            let ranked = package.wheels.compactMap { wheel in
                wheel.fileName.rank(for: target, platform).map { (rank: $0, wheel: wheel) }
            }
            // Among equals the index before a local copy, and then by name, so that the order never matters.
            let best = ranked.max { left, right in
                left.rank != right.rank
                    ? left.rank < right.rank : left.wheel.tieBreaker.lexicographicallyPrecedes(right.wheel.tieBreaker)
            }
            guard let wheel = best?.wheel else {
                throw StrataError(.inconsistent, "the lock has no wheel of \(package.name) for \(target)")
            }
            wheels.append(
                LockedWheel(
                    package: package.name, version: package.version, fileName: wheel.fileName.text, url: wheel.url,
                    size: wheel.size, sha256: wheel.sha256))
        }
        return Lock(target: target, wheels: wheels)
    }
}

extension Pylock.Wheel {
    fileprivate var tieBreaker: [String] { [url.hasPrefix("http") ? "1" : "0", fileName.text, sha256.hex, url] }
}

extension WheelFileName {
    func rank(for target: Target, _ platform: Platform) -> WheelRank? {
        rank(
            python: (target.python.major, target.python.minor), machine: target.architecture.machine,
            glibc: LibraryVersion(platform.glibc.major, platform.glibc.minor))
    }
}
