import Model

/// A transaction that is ready to be sent.
struct TransactionPlan: Sendable {
    let steps: [DynamoDB.Write]
    /// The first of its revisions; nil if it has none.
    var revision: Int?
    /// What nobody needs once it is written.
    var outdated: [RecordKey] = []
}

extension DynamoDBLedger {
    /// Writes what `plan` comes to, under the lease. Plans anew when somebody else changed what it was made from.
    ///
    /// - Parameter plan: gives nil if there is nothing to write; then the lease is checked all the same.
    func transact(lease: Lease, _ plan: () async throws -> TransactionPlan?) async throws {
        var failures = 0
        while true {
            guard let plan = try await plan() else { return try await check(lease) }
            let steps = [gateCheck(lease, revision: plan.revision)] + plan.steps
            guard case .cancelled(let reasons) = try await database.write(steps) else {
                // What is left behind if this fails, readers pass over, and remove.
                try? await database.writeEach(deleting: plan.outdated)
                return
            }
            try await judge(reasons, lease)
            failures += 1
            // Long enough for others to finish: 34 regions may settle the same item. Each try costs.
            try await database.pause(
                after: failures, "others keep changing what is to be written", base: .milliseconds(200))
        }
    }

    /// - Throws: if trying again cannot help.
    private func judge(_ reasons: [String], _ lease: Lease) async throws {
        let passing: Set = [
            "None", "ConditionalCheckFailed", "TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded",
        ]
        guard reasons.allSatisfy(passing.contains) else {
            let others = Set(reasons).subtracting(passing).sorted().joined(separator: ", ")
            throw StrataError(
                .invalidRequest, "DynamoDB refuses what the ledger wants to write (\(others))",
                place: StrataError.Place(region: region.code, operation: "dynamodb:TransactWriteItems"))
        }
        // The gate's condition: either the lease is lost, or a reader has passed the revision.
        if reasons.first == "ConditionalCheckFailed" { try await check(lease) }
    }
}
