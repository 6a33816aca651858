import Files
import FoundationEssentials
import Model

/// What came of building what a change of the configuration asks for.
///
/// It crosses from a run without rights to one that has a token, so it is data that the other side checks and renders:
/// `init(artefact:)` takes nothing of it on trust but that the run wrote it.
struct Review: Codable, Sendable {
    /// A layer for a target that is new or different.
    struct Layer: Codable, Sendable {
        enum Change: String, Codable, Sendable { case new, changed }
        let item: Item
        let change: Change
        /// nil if it cannot be built.
        let build: Build?
        /// Why it cannot be built.
        let refusal: String?
    }

    struct Build: Codable, Sendable {
        let version: String
        let zipped: ByteCount
        let unzipped: ByteCount
        let packages: [BuildSummary.Package]
        let findings: [Finding]
        let imports: ImportProof?
        let remarks: [String]
    }

    /// The format's version.
    var v = 1
    /// Mistakes of the configuration; then there are no layers.
    var problems: [String] = []
    /// Sorted.
    var layers: [Layer] = []
    /// Items that are as they were, and were not built.
    var unchanged = 0
    /// Items that the base has and this has not.
    var removed: [Item] = []
    /// Sections besides the layers that differ: who looks at the change should look at these.
    var sections: [String] = []
    /// Regions that each layer is stored in.
    var regions = 0
    /// Zips above this go through a bucket; nil if none is configured, and then they cannot be published.
    var staging: ByteCount?

    /// Whether everything that was asked for can be built.
    var isGood: Bool { problems.isEmpty && layers.allSatisfy { $0.refusal == nil } }

    /// The largest artefact that is read.
    static let limit = ByteCount(8_000_000)

    /// Reads what another run left.
    ///
    /// - Throws: `file` if it is too large; `invalidRequest` if it is not what a run writes.
    init(artefact path: String) throws {
        let bytes = try BoundedFile.read(path, limit: Self.limit)
        guard JSONNesting.isWithin(12, bytes) else { throw Self.refused("it is nested too deep") }
        let review: Review
        do { review = try JSONDecoder().decode(Review.self, from: Data(bytes)) } catch {
            throw Self.refused("it is not what 'strata review --json' writes")
        }
        guard review.v == 1 else { throw Self.refused("it was written by a newer Strata") }
        guard review.layers.count <= 10_000, review.problems.count <= 10_000, review.removed.count <= 100_000,
            review.sections.count <= 100, (0...1_000_000).contains(review.unchanged),
            (0...1000).contains(review.regions)
        else { throw Self.refused("it holds more than a configuration can ask for") }
        for layer in review.layers {
            guard (layer.build == nil) != (layer.refusal == nil) else {
                throw Self.refused("\(layer.item) is neither built nor refused")
            }
            guard let build = layer.build else { continue }
            guard (0...1_000_000_000_000).contains(build.zipped.bytes),
                (0...1_000_000_000_000).contains(build.unzipped.bytes), build.packages.count <= 10_000
            else { throw Self.refused("\(layer.item) has sizes that no layer has") }
        }
        self = review
    }

    private static func refused(_ why: String) -> StrataError {
        StrataError(.invalidRequest, "the review cannot be used: \(why)")
    }

    init() {}
}
