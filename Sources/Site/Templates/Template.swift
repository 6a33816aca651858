/// A page's template, compiled: a flat list of steps, with what it inherits and includes in its place.
///
/// The templates are Mustache (https://mustache.github.io/mustache.5.html): values, sections, inverted sections,
/// partials, parents and blocks. Pages are most of what a render costs, so they are written as bytes, straight from a
/// view; a test holds the result against swift-mustache's.
struct Template: Sendable {
    enum Step: Sendable, Equatable {
        /// A piece of the template's own text.
        case literal(Range<Int>)
        /// A value, escaped.
        case value(Slot)
        /// The item of the list that is gone through.
        case item
        /// Once for each item of a list, or once if there is a value that is not false; up to the step `end`.
        case section(Slot, end: Int)
        /// Once if there is no value, an empty list, or false; up to the step `end`.
        case inverted(Slot, end: Int)
    }

    let steps: [Step]
    let literals: [UInt8]

    /// Appends the page to `out`.
    ///
    /// - Parameter views: from the outermost to the innermost: a name is looked up in the last that has it.
    func render(_ views: [View], into out: inout [UInt8]) {
        var context = views.map(View.Field.view)
        literals.withUnsafeBufferPointer { text in
            steps.withUnsafeBufferPointer { steps in
                Self.run(steps, steps.indices, text, &context, &out)
            }
        }
    }

    private static func run(
        _ steps: UnsafeBufferPointer<Step>, _ range: Range<Int>, _ literals: UnsafeBufferPointer<UInt8>,
        _ context: inout [View.Field], _ out: inout [UInt8]
    ) {
        var index = range.lowerBound
        while index < range.upperBound {
            switch steps[index] {
            case .literal(let text):
                out.append(contentsOf: UnsafeBufferPointer(rebasing: literals[text]))
            case .value(let name):
                if let value = find(name, context) { append(value, &out) }
            case .item:
                if let value = context.last { append(value, &out) }
            case .section(let name, let end):
                let body = index + 1..<end
                func once(_ value: View.Field) {
                    context.append(value)
                    run(steps, body, literals, &context, &out)
                    context.removeLast()
                }
                switch find(name, context) {
                case .views(let views): for view in views { once(.view(view)) }
                case .texts(let texts): for text in texts { once(.text(text)) }
                case .flag(false), nil: break
                case .flag(true): run(steps, body, literals, &context, &out)
                case let value?: once(value)
                }
                index = end - 1
            case .inverted(let name, let end):
                let isAbsent =
                    switch find(name, context) {
                    case nil, .flag(false): true
                    case .views(let views): views.isEmpty
                    case .texts(let texts): texts.isEmpty
                    default: false
                    }
                if isAbsent { run(steps, index + 1..<end, literals, &context, &out) }
                index = end - 1
            }
            index += 1
        }
    }

    private static func find(_ name: Slot, _ context: [View.Field]) -> View.Field? {
        var index = context.count - 1
        while index >= 0 {
            if case .view(let view) = context[index], let value = view[name] { return value }
            index -= 1
        }
        return nil
    }

    private static func append(_ value: View.Field, _ out: inout [UInt8]) {
        switch value {
        case .text(let text): out.append(html: text)
        case .number(let number): out.append(number)
        case .flag, .view, .views, .texts: break
        }
    }
}
