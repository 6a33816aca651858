import Model
import Wheels

/// How source distributions are looked for. A value, so that it can be handed to a child process.
public struct SourceConfiguration: Sendable, Hashable, Codable {
    let index: IndexSettings
    let cacheDirectory: String
    let minimumAge: Duration
    let now: Timestamp

    /// Where source distributions and what was built of them are kept.
    var folder: String { "\(cacheDirectory)/sdists" }
}

/// A source distribution that is asked for.
public enum SourceOrder: Sendable, Hashable, Codable {
    /// That of the newest release that a layer may have.
    case newest(PackageName, specifiers: String, Target)
    /// The one that a build's record names.
    case recorded(PackageName, version: String, SourceBuild)

    var package: PackageName {
        switch self {
        case .newest(let package, _, _), .recorded(let package, _, _): package
        }
    }
}

/// What was found.
public enum SourceAnswer: Sendable, Hashable, Codable {
    /// Nothing has to be built: the newest release has a wheel for the target, or there is no source distribution.
    case needless
    case found(FoundSource)
    case failed(WorkerProtocol.Failure)
}

/// A source distribution in the cache, and what it says of how it is built (PEP 518).
public struct FoundSource: Sendable, Hashable, Codable {
    let package: PackageName
    let version: String
    let fileName: String
    /// Without credentials.
    let url: String
    let size: ByteCount
    let sha256: ContentDigest
    /// What the back-end needs to be run.
    let requires: [String]
    let backend: String
    /// Folders of the source distribution in which the back-end itself is.
    let paths: [String]

    /// Where it is.
    func path(in configuration: SourceConfiguration) -> String { "\(configuration.folder)/\(sha256).sdist" }

    /// Whether the answer can be meant for what was asked, and holds nothing that reaches further.
    func answers(_ order: SourceOrder) -> Bool {
        func isName(_ text: String) -> Bool {
            !text.isEmpty && text.utf8.count <= 200 && !text.hasPrefix(".") && !text.hasPrefix("-")
                && text.utf8.allSatisfy { $0.isASCIIAlphanumeric || "._+!-".utf8.contains($0) }
        }
        if case .recorded(_, let version, let record) = order {
            guard version == self.version, record.sha256 == sha256, record.fileName == fileName else { return false }
        }
        return package == order.package && PackageVersion(version) != nil && isName(fileName)
            && IndexFile(name: fileName).version(of: package) == PackageVersion(version)
            && url.isPlainURL && IndexURL(url).userInfo == nil
            && ["https://", "http://", "file:///"].contains(where: { url.hasPrefix($0) })
            && requires.count <= 100 && requires.allSatisfy { (try? Requirement(parsing: $0)) != nil }
            && BuildSystem.isBackend(backend) && paths.count <= 10 && paths.allSatisfy(BuildSystem.isInside)
    }
}

/// A wheel that was built, in the cache by the key of its making.
public struct MadeWheel: Sendable, Hashable, Codable {
    let fileName: String
    let sha256: ContentDigest
    let size: ByteCount

    /// Whether it is a wheel of that release that any machine can load.
    func isPure(_ package: PackageName, _ version: String) -> Bool {
        guard let name = WheelFileName(fileName), name.normalizedName == package.text, size.bytes > 0 else {
            return false
        }
        return name.isPure && PackageVersion(name.version.replacing("_", with: "+")) == PackageVersion(version)
    }
}

extension WheelFileName {
    /// Whether every tag is for any machine, and one of them for Python 3.
    var isPure: Bool {
        tags.allSatisfy { $0.abi == "none" && $0.platform == "any" } && tags.contains { $0.python == "py3" }
    }
}
