import AWS
import ArgumentParser
import Consuming
import FoundationEssentials
import HTTP
import Model
import Settings

/// `strata verify`
struct VerifyCommand: StrataCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify", abstract: "Compare what a registry lists with the bytes that Lambda serves.",
        discussion: """
            Needs AWS credentials, of any account that may read the layers. The zip is downloaded and hashed, unless \
            --digest-only takes Lambda's word for it. Exits with 1 unless every ARN is listed, not yanked, and the same.
            """)

    @OptionGroup var common: ConsumerOptions
    @OptionGroup var source: RegistryOptions
    @Argument(help: "ARNs of layer versions.") var arns: [String]
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
        let verifier = try await verifier(for: arns, in: source, digestOnly: digestOnly)
        var verdicts: [Verdict] = []
        for arn in arns {
            let verdict = try await verifier.verify(arn)
            verdicts.append(verdict)
            if !json { console.print(verdict.text) }
        }
        if json { try console.print(json: verdicts) }
        return verdicts.allSatisfy(\.isGood) ? .done : .failed
    }

    private func verifier(
        for arns: [LayerARN], in source: RegistryOptions, digestOnly: Bool
    ) async throws -> LayerVerifier {
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
