import AWS
import Model

extension Deployment {
    /// Tells what happens to a stack until it has come to rest.
    ///
    /// - Parameter isWanted: whether the state that it came to is the one that was wanted.
    /// - Throws: with the first reason that a resource gave, if the stack came to any other state.
    func follow(
        _ stack: String, after event: String?, until isWanted: (Stacks.Status) -> Bool
    ) async throws {
        var last = event
        var failures: [Stacks.Event] = []
        var pause = Duration.milliseconds(500)
        while true {
            // The state is asked for first: what led to it is then among the events.
            let found = try await stacks.stack(stack)
            for event in try await stacks.events(of: stack, after: last) {
                last = event.id
                if event.isFailure { failures.append(event) }
                tell(event)
            }
            guard let found, found.status.isInProgress else {
                // A stack that is gone cannot be found by its name.
                guard found.map({ isWanted($0.status) }) ?? false else { throw reason(found, failures) }
                return
            }
            try await Task.sleep(for: pause)
            pause = min(pause * 2, .seconds(4))
        }
    }

    private func tell(_ event: Stacks.Event) {
        guard event.isFailure || event.status.hasSuffix("_COMPLETE"), event.type != "AWS::CloudFormation::Stack" else {
            return
        }
        let state = event.status.split(separator: "_").map { $0.lowercased() }.joined(separator: " ")
        let words = "\(state.padded(to: 16)) \(event.resource)" + (event.reason.map { ": \($0)" } ?? "")
        console.note(event.isFailure ? console.paint(words, .red) : words)
    }

    private func reason(_ stack: Stacks.Stack?, _ failures: [Stacks.Event]) -> StrataError {
        let first = failures.first { !$0.isConsequence } ?? failures.first
        let why = first.map { "\($0.resource): \($0.reason ?? $0.status)" } ?? stack?.reason ?? "no reason was given"
        let isBack = stack?.status.description.contains("ROLLBACK_COMPLETE") ?? false
        return StrataError(
            .invalidRequest, "the stack '\(names.stack)' is \(stack?.status.description ?? "gone"): \(why)",
            hint: isBack ? "everything is as it was before; correct that and deploy again" : nil,
            place: StrataError.Place(region: names.region.code, operation: "cloudformation"))
    }
}
