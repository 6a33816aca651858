import Files
import FoundationEssentials
import Glibc
import Model

extension FolderProvider {
    public func grant(_ grant: Visibility.Grant, on id: Release.ID) async throws {
        let place = StrataError.Place(region: id.region.code, operation: "AddLayerVersionPermission")
        do {
            try check(id)
            try check(grant)
            let folder = folder(of: id)
            let layer = LayerFolder(path: self.folder(of: id.name, in: id.region), account: id.account)
            try await changing(id.region) { _ in
                guard try layer.record(id.number) != nil else {
                    throw StrataError(.notFound, "there is no version \(id)")
                }
                var grants = try Self.policy(in: folder)
                guard !grants.contains(where: { $0.statement == grant.statement }) else {
                    throw StrataError(.conflict, "the policy already has a statement '\(grant.statement)'")
                }
                grants.append(grant)
                try Self.write(grants, in: folder)
            }
        } catch let error as StrataError {
            throw error.at(place)
        }
    }

    public func revoke(statement: String, on id: Release.ID) async throws {
        try check(id)
        let folder = folder(of: id)
        try await changing(id.region) { _ in
            let grants = try Self.policy(in: folder)
            let rest = grants.filter { $0.statement != statement }
            if rest.count < grants.count { try Self.write(rest, in: folder) }
        }
    }

    public func policy(of id: Release.ID) async throws -> [Visibility.Grant] {
        try check(id)
        let folder = folder(of: id)
        return try await blocking { try Self.policy(in: folder) }
    }

    private static func policy(in folder: String) throws -> [Visibility.Grant] {
        guard let bytes = try BoundedFile.readIfPresent("\(folder)/policy.json", limit: .mebibytes(16)) else {
            return []
        }
        do {
            return try JSONDecoder().decode([Visibility.Grant].self, from: Data(bytes))
        } catch {
            throw StrataError(
                .inconsistent, "a layer's policy cannot be read", place: .init(file: "\(folder)/policy.json"),
                cause: error)
        }
    }

    private static func write(_ grants: [Visibility.Grant], in folder: String) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        try AtomicFile.write(encoder.encode(grants), to: "\(folder)/policy.json", as: .locked)
    }

    /// https://docs.aws.amazon.com/lambda/latest/api/API_AddLayerVersionPermission.html
    private func check(_ grant: Visibility.Grant) throws(StrataError) {
        func isWord(_ text: some StringProtocol) -> Bool {
            !text.isEmpty
                && text.utf8.allSatisfy { $0.isASCIIAlphanumeric || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_") }
        }
        guard isWord(grant.statement), grant.statement.utf8.count <= 100 else {
            throw StrataError(.invalidRequest, "'\(grant.statement)' is not a statement id")
        }
        let isAccount = grant.principal.utf8.count == 12 && Int(grant.principal) != nil
        guard grant.principal == "*" || isAccount else {
            throw StrataError(.invalidRequest, "'\(grant.principal)' is neither an account nor '*'")
        }
        guard let organization = grant.organization else { return }
        guard organization.hasPrefix("o-"), isWord(organization.dropFirst(2)),
            (12...34).contains(organization.utf8.count), grant.principal == "*"
        else {
            throw StrataError(.invalidRequest, "an organisation is the principal '*' and an id like 'o-a1b2c3d4e5'")
        }
    }
}
