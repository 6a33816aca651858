import Model
import Synchronization

/// Stands in for Lambda without storing anything: it hands out numbers, and knows what was published while it lives.
final class NoBytesProvider: LayerProvider {
    private struct Name: Hashable {
        let region: Region
        let name: String
    }
    private struct Version {
        let package: LayerPackage
        var grants: [Visibility.Grant] = []
    }
    private struct State {
        var last: [Name: Int] = [:]
        var versions: [Release.ID: Version] = [:]
    }
    private struct Prepared: PreparedLayer { let package: LayerPackage }

    static let account = "123456789012"
    private let state = Mutex(State())

    let listLag = Duration.zero

    /// - Parameter releases: what was published before, as the ledger tells.
    func remember(_ releases: [Release]) {
        state.withLock { state in
            for release in releases {
                let name = Name(region: release.id.region, name: release.id.name)
                state.last[name] = max(state.last[name] ?? 0, release.id.number)
            }
        }
    }

    func account(in partition: Partition) async throws -> String { Self.account }

    func prepare(_ package: LayerPackage, for regions: [Region]) async throws -> any PreparedLayer {
        Prepared(package: package)
    }

    func publish(_ layer: any PreparedLayer, as name: String, in region: Region) async throws -> PublishedVersion {
        let id = state.withLock { state in
            let place = Name(region: region, name: name)
            let number = (state.last[place] ?? 0) + 1
            state.last[place] = number
            let id = Release.ID(account: Self.account, region: region, name: name, number: number)
            state.versions[id] = Version(package: layer.package)
            return id
        }
        return published(id, layer.package)
    }

    func version(_ id: Release.ID) async throws -> PublishedVersion? {
        state.withLock { $0.versions[id] }.map { published(id, $0.package) }
    }

    func versions(of name: String, in region: Region) async throws -> [VersionSummary] {
        state.withLock { state in
            (1...max(1, state.last[Name(region: region, name: name)] ?? 1)).reversed().compactMap { number in
                let id = Release.ID(account: Self.account, region: region, name: name, number: number)
                return state.versions[id].map {
                    VersionSummary(id: id, arn: arn(id), description: $0.package.description)
                }
            }
        }
    }

    func delete(_ id: Release.ID) async throws { state.withLock { $0.versions[id] = nil } }

    func grant(_ grant: Visibility.Grant, on id: Release.ID) async throws {
        state.withLock { $0.versions[id]?.grants.append(grant) }
    }

    func revoke(statement: String, on id: Release.ID) async throws {}

    func policy(of id: Release.ID) async throws -> [Visibility.Grant] {
        state.withLock { $0.versions[id]?.grants ?? [] }
    }

    func storage(in region: Region) async throws -> CodeStorage {
        CodeStorage(used: ByteCount(0), limit: ByteCount(.max))
    }

    private func arn(_ id: Release.ID) -> String {
        "arn:aws:lambda:\(id.region):\(id.account):layer:\(id.name):\(id.number)"
    }

    private func published(_ id: Release.ID, _ package: LayerPackage) -> PublishedVersion {
        PublishedVersion(
            id: id, arn: arn(id), sha256: package.sha256, size: package.size, description: package.description,
            runtimes: ["python\(package.target.python)"], architectures: [package.target.architecture])
    }
}
