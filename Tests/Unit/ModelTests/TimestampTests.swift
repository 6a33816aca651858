import Contracts
import Model
import Testing

@Suite("Timestamps")
struct TimestampTests {
    @Test("count the same days as a calendar that is turned page by page")
    func calendar() throws {
        // From 1600-03-01, over two whole eras of 400 years.
        var (year, month, day) = (1600, 3, 1)
        var seconds = try Samples.required(Timestamp("1600-03-01")).seconds
        for _ in 0..<(2 * 146_097) {
            let text = "\(year)-\(month < 10 ? "0" : "")\(month)-\(day < 10 ? "0" : "")\(day)"
            guard Timestamp(text)?.seconds == seconds, Timestamp(seconds: seconds).date == text else {
                Issue.record("\(text) is not the day \(seconds / 86_400)")
                return
            }
            let isLeap = year.isMultiple(of: 4) && (!year.isMultiple(of: 100) || year.isMultiple(of: 400))
            let length = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1]
            (day, seconds) = (day + 1, seconds + 86_400)
            if day > length { (day, month) = (1, month + 1) }
            if month > 12 { (month, year) = (1, year + 1) }
        }
    }

    @Test("are read back as they are written, in order", arguments: seeds(3))
    func roundTrip(seed: UInt64) {
        var chance = SeededGenerator(seed: seed)
        // The years 0000 to 9999.
        let moments = (0..<2000).map { _ in
            Timestamp(seconds: .random(in: -62_167_219_200...253_402_300_799, using: &chance))
        }
        for moment in moments { #expect(Timestamp(moment.description) == moment, "seed \(seed)") }
        let texts = moments.sorted().map(\.description)
        #expect(texts == texts.sorted(), "seed \(seed)")
    }

    @Test(
        "are read in the forms that files have",
        arguments: [
            ("1970-01-01T00:00:00Z", 0), ("1970-01-01", 0), ("1969-12-31T23:59:59Z", -1),
            ("2022-02-04T02:02:15", 1_643_940_135), ("2022-02-04 02:02:15.123456+00:00", 1_643_940_135),
            ("2024-02-29T00:00:00Z", 1_709_164_800), ("2000-02-29", 951_782_400),
        ])
    func forms(text: String, seconds: Int) {
        #expect(Timestamp(text)?.seconds == seconds)
    }

    @Test(
        "refuse what is no moment in UTC",
        arguments: [
            "", "2022", "2022-2-4", "2022-13-01", "2022-00-01", "2022-01-32", "2023-02-29", "1900-02-29", "2022-04-31",
            "2022-01-01T24:00:00Z", "2022-01-01T00:60:00Z", "2022-01-01T00:00", "2022-01-01T00:00:00+01:00",
            "2022-01-01T00:00:00Zx", "2022-01-01x00:00:00Z", "２022-01-01", "2022-01-01T00:00:0aZ", "-022-01-01",
        ])
    func refusals(text: String) {
        #expect(Timestamp(text) == nil)
    }

    @Test("add and take away spans of time")
    func arithmetic() throws {
        let moment = try Samples.required(Timestamp("2024-02-28T12:00:00Z"))
        #expect((moment + .seconds(86_400)).description == "2024-02-29T12:00:00Z")
        #expect((moment + .seconds(86_400)) - moment == .seconds(86_400))
        #expect((moment - .seconds(86_400 * 59)).date == "2023-12-31")
    }
}
