import AWS
import Fleet
import FoundationEssentials
import Local
import Model
import Notifying
import Publishing
import Settings

/// Puts a function of the fleet together from its environment:
///
/// | variable | meaning |
/// |---|---|
/// | `STRATA_FLEET_BUCKET` | the bucket's name; a path for a folder that stands in for it |
/// | `STRATA_FLEET_CONFIG` | `s3://BUCKET/config/SHA256.json`: the configuration's files, in that bucket |
/// | `STRATA_FLEET_TOPIC` | the SNS topic that is told what `notify` tells; may be absent |
/// | `STRATA_FLEET_CONCURRENCY` | publications in flight in one region, over all processes; 1 if absent |
struct FleetWiring {
    private let environment: [String: String]
    private let log: FleetLog
    /// Lambda gives a function `/tmp` to write in.
    private let folder: String

    init(_ environment: [String: String], _ log: FleetLog) {
        folder = "\(environment["TMPDIR"] ?? "/tmp")/strata-fleet"
        self.environment = environment.merging(["STRATA_CACHE": "\(folder)/cache"]) { given, _ in given }
        self.log = log
    }

    /// The function of a handler.
    /// - Throws: `configuration` for an environment or a configuration that is wrong.
    func function(_ name: String) async throws -> RuntimeLoop.Handle {
        guard let handler = HandlerName(rawValue: name) else {
            throw StrataError(
                .configuration, "_HANDLER is '\(name)', which is not one of Strata's handlers",
                hint: "one of \(HandlerName.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        let bucket = try variable("STRATA_FLEET_BUCKET")
        let blobs = try await blobs(bucket)
        let configuration = try FleetConfiguration(variable("STRATA_FLEET_CONFIG"), in: bucket)
        let path = try await configuration.layOut(from: blobs, in: "\(folder)/config")
        var settings = try ProjectSettings.load(path: path)
        for warning in settings.warnings { log.warning("\(warning)") }
        try share(&settings)
        var assembly = try Assembly(settings, configuration: path, environment: environment)
        // In Lambda each process has a disk of its own. Where several share one, none may miss what another removes, or
        // wait for a clone that another keeps open.
        let own = "\(folder)/process-\(ProcessInfo.processInfo.processIdentifier)"
        assembly.places.builds = "\(own)/built"
        assembly.places.clone = "\(own)/clone"
        let tell = try handler == .finish ? tell(assembly) : nil
        return handler.function(
            FleetContext(
                publishing: try await assembly.publishing(report: log.take), blobs: blobs, bucket: bucket,
                folder: "\(own)/fetched", tell: tell))
    }

    /// No process sees the others: each keeps to its share of a region's rate, and to half of the disk.
    private func share(_ settings: inout ProjectSettings) throws {
        let text = environment["STRATA_FLEET_CONCURRENCY"] ?? "1"
        guard let processes = Int(text), (1...1000).contains(processes) else {
            throw StrataError(
                .configuration, "STRATA_FLEET_CONCURRENCY is '\(text)'; it must be a number from 1 to 1000")
        }
        let rate = settings.publish.rate
        settings.publish.rate = RequestRate(calls: rate.calls, per: rate.per * processes)
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let disk = try FileManager.default.attributesOfFileSystem(forPath: folder)[.systemFreeSize] as? Int
        if let disk { settings.cache.size = min(settings.cache.size, ByteCount(disk / 2)) }
    }

    private func blobs(_ bucket: String) async throws -> any BlobStore {
        if bucket.hasPrefix("/") { return FolderBlobs(root: bucket) }
        let name = try variable("AWS_REGION")
        guard let region = Region(name) else {
            throw StrataError(.configuration, "AWS_REGION is '\(name)', which is not a region")
        }
        let here = PublishSettings(
            provider: .aws, folder: "",
            partitions: [PartitionSettings(partition: region.partition, regions: .these([region]))])
        return try await CloudAccess(here, environment: environment).blobs(bucket, in: region)
    }

    /// Tells the configuration's sinks, and the fleet's own topic. Programs of a machine are not there.
    private func tell(_ assembly: Assembly) throws -> (@Sendable (RunOutcome, Bool) async -> Void)? {
        let settings = assembly.settings.notify
        var sinks = try assembly.sinks().filter { sink in
            switch settings.sinks.first(where: { $0.name == sink.name })?.place {
            case .mail, .command:
                log.warning("'\(sink.name)' is not told of the fleet's runs: there are no programs here")
                return false
            case .sns, .webhook, nil: return true
            }
        }
        if let topic = environment["STRATA_FLEET_TOPIC"], !topic.isEmpty {
            sinks.append(
                NoticeSink("fleet-topic", Set(Notice.Kind.allCases), send: assembly.topicSender(topic)))
        }
        let healthcheck = try assembly.healthcheck()
        let teller = try assembly.teller(sinks, isAlone: false)
        return { [log] outcome, isWhole in
            log.metrics(RunMetrics(outcome, isWhole: isWhole, regions: assembly.desired.regions), of: outcome)
            for problem in await teller.tell(outcome, isWhole: isWhole) { log.warning(problem) }
            guard let healthcheck, !outcome.isOvertaken else { return }
            if let problem = await healthcheck.tell(outcome.error.map { .failure($0) } ?? .success) {
                log.warning("notify: \(problem)")
            }
        }
    }

    private func variable(_ name: String) throws(StrataError) -> String {
        guard let value = environment[name], !value.isEmpty else {
            throw StrataError(.configuration, "\(name) is not set", hint: "'strata deploy' sets it")
        }
        return value
    }
}

extension CloudAccess {
    /// The objects of a bucket of the credentials' own account.
    func blobs(_ bucket: String, in region: Region) async throws -> S3Blobs {
        S3Blobs(
            client: try client(for: region.partition), bucket: bucket,
            owner: try await provider().account(in: region.partition), region: region)
    }
}
