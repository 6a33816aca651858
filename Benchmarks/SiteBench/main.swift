import Files
import Foundation
import Model
import SampleSite
import Site

// What Benchmarks/site.py measures: a made-up registry of any size, rendered to a folder.
//
//     site-bench states|pages|all LAYERS FOLDER     makes the states only; the layers' pages; everything
//     site-bench change LAYERS FOLDER               renders one more build of one layer into a folder of everything
//     site-bench example LAYERS FOLDER              a believable site of few layers, to look at; LAYERS is not used
//     site-bench data LAYERS FOLDER                 what the pages' templates see, one JSON file a page
//
// Two numbers may follow: of targets and of regions (6 and 34).
// With FOLDER '-', nothing is written. Prints files, bytes and seconds.

let sizes = CommandLine.arguments.dropFirst(4).compactMap { Int($0) }
guard CommandLine.arguments.count == 4 || sizes.count == 2, let count = Int(CommandLine.arguments[2]) else {
    print("usage: site-bench states|pages|all|change|data|example LAYERS FOLDER [TARGETS REGIONS]")
    exit(2)
}
let large = LargeRegistry(count: count, targets: sizes.first ?? 6, regions: sizes.last ?? 34)
let renderer = SiteRenderer(large.registry)
let folder = CommandLine.arguments[3] == "-" ? nil : FileTree(CommandLine.arguments[3])
let tally = Tally()

let seconds = try ContinuousClock().measure {
    switch CommandLine.arguments[1] {
    case "states":
        for states in large.batches { tally.add(states.reduce(0) { $0 + $1.items.count }) }
    case "pages":
        for states in large.batches {
            try Parallel.forEach(states) { layer in
                let change = try renderer.page(of: layer)
                tally.add(change)
                try folder?.apply(change)
            }
        }
    case "all":
        let rendering = try renderer.begin(concurrently: { _ in nil }) { change in
            tally.add(change)
            try folder?.apply(change)
        }
        for states in large.batches { try rendering.add(states) }
        _ = try rendering.finish()
    case "change":
        guard let folder, let layer = large.layer(4321 % count, builds: 3) else { exit(2) }
        try renderer.render([layer], concurrently: folder.read) { change in
            tally.add(change)
            try folder.apply(change)
        }
    case "example":
        let fixture = Fixture.believable()
        try SiteRenderer(fixture.registry, options: .init(klayersAPI: true)).render(
            fixture.layers, existing: { _ in nil }
        ) { change in
            tally.add(change)
            try folder?.apply(change)
        }
    case "data":
        for layer in large {
            var fields: [String: Any] = [:]
            for view in renderer.views(of: layer) { fields.merge(json(view)) { $1 } }
            let bytes = try JSONSerialization.data(withJSONObject: fields, options: [.sortedKeys])
            try folder?.apply(FileChange(path: "\(layer.layer).json", content: .write(Array(bytes))))
        }
    default:
        exit(2)
    }
}
print("files \(tally.files)")
print("bytes \(tally.bytes)")
print("seconds \(Double(seconds.components.seconds) + Double(seconds.components.attoseconds) / 1e18)")
