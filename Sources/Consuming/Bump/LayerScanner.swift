import Model

/// Finds the layer versions that a file refers to, whatever language it is written in.
///
/// It looks for what all of them share, `ACCOUNT:layer:NAME:NUMBER`, and then for the region before it. So it finds
/// plain ARNs, those with CloudFormation's, Terraform's, the Serverless Framework's or a programming language's
/// placeholders for partition and region, and those that are joined from parts. Works on bytes: what is not found is
/// never touched, whatever encoding it has.
public struct LayerScanner {
    private let bytes: [UInt8]
    private static let anchor = Array(":layer:".utf8)

    public init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// All references, in the order of the file.
    public func occurrences() -> [LayerOccurrence] {
        var found: [LayerOccurrence] = []
        var lines = LineCounter(bytes)
        var position = 0
        while let start = next(Self.anchor, from: position) {
            position = start + Self.anchor.count
            guard let (account, number) = parts(around: start) else { continue }
            let name = String(decoding: bytes[position..<number.lowerBound - 1], as: UTF8.self)
            guard let value = Int(String(decoding: bytes[number], as: UTF8.self)), value > 0 else { continue }
            let region: Region?
            switch self.region(before: account.lowerBound) {
            case .named(let known): region = known
            case .computed: region = nil
            case .other: continue
            }
            let (line, lineStart) = lines.line(of: account.lowerBound)
            found.append(
                LayerOccurrence(
                    reference: LayerReference(
                        region: region, account: String(decoding: bytes[account], as: UTF8.self), name: name,
                        number: value),
                    range: position..<number.upperBound, account: account, line: line,
                    column: account.lowerBound - lineStart + 1, wish: wish(lineStart: lineStart)))
            position = number.upperBound
        }
        return found
    }

    /// The account before the anchor and the number after the name; nil if they are not there in full.
    private func parts(around anchor: Int) -> (account: Range<Int>, number: Range<Int>)? {
        let account = max(0, anchor - 12)..<anchor
        guard account.count == 12, bytes[account].allSatisfy(\.isASCIIDigit),
            account.lowerBound == 0 || !bytes[account.lowerBound - 1].isLayerNameByte
        else { return nil }
        var end = anchor + Self.anchor.count
        let nameStart = end
        while end < bytes.count, end - nameStart <= 140, bytes[end].isLayerNameByte { end += 1 }
        guard end > nameStart, end - nameStart <= 140, byte(end) == UInt8(ascii: ":") else { return nil }
        let numberStart = end + 1
        end = numberStart
        while end < bytes.count, end - numberStart < 10, bytes[end].isASCIIDigit { end += 1 }
        guard end > numberStart, byte(end).map({ !$0.isLayerNameByte && !isPlaceholder(at: end) }) ?? true else {
            return nil
        }
        return (account, numberStart..<end)
    }

    /// What stands where an ARN has its region.
    private enum Before {
        case named(Region)
        case computed
        /// Not a Lambda ARN.
        case other
    }

    private func region(before account: Int) -> Before {
        // Parts that are joined by a function begin with the account.
        guard account > 0, bytes[account - 1] == UInt8(ascii: ":") else { return .computed }
        let end = account - 1
        var start = end
        while start > 0, end - start < 32, bytes[start - 1].isASCIIAlphanumeric || bytes[start - 1] == 0x2d {
            start -= 1
        }
        let lambda = Array("lambda:".utf8)
        guard start >= lambda.count, Array(bytes[(start - lambda.count)..<start]) == lambda, start < end else {
            // `${AWS::Region}`, `{self.region}`, or a join that begins further left.
            let isService = start > 0 && bytes[start - 1] == UInt8(ascii: ":") && start < end
            return isService ? .other : .computed
        }
        guard let region = Region(String(decoding: bytes[start..<end], as: UTF8.self)) else { return .other }
        return .named(region)
    }

    private func byte(_ index: Int) -> UInt8? { index < bytes.count ? bytes[index] : nil }

    /// A number that goes on with a placeholder is not all of the number.
    private func isPlaceholder(at index: Int) -> Bool {
        bytes[index] == UInt8(ascii: "{") || bytes[index] == UInt8(ascii: "$") && byte(index + 1) == UInt8(ascii: "{")
    }

    private func next(_ pattern: [UInt8], from: Int) -> Int? {
        guard bytes.count >= pattern.count, from <= bytes.count - pattern.count else { return nil }
        return bytes.withUnsafeBufferPointer { buffer in
            var index = from
            while index <= buffer.count - pattern.count {
                if buffer[index] == pattern[0], buffer[index + 1] == pattern[1],
                    buffer[index..<index + pattern.count].elementsEqual(pattern)
                {
                    return index
                }
                index += 1
            }
            return nil
        }
    }

    // MARK: Wishes

    /// What the line says, or the line before it if that holds a comment only.
    private func wish(lineStart: Int) -> LayerWish? {
        if let own = wish(in: line(from: lineStart)) { return own }
        guard lineStart > 0 else { return nil }
        var start = lineStart - 1
        while start > 0, bytes[start - 1] != 0x0a { start -= 1 }
        let before = line(from: start)
        let text = before.drop { $0 == 0x20 || $0 == 0x09 }
        guard [Array("#".utf8), Array("//".utf8), Array("/*".utf8), Array("--".utf8)].contains(where: text.starts)
        else {
            return nil
        }
        return wish(in: before)
    }

    /// At most the first 4 KB of a line: a wish is meant for people.
    private func line(from start: Int) -> ArraySlice<UInt8> {
        bytes[start..<min(bytes.count, start + 4096)].prefix { $0 != 0x0a }
    }

    private func wish(in line: ArraySlice<UInt8>) -> LayerWish? {
        let text = String(decoding: line, as: UTF8.self)
        guard let mark = text.firstRange(of: "strata:"),
            let comment = ["#", "//", "/*", "--"].compactMap({ text[..<mark.lowerBound].lastRange(of: $0) }).max(by: {
                $0.lowerBound < $1.lowerBound
            }), text[comment.upperBound..<mark.lowerBound].allSatisfy({ $0 == " " })
        else { return nil }
        var said = text[mark.upperBound...]
        if let end = said.firstRange(of: "*/") { said = said[..<end.lowerBound] }
        let words = said.trimmingSpaces.filter { !$0.isNewline }
        if words == "keep" { return .keep }
        guard !words.isEmpty, VersionSpecifiers(words) != nil else { return .unclear(String(words.prefix(80))) }
        return .versions(words)
    }
}

/// Counts lines on the way through a file, once.
private struct LineCounter {
    private let bytes: [UInt8]
    private var line = 1
    private var start = 0
    private var position = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// The number of an offset's line, and where it begins. Offsets must not fall.
    mutating func line(of offset: Int) -> (Int, Int) {
        while position < offset {
            if bytes[position] == 0x0a {
                line += 1
                start = position + 1
            }
            position += 1
        }
        return (line, start)
    }
}

extension StringProtocol {
    /// The last place of a text.
    fileprivate func lastRange(of text: String) -> Range<Index>? { ranges(of: text).last }
}
