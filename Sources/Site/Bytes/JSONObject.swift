import Model

/// A JSON object on one line, with its keys in the order in which they are added. A nil adds nothing.
struct JSONObject {
    private var out: [UInt8] = []

    init() {
        // Most rows fit, so that a row is one allocation.
        out.reserveCapacity(224)
        out.append(UInt8(ascii: "{"))
    }

    private mutating func key(_ key: String) {
        if out.count > 1 { out.append(UInt8(ascii: ",")) }
        out.append(json: key)
        out.append(UInt8(ascii: ":"))
    }

    mutating func add(_ name: String, _ text: String?) {
        guard let text else { return }
        key(name)
        out.append(json: text)
    }

    mutating func add(_ name: String, _ number: Int?) {
        guard let number else { return }
        key(name)
        out.append(number)
    }

    mutating func add(_ name: String, _ moment: Timestamp?) { add(name, moment?.description) }

    /// Adds `true`, or nothing.
    mutating func add(_ name: String, ifTrue flag: Bool) {
        guard flag else { return }
        key(name)
        out.append("true")
    }

    /// Adds a value that is JSON already.
    mutating func add(_ name: String, json value: [UInt8]) {
        key(name)
        out.append(contentsOf: value)
    }

    mutating func add(_ name: String, strings: [String]) { add(name, json: Self.array(strings.map(Self.text))) }

    /// The finished object; nothing can be added to it any more.
    var bytes: [UInt8] {
        mutating get {
            out.append(UInt8(ascii: "}"))
            return exchange(&out, with: [])
        }
    }

    static func text(_ text: String) -> [UInt8] {
        var out: [UInt8] = []
        out.append(json: text)
        return out
    }

    /// An array; with `perLine`, each value on a line of its own.
    static func array(_ values: [[UInt8]], perLine: Bool = false) -> [UInt8] {
        var out: [UInt8] = [UInt8(ascii: "[")]
        if perLine && !values.isEmpty { out.append("\n") }
        for (index, value) in values.enumerated() {
            if index > 0 { out.append(perLine ? ",\n" : ",") }
            out.append(contentsOf: value)
        }
        if perLine && !values.isEmpty { out.append("\n") }
        out.append(UInt8(ascii: "]"))
        return out
    }

    /// The object with each member on a line of its own: what a file that people compare looks like.
    static func file(_ members: [(String, [UInt8])]) -> [UInt8] {
        var out: [UInt8] = []
        out.append("{\n")
        for (index, (name, value)) in members.enumerated() {
            out.append(json: name)
            out.append(": ")
            out.append(contentsOf: value)
            out.append(index == members.count - 1 ? "\n" : ",\n")
        }
        out.append("}\n")
        return out
    }
}
