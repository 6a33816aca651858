import Model
import Settings
import Testing

@Suite struct DecodingTests {
    @Test("reads the template that init writes")
    func template() throws {
        let settings = try Reading(ProjectSettings.template).get()
        #expect(settings.desired.registry == RegistryDescription(name: "My layers", url: "https://example.org/layers"))
        #expect(settings.desired.layers.map(\.name.text) == ["data", "psycopg_binary_pool", "requests"])
        #expect(settings.desired.layers[0].requires.map(\.description) == ["pandas>=2", "openpyxl"])
        #expect(settings.desired.regions.map(\.code) == ["ap-southeast-2", "eu-west-1", "us-east-1"])
        #expect(settings.desired.items.count == 9)
        #expect(
            settings.desired.updates == UpdatePolicy(minimumAge: .seconds(172_800), dependenciesOnly: .seconds(604_800))
        )
        #expect(settings.desired.limits == PlanLimits(publish: 500, delete: 50))
        #expect(settings.desired.retention == RetentionPolicy(expire: .seconds(31_536_000), keep: 1))
        #expect(settings.desired.visibility == .public)
        #expect(settings.publish.provider == .local)
        #expect(settings.publish.folder == "/project/.strata/lambda")
        #expect(settings.ledger == .sqlite(path: "/project/.strata/ledger.sqlite"))
        #expect(settings.git.remote == .folder("/project/.strata/registry.git"))
        #expect(settings.git.author == GitAuthor(name: "Strata", email: "strata@example.org"))
        #expect(settings.warnings.isEmpty)
    }

    /// Every line of the template that is commented out is right too, so nobody is led astray by uncommenting one.
    @Test("reads the template with every commented choice switched on")
    func templateUncommented() throws {
        let choices = [
            "targets:", "prune:", "exclude:", "drop-conflicts:", "retention:", "- from:", "partitions:",
            "aws:", "aws-cn:", "staging:", "rate:", "deadlines:", "ssh-key:", "passphrase:", "token:",
            "github-app:", "host-keys:", "sign:",
            "deadline:", "history:", "index:", "cache:", "parallel:", "site:",
        ]
        var switched = 0
        let lines = ProjectSettings.template.split(separator: "\n", omittingEmptySubsequences: false).map { line in
            guard let mark = line.firstRange(of: "# "),
                line[..<mark.lowerBound].allSatisfy({ $0 == " " }),
                choices.contains(where: { line[mark.upperBound...].drop { $0 == " " }.hasPrefix($0) })
            else { return String(line) }
            switched += 1
            return String(line[..<mark.lowerBound] + line[mark.upperBound...])
        }
        #expect(switched == 25)
        let settings = try Reading(
            lines.joined(separator: "\n"),
            lists: ["/project/packages.csv": "Package_Name,License\nnumpy,BSD\n"]
        ).get()
        #expect(settings.publish.partitions.map(\.partition) == [.aws, .china])
        #expect(settings.git.hostKeys == ["/project/known_hosts"])
        #expect(settings.site == SiteSettings(klayersAPI: true, budget: ByteCount(900_000_000)))
        #expect(settings.desired.layer(try #require(LayerName("numpy")))?.targets.map(\.description) == ["python3.12"])
        #expect(settings.desired.layer(try #require(LayerName("data")))?.retention?.keep == 1)
    }

    @Test("reads every key of publishing to AWS")
    func aws() throws {
        let settings = try Reading(
            """
            version: 1
            registry: { name: Acme layers, url: "https://acme.github.io/layers/" }
            targets: [python3.12]
            layers: [requests]
            publish:
              provider: aws
              prefix: acme
              visibility: { organization: o-abc123 }
              partitions:
                aws: { account: "111122223333", profile: publisher, regions: all }
                aws-cn: { account: "444455556666", profile: china, regions: [cn-northwest-1, cn-north-1] }
              staging: { bucket: "acme-strata-{account}-{region}", above: 40MB }
              rate: 90/m
              deadlines: { connect: 6s, call: 2m, no-progress: 1h }
            ledger: dynamodb:strata@eu-west-1
            """
        ).get()
        let china = ["cn-north-1", "cn-northwest-1"].compactMap(Region.init)
        #expect(
            settings.publish.partitions == [
                PartitionSettings(
                    partition: .aws, account: "111122223333", profile: "publisher", regions: .all(except: [])),
                PartitionSettings(
                    partition: .china, account: "444455556666", profile: "china", regions: .these(china)),
            ])
        #expect(settings.desired.registry.url == "https://acme.github.io/layers")
        #expect(settings.desired.regions.count == Region.known.filter { $0.partition == .aws }.count + 2)
        #expect(settings.desired.visibility == .organization("o-abc123"))
        #expect(settings.publish.staging?.above == ByteCount(40_000_000))
        #expect(
            settings.publish.staging?.bucket(account: "111122223333", region: china[0])
                == "acme-strata-111122223333-cn-north-1")
        #expect(settings.publish.rate == RequestRate(calls: 90, per: .seconds(60)))
        #expect(settings.publish.rate.perSecond == 1.5)
        #expect(
            settings.publish.deadlines
                == CallDeadlines(connect: .seconds(6), call: .seconds(120), noProgress: .seconds(3600)))
        #expect(settings.ledger == .dynamodb(table: "strata", region: Region("eu-west-1")))
        #expect(!settings.rebuildsLedger)
    }

    @Test("a ledger that is filled from the registry", arguments: ["auto", "never", nil])
    func rebuiltLedger(rebuild: String?) throws {
        let settings = try Reading(
            """
            version: 1
            registry: { name: Acme layers, url: "https://acme.github.io/layers/" }
            targets: [python3.12]
            regions: [us-east-1]
            layers: [requests]
            publish: { prefix: acme }
            ledger: { sqlite: state/ledger.sqlite\(rebuild.map { ", rebuild: \($0)" } ?? "") }
            """
        ).get()
        #expect(settings.ledger == .sqlite(path: "/project/state/ledger.sqlite"))
        #expect(settings.rebuildsLedger == (rebuild == "auto"))
    }

    @Test("reads every key of pushing over SSH")
    func ssh() throws {
        let git = try Reading(
            smallest + """
                git:
                  remote: git@github.com:acme/layers.git
                  branch: trunk
                  site-branch: pages
                  author: Layer Bot <bot@acme.example>
                  ssh-key: secretsmanager:strata/deploy-key#private
                  passphrase: file:keys/passphrase
                  host-keys: [keys/known_hosts, /etc/ssh/ssh_known_hosts]
                  sign: ssm:/strata/signing-key
                  renew: 7d
                  deadline: 90s
                  history: 20
                  folders: sharded
                """
        ).get().git
        #expect(git.remote == .ssh(SSHAddress(user: "git", host: "github.com", path: "acme/layers.git")))
        #expect(git.remote.url == "git@github.com:acme/layers.git")
        #expect(git.branch == "trunk")
        #expect(git.siteBranch == "pages")
        #expect(git.author == GitAuthor(name: "Layer Bot", email: "bot@acme.example"))
        #expect(git.sshKey?.description == "secretsmanager:strata/deploy-key#private")
        #expect(git.passphrase?.description == "file:/project/keys/passphrase")
        #expect(git.hostKeys == ["/project/keys/known_hosts", "/etc/ssh/ssh_known_hosts"])
        #expect(git.sign?.description == "ssm:/strata/signing-key")
        #expect(git.renew == .seconds(7 * 86_400))
        #expect(git.deadline == .seconds(90))
        #expect(git.history == 20)
        #expect(git.folders == .sharded)
    }

    @Test("reads what pushes over HTTPS: a token, or an App")
    func web() throws {
        func git(_ text: String) throws -> GitSettings { try Reading(smallest + "git: { \(text) }").get().git }
        let token = try git(
            """
            remote: "https://GitLab.example:8443/acme/layers.git/", token: "secretsmanager:strata/token#value", user: bot
            """)
        #expect(token.remote == .https("https://gitlab.example:8443/acme/layers.git"))
        #expect(token.token?.description == "secretsmanager:strata/token#value" && token.user == "bot")
        let app = try git(
            """
            remote: "https://ghe.example/acme/layers", \
            github-app: { id: 12345, installation: 67890, key: "ssm:/app", api: "https://ghe.example/api/v3/" }
            """)
        let key = try #require(SecretReference("ssm:/app"))
        #expect(
            app.gitHubApp
                == GitHubAppSettings(id: "12345", installation: 67890, key: key, api: "https://ghe.example/api/v3"))
        #expect(app.secrets.map(\.key) == ["github-app.key"])
        let named = try git(
            "remote: \"https://github.com/a/b\", github-app: { id: Iv23liABC, installation: 1, key: \"ssm:/app\" }")
        #expect(named.gitHubApp?.id == "Iv23liABC")
    }

    @Test(
        "reads remotes as git does",
        arguments: [
            ("ssh://git@host.example:2222/srv/layers.git", "ssh://git@host.example:2222/srv/layers.git"),
            ("ssh://host.example/srv/layers.git", "ssh://git@host.example/srv/layers.git"),
            ("deploy@host:/srv/layers.git", "ssh://deploy@host/srv/layers.git"),
            ("host:layers.git", "git@host:layers.git"), ("file:///srv/layers.git", "/srv/layers.git"),
            ("/srv/layers.git", "/srv/layers.git"), ("./a:b/layers.git", "/project/a:b/layers.git"),
        ])
    func remotes(written: String, url: String) throws {
        let key = written.contains("srv") && written.hasPrefix("/") ? "" : ", ssh-key: env:KEY"
        #expect(try Reading(smallest + "git: { remote: \"\(written)\"\(key) }").get().git.remote.url == url)
    }

    @Test("leaves some regions out of all")
    func allExcept() throws {
        let settings = try Reading(
            smallest(line: 4, "regions: { all: aws, except: [us-east-1, me-south-1] }")
        ).get()
        let all = Region.known.filter { $0.partition == .aws }
        #expect(settings.desired.regions.count == all.count - 2)
        #expect(!settings.desired.regions.contains { ["us-east-1", "me-south-1"].contains($0.code) })
        let enabled = ["us-east-1", "xx-new-1", "eu-west-1", "cn-north-1"].compactMap(Region.init)
        #expect(
            settings.publish.partitions[0].regions.resolved(enabled: enabled, in: .aws).map(\.code)
                == ["eu-west-1", "xx-new-1"])
    }

    @Test("shares a list of regions out to the partitions that have accounts")
    func sharedRegions() throws {
        let settings = try Reading(
            """
            version: 1
            registry: { name: Acme, url: "https://acme.example" }
            targets: [python3.12]
            regions: [cn-north-1, us-east-1, eu-west-1]
            layers: [requests]
            publish:
              provider: aws
              prefix: acme
              partitions: { aws-cn: { account: "444455556666" }, aws: { account: "111122223333" } }
            """
        ).get()
        #expect(settings.publish.partitions.map(\.partition) == [.aws, .china])
        #expect(settings.publish.partitions.map { $0.regions.known(in: $0.partition).count } == [2, 1])
    }

    @Test("reads what a layer takes from elsewhere, for the architectures that it is built for")
    func files() throws {
        let (one, two) = (ContentDigest.of("1"), ContentDigest.of("2"))
        let settings = try Reading(
            smallest(
                line: 6,
                """
                layers:
                  - requires: pdf2image
                    targets: [python3.12, python3.12-arm64]
                    files:
                      - url: https://files.example.org/poppler-24.02-{arch}.tar.xz
                        sha256: { x86_64: \(one), arm64: \(two) }
                        take: { "poppler-*/lib/*.so*": lib/, "poppler-*/bin/pdftotext": bin/pdftotext }
                        licence: GPL-2.0-or-later
                        version: "24.02"
                      - url: { arm64: "https://a.example/aarch64.zip", x86_64: "https://a.example/amd64.zip" }
                        sha256: { x86_64: \(one), arm64: \(two) }
                        take: { "*": share/ }
                  - requires: requests
                    files: [{ url: "https://a.example/data-{arch}.zip", sha256: \(one), take: { "*": share/ } }]
                """)
        ).get()
        let layers = Dictionary(uniqueKeysWithValues: settings.desired.layers.map { ($0.name.text, $0.options.files) })
        let base = "https://files.example.org/poppler-24.02"
        #expect(
            layers["pdf2image"]?.first
                == FileSource(
                    [
                        .init(.x86_64, url: "\(base)-x86_64.tar.xz", sha256: one),
                        .init(.arm64, url: "\(base)-arm64.tar.xz", sha256: two),
                    ],
                    take: [
                        .init("poppler-*/bin/pdftotext", to: "bin/pdftotext"),
                        .init("poppler-*/lib/*.so*", to: "lib/"),
                    ], licence: "GPL-2.0-or-later", version: "24.02"))
        #expect(layers["pdf2image"]?.last?.pin(on: .arm64)?.url == "https://a.example/aarch64.zip")
        #expect(layers["requests"]?.first?.pins.map(\.url) == ["https://a.example/data-x86_64.zip"])
    }

    @Test("wants a digest for each architecture where the file differs")
    func filesOfArchitectures() {
        let digest = ContentDigest.of("1")
        func problems(_ sha256: String) -> [String] {
            Reading(
                smallest(
                    line: 6,
                    """
                    layers:
                      - requires: a
                        targets: [python3.12, python3.12-arm64]
                        files: [{ url: "https://a.example/{arch}.zip", take: { a: bin/ }, sha256: \(sha256) }]
                    """)
            ).problems
        }
        #expect(problems("\(digest)").first?.contains("'sha256' does not; write '{ x86_64: …, arm64: … }'") == true)
        #expect(problems("{ x86_64: \(digest) }").first?.contains("has nothing for arm64") == true)
    }

    @Test("reads a layer's options")
    func layerOptions() throws {
        let settings = try Reading(
            smallest(
                line: 6,
                """
                layers:
                  - name: Data
                    requires: ["pandas >= 2, < 3", 'numpy ; python_version < "3.13"']
                    targets: [python3.13-arm64, python3.12]
                    prune: [tests, headers]
                    exclude: ["*/docs/*", "*.md"]
                    drop-conflicts: [tests]
                    prefer: { "testing/*": Some.Package, docs: numpy }
                    allow-shadowing: [dataclasses]
                    allow-record: ["docopt == 0.6.2"]
                    bin: [ruff, just]
                    retention: { keep: 3 }
                    checks: { waive: { missing-library: "in another layer" } }
                  - requires: boto3
                """)
        ).get()
        let layer = settings.desired.layers[0]
        #expect(layer.name.text == "Data")
        #expect(layer.requires.map(\.description) == ["pandas>=2,<3", "numpy ; python_version < \"3.13\""])
        #expect(layer.targets.map(\.description) == ["python3.12", "python3.13-arm64"])
        #expect(
            layer.options
                == BuildOptions(
                    prune: [.tests, .headers], exclude: ["*/docs/*", "*.md"], dropConflicts: ["tests"],
                    prefer: [
                        .init("docs", try #require(PackageName("numpy"))),
                        .init("testing/*", try #require(PackageName("some-package"))),
                    ],
                    allowShadowing: ["dataclasses"],
                    allowRecord: [.init(try #require(PackageName("docopt")), "0.6.2")], bin: ["just", "ruff"]))
        #expect(layer.retention == RetentionPolicy(expire: .seconds(31_536_000), keep: 3))
        #expect(settings.desired.layers[1].name.text == "boto3")
        #expect(layer.checks == Checks(waive: [.missingLibrary: "in another layer"]))
    }

    @Test("reads the checks of the document and of layers, which add to them")
    func checks() throws {
        let settings = try Reading(
            smallest(
                line: 6,
                """
                layers:
                  - attrs
                  - requires: boto3
                    checks: { hold: true, waive: { machine: why not } }
                """) + "checks: { hold: false, waive: { requirements: pinned } }\n"
        ).get()
        #expect(settings.desired.layers[0].checks == Checks(hold: false, waive: [.requirements: "pinned"]))
        #expect(
            settings.desired.layers[1].checks
                == Checks(hold: true, waive: [.requirements: "pinned", .machine: "why not"]))
    }

    @Test("reads where imports are proved, with which interpreters, and what of a layer counts")
    func imports() throws {
        let settings = try Reading(
            smallest(
                line: 6,
                """
                layers:
                  - { requires: a, imports: { skip: [a.c, a.b] } }
                  - { requires: b, checks: { imports: off }, imports: { only: [b] }, bytecode: all }
                """) + "checks: { imports: sandbox, interpreters: { python3.12: /opt/py/bin/python3 } }\n"
        ).get()
        let layers = settings.desired.layers
        #expect(layers[0].checks.imports == .init(.sandbox, skip: ["a.b", "a.c"]))
        #expect(layers[1].checks.imports == .init(.off, only: ["b"]) && layers[1].options.bytecode?.scope == .all)
        #expect(settings.interpreters == [try #require(Target("python3.12")): "/opt/py/bin/python3"])
    }

    @Test("reads which functions prove imports, and wants to know of AWS's whose role they have")
    func probe() throws {
        let role = "arn:aws:iam::111122223333:role/strata-probe"
        func text(_ checks: String, _ account: String = "111122223333") -> String {
            smallest(
                line: 5,
                "publish: { provider: aws, prefix: acme, partitions: { aws: { account: \"\(account)\" } } }")
                + "checks: { imports: lambda\(checks) }\n"
        }
        let probe = ", probe: { region: eu-west-1, role: \"\(role)\" }"
        let settings = try Reading(text(probe)).get()
        #expect(settings.desired.layers[0].checks.imports.place == .lambda)
        #expect(settings.probe == ProbeSettings(region: try #require(Region("eu-west-1")), role: role))
        #expect(settings.probe?.account == "111122223333")
        #expect(Reading(text("")).problems.first?.contains("'imports: lambda' needs 'probe'") == true)
        let other = Reading(text(probe, "444455556666")).problems
        #expect(other.count == 1 && other[0].contains("published under 444455556666"), "\(other)")
        // The local provider has no Lambda, and needs no role.
        #expect(try Reading(smallest + "checks: { imports: lambda }\n").get().probe == nil)
    }

    @Test(
        "refuses to waive what is no check, or without a reason",
        arguments: [
            "{ missing-librari: why }", "{ machine: ' ' }", "{ machine: [] }", "[machine]", "{ machine: \"a\\nb\" }",
        ])
    func badWaivers(text: String) throws {
        #expect(throws: (any Error).self) { try Reading(smallest + "checks: { waive: \(text) }\n").get() }
    }

    @Test("reads index, cache and parallelism")
    func plumbing() throws {
        let settings = try Reading(
            smallest + """
                index: { url: "https://a.example/simple", extra: ["http://127.0.0.1:8080/simple"], find-links: [wheels] }
                cache: { folder: ../cache, size: 1.5GB }
                parallel: { resolve: 8, build: 2 }
                """
        ).get()
        #expect(
            settings.index
                == IndexSettings(
                    url: "https://a.example/simple", extra: ["http://127.0.0.1:8080/simple"],
                    findLinks: ["/project/wheels"]))
        #expect(settings.cache == CacheSettings(folder: "/project/../cache", size: ByteCount(1_500_000_000)))
        #expect(settings.parallel == ParallelSettings(resolve: 8, build: 2))
        #expect(settings.warnings.isEmpty)
    }

    @Test("lets aliases stand for what was written before")
    func aliases() throws {
        let settings = try Reading(
            smallest(
                line: 6,
                """
                layers:
                  - { name: a, requires: [boto3], targets: &new [python3.13, python3.14] }
                  - { name: b, requires: [numpy], targets: *new }
                """)
        ).get()
        #expect(settings.desired.layers[0].targets == settings.desired.layers[1].targets)
    }
}
