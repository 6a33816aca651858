import Model

/// Compares what a registry lists with what Lambda serves.
///
/// The registry says which build an ARN holds, and the build's file says its digest. Lambda's answer says a digest too;
/// downloading the bytes and hashing them takes nobody's word.
public struct LayerVerifier: Sendable {
    /// What Lambda answers for a version.
    public struct Served: Sendable, Hashable {
        public let sha256: ContentDigest
        public let size: ByteCount
        /// Where the bytes can be had, for ten minutes.
        public let location: String

        public init(sha256: ContentDigest, size: ByteCount, location: String) {
            self.sha256 = sha256
            self.size = size
            self.location = location
        }
    }

    public let catalog: RegistryCatalog
    /// Asks Lambda. nil if there is no such version; `accessDenied` if it may not be read.
    public let ask: @Sendable (LayerARN) async throws -> Served?
    /// Downloads and hashes what Lambda serves; nil to believe Lambda's digest.
    public let download: (@Sendable (Served) async throws -> ContentDigest)?

    public init(
        _ catalog: RegistryCatalog, ask: @escaping @Sendable (LayerARN) async throws -> Served?,
        download: (@Sendable (Served) async throws -> ContentDigest)?
    ) {
        self.catalog = catalog
        self.ask = ask
        self.download = download
    }

    /// Throws only if the registry or Lambda cannot be asked.
    public func verify(_ arn: LayerARN) async throws -> Verdict {
        guard let listed = try await listing(of: arn) else { return verdict(arn, .unlisted, nil) }
        let served: Served?
        do {
            served = try await ask(arn)
        } catch let error as StrataError where error.code == .accessDenied {
            return verdict(arn, .unreadable, listed)
        }
        guard let served else { return verdict(arn, .missing, listed) }
        guard let expected = try await catalog.build(listed.build, of: listed.item)?.sha256 else {
            return verdict(arn, .unknown, listed, served: served.sha256)
        }
        let found = try await download?(served) ?? served.sha256
        // What is downloaded must be what Lambda says it is, or the two would be told apart by chance.
        let isSame = found == expected && served.sha256 == expected
        return verdict(
            arn, isSame ? .same : .different, listed, expected: expected,
            served: found == expected ? served.sha256 : found, downloaded: download != nil)
    }

    private func listing(of arn: LayerARN) async throws -> ListedRelease? {
        try await catalog.history(behind: LayerReference(arn))?.releases.first { $0.arn(in: arn.region) == arn }
    }

    private func verdict(
        _ arn: LayerARN, _ kind: Verdict.Kind, _ listed: ListedRelease?, expected: ContentDigest? = nil,
        served: ContentDigest? = nil, downloaded: Bool = false
    ) -> Verdict {
        Verdict(
            arn: arn.description, kind: kind, status: listed?.status, item: listed?.item, build: listed?.build,
            listed: expected, served: served, isDownloaded: downloaded)
    }
}
