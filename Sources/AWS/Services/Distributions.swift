import Model

/// CloudFront's CreateInvalidation.
/// https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_CreateInvalidation.html
struct Distributions: Sendable {
    let client: AWSClient
    /// Whose distributions they are.
    let account: String

    /// - Parameters:
    ///   - paths: as readers ask for them; a `*` at the end stands for all that begin so.
    ///   - reference: the same again is the same invalidation.
    ///   - partition: CloudFront is one for all regions of it.
    /// - Throws: `quota` while too many invalidations are under way: 3,000 paths, or 15 that end with `*`.
    func invalidate(
        _ paths: [String], of distribution: String, as reference: String, in partition: Partition
    ) async throws(StrataError) {
        guard let main = Region(partition.mainRegion) else {
            throw StrataError(.inconsistent, "the partition \(partition.rawValue) has no main region")
        }
        var call = AWSCall(
            service: .cloudfront, operation: "CreateInvalidation", region: main, method: .post,
            path: "/2020-05-31/distribution/\(PercentEncoding.encode(distribution))/invalidation")
        let items = paths.map { "<Path>\(Self.escaped($0))</Path>" }.joined()
        call.payload = Payload(
            Array(
                ("<?xml version=\"1.0\" encoding=\"UTF-8\"?>"
                    + "<InvalidationBatch xmlns=\"http://cloudfront.amazonaws.com/doc/2020-05-31/\">"
                    + "<Paths><Quantity>\(paths.count)</Quantity><Items>\(items)</Items></Paths>"
                    + "<CallerReference>\(Self.escaped(reference))</CallerReference></InvalidationBatch>").utf8))
        call.headers = [("Content-Type", "text/xml")]
        call.resource = "arn:\(partition.rawValue):cloudfront::\(account):distribution/\(distribution)"
        call.subject = "the distribution '\(distribution)'"
        call.hints = [
            .quota: "CloudFront takes more once those under way are done, within minutes",
            .notFound: "'site.cloudfront' must name a distribution of account \(account)",
        ]
        _ = try await client.sendForXML(call)
    }

    private static func escaped(_ text: String) -> String {
        text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
    }
}
