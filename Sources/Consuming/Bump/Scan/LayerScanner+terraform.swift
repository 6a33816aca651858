import Model

extension LayerScanner {
    private static let source = Array("\"aws_lambda_layer_version\"".utf8)

    /// Terraform's data sources that name a layer and a version. One without a version is always the newest.
    ///
    ///     data "aws_lambda_layer_version" "requests" {
    ///       layer_name = "arn:aws:lambda:eu-west-1:111122223333:layer:acme-p312-requests"
    ///       version    = 7
    ///     }
    func terraformData() -> [LayerOccurrence] {
        var found: [LayerOccurrence] = []
        var position = 0
        while let start = bytes.place(of: Self.source, from: position) {
            position = start + Self.source.count
            let line = lines.line(of: start)
            guard bytes[line.start..<start].split(whereSeparator: \.isBlank).map(Array.init) == [Array("data".utf8)],
                let open = bytes[position...].firstIndex(of: UInt8(ascii: "{")), open - position < 200
            else { continue }
            let block = attributes(in: open + 1)
            position = open + 1
            guard let number = block["version"], let name = block["layer_name"],
                let occurrence = occurrence(name, number, block: line.start)
            else { continue }
            found.append(occurrence)
        }
        return found
    }

    /// Where a block's own attributes have their values, by name.
    private func attributes(in start: Int) -> [String: Int] {
        var attributes: [String: Int] = [:]
        var depth = 1
        var position = start
        // A block of more lines is something else.
        for _ in 0..<100 {
            let end = bytes[position...].firstIndex(of: 0x0a) ?? bytes.count
            let line = bytes[position..<end]
            if depth == 1, let sign = line.firstIndex(of: UInt8(ascii: "=")) {
                let name = String(decoding: line[..<sign], as: UTF8.self).trimmingSpaces
                if let value = line[(sign + 1)...].firstIndex(where: { !$0.isBlank }) { attributes[name] = value }
            }
            for byte in line {
                if byte == UInt8(ascii: "{") { depth += 1 }
                if byte == UInt8(ascii: "}") { depth -= 1 }
                if depth == 0 { return attributes }
            }
            guard end < bytes.count else { break }
            position = end + 1
        }
        return attributes
    }

    private func occurrence(_ nameValue: Int, _ numberValue: Int, block: Int) -> LayerOccurrence? {
        var nameStart = nameValue + 1
        let isWritten = byte(nameValue) == UInt8(ascii: "\"")
        let nameLine = lines.line(of: nameValue).start
        var owner = Owner(region: nil, account: nil, range: nil, start: nameStart)
        let value = bytes[nameStart...].prefix { $0 != UInt8(ascii: "\"") && $0 != 0x0a }
        if isWritten, let anchor = Array(value).place(of: Array(":layer:".utf8), from: 0) {
            guard let known = self.owner(before: nameStart + anchor) else { return nil }
            owner = known
            nameStart += anchor + ":layer:".utf8.count
        }
        // What is no text is an expression.
        guard let name = isWritten ? name(from: nameStart) : ("*", nameStart, false),
            !isWritten || byte(name.end) == UInt8(ascii: "\"")
        else { return nil }
        let isQuoted = byte(numberValue) == UInt8(ascii: "\"")
        let start = numberValue + (isQuoted ? 1 : 0)
        let line = lines.line(of: start)
        let end = bytes[start...].firstIndex { $0.isBlank || $0 == 0x0a || $0 == UInt8(ascii: "\"") } ?? bytes.count
        // What is no number is an expression.
        let number = number(from: start) ?? (nil, start..<end)
        return LayerOccurrence(
            reference: LayerReference(
                region: owner.region, account: owner.account, name: name.text, number: number.value),
            number: number.range, name: name.isWritten ? nameStart..<name.end : nil, account: owner.range,
            line: line.number, column: start - line.start + 1,
            wish: wish(lineStart: line.start) ?? wish(lineStart: nameLine) ?? wish(lineStart: block))
    }
}

extension UInt8 {
    /// A space, a tab or a carriage return.
    var isBlank: Bool { self == 0x20 || self == 0x09 || self == 0x0d }
    static let colon = UInt8(ascii: ":")
}
