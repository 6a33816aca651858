import Site

/// The fields of a view, as JSON has them.
func json(_ view: View) -> [String: Any] {
    var fields: [String: Any] = [:]
    for (name, field) in view.fields {
        switch field {
        case .text(let text): fields[name.rawValue] = text
        case .number(let number): fields[name.rawValue] = number
        case .flag(let flag): fields[name.rawValue] = flag
        case .view(let view): fields[name.rawValue] = json(view)
        case .views(let views): fields[name.rawValue] = views.map(json)
        case .texts(let texts): fields[name.rawValue] = texts
        }
    }
    return fields
}
