import AWS
import Model
import Settings

/// What a fleet's parts are called: all of it follows from the ledger's table and from where it is deployed.
struct FleetNames: Sendable, Hashable {
    /// The ledger's table, and the name of the fleet and of its stack.
    let table: String
    let account: String
    let region: Region

    var stack: String { table }
    var suffix: String { Self.suffix(table) }
    var bucket: String { Self.bucket(table: table, account: account, region: region) }

    /// The bucket that goes with a table.
    static func bucket(table: String, account: String, region: Region) -> String {
        "strata-\(account)-\(region)\(suffix(table))"
    }

    /// The end of the bucket's name, which is shorter for the fleet that is called `strata`.
    private static func suffix(_ table: String) -> String { table == "strata" ? "" : "-\(table)" }

    /// - Throws: `configuration` for a table whose name cannot be a bucket's and a stack's too.
    init(table: String, account: String, region: Region) throws(StrataError) {
        let letters = table.utf8.allSatisfy {
            (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == UInt8(ascii: "-")
        }
        guard letters, (3...24).contains(table.utf8.count),
            table.utf8.first.map({ (0x61...0x7A).contains($0) }) == true,
            !table.hasSuffix("-")
        else {
            throw StrataError(
                .configuration,
                "a fleet is called like its ledger's table, and '\(table)' cannot be the name of a bucket and a stack",
                hint: "use 3 to 24 of a-z, 0-9 and '-', a letter first: 'ledger: dynamodb:strata'")
        }
        self.table = table
        self.account = account
        self.region = region
    }
}

extension ProjectSettings {
    /// What a fleet cannot do with this configuration, all of it.
    ///
    /// - Parameter partition: where the fleet is deployed.
    func obstacles(in partition: Partition) -> [StrataError] {
        var found: [StrataError] = []
        func refuse(_ what: String, _ hint: String) {
            found.append(StrataError(.configuration, what, hint: hint))
        }
        if publish.provider != .aws {
            refuse("the functions of a fleet publish to AWS only", "write 'provider: aws' in 'publish'")
        }
        for other in publish.partitions where other.partition != partition {
            refuse(
                "a fleet publishes in its own partition only, and '\(other.partition.rawValue)' is configured too",
                "deploy a fleet in each partition")
        }
        for profile in publish.partitions.compactMap(\.profile) {
            refuse(
                "functions have a role and no profile '\(profile)'",
                "remove it from 'publish.partitions' and set AWS_PROFILE when you deploy")
        }
        switch site.place {
        case .folder?:
            refuse("'site.to' names a folder, which functions do not have", "name a bucket: 'to: s3://BUCKET/PREFIX'")
        case .bucket(let bucket)? where bucket.region.partition != partition:
            refuse(
                "'site.region' is in \(bucket.region.partition.rawValue), and a fleet reaches its own partition only",
                "name a bucket in \(partition.rawValue)")
        default: break
        }
        switch git.remote {
        case .folder:
            refuse("functions cannot push to a folder", "name a remote over SSH or HTTPS in 'git.remote'")
            return found
        case .ssh where git.sshKey == nil:
            refuse("no deploy key is configured", "write 'ssh-key: secretsmanager:strata/deploy-key' in 'git'")
        case .ssh, .https: break
        }
        for (name, key) in git.secrets where !["secretsmanager", "ssm"].contains(key.scheme) {
            refuse(
                "'git.\(name)' is '\(key.scheme):', which functions cannot read",
                "keep it in secretsmanager: or ssm:")
        }
        if index.findLinks.contains(where: { $0.hasPrefix("/") }) {
            refuse("'index.find-links' names a folder, which functions do not have", "serve it over HTTPS")
        }
        return found
    }

    /// The secrets and parameters that hold the keys, as a policy names them.
    func keyARNs(_ names: FleetNames) -> [String] {
        // A parameter's former value is a parameter beside it.
        let former = [git.sshKey, git.sign].compactMap(\.self).filter { $0.scheme == "ssm" }
            .compactMap { try? $0.previous }
        return Self.arns(of: git.secrets.map(\.reference) + former, names)
    }

    /// The topics, and the secrets of webhooks, that the fleet tells.
    func toldARNs(_ names: FleetNames) -> [String] {
        var (topics, secrets): ([String], [SecretReference]) = ([], [])
        for sink in notify.sinks {
            switch sink.place {
            case .sns(let topic): topics.append(topic)
            case .webhook(let reference, _): secrets.append(reference)
            case .mail, .command: break
            }
        }
        if case .secret(let reference) = notify.healthcheck { secrets.append(reference) }
        return topics + Self.arns(of: secrets.filter { ["ssm", "secretsmanager"].contains($0.scheme) }, names)
    }

    private static func arns(of keys: [SecretReference], _ names: FleetNames) -> [String] {
        let partition = names.region.partition.rawValue
        return keys.map { key in
            if key.name.hasPrefix("arn:") { return key.name }
            let place = "\(names.region):\(names.account)"
            if key.scheme == "ssm" {
                let slash = key.name.hasPrefix("/") ? "" : "/"
                return "arn:\(partition):ssm:\(place):parameter\(slash)\(key.name)"
            }
            // Secrets Manager puts six characters of its own behind a name.
            return "arn:\(partition):secretsmanager:\(place):secret:\(key.name)-??????"
        }
    }

    /// The pattern that all names of layers fit.
    var layerNames: String {
        let naming = desired.naming
        return naming.text.hasPrefix("{prefix}") && !naming.prefix.isEmpty ? "\(naming.prefix)*" : "*"
    }
}
