import Crypto

/// The recipe by which wheels become a layer. Raised when the same wheels would give other bytes.
public enum Recipe {
    public static let current = 1
}

/// What goes into a build, whatever recipe makes it: a digest of the sorted wheels and the layer's options.
///
/// Never of URLs or dates: the same wheels from a mirror are the same contents.
public struct ContentsKey: Sendable, Hashable, Codable, LosslessStringConvertible {
    public let digest: ContentDigest

    public init(_ lock: Lock, _ options: BuildOptions) {
        var lines = ["strata contents 1", "target \(lock.target)"]
        lines += lock.wheels.map { "wheel \($0.package) \($0.version) \($0.fileName) \($0.sha256)" }.sorted()
        // The wheel's digest stands for the tools: the same bytes by newer ones are the same contents.
        lines += lock.wheels.compactMap { wheel in wheel.built.map { "built \(wheel.package) \($0.sha256)" } }
        lines += options.prune.map { "prune \($0.rawValue)" }
        lines += options.exclude.map { "exclude \($0)" }
        lines += options.dropConflicts.map { "drop \($0)" }
        // An option that is not used must leave no line: keys that are recorded stay what they are.
        lines += options.prefer.map { "prefer \($0.package) \($0.pattern)" }
        lines += options.allowShadowing.map { "shadow \($0)" }
        lines += options.allowRecord.map { "record \($0)" }
        lines += options.bin.map { "bin \($0)" }
        // What it is and what is taken, not where it lies; its name says how it is read.
        lines += options.files.compactMap { source in
            source.pin(on: lock.target.architecture).map { pin in
                "file \(pin.sha256) \(pin.name)\n"
                    + source.take.map { "take \($0.pattern)\n\($0.destination)" }.joined(separator: "\n")
            }
        }.sorted()
        lines += options.provided.map { "provided \($0)" }
        lines += options.with.map { "with \($0)" }
        lines += options.bytecode.map { [$0.line] } ?? []
        // The number is raised when the same libraries would be slimmed otherwise.
        if options.slim { lines.append("slim 1") }
        // A new line inside a pattern must not look like two patterns.
        digest = .of(
            lines.map { $0.replacing("\\", with: "\\\\").replacing("\n", with: "\\n") }.joined(separator: "\n"))
    }

    public init?(_ description: String) {
        guard let digest = ContentDigest(description) else { return nil }
        self.digest = digest
    }
    public var description: String { digest.hex }
    public init(from decoder: any Decoder) throws { self = try decoder.decodeLossless() }
    public func encode(to encoder: any Encoder) throws { try encoder.encodeDescription(of: self) }
}

/// The name of a build before it is made: its contents under a recipe. The same key gives the same bytes.
public struct BuildKey: Sendable, Hashable, Codable, LosslessStringConvertible {
    public let digest: ContentDigest

    public init(_ contents: ContentsKey, recipe: Int = Recipe.current) {
        digest = .of("strata build 1\nrecipe \(recipe)\ncontents \(contents)")
    }

    public init?(_ description: String) {
        guard let digest = ContentDigest(description) else { return nil }
        self.digest = digest
    }
    public var description: String { digest.hex }
    /// The first digits, enough for people.
    public var short: String { String(digest.hex.prefix(12)) }
    public init(from decoder: any Decoder) throws { self = try decoder.decodeLossless() }
    public func encode(to encoder: any Encoder) throws { try encoder.encodeDescription(of: self) }
}
