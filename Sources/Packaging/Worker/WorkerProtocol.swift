import FoundationEssentials
import Model

/// What a run and its worker say to each other: one JSON value a line, a request to the worker's standard input, answers
/// from its standard output.
public enum WorkerProtocol {
    /// What a worker is asked. It gets one request and ends after it.
    public enum Request: Sendable, Codable {
        case resolve(ResolverConfiguration, [ResolveRequest])
        case build(BuilderConfiguration, [BuildOrder], folder: String)
        case unpack(UnpackOrder)
        /// What is known of packages.
        case audit(AuditConfiguration, [PinnedPackage])
        /// Fetches source distributions.
        case find(SourceConfiguration, [SourceOrder])
        /// Looks at a wheel that was built twice.
        case adopt(AdoptionOrder)
    }

    /// What it answers: any number of these, `done` at last.
    public enum Answer: Sendable, Codable {
        case resolving(ResolveProgress)
        case building(BuildProgress)
        /// Of the order at an index.
        case built(Int, BuildOutcome)
        case failed(Int, Failure)
        /// The modules at the top of a layer's packages.
        case unpacked([LayerTree.Module])
        case audited(AdvisoryReport)
        case notAudited(Failure)
        /// Of the order at an index.
        case source(Int, SourceAnswer)
        case adopted(MadeWheel)
        case done
    }

    /// A `StrataError` without its causes, which are not values.
    public struct Failure: Sendable, Hashable, Codable {
        public let code: StrataError.Code
        public let message: String
        public let hint: String?
        public let place: StrataError.Place
        /// The causes' lines.
        public let details: [String]

        init(_ error: StrataError, details: [String]? = nil) {
            code = error.code
            message = error.message
            hint = error.hint
            place = error.place
            self.details = details ?? error.causes.dropFirst().map { $0.trimmingSpaces }
        }

        var error: StrataError {
            StrataError(
                code, message, hint: hint, place: place, cause: details.isEmpty ? nil : Details(lines: details))
        }
    }

    private struct Details: Error, CustomStringConvertible {
        let lines: [String]
        var description: String { lines.joined(separator: ": ") }
    }

    /// The longest line either side accepts. The largest locks have some hundred wheels at half a kilobyte.
    static let longestLine = 8 << 20
    /// A request holds all items of a run.
    static let longestRequest = 256 << 20

    package static func line(_ value: some Encodable) throws(StrataError) -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        do {
            return Array(try encoder.encode(value)) + [UInt8(ascii: "\n")]
        } catch {
            throw StrataError(.inconsistent, "a message cannot be written", cause: error)
        }
    }

    static func read<Value: Decodable>(_ type: Value.Type, _ line: [UInt8]) throws(StrataError) -> Value {
        do {
            return try JSONDecoder().decode(type, from: Data(line))
        } catch {
            throw StrataError(.inconsistent, "a message cannot be decoded", cause: error)
        }
    }
}

/// How layers are built in a worker. A value, so that it can be handed over.
public struct BuilderConfiguration: Sendable, Hashable, Codable {
    /// Credentials for downloads, and the flat folders.
    public var index: IndexSettings
    /// The wheel cache is in it.
    public var cacheDirectory: String
    /// The configuration's folder, where the paths of layers' `files` begin.
    public var folder: String
    /// What the wheel cache is trimmed to.
    public var cacheLimit: ByteCount
    /// How many layers are built at once.
    public var parallelism: Int
    public var now: Timestamp
    /// Whether layers become images, too, which may be larger than Lambda takes as a layer.
    public var asImage = false
    /// What compiles modules, where a layer asks for that.
    var interpreters: [Target: Interpreter] = [:]

    /// - Parameter parallelism: the cores if nil.
    public init(
        index: IndexSettings = IndexSettings(), cacheDirectory: String, folder: String = ".",
        cacheLimit: ByteCount = ByteCount(10_000_000_000), parallelism: Int? = nil, now: Timestamp
    ) {
        self.index = index
        self.cacheDirectory = cacheDirectory
        self.folder = folder
        self.cacheLimit = cacheLimit
        self.parallelism = max(1, parallelism ?? ProcessInfo.processInfo.activeProcessorCount)
        self.now = now
    }
}

/// Takes lines out of a stream of bytes, and refuses one without end.
struct LineReader {
    private var pending: [UInt8] = []
    private let limit: Int

    init(limit: Int) { self.limit = limit }

    /// The lines that the bytes complete.
    mutating func lines(adding bytes: [UInt8]) throws(StrataError) -> [[UInt8]] {
        var lines: [[UInt8]] = []
        for part in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).enumerated() {
            if part.offset > 0 {
                lines.append(pending)
                pending = []
            }
            guard pending.count + part.element.count <= limit else {
                throw StrataError(.inconsistent, "a message is longer than \(limit) bytes")
            }
            pending += part.element
        }
        return lines
    }
}
