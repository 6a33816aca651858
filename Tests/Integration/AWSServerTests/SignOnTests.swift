import AWS
import Contracts
import Crypto
import Foundation
import HTTP
import Model
import Testing

/// A home folder with profiles that a person has signed in to, and the services that know of it.
private struct Home: Sendable {
    let folder: String
    let stage: Stage
    static let startURL = "https://acme.awsapps.com/start"

    init(_ folder: String) throws {
        self.folder = folder
        stage = try Stage.common()
        let config = """
            [profile work]
            sso_session = acme
            sso_account_id = 123456789012
            sso_role_name = Publisher
            [profile other-role]
            sso_session = acme
            sso_account_id = 123456789012
            sso_role_name = Administrator
            [profile old]
            sso_start_url = \(Self.startURL)
            sso_region = eu-west-1
            sso_account_id = 210987654321
            sso_role_name = Publisher
            [profile chained]
            role_arn = arn:aws:iam::222233334444:role/open
            source_profile = work
            [profile short]
            sso_session = acme
            [profile lost]
            sso_session = none
            [profile torn]
            sso_session = acme
            sso_region = us-east-2
            [sso-session acme]
            sso_region = eu-west-1
            sso_start_url = \(Self.startURL)
            sso_registration_scopes = sso:account:access
            [profile console]
            login_session = arn:aws:iam::333344445555:user/me
            region = eu-north-1
            """
        try Data(config.utf8).write(to: URL(filePath: "\(folder)/config"))
        for cache in ["sso", "login"] {
            try FileManager.default.createDirectory(
                atPath: "\(folder)/.aws/\(cache)/cache", withIntermediateDirectories: true)
        }
    }

    var variables: [String: String] {
        ["AWS_CONFIG_FILE": "\(folder)/config", "HOME": folder, "AWS_EC2_METADATA_DISABLED": "true"]
    }

    func path(_ name: String) -> String {
        name.hasPrefix("arn:")
            ? "\(folder)/.aws/login/cache/\(Array(SHA256.hash(data: Data(name.utf8))).hex).json"
            : "\(folder)/.aws/sso/cache/\(Array(Insecure.SHA1.hash(data: Data(name.utf8))).hex).json"
    }

    func write(_ token: [String: Any], of name: String) throws {
        try JSONSerialization.data(withJSONObject: token).write(to: URL(filePath: path(name)))
    }

    func token(of name: String) throws -> [String: Any] {
        let data = try Data(contentsOf: URL(filePath: path(name)))
        return try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    }

    static func moment(_ seconds: Int) -> String { Timestamp(seconds: Stage.now().seconds + seconds).description }

    /// Signs in as `aws sso login` does.
    /// - Parameter seconds: for how long the token is good.
    func signOn(_ name: String, seconds: Int, registration: Int = 86_400) async throws -> [String: Any] {
        let session = try await stage.ask("sign-on", ["kind": "sso", "seconds": "\(seconds)"])
        var token: [String: Any] = [
            "startUrl": Self.startURL, "region": "eu-west-1", "accessToken": session["access"] ?? "",
            "expiresAt": Self.moment(seconds), "later": ["tools": [1, true, NSNull()]],
        ]
        if name != Self.startURL {
            token["refreshToken"] = session["refresh"]
            token["clientId"] = session["client"]
            token["clientSecret"] = session["secret"]
            token["registrationExpiresAt"] = Self.moment(registration)
        }
        try write(token, of: name)
        return token
    }

    /// Signs in as `aws login` does, some time ago: what it got is good for so many seconds yet.
    func logIn(seconds: Int) async throws -> [String: Any] {
        let session = try await stage.ask("sign-on", ["kind": "login", "account": "333344445555"])
        let token: [String: Any] = [
            "accessToken": [
                "accessKeyId": "ASIAHELD", "secretAccessKey": "s", "sessionToken": "t", "accountId": "333344445555",
                "expiresAt": Self.moment(seconds),
            ],
            "tokenType": "aws_sigv4", "refreshToken": session["refresh"] ?? "", "idToken": "id",
            "clientId": session["client"] ?? "", "dpopKey": session["pem"] ?? "",
        ]
        try write(token, of: Self.login)
        return token
    }

    static let login = "arn:aws:iam::333344445555:user/me"

    func account(_ profile: String) async throws -> String {
        let sources = try stage.sources(variables, profile: profile)
        return try await LambdaLayerProvider(homes: [.init(partition: .aws, client: stage.client(sources))])
            .account(in: .aws)
    }

    func failure(_ profile: String) async throws -> StrataError {
        try #require(await #expect(throws: StrataError.self) { _ = try await account(profile) })
    }

    func renewals() async throws -> Int { Int(try await stage.ask("renewals", [:])["count"] ?? "") ?? -1 }
}

@Suite("What a person has signed in to", .serialized)
struct SignOnTests {
    @Test("is used while its token is good, also as the source of a role, and asks nothing of it before")
    func valid() async throws {
        try await withTemporaryFolder { folder in
            let home = try Home(folder)
            let before = try await home.renewals()
            _ = try await home.signOn("acme", seconds: 3600)
            _ = try await home.signOn(Home.startURL, seconds: 600)
            #expect(try await home.account("work") == "123456789012")
            #expect(try await home.account("old") == "210987654321")
            #expect(try await home.account("chained") == "222233334444")
            #expect(try await home.renewals() == before)
            let denied = try await home.failure("other-role")
            #expect(denied.code == .credentials)
            #expect(denied.message.contains("may not use the role Administrator in 123456789012"))
        }
    }

