import AWS
import ArgumentParser
import Consuming
import FoundationEssentials
import HTTP
import Local
import Model
import Settings

/// `strata verify`
struct VerifyCommand: StrataCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify", abstract: "Compare what a registry lists with the bytes that Lambda serves.",
        discussion: """
            Needs AWS credentials, of any account that may read the layers; what the local provider published needs its \
            folder instead (--folder). The zip is downloaded and hashed, unless --digest-only takes Lambda's word for \
            it. Exits with 1 unless every ARN is listed, not yanked, and the same.
            """)

    @OptionGroup var common: ConsumerOptions
    @OptionGroup var source: RegistryOptions
    @Argument(help: "ARNs of layer versions.") var arns: [String]
    @Option(help: "The local provider's folder, which stands in for AWS: publish.folder of the configuration.")
    var folder: String?
    @Flag(help: "Compare Lambda's own digest; download nothing.") var digestOnly = false
    @Flag(help: "Print JSON.") var json = false

    func run(console: Console) async throws -> ExitStatus {
        let texts = arns
        let arns = try texts.map { text in
            guard let arn = LayerARN(text) else {
                throw StrataError(
                    .configuration, "'\(text)' is not a layer version's ARN",
                    hint: "one is arn:aws:lambda:REGION:ACCOUNT:layer:NAME:NUMBER")
            }
            return arn
        }
        let verifier = try await verifier(for: arns)
        var verdicts: [Verdict] = []
        for arn in arns {
            let verdict = try await verifier.verify(arn)
            verdicts.append(verdict)
            if !json { console.print(verdict.text) }
        }
        if json { try console.print(json: verdicts) }
        return verdicts.allSatisfy(\.isGood) ? .done : .failed
    }

    private func verifier(for arns: [LayerARN]) async throws -> LayerVerifier {
        if let folder { return LayerVerifier(try await source.catalog(), folder: folder) }
        if let local = arns.first(where: { $0.account == FolderProvider.Rules().account }) {
            throw StrataError(
                .configuration, "\(local) is the local provider's, and AWS knows nothing of it",
                hint: "name the folder that it was published to: --folder .strata/lambda")
        }
        do { return try await awsVerifier(for: arns) } catch let error as StrataError where error.code == .credentials {
            throw StrataError(
                .credentials,
                "verify asks Lambda for the bytes, and needs credentials of any AWS account: \(error.message)",
                hint: "sign in to AWS; 'strata find ARN' tells without credentials what the registry says of it",
                cause: error)
        }
    }

    private func awsVerifier(for arns: [LayerARN]) async throws -> LayerVerifier {
        let environment = ProcessInfo.processInfo.environment
        let partitions = Set(arns.map(\.region.partition)).map { PartitionSettings(partition: $0, regions: .these([])) }
        let cloud = CloudAccess(
            PublishSettings(provider: .aws, folder: "", partitions: partitions), environment: environment)
        let provider = try await cloud.provider()
        let layers = LayerDownload(try HTTPClient(HTTPClient.Options(environment: environment)))
        let ask: @Sendable (LayerARN) async throws -> LayerVerifier.Served? = { arn in
            guard let answer = try await provider.served(arn: arn.description) else { return nil }
            return LayerVerifier.Served(
                sha256: answer.version.sha256, size: answer.version.size, location: answer.location)
        }
        let download: @Sendable (LayerVerifier.Served) async throws -> ContentDigest = { served in
            try await layers.digest(of: served)
        }
        return LayerVerifier(try await source.catalog(), ask: ask, download: digestOnly ? nil : download)
    }
}

extension LayerVerifier {
    /// Asks a folder that stands in for Lambda. It hashes what its files hold whenever it is asked.
    fileprivate init(_ catalog: RegistryCatalog, folder: String) {
        self.init(
            catalog,
            ask: { arn in
                let provider = FolderProvider(root: folder, rules: .init(account: arn.account))
                let id = Release.ID(account: arn.account, region: arn.region, name: arn.name, number: arn.number)
                guard let version = try await provider.version(id) else { return nil }
                return Served(sha256: version.sha256, size: version.size, location: folder)
            }, download: { $0.sha256 })
    }
}
