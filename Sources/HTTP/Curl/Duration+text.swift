extension Duration {
    /// Whole milliseconds, rounded up, so that a time that is not over is never 0; at most some eleven days.
    var milliseconds: Int {
        let (seconds, attoseconds) = components
        let whole = min(max(seconds, 0), 1_000_000) * 1000
        return Int(whole + max(attoseconds + 999_999_999_999_999, 0) / 1_000_000_000_000_000)
    }

    /// `60 s`, `0.25 s`.
    var text: String {
        let millis = milliseconds
        return millis % 1000 == 0 ? "\(millis / 1000) s" : "\(Double(millis) / 1000) s"
    }
}
