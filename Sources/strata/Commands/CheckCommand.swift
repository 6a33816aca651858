import ArgumentParser
import FoundationEssentials
import Model
import Settings

/// `strata check`
struct CheckCommand: StrataCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Check the configuration, offline.",
        discussion: "Reports every mistake with its line and column, and exits with 2 if there is one.")

    @OptionGroup var common: CommonOptions
    @OptionGroup var argument: ConfigurationArgument
    @Flag(help: "Print what was understood as JSON.") var json = false

    func run(console: Console) async throws -> ExitStatus {
        let common = common.with(argument)
        let settings = try common.settings(console)
        let desired = settings.desired
        console.warnOfRuntimes(desired)
        try await common.assembly(console, settings, access: .reading).checkRemote()
        if json {
            try console.print(json: Overview(desired))
        } else {
            console.print(
                "\(common.config) is valid: \(count(desired.layers.count, "layer")), "
                    + "\(count(desired.items.count, "layer and target", plural: "layers and targets")), "
                    + "\(count(desired.regions.count, "region")).")
        }
        return .done
    }

    private struct Overview: Encodable {
        struct Layer: Encodable {
            let name: LayerName
            let requires: [Requirement]
            /// The file that locks it; absent if it is resolved.
            let lock: String?
            let targets: [Target]
        }
        let layers: [Layer]
        let regions: [Region]

        init(_ desired: Desired) {
            layers = desired.layers.map {
                Layer(name: $0.name, requires: $0.requires, lock: $0.lock?.path, targets: $0.targets)
            }
            regions = desired.regions
        }
    }
}

extension Console {
    /// Tells of targets whose runtime Lambda has deprecated, or will soon.
    func warnOfRuntimes(_ desired: Desired) {
        for notice in desired.runtimeNotices(at: WallClock.now) { warn(notice) }
    }
}

/// `1 item`, `2 items` with a plural of its own.
func count(_ number: Int, _ noun: String, plural: String) -> String { "\(number) \(number == 1 ? noun : plural)" }

extension Console {
    /// A result for machines: sorted keys, so that the same result is the same text.
    func print(json value: some Encodable) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        print(String(decoding: try encoder.encode(value), as: UTF8.self))
    }
}
