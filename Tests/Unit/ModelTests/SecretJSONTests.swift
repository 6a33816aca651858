import Model
import Foundation
import Testing

@Suite("A secret in JSON")
struct SecretJSONTests {
    private func text(_ document: String, _ path: String...) -> String? {
        Array(document.utf8).withUnsafeBytes { bytes in
            SecretJSON.copy(path, in: bytes).map { String(decoding: $0, as: UTF8.self) }
        }
    }

    @Test("is found at its path, without its escapes")
    func found() throws {
        let document = #"""
            { "a" : [1, {"b": "x\"]}"}, null, []], "b":{"c":true,"d":"no"},"e":{},
              "Parameter": {"Name":"n","Value":"l1\nl2\t\"\\\/\u00fc\uD83D\uDE00\r\b\f"} , "z": -1.5e3 }
            """#
        #expect(text(document, "Parameter", "Value") == "l1\nl2\t\"\\/ü😀\r\u{8}\u{c}")
        #expect(text(document, "b", "d") == "no")
        for path in [["b", "c"], ["e", "x"], ["z"], ["nothing"], ["a", "b"], ["Parameter"]] {
            #expect(path.count == 1 ? text(document, path[0]) == nil : text(document, path[0], path[1]) == nil)
        }
    }

    @Test(
        "is none in what is no JSON",
        arguments: [
            "", "{", "[]", "\"k\"", #"{"k""#, #"{"k":"#, #"{"k":"\q"}"#, #"{"k":"\u12"}"#,
            #"{"k":"\uD83D"}"#, #"{"k":"\uDE00"}"#, "{\"k\":\"a\nb\"}", #"{"a":}"#,
            #"{"a":"# + String(repeating: "[", count: 100_000),
        ])
    func malformed(document: String) { #expect(text(document, "k") == nil) }

    @Test("is what Foundation reads, for any text")
    func agrees() throws {
        for _ in 0..<200 {
            let scalars = (0..<20).compactMap { _ in Unicode.Scalar(UInt32.random(in: 0...0x1F9FF)) }
            let value = String(String.UnicodeScalarView(scalars))
            let document = try JSONEncoder().encode(["other": "x", "k": value])
            #expect(text(String(decoding: document, as: UTF8.self), "k") == value)
        }
    }
}
