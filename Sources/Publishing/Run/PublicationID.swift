import FoundationEssentials
import Model

/// New publication ids: 48 bits of time in milliseconds, 80 of chance, as 26 characters of Crockford's base 32.
/// https://github.com/ulid/spec
public enum PublicationID {
    private static let digits = Array("0123456789ABCDEFGHJKMNPQRSTVWXYZ".utf8)

    @Sendable public static func next() -> Intent.Publication {
        let time = UInt64(Date().timeIntervalSince1970 * 1000) & 0xFFFF_FFFF_FFFF
        return text(time: time, chance: (UInt64.random(in: 0..<(1 << 40)), UInt64.random(in: 0..<(1 << 40))))
    }

    /// An id that is the same whenever it is made of the same: a call that is delivered again publishes under it again,
    /// and finds what the first delivery did.
    ///
    /// - Parameters:
    ///   - time: what the id begins with, so that ids sort by it.
    ///   - seed: names the act of publishing, and is never used for another.
    public static func repeatable(at time: Timestamp, seed: String) -> Intent.Publication {
        let digest = ContentDigest.of(seed).hex
        func number(_ range: Range<Int>) -> UInt64 {
            UInt64(digest.dropFirst(range.lowerBound).prefix(range.count), radix: 16) ?? 0
        }
        return text(time: UInt64(max(0, time.seconds)) * 1000, chance: (number(0..<10), number(10..<20)))
    }

    /// - Parameter chance: two halves of 40 bits.
    public static func text(time: UInt64, chance: (UInt64, UInt64)) -> String {
        func characters(_ value: UInt64, _ count: Int) -> [UInt8] {
            (0..<count).reversed().map { digits[Int(value >> (5 * UInt64($0)) & 31)] }
        }
        return String(
            decoding: characters(time, 10) + characters(chance.0, 8) + characters(chance.1, 8), as: UTF8.self)
    }
}
