import Model

/// The shapes of CSV that Klayers wrote, told by their headers.
struct KlayersCSV {
    private let columns: [Column]

    private enum Column { case package, version, status, expires, arn }

    /// - Returns: nil for a header of no shape that is known.
    init?(header: [String]) {
        switch header {
        // deployments/{target}/arns/{region}.csv, since 2021
        case ["Package", "Package Version", "Status", "Expiry Date", "Arn"]:
            columns = [.package, .version, .status, .expires, .arn]
        // the same, until 2021
        case ["package", "package_version", "layer_version_arn", "time_to_live"]:
            columns = [.package, .version, .arn, .expires]
        // /api/v2/{python}/layers/latest/{region}/csv
        case ["Package", "Package Version", "arn"]:
            columns = [.package, .version, .arn]
        default:
            return nil
        }
    }

    func row(_ fields: [String]) throws(KlayersRow.Refusal) -> KlayersRow {
        guard fields.count == columns.count else {
            throw .init("it has \(fields.count) fields instead of \(columns.count)")
        }
        var row = KlayersRow()
        for (column, field) in zip(columns, fields) {
            switch column {
            case .package: row.package = field
            case .version: row.version = field
            case .status: row.status = field
            case .expires: row.expires = field
            case .arn: row.arn = field
            }
        }
        return row
    }
}
