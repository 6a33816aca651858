extension LayerScanner {
    /// Longer ones, and those over several lines, are not read.
    private static let longestPlaceholder = 200

    /// The end of what begins at an offset and is filled in when the file is used: `${…}`, `#{…}`, `{…}`, `$(…)`,
    /// `$NAME`, `%s`.
    ///
    /// - Returns: nil if none begins there.
    func placeholder(from start: Int) -> Int? {
        switch byte(start) {
        case UInt8(ascii: "{"): return closing(from: start)
        case UInt8(ascii: "#"): return byte(start + 1) == UInt8(ascii: "{") ? closing(from: start + 1) : nil
        case UInt8(ascii: "%"):
            return byte(start + 1).map("sdv".utf8.contains) ?? false ? start + 2 : nil
        case UInt8(ascii: "$"):
            guard let next = byte(start + 1) else { return nil }
            if next == UInt8(ascii: "{") || next == UInt8(ascii: "(") { return closing(from: start + 1) }
            guard next.isASCIIAlphanumeric || next == UInt8(ascii: "_"), !next.isASCIIDigit else { return nil }
            var end = start + 1
            while let byte = byte(end), byte.isASCIIAlphanumeric || byte == UInt8(ascii: "_") { end += 1 }
            return end
        default: return nil
        }
    }

    /// The end of a placeholder whose bracket is at an offset.
    private func closing(from open: Int) -> Int? {
        var depth = 0
        for index in open..<min(bytes.count, open + Self.longestPlaceholder) {
            switch bytes[index] {
            case UInt8(ascii: "{"), UInt8(ascii: "("): depth += 1
            case UInt8(ascii: "}"), UInt8(ascii: ")"):
                depth -= 1
                if depth == 0 { return index + 1 }
            case 0x0a: return nil
            default: break
            }
        }
        return nil
    }

    /// The beginning of a placeholder that ends before an offset with `}`.
    func placeholder(endingAt end: Int) -> Int? {
        var depth = 0
        for index in (max(0, end - Self.longestPlaceholder)..<end).reversed() {
            switch bytes[index] {
            case UInt8(ascii: "}"): depth += 1
            case UInt8(ascii: "{"):
                depth -= 1
                guard depth == 0 else { continue }
                let isMarked = byte(index - 1) == UInt8(ascii: "$") || byte(index - 1) == UInt8(ascii: "#")
                return isMarked ? index - 1 : index
            case 0x0a: return nil
            default: break
            }
        }
        return nil
    }
}
