import Model

/// Joins the layers of the configuration with those of its package lists, and refuses what is asked for twice.
///
/// The configuration's own layers come first: a list cannot change them. Lists may repeat a layer, for other targets or
/// by oversight, as long as they mean the same.
struct LayerMerge {
    let problems: Problems

    func merge(_ written: [WrittenLayer], _ rows: [WrittenLayer]) -> [WrittenLayer] {
        var result: [WrittenLayer] = []
        /// Where a layer is in `result`, by its name in lower case: people do not tell `Data` from `data`.
        var positions: [String: Int] = [:]
        for entry in written + rows {
            let key = entry.layer.name.text.lowercased()
            guard let position = positions[key] else {
                positions[key] = result.count
                result.append(entry)
                continue
            }
            let first = result[position]
            if entry.list == nil || !isSame(entry.layer, first.layer) {
                refuse(entry, first)
            } else if first.list == nil {
                problems.warn(
                    "'\(entry.layer.name)' is a layer already", hint: "the one at \(text(first.place)) counts",
                    at: entry.place)
            } else if entry.layer.options != first.layer.options || entry.layer.retention != first.layer.retention
                || entry.layer.checks != first.layer.checks
            {
                problems.add(
                    "'\(entry.layer.name)' is also in \(text(first.place)), with other options",
                    hint: "leave it out of one of the lists", at: entry.place)
            } else {
                result[position].layer.targets = Set(first.layer.targets + entry.layer.targets).sorted()
                guard !Set(first.layer.targets).isDisjoint(with: entry.layer.targets) else { continue }
                problems.warn(
                    "'\(entry.layer.name)' is listed twice", hint: "the first is at \(text(first.place))",
                    at: entry.place)
            }
        }
        return result
    }

    private func isSame(_ left: DesiredLayer, _ right: DesiredLayer) -> Bool {
        left.name == right.name && left.requires == right.requires && left.lock == right.lock
            && left.sdists == right.sdists
    }

    private func refuse(_ entry: WrittenLayer, _ first: WrittenLayer) {
        let differs = entry.layer.name == first.layer.name ? "" : ", differing in case only"
        problems.add(
            "the layer '\(entry.layer.name)' is defined twice\(differs)", hint: "the first is at \(text(first.place))",
            at: entry.place)
    }

    private func text(_ place: Spot) -> String { "\(place.file):\(place.line)" }
}
