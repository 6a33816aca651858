/// What one atomic unit of a ledger may hold.
public enum LedgerUnit {
    /// Changes in one call that writes. DynamoDB's transactions set it, for every ledger alike.
    /// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html
    public static let limit = 100

    /// - Throws: `invalidRequest` if a unit is larger than that: its caller has to divide it.
    public static func check(_ changes: Int) throws(StrataError) {
        guard changes <= limit else {
            throw StrataError(
                .invalidRequest, "\(changes) changes do not fit one unit of the ledger, which holds \(limit)")
        }
    }
}