    @Test("is renewed when it ends soon, for the tools that come after as well")
    func renewed() async throws {
        try await withTemporaryFolder { folder in
            let home = try Home(folder)
            for seconds in [600, -600] {
                let before = try await home.renewals()
                let old = try await home.signOn("acme", seconds: seconds)
                #expect(try await home.account("work") == "123456789012")
                #expect(try await home.account("work") == "123456789012", "with what the first has left")
                #expect(try await home.renewals() == before + 1)
                let token = try home.token(of: "acme")
                #expect(token["accessToken"] as? String != old["accessToken"] as? String)
                #expect(token["refreshToken"] as? String != old["refreshToken"] as? String)
                for kept in ["startUrl", "region", "clientId", "clientSecret", "registrationExpiresAt"] {
                    #expect(token[kept] as? String == old[kept] as? String)
                }
                #expect((token["later"] as? [String: Any])?["tools"] as? NSArray == [1, true, NSNull()] as NSArray)
                let mode = try FileManager.default.attributesOfItem(atPath: home.path("acme"))[.posixPermissions]
                #expect(mode as? Int == 0o600)
            }
            // AWS's own SDK reads what we have written, and has nothing to renew.
            let before = try await home.renewals()
            let printed = try PythonServer.run(
                "sign_on_client.py", ["work"],
                environment: home.variables.merging(["AWS_ENDPOINT_URL": home.stage.front.url]) { $1 })
            #expect(printed.hasPrefix("ASIA"))
            #expect(try await home.renewals() == before)
        }
    }

    @Test("says what to run when it is over, or was never there")
    func over() async throws {
        try await withTemporaryFolder { folder in
            let home = try Home(folder)
            func expectAgain(_ profile: String, _ words: String, _ command: String = "aws sso login") async throws {
                let error = try await home.failure(profile)
                #expect(error.code == .credentials)
                #expect(error.message.contains(words))
                #expect(error.hint == "run '\(command) --profile \(profile)'")
            }
            try await expectAgain("work", "is not signed in")
            try await expectAgain("old", "is not signed in")
            try await expectAgain("console", "is not signed in", "aws login")
            _ = try await home.signOn(Home.startURL, seconds: -1)
            try await expectAgain("old", "expired at")
            _ = try await home.signOn("acme", seconds: -1, registration: -1)
            try await expectAgain("work", "expired at")
            var token = try await home.signOn("acme", seconds: -1)
            token["refreshToken"] = "used up"
            try home.write(token, of: "acme")
            try await expectAgain("work", "expired at")
            #expect(try await home.failure("work").causes.joined().contains("used up") == false)
            // By its own date it is good, but the service has ended the session.
            token["expiresAt"] = Home.moment(3600)
            try home.write(token, of: "acme")
            try await expectAgain("work", "is not valid any more")
            try Data("{".utf8).write(to: URL(filePath: home.path("acme")))
            try await expectAgain("work", "is not signed in")
        }
    }

    @Test("is still used when it cannot be renewed, for as long as it is good")
    func notRenewed() async throws {
        try await withTemporaryFolder { folder in
            let home = try Home(folder)
            var token = try await home.signOn("acme", seconds: 600)
            token["refreshToken"] = "used up"
            try home.write(token, of: "acme")
            #expect(try await home.account("work") == "123456789012")
        }
    }

    @Test("wants all that its profile has to say")
    func incomplete() async throws {
        try await withTemporaryFolder { folder in
            let home = try Home(folder)
            #expect(try await home.failure("short").message.contains("lacks sso_account_id, sso_role_name"))
            #expect(try await home.failure("lost").message.contains("'none', which does not exist"))
            #expect(try await home.failure("torn").message.contains("disagree about sso_region"))
        }
    }

    @Test("by 'aws login' is used, and renewed with a proof of its key")
    func login() async throws {
        try await withTemporaryFolder { folder in
            let home = try Home(folder)
            let before = try await home.renewals()
            _ = try await home.logIn(seconds: 3600)
            let held = try await home.stage.sources(home.variables, profile: "console").chain.origin()
            #expect(held.link == "profile 'console'")
            #expect(try await home.renewals() == before)
            for seconds in [200, -200] {
                let before = try await home.renewals()
                let old = try await home.logIn(seconds: seconds)
                #expect(try await home.account("console") == "333344445555")
                #expect(try await home.account("console") == "333344445555", "with what the first has left")
                #expect(try await home.renewals() == before + 1)
                let token = try home.token(of: Home.login)
                #expect(token["refreshToken"] as? String != old["refreshToken"] as? String)
                #expect(token["dpopKey"] as? String == old["dpopKey"] as? String)
                #expect((token["accessToken"] as? [String: Any])?["accountId"] as? String == "333344445555")
            }
            var token = try await home.logIn(seconds: -1)
            token["refreshToken"] = "used up"
            try home.write(token, of: Home.login)
            let over = try await home.failure("console")
            #expect(over.message.contains("has expired"))
            #expect(over.hint == "run 'aws login --profile console'")
            // Another key's proof is refused by the service.
            token = try await home.logIn(seconds: -1)
            token["dpopKey"] = try await home.stage.ask("sign-on", ["kind": "login", "account": "1"])["pem"]
            try home.write(token, of: Home.login)
            #expect(try await home.failure("console").code == .credentials)
            token["dpopKey"] = "-----BEGIN EC PRIVATE KEY-----\nAAAA\n-----END EC PRIVATE KEY-----\n"
            try home.write(token, of: Home.login)
            #expect(try await home.failure("console").message.contains("cannot be renewed"))
        }
    }
}
