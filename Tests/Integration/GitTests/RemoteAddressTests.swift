import Git
import Model
import Testing

@Suite("Addresses of remotes", .bounded)
struct RemoteAddressTests {
    @Test(
        "reads the forms that people write",
        arguments: [
            ("git@github.com:acme/layers.git", "git", "github.com", 22, "acme/layers.git"),
            ("github.com:acme/layers.git", "git", "github.com", 22, "acme/layers.git"),
            ("ssh://github.com/acme/layers.git", "git", "github.com", 22, "/acme/layers.git"),
            ("ssh://deploy@host.example:2222/~/layers", "deploy", "host.example", 2222, "/~/layers"),
            ("git+ssh://me@10.0.0.1/x", "me", "10.0.0.1", 22, "/x"),
        ] as [(String, String, String, UInt16, String)])
    func ssh(text: String, user: String, host: String, port: UInt16, path: String) throws {
        guard case .ssh(let address) = try RemoteAddress(text) else {
            Issue.record("\(text) was not read as SSH")
            return
        }
        #expect(address.user == user)
        #expect(address.host == host)
        #expect(address.port == port)
        #expect(address.path == path)
    }

    @Test(
        "reads web addresses",
        arguments: [
            ("https://github.com/acme/layers.git", "github.com", 443, "/acme/layers.git"),
            ("https://Git.Example:8443/acme/my%20layers/", "git.example", 8443, "/acme/my%20layers"),
            ("https://10.0.0.1/~acme/layers", "10.0.0.1", 443, "/~acme/layers"),
        ] as [(String, String, UInt16, String)])
    func web(text: String, host: String, port: UInt16, path: String) throws {
        guard case .https(let address) = try RemoteAddress(text) else {
            Issue.record("\(text) was not read as HTTPS")
            return
        }
        #expect(address.host == host)
        #expect(address.port == port)
        #expect(address.path == path)
        #expect(try RemoteAddress("\(address)") == .https(address))
    }

    @Test(
        "reads paths and file URLs",
        arguments: [
            ("file:///srv/registry.git", "/srv/registry.git"), (".strata/registry.git", ".strata/registry.git"),
            ("/srv/a:b.git", "/srv/a:b.git"), ("./a:b", "./a:b"),
        ])
    func local(text: String, path: String) throws {
        #expect(try RemoteAddress(text) == .local(path: path))
    }

    @Test(
        "refuses what it cannot pin or trust",
        arguments: [
            "", "https://me@github.com/acme/layers", "https://me:hunter2@host/x", "https://host", "https://host/",
            "https://host/a?b", "https://host/../x", "https://host:0/x", "https://-host/x", "https://host/a b",
            "http://host/x", "git://host/x", "file://host/x", "ssh://host",
            "ssh://host/", "ssh://host:0/x", "ssh://host:70000/x", "ssh://user:word@host/x", "git@:x", "git@host:",
            "-oProxyCommand=x:y", "git@-host:x", "git@host:a'b", "ssh://host/a'; rm -rf '", "git@host:a\nb",
            "ext::sh -c x", "git@host:--upload-pack=x", "ssh://git@[::1]/x", "ssh://git@[::1]:2222/x",
            "git@host:acme/my%20layers.git", "git@host:acme/my layers.git",
        ])
    func refused(text: String) {
        #expect(throws: StrataError.self) { try RemoteAddress(text) }
    }

    @Test(
        "says of an address that cannot work what would",
        arguments: [
            ("ssh://git@[2001:db8::1]:22/x", "IPv6"), ("git@host:a%20b", "plain name"), ("ssh://host/a b", "space"),
        ])
    func helps(text: String, word: String) {
        let error = #expect(throws: StrataError.self) { try RemoteAddress(text) }
        #expect(error?.description.contains(word) == true, "\(String(describing: error))")
    }

    @Test("never repeats a password in its refusal", arguments: ["ssh", "https"])
    func password(scheme: String) {
        do {
            _ = try RemoteAddress("\(scheme)://me:hunter2@host/x")
            Issue.record("accepted")
        } catch {
            #expect(!error.description.contains("hunter2"))
        }
    }
}
