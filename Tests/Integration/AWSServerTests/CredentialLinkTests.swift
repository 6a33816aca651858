import AWS
import Contracts
import Foundation
import HTTP
import Model
import Testing

@Suite("Credentials come from")
struct CredentialLinkTests {
    /// The account that the credentials are for, and the link that gave them.
    private func found(_ sources: CredentialSources) async throws -> (account: String, link: String) {
        let stage = try Stage.common()
        let provider = LambdaLayerProvider(homes: [.init(partition: .aws, client: stage.client(sources))])
        return (try await provider.account(in: .aws), try await sources.chain.origin().link)
    }

    private func expect(_ sources: CredentialSources, account: String, link: String? = nil) async throws {
        let found = try await found(sources)
        #expect(found.account == account)
        if let link { #expect(found.link == link) }
    }

    private func failure(_ sources: CredentialSources) async -> StrataError? {
        do {
            _ = try await found(sources)
            return nil
        } catch { return error as? StrataError }
    }

    /// Writes a config file and gives the environment that names it.
    private func withConfig<Value>(
        _ text: String, _ body: ([String: String], String) async throws -> Value
    ) async throws -> Value {
        try await withTemporaryFolder { folder in
            try Data(text.utf8).write(to: URL(filePath: "\(folder)/config"))
            return try await body(
                ["AWS_CONFIG_FILE": "\(folder)/config", "PATH": "/usr/bin:/bin", "HOME": folder], folder)
        }
    }

    @Test("the environment, unless a profile was asked for by name")
    func environment() async throws {
        let stage = try Stage.common()
        let (one, two) = (try await stage.account(), try await stage.account())
        let config = "[profile two]\naws_access_key_id=\(two.key)\naws_secret_access_key=\(two.secret)\n"
        try await withConfig(config) { variables, _ in
            let keys = ["AWS_ACCESS_KEY_ID": one.key, "AWS_SECRET_ACCESS_KEY": one.secret]
            let both = variables.merging(keys) { $1 }
            try await expect(stage.sources(both), account: one.account, link: "environment")
            try await expect(stage.sources(both, profile: "two"), account: two.account, link: "profile 'two'")
            let named = variables.merging(["AWS_PROFILE": "two"]) { $1 }
            try await expect(stage.sources(named), account: two.account, link: "profile 'two'")
            #expect(await failure(try stage.sources(both, profile: "three"))?.message.contains("'three'") == true)
            let half = variables.merging(["AWS_ACCESS_KEY_ID": one.key]) { $1 }
            #expect(await failure(try stage.sources(half))?.code == .credentials)
        }
    }

    @Test("a role, with an external id, from another profile or from itself")
    func role() async throws {
        let stage = try Stage.common()
        let base = try await stage.account()
        let config = """
            [profile base]
            aws_access_key_id = \(base.key)
            aws_secret_access_key = \(base.secret)
            [profile deploy]
            role_arn = arn:aws:iam::111122223333:role/closed
            source_profile = base
            external_id = sesame
            [profile shut]
            role_arn = arn:aws:iam::111122223333:role/closed
            source_profile = base
            [profile chained]
            role_arn = arn:aws:iam::222233334444:role/open
            source_profile = deploy
            [profile self]
            role_arn = arn:aws:iam::333344445555:role/open
            source_profile = self
            aws_access_key_id = \(base.key)
            aws_secret_access_key = \(base.secret)
            [profile circle]
            role_arn = arn:aws:iam::111122223333:role/open
            source_profile = circle2
            [profile circle2]
            role_arn = arn:aws:iam::111122223333:role/open
            source_profile = circle
            """
        try await withConfig(config) { variables, _ in
            try await expect(stage.sources(variables, profile: "deploy"), account: "111122223333")
            try await expect(stage.sources(variables, profile: "chained"), account: "222233334444")
            try await expect(stage.sources(variables, profile: "self"), account: "333344445555")
            #expect(await failure(try stage.sources(variables, profile: "circle"))?.code == .credentials)
            let denied = await failure(try stage.sources(variables, profile: "shut"))
            #expect(denied?.code == .accessDenied)
            #expect(
                denied?.hint?.contains(
                    #"{"Effect":"Allow","Action":"sts:AssumeRole","Resource":"arn:aws:iam::111122223333:role/closed"}"#)
                    == true)
        }
    }

    @Test("a process that prints them")
    func process() async throws {
        let stage = try Stage.common()
        let account = try await stage.account()
        let config = """
            [profile good]
            credential_process = /bin/sh "print them.sh" 'a b' \(account.key)
            [profile bad]
            credential_process = /bin/sh -c 'echo hunter2; exit 3'
            [profile nonsense]
            credential_process = echo hunter2
            [profile old]
            credential_process = /bin/sh "print them.sh" 'a b' \(account.key) 2020-01-01T00:00:00Z
            [profile gone]
            credential_process = /nonexistent/program
            """
        let script = """
            [ "$1" = "a b" ] || exit 1
            echo '{"Version":1,"AccessKeyId":"'$2'","SecretAccessKey":"\(account.secret)","Expiration":"'${3:-2099-01-01T00:00:00Z}'"}'
            """
        try await withConfig(config) { variables, folder in
            try Data(script.utf8).write(to: URL(filePath: "\(folder)/print them.sh"))
            let text = try String(contentsOfFile: "\(folder)/config", encoding: .utf8)
            try Data(text.replacingOccurrences(of: "\"print them.sh\"", with: "\"\(folder)/print them.sh\"").utf8)
                .write(to: URL(filePath: "\(folder)/config"))
            try await expect(stage.sources(variables, profile: "good"), account: account.account)
            for profile in ["bad", "nonsense", "old", "gone"] {
                let error = await failure(try stage.sources(variables, profile: profile))
                #expect(error?.code == .credentials || error?.code == .tool)
                #expect(error?.causes.joined().contains("hunter2") == false)
            }
        }
    }

    @Test("a web identity's token, read anew each time")
    func webIdentity() async throws {
        let stage = try Stage.common()
        try await withTemporaryFolder { folder in
            let variables = [
                "AWS_ROLE_ARN": "arn:aws:iam::555566667777:role/ci", "AWS_WEB_IDENTITY_TOKEN_FILE": "\(folder)/token",
            ]
            #expect(await failure(try stage.sources(variables))?.code == .credentials)
            try Data("bad\n".utf8).write(to: URL(filePath: "\(folder)/token"))
            #expect(await failure(try stage.sources(variables))?.code == .credentials)
            try Data("good\n".utf8).write(to: URL(filePath: "\(folder)/token"))
            try await expect(stage.sources(variables), account: "555566667777", link: "web identity")
        }
    }

    @Test("a web identity before the keys of a profile that was not asked for, and behind its role")
    func webIdentityFirst() async throws {
        let stage = try Stage.common()
        let account = try await stage.account()
        let keys = "aws_access_key_id=\(account.key)\naws_secret_access_key=\(account.secret)\n"
        let config = """
            [default]
            \(keys)
            [profile role]
            role_arn = arn:aws:iam::111122223333:role/open
            source_profile = default
            """
        try await withConfig(config) { variables, folder in
            try Data("good\n".utf8).write(to: URL(filePath: "\(folder)/token"))
            let identity = [
                "AWS_ROLE_ARN": "arn:aws:iam::555566667777:role/ci", "AWS_WEB_IDENTITY_TOKEN_FILE": "\(folder)/token",
            ]
            let both = variables.merging(identity) { $1 }
            try await expect(stage.sources(variables), account: account.account, link: "profile 'default'")
            try await expect(stage.sources(both), account: "555566667777", link: "web identity")
            try await expect(stage.sources(both, profile: "default"), account: account.account)
            let role = both.merging(["AWS_PROFILE": "role"]) { $1 }
            try await expect(stage.sources(role), account: "111122223333", link: "profile 'role'")
            let absent = both.merging(["AWS_PROFILE": "absent"]) { $1 }
            #expect(await failure(try stage.sources(absent))?.message.contains("'absent'") == true)
        }
    }

    @Test("the shared files wherever '~' says, which also tell region, certificates and endpoints")
    func sharedSettings() async throws {
        let stage = try Stage.common()
        let account = try await stage.account()
        let config = """
            [default]
            aws_access_key_id = \(account.key)
            aws_secret_access_key = \(account.secret)
            region = eu-north-1
            services = local
            ca_bundle = /nonexistent/ca.pem
            [services local]
            sts =
              endpoint_url = \(stage.front.url)
            lambda =
              endpoint_url = \(stage.front.url)/
            """
        try await withConfig(config) { variables, folder in
            let home = variables.merging(["AWS_CONFIG_FILE": "~/config"]) { $1 }
            #expect(try CredentialSources.region(environment: home) == "eu-north-1")
            #expect(try CredentialSources.region(environment: home, profile: "other") == nil)
            let sources = try CredentialSources(
                environment: home.merging(["AWS_SHARED_CREDENTIALS_FILE": "~/none"]) { $1 }, region: Stage.here,
                http: stage.http, now: Stage.now)
            let client = AWSClient(
                http: stage.http, endpoints: sources.endpoints, credentials: sources.chain,
                clock: ClockCorrection(now: Stage.now))
            let provider = LambdaLayerProvider(homes: [.init(partition: .aws, client: client)])
            #expect(try await provider.account(in: .aws) == account.account)
            #expect(try await provider.storage(in: Stage.here).used == ByteCount(0))
            let options = AWSClient.Options(environment: [:], profile: sources.profile)
            #expect(options.authorities == "/nonexistent/ca.pem")
            let named = AWSClient.Options(environment: ["AWS_CA_BUNDLE": "/ca"], profile: sources.profile)
            #expect(named.authorities == "/ca")
        }
    }

    @Test("a container's endpoint, if it is this machine's or https")
    func container() async throws {
        let stage = try Stage.common()
        let variables = [
            "AWS_CONTAINER_CREDENTIALS_FULL_URI": "\(stage.front.url)/container/666677778888",
            "AWS_CONTAINER_AUTHORIZATION_TOKEN": "container-token",
        ]
        try await expect(stage.sources(variables), account: "666677778888", link: "container")
        let wrong = variables.merging(["AWS_CONTAINER_AUTHORIZATION_TOKEN": "wrong"]) { $1 }
        #expect(await failure(try stage.sources(wrong))?.code == .credentials)
        let disguised = stage.front.url.replacingOccurrences(of: "http://", with: "http://127.0.0.1:80@")
        for url in ["http://example.com/x", "http://127.0.0.1.example.com/", "http://user@example.com/", disguised] {
            let foreign = variables.merging(["AWS_CONTAINER_CREDENTIALS_FULL_URI": url]) { $1 }
            #expect(await failure(try stage.sources(foreign))?.message.contains("neither https nor") == true)
        }
    }

    @Test("an instance's metadata service, version 2, if it is one")
    func instance() async throws {
        let stage = try Stage.common()
        let variables = [
            "AWS_EC2_METADATA_DISABLED": "false", "AWS_EC2_METADATA_SERVICE_ENDPOINT": stage.front.url,
        ]
        try await expect(stage.sources(variables), account: "444455556666", link: "instance")
        let nobody = variables.merging(["AWS_EC2_METADATA_SERVICE_ENDPOINT": "http://127.0.0.1:9"]) { $1 }
        #expect(await failure(try stage.sources(nobody))?.message.contains("no AWS credentials were found") == true)
    }
}
