import AWS
import ArgumentParser
import Crypto
import Files
import Model
import Settings

/// `strata deploy`
struct DeployCommand: StrataCommand {
    static let configuration = CommandConfiguration(
        commandName: "deploy", abstract: "Create or update the fleet: functions, state machine and ledger in AWS.",
        discussion: """
            Shows what would change and asks before it changes anything. The fleet is called like its ledger: \
            'ledger: dynamodb:strata' makes the stack 'strata'. A new one is not scheduled until --schedule says so. \
            What was chosen before stays unless it is given again. --destroy never deletes published layers.
            """)

    @OptionGroup var common: CommonOptions
    @Argument(help: "The functions' zip, as --bundle names it.", completion: .file(extensions: ["zip"]))
    var zip: String?
    @Option(help: "The functions' zip, as 'make lambda' writes it.", completion: .file(extensions: ["zip"]))
    var bundle: String?
    @Option(help: "The processor that the zip is for: x86_64 or arm64.")
    var architecture = Architecture.here
    @Option(help: "When a run begins: 'rate(6 hours)' or 'cron(17 */6 * * ? *)'.") var schedule: String?
    @Flag(help: "Switch the schedule off.") var noSchedule = false
    @Flag(inversion: .prefixedNo, help: "Whether scheduled runs delete what has expired.") var prune: Bool?
    @Option(help: "How many publications are in flight in each region.") var inFlight: Int?
    @Option(help: "Where reports and alarms are sent; AWS asks that address first.") var email: String?
    @Option(help: "OWNER/NAME on GitHub, whose workflows on 'main' may start runs.") var github: String?
    @Option(help: "The ARN of GitHub's OIDC provider, if the account has one.") var githubProvider: String?
    @Flag(help: "Show what would change, and stop.") var dryRun = false
    @Flag(help: "Show what there is, and stop.") var status = false
    @Option(help: "Print the CloudFormation template, 'whole' or the 'foundation' of a new fleet, and stop.")
    var template: TemplatePart?
    @Flag(help: "Remove the fleet and what it costs.") var destroy = false
    @Flag(help: "With --destroy, keep the ledger's table.") var keepLedger = false
    @Flag(name: [.short, .long], help: "Do not ask.") var yes = false

    func validate() throws {
        if zip != nil, bundle != nil { throw ValidationError("name the functions' zip once") }
        if schedule != nil, noSchedule { throw ValidationError("--schedule and --no-schedule contradict each other") }
        if destroy, dryRun || status { throw ValidationError("--destroy goes with neither --dry-run nor --status") }
        if keepLedger, !destroy { throw ValidationError("--keep-ledger goes with --destroy") }
        if let inFlight, !(1...15).contains(inFlight) { throw ValidationError("--in-flight is 1 to 15") }
    }

    func run(console: Console) async throws -> ExitStatus {
        if let part = template {
            let template = try FleetTemplate.embedded()
            console.print(part == .whole ? template.whole : template.foundation)
            return .done
        }
        let deployment = try await Deployment(configuration: common.config, console: console)
        if status {
            try await deployment.show()
        } else if destroy {
            try await deployment.remove(keepingLedger: keepLedger) {
                guard !yes else { return }
                let name = deployment.names.stack
                try await Question.ask("Type '\(name)' to remove it:", expecting: name, console)
            }
        } else {
            try await apply(deployment, console)
        }
        return .done
    }

    private func apply(_ deployment: Deployment, _ console: Console) async throws {
        let file = try BundleFile.read(zip ?? bundle ?? ".build/lambda/strata-lambda.zip")
        try await deployment.apply(choices, bundle: file, isDry: dryRun) { question in
            guard !yes else { return }
            try await Question.ask("\(question) [yes/no]", expecting: "yes", console)
        }
        if !dryRun { try await deployment.showNext() }
    }

    private var choices: DeploymentChoices {
        DeploymentChoices(
            schedule: schedule, isScheduled: schedule != nil ? true : noSchedule ? false : nil, prunes: prune,
            inFlight: inFlight, email: email, repository: github, githubProvider: githubProvider,
            architecture: architecture.rawValue)
    }
}

/// What is printed of the template.
enum TemplatePart: String, ExpressibleByArgument, CaseIterable {
    case whole
    case foundation
}

/// Whether the functions run on AWS's processors or on Intel's.
enum Architecture: String, ExpressibleByArgument, CaseIterable {
    case x86_64
    case arm64

    static var here: Architecture {
        #if arch(arm64)
            .arm64
        #else
            .x86_64
        #endif
    }
}

/// The functions' zip.
enum BundleFile {
    /// Hashes the file piece by piece.
    static func read(_ path: String) throws(StrataError) -> BlobFile {
        var digest = SHA256()
        var size = 0
        var start: [UInt8] = []
        do {
            try OpenFile(path).forEachPiece(of: 1 << 20) { piece in
                digest.update(data: piece)
                start += piece.prefix(4 - start.count)
                size += piece.count
            }
        } catch {
            throw StrataError(
                .file, "cannot read the functions' zip: \(StrataError.wrapping(error, .file, "").message)",
                hint: "'make lambda' writes it; --bundle names another", place: StrataError.Place(file: path))
        }
        // Lambda would refuse anything else, after minutes.
        guard start == Array("PK\u{3}\u{4}".utf8) else {
            throw StrataError(
                .file, "that is not a zip", hint: "'make lambda' writes one", place: StrataError.Place(file: path))
        }
        return BlobFile(path: path, size: ByteCount(size), sha256: ContentDigest(digest.finalize()))
    }
}
