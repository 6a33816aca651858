import Model

/// Looks at which layers are used with which: they exist, for the same targets, and not in a circle.
struct BaseCheck {
    let problems: Problems

    func check(_ layers: [WrittenLayer]) {
        let known = Dictionary(layers.map { ($0.layer.name, $0.layer) }) { first, _ in first }
        for entry in layers where !entry.layer.options.with.isEmpty {
            for name in entry.layer.options.with {
                guard let base = known[name] else {
                    problems.add(
                        "'\(entry.layer.name)' is used with '\(name)', which is not a layer of the configuration",
                        hint: Suggestion.hint(for: name.text, among: known.keys.map(\.text).sorted()), at: entry.place)
                    continue
                }
                let missing = entry.layer.targets.filter { !base.targets.contains($0) }
                if !missing.isEmpty {
                    problems.add(
                        "'\(entry.layer.name)' is used with '\(name)', which is not built for "
                            + missing.map(\.description).joined(separator: ", "), at: entry.place)
                }
            }
            if let circle = circle(from: entry.layer.name, known) {
                problems.add(
                    "layers are used with each other in a circle: "
                        + circle.map(\.text).joined(separator: " with "), at: entry.place)
            }
        }
    }

    /// The way back to a layer that it begins with.
    private func circle(from name: LayerName, _ known: [LayerName: DesiredLayer]) -> [LayerName]? {
        var open = [[name]]
        var seen: Set<LayerName> = []
        while let path = open.popLast() {
            for next in path.last.flatMap({ known[$0]?.options.with }) ?? [] {
                if next == name { return path + [name] }
                if seen.insert(next).inserted { open.append(path + [next]) }
            }
        }
        return nil
    }
}
