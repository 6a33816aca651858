import FoundationEssentials
import Model

/// How many layers each target has in each region: `api/v1/coverage.json`. Kept by adding and subtracting, so that one
/// layer's change does not need the others.
struct Coverage: Decodable {
    private(set) var layers = 0
    /// Items by target.
    private(set) var targets: [String: Int] = [:]
    /// Items with a latest release, by target and region.
    private(set) var cells: [String: [String: Int]] = [:]
    /// Those of the cells' items whose release there is of an older build than elsewhere. Files of the first format do
    /// not tell.
    private(set) var lagging: [String: [String: Int]]?

    static let path = "api/v1/coverage.json"

    func count(_ target: Target, _ region: Region) -> Int { cells[target.description]?[region.code] ?? 0 }
    func lagging(_ target: Target, _ region: Region) -> Int { lagging?[target.description]?[region.code] ?? 0 }
    func items(_ target: Target) -> Int { targets[target.description] ?? 0 }

    /// The targets that have a latest release somewhere.
    var allTargets: [Target] { cells.keys.compactMap { Target($0) } }

    /// The regions in which a target has a latest release.
    func regions(of target: Target) -> [Region] {
        (cells[target.description] ?? [:]).keys.compactMap { Region($0) }
    }

    /// All regions in which something has a latest release.
    var allRegions: [Region] { Set(cells.values.flatMap(\.keys)).compactMap { Region($0) } }

    /// What some layers change of it.
    struct Change {
        private var layers = 0
        private var targets: [Target: Int] = [:]
        private var cells: [LayerTraces.Cell: Int] = [:]
        private var lagging: [LayerTraces.Cell: Int] = [:]
        private var laggedBefore: [LayerTraces.Cell: Int] = [:]

        mutating func add(_ traces: LayerTraces, before: LayerTraces?) {
            if before == nil { layers += 1 }
            for target in traces.targets { targets[target, default: 0] += 1 }
            for target in before?.targets ?? [] { targets[target, default: 0] -= 1 }
            for cell in traces.cells { cells[cell, default: 0] += 1 }
            for cell in before?.cells ?? [] { cells[cell, default: 0] -= 1 }
            for cell in traces.lagging { lagging[cell, default: 0] += 1 }
            for cell in before?.lagging ?? [] { laggedBefore[cell, default: 0] -= 1 }
        }

        func write(through filter: ChangeFilter) throws -> Coverage {
            var coverage =
                try filter.existing(Coverage.path).map {
                    try RegistryJSON.decode(Coverage.self, from: $0, path: Coverage.path)
                } ?? Coverage()
            coverage.layers += layers
            for (target, count) in targets { coverage.targets[target.description, default: 0] += count }
            for (cell, count) in cells {
                coverage.cells[cell.target.description, default: [:]][cell.region.code, default: 0] += count
            }
            // A file that was written before these were counted has none to take away.
            let lost = coverage.lagging == nil ? [:] : laggedBefore
            var lagging = coverage.lagging ?? [:]
            for (cell, count) in self.lagging.merging(lost, uniquingKeysWith: +) {
                lagging[cell.target.description, default: [:]][cell.region.code, default: 0] += count
            }
            coverage.lagging = lagging
            coverage.dropZeros()
            try filter.write(coverage.bytes, to: Coverage.path)
            return coverage
        }
    }

    private mutating func dropZeros() {
        targets = targets.filter { $0.value != 0 }
        cells = Self.withoutZeros(cells)
        lagging = lagging.map(Self.withoutZeros)
    }

    private static func withoutZeros(_ cells: [String: [String: Int]]) -> [String: [String: Int]] {
        cells.mapValues { $0.filter { $0.value != 0 } }.filter { !$0.value.isEmpty }
    }

    private var bytes: [UInt8] {
        JSONObject.file { file in
            file.add(schema: "coverage", of: Self.path)
            file.add("format", 1)
            file.add("layers", layers)
            file.add("targets", object: { $0.add(counts: targets) })
            file.add(
                "cells",
                lines: { lines in
                    for (target, counts) in cells.sorted(by: { $0.key < $1.key }) {
                        lines.add(target, object: { $0.add(counts: counts) })
                    }
                })
            file.add(
                "lagging",
                object: { lagging in
                    for (target, counts) in (self.lagging ?? [:]).sorted(by: { $0.key < $1.key }) {
                        lagging.add(target, object: { $0.add(counts: counts) })
                    }
                })
        }
    }
}

extension JSONObject {
    /// Numbers by name, sorted.
    mutating func add(counts: [String: Int]) {
        for (name, count) in counts.sorted(by: { $0.key < $1.key }) { add(name, count) }
    }
}
