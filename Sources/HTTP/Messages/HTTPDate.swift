import Model

extension Timestamp {
    /// Reads the date form of RFC 9110, section 5.6.7: `Sun, 06 Nov 1994 08:49:37 GMT`.
    public init?(httpDate text: String) {
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        let words = text.split(separator: " ")
        guard words.count == 6, words[0].utf8.count == 4, words[0].hasSuffix(","), words[1].utf8.count == 2,
            let month = months.firstIndex(of: String(words[2])), words[3].utf8.count == 4,
            words[4].utf8.count == 8, words[5] == "GMT"
        else { return nil }
        let number = month < 9 ? "0\(month + 1)" : "\(month + 1)"
        self.init("\(words[3])-\(number)-\(words[1])T\(words[4])Z")
    }
}

extension HTTPHead {
    /// The wait that `Retry-After` asks for, given as seconds or as a date; never negative.
    public func retryAfter(now: Timestamp) -> Duration? {
        guard let value = headers["Retry-After"] else { return nil }
        if let seconds = Int(value), seconds >= 0 { return .seconds(min(seconds, 86_400)) }
        guard let date = Timestamp(httpDate: value) else { return nil }
        return max(.zero, date - now)
    }

    /// The server's clock, as its `Date` header tells it.
    public var serverDate: Timestamp? { headers["Date"].flatMap(Timestamp.init(httpDate:)) }
}
