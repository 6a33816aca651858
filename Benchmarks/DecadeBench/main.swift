import FoundationEssentials
import Glibc
import Model

// A registry that grows month by month, by the code that runs in earnest: what Benchmarks/decade.py measures.
//
//     decade-bench grow FOLDER MONTHS [SEED LAYERS TARGETS REGIONS]   goes on to so many months; the sizes of a new one
//     decade-bench plan|whole FOLDER                                  what a run would do now; without what it remembers
//     decade-bench nothing FOLDER                                     a run for which nothing has changed
//     decade-bench day FOLDER DAY                                     a run for which one layer of a hundred has changed
//     decade-bench rebuild FOLDER LEDGER                              a new ledger from the registry
//
// Layers come from a generated index, are published to regions that store nothing, and are recorded, rendered and pushed
// as any others.

let arguments = Array(CommandLine.arguments.dropFirst())
let numbers = arguments.dropFirst(2).map { Int($0) }
guard arguments.count >= 2 else {
    print("usage: decade-bench grow|plan|whole|nothing|day|rebuild FOLDER …")
    exit(2)
}
switch (arguments[0], numbers.count) {
case ("grow", 1), ("grow", 5):
    let given = numbers.compactMap(\.self)
    guard given.count == numbers.count, given.allSatisfy({ $0 >= 0 }) else { exit(2) }
    let world =
        given.count == 5
        ? World(seed: UInt64(given[1]), layers: given[2], targets: given[3], regions: given[4]) : nil
    try await Decade(in: arguments[1], world).grow(to: given[0])
case ("plan", 0), ("whole", 0):
    let decade = try await Decade(in: arguments[1], nil)
    let plan = try await decade.plan(in: decade.months() - 1, remembering: arguments[0] == "plan")
    print("actions \(plan.actions.count)")
case ("nothing", 0):
    let decade = try await Decade(in: arguments[1], nil)
    print("published \(try await decade.run(in: decade.months() - 1).published.count)")
case ("day", 1):
    let decade = try await Decade(in: arguments[1], nil)
    guard let day = numbers[0] else { exit(2) }
    let report = try await decade.run(in: decade.months() - 1, day: day)
    print("published \(report.published.count)")
    for commit in report.commits {
        print("\(commit.branch)-files \(commit.files)\n\(commit.branch)-bytes \(commit.bytes.bytes)")
    }
case ("rebuild", 1):
    let decade = try await Decade(in: arguments[1], nil)
    let (items, releases) = try await decade.rebuild(into: arguments[2])
    print("items \(items)\nreleases \(releases)")
default:
    exit(2)
}
