/// SplitMix64: chance that can be repeated. Property tests print its seed, so that a failure can be run again.
package struct SeededGenerator: RandomNumberGenerator, Sendable {
    private var state: UInt64

    package init(seed: UInt64) { state = seed }

    package mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }

    /// Text of up to `length` characters from an alphabet.
    package mutating func text(_ alphabet: String, length: ClosedRange<Int>) -> String {
        let letters = Array(alphabet)
        return String(
            (0..<Int.random(in: length, using: &self)).compactMap { _ in letters.randomElement(using: &self) })
    }
}

/// Fresh seeds for a property test's arguments, one of them always the same.
package func seeds(_ count: Int) -> [UInt64] {
    [1] + (1..<max(1, count)).map { _ in UInt64.random(in: .min ... .max) }
}
