import Files
import Model

/// The rows of a package list: `Package_Name,License,Authors/Maintainers`, as the first system of this kind wrote them.
///
/// Strangers send these files by pull request. Only the first column means anything, and all it can say is a
/// requirement.
struct PackageList {
    struct Row {
        let requirement: Requirement
        let name: LayerName
        let place: Spot
    }

    /// In the order written; rows that are wrong are recorded and left out.
    private(set) var rows: [Row] = []

    /// More layers than any registry of this kind has had.
    private static let mostRows = 20_000
    private static let column = "Package_Name"
    private static var limits: CSVReader.Limits {
        var limits = CSVReader.Limits()
        limits.field = 4096
        limits.fields = 64
        return limits
    }

    init(_ bytes: [UInt8], file: String, problems: Problems) {
        var columns = 0
        for record in CSVReader.records(of: bytes, Self.limits) {
            let place: Spot
            let fields: [String]
            switch record {
            case .malformed(let message, let line, let column):
                problems.add(message, at: Spot(file: file, line: line, column: column))
                // Without its header the rest would be read wrongly.
                if columns == 0 { return }
                continue
            case .fields(let read, let line):
                place = Spot(file: file, line: line, column: 1)
                fields = read
            }
            if columns == 0 {
                guard fields[0].trimmingSpaces == Self.column else {
                    problems.add(
                        "the first line of a package list must be its header",
                        hint: "write 'Package_Name,License,Authors/Maintainers'", at: place)
                    return
                }
                columns = fields.count
                continue
            }
            guard rows.count < Self.mostRows else {
                problems.add("a package list may have \(Self.mostRows) rows", at: place)
                return
            }
            if let row = Self.row(fields, columns: columns, at: place, problems) { rows.append(row) }
        }
        if columns == 0 {
            problems.add("the package list is empty", at: Spot(file: file, line: 1, column: 1))
        }
    }

    private static func row(
        _ fields: [String], columns: Int, at place: Spot, _ problems: Problems
    ) -> Row? {
        let requirement: Requirement
        do {
            requirement = try Requirement(parsing: fields[0].trimmingSpaces)
        } catch {
            let isSplit = fields[0].contains("[") && !fields[0].contains("]")
            problems.add(
                error.message, hint: isSplit ? "extras with a comma need quotes: \"name[one,two]\"" : error.hint,
                at: place)
            return nil
        }
        guard fields.count == columns else {
            problems.add(
                "the row has \(fields.count == 1 ? "1 column" : "\(fields.count) columns"), its header \(columns)",
                at: place)
            return nil
        }
        guard let name = LayerName(for: requirement) else {
            problems.add("the requirement makes a name of more than 64 characters", at: place)
            return nil
        }
        return Row(requirement: requirement, name: name, place: place)
    }
}
