import Model

extension LambdaLayerProvider {
    public func version(_ id: Release.ID) async throws(StrataError) -> PublishedVersion? {
        try check(id.name)
        let lambda = try await lambda(id.region)
        return try await unlessMissing { () async throws(StrataError) in
            try published(try await lambda.get(id), id.name, id.region)
        }
    }

    /// A version by its ARN, also of a layer that is somebody else's: what a consumer would get, and where its bytes
    /// can be had for ten minutes.
    ///
    /// - Returns: nil if it does not exist. A version that may not be read is `accessDenied`.
    /// - Throws: `.invalidRequest` for what is no layer version's ARN.
    public func served(arn: String) async throws(StrataError) -> (version: PublishedVersion, location: String)? {
        let parts = arn.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 8, parts[2] == "lambda", parts[5] == "layer", Int(parts[7]) != nil,
            let region = Region(parts[3])
        else { throw StrataError(.invalidRequest, "'\(arn)' is not a layer version's ARN") }
        let lambda = try await lambda(region)
        return try await unlessMissing { () async throws(StrataError) in
            let answer = try await lambda.get(arn: arn, in: region)
            guard let location = answer.Content.Location else {
                throw StrataError(
                    .unavailable, "the answer does not say where the bytes are",
                    place: StrataError.Place(region: region.code, operation: "lambda:GetLayerVersion"))
            }
            return (try published(answer, parts[6], region), location)
        }
    }

    public func versions(of name: String, in region: Region) async throws(StrataError) -> [VersionSummary] {
        try check(name)
        let found = try await unlessMissing { () async throws(StrataError) in try await list(name, in: region) }
        return (found ?? []).sorted { $0.id.number > $1.id.number }
    }

    private func list(_ name: String, in region: Region) async throws(StrataError) -> [VersionSummary] {
        let lambda = try await lambda(region)
        var found: [VersionSummary] = []
        var markers: Set<String> = []
        var marker: String?
        while true {
            let page = try await lambda.list(name, after: marker, in: region)
            found += page.LayerVersions.map { entry in
                VersionSummary(
                    id: Release.ID(region: region, name: name, number: entry.Version), arn: entry.LayerVersionArn,
                    description: entry.Description ?? "")
            }
            guard let next = page.NextMarker, !next.isEmpty else { return found }
            guard markers.insert(next).inserted else {
                throw StrataError(
                    .unavailable, "the list of versions does not end",
                    place: StrataError.Place(region: region.code, operation: "lambda:ListLayerVersions"))
            }
            marker = next
        }
    }

    public func delete(_ id: Release.ID) async throws(StrataError) {
        try check(id.name)
        let lambda = try await lambda(id.region)
        _ = try await unlessMissing { () async throws(StrataError) in try await lambda.delete(id) }
    }

    /// Refuses what is no layer's name before it becomes part of a path.
    func check(_ name: String) throws(StrataError) {
        guard LayerName(name) != nil else {
            throw StrataError(
                .invalidRequest, "'\(name)' is not a valid layer name: use at most 64 letters, digits, '-' and '_'")
        }
    }

    /// - Throws: `.unavailable` for an answer that contradicts itself.
    func published(
        _ answer: Lambda.LayerVersion, _ name: String, _ region: Region
    ) throws(StrataError) -> PublishedVersion {
        guard let bytes = Base64.decode(answer.Content.CodeSha256), let digest = ContentDigest(bytes: bytes),
            answer.Version > 0, answer.LayerVersionArn.hasSuffix(":layer:\(name):\(answer.Version)"),
            answer.LayerVersionArn.contains(":\(region.code):")
        else {
            throw StrataError(
                .unavailable, "the answer's version, ARN or digest is invalid",
                place: StrataError.Place(region: region.code, operation: "lambda"))
        }
        return PublishedVersion(
            id: Release.ID(region: region, name: name, number: answer.Version), arn: answer.LayerVersionArn,
            sha256: digest, size: ByteCount(answer.Content.CodeSize), description: answer.Description ?? "",
            runtimes: answer.CompatibleRuntimes ?? [],
            architectures: (answer.CompatibleArchitectures ?? []).compactMap(Architecture.init(rawValue:)))
    }
}

/// - Returns: what the work gives, or nil if the service says that the thing does not exist.
func unlessMissing<Value: Sendable>(
    _ work: () async throws(StrataError) -> Value
) async throws(StrataError) -> Value? {
    do throws(StrataError) {
        return try await work()
    } catch {
        guard error.code == .notFound else { throw error }
        return nil
    }
}
