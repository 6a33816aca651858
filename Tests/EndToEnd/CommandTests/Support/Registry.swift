import FoundationEssentials
import Testing

/// A line of a region's table.
struct Row: Hashable, Sendable {
    let target: String
    let region: String
    let package: String
    let version: String
    let status: String
    let expiry: String
    let arn: String
}

extension Workplace {
    /// A fresh clone of the pushed registry, as a consumer makes it.
    func clone(_ branch: String = "main") async throws -> String {
        let name = "clone-\(UUID().uuidString)"
        try await run("git", "clone", "--quiet", "--branch", branch, "registry.git", name)
        return name
    }

    func commits() async throws -> [String] {
        try await run("git", "-C", "registry.git", "rev-list", "--all").split(separator: "\n").map(String.init).sorted()
    }

    /// All tables of a clone.
    func rows(of clone: String) throws -> Set<Row> {
        var rows: Set<Row> = []
        for file in try files(clone) where file.hasPrefix("deployments/") && file.hasSuffix(".csv") {
            let parts = file.split(separator: "/").map(String.init)
            let lines = try text("\(clone)/\(file)").split(separator: "\n")
            #expect(lines.first == "Package,Package Version,Status,Expiry Date,Arn", "\(file)")
            for line in lines.dropFirst() {
                let cells = line.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
                try #require(cells.count == 5, "\(file): \(line)")
                let row = Row(
                    target: parts[1], region: String(parts[3].dropLast(4)), package: cells[0], version: cells[1],
                    status: cells[2], expiry: cells[3], arn: cells[4])
                #expect(rows.insert(row).inserted, "twice: \(line)")
            }
        }
        return rows
    }

    /// Every version in the folder that stands in for Lambda: `region/name/number` with its zip's sha256.
    func published() async throws -> [String: String] {
        let zips = try files("lambda/regions").filter { $0.hasSuffix("/layer.zip") }
        guard !zips.isEmpty else { return [:] }
        let sums = try await Command(
            arguments: ["sha256sum"] + zips, environment: Program.environment, folder: "\(folder)/lambda/regions"
        ).run().output
        return Dictionary(
            uniqueKeysWithValues: sums.split(separator: "\n").map { line in
                let parts = line.split(separator: " ", maxSplits: 1)
                return (String(parts[1].drop { $0 == " " }.dropLast("/layer.zip".count)), String(parts[0]))
            })
    }
}
