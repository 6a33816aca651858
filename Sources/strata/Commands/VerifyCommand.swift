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
        commandName: "verify", abstract: "Check a registry's signature, files, ARNs and layers' zips.",
        discussion: """
            Of a signed registry, the checkpoint's signature is checked first, by --allowed-signers or by the key that was \
            seen before on this machine, then that it goes on from the revision that was read here before, and each file \
            that is read by its digest. With nothing else named, all files of a checkout or a clone are checked.

            An ARN is compared with the bytes that Lambda serves; that needs AWS credentials, of any account that may read \
            the layer; what the local provider published needs its folder instead (--folder). The zip is downloaded and \
            hashed, unless --digest-only takes Lambda's word for it. A zip in a file is looked for in the layer that its \
            name tells, or that --layer names, and in a folder's registry in all.

            Exits with 1 unless every ARN and file is listed, not yanked, and the same; with 5 if the registry is not to be \
            trusted.
            """)

    @OptionGroup var common: ConsumerOptions
    @OptionGroup var source: RegistryOptions
    @Argument(help: "ARNs of layer versions, and layers' zips in files.", completion: .file()) var subjects: [String] =
        []
    @Option(help: "The layer that the files are of.") var layer: String?
    @Option(help: "The local provider's folder, which stands in for AWS: publish.folder of the configuration.")
    var folder: String?
    @Flag(help: "Compare Lambda's own digest; download nothing.") var digestOnly = false
    @Flag(help: "Read a registry that shows an earlier revision than was read here before.") var allowOlder = false
    @Flag(help: "Print JSON.") var json = false

    func run(console: Console) async throws -> ExitStatus {
        let named = try subjects.map(Subject.init)
        let layer = try self.layer.map(layerName)
        let checked = try await source.checked(allowsOlder: allowOlder)
        var report = VerifyReport()
        if let trusted = checked.trusted {
            report.registry = .init(trusted, now: WallClock.now)
        } else if named.isEmpty {
            throw StrataError(
                .refused, "the registry '\(checked.catalog.source.name)' has no signed checkpoint",
                hint: "name ARNs or files to compare with what it lists")
        } else if source.allowedSigners == nil {
            console.warn("the registry is not signed: what it lists is whatever whoever wrote it there says")
        }
        if let text = report.registry?.text, !json { console.print(text) }
        if named.isEmpty, let trusted = checked.trusted, !checked.isAddress {
            let (total, different) = try await trusted.files.checkAll()
            guard different.isEmpty else { throw changed(different, of: total) }
            report.registry?.files = total
            if !json { console.print("\(count(total, "file")): all as the checkpoint says") }
        }
        let arns = named.compactMap(\.arn)
        let verifier = arns.isEmpty ? nil : try await verifier(for: arns, in: checked.catalog, digestOnly: digestOnly)
        let files = FileVerifier(
            checked.catalog, layers: checked.isAddress ? [] : checked.trusted?.files.layerNames ?? [])
        for subject in named {
            switch subject {
            case .arn(let arn): if let verifier { report.add(try await verifier.verify(arn)) }
            case .file(let path): report.add(try await files.verify(path, layer: layer))
            }
            if !json, let text = report.lastText { console.print(text) }
        }
        if json { try console.print(json: report) }
        return report.isGood ? .done : .failed
    }

    private func changed(_ paths: [String], of total: Int) -> StrataError {
        let shown = paths.prefix(5).joined(separator: ", ") + (paths.count > 5 ? " and \(paths.count - 5) more" : "")
        return StrataError(
            .refused, "\(count(paths.count, "file")) of \(total) are not what the checkpoint says: \(shown)",
            hint: "somebody changed them here; 'git status' may tell, or clone the registry anew")
    }

    private enum Subject {
        case arn(LayerARN)
        case file(String)

        init(_ text: String) throws {
            if let arn = LayerARN(text) {
                self = .arn(arn)
            } else if !text.hasPrefix("arn:"), FileManager.default.fileExists(atPath: text) {
                self = .file(text)
            } else {
                throw StrataError(
                    .configuration, "'\(text)' is neither a layer version's ARN nor a file",
                    hint: "an ARN is arn:aws:lambda:REGION:ACCOUNT:layer:NAME:NUMBER")
            }
        }

        var arn: LayerARN? { if case .arn(let arn) = self { arn } else { nil } }
    }

    private func verifier(
        for arns: [LayerARN], in catalog: RegistryCatalog, digestOnly: Bool
    ) async throws -> LayerVerifier {
        if let folder { return LayerVerifier(catalog, folder: folder) }
        if let local = arns.first(where: { $0.account == FolderProvider.Rules().account }) {
            throw StrataError(
                .configuration, "\(local) is the local provider's, and AWS knows nothing of it",
                hint: "name the folder that it was published to: --folder .strata/lambda")
        }
        do {
            return try await awsVerifier(for: arns, in: catalog, digestOnly: digestOnly)
        } catch let error as StrataError where error.code == .credentials {
            throw StrataError(
                .credentials,
                "verify asks Lambda for the bytes, and needs credentials of any AWS account: \(error.message)",
                hint: "sign in to AWS; 'strata find ARN' tells without credentials what the registry says of it",
                cause: error)
        }
    }

    private func awsVerifier(
        for arns: [LayerARN], in catalog: RegistryCatalog, digestOnly: Bool
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
        return LayerVerifier(catalog, ask: ask, download: digestOnly ? nil : download)
    }
}

