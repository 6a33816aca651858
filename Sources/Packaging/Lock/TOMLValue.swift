/// A value of a TOML document, as far as lock files use the language.
package enum TOMLValue: Sendable, Hashable {
    case string(String)
    case integer(Int)
    case boolean(Bool)
    /// As written: dates and times, and floating-point numbers, which no lock file gives a meaning that matters here.
    case other(String)
    case array([TOMLValue])
    case table([String: TOMLValue])

    package var string: String? { if case .string(let text) = self { text } else { nil } }
    package var integer: Int? { if case .integer(let number) = self { number } else { nil } }
    package var array: [TOMLValue]? { if case .array(let values) = self { values } else { nil } }
    package var table: [String: TOMLValue]? { if case .table(let members) = self { members } else { nil } }
    package subscript(key: String) -> TOMLValue? { table?[key] }
}
