import ArgumentParser
import FoundationEssentials
import Model
import Packaging
import Settings

/// `strata review`
struct ReviewCommand: StrataCommand {
    static let configuration = CommandConfiguration(
        commandName: "review", abstract: "Build what a change asks for, and answer as a pull request wants it.",
        discussion: """
            Builds the layers that differ from another configuration, publishes nothing and needs no credential, no \
            ledger and no repository: it can be run on what a stranger sent. Prints Markdown: what is built, in which \
            versions, how large, under which licences, whether it will load, what it stores in each region.

            With --json it prints the same as data, and with --from it renders such data: a workflow without rights does \
            the one, and a workflow that may write comments the other. Exits with 1 if something cannot be built, with 2 \
            if the configuration is wrong.
            """)

    @OptionGroup var common: CommonOptions
    @OptionGroup var argument: ConfigurationArgument
    @Option(
        help: "The configuration before the change. Everything is built if there is no such file.",
        completion: .file(extensions: ["yaml", "yml"]))
    var base: String?
    @Flag(help: "Print data instead of Markdown.") var json = false
    @Option(help: "Build nothing: render what --json printed elsewhere.", completion: .file(extensions: ["json"]))
    var from: String?

    func validate() throws {
        guard from == nil || base == nil && !json else {
            throw ValidationError("--from renders what is there: it goes with neither --base nor --json")
        }
    }

    func run(console: Console) async throws -> ExitStatus {
        if let from {
            console.print(ReviewText(review: try Review(artefact: from)).markdown)
            return .done
        }
        let common = common.with(argument)
        var review = Review()
        do {
            try await build(common, console, into: &review)
        } catch let problems as SettingsProblems {
            review = Review()
            review.problems = problems.problems.map { "\($0)" }
        } catch let error as StrataError where error.code == .configuration {
            review = Review()
            review.problems = ["\(error)"]
        }
        if json { try console.print(json: review) } else { console.print(ReviewText(review: review).markdown) }
        return review.isGood ? .done : review.problems.isEmpty ? .failed : .usage
    }

    private func build(_ common: CommonOptions, _ console: Console, into review: inout Review) async throws {
        let settings = try common.settings(console)
        let assembly = try await common.assembly(console, settings, access: .reading)
        try assembly.checkRemote()
        let desired = await assembly.withCompilers(assembly.desired)
        let changes = review.compare(settings, with: try former(console))
        let requests = desired.layers.flatMap { layer in
            layer.targets.filter { changes[Item(layer.name, $0)] != nil }.map { desired.request(for: layer, $0) }
        }
        guard !requests.isEmpty else { return }
        let job = BuildJob(service: assembly.buildService(), console: console) { _ in nil }
        let summary = try await job.run(requests, desired)
        let built = summary.built.map { built in
            Review.Layer(
                item: built.item, change: changes[built.item] ?? .changed,
                build: Review.Build(
                    version: built.version, zipped: built.zipped, unzipped: built.unzipped, packages: built.packages,
                    findings: built.findings, imports: built.imports, remarks: built.remarks), refusal: nil)
        }
        let refused = summary.refused.map {
            Review.Layer(item: $0.item, change: changes[$0.item] ?? .changed, build: nil, refusal: $0.reason)
        }
        review.layers = (built + refused).sorted { $0.item < $1.item }
    }

    /// The configuration before the change; nil if there was none, or it was wrong itself.
    private func former(_ console: Console) throws -> ProjectSettings? {
        guard let base else { return nil }
        guard FileManager.default.fileExists(atPath: base) else {
            console.note("There is no \(base): everything is built.")
            return nil
        }
        do { return try ProjectSettings.load(path: base) } catch is SettingsProblems {
            console.warn("\(base) has mistakes itself: everything is built")
            return nil
        }
    }
}
