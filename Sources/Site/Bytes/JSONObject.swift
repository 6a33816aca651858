import Model

/// Writes a JSON object into bytes, with its keys in the order in which they are added. A nil adds nothing.
///
/// What is inside an object is written into the same bytes: a file of thousands of values is one allocation.
struct JSONObject {
    /// How the members of an object are set apart.
    private enum Style {
        /// On one line: what a row of a table is.
        case line
        /// Each on a line of its own: what a file that people compare looks like.
        case lines
    }

    private var out: [UInt8] = []
    private var style = Style.line
    private var isEmpty = true

    init() {
        // Most rows fit, so that a row is one allocation.
        out.reserveCapacity(224)
        out.append(UInt8(ascii: "{"))
    }

    private init(style: Style, capacity: Int) {
        out.reserveCapacity(capacity)
        self.style = style
    }

    private mutating func key(_ key: String) {
        if !isEmpty { out.append(UInt8(ascii: ",")) }
        if style == .lines { out.append(UInt8(ascii: "\n")) }
        isEmpty = false
        out.append(json: key)
        out.append(UInt8(ascii: ":"))
        if style == .lines { out.append(UInt8(ascii: " ")) }
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

    mutating func add(_ name: String, _ moment: Timestamp?) {
        guard let moment else { return }
        key(name)
        out.append(UInt8(ascii: "\""))
        out.append(moment)
        out.append(UInt8(ascii: "\""))
    }

    mutating func add(_ name: String, _ digest: ContentDigest?) {
        guard let digest else { return }
        key(name)
        out.append(UInt8(ascii: "\""))
        out.append(hex: digest)
        out.append(UInt8(ascii: "\""))
    }

    /// Adds `true`, or nothing.
    mutating func add(_ name: String, ifTrue flag: Bool) {
        guard flag else { return }
        key(name)
        out.append("true")
    }

    mutating func add(_ name: String, flag: Bool) {
        key(name)
        out.append(flag ? "true" : "false")
    }

    /// Adds a value that is JSON already.
    mutating func add(_ name: String, json value: [UInt8]) {
        key(name)
        out.append(contentsOf: value)
    }

    mutating func add(_ name: String, strings: some Sequence<String>) {
        key(name)
        list(strings) { object, text in object.out.append(json: text) }
    }

    /// Adds an object on one line.
    mutating func add(_ name: String, object fill: (inout JSONObject) -> Void) {
        key(name)
        nested(.line, fill)
    }

    /// Adds an object with each member on a line of its own.
    mutating func add(_ name: String, lines fill: (inout JSONObject) -> Void) {
        key(name)
        nested(.lines, fill)
    }

    /// Adds an array of objects, each on a line of its own.
    mutating func add<Value>(
        _ name: String, rows: some Sequence<Value>, _ fill: (inout JSONObject, Value) -> Void
    ) {
        key(name)
        list(rows, perLine: true) { object, value in object.nested(.line) { fill(&$0, value) } }
    }

    /// Adds an array of objects on one line.
    mutating func add<Value>(
        _ name: String, objects: some Sequence<Value>, _ fill: (inout JSONObject, Value) -> Void
    ) {
        key(name)
        list(objects) { object, value in object.nested(.line) { fill(&$0, value) } }
    }

    private mutating func nested(_ inner: Style, _ fill: (inout JSONObject) -> Void) {
        let outer = (style, isEmpty)
        (style, isEmpty) = (inner, true)
        out.append(UInt8(ascii: "{"))
        fill(&self)
        close()
        (style, isEmpty) = outer
    }

    private mutating func close() {
        // An empty object of lines is `{`, a new line and `}`.
        if style == .lines { out.append(UInt8(ascii: "\n")) }
        out.append(UInt8(ascii: "}"))
    }

    private mutating func list<Value>(
        _ values: some Sequence<Value>, perLine: Bool = false, _ write: (inout JSONObject, Value) -> Void
    ) {
        var isFirst = true
        out.append(UInt8(ascii: "["))
        for value in values {
            if !isFirst { out.append(UInt8(ascii: ",")) }
            if perLine { out.append(UInt8(ascii: "\n")) }
            isFirst = false
            write(&self, value)
        }
        if perLine && !isFirst { out.append(UInt8(ascii: "\n")) }
        out.append(UInt8(ascii: "]"))
    }

    /// The finished object; nothing can be added to it any more.
    var bytes: [UInt8] {
        mutating get {
            out.append(UInt8(ascii: "}"))
            return exchange(&out, with: [])
        }
    }

    /// A file that holds one object, with each member on a line of its own.
    ///
    /// - Parameter capacity: about how many bytes it will have.
    static func file(capacity: Int = 1024, _ fill: (inout JSONObject) -> Void) -> [UInt8] {
        var object = JSONObject(style: .lines, capacity: capacity)
        object.out.append(UInt8(ascii: "{"))
        fill(&object)
        object.close()
        object.out.append(UInt8(ascii: "\n"))
        return object.out
    }

    static func text(_ text: String) -> [UInt8] {
        var out: [UInt8] = []
        out.append(json: text)
        return out
    }

    /// An array on one line of values that are JSON already.
    static func array(_ values: [[UInt8]]) -> [UInt8] {
        Array([UInt8(ascii: "[")] + values.joined(separator: [UInt8(ascii: ",")]) + [UInt8(ascii: "]")])
    }
}
