/// A value of a JSON list or of JSON lines, as bytes, or why there is none, with the line that it begins on.
package enum JSONElement: Sendable, Hashable {
    case value([UInt8], line: Int)
    case malformed(String, line: Int)
}

/// Divides a file into its values without reading them: a list's elements, or lines with a value each. Memory grows
/// with the largest value only, and a value that cannot be read costs nobody else.
package struct JSONElements: Sendable {
    /// Longer values are malformed.
    package static let valueLimit = 4 << 20

    private enum Form { case unknown, list, lines, ended }

    private var form = Form.unknown
    private var value: [UInt8] = []
    private var line = 1
    private var firstLine = 1
    private var depth = 0
    private var isInString = false
    private var isEscaped = false
    private var hasValue = false

    package init() {}

    package mutating func read(_ bytes: some Collection<UInt8>, _ body: (JSONElement) throws -> Void) rethrows {
        for byte in bytes {
            switch form {
            case .unknown: begin(byte)
            case .list: try list(byte, body)
            case .lines: try lines(byte, body)
            case .ended: break
            }
            if byte == UInt8(ascii: "\n") { line += 1 }
        }
    }

    package mutating func finish(_ body: (JSONElement) throws -> Void) rethrows {
        switch form {
        case .list: try body(.malformed("the list is not closed", line: hasValue ? firstLine : line))
        case .lines: try emit(body)
        case .unknown, .ended: break
        }
        form = .ended
    }

    private mutating func begin(_ byte: UInt8) {
        guard !byte.isJSONSpace else { return }
        if byte == UInt8(ascii: "[") {
            form = .list
        } else {
            form = .lines
            add(byte)
        }
    }

    private mutating func lines(_ byte: UInt8, _ body: (JSONElement) throws -> Void) rethrows {
        if byte == UInt8(ascii: "\n") {
            try emit(body)
        } else if hasValue || !byte.isJSONSpace {
            add(byte)
        }
    }

    private mutating func list(_ byte: UInt8, _ body: (JSONElement) throws -> Void) rethrows {
        if isInString {
            add(byte)
            if isEscaped {
                isEscaped = false
            } else if byte == UInt8(ascii: "\\") {
                isEscaped = true
            } else if byte == UInt8(ascii: "\"") {
                isInString = false
            }
            return
        }
        switch byte {
        case UInt8(ascii: "]") where depth == 0:
            try emit(body)
            form = .ended
        case UInt8(ascii: ",") where depth == 0:
            try emit(body)
        case _ where byte.isJSONSpace:
            if hasValue { add(byte) }
        default:
            if byte == UInt8(ascii: "\"") { isInString = true }
            if byte == UInt8(ascii: "{") || byte == UInt8(ascii: "[") { depth += 1 }
            if byte == UInt8(ascii: "}") || byte == UInt8(ascii: "]") { depth -= 1 }
            add(byte)
        }
        if value.count > Self.valueLimit {
            try emit(body)
            form = .ended
        }
    }

    private mutating func add(_ byte: UInt8) {
        if !hasValue { (hasValue, firstLine) = (true, line) }
        if value.count <= Self.valueLimit { value.append(byte) }
    }

    private mutating func emit(_ body: (JSONElement) throws -> Void) rethrows {
        guard hasValue else { return }
        let isTooLong = value.count > Self.valueLimit
        let element = JSONElement.value(value, line: firstLine)
        (value, hasValue) = ([], false)
        try body(isTooLong ? .malformed("the value is too long", line: firstLine) : element)
    }
}

extension UInt8 {
    fileprivate var isJSONSpace: Bool { self == 0x20 || self == 0x0a || self == 0x0d || self == 0x09 }
}
