import ArgumentParser
import Model
import Publishing
import Settings

/// `strata notify`
struct NotifyCommand: StrataCommand {
    static let configuration = CommandConfiguration(
        commandName: "notify", abstract: "Show who is told of what, and send a test message.",
        discussion: """
            Lists the sinks of 'notify' in the configuration. With --test each gets a message that says that it is a \
            test; the command exits with 1 if one could not be reached. The healthcheck is left alone, since a test is \
            no run.
            """)

    @OptionGroup var common: CommonOptions
    @Argument(help: "The sinks; all if none is named.") var sinks: [String] = []
    @Flag(help: "Send each a test message.") var test = false

    func run(console: Console) async throws -> ExitStatus {
        let assembly = try await common.assembly(console, access: .reading)
        let notify = assembly.settings.notify
        for name in sinks where !notify.sinks.contains(where: { $0.name == name }) {
            throw StrataError(
                .notFound, "there is no sink '\(name)' in the configuration",
                hint: Suggestion.hint(for: name, among: notify.sinks.map(\.name)))
        }
        let chosen = notify.sinks.filter { sinks.isEmpty || sinks.contains($0.name) }
        guard test else {
            for sink in chosen { console.print(sink.line) }
            if notify.healthcheck != nil, sinks.isEmpty { console.print("a healthcheck hears when runs begin and end") }
            if notify.sinks.isEmpty { console.note("There is no sink: 'notify: { sinks: […] }' names them.") }
            return .done
        }
        guard !chosen.isEmpty else {
            throw StrataError(
                .configuration, "there is no sink to test", hint: "name one in 'notify: { sinks: […] }'")
        }
        let teller = try assembly.teller()
        let bulletin = Bulletin.test(assembly.desired.registry, time: assembly.backend.now())
        var failed = 0
        for sink in try assembly.sinks() where chosen.contains(where: { $0.name == sink.name }) {
            if let problem = await teller.send(bulletin, to: sink) {
                console.fail(StrataError(.tool, problem), causes: [])
                failed += 1
            } else {
                console.print("'\(sink.name)' was told.")
            }
        }
        return failed == 0 ? .done : .failed
    }
}

extension SinkSettings {
    /// Who is told of what, in a line. Where a webhook is remains a secret.
    fileprivate var line: String {
        let target =
            switch place {
            case .sns(let topic): "sns \(topic)"
            case .webhook(let reference, let shape): "webhook \(reference), \(shape.rawValue)"
            case .mail(let to, _, _): "mail to \(to.joined(separator: ", "))"
            case .command(let command): "command \(command.first ?? "")"
            }
        return "\(name): \(target): \(kinds.map(\.rawValue).joined(separator: ", "))"
    }
}
