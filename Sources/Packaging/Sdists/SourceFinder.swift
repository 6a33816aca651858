import Files
import Glibc
import HTTP
import Model

/// Looks for source distributions in the index, and fetches them by their digests. Nothing of them is run.
struct SourceFinder: Sendable {
    private let configuration: SourceConfiguration
    private let index: ProjectIndex
    private let download: WheelDownload

    /// Those of packages that can be layers are some megabytes.
    private static let largest = ByteCount.mebibytes(256)

    init(_ configuration: SourceConfiguration, client: HTTPClient, environment: [String: String]) {
        self.configuration = configuration
        let settings = configuration.index
        let retry = RetryPolicy()
        let access = IndexAccess(client, settings: settings, environment: environment, retry: retry)
        let asking = PageRequest(
            indexes: settings.indexes, links: settings.findLinks, access: access,
            store: PageStore(cacheDirectory: configuration.cacheDirectory))
        index = ProjectIndex(asking, parallelism: 4)
        download = WheelDownload(
            client: client, index: settings, cacheDirectory: configuration.cacheDirectory, environment: environment,
            retry: retry)
    }

    func find(_ order: SourceOrder) async -> SourceAnswer {
        do throws(StrataError) {
            switch order {
            case .newest(let package, let specifiers, let target):
                guard let (file, version) = try await newest(package, specifiers, target) else { return .needless }
                guard let url = file.url, let sha256 = try digest(of: file) else {
                    throw StrataError(
                        .resolution, "the index gives no address or no SHA-256 for \(file.name.printable(100))")
                }
                return .found(try await fetch(package, version, file.name, url, sha256))
            case .recorded(let package, let version, let record):
                return .found(try await fetch(package, version, record.fileName, record.url, record.sha256))
            }
        } catch {
            return .failed(.init(error))
        }
    }

    /// - Returns: nil if the newest release that will do has a wheel for the target, or none has a source distribution.
    private func newest(
        _ package: PackageName, _ specifiers: String, _ target: Target
    ) async throws(StrataError) -> (file: IndexFile, version: String)? {
        await index.ask([package])
        if case .failed(let error)? = await index.answers(for: [package])[package] { throw error }
        guard let page = await index.pages(for: [package])[package] ?? nil,
            let wanted = VersionSpecifiers(specifiers)
        else { return nil }
        let platform = try ResolvePlatform(target)
        let age = AgeLimit(minimumAge: configuration.minimumAge, now: configuration.now)
        for release in page.releases(of: package)
        where wanted.contains(release.version) && (release.version.isStable || wanted.allowsPreReleases) {
            if release.obstacle(on: platform, age: age) == nil { return nil }
            let sources = release.files.filter { file in
                file.isSourceDistribution && !file.isYanked && file.allows(target.python)
                    && age.cutoff.map { cutoff in file.uploaded.map { $0 < cutoff } ?? false } ?? true
            }
            // `.tar.gz` before `.zip`: what PEP 625 asks for.
            if let file = sources.min(by: {
                ($0.name.hasSuffix(".tar.gz") ? 0 : 1, $0.name) < ($1.name.hasSuffix(".tar.gz") ? 0 : 1, $1.name)
            }) {
                return (file, release.version.text)
            }
        }
        return nil
    }

    /// A flat folder says nothing of its files' digests.
    private func digest(of file: IndexFile) throws(StrataError) -> ContentDigest? {
        guard let url = file.url, url.hasPrefix("file://") else { return file.sha256 }
        return try BoundedFile.digest(try FlatFolder.path(of: url), limit: Self.largest)
    }

    private func fetch(
        _ package: PackageName, _ version: String, _ name: String, _ url: String, _ sha256: ContentDigest
    ) async throws(StrataError) -> FoundSource {
        let path = "\(configuration.folder)/\(sha256).sdist"
        try Folder.make(configuration.folder, mode: 0o777)
        if let known = try? BoundedFile.digest(path, limit: Self.largest), known == sha256 {
            CacheTrim.markUsed(path)
        } else {
            let part = try await PartFile.open("\(configuration.folder)/\(sha256).part")
            do throws(StrataError) {
                // The size is the most that is taken.
                try await download.fetch(
                    LockedWheel(
                        package: package, version: version, fileName: name, url: url, size: Self.largest, sha256: sha256
                    ),
                    into: part)
                try part.finish(as: path)
            } catch {
                if error.code == .digestMismatch || error.code == .file { part.remove() }
                throw error
            }
        }
        var file = stat()
        guard stat(path, &file) == 0 else { throw StrataError.file(errno, "cannot read", path) }
        let system = try await BuildSystem.read(path, name: name)
        return FoundSource(
            package: package, version: version, fileName: name, url: IndexURL(url).address,
            size: ByteCount(Int(file.st_size)), sha256: sha256, requires: system.requires, backend: system.backend,
            paths: system.paths)
    }
}
