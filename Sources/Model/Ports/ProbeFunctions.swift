/// Lambda, as far as layers are imported there before anybody may have them.
///
/// A seam: the commands put AWS behind it.
public struct ProbeFunctions: Sendable {
    /// Where functions are made from now on; nil if none are.
    public let place: Place?
    /// Makes a layer's version and a function that has it, calls the function once, and removes both.
    ///
    /// - Throws: why the function could not be made or called, which says nothing of the layer; `unsupported` where there
    ///   are no functions of that target.
    public let call: @Sendable (_ trial: Trial) async throws(StrataError) -> Answer
    /// Removes what is at a place: what a run left that died.
    ///
    /// - Returns: the names of what was there.
    /// - Throws: `refused` if it is another account's.
    public let clear: @Sendable (_ place: Place) async throws(StrataError) -> [String]

    public init(
        place: Place?, call: @escaping @Sendable (Trial) async throws(StrataError) -> Answer,
        clear: @escaping @Sendable (Place) async throws(StrataError) -> [String]
    ) {
        self.place = place
        self.call = call
        self.clear = clear
    }

    /// What layers and functions for proofs are called, and where they are: enough to find them again.
    public struct Place: Sendable, Hashable, Codable {
        public let region: Region
        public let account: String
        /// What their names begin with: another registry's begin otherwise.
        public let stem: String
        /// Sorted.
        public let targets: [Target]

        /// - Parameter registry: what tells the registry from all others in the account.
        public init(region: Region, account: String, registry: String, targets: [Target]) {
            self.region = region
            self.account = account
            stem = "strata-probe-\(ContentDigest.of(registry).hex.prefix(10))"
            self.targets = Set(targets).sorted()
        }

        /// The name of the layers for a target: `strata-probe-0123456789-p312_arm64`. A function is called as its layer,
        /// with the version's number behind it; no number is used twice.
        public func name(_ target: Target) -> String { "\(stem)-\(target.shortName)" }
    }

    /// One call of a function.
    public struct Trial: Sendable {
        /// The layer that the function has.
        public let layer: LayerPackage
        /// The function's code: a module `imports` with a `handler`.
        public let program: [UInt8]
        /// What it is called with.
        public let event: [UInt8]

        public init(layer: LayerPackage, program: [UInt8], event: [UInt8]) {
            self.layer = layer
            self.program = program
            self.event = event
        }
    }

    public enum Answer: Sendable, Hashable {
        /// What the function said. Strangers' code may have written it.
        case given([UInt8])
        /// The function said nothing: it ended, or its time did. One printable line.
        case missing(String)
    }
}
