import FoundationEssentials
import Testing

/// A fleet that was deployed on the emulated stack, with its functions served by the binary under test and its registry
/// behind an SSH server.
struct FleetPlace: Sendable {
    let cloud: Cloud
    let index: PackageIndex
    let place: Workplace
    let machine: String

    /// - Parameters:
    ///   - regions: as the configuration has them.
    ///   - staging: as the configuration has it.
    ///   - more: lines for the configuration; `ACCOUNT` in them is the account.
    static func run(
        layers: [String], regions: String, staging: String? = nil, more: String = "",
        _ body: @Sendable (FleetPlace) async throws -> Void
    ) async throws {
        let catalogue = Dictionary(uniqueKeysWithValues: layers.map { ($0, [PackageIndex.Release()]) })
        try await PackageIndex.run(catalogue) { index in
            try await Cloud.runFleet { cloud in
                let place = try Workplace(hasOwnCache: true)
                try await Server.run("ssh_server.py", [place.folder]) { port in
                    try await prepare(place, cloud, index, layers, port) {
                        $0.replacing("regions: []", with: "regions: \(regions)").replacing(
                            "rate: 15/s,", with: staging.map { "rate: 15/s, staging: \($0)," } ?? "rate: 15/s,")
                            + more.replacing("ACCOUNT", with: cloud.account)
                    }
                    let machine = try await deploy(place, cloud)
                    try await body(FleetPlace(cloud: cloud, index: index, place: place, machine: machine))
                }
            }
        }
    }

    private static func prepare(
        _ place: Workplace, _ cloud: Cloud, _ index: PackageIndex, _ layers: [String], _ port: Int,
        edit: (String) -> String
    ) async throws {
        let user = try await place.run("id", "-un").filter { !$0.isWhitespace }
        let configuration = Configuration(
            layers: layers, targets: ["python3.12"], regions: [], index: index.simple,
            publish: """
                { provider: aws, prefix: t, visibility: public, rate: 15/s, \
                partitions: { aws: { account: "\(cloud.account)" } } }
                """,
            git: """
                { remote: "ssh://\(user)@127.0.0.1:\(port)\(place.folder)/registry.git", \
                author: Test <test@example.invalid>, host-keys: [known_hosts], deadline: 600s, \
                ssh-key: "secretsmanager:strata/deploy-key" }
                """)
        try place.write(
            "strata.yaml",
            edit(configuration.text.replacing("sqlite:ledger.sqlite", with: "dynamodb:strata@us-east-1")))
        try place.write("known_hosts", "[127.0.0.1]:\(port) \(try place.text("sshd/host.pub"))")
        try place.write("bundle.zip", "PK\u{3}\u{4}: what stands in for the functions' zip")
        try await place.run("git", "init", "--quiet", "--bare", "registry.git")
    }

    private static func deploy(_ place: Workplace, _ cloud: Cloud) async throws -> String {
        let deployed = try await place.strata(
            "deploy", "--bundle", "bundle.zip", "--yes", environment: cloud.environment)
        try #require(deployed.code == 0, "\(deployed.error)")
        let machine = try #require(
            deployed.output.split(whereSeparator: \.isWhitespace).first { $0.contains(":stateMachine:") })
        let key = try await place.strata("keys", "new", environment: cloud.environment)
        try place.write("sshd/authorized_keys", key.output)
        try await cloud.tell(
            "functions",
            Cloud.Functions(
                account: cloud.account, command: [try Program.path(), "lambda"],
                environment: Program.environment.merging(["HOME": "\(place.folder)/home"]) { $1 }.merging([
                    "AWS_ENDPOINT_URL": cloud.environment["AWS_ENDPOINT_URL"] ?? "",
                    "AWS_EC2_METADATA_DISABLED": "true",
                ]) { $1 }, folder: "\(place.folder)/functions"))
        return String(machine)
    }

    /// An execution of the deployed state machine, to its end.
    func run(_ name: String, input: [String: Bool] = [:]) async throws -> Cloud.Execution {
        try await cloud.end(of: cloud.run(machine, name, input: input))
    }

    /// The same definition with short pauses between retries.
    func runImpatiently(_ name: String) async throws -> Cloud.Execution {
        try await cloud.end(of: start(name))
    }

    func start(_ name: String) async throws -> String {
        try await cloud.start(name, bucket: "strata-\(cloud.account)-us-east-1")
    }

    /// Whatever is listed in the registry is there, once, with the registry's bytes, for everybody; and all of it.
    func expectTruth(_ layers: [String], in regions: [String]) async throws {
        try await place.run("git", "-C", "registry.git", "fsck", "--strict", "--full")
        let rows = try place.rows(of: try await place.clone())
        #expect(rows.count == layers.count * regions.count, "\(rows)")
        let versions = try await cloud.versions(of: layers.map { "t-p312-\($0)" }, in: regions)
        #expect(versions.map(\.arn).sorted() == rows.map(\.arn).sorted(), "each published once, and listed")
        #expect(versions.allSatisfy { $0.isPublic })
    }

    func registry() async throws -> [String: String] { try await place.registryWithoutTimes() }

    /// Lets the lease of an execution that is dead end at once, as its term would.
    func endLease() async throws { try await cloud.tell("die", ["table": "strata"]) }

    /// No function was refused anything.
    func expectPermitted() async throws {
        let refused = try await cloud.permissions().refused
        #expect(refused.isEmpty, "\(refused)")
    }
}

extension Workplace {
    /// All files of the registry's main branch, with every date and time, and what tells registries and revisions apart,
    /// made the same.
    func registryWithoutTimes() async throws -> [String: String] {
        let clone = try await clone()
        let files = try files(clone).filter { !$0.hasPrefix(".git/") }
        return Dictionary(
            uniqueKeysWithValues: try files.map { file in
                let text = try text("\(clone)/\(file)").replacing(
                    #/20\d\d-\d\d-\d\d(T\d\d:\d\d:\d\dZ)?/#, with: "TIME"
                ).replacing(#/"(id|revision|run)": "?\w+"?/#, with: "NAME")
                return (file, file.hasSuffix("/releases.json") ? unfolded(text) : text)
            })
    }

    /// `releases.json` tells the regions together that were published in the same second: each on a line of its own.
    private func unfolded(_ text: String) -> String {
        let lines = text.split(separator: "\n").flatMap { line -> [String] in
            guard let match = line.firstMatch(of: #/"regions":\{([^}]*)\}/#) else {
                return [line.hasSuffix(",") ? String(line.dropLast()) : String(line)]
            }
            return match.1.split(separator: ",").map { "\(line[..<match.range.lowerBound])\($0)" }
        }
        return lines.sorted().joined(separator: "\n")
    }
}
