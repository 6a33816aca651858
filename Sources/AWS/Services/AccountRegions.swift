import Model

/// Account management's ListRegions, which has one endpoint for each partition.
/// https://docs.aws.amazon.com/accounts/latest/reference/API_ListRegions.html
struct AccountRegions: Sendable {
    let client: AWSClient

    /// The regions that the account may use, sorted.
    func enabled(in partition: Partition) async throws(StrataError) -> [Region] {
        struct Body: Encodable {
            let MaxResults = 50
            let NextToken: String?
            let RegionOptStatusContains = ["ENABLED", "ENABLED_BY_DEFAULT"]
        }
        struct Answer: Decodable {
            struct Entry: Decodable { let RegionName: String }
            let Regions: [Entry]
            let NextToken: String?
        }
        guard let main = Region(partition.mainRegion) else { return [] }
        var regions: Set<Region> = []
        var token: String?
        var pages = 0
        repeat {
            var call = AWSCall(
                service: .account, operation: "ListRegions", region: main, method: .post, path: "/listRegions")
            call.headers = [("Content-Type", "application/json")]
            call.payload = Payload(try JSONBytes.of(Body(NextToken: token)))
            let answer = try await client.send(call, Answer.self)
            regions.formUnion(answer.Regions.compactMap { Region($0.RegionName) })
            token = answer.NextToken
            pages += 1
        } while token != nil && pages < 20
        return regions.filter { $0.partition == partition }.sorted()
    }
}
