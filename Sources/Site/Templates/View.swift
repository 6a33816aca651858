/// What a template sees: values by name. A nil is absent.
///
/// A view has few names, so they are looked through one by one: that is quicker than hashing.
package struct View: Sendable, ExpressibleByDictionaryLiteral {
    package private(set) var fields: [(name: Slot, value: Field)]

    package init(dictionaryLiteral elements: (Slot, Field?)...) { self.init(elements) }

    package init(_ elements: [(Slot, Field?)]) {
        fields = []
        fields.reserveCapacity(elements.count)
        for case (let name, let value?) in elements { fields.append((name, value)) }
    }

    subscript(name: Slot) -> Field? {
        for field in fields where field.name == name { return field.value }
        return nil
    }

    /// A value of a kind that the templates know.
    package enum Field: Sendable {
        case text(String)
        case number(Int)
        case flag(Bool)
        case view(View)
        case views([View])
        case texts([String])

        static func text(_ text: String?) -> Field? { text.map { .text($0) } }
    }
}

extension View.Field: ExpressibleByStringLiteral, ExpressibleByStringInterpolation {
    package init(stringLiteral value: String) { self = .text(value) }
}
