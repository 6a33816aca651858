extension Desired {
    /// How long before a runtime's end it is told of.
    private static let notice = Duration.seconds(120 * 86_400)

    /// What to tell of wanted targets whose runtime Lambda has deprecated, or will soon: a line for each Python version.
    public func runtimeNotices(at now: Timestamp) -> [String] {
        let targets = Set(layers.flatMap(\.targets)).sorted()
        return Dictionary(grouping: targets, by: \.python).sorted { $0.key < $1.key }.compactMap { _, targets in
            guard let first = targets.first, let day = first.platform?.deprecation, now >= day - Self.notice else {
                return nil
            }
            let retire = targets.map { "'strata retire --target \($0) --until DATE'" }.joined(separator: " and ")
            guard now >= day else {
                return
                    "Lambda deprecates \(first.runtime) on \(day.date): plan to take it out of 'targets', and to announce "
                    + "the end of its releases with \(retire)"
            }
            return
                "Lambda deprecated \(first.runtime) on \(day.date): take it out of 'targets', and announce the end of its "
                + "releases with \(retire)"
        }
    }
}
