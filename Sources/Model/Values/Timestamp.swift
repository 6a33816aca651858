/// A moment in UTC, to the second: what files and the ledger hold. Written as `2026-11-23T19:30:00Z`.
public struct Timestamp: Sendable, Hashable, Comparable {
    /// Seconds since 1970-01-01T00:00:00Z.
    public let seconds: Int

    public init(seconds: Int) { self.seconds = seconds }

    public static func + (moment: Timestamp, span: Duration) -> Timestamp {
        Timestamp(seconds: moment.seconds + Int(span.components.seconds))
    }
    public static func - (moment: Timestamp, span: Duration) -> Timestamp {
        Timestamp(seconds: moment.seconds - Int(span.components.seconds))
    }
    public static func - (later: Timestamp, earlier: Timestamp) -> Duration {
        .seconds(later.seconds - earlier.seconds)
    }
    public static func < (left: Timestamp, right: Timestamp) -> Bool { left.seconds < right.seconds }
}

extension Timestamp: LosslessStringConvertible, Codable {
    /// Reads ISO 8601 in UTC: `2026-11-23T19:30:00Z`, the seconds' fraction dropped, the `Z` optional, or a date alone.
    public init?(_ description: String) {
        let text = Array(description.utf8)
        func number(_ range: Range<Int>) -> Int? {
            guard range.upperBound <= text.count else { return nil }
            var value = 0
            for byte in text[range] {
                guard byte >= 0x30, byte <= 0x39 else { return nil }
                value = value * 10 + Int(byte - 0x30)
            }
            return value
        }
        guard text.count >= 10, text[4] == UInt8(ascii: "-"), text[7] == UInt8(ascii: "-"),
            let year = number(0..<4), let month = number(5..<7), let day = number(8..<10),
            (1...12).contains(month), (1...Self.daysIn(month: month, of: year)).contains(day)
        else { return nil }
        var seconds = Self.days(year: year, month: month, day: day) * 86_400
        if text.count > 10 {
            guard text.count >= 19, text[10] == UInt8(ascii: "T") || text[10] == UInt8(ascii: " "),
                text[13] == UInt8(ascii: ":"), text[16] == UInt8(ascii: ":"),
                let hour = number(11..<13), let minute = number(14..<16), let second = number(17..<19),
                hour < 24, minute < 60, second < 61
            else { return nil }
            var rest = text[19...]
            if rest.first == UInt8(ascii: ".") {
                rest = rest.dropFirst()
                rest = rest.drop { $0 >= 0x30 && $0 <= 0x39 }
            }
            guard rest.isEmpty || rest.elementsEqual("Z".utf8) || rest.elementsEqual("+00:00".utf8) else { return nil }
            seconds += hour * 3600 + minute * 60 + second
        }
        self.init(seconds: seconds)
    }

    public init(from decoder: any Decoder) throws { self = try decoder.decodeLossless() }
    public func encode(to encoder: any Encoder) throws { try encoder.encodeDescription(of: self) }

    public var description: String {
        let clock = seconds - Self.floorDivide(seconds, 86_400) * 86_400
        return "\(date)T\(pad(clock / 3600)):\(pad(clock / 60 % 60)):\(pad(clock % 60))Z"
    }

    /// The calendar day: `2026-11-23`.
    public var date: String {
        let (year, month, day) = Self.civil(days: Self.floorDivide(seconds, 86_400))
        let digits = String(year)
        return String(repeating: "0", count: max(0, 4 - digits.count)) + digits + "-\(pad(month))-\(pad(day))"
    }

    private func pad(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }

    private static func floorDivide(_ value: Int, _ by: Int) -> Int {
        value >= 0 ? value / by : -((-value + by - 1) / by)
    }

    private static func daysIn(month: Int, of year: Int) -> Int {
        switch month {
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    /// Days since 1970-01-01 in the proleptic Gregorian calendar, counted in eras of 400 years that begin in March.
    private static func days(year: Int, month: Int, day: Int) -> Int {
        let shifted = month <= 2 ? year - 1 : year
        let era = floorDivide(shifted, 400)
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    private static func civil(days: Int) -> (year: Int, month: Int, day: Int) {
        let shifted = days + 719_468
        let era = floorDivide(shifted, 146_097)
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let month = (5 * dayOfYear + 2) / 153
        return (
            yearOfEra + era * 400 + (month >= 10 ? 1 : 0), month < 10 ? month + 3 : month - 9,
            dayOfYear - (153 * month + 2) / 5 + 1
        )
    }
}
