import ArgumentParser
import Model

/// `strata doctor`
struct DoctorCommand: StrataCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor", abstract: "Check everything that a run needs, without changing anything.",
        discussion: """
            Shows which link of the credentials' chain answered, for which account, whether the key may write to the \
            registry, whether the host's rules forbid that, whether the site is served, what each region has left, and \
            whether ledger and registry belong together. Every line that is not well says how to mend it. Costs \
            nothing, writes nothing but the cache, and prints no secret. Exits with 1 if a run would fail.
            """)

    @OptionGroup var common: CommonOptions
    @OptionGroup var argument: ConfigurationArgument
    @Flag(help: "Print what was found as JSON.") var json = false

    func run(console: Console) async throws -> ExitStatus {
        let common = common.with(argument)
        let assembly = try await common.assembly(console, access: .reading)
        var report = Report()
        for check in assembly.checks {
            let answer = try await check.answer()
            report.checks.append(
                .init(
                    name: check.name, verdict: answer.verdict, text: answer.text, mend: answer.mend,
                    details: answer.details))
            if !json { show(answer, of: check, console) }
        }
        if json { try console.print(json: report) }
        return report.ok ? .done : .failed
    }

    private func show(_ answer: Check.Answer, of check: Check, _ console: Console) {
        let sign =
            switch answer.verdict {
            case .ok: console.paint("✓ ", .green)
            case .warning: console.paint("! ", .yellow)
            case .failed: console.paint("✗ ", .red)
            }
        console.print("\(sign)\(check.name): \(answer.text)")
        if console.verbosity == .verbose { for line in answer.details { console.print("    \(line)") } }
        if let mend = answer.mend { console.print(console.paint("  → ", .bold) + mend) }
    }

    /// What `--json` prints: docs/operations.md tells the fields.
    private struct Report: Encodable {
        struct Line: Encodable {
            let name: String
            let verdict: Check.Answer.Verdict
            let text: String
            let mend: String?
            let details: [String]
        }
        var checks: [Line] = []
        var ok: Bool { !checks.contains { $0.verdict == .failed } }

        private enum CodingKeys: String, CodingKey { case checks, ok }
        func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(checks, forKey: .checks)
            try container.encode(ok, forKey: .ok)
        }
    }
}
