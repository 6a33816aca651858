import Model

/// Finds the layer versions that a file refers to, whatever language it is written in.
///
/// It looks for what all of them share, `ACCOUNT:layer:NAME:NUMBER`, and then for the region before it. So it finds
/// plain ARNs, those with CloudFormation's, Terraform's, the Serverless Framework's or a programming language's
/// placeholders, those that are joined from parts, and those of which a text leaves parts to its reader
/// (`YOUR_ACCOUNT`, `:latest`). It also reads Terraform's `data "aws_lambda_layer_version"`, and
/// numbers that a comment `strata: LAYER/TARGET` marks. Works on bytes: what is not found is never touched.
public struct LayerScanner {
    let bytes: [UInt8]
    let lines: LineIndex
    private static let anchor = Array("layer:".utf8)

    public init(_ bytes: [UInt8]) {
        self.bytes = bytes
        lines = LineIndex(bytes)
    }

    /// All references, in the order of the file.
    public func occurrences() -> [LayerOccurrence] {
        var found = arns() + terraformData()
        let taken = Set(found.map(\.line))
        found += markedNumbers { taken.contains($0) }
        return found.sorted { $0.number.lowerBound < $1.number.lowerBound }
    }

    private func arns() -> [LayerOccurrence] {
        var found: [LayerOccurrence] = []
        var position = 0
        while let start = bytes.place(of: Self.anchor, from: position) {
            position = start + Self.anchor.count
            guard let colon = colon(before: start), let owner = owner(before: colon), let name = name(from: position),
                byte(name.end) == .colon,
                let number = number(from: name.end + 1) ?? word(from: name.end + 1, of: owner)
            else { continue }
            let line = lines.line(of: owner.start)
            found.append(
                LayerOccurrence(
                    reference: LayerReference(
                        region: owner.region, account: owner.account, name: name.text, number: number.value),
                    number: number.range, name: name.isWritten ? position..<name.end : nil, account: owner.range,
                    line: line.number, column: owner.start - line.start + 1, wish: wish(lineStart: line.start)))
            position = number.range.upperBound
        }
        return found
    }

    /// The colon that ends what stands before `layer:`: just before it, or at the end of the text that is joined with
    /// the one that `layer:` begins: `"…:111122223333:" + "layer:…"`.
    private func colon(before start: Int) -> Int? {
        if byte(start - 1) == .colon { return start - 1 }
        guard byte(start - 1)?.isQuote == true else { return nil }
        var index = start - 2
        // Python's `f"…"`.
        if byte(index) == UInt8(ascii: "f") { index -= 1 }
        let first = max(0, start - Self.widestJoint)
        while index >= first, bytes[index].isBlank || bytes[index] == 0x0a || "+\\&.".utf8.contains(bytes[index]) {
            index -= 1
        }
        guard index > first, bytes[index].isQuote, bytes[index - 1] == .colon else { return nil }
        return index - 1
    }

    /// Texts further apart are not joined.
    private static let widestJoint = 200

    // MARK: Before the name

    /// Who publishes the layer, and where.
    struct Owner {
        let region: Region?
        let account: String?
        /// The bytes of the account; nil where it is computed.
        let range: Range<Int>?
        let start: Int
    }

    /// - Returns: nil if what stands before the anchor is no part of a layer's ARN.
    func owner(before anchor: Int) -> Owner? {
        let start: Int
        var range: Range<Int>?
        if byte(anchor - 1) == UInt8(ascii: "}") {
            guard let open = placeholder(endingAt: anchor) else { return nil }
            start = open
        } else if let word = word(endingAt: anchor) {
            start = word
        } else {
            let digits = max(0, anchor - 12)..<anchor
            guard digits.count == 12, bytes[digits].allSatisfy(\.isASCIIDigit),
                byte(digits.lowerBound - 1).map({ !$0.isLayerNameByte }) ?? true
            else { return nil }
            start = digits.lowerBound
            range = digits
        }
        let account = range.map { String(decoding: bytes[$0], as: UTF8.self) }
        switch region(before: start) {
        case .named(let region): return Owner(region: region, account: account, range: range, start: start)
        case .computed: return Owner(region: nil, account: account, range: range, start: start)
        case .other: return nil
        }
    }

