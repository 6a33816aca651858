import Model
import Wheels

/// What uv locked: the packages of a `pylock.toml` (PEP 751) with the wheels that fit, in no order that means anything.
package struct Pylock: Sendable {
    package struct Package: Sendable {
        let name: PackageName
        let version: String
        let wheels: [Wheel]
    }

    package struct Wheel: Sendable {
        let url: String
        let fileName: WheelFileName
        let size: ByteCount?
        let sha256: ContentDigest
    }

    package let packages: [Package]

    /// - Throws: `inconsistent` if the text is no lock of the kind that was asked for: another version of the format, a
    ///   package without a name, a wheel without SHA-256; `resolution` for a package from a repository or a folder.
    package init(_ text: String) throws(StrataError) {
        let root = try TOMLDocument.parse(text)
        guard let version = root["lock-version"]?.string, version == "1.0" || version.hasPrefix("1.") else {
            throw Self.refused("its version is not supported", nil)
        }
        var packages: [Package] = []
        for entry in root["packages"]?.array ?? [] {
            guard let written = entry["name"]?.string, let name = PackageName(written) else {
                throw Self.refused("a package has no name", nil)
            }
            guard let version = entry["version"]?.string, PackageVersion(version) != nil else {
                throw Self.refused("it has no version", name)
            }
            for source in ["vcs", "directory", "archive"] where entry[source] != nil {
                throw Self.refused(
                    "it is required by its address, but a layer takes releases of an index only", name, .resolution)
            }
            var wheels: [Wheel] = []
            for wheel in entry["wheels"]?.array ?? [] {
                wheels.append(try Wheel(wheel, of: name, version: version))
            }
            packages.append(Package(name: name, version: version, wheels: wheels))
        }
        self.packages = packages
    }

    fileprivate static func refused(
        _ why: String, _ package: PackageName?, _ code: StrataError.Code = .inconsistent
    ) -> StrataError {
        StrataError(
            code, "the lock is refused: " + (package.map { "\($0): " } ?? "") + why,
            place: .init(file: "pylock.toml"))
    }
}

extension Pylock.Wheel {
    /// 100 GB: no index takes such files.
    private static let largest = 100_000_000_000

    fileprivate init(_ entry: TOMLValue, of package: PackageName, version: String) throws(StrataError) {
        func refused(_ why: String) -> StrataError { Pylock.refused(why, package) }

        guard let written = entry["url"]?.string else { throw refused("a wheel has no URL") }
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
            throw refused("\(fileName) has no SHA-256: the index must give one")
        }
        let size = entry["size"]?.integer
        guard size.map({ $0 > 0 && $0 <= Self.largest }) ?? true else {
            throw refused("the index gives \(fileName) an impossible size: \(size ?? 0) bytes")
        }
        self.url = String(path)
        self.fileName = fileName
        self.size = size.map { ByteCount($0) }
        self.sha256 = sha256
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
