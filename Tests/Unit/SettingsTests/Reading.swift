import Model
import Settings

/// What reading a configuration came to: settings, or one line for each problem.
enum Reading {
    case settings(ProjectSettings)
    case problems([String])

    init(_ yaml: some Sequence<UInt8>, lists: [String: String] = [:], file: String = "strata.yaml") {
        do throws(SettingsProblems) {
            let settings = try ProjectSettings(yaml: Array(yaml), file: file, folder: "/project") {
                path throws(StrataError) in
                guard let list = lists[path] else { throw StrataError(.file, "there is no '\(path)'") }
                return Array(list.utf8)
            }
            self = .settings(settings)
        } catch {
            self = .problems(error.problems.map(\.description))
        }
    }

    init(_ yaml: String, lists: [String: String] = [:]) { self.init(yaml.utf8, lists: lists) }

    /// The problems; empty if there are none.
    var problems: [String] {
        switch self {
        case .settings: []
        case .problems(let problems): problems
        }
    }

    /// The settings, or the problems as a failure of the test.
    func get() throws -> ProjectSettings {
        switch self {
        case .settings(let settings): settings
        case .problems(let problems): throw Refused(problems: problems)
        }
    }

    struct Refused: Error { let problems: [String] }
}

/// A configuration that is right, of which tests replace or add lines. Its last line is line 6.
let smallest = """
    version: 1
    registry: { name: Acme, url: "https://acme.example" }
    targets: [python3.12]
    regions: [us-east-1]
    publish: { prefix: acme }
    layers: [requests]

    """

/// The smallest configuration with one of its lines replaced.
func smallest(line: Int, _ replacement: String) -> String {
    var lines = smallest.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    lines[line - 1] = replacement
    return lines.joined(separator: "\n")
}
