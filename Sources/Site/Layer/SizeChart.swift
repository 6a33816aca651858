import Model

/// The unzipped size over a target's builds: a line with an axis, and a point for each build that tells its own.
struct SizeChart {
    let view: View
    private static let (left, top, width, height) = (4, 16, 300, 72)

    /// - Returns: nil for fewer than two builds with sizes.
    init?(_ builds: [Build]) {
        let sized = builds.suffix(40).compactMap { build in build.artifact.map { (build, $0.unzipped) } }
        guard sized.count > 1, let first = sized.first, let last = sized.last,
            let most = sized.map(\.1).max(), most.bytes > 0
        else { return nil }
        let points = sized.enumerated().map { index, entry in
            (
                x: Self.left + index * Self.width / (sized.count - 1),
                y: Self.top + Self.height - Int(Double(entry.1.bytes) / Double(most.bytes) * Double(Self.height)),
                title: "\(Words.short(entry.0.version, 80)), build \(entry.0.buildNumber): \(Words.size(entry.1))"
            )
        }
        let line = "M" + points.map { "\($0.x) \($0.y)" }.joined(separator: "L")
        let floor = Self.top + Self.height
        view = [
            .line: .text(line),
            .area: .text("\(line)L\(Self.left + Self.width) \(floor)L\(Self.left) \(floor)Z"),
            .label: .text(
                "Unzipped size from \(Words.size(first.1)) to \(Words.size(last.1)) over \(sized.count) builds"),
            .most: .text(Words.size(most)),
            .points: .views(points.map { [.x: .number($0.x), .y: .number($0.y), .title: .text($0.title)] }),
            .from: .text(Words.short(first.0.version, 20)), .to: .text(Words.short(last.0.version, 20)),
        ]
    }
}
