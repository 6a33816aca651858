/// A pattern with `*` for any characters, none included.
struct Glob: Sendable {
    private let pattern: [UInt8]

    init(_ pattern: String) { self.pattern = Array(pattern.utf8) }

    /// Whether all of a text fits. Takes time in proportion to both lengths at most.
    func matches(_ text: String) -> Bool {
        let text = Array(text.utf8)
        let star = UInt8(ascii: "*")
        var (index, place) = (0, 0)
        // Where the last star stands, and how much of the text it has taken: only it need ever take more.
        var last: (index: Int, place: Int)?
        while place < text.count {
            if index < pattern.count, pattern[index] == star {
                last = (index, place)
                index += 1
            } else if index < pattern.count, pattern[index] == text[place] {
                index += 1
                place += 1
            } else if let retry = last {
                last = (retry.index, retry.place + 1)
                (index, place) = (retry.index + 1, retry.place + 1)
            } else {
                return false
            }
        }
        return pattern[index...].allSatisfy { $0 == star }
    }
}
