import Packaging
import Testing

@Suite("A worker's environment")
struct WorkerEnvironmentTests {
    @Test("holds what is allowed and nothing else")
    func scrubbed() {
        let allowed = [
            "PATH": "/bin", "LANG": "C", "https_proxy": "http://p", "SSL_CERT_FILE": "/c",
            "UV_DEFAULT_INDEX": "https://i",
            "UV_INDEX_INTERNAL_USERNAME": "u", "UV_INDEX_INTERNAL_PASSWORD": "p", "NETRC": "/n", "STRATA_UV": "/uv",
        ]
        let forbidden = [
            "AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b", "AWS_SESSION_TOKEN": "c", "GITHUB_TOKEN": "d",
            "SSH_AUTH_SOCK": "e", "HOME": "/nonexistent", "DEPLOY_SECRET": "f", "LD_PRELOAD": "g",
            "UV_PUBLISH_TOKEN": "h",
            "UV_CONFIG_FILE": "i", "AWS_CONTAINER_CREDENTIALS_FULL_URI": "j", "PYTHONPATH": "k",
        ]
        var result = WorkerEnvironment.scrubbed(allowed.merging(forbidden) { first, _ in first })
        #expect(result.removeValue(forKey: "SWIFT_BACKTRACE") == "enable=no")
        #expect(result == allowed)
    }
}
