import AWS
import Model

extension Deployment {
    /// Removes what costs: functions, schedule, bucket, secret and, unless it is kept, the ledger. Published layers stay.
    ///
    /// - Parameter confirm: asks whether to go on; throws if not.
    func remove(keepingLedger: Bool, confirm: () async throws -> Void) async throws {
        let stack = try await stacks.stack(names.stack)
        if let stack { try checkOwn(stack) }
        let content = try await bucket.content()
        let records = keepingLedger ? nil : try await table.content()
        let madeKey = try await madeKey(stack)
        guard stack != nil || content != nil || records != nil || madeKey != nil else {
            console.print("There is no fleet '\(names.stack)' in account \(names.account), \(names.region).")
            return
        }
        var lines = ["Would remove from account \(names.account), \(names.region):"]
        if let stack {
            lines.append("  the stack '\(names.stack)' (\(stack.status)) with its functions and its schedule")
        }
        if let content {
            lines.append("  the bucket '\(names.bucket)' with \(count(content.objects, "object")) (\(content.bytes))")
        }
        if let records {
            lines.append(
                "  the ledger '\(names.table)' with about \(count(records.items, "record")) (\(records.bytes))")
        }
        if let madeKey { lines.append("  the secret '\(madeKey.name)', which can be restored for seven days") }
        if settings.publish.staging != nil {
            lines.append("The staging buckets stay; what is in them ends after a week.")
        }
        lines.append("Published layers stay where they are, and so does the registry.")
        if records != nil {
            lines.append("'strata export' writes the ledger to a file first; --keep-ledger leaves the table.")
        }
        console.print(lines.joined(separator: "\n"))
        try await confirm()

        if let stack {
            let last = try await stacks.events(of: stack.id, after: nil).last?.id
            try await stacks.delete(stack.id)
            try await follow(stack.id, after: last, until: \.isDeleted)
        }
        if content != nil {
            try await bucket.remove()
            console.note("removed the bucket '\(names.bucket)'")
        }
        if records != nil {
            try await table.remove()
            console.note("removed the ledger '\(names.table)'")
        }
        if let madeKey {
            try await madeKey.remove()
            console.note("removed the secret '\(madeKey.name)'")
        }
        console.print("Removed.")
    }

    /// The secret that this fleet has made and that is still there. The stack says which; once the stack is gone, the
    /// configuration and the secret's own tag do.
    private func madeKey(_ stack: Stacks.Stack?) async throws -> DeployedSecret? {
        let named = stack?.parameters["DeployKeySecret"].flatMap { $0.isEmpty ? nil : $0 }
        let secret = named.map { DeployedSecret(client: client, name: $0, region: names.region) } ?? deployKeySecret
        guard let secret, let found = try await secret.found(), !found.isEnding else { return nil }
        return named != nil || found.fleet == names.stack ? secret : nil
    }
}
