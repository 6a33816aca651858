import Model
import Settings
import Testing

@Suite struct PropertyTests {
    /// The schema is held to the same: what the decoder reads must not be underlined in an editor.
    @Test("reads back whatever settings are written, and the schema accepts them", arguments: 0..<4)
    func roundTrip(worker: Int) throws {
        let schema = try SchemaDocument()
        for _ in 0..<40 {
            let seed = UInt64.random(in: .min ... .max)
            var maker = RandomSettings(random: SplitMix(seed: seed))
            let settings = try maker.make()
            var writer = SettingsWriter(settings: settings, random: maker.random)
            let yaml = writer.yaml()
            let read = try Reading(yaml).get()
            #expect(read.desired == settings.desired, "seed \(seed)\n\(yaml)")
            #expect(read.publish == settings.publish, "seed \(seed)\n\(yaml)")
            #expect(read.ledger == settings.ledger, "seed \(seed)\n\(yaml)")
            #expect(read.git == settings.git, "seed \(seed)\n\(yaml)")
            #expect(read.secrets == settings.secrets, "seed \(seed)\n\(yaml)")
            #expect(read.index == settings.index, "seed \(seed)\n\(yaml)")
            #expect(read.cache == settings.cache, "seed \(seed)\n\(yaml)")
            #expect(read.parallel == settings.parallel, "seed \(seed)\n\(yaml)")
            #expect(read.probe == settings.probe, "seed \(seed)\n\(yaml)")
            let faults = try schema.faults(JSON(yaml: yaml))
            #expect(faults == [], "seed \(seed)\n\(yaml)")
        }
    }

    @Test(
        "reads spans of time as it writes them",
        arguments: ["0s", "45s", "30m", "12h", "2d", "1w", "61s", "8d", "10000d"])
    func spans(text: String) {
        #expect(Duration(span: text)?.spanText == text)
    }

    @Test(
        "reads no other spans",
        arguments: ["", "s", "1", "-1s", "+1s", "1.5h", "1 s", "1ms", "10001d", "１s", "9999999999999999999s"])
    func noSpans(text: String) {
        #expect(Duration(span: text) == nil)
    }

    @Test("reads rates as it writes them", arguments: ["5/s", "90/m", "600/h"])
    func rates(text: String) {
        #expect(RequestRate(text)?.description == text)
    }
}
