import Model
import Synchronization

/// A provider with faults that a real one does not produce on demand, by region.
final class FaultyProvider: LayerProvider {
    enum Fault: Sendable {
        /// The call fails and has no effect.
        case fails(StrataError.Code)
        /// The call takes effect and its answer is lost.
        case losesAnswer
        /// What is read back has other bytes than were sent.
        case corrupts
        /// The permission cannot be granted, and why.
        case deniesGrant(StrataError.Code = .unavailable)
    }

    private let real: any LayerProvider
    let faults = Mutex<[Region: Fault]>([:])
    /// What preparing a layer fails with, wherever it goes.
    let preparing = Mutex<StrataError.Code?>(nil)
    /// What happens between a publisher's last look at the lease and the publication.
    let beforePublish = Mutex<(@Sendable () async throws -> Void)?>(nil)
    /// What happens between a version's publication and the next call.
    let afterPublish = Mutex<(@Sendable () async throws -> Void)?>(nil)
    let publishCalls = Mutex<[Region: Int]>([:])
    let listCalls = Mutex<[Region: Int]>([:])
    private let policies = Mutex(0)
    /// How often a policy was asked for.
    var policyCalls: Int { policies.withLock { $0 } }

    /// How long lists may not show what was published just now, and how many more do not show the newest version.
    let lag = Mutex(Duration.zero)
    let shortLists = Mutex(0)
    var listLag: Duration { lag.withLock { $0 } }

    init(_ real: any LayerProvider) { self.real = real }

    func set(_ faults: [Region: Fault]) { self.faults.withLock { $0 = faults } }
    private func fault(_ region: Region) -> Fault? { faults.withLock { $0[region] } }

    func account(in partition: Partition) async throws -> String { try await real.account(in: partition) }
    func prepare(_ package: LayerPackage, for regions: [Region]) async throws -> any PreparedLayer {
        if let code = preparing.withLock({ $0 }) { throw StrataError(code, "planted") }
        return try await real.prepare(package, for: regions)
    }

    func publish(_ layer: any PreparedLayer, as name: String, in region: Region) async throws -> PublishedVersion {
        publishCalls.withLock { $0[region, default: 0] += 1 }
        if case .fails(let code) = fault(region) { throw StrataError(code, "planted") }
        if let happening = beforePublish.withLock({ $0 }) { try await happening() }
        let version = try await real.publish(layer, as: name, in: region)
        if let happening = afterPublish.withLock({ $0 }) { try await happening() }
        if case .losesAnswer = fault(region) { throw StrataError(.timedOut, "the answer was lost") }
        return version
    }

    func version(_ id: Release.ID) async throws -> PublishedVersion? {
        if case .fails(let code) = fault(id.region) { throw StrataError(code, "planted") }
        guard let version = try await real.version(id) else { return nil }
        guard case .corrupts = fault(id.region) else { return version }
        return PublishedVersion(
            id: version.id, arn: version.arn, sha256: .of("other bytes"), size: version.size,
            description: version.description, runtimes: version.runtimes, architectures: version.architectures)
    }

    func versions(of name: String, in region: Region) async throws -> [VersionSummary] {
        listCalls.withLock { $0[region, default: 0] += 1 }
        if case .fails(let code) = fault(region) { throw StrataError(code, "planted") }
        let versions = try await real.versions(of: name, in: region)
        let isShort = shortLists.withLock { count in
            defer { count = max(count - 1, 0) }
            return count > 0
        }
        return isShort ? Array(versions.dropFirst()) : versions
    }

    func delete(_ id: Release.ID) async throws { try await real.delete(id) }

    func grant(_ grant: Visibility.Grant, on id: Release.ID) async throws {
        if case .deniesGrant(let code) = fault(id.region) { throw StrataError(code, "planted") }
        try await real.grant(grant, on: id)
    }

    func revoke(statement: String, on id: Release.ID) async throws {
        try await real.revoke(statement: statement, on: id)
    }
    func policy(of id: Release.ID) async throws -> [Visibility.Grant] {
        policies.withLock { $0 += 1 }
        if case .fails(let code) = fault(id.region) { throw StrataError(code, "planted") }
        return try await real.policy(of: id)
    }

    func storage(in region: Region) async throws -> CodeStorage {
        if case .fails(let code) = fault(region) { throw StrataError(code, "planted") }
        return try await real.storage(in: region)
    }
}
