import Model
import Settings
import Testing

/// Settings that could be somebody's, made at random.
struct RandomSettings {
    var random: SplitMix

    mutating func make() throws -> ProjectSettings {
        var settings = try Reading(smallest).get()
        let provider: PublishSettings.Provider = flip() ? .aws : .local
        settings.publish = PublishSettings(
            provider: provider, folder: "/\(word())/lambda", partitions: partitions(provider),
            staging: flip()
                ? StagingSettings(bucket: "\(word())-{account}-{region}", above: ByteCount(number(1...50_000_000)))
                : nil,
            rate: RequestRate(calls: number(1...15), per: .seconds(flip() ? 1 : 60)),
            deadlines: CallDeadlines(connect: span(1...60), call: span(1...3600), noProgress: span(1...3600)))
        settings.desired = Desired(
            registry: RegistryDescription(
                name: "\(word()) «layers» \"\\ 日本", url: "https://\(word()).example/\(word())"),
            layers: try (0...number(0...6)).map { try layer(number: $0) },
            regions: settings.publish.partitions.flatMap { $0.regions.known(in: $0.partition) },
            updates: UpdatePolicy(minimumAge: span(0...100_000), dependenciesOnly: span(0...1_000_000)),
            limits: PlanLimits(publish: number(0...1000), delete: number(0...1000)), retention: retention(),
            naming: try NameTemplate(flip() ? NameTemplate.standard : "{prefix}-{py}-{layer}-{build}", prefix: word()),
            visibility: pick([
                .private, .public, .organization("o-\(word())abcd"), .accounts(["111122223333", "444455556666"]),
            ]))
        settings.desired.advisories =
            flip()
            ? AdvisoryPolicy(
                database: flip() ? "https://\(word()).example/all.zip" : "/\(word())/all.zip",
                fail: pick(AdvisoryPolicy.Threshold.allCases), refresh: span(0...100_000),
                ignore: flip() ? ["PYSEC-2024-60": "\(word()) it"] : [:]) : nil
        settings.notify = notify()
        settings.ledger =
            flip()
            ? .sqlite(path: "/\(word())/ledger.sqlite")
            : .dynamodb(table: "\(word())_\(word())", region: flip() ? pick(Region.known) : nil)
        settings.git = git()
        settings.site = site(settings.publish.partitions)
        settings.index = index()
        settings.cache = CacheSettings(
            folder: flip() ? "/\(word())" : nil, size: ByteCount(number(100_000_000...1_000_000_000_000)))
        settings.secrets = secrets()
        settings.interpreters = flip() ? [pick(Target.buildable): "/\(word())/python"] : [:]
        let home = pick(settings.publish.partitions)
        settings.probe = ProbeSettings(
            region: pick(Region.known.filter { $0.partition == home.partition }),
            role: "arn:\(home.partition.rawValue):iam::\(home.account ?? "444455556666"):role/\(word())/\(word())")
        settings.parallel = ParallelSettings(
            resolve: flip() ? number(1...64) : nil, build: flip() ? number(1...64) : nil)
        return settings
    }

    private mutating func notify() -> NotifySettings {
        let reference = SecretReference("ssm:/\(word())")
        let sinks = (0..<number(0...4)).map { index in
            let places: [SinkSettings.Place] = [
                .sns("arn:aws:sns:eu-west-1:111122223333:\(word())"),
                .mail(
                    to: ["\(word())@acme.example", "ops@\(word())"], from: flip() ? "\(word())@acme.example" : nil,
                    sendmail: "/\(word())/sendmail"),
                .command(["/\(word())/tell", "--\(word()) \"x\""]),
            ]
            return SinkSettings(
                name: "\(word())-\(index)", kinds: Notice.Kind.allCases.filter { _ in flip() },
                place: reference.flatMap { flip() ? .webhook($0, pick(SinkSettings.Shape.allCases)) : nil }
                    ?? pick(places))
        }
        return NotifySettings(
            sinks: sinks,
            healthcheck: flip()
                ? .url("https://\(word()).example/\(word())") : reference.flatMap { flip() ? .secret($0) : nil },
            pendingAfter: span(0...1_000_000), endingWithin: span(0...1_000_000), storageAbove: number(1...100),
            deadline: span(1...300))
    }

