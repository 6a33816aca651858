import Model

/// The extra fields of a header (APPNOTE 4.5), of which only zip64's matters here.
struct ExtraFields {
    /// The payload of the zip64 field, if there is one.
    private(set) var zip64: [UInt8]?

    /// - Returns: nil if the fields do not fill their space exactly, if zip64's is there twice, or if one gives the
    ///   entry another name (0x7075), which some readers obey and some do not.
    init?(_ bytes: ArraySlice<UInt8>) {
        var rest = bytes
        while !rest.isEmpty {
            let bytes = Array(rest.prefix(4))
            guard let id = bytes.number(UInt16.self, at: 0), let length = bytes.int(UInt16.self, at: 2),
                rest.count >= 4 + length
            else { return nil }
            let payload = rest.dropFirst(4).prefix(length)
            rest = rest.dropFirst(4 + length)
            if id == 0x7075 { return nil }
            if id == 1 {
                guard zip64 == nil else { return nil }
                zip64 = Array(payload)
            }
        }
    }

    /// The true values of 32-bit fields, in the order of the header: those that are all ones are in the zip64 field.
    /// - Returns: nil if one is missing there, or too large.
    func widened(_ values: [UInt32]) -> [Int]? {
        var next = 0
        var wide: [Int] = []
        for value in values {
            if value == .max {
                guard let true64 = zip64?.int(UInt64.self, at: next) else { return nil }
                next += 8
                wide.append(true64)
            } else {
                wide.append(Int(value))
            }
        }
        return wide
    }
}
