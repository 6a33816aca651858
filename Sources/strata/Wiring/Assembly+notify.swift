import AWS
import Files
import Glibc
import HTTP
import Model
import Notifying
import Publishing
import Settings
import Tasks

extension Assembly {
    /// The sinks of the configuration.
    func sinks() throws -> [NoticeSink] {
        guard !settings.notify.sinks.isEmpty else { return [] }
        let http = try HTTPClient(HTTPClient.Options(environment: environment))
        return settings.notify.sinks.map { sink in
            NoticeSink(sink.name, Set(sink.kinds), send: sender(to: sink.place, http))
        }
    }

    private func sender(
        to place: SinkSettings.Place, _ http: HTTPClient
    ) -> @Sendable (Bulletin) async throws -> Void {
        switch place {
        case .sns(let topic): topicSender(topic)
        case .webhook(let reference, let shape):
            Webhook(SecretURL { try await secret(reference) }, shape.shape, http: http, deadline: onceDeadline).send
        case .mail(let to, let from, let sendmail):
            MailSink(to: to, from: from, sendmail: sendmail, environment: environment).send
        case .command(let command): CommandSink(command, environment: environment).send
        }
    }

    /// Publishes to an SNS topic with the credentials of its partition.
    func topicSender(_ topic: String) -> @Sendable (Bulletin) async throws -> Void {
        let parts = topic.split(separator: ":", omittingEmptySubsequences: false)
        let partition = parts.count == 6 ? Region(String(parts[3]))?.partition : nil
        return { bulletin in
            let client = try await cloud.client(for: partition ?? .aws)
            // A message may have 256 KiB.
            try await Notifications(client: client).publish(
                bulletin.text(50_000), subject: bulletin.title, to: topic)
        }
    }

    /// For one try of several.
    private var onceDeadline: Duration { min(.seconds(10), settings.notify.deadline) }

    /// Tells the sinks what runs come to.
    /// - Parameters:
    ///   - sinks: nil for those of the configuration.
    ///   - isAlone: whether what was told may be noted on this machine while the ledger cannot be reached.
    func teller(_ sinks: [NoticeSink]? = nil, isAlone: Bool = true) throws -> Teller {
        let notify = settings.notify
        let rules = Teller.Rules(
            pendingAfter: notify.pendingAfter, endingWithin: notify.endingWithin, storageAbove: notify.storageAbove,
            deadline: notify.deadline)
        return Teller(
            try sinks ?? self.sinks(), rules, desired, ledger: { try await ledger() },
            environment: runEnvironment { _ in }, fallback: isAlone ? noted : nil)
    }

    /// Beside the cache, for the time in which there is no ledger.
    private var noted: Teller.Fallback {
        let folder = "\(places.cache)/told/\(ContentDigest.of("\(settings.ledger)").hex.prefix(16))"
        let file: @Sendable (String) -> String = { "\(folder)/\($0).json" }
        return Teller.Fallback(
            read: { name -> String? in
                let bytes: [UInt8]? = try? await blocking {
                    try BoundedFile.readIfPresent(file(name), limit: .mebibytes(1))
                }
                return bytes.map { String(decoding: $0, as: UTF8.self) }
            },
            write: { name, value -> Void in
                try? await blocking { () throws -> Void in
                    guard let value else {
                        unlink(file(name))
                        return
                    }
                    try Folder.make(folder)
                    try AtomicFile.write(Array(value.utf8), to: file(name), mode: 0o600)
                }
            })
    }

    func healthcheck() throws -> Healthcheck? {
        let url: SecretURL
        switch settings.notify.healthcheck {
        case nil: return nil
        case .url(let text):
            url = SecretURL {
                var bytes = Array(text.utf8)
                return Secret(taking: &bytes)
            }
        case .secret(let reference): url = SecretURL { try await secret(reference) }
        }
        return Healthcheck(
            url, http: try HTTPClient(HTTPClient.Options(environment: environment)), deadline: onceDeadline,
            total: settings.notify.deadline)
    }

    /// Code storage by region, of those that answer soon.
    func storage() async -> [Region: CodeStorage] {
        guard let provider = try? await provider(), let regions = try? await desiredHere().regions else { return [:] }
        let asked = Set(regions).sorted()
        let answers = try? await asked.boundedMap(limit: 16) { region async throws(StrataError) -> CodeStorage? in
            try? await withDeadline(.seconds(10), late: StrataError(.timedOut, "")) {
                try await provider.storage(in: region)
            }
        }
        return Dictionary(uniqueKeysWithValues: zip(asked, answers ?? [])).compactMapValues(\.self)
    }

    /// Tells the sinks of work that is no whole run.
    func tell(_ report: RunReport, since began: Timestamp, _ console: Console) async {
        guard let teller = try? teller() else { return }
        let outcome = RunOutcome(report, registry: desired.registry.name, began: began, ended: backend.now())
        for problem in await teller.tell(outcome, isWhole: false) { console.warn(problem) }
    }
}

extension SinkSettings.Shape {
    fileprivate var shape: WebhookShape {
        switch self {
        case .json: .json
        case .slack: .slack
        case .teams: .teams
        case .discord: .discord
        case .mattermost: .mattermost
        }
    }
}
