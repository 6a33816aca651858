import Model
import Wheels

/// A `pylock.toml` (PEP 751): packages with their wheels, in no order that means anything.
package struct Pylock: Sendable {
    package struct Package: Sendable {
        let name: PackageName
        let version: String
        var wheels: [Wheel]
        /// As written.
        var marker: String?
        var requiresPython: String?
        /// The source distribution's name.
        var sdist: String?
        /// The project itself, or another folder of it.
        var isLocal = false
        /// Why it cannot be taken, if it is wanted at all.
        var refusal: StrataError?
    }

    package struct Wheel: Sendable {
        let url: String
        let fileName: WheelFileName
        let size: ByteCount?
        let sha256: ContentDigest
    }

    package var packages: [Package]
    let requiresPython: String?
    /// Markers of which one must hold.
    let environments: [String]
    let extras: [String]
    let groups: [String]
    let defaultGroups: [String]

    /// Who wrote the text.
    package enum Origin: Sendable {
        /// Uv, for what it was asked: everything in it is wanted.
        case resolver
        /// A project, as this file: for many targets, and with packages of its own.
        case project(file: String)
    }

    /// - Throws: `inconsistent` if the text is no lock of the kind that was asked for: another version of the format, a
    ///   package without a name, a wheel without SHA-256; `resolution` for a package from a repository or a folder. What is
    ///   wrong with a package of a project's lock is told when it turns out to be wanted.
    package init(_ text: String, from origin: Origin = .resolver) throws(StrataError) {
        let reader = PylockReader(origin: origin)
        let root = try TOMLDocument.parse(text, file: reader.file)
        guard let version = root["lock-version"]?.string, version == "1.0" || version.hasPrefix("1.") else {
            throw reader.refused("its version is not supported", nil)
        }
        func words(_ key: String) -> [String] { root[key]?.array?.compactMap(\.string) ?? [] }
        requiresPython = root["requires-python"]?.string
        environments = words("environments")
        extras = words("extras")
        groups = words("dependency-groups")
        defaultGroups = words("default-groups")
        var packages: [Package] = []
        for entry in root["packages"]?.array ?? [] { packages.append(try reader.package(entry)) }
        self.packages = packages
    }
}

private struct PylockReader {
    let origin: Pylock.Origin

    /// 100 GB: no index takes such files.
    private static let largest = 100_000_000_000

    var file: String { if case .project(let file) = origin { file } else { "pylock.toml" } }
    private var isProject: Bool { if case .project = origin { true } else { false } }

    func refused(
        _ why: String, _ package: PackageName?, _ code: StrataError.Code = .inconsistent
    ) -> StrataError {
        StrataError(
            code, "the lock is refused: " + (package.map { "\($0): " } ?? "") + why, place: .init(file: file))
    }

    func package(_ entry: TOMLValue) throws(StrataError) -> Pylock.Package {
        guard let written = entry["name"]?.string, let name = PackageName(written) else {
            throw refused("a package has no name", nil)
        }
        let isLocal = isProject && entry["directory"] != nil
        var package = Pylock.Package(
            name: name, version: isLocal ? "0" : entry["version"]?.string ?? "", wheels: [],
            marker: entry["marker"]?.string, requiresPython: entry["requires-python"]?.string,
            sdist: sdist(entry["sdist"]), isLocal: isLocal)
        if isLocal { return package }
        do throws(StrataError) {
            for source in ["vcs", "directory", "archive"] where entry[source] != nil {
                throw refused(
                    "it is required by its address, but a layer takes releases of an index only", name, .resolution)
            }
            guard PackageVersion(package.version) != nil else { throw refused("it has no version", name) }
            for wheel in entry["wheels"]?.array ?? [] {
                package.wheels.append(try self.wheel(wheel, of: name, version: package.version))
            }
        } catch {
            guard isProject else { throw error }
            package.refusal = error
        }
        return package
    }

    private func sdist(_ entry: TOMLValue?) -> String? {
        guard let entry else { return nil }
        let path = entry["name"]?.string ?? entry["url"]?.string ?? entry["path"]?.string ?? ""
        return path.prefix { $0 != "#" && $0 != "?" }.split(separator: "/").last.map(String.init) ?? ""
    }

    private func wheel(
        _ entry: TOMLValue, of package: PackageName, version: String
    ) throws(StrataError) -> Pylock.Wheel {
        func refused(_ why: String) -> StrataError { self.refused(why, package) }

        guard let written = entry["url"]?.string else {
            throw refused(
                entry["path"] == nil
                    ? "a wheel has no URL"
                    : "a wheel is a file beside the lock, but a layer takes releases of an index only")
        }
        let url = IndexURL(written).address
        guard url.hasPrefix("https://") || url.hasPrefix("http://") || url.hasPrefix("file:///"), url.isPlainURL else {
            throw refused("a wheel's URL is neither http(s) nor file")
        }
        let path = url.prefix { $0 != "#" && $0 != "?" }
        let last = path.split(separator: "/").last.flatMap { String($0).percentDecoded }
        guard let name = entry["name"]?.string ?? last, let fileName = WheelFileName(name) else {
            throw refused("'\((last ?? "").prefix(80))' is not a wheel's file name")
        }
        guard fileName.normalizedName == package.text,
            PackageVersion(fileName.version.replacingUnderscores) == PackageVersion(version)
        else { throw refused("\(fileName) is not a wheel of this package") }
        guard let hex = entry["hashes"]?["sha256"]?.string, let sha256 = ContentDigest(hex: hex) else {
            throw refused("\(fileName) has no SHA-256: the \(isProject ? "lock" : "index") must give one")
        }
        let size = entry["size"]?.integer
        guard size.map({ $0 > 0 && $0 <= Self.largest }) ?? true else {
            throw refused(
                "the \(isProject ? "lock" : "index") gives \(fileName) an impossible size: \(size ?? 0) bytes")
        }
        return Pylock.Wheel(
            url: String(path), fileName: fileName, size: size.map { ByteCount($0) }, sha256: sha256)
    }
}

extension String {
    /// File names escape `+` and `-` of versions as `_`.
    fileprivate var replacingUnderscores: String {
        guard let underscore = firstIndex(of: "_") else { return self }
        return contains("+") ? self : self[..<underscore] + "+" + self[index(after: underscore)...]
    }

    /// Printable ASCII without spaces and quotes: what can stand in a file, a header or a log as it is.
    var isPlainURL: Bool {
        utf8.count <= 2048 && utf8.allSatisfy { $0 > 0x20 && $0 < 0x7f && !"\"'<>\\^`{|}".utf8.contains($0) }
    }
}
