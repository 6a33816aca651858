/// A record of a CSV file, or what is wrong with it, with the line that it begins on, from 1.
public enum CSVRecord: Sendable, Hashable {
    /// Never empty.
    case fields([String], line: Int)
    /// - Parameter column: from 1, in bytes.
    case malformed(String, line: Int, column: Int)
}

/// Reads CSV as RFC 4180 defines it, strictly, chunk by chunk: memory does not grow with the file.
///
/// Lines end with CR LF or LF; empty lines are passed over, and so is a byte order mark at the beginning. A malformed
/// record costs its own line only: a quote that is never closed does not swallow the rest of the file.
public struct CSVReader: Sendable {
    /// What is longer is malformed.
    public struct Limits: Sendable {
        /// In bytes.
        public var record = 64 << 10
        /// In bytes.
        public var field = 64 << 10
        public var fields = 1024

        /// What files of this kind need at most.
        public init() {}
    }
    private let limits: Limits

    private var pending: [UInt8] = []
    private var line = 1
    private var isAtStart = true
    /// Inside a line that is too long to be kept.
    private var isSkipping = false

    /// Begins with a file.
    public init(_ limits: Limits = Limits()) { self.limits = limits }

    /// The records of a file that is in memory.
    public static func records(of bytes: [UInt8], _ limits: Limits = Limits()) -> [CSVRecord] {
        var reader = CSVReader(limits)
        var records: [CSVRecord] = []
        reader.read(bytes) { records.append($0) }
        reader.finish { records.append($0) }
        return records
    }

    /// Takes the file's next bytes and hands out the records that they complete.
    public mutating func read(_ bytes: some Collection<UInt8>, _ body: (CSVRecord) throws -> Void) rethrows {
        pending += bytes
        try drain(isLast: false, body)
    }

    /// Hands out what remains when the file ends.
    public mutating func finish(_ body: (CSVRecord) throws -> Void) rethrows { try drain(isLast: true, body) }

    private mutating func drain(isLast: Bool, _ body: (CSVRecord) throws -> Void) rethrows {
        if isAtStart {
            guard pending.count >= 3 || isLast else { return }
            if pending.starts(with: [0xef, 0xbb, 0xbf]) { pending.removeFirst(3) }
            isAtStart = false
        }
        var place = 0
        if isSkipping {
            guard let end = pending.firstIndex(of: .lineFeed) else {
                pending = []
                return
            }
            (place, line, isSkipping) = (end + 1, line + 1, false)
        }
        while place < pending.count {
            var scan = CSVScan(pending, from: place, isLast: isLast, limits)
            let outcome = scan.record()
            if case .incomplete = outcome, pending.count - place <= limits.record { break }
            switch outcome {
            case .record(let fields):
                if let fields { try body(.fields(fields, line: line)) }
                line += pending[place..<scan.place].count { $0 == .lineFeed }
                place = scan.place
            case .incomplete, .malformed:
                if case .malformed(let reason, let column) = outcome {
                    try body(.malformed(reason, line: line, column: column))
                } else {
                    try body(.malformed("the row is too long", line: line, column: 1))
                }
                guard let end = pending[place...].firstIndex(of: .lineFeed) else {
                    isSkipping = true
                    place = pending.count
                    break
                }
                (place, line) = (end + 1, line + 1)
            }
        }
        pending.removeFirst(place)
    }
}

/// One attempt at a record in bytes that may not hold all of it yet.
private struct CSVScan {
    enum Outcome {
        /// nil: an empty line.
        case record([String]?)
        case malformed(String, column: Int)
        case incomplete
    }

    private let bytes: [UInt8]
    private let isLast: Bool
    private let limits: CSVReader.Limits
    private var lineStart: Int
    private(set) var place: Int

    init(_ bytes: [UInt8], from place: Int, isLast: Bool, _ limits: CSVReader.Limits) {
        self.bytes = bytes
        self.limits = limits
        lineStart = place
        self.place = place
        self.isLast = isLast
    }

    mutating func record() -> Outcome {
        var fields: [String] = []
        while true {
            let begin = place - lineStart + 1
            guard fields.count < limits.fields else {
                return .malformed("the row has more than \(limits.fields) columns", column: begin)
            }
            let isQuoted = place < bytes.count && bytes[place] == .quote
            guard let content = isQuoted ? quoted() : bare() else {
                return isLast ? .malformed("a quote is not closed", column: begin) : .incomplete
            }
            // A field that these bytes end in may go on, in the middle of a character even.
            guard place < bytes.count || isLast else { return .incomplete }
            guard content.count <= limits.field else {
                return .malformed("a field is longer than \(limits.field) bytes", column: begin)
            }
            guard let text = String(validating: content, as: UTF8.self) else {
                return .malformed("the row is not UTF-8", column: begin)
            }
            fields.append(text)
            guard place < bytes.count else { return .record(fields) }
            switch bytes[place] {
            case .comma:
                place += 1
            case .lineFeed:
                place += 1
                return .record(fields == [""] && !isQuoted ? nil : fields)
            case .carriageReturn:
                guard place + 1 < bytes.count || isLast else { return .incomplete }
                guard place + 1 < bytes.count, bytes[place + 1] == .lineFeed else {
                    return malformed("a carriage return without a line feed")
                }
                place += 2
                return .record(fields == [""] && !isQuoted ? nil : fields)
            case .quote:
                return malformed("a quote inside a field that does not begin with one")
            case let byte where isQuoted && byte >= 0x20:
                return malformed("text follows a closing quote")
            default:
                return malformed("the row holds a control character")
            }
        }
    }

    private func malformed(_ reason: String) -> Outcome { .malformed(reason, column: place - lineStart + 1) }

    /// A field in quotes; `place` is then behind the closing one. nil if it is not closed in these bytes, or if it
    /// cannot be known yet whether it is.
    private mutating func quoted() -> [UInt8]? {
        var content: [UInt8] = []
        var from = place + 1
        while let quote = bytes[from...].firstIndex(of: .quote) {
            content += bytes[from..<quote]
            if quote + 1 == bytes.count, !isLast { return nil }
            guard quote + 1 < bytes.count, bytes[quote + 1] == .quote else {
                if let end = bytes[place...quote].lastIndex(of: .lineFeed) { lineStart = end + 1 }
                place = quote + 1
                return content
            }
            content.append(.quote)
            from = quote + 2
        }
        return nil
    }

    private mutating func bare() -> [UInt8]? {
        let from = place
        while place < bytes.count, bytes[place] != .comma, bytes[place] != .quote,
            bytes[place] >= 0x20 && bytes[place] != 0x7f || bytes[place] == 0x09
        { place += 1 }
        return Array(bytes[from..<place])
    }
}

extension UInt8 {
    fileprivate static let lineFeed = UInt8(ascii: "\n")
    fileprivate static let carriageReturn = UInt8(ascii: "\r")
    fileprivate static let quote = UInt8(ascii: "\"")
    fileprivate static let comma = UInt8(ascii: ",")
}