    private mutating func layer(number: Int) throws -> DesiredLayer {
        let extras = (0..<self.number(0...2)).compactMap { _ in PackageName(word()) }
        let requires = try (0...self.number(0...2)).map { index in
            Requirement(
                package: try #require(PackageName("\(word())-\(index)")), extras: extras,
                specifiers: pick(["", ">=2", "~=1.4,!=1.4.3", "==2.*"]),
                marker: flip() ? "python_version < \"3.13\"" : nil)
        }
        let targets = Target.buildable.filter { _ in flip() } + [pick(Target.buildable)]
        let sources = (0..<self.number(0...2)).map { _ in
            FileSource(
                Set(targets.map(\.architecture)).sorted().map { architecture in
                    .init(
                        architecture, url: "https://\(word()).example/\(word()).tar.xz", sha256: .of(word()))
                },
                take: [.init("*/\(word())", to: "bin/\(word())"), .init("\(word())/*.so*", to: "lib/")],
                licence: flip() ? "MIT" : nil, version: flip() ? "1.\(self.number(0...9))" : nil)
        }
        return DesiredLayer(
            name: try #require(LayerName("\(word())_\(number)")), requires: requires, targets: targets,
            options: BuildOptions(
                prune: Pruning.allCases.filter { _ in flip() }, exclude: flip() ? ["*/\(word())/*", "*.md"] : [],
                dropConflicts: flip() ? [word()] : [],
                prefer: try flip() ? [.init("\(word())/*", #require(PackageName(word())))] : [],
                allowShadowing: flip() ? [word().filter { $0 != "-" }, "enum"] : [],
                allowRecord: try flip()
                    ? [PinnedPackage(#require(PackageName(word())), "1.\(self.number(0...9))")] : [],
                bin: flip() ? [word(), "\(word()) x.py"] : [], files: sources,
                provided: try flip() ? [#require(PackageName(word())), #require(PackageName("boto3"))] : [],
                slim: flip(), bytecode: flip() ? .init(pick(BuildOptions.Bytecode.Scope.allCases)) : nil),
            retention: flip() ? retention() : nil,
            checks: Checks(
                hold: flip(), waive: flip() ? [pick(Finding.Rule.allCases): "\(word()) it"] : [:],
                imports: .init(
                    pick(Checks.Imports.Place.allCases), skip: flip() ? ["a.b_1", "c"] : [], only: flip() ? ["d"] : []),
                licenses: LicensePolicy(
                    allow: flip() ? ["MIT", "Apache-*"] : [], deny: flip() ? ["AGPL-*", "GPL-2.0+"] : [],
                    unknown: flip() ? .allow : .deny)),
            sdists: try flip() ? [#require(PackageName(word())), #require(PackageName("docopt"))] : [])
    }

    private mutating func partitions(_ provider: PublishSettings.Provider) -> [PartitionSettings] {
        let chosen = Partition.allCases.filter { _ in flip() }
        return (chosen.isEmpty ? [.aws] : chosen).map { partition in
            let regions = Region.known.filter { $0.partition == partition }
            let some = regions.filter { _ in flip() }
            return PartitionSettings(
                partition: partition, account: provider == .aws || flip() ? "111122223333" : nil,
                profile: flip() ? word() : nil,
                regions: flip() || some.isEmpty
                    ? .all(except: some.count == regions.count ? [] : some) : .these(some))
        }
    }

    private mutating func git() -> GitSettings {
        if number(1...4) == 1 { return webGit() }
        let remote: GitRemote =
            flip()
            ? .folder("/\(word())/registry.git")
            : .ssh(
                flip()
                    ? SSHAddress(user: "git", host: "\(word()).example", path: "\(word())/layers.git")
                    : SSHAddress(user: word(), host: word(), port: number(1...65_535), path: "/\(word()).git"))
        let key = SecretReference("secretsmanager:strata/\(word())#private@AWSCURRENT")
        let sign = flip() ? SecretReference("ssm:/\(word())") : nil
        return GitSettings(
            remote: remote, branch: word(), siteBranch: "pages/\(word())",
            author: GitAuthor(name: "\(word()) Ä. \(word())", email: "\(word())@acme.example"), sshKey: key,
            passphrase: flip() ? SecretReference("file:/\(word())") : nil, hostKeys: flip() ? ["/etc/\(word())"] : [],
            sign: sign, renew: sign != nil && flip() ? span(86_400...604_800) : nil, deadline: span(1...3600),
            history: number(1...1000), folders: flip() ? pick(LayerFolders.allCases) : nil)
    }

    private mutating func webGit() -> GitSettings {
        let secret = SecretReference("ssm:/\(word())")
        let port = flip() ? "" : ":\(number(444...65_535))"
        let app =
            flip()
            ? secret.map { key in
                GitHubAppSettings(
                    id: flip() ? "\(number(1...99_999))" : word(), installation: number(1...99_999), key: key,
                    api: flip() ? "https://\(word()).example/api/v3" : nil)
            } : nil
        let api = flip() ? "https://\(word()).example/api/v4" : nil
        return GitSettings(
            remote: .https("https://\(word()).example\(port)/\(word())/layers.git"), branch: word(),
            siteBranch: "pages/\(word())", via: api == nil ? .push : .pullRequest, api: api,
            token: app == nil ? secret : nil, user: app == nil && flip() ? word() : nil,
            gitHubApp: app, deadline: span(1...3600), history: number(1...1000))
    }

    private mutating func site(_ partitions: [PartitionSettings]) -> SiteSettings {
        let region = pick(Region.known.filter { region in partitions.contains { $0.partition == region.partition } })
        let bucket = SiteBucketSettings(
            name: "\(word())-site", prefix: flip() ? "\(word())/\(word())" : "", region: region,
            cloudfront: flip() && [.aws, .china].contains(region.partition) ? "E2QWRUHAPOMQZL" : nil,
            cacheControl: flip() ? "max-age=\(number(1...1000))" : SiteBucketSettings.usualCacheControl)
        let place: SitePlaceSettings? = flip() ? nil : flip() ? .bucket(bucket) : .folder("/srv/\(word())")
        let isOnBranch = place == nil || flip()
        return SiteSettings(isOnBranch: isOnBranch, isForGitLab: isOnBranch && flip(), place: place)
    }

    private mutating func secrets() -> SecretSettings {
        let logins: [VaultSettings.Login?] = [
            nil, .token, .aws(mount: word(), role: word(), server: "\(word()).example", region: pick(Region.known)),
            .aws(mount: "aws", role: nil, server: nil, region: nil),
            SecretReference("env:\(word())").map { .appRole(mount: word(), role: word(), secret: $0) },
        ]
        return SecretSettings(
            commands: flip()
                ? [word(): ["/\(word())/\(word())", "--\(word())={}"], "op": ["op", "read", "{}"]] : [:],
            deadline: span(1...600),
            vault: VaultSettings(
                address: flip() ? "https://\(word()).example:8200" : nil, namespace: flip() ? "\(word())/a" : nil,
                authorities: flip() ? "/\(word()).pem" : nil, login: pick(logins)))
    }

    private mutating func index() -> IndexSettings {
        if flip() { return IndexSettings(findLinks: ["/\(word())"], noIndex: true) }
        return IndexSettings(
            url: flip() ? "https://\(word()).example/simple" : nil,
            extra: flip() ? ["https://extra.example/\(word())"] : [],
            findLinks: flip() ? ["https://\(word()).example/"] : [])
    }

    private mutating func retention() -> RetentionPolicy {
        RetentionPolicy(expire: span(0...100_000_000), keep: number(0...20))
    }

    private mutating func flip() -> Bool { Bool.random(using: &random) }
    private mutating func number(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &random) }
    private mutating func span(_ range: ClosedRange<Int>) -> Duration { .seconds(number(range)) }
    private mutating func pick<Element>(_ list: [Element]) -> Element { list[number(0...list.count - 1)] }
    private mutating func word() -> String {
        String((0...number(1...7)).map { _ in pick(Array("abcdefghijkmnopqrstuvwxyz")) })
    }
}
