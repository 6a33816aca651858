import AWS
import Model
import Settings

extension Deployment {
    /// What there is.
    func show() async throws {
        guard let stack = try await stacks.stack(names.stack) else {
            console.print(
                "There is no fleet '\(names.stack)' in account \(names.account), \(names.region): 'strata deploy' makes it."
            )
            return
        }
        var lines = ["\(names.stack) in account \(names.account), \(names.region): \(stack.status)"]
        if let reason = stack.reason, !reason.isEmpty { lines.append("  \(reason)") }
        let shown = [
            "Schedule", "ScheduleState", "SilentDays", "Prune", "PublicationsInFlight", "Architecture", "Configuration",
            "Code",
        ]
        lines += shown.compactMap { name in stack.parameters[name].map { "  \(name.padded(to: 22)) \($0)" } }
        lines += stack.outputs.sorted { $0.key < $1.key }.map { "  \($0.key.padded(to: 22)) \($0.value)" }
        console.print(lines.joined(separator: "\n"))
    }

    /// What there is after a deployment, and what is left to do by hand.
    func showNext() async throws {
        guard let stack = try await stacks.stack(names.stack) else { return }
        console.print("")
        try await show()
        var steps: [String] = []
        if let secret = settings.git.pushSecret, try await !holds(secret) {
            steps.append(
                secret == settings.git.sshKey
                    ? "put the deploy key:  strata keys new, and paste the printed line at the repository"
                    : "store what pushes to the repository:  \(secret)")
        }
        if stack.parameters["ScheduleState"] != "ENABLED" {
            steps.append("switch the schedule on:  strata deploy --schedule 'rate(6 hours)'")
        }
        if let machine = stack.outputs["StateMachineArn"] {
            steps.append("start a run by hand:  aws stepfunctions start-execution --state-machine-arn \(machine)")
        }
        console.note((["", "Next:"] + steps.map { "  \($0)" }).joined(separator: "\n"))
    }

    private func holds(_ reference: SecretReference) async throws -> Bool {
        let store: any SecretStore =
            reference.scheme == "ssm"
            ? ParameterStore(client: client, region: names.region)
            : SecretsManagerStore(client: client, region: names.region)
        do {
            _ = try await store.fetch(reference)
            return true
        } catch let error as StrataError where error.code == .notFound {
            return false
        } catch let error as StrataError where error.code == .accessDenied {
            // Whoever deploys need not be able to read it.
            return true
        }
    }
}
