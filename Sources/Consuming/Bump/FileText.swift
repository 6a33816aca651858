/// A file's text as ASCII can be looked for in it: the file's own bytes, or a byte for each unit of UTF-16.
struct FileText: Sendable {
    let original: [UInt8]
    /// What is searched. Units of UTF-16 that are no ASCII are 0xff, which is no part of anything that is looked for.
    let bytes: [UInt8]
    private let encoding: Encoding

    private enum Encoding { case bytes, utf16LittleEndian, utf16BigEndian }

    /// UTF-16 is told by its mark, or by an ARN's beginning in it.
    init(_ original: [UInt8]) {
        self.original = original
        encoding = Self.encoding(of: original)
        switch encoding {
        case .bytes: bytes = original
        case .utf16LittleEndian: bytes = Self.units(original, low: 0)
        case .utf16BigEndian: bytes = Self.units(original, low: 1)
        }
    }

    private static func encoding(of file: [UInt8]) -> Encoding {
        guard file.count >= 2, file.count.isMultiple(of: 2) else { return .bytes }
        if file[0] == 0xff, file[1] == 0xfe { return .utf16LittleEndian }
        if file[0] == 0xfe, file[1] == 0xff { return .utf16BigEndian }
        // Nothing but UTF-16 has such bytes in a row; in the one order they begin at an even offset, in the other odd.
        guard let place = file.place(of: [0x6c, 0, 0x61, 0, 0x79, 0, 0x65, 0, 0x72, 0], from: 0) else { return .bytes }
        return place.isMultiple(of: 2) ? .utf16LittleEndian : .utf16BigEndian
    }

    private static func units(_ file: [UInt8], low: Int) -> [UInt8] {
        stride(from: 0, to: file.count, by: 2).map { index in
            let unit = file[index + low]
            return file[index + 1 - low] == 0 && unit < 0x80 ? unit : 0xff
        }
    }

    /// The file with ASCII in place of ranges of `bytes`, which do not overlap. All other bytes are as they were.
    func replacing(_ edits: [(range: Range<Int>, text: String)]) -> [UInt8] {
        let width = encoding == .bytes ? 1 : 2
        var result: [UInt8] = []
        result.reserveCapacity(original.count)
        var position = 0
        for edit in edits.sorted(by: { $0.range.lowerBound < $1.range.lowerBound })
        where edit.range.lowerBound * width >= position {
            result += original[position..<edit.range.lowerBound * width]
            for byte in edit.text.utf8 {
                switch encoding {
                case .bytes: result.append(byte)
                case .utf16LittleEndian: result += [byte, 0]
                case .utf16BigEndian: result += [0, byte]
                }
            }
            position = edit.range.upperBound * width
        }
        return result + original[position...]
    }
}
