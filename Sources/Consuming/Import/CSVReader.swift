/// A record of a CSV file, or why it is none, with the line that it begins on.
package enum CSVRecord: Sendable, Hashable {
    case fields([String], line: Int)
    case malformed(String, line: Int)
}

/// Reads CSV as RFC 4180 defines it, strictly, chunk by chunk: memory does not grow with the file.
///
/// Lines end with CR LF or LF; empty lines are passed over, and so is a byte order mark at the beginning. A malformed
/// record costs its own line only: a quote that is never closed does not swallow the rest of the file.
package struct CSVReader: Sendable {
    /// Longer records are malformed.
    package static let recordLimit = 64 << 10

    private var pending: [UInt8] = []
    private var line = 1
    private var isAtStart = true
    /// Inside a line that is too long to be kept.
    private var isSkipping = false

    package init() {}

    /// Takes the file's next bytes and hands out the records that they complete.
    package mutating func read(_ bytes: some Collection<UInt8>, _ body: (CSVRecord) throws -> Void) rethrows {
        pending += bytes
        try drain(isLast: false, body)
    }

    /// Hands out what remains when the file ends.
    package mutating func finish(_ body: (CSVRecord) throws -> Void) rethrows { try drain(isLast: true, body) }

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
            var scan = CSVScan(pending, from: place, isLast: isLast)
            let outcome = scan.record()
            if case .incomplete = outcome, pending.count - place <= Self.recordLimit { break }
            switch outcome {
            case .record(let fields):
                if let fields { try body(.fields(fields, line: line)) }
                line += pending[place..<scan.place].count { $0 == .lineFeed }
                place = scan.place
            case .incomplete, .malformed:
                let reason = if case .malformed(let reason) = outcome { reason } else { "the record is too long" }
                try body(.malformed(reason, line: line))
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
        case malformed(String)
        case incomplete
    }

    private let bytes: [UInt8]
    private let start: Int
    private let isLast: Bool
    private(set) var place: Int

    init(_ bytes: [UInt8], from place: Int, isLast: Bool) {
        self.bytes = bytes
        self.start = place
        self.place = place
        self.isLast = isLast
    }

    mutating func record() -> Outcome {
        var fields: [String] = []
        while true {
            let isQuoted = place < bytes.count && bytes[place] == .quote
            guard let content = isQuoted ? quoted() : bare() else { return unfinished(inQuotes: isQuoted) }
            // A field that these bytes end in may go on, in the middle of a character even.
            guard place < bytes.count || isLast else { return .incomplete }
            guard let text = String(validating: content, as: UTF8.self) else {
                return .malformed("it is no UTF-8 text")
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
                guard place + 1 < bytes.count else { return isLast ? .malformed(Self.loneReturn) : .incomplete }
                guard bytes[place + 1] == .lineFeed else { return .malformed(Self.loneReturn) }
                place += 2
                return .record(fields == [""] && !isQuoted ? nil : fields)
            case .quote:
                return .malformed("a quote stands inside a field that does not begin with one")
            case let byte where isQuoted && byte >= 0x20:
                return .malformed("text follows a closing quote")
            default:
                return .malformed("it holds a control character")
            }
        }
    }

    private static let loneReturn = "a carriage return stands without a line feed"

    /// A field in quotes; `place` is then behind the closing one. nil if it is not closed in these bytes, or if it
    /// cannot be known yet whether it is.
    private mutating func quoted() -> [UInt8]? {
        var content: [UInt8] = []
        var from = place + 1
        while let quote = bytes[from...].firstIndex(of: .quote) {
            content += bytes[from..<quote]
            if quote + 1 == bytes.count, !isLast { return nil }
            guard quote + 1 < bytes.count, bytes[quote + 1] == .quote else {
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
            bytes[place] >= 0x20 || bytes[place] == 0x09
        { place += 1 }
        return Array(bytes[from..<place])
    }

    private func unfinished(inQuotes: Bool) -> Outcome {
        isLast ? .malformed("a quote is never closed") : .incomplete
    }
}

extension UInt8 {
    fileprivate static let lineFeed = UInt8(ascii: "\n")
    fileprivate static let carriageReturn = UInt8(ascii: "\r")
    fileprivate static let quote = UInt8(ascii: "\"")
    fileprivate static let comma = UInt8(ascii: ",")
}
