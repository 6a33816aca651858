import FoundationEssentials
import Model

/// Log lines as JSON objects, one a line, each with the id of the call that it belongs to: what CloudWatch's queries
/// read without parsing.
public struct FleetLog: Sendable {
    public enum Level: String, Sendable, Codable {
        case debug = "DEBUG"
        case info = "INFO"
        case warning = "WARN"
        case error = "ERROR"
    }

    private let function: String
    let write: @Sendable (String) -> Void

    /// - Parameters:
    ///   - function: the handler's name, in every line.
    ///   - write: takes a line with its end.
    public init(function: String, write: @escaping @Sendable (String) -> Void) {
        self.function = function
        self.write = write
    }

    public func debug(_ message: String) { log(.debug, message) }
    public func info(_ message: String) { log(.info, message) }
    public func warning(_ message: String) { log(.warning, message) }
    public func error(_ message: String) { log(.error, message) }

    /// - Parameters:
    ///   - item: the layer and target that it is about.
    ///   - region: the region that it is about.
    public func log(_ level: Level, _ message: String, item: Item? = nil, region: Region? = nil) {
        let line = Line(
            timestamp: Date().formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true)), level: level,
            message: message, function: function, requestId: Invocation.current?.requestID,
            traceId: Invocation.current?.trace, item: item?.description, region: region?.code)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard let data = try? encoder.encode(line) else { return }
        write(String(decoding: data, as: UTF8.self) + "\n")
    }

    /// Lambda's own names for the fields that it knows.
    /// https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-logformat.html
    private struct Line: Encodable {
        let timestamp: String
        let level: Level
        let message: String
        let function: String
        let requestId: String?
        let traceId: String?
        let item: String?
        let region: String?
    }
}
