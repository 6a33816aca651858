extension LayerProvider {
    /// Refuses a release that is not in the account that the provider is signed in to. To be asked before each effect
    /// on what is recorded: the account of a configuration may change, and a name and a number mean another version
    /// there.
    ///
    /// Cheap: providers ask for their account once for each partition.
    ///
    /// - Parameters:
    ///   - arn: as it was recorded when the version was published.
    ///   - id: what the effect would be asked for; nil for what the ARN says.
    /// - Returns: the ARN in parts.
    /// - Throws: `refused` if the account is another one, `inconsistent` for what is no ARN or another release's, and
    ///   what the provider says when it is asked for its account.
    @discardableResult
    public func checkOwner(of arn: String, as id: Release.ID? = nil) async throws -> LayerVersionARN {
        guard let parts = LayerVersionARN(arn) else {
            throw StrataError(.inconsistent, "what is recorded as a layer version's ARN is not one")
        }
        let place = StrataError.Place(region: parts.region.code)
        guard id == nil || id == parts.release else {
            throw StrataError(
                .inconsistent, "\(arn) is recorded for the release \(id?.description ?? "")", place: place)
        }
        let account = try await account(in: parts.partition)
        guard account == parts.account else {
            throw StrataError(
                .refused,
                "\(arn) is account \(parts.account)'s, and these credentials are for account \(account)",
                hint: "sign in to account \(parts.account), or leave what it holds as it is", place: place)
        }
        return parts
    }
}
