import FoundationEssentials

/// Standard base64, appended in place: a layer is encoded once, into the one buffer that all regions send from.
package enum Base64 {
    private static let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    /// - Parameter bytes: a multiple of 3 of them, except in the last call for a text.
    package static func append(_ bytes: UnsafeBufferPointer<UInt8>, to text: inout [UInt8]) {
        let whole = bytes.count / 3 * 3
        let encoded = [UInt8](unsafeUninitializedCapacity: (bytes.count + 2) / 3 * 4) { output, count in
            letters.withUnsafeBufferPointer { letters in
                for index in stride(from: 0, to: whole, by: 3) {
                    let group = UInt32(bytes[index]) << 16 | UInt32(bytes[index + 1]) << 8 | UInt32(bytes[index + 2])
                    output[count] = letters[Int(group >> 18)]
                    output[count + 1] = letters[Int(group >> 12 & 63)]
                    output[count + 2] = letters[Int(group >> 6 & 63)]
                    output[count + 3] = letters[Int(group & 63)]
                    count += 4
                }
                guard whole < bytes.count else { return }
                let second = whole + 1 < bytes.count ? UInt32(bytes[whole + 1]) : nil
                let group = UInt32(bytes[whole]) << 16 | (second ?? 0) << 8
                output[count] = letters[Int(group >> 18)]
                output[count + 1] = letters[Int(group >> 12 & 63)]
                output[count + 2] = second == nil ? UInt8(ascii: "=") : letters[Int(group >> 6 & 63)]
                output[count + 3] = UInt8(ascii: "=")
                count += 4
            }
        }
        text += encoded
    }

    /// - Returns: nil for what is no base64.
    package static func decode(_ text: String) -> [UInt8]? { Data(base64Encoded: text).map(Array.init) }
}
