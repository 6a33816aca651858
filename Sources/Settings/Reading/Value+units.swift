import Model

extension Value {
    /// A span of time: a whole number and one of `s`, `m`, `h`, `d`, `w`.
    func asDuration(_ what: String, in range: ClosedRange<Duration>) -> Duration? {
        let hint = "write a whole number and s, m, h, d or w, as '12h'"
        guard kind != .number, let text = asText(what) else {
            if kind == .number { problem("\(what) needs a unit", hint: hint) }
            return nil
        }
        guard let span = Duration(span: text) else {
            problem("'\(text)' is not a span of time", hint: hint)
            return nil
        }
        guard range.contains(span) else {
            problem("\(what) must be between \(range.lowerBound.spanText) and \(range.upperBound.spanText)")
            return nil
        }
        return span
    }

    /// A number of bytes: `50MB`, `5GB`, `300KiB`.
    func asSize(_ what: String, in range: ClosedRange<ByteCount>) -> ByteCount? {
        let hint = "write a number and B, KB, MB, GB, KiB, MiB or GiB, as '50MB'"
        guard kind != .number, let text = asText(what) else {
            if kind == .number { problem("\(what) needs a unit", hint: hint) }
            return nil
        }
        guard text.utf8.first.map({ (0x30...0x39).contains($0) }) == true,
            text.utf8.last.map({ (0x30...0x39).contains($0) }) == false, let size = ByteCount(text: text)
        else {
            problem("'\(text)' is not a size", hint: hint)
            return nil
        }
        guard range.contains(size) else {
            problem("\(what) must be between \(range.lowerBound) and \(range.upperBound)")
            return nil
        }
        return size
    }

    /// A rate: `5/s`, `90/m`.
    func asRate(_ what: String, atMost most: RequestRate) -> RequestRate? {
        guard let text = asText(what) else { return nil }
        guard let rate = RequestRate(text) else {
            problem("'\(text)' is not a rate", hint: "write a whole number and /s, /m or /h, as '5/s'")
            return nil
        }
        guard rate.perSecond <= most.perSecond else {
            problem("\(what) must be at most \(most): Lambda's own ceiling, which the whole account shares")
            return nil
        }
        return rate
    }
}

extension Duration {
    private static let units: [(String, Int)] = [("w", 604_800), ("d", 86_400), ("h", 3600), ("m", 60), ("s", 1)]

    /// Reads `2d`, `12h`, `30m`, `45s` or `1w`: digits and one unit, at most ten thousand days.
    package init?(span text: String) {
        guard let (_, seconds) = Self.units.first(where: { text.hasSuffix($0.0) }), text.utf8.count <= 12,
            text.utf8.dropLast().allSatisfy({ (0x30...0x39).contains($0) }), let count = Int(text.dropLast()),
            count * seconds <= 10_000 * 86_400
        else { return nil }
        self = .seconds(count * seconds)
    }

    /// The span as it is written in the configuration, in the largest unit that divides it.
    package var spanText: String {
        let seconds = Int(components.seconds)
        guard seconds != 0, let unit = Self.units.first(where: { seconds.isMultiple(of: $0.1) }) else { return "0s" }
        return "\(seconds / unit.1)\(unit.0)"
    }
}
