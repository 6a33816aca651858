import AWS
import Model
import Settings

/// A fleet in an account: what it is to become, and how its services are reached.
struct Deployment: Sendable {
    let names: FleetNames
    let settings: ProjectSettings
    let files: FleetFiles
    let client: AWSClient
    let provider: LambdaLayerProvider
    let console: Console

    var stacks: Stacks { Stacks(client: client, region: names.region) }
    var blobs: S3Blobs {
        S3Blobs(client: client, bucket: names.bucket, owner: names.account, region: names.region)
    }
    var bucket: DeployedBucket {
        DeployedBucket(client: client, name: names.bucket, owner: names.account, region: names.region)
    }
    var table: DeployedTable { DeployedTable(client: client, name: names.table, region: names.region) }

    /// Reads the configuration and finds out whose account it is.
    ///
    /// - Throws: `SettingsProblems` with everything that a fleet cannot do with the configuration.
    init(configuration path: String, console: Console) async throws {
        let (settings, files) = try ProjectSettings.withFiles(path: path)
        for warning in settings.warnings { console.warn("\(warning)") }
        let assembly = try Assembly(settings, configuration: path)
        guard case .dynamodb(let table, let named) = settings.ledger else {
            throw StrataError(
                .configuration, "a fleet's ledger is in DynamoDB", hint: "write 'ledger: dynamodb:strata' into \(path)")
        }
        let region = try named ?? assembly.cloud.homeRegion
        let obstacles = settings.obstacles(in: region.partition)
        guard obstacles.isEmpty else { throw SettingsProblems(obstacles) }
        provider = try await assembly.cloud.provider()
        let account = try await provider.account(in: region.partition)
        names = try FleetNames(table: table, account: account, region: region)
        client = try await assembly.cloud.client(for: region.partition)
        self.settings = settings
        self.files = files
        self.console = console
    }

    /// A secret of the configuration that is not named by its ARN; nil for other keys.
    var deployKeySecret: DeployedSecret? {
        deployKeyName.map { DeployedSecret(client: client, name: $0, region: names.region) }
    }

    /// The name of the deploy key's secret, if the template can make it.
    var deployKeyName: String? {
        guard let key = settings.git.sshKey, key.scheme == "secretsmanager", !key.name.hasPrefix("arn:"),
            key.field == nil, key.version == nil
        else { return nil }
        return key.name
    }
}
