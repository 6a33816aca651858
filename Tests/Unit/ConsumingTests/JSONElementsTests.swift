import Consuming
import Contracts
import Testing

@Suite("JSON lists and lines, divided")
struct JSONElementsTests {
    @Test("the elements of a list come with the lines that they begin on")
    func list() {
        let text = """
            [
              {"a": "]},[{\\"", "b": [1, {"c": 2}]},
              2,
              "x\\\\", {"d":
                3}
            ]

            """
        #expect(
            elements(text) == [
                value(#"{"a": "]},[{\"", "b": [1, {"c": 2}]}"#, 2), value("2", 3), value(#""x\\""#, 4),
                value("{\"d\":\n    3}\n", 4),
            ])
        #expect(elements("[]").isEmpty)
        #expect(elements("").isEmpty)
    }

    @Test("lines come one by one, and a broken one costs only itself")
    func lines() {
        #expect(
            elements("{\"a\":1}\n\n  {\"b\": {\n{}") == [value("{\"a\":1}", 1), value("{\"b\": {", 3), value("{}", 4)])
    }

    @Test("a list that is not closed is malformed, after its elements")
    func unclosed() {
        #expect(
            elements("[1,\n2,\n{\"a\": [") == [
                value("1", 1), value("2", 2), .malformed("the list is not closed", line: 3),
            ])
        #expect(elements("[1") == [.malformed("the list is not closed", line: 1)])
    }

    @Test("a value that is too long is malformed")
    func length() {
        let long = "{\"a\": \"" + String(repeating: "x", count: JSONElements.valueLimit + 1) + "\"}"
        #expect(elements("\(long)\n{}") == [.malformed("the value is too long", line: 1), value("{}", 2)])
        #expect(elements("[1, \(long), 2]") == [value("1", 1), .malformed("the value is too long", line: 1)])
    }

    @Test("any bytes give the same elements however they are cut", arguments: seeds(3))
    func cuts(seed: UInt64) {
        var chance = SeededGenerator(seed: seed)
        for _ in 0..<300 {
            let text =
                ["[", "{", "", " "].randomElement(using: &chance).map {
                    $0 + chance.text("[]{},\"\\ \n1", length: 0...30)
                } ?? ""
            var pieces = JSONElements()
            var found: [JSONElement] = []
            for byte in text.utf8 { pieces.read([byte]) { found.append($0) } }
            pieces.finish { found.append($0) }
            #expect(found == elements(text), "seed \(seed): \(text.debugDescription)")
        }
    }

    private func value(_ text: String, _ line: Int) -> JSONElement { .value(Array(text.utf8), line: line) }

    private func elements(_ text: String) -> [JSONElement] {
        var reader = JSONElements()
        var found: [JSONElement] = []
        reader.read(text.utf8) { found.append($0) }
        reader.finish { found.append($0) }
        return found
    }
}
