/// What a look at a layer found before it was published, without running anything of it.
public struct Finding: Sendable, Hashable, Codable {
    /// How much it matters, the worst last.
    public enum Verdict: String, Sendable, Codable, CaseIterable, Comparable {
        /// Worth knowing.
        case note
        /// Something in the layer fails if somebody asks for it.
        case warning
        /// What the layer is for cannot be imported.
        case error

        public static func < (left: Verdict, right: Verdict) -> Bool { left.rank < right.rank }
        private var rank: Int { self == .note ? 0 : self == .warning ? 1 : 2 }
    }

    /// What is looked at: the names that the configuration waives by.
    public enum Rule: String, Sendable, Codable, CaseIterable, Comparable, CodingKeyRepresentable {
        /// Machine code is for the target's architecture.
        case machine
        /// Versions of symbols are those of the runtime's libraries.
        case symbolVersions = "symbol-versions"
        /// Libraries that the loader must find are brought by somebody.
        case missingLibrary = "missing-library"
        /// A library that the layer brings is not hidden by the runtime's own.
        case hiddenLibrary = "hidden-library"
        /// Modules that are imported at import exist.
        case missingModule = "missing-module"
        /// No module hides the standard library.
        case standardLibrary = "standard-library"
        /// What wheels require is there, in the version that they ask for.
        case requirements
        /// Wheels hold what their names say.
        case wheelTags = "wheel-tags"
        /// Wheels' RECORDs are right.
        case record
        /// A package's files come from one wheel.
        case sharedPackage = "shared-package"
        /// Nothing depends on `.pth` files.
        case pathFiles = "path-files"
        /// Paths can be unpacked everywhere.
        case paths
        /// Everything was looked at.
        case coverage
        /// The modules of the packages that were asked for can be imported: shown by importing them.
        case imports
        /// Packages are under licences that the configuration allows.
        case licenses = "licences"
        /// What slimming took off native libraries.
        case slim
        /// Native libraries that several packages bring.
        case duplicateLibrary = "duplicate-library"

        public static func < (left: Rule, right: Rule) -> Bool { left.rawValue < right.rawValue }
    }

    public let rule: Rule
    public let verdict: Verdict
    /// One line of at most a thousand characters; strangers' words in it can be printed.
    public let message: String
    /// What helps.
    public let hint: String?
    /// The wheel that it is about.
    public let wheel: String?
    /// Why the maintainer takes the layer all the same.
    public var waived: String?

    /// The same as it is kept with a build.
    public var recorded: Finding { Finding(rule, verdict, message, wheel: wheel, waived: waived) }

    public init(
        _ rule: Rule, _ verdict: Verdict, _ message: String, hint: String? = nil, wheel: String? = nil,
        waived: String? = nil
    ) {
        self.rule = rule
        self.verdict = verdict
        self.message = String(message.unicodeScalars.prefix(1000))
        self.hint = hint
        self.wheel = wheel
        self.waived = waived
    }
}
