import FoundationEssentials
import Model

/// New publication ids: 48 bits of time in milliseconds, 80 of chance, as 26 characters of Crockford's base 32.
/// https://github.com/ulid/spec
enum PublicationID {
    private static let digits = Array("0123456789ABCDEFGHJKMNPQRSTVWXYZ".utf8)

    @Sendable static func next() -> Intent.Publication {
        let time = UInt64(Date().timeIntervalSince1970 * 1000) & 0xFFFF_FFFF_FFFF
        return text(time: time, chance: (UInt64.random(in: 0..<(1 << 40)), UInt64.random(in: 0..<(1 << 40))))
    }

    /// - Parameter chance: two halves of 40 bits.
    static func text(time: UInt64, chance: (UInt64, UInt64)) -> String {
        func characters(_ value: UInt64, _ count: Int) -> [UInt8] {
            (0..<count).reversed().map { digits[Int(value >> (5 * UInt64($0)) & 31)] }
        }
        return String(
            decoding: characters(time, 10) + characters(chance.0, 8) + characters(chance.1, 8), as: UTF8.self)
    }
}

/// This machine, by its name.
enum Host {
    static var name: String { ProcessInfo.processInfo.hostName }
}
