import Model

/// Everything that is wrong with a configuration, found in one reading.
public struct SettingsProblems: Error, Sendable {
    /// Sorted by file, line and column; never empty. All have code `configuration`.
    public let problems: [StrataError]

    package init(_ problems: [StrataError]) { self.problems = problems }

    /// What a command that was stopped by them ends with.
    public var exitStatus: ExitStatus { .usage }
}

extension SettingsProblems: CustomStringConvertible {
    /// One problem a line: `strata.yaml:4:1: unknown key 'retension'; did you mean 'retention'?`
    public var description: String { problems.map(\.description).joined(separator: "\n") }
}

/// Collects what is found while a configuration is read, so that one mistake does not hide the next.
final class Problems {
    private(set) var found: [StrataError] = []
    private(set) var warnings: [StrataError] = []
    private var omitted = 0
    private var visits = 0

    /// More than anybody reads; a hostile file must not make an endless report.
    private static let most = 500
    /// Aliases let a small file stand for a huge one; every look at a node counts against this.
    private static let mostVisits = 200_000

    func add(_ message: String, hint: String? = nil, at place: Spot) {
        guard found.count < Self.most else { return omitted += 1 }
        found.append(Self.problem(message, hint, place))
    }

    /// A refusal by one of the model's types, with the place that it could not know.
    func add(_ error: StrataError, at place: Spot) { add(error.message, hint: error.hint, at: place) }

    func warn(_ message: String, hint: String? = nil, at place: Spot) {
        guard warnings.count < Self.most else { return }
        warnings.append(Self.problem(message, hint, place))
    }

    /// - Returns: false, with a problem recorded the first time, once the document proves to be a bomb.
    func mayVisit(_ count: Int, at place: Spot) -> Bool {
        guard visits <= Self.mostVisits else { return false }
        visits += count
        guard visits > Self.mostVisits else { return true }
        // Told even if there are too many other problems to tell.
        found.append(
            Self.problem("the document expands to more than \(Self.mostVisits) values", "use fewer aliases", place))
        return false
    }

    /// - Throws: `SettingsProblems` if any were found.
    func throwIfAny() throws(SettingsProblems) {
        guard !found.isEmpty else { return }
        var sorted = Self.sorted(found)
        if omitted > 0, let last = sorted.last {
            sorted.append(
                StrataError(
                    .configuration, "and \(omitted) more problems", place: StrataError.Place(file: last.place.file)))
        }
        throw SettingsProblems(sorted)
    }

    static func sorted(_ list: [StrataError]) -> [StrataError] {
        func key(_ error: StrataError) -> (String, Int, Int, String) {
            (error.place.file ?? "", error.place.line ?? 0, error.place.column ?? 0, error.message)
        }
        var result: [StrataError] = []
        // A mapping that an alias repeats is read, and reported, twice.
        for error in list.sorted(by: { key($0) < key($1) }) where result.last.map(key) ?? ("", 0, 0, "") != key(error) {
            result.append(error)
        }
        return result
    }

    private static func problem(_ message: String, _ hint: String?, _ place: Spot) -> StrataError {
        StrataError(
            .configuration, printable(message), hint: hint.map(printable),
            place: StrataError.Place(file: printable(place.file), line: place.line, column: place.column))
    }

    /// The text with whatever could steer a terminal or reorder a line written out: strangers' words end up here.
    private static func printable(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .unassigned:
                result += "\\u{\(String(scalar.value, radix: 16))}"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}

/// A place in a file, to the column. Lines and columns count from 1; columns count Unicode scalars.
struct Spot: Hashable, Comparable {
    var file: String
    var line: Int
    var column: Int

    static func < (left: Spot, right: Spot) -> Bool {
        (left.file, left.line, left.column) < (right.file, right.line, right.column)
    }
}
