import FoundationEssentials
import Model
import Settings
import Testing

@Suite struct HostileDocumentTests {
    @Test("refuses aliases that multiply")
    func bomb() {
        var yaml = "a: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
        for level in 1...40 {
            yaml +=
                "a\(level): &a\(level) [" + Array(repeating: "*a\(level - 1)", count: 10).joined(separator: ", ")
                + "]\n"
        }
        #expect(Reading(yaml + smallest).problems.count == 41)
        #expect(Reading(smallest(line: 6, "layers: *a40") + yaml).problems.count > 0)
        let wide = String(repeating: "  - { requires: a, targets: *t }\n", count: 20_000)
        #expect(
            Reading(
                smallest(line: 3, "targets: &t [" + String(repeating: "python3.12, ", count: 100) + "]")
                    .replacing("layers: [requests]\n", with: "layers:\n" + wide)
            ).problems.contains { $0.contains("the document expands to more than 200000 values") })
    }

    @Test(
        "refuses aliases that could hide in keys, where hashing them would never end",
        arguments: ["*a : 1", "? *a\n: 1", "{*a: 1}", "? [*a, *a]\n: 1", "[*a, *a]: 1", "{ b: *a } : 1"])
    func keys(text: String) {
        #expect(
            Reading("a: &a [x]\n" + text).problems == [
                "strata.yaml:1:1: aliases are not allowed beside keys that are lists, mappings or aliases"
            ])
    }

    @Test(
        "refuses nesting without end",
        arguments: ["[", "{a: ", "- ", "? ", "[{", "&a [", "!a [", "'", "\"", "|\n", "---\n"])
    func nesting(text: String) {
        #expect(!Reading(String(repeating: text, count: 990_000 / text.utf8.count)).problems.isEmpty)
        #expect(!Reading("layers: " + String(repeating: text, count: 900)).problems.isEmpty)
    }

    @Test("refuses a file that is too large, unread")
    func size() {
        #expect(
            Reading(Array(repeating: UInt8(ascii: "#"), count: 1_000_001)).problems == [
                "strata.yaml:1:1: the file is larger than 1 MB"
            ])
    }

    @Test("reports at most so many problems")
    func endless() {
        let problems = Reading(smallest(line: 6, "layers: [" + String(repeating: "-, ", count: 9000) + "]")).problems
        #expect(problems.count == 501)
        #expect(problems.last == "strata.yaml: and 8500 more problems")
    }

    /// Bytes of right files are changed at random: whatever comes of it, reading ends, with settings or with problems
    /// that have a place.
    @Test("survives damage of any kind", arguments: 0..<8)
    func damage(worker: Int) {
        let seed = UInt64.random(in: .min ... .max)
        var random = SplitMix(seed: seed)
        let words = [
            "\n", "  ", "- ", ": ", "[", "]", "{", "}", "\"", "'", "&a ", "*a", "|", "<<", "!", "\u{85}", "\0", "all",
        ]
        for _ in 0..<150 {
            var bytes = Array(ProjectSettings.template.utf8)
            for _ in 0..<Int.random(in: 1...6, using: &random) {
                let index = Int.random(in: 0..<bytes.count, using: &random)
                switch Int.random(in: 0..<4, using: &random) {
                case 0: bytes[index] = UInt8.random(in: .min ... .max, using: &random)
                case 1: bytes.removeSubrange(index..<min(bytes.count, index + Int.random(in: 1...30, using: &random)))
                case 2: bytes.insert(contentsOf: (words.randomElement(using: &random) ?? "").utf8, at: index)
                default:
                    let other = Int.random(in: 0..<bytes.count, using: &random)
                    let piece = bytes[other..<min(bytes.count, other + 40)]
                    bytes.insert(contentsOf: Array(piece), at: index)
                }
            }
            switch Reading(bytes, lists: ["/project/packages.csv": "Package_Name\n"]) {
            case .settings(let settings): #expect(!settings.desired.items.isEmpty, "seed \(seed)")
            case .problems(let problems):
                #expect(!problems.isEmpty && problems.allSatisfy { $0.hasPrefix("strata.yaml:") }, "seed \(seed)")
            }
        }
    }
}

/// A small generator with a seed that can be printed and used again.
struct SplitMix: RandomNumberGenerator {
    var state: UInt64
    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }
}
