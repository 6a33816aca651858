import AWS
import Model
import Synchronization
import Testing

@Suite("The credential chain")
struct CredentialChainTests {
    private static func credentials(_ name: String, expires: Int? = nil) -> Credentials {
        Credentials(
            accessKeyID: name, secretAccessKey: "s", expires: expires.map { Timestamp(seconds: $0) })
    }

    /// A clock that the test moves.
    final class Clock: Sendable {
        let seconds = Mutex(0)
        func now() -> Timestamp { Timestamp(seconds: seconds.withLock { $0 }) }
        func move(to time: Int) { seconds.withLock { $0 = time } }
    }

    @Test("asks the links in order and takes the first that has any")
    func order() async throws {
        let asked = Mutex<[String]>([])
        func link(_ name: String, _ has: Bool) -> CredentialLink {
            CredentialLink(name) { () throws(StrataError) in
                asked.withLock { $0.append(name) }
                return has ? Self.credentials(name) : nil
            }
        }
        let chain = CredentialChain([link("a", false), link("b", true), link("c", true)], now: Clock().now)
        #expect(try await chain.origin().link == "b")
        _ = try await chain.credentials()
        #expect(asked.withLock { $0 } == ["a", "b"])
    }

    @Test("stops at a link that is configured and does not work")
    func failing() async {
        let chain = CredentialChain(
            [
                CredentialLink("broken") { () throws(StrataError) in throw StrataError(.credentials, "expired sign-in")
                },
                CredentialLink("other") { () throws(StrataError) in Self.credentials("other") },
            ], now: Clock().now)
        let error = await #expect(throws: StrataError.self) { try await chain.credentials() }
        #expect(error?.message == "expired sign-in")
    }

    @Test("says which links were asked when none has any")
    func empty() async {
        let links = ["environment", "profile 'x'"].map { CredentialLink($0) { () throws(StrataError) in nil } }
        let error = await #expect(throws: StrataError.self) {
            try await CredentialChain(links, now: Clock().now).credentials()
        }
        #expect(error?.code == .credentials)
        #expect(error?.message.contains("environment, profile 'x'") == true)
    }

    @Test("asks once for many callers")
    func singleFlight() async throws {
        let calls = Mutex(0)
        let chain = CredentialChain(
            [
                CredentialLink("slow") { () async throws(StrataError) in
                    calls.withLock { $0 += 1 }
                    for _ in 0..<50 { await Task.yield() }
                    return Self.credentials("k")
                }
            ], now: Clock().now)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<50 { group.addTask { _ = try await chain.credentials() } }
            try await group.waitForAll()
        }
        #expect(calls.withLock { $0 } == 1)
    }

    @Test("renews before the end, and keeps what is still good when that fails")
    func renewal() async throws {
        let clock = Clock()
        let answers = Mutex<[Credentials?]>([
            Self.credentials("third", expires: 3000), nil, Self.credentials("first", expires: 1000),
        ])
        let chain = CredentialChain(
            [
                CredentialLink("l") { () throws(StrataError) in
                    guard let next = answers.withLock({ $0.popLast() ?? nil }) else {
                        throw StrataError(.connection, "unreachable")
                    }
                    return next
                }
            ], now: clock.now)
        #expect(try await chain.credentials().expires?.seconds == 1000)
        clock.move(to: 699)
        #expect(try await chain.credentials().expires?.seconds == 1000)
        #expect(answers.withLock(\.count) == 2, "not asked again with more than five minutes left")
        clock.move(to: 800)
        #expect(try await chain.credentials().expires?.seconds == 1000, "the renewal failed, and these are still good")
        #expect(answers.withLock(\.count) == 1)
        #expect(try await chain.credentials().expires?.seconds == 3000)
        clock.move(to: 3001)
        await #expect(throws: StrataError.self) { try await chain.credentials() }
    }

    @Test("forgets what a service calls expired, but not its replacement")
    func discard() async throws {
        let made = Mutex(0)
        let chain = CredentialChain(
            [
                CredentialLink("l") { () throws(StrataError) in
                    made.withLock { $0 += 1 }
                    return Self.credentials("k")
                }
            ], now: Clock().now)
        let first = try await chain.credentials()
        await chain.discard(first)
        let second = try await chain.credentials()
        await chain.discard(first)
        #expect(try await chain.credentials() === second)
        #expect(made.withLock { $0 } == 2)
    }
}

@Suite("AWS's shared files")
struct SharedConfigTests {
    @Test("give profiles, the credentials file before the config file")
    func profiles() {
        var config = SharedConfig()
        config.add(
            """
            # a comment
            [default]
            region = eu-west-1 ; where we are
            [profile publisher]
            role_arn=arn:aws:iam::111122223333:role/a=b
            source_profile =  base
            s3 =
              max_concurrent_requests = 20
            aws_access_key_id = FROMCONFIG
            [profile "two words"]
            region = x
            [stray]
            region = y
            [sso-session z]
            region = z
            """, isConfig: true)
        config.add(
            "[publisher]\naws_access_key_id = FROMCREDENTIALS\n[base]\nAWS_SECRET_ACCESS_KEY = a#b;c\n", isConfig: false
        )
        #expect(config["default"] == ["region": "eu-west-1"])
        #expect(
            config["publisher"] == [
                "role_arn": "arn:aws:iam::111122223333:role/a=b", "source_profile": "base", "s3": "",
                "aws_access_key_id": "FROMCREDENTIALS",
            ])
        #expect(config["two words"]?["region"] == "x")
        #expect(config["base"] == ["aws_secret_access_key": "a#b;c"])
        #expect(config["stray"] == nil)
        #expect(config["z"] == nil)
    }
}
