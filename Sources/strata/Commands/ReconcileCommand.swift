import ArgumentParser
import Model
import Publishing

/// `strata reconcile`
struct ReconcileCommand: StrataCommand {
    static let configuration = CommandConfiguration(
        commandName: "reconcile", abstract: "Compare ledger, provider and registry, and repair what differs.",
        discussion: """
            Reports orphan versions, missing versions, wrong permissions, wrong bytes, stale files and hand edits, in all \
            regions. Without an option nothing is changed, and the exit code is 4 if something differs. With --rebuild \
            a ledger that is empty, or that the registry is ahead of, is filled from the registry's main branch first; \
            with --take-over a registry that was another ledger's becomes this one's, if it knows all that is listed.
            """)

    @OptionGroup var common: CommonOptions
    @Flag(help: "Repair each kind of difference safely.") var fix = false
    @Flag(help: "Adopt versions that something else published, as external ones.") var adopt = false
    @Flag(help: "With --fix: take permissions away that Strata gave and of which nothing is recorded.")
    var allowRevocations = false
    @Flag(help: "Fill an empty or older ledger from the registry's main branch.") var rebuild = false
    @Flag(help: "Let this ledger write to a registry that was another's, if it knows all that is listed there.")
    var takeOver = false
    @Flag(help: "Print the result as JSON.") var json = false

    func run(console: Console) async throws -> ExitStatus {
        let assembly = try await common.assembly(console)
        let context = try await assembly.publishing(report: ProgressView(console).take)
        let reconciler = Reconciler(context)
        if !takeOver, !rebuild, !fix { await warn(of: context, console) }
        if takeOver { try await reconciler.takeOver() }
        if rebuild {
            let found = try await reconciler.rebuild()
            console.note(
                "Rebuilt the ledger from the registry: \(count(found.items, "item")), "
                    + "\(count(found.releases, "release")).")
        }
        let result = try await reconciler.run(.init(fix: fix, adopt: adopt, revokes: allowRevocations))
        if json { try console.print(json: result) } else { console.print(text(result, console)) }
        if !result.unknown.isEmpty { return .partly }
        return result.differences.count > result.repaired.count ? .planNotEmpty : .done
    }
}

/// Tells when the ledger is lost, old or another registry's: all that is compared with it then looks wrong.
private func warn(of context: PublishingContext, _ console: Console) async {
    do {
        if let warning = try await context.lookAtRegistry() { console.warn(warning) }
    } catch {
        console.warn("\(error)")
    }
}

private func text(_ result: Reconciliation, _ console: Console) -> String {
    var lines = Difference.Kind.allCases.flatMap { kind -> [String] in
        let found = result.differences.filter { $0.kind == kind }
        guard !found.isEmpty else { return [] }
        let shown = found.prefix(20).map { "  \($0.detail)" }
        let rest = found.count > 20 ? ["  and \(found.count - 20) more"] : []
        return [console.paint("\(kind.title): \(found.count)", .yellow)] + shown + rest
    }
    lines += result.left.map { "  left: \($0.difference.detail): \($0.reason)" }
    lines += result.unknown.sorted { $0.key < $1.key }.map { "\($0.key) could not be asked: \($0.value)" }
    lines += (result.elsewhere ?? [:]).sorted { $0.key < $1.key }.map {
        "\(count($0.value, "release")) in account \($0.key), which was not asked"
    }
    if result.differences.isEmpty, result.unknown.isEmpty {
        lines.append("Ledger, provider and registry agree.")
    } else {
        lines.append("\(count(result.differences.count, "difference")), \(result.repaired.count) repaired.")
    }
    return lines.joined(separator: "\n")
}

extension Difference.Kind {
    fileprivate var title: String {
        switch self {
        case .orphanVersion: "orphan versions"
        case .missingVersion: "missing versions"
        case .wrongPermission: "wrong permissions"
        case .wrongBytes: "wrong bytes"
        case .staleFile: "stale files"
        case .handEdit: "hand edits"
        }
    }
}