    /// Where a word begins that stands for an account in an ARN: `YOUR_ACCOUNT`, `<account>`, `xxxxxxxxxxxx`.
    private func word(endingAt end: Int) -> Int? {
        var start = end
        while start > 0, end - start < 64, bytes[start - 1].isWordByte { start -= 1 }
        let word = bytes[start..<end]
        guard byte(start - 1) == .colon, word.contains(where: { !$0.isASCIIDigit }) else { return nil }
        var before = start - 1
        while before > 0, start - before < 64, bytes[before - 1].isWordByte { before -= 1 }
        let lambda = Array(":lambda:".utf8)
        return before >= lambda.count && Array(bytes[(before - lambda.count)..<before]) == lambda ? start : nil
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
        guard byte(account - 1) == .colon else { return .computed }
        let end = account - 1
        var start = end
        while start > 0, end - start < 32, bytes[start - 1].isASCIIAlphanumeric || bytes[start - 1] == 0x2d {
            start -= 1
        }
        let lambda = Array("lambda:".utf8)
        guard start >= lambda.count, Array(bytes[(start - lambda.count)..<start]) == lambda, start < end else {
            // `${AWS::Region}`, `{self.region}`, or a join that begins further left.
            let isService = byte(start - 1) == .colon && start < end
            return isService ? .other : .computed
        }
        guard let region = Region(String(decoding: bytes[start..<end], as: UTF8.self)) else { return .other }
        return .named(region)
    }

    // MARK: The name and the number

    /// The name that begins at an offset, with a `*` for each placeholder.
    func name(from start: Int) -> (text: String, end: Int, isWritten: Bool)? {
        var (text, end, isWritten) = ("", start, true)
        while end < bytes.count, text.utf8.count <= 140 {
            if bytes[end].isLayerNameByte {
                text.append(Character(UnicodeScalar(bytes[end])))
                end += 1
            } else if let after = placeholder(from: end) {
                if text.last != "*" { text.append("*") }
                (end, isWritten) = (after, false)
            } else {
                break
            }
        }
        return text.isEmpty || text.utf8.count > 140 ? nil : (text, end, isWritten)
    }

    /// The number that begins at an offset; its value is nil if it is computed, in whole or in part.
    ///
    /// - Returns: nil if there is none, as in a policy's `layer:name:*`.
    func number(from start: Int) -> (value: Int?, range: Range<Int>)? {
        var (end, isWritten) = (start, true)
        while end < bytes.count {
            if bytes[end].isASCIIDigit {
                end += 1
            } else if let after = placeholder(from: end) {
                (end, isWritten) = (after, false)
            } else {
                break
            }
        }
        guard end > start, byte(end).map({ !$0.isLayerNameByte }) ?? true else { return nil }
        guard isWritten else { return (nil, start..<end) }
        guard end - start <= 10, let value = Int(String(decoding: bytes[start..<end], as: UTF8.self)), value > 0 else {
            return nil
        }
        return (value, start..<end)
    }

    /// What stands in the number's place for somebody else to fill in: `latest`, `"…:NAME:" + version`.
    private func word(from start: Int, of owner: Owner) -> (value: Int?, range: Range<Int>)? {
        guard owner.account != nil else { return nil }
        let end = bytes[start...].firstIndex { !$0.isWordByte } ?? bytes.count
        if end > start { return bytes[start..<end].allSatisfy(\.isASCIIDigit) ? nil : (nil, start..<end) }
        guard byte(start)?.isQuote == true,
            let next = bytes[(start + 1)...].firstIndex(where: { !$0.isBlank && $0 != 0x0a }),
            bytes[next] == UInt8(ascii: "+")
        else { return nil }
        return (nil, start..<start)
    }

    func byte(_ index: Int) -> UInt8? { bytes.indices.contains(index) ? bytes[index] : nil }

    // MARK: Wishes

    /// What the line says, or the line before it if that holds a comment only.
    func wish(lineStart: Int) -> LayerWish? {
        if let own = LayerWish(inLine: lines.text(from: lineStart)) { return own }
        guard let before = lines.start(before: lineStart) else { return nil }
        let text = lines.text(from: before)
        return LineIndex.isComment(text) ? LayerWish(inLine: text) : nil
    }
}

extension UInt8 {
    fileprivate var isQuote: Bool { "\"'`".utf8.contains(self) }
    /// What people write in the place of what they leave open.
    fileprivate var isWordByte: Bool { isLayerNameByte || self == UInt8(ascii: "<") || self == UInt8(ascii: ">") }
}
