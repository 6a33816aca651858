import HTTP
import Model

extension Stacks {
    /// What a template would change.
    public struct ChangeSet: Sendable {
        public var id: String
        /// The stack that it is for, by its id.
        public var stack: String
        public var changes: [Change]
    }

    /// What would happen to a resource.
    public struct Change: Sendable {
        public enum Action: String, Sendable {
            case add = "Add"
            case modify = "Modify"
            case remove = "Remove"
            /// A resource that exists already comes into the stack.
            case adopt = "Import"
        }

        public var action: Action
        /// Its name in the template.
        public var resource: String
        public var type: String
        /// Whether the resource is made anew, so that what it holds is lost.
        public var isReplaced: Bool
        /// The properties that change.
        public var properties: [String]
    }

    /// Works out what a template would change, without changing it.
    ///
    /// - Parameters:
    ///   - isNew: true for a stack that does not exist yet; a stack without resources is made for the change set then.
    /// - Returns: nil if nothing would change.
    public func changes(
        to stack: String, template: Template, parameters: [String: String], name: String, isNew: Bool
    ) async throws(StrataError) -> ChangeSet? {
        var form: [(name: String, value: String)] = [
            ("StackName", stack), ("ChangeSetName", name), ("ChangeSetType", isNew ? "CREATE" : "UPDATE"),
            ("Capabilities.member.1", "CAPABILITY_IAM"),
            // A table or a bucket that a former deployment left comes back into the stack.
            ("ImportExistingResources", "true"),
        ]
        switch template {
        case .body(let text): form.append(("TemplateBody", text))
        case .object(let url): form.append(("TemplateURL", url))
        }
        for (index, parameter) in parameters.sorted(by: { $0.key < $1.key }).enumerated() {
            form.append(("Parameters.member.\(index + 1).ParameterKey", parameter.key))
            form.append(("Parameters.member.\(index + 1).ParameterValue", parameter.value))
        }
        let answer: XMLElement
        do throws(StrataError) {
            answer = try await send("CreateChangeSet", form, stack)
        } catch {
            guard Self.saysNoChange(error.message) else { throw error }
            return nil
        }
        let result = answer.first("CreateChangeSetResult")
        guard let id = result?.text("Id"), let owner = result?.text("StackId") else {
            throw StrataError(.unavailable, "the answer does not name a change set", place: place("CreateChangeSet"))
        }
        return try await whenReady(id, owner)
    }

    /// Waits until a change set is worked out.
    private func whenReady(_ id: String, _ stack: String) async throws(StrataError) -> ChangeSet? {
        for attempt in 0..<300 {
            if attempt > 0 { try await pause(.seconds(attempt < 5 ? 1 : 2)) }
            let page = try await page(id, stack, nil)
            switch page.text("Status") {
            case "CREATE_COMPLETE": return ChangeSet(id: id, stack: stack, changes: try await changes(id, stack, page))
            case "FAILED":
                let reason = page.text("StatusReason") ?? "without a reason"
                try await discard(ChangeSet(id: id, stack: stack, changes: []))
                if Self.saysNoChange(reason) { return nil }
                throw StrataError(.invalidRequest, "the change set failed: \(reason)", place: place("CreateChangeSet"))
            default: continue
            }
        }
        throw StrataError(
            .timedOut, "the change set was not ready after ten minutes", place: place("DescribeChangeSet"))
    }

    private func changes(_ id: String, _ stack: String, _ first: XMLElement) async throws(StrataError) -> [Change] {
        var changes: [Change] = []
        var page = first
        while true {
            changes += (page.first("Changes")?.members ?? []).compactMap(Change.init)
            guard let token = page.text("NextToken"), !token.isEmpty else { return changes }
            page = try await self.page(id, stack, token)
        }
    }

    private func page(_ id: String, _ stack: String, _ token: String?) async throws(StrataError) -> XMLElement {
        let form = [(name: "ChangeSetName", value: id), (name: "StackName", value: stack)]
        let answer = try await send(
            "DescribeChangeSet", form + (token.map { [(name: "NextToken", value: $0)] } ?? []), stack)
        guard let result = answer.first("DescribeChangeSetResult") else {
            throw StrataError(
                .unavailable, "the answer does not contain a change set", place: place("DescribeChangeSet"))
        }
        return result
    }

    /// Begins to carry out a change set.
    public func execute(_ changes: ChangeSet) async throws(StrataError) {
        let form = [(name: "ChangeSetName", value: changes.id), (name: "StackName", value: changes.stack)]
        _ = try await send("ExecuteChangeSet", form, changes.stack)
    }

    public func discard(_ changes: ChangeSet) async throws(StrataError) {
        let form = [(name: "ChangeSetName", value: changes.id), (name: "StackName", value: changes.stack)]
        _ = try await send("DeleteChangeSet", form, changes.stack)
    }

    /// CloudFormation has no code for it, only words.
    private static func saysNoChange(_ text: String) -> Bool {
        text.contains("didn't contain changes") || text.contains("No updates are to be performed")
    }

    private func pause(_ duration: Duration) async throws(StrataError) {
        do { try await Task.sleep(for: duration) } catch { throw StrataError(.cancelled, "cancelled") }
    }
}

extension Stacks.Change {
    fileprivate init?(_ member: XMLElement) {
        guard let change = member.first("ResourceChange"), let action = change.text("Action").flatMap(Action.init),
            let resource = change.text("LogicalResourceId")
        else { return nil }
        self.action = action
        self.resource = resource
        type = change.text("ResourceType") ?? ""
        // 'Conditional' depends on values that are only known later: as bad as certain, for whoever decides.
        isReplaced = ["True", "Conditional"].contains(change.text("Replacement"))
        let details = change.first("Details")?.members ?? []
        properties = Set(details.compactMap { $0.first("Target")?.text("Name") }).sorted()
    }
}
