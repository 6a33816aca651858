import FoundationEssentials
import Glibc
import Synchronization

/// Where people read: standard output for results, standard error for progress and errors.
///
/// A reader that goes away (a closed pipe) ends the output, not the run: SIGPIPE is ignored and failed writes too.
struct Console: Sendable {
    enum LogFormat: String, Sendable, CaseIterable {
        case text, json
    }

    var verbosity = Verbosity.normal
    var format = LogFormat.text
    let hasColour: Bool
    let isLive: Bool
    /// What is said when the command has ended well.
    let closing = Closing()

    enum Verbosity: Int, Sendable, Comparable {
        case quiet, normal, verbose
        static func < (left: Verbosity, right: Verbosity) -> Bool { left.rawValue < right.rawValue }
    }

    init(verbosity: Verbosity, format: LogFormat) {
        let environment = ProcessInfo.processInfo.environment
        let terminal = isatty(STDERR_FILENO) == 1 && environment["TERM"] != "dumb"
        self.verbosity = verbosity
        self.format = format
        isLive = terminal && format == .text && verbosity == .normal && environment["CI"] == nil
        hasColour = terminal && format == .text && (environment["NO_COLOR"] ?? "").isEmpty
    }

    /// A result: what another program may read.
    func print(_ text: String) { Self.write(text + "\n", to: STDOUT_FILENO) }

    /// A line about what happens, for people.
    func note(_ text: String) {
        guard verbosity > .quiet else { return }
        Self.write(format == .json ? LogLine(level: "info", message: text).json : text + "\n", to: STDERR_FILENO)
    }

    func warn(_ text: String) {
        Self.write(
            format == .json
                ? LogLine(level: "warning", message: text).json : paint("warning: ", .yellow) + text + "\n",
            to: STDERR_FILENO)
    }

    /// The one line of an error; with `--verbose`, the tree of its causes.
    func fail(_ error: any Error, causes: [String]) {
        if format == .json {
            Self.write(LogLine(level: "error", message: "\(error)").json, to: STDERR_FILENO)
            return
        }
        Self.write(paint("error: ", .red) + "\(error)\n", to: STDERR_FILENO)
        guard verbosity == .verbose else { return }
        for line in causes.dropFirst() { Self.write("  caused by:\(line)\n", to: STDERR_FILENO) }
    }

    enum Colour: String {
        case red = "31"
        case green = "32"
        case yellow = "33"
        case dim = "2"
        case bold = "1"
    }

    func paint(_ text: String, _ colour: Colour) -> String {
        hasColour ? "\u{1B}[\(colour.rawValue)m\(text)\u{1B}[0m" : text
    }

    static func write(_ text: String, to descriptor: Int32) {
        var bytes = Array(text.utf8)[...]
        while !bytes.isEmpty {
            let written = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if written < 0, errno == EINTR { continue }
            guard written > 0 else { return }
            bytes = bytes.dropFirst(written)
        }
    }
}

/// Lines for a command's end, which are known only then.
final class Closing: Sendable {
    private let sources = Mutex<[@Sendable () -> String]>([])

    func add(_ line: @escaping @Sendable () -> String) { sources.withLock { $0.append(line) } }

    var lines: [String] { sources.withLock(\.self).map { $0() } }
}

/// One line of the log for machines.
private struct LogLine: Encodable {
    let level: String
    let message: String

    var json: String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let data = (try? encoder.encode(self)) ?? Data()
        return String(decoding: data, as: UTF8.self) + "\n"
    }
}