/// What verifying came to. As JSON a list: of the verdicts, in the order of the arguments, and of the registry at last, if
/// it is signed.
private struct VerifyReport: Encodable {
    struct Registry: Encodable {
        let kind = "registry"
        let registry: String
        let revision: Int
        let signed: Timestamp
        let key: String
        /// Whether nothing but the registry itself spoke for the key.
        let isKeyNew: Bool
        let follows: TrustedRegistry.Following
        let releases: Int
        /// How many files were compared; nil if only those that were needed were.
        var files: Int?
        private let age: Duration

        private enum CodingKeys: String, CodingKey {
            case kind, registry, revision, signed, key, isKeyNew, follows, releases, files
        }

        init(_ trusted: TrustedRegistry, now: Timestamp) {
            let checkpoint = trusted.checkpoint
            registry = checkpoint.registry
            revision = checkpoint.revision
            signed = checkpoint.time
            key = trusted.fingerprint
            isKeyNew = trusted.isKeyNew
            follows = trusted.follows
            releases = checkpoint.releases
            age = now - checkpoint.time
        }

        var text: String {
            let days = age.components.seconds / 86_400
            let since = days < 1 ? "today" : days == 1 ? "yesterday" : "\(days) days ago"
            let history =
                switch follows {
                case .same: "the one that was read here before"
                case .next, .later: "it follows the one that was read here before"
                case .gap: "later than the one that was read here before"
                case .earlier: "EARLIER than the one that was read here before"
                case .unknown: "not read here before"
                }
            var text =
                "registry \(registry) revision \(revision), signed \(since) by \(key): \(count(releases, "release")) "
                + "listed; \(history)"
            if isKeyNew {
                text +=
                    "\nThe key was not seen before, and is remembered now: compare it with what the maintainers publish."
            }
            return text
        }
    }

    private enum Element {
        case arn(Verdict)
        case file(FileVerdict)

        var isGood: Bool {
            switch self {
            case .arn(let verdict): verdict.isGood
            case .file(let verdict): verdict.isGood
            }
        }
    }

    var registry: Registry?
    private var elements: [Element] = []

    mutating func add(_ verdict: Verdict) { elements.append(.arn(verdict)) }
    mutating func add(_ verdict: FileVerdict) { elements.append(.file(verdict)) }

    var isGood: Bool { elements.allSatisfy(\.isGood) }

    var lastText: String? {
        switch elements.last {
        case .arn(let verdict): verdict.text
        case .file(let verdict): verdict.text
        case nil: nil
        }
    }

    func encode(to encoder: any Encoder) throws {
        var list = encoder.unkeyedContainer()
        for element in elements {
            switch element {
            case .arn(let verdict): try list.encode(verdict)
            case .file(let verdict): try list.encode(verdict)
            }
        }
        if let registry { try list.encode(registry) }
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
