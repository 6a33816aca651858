import AWS
import FoundationEssentials
import Model

extension Deployment {
    /// Creates the fleet or brings it up to date, after showing what that changes.
    ///
    /// - Parameters:
    ///   - bundle: the functions' zip.
    ///   - isDry: only show.
    ///   - confirm: asks whether to go on; throws if not.
    func apply(
        _ choices: DeploymentChoices, bundle: BlobFile, isDry: Bool, confirm: (String) async throws -> Void
    ) async throws {
        let configuration = try files.json()
        let configurationKey = try BlobKey(checking: "config/\(ContentDigest.of(configuration).hex).json")
        let codeKey = try BlobKey(checking: "code/\(bundle.sha256.hex).zip")
        let former = try await standing(isDry: isDry)
        let values = try await parameters(
            choices, code: codeKey.description, configuration: configurationKey.description,
            former: former?.parameters ?? [:])
        let template = try FleetTemplate.embedded()
        try await restoreDeployKey(isDry: isDry, confirm: confirm)
        try await makeStaging(isDry: isDry, confirm: confirm)
        if isDry {
            try await show(template, values, isNew: former == nil)
            return
        }
        if former == nil {
            console.note("A new fleet begins with what holds data; its functions follow.")
            let first = values.merging(["Protected": "false"]) { $1 }
            try await change(template.foundation, first, isNew: true) {
                try await confirm("Create these in account \(names.account), \(names.region)?")
            }
        }
        try await change(template.whole, values, isNew: false) {
            try await confirm("Make these changes in account \(names.account), \(names.region)?")
            try await upload(configuration, as: configurationKey)
            try await upload(bundle, as: codeKey)
        }
        try await removeFormerCode(but: [codeKey.description, former?.parameters["Code"] ?? ""])
    }

    /// A secret that a fleet which was removed has left is to be deleted: until then it can be described and not read,
    /// and none can be made under its name.
    private func restoreDeployKey(isDry: Bool, confirm: (String) async throws -> Void) async throws {
        guard let secret = deployKeySecret, let found = try await secret.found(), found.isEnding else { return }
        console.print(
            "The secret '\(secret.name)' is to be deleted\(isDry ? "; it would be restored." : ": it is restored.")")
        guard !isDry else { return }
        try await confirm("Restore it?")
        try await secret.restore()
    }

    /// Removes the functions' zips of before the last deployment: a deployment that fails goes back to the last one's.
    private func removeFormerCode(but kept: Set<String>) async throws {
        var after: BlobKey?
        repeat {
            let page = try await blobs.list("code/", after: after, limit: 100)
            for blob in page where !kept.contains(blob.key.description) { try await blobs.delete(blob.key) }
            after = page.count < 100 ? nil : page.last?.key
        } while after != nil
    }

    /// The stack if it can be updated. What a failed creation left is removed.
    private func standing(isDry: Bool) async throws -> Stacks.Stack? {
        guard let stack = try await stacks.stack(names.stack), !stack.status.isUnderReview else { return nil }
        try checkOwn(stack)
        if stack.status.isInProgress {
            throw StrataError(
                .conflict, "the stack '\(names.stack)' is \(stack.status): somebody is changing it",
                hint: "wait until that is done")
        }
        if stack.status.description == "DELETE_FAILED" {
            throw StrataError(
                .conflict, "the stack '\(names.stack)' could not be deleted: \(stack.reason ?? "no reason was given")",
                hint: "'strata deploy --destroy' tries again")
        }
        guard stack.status.isRemains else { return stack }
        guard !isDry else {
            throw StrataError(
                .conflict, "a creation that failed has left the stack '\(names.stack)' as \(stack.status)",
                hint: "'strata deploy' removes that first")
        }
        console.note("Removing what a failed creation left of the stack '\(names.stack)'.")
        let last = try await stacks.events(of: stack.id, after: nil).last?.id
        try await stacks.delete(stack.id)
        try await follow(stack.id, after: last, until: \.isDeleted)
        return nil
    }

    /// Refuses a stack of that name that something else has made: an update would remove all that is in it.
    func checkOwn(_ stack: Stacks.Stack) throws(StrataError) {
        guard stack.status.isUnderReview || stack.parameters["Table"] == names.table else {
            throw StrataError(
                .conflict,
                "there is a stack '\(names.stack)' in account \(names.account), \(names.region), and it is not a "
                    + "fleet", hint: "rename the ledger's table, and with it the fleet: 'ledger: dynamodb:layers'")
        }
    }

    private func show(_ template: FleetTemplate, _ values: [String: String], isNew: Bool) async throws {
        var text = template.whole
        if isNew, text.utf8.count > Stacks.bodyLimit.bytes {
            console.note("A new fleet begins with what holds data; the rest can be shown once that is there.")
            text = template.foundation
        }
        guard let changes = try await changes(text, values, isNew) else {
            console.print("Nothing to change: the fleet is as the configuration says.")
            return
        }
        console.print(ChangeText(changes: changes.changes, console: console).text)
        try await stacks.discard(changes)
        // A change set for a stack that does not exist makes an empty one.
        if isNew { try await stacks.delete(changes.stack) }
    }

    /// Shows what a template changes, and makes it so once `go` has returned.
    private func change(
        _ template: String, _ values: [String: String], isNew: Bool, go: () async throws -> Void
    ) async throws {
        guard let changes = try await changes(template, values, isNew) else {
            console.print("Nothing to change: the fleet is as the configuration says.")
            return
        }
        console.print(ChangeText(changes: changes.changes, console: console).text)
        do {
            try await go()
        } catch {
            // Whoever says no leaves nothing behind. That it could not be removed would hide why.
            try? await stacks.discard(changes)
            if isNew { try? await stacks.delete(changes.stack) }
            throw error
        }
        let last = try await stacks.events(of: changes.stack, after: nil).last?.id
        try await stacks.execute(changes)
        try await follow(changes.stack, after: last, until: \.isGood)
    }

    private func changes(
        _ template: String, _ values: [String: String], _ isNew: Bool
    ) async throws -> Stacks.ChangeSet? {
        try await stacks.changes(
            to: names.stack, template: try await stacks.template(template, through: blobs), parameters: values,
            name: "strata-\(UUID().uuidString.lowercased())", isNew: isNew)
    }

    private func upload(_ bytes: [UInt8], as key: BlobKey) async throws {
        try await blobs.put(bytes, as: key, unlessExists: true)
    }

    private func upload(_ file: BlobFile, as key: BlobKey) async throws {
        if try await blobs.head(key)?.size == file.size { return }
        console.note("Uploading \(file.path) (\(file.size)).")
        try await blobs.upload(file, as: key, unlessExists: false)
    }
}
