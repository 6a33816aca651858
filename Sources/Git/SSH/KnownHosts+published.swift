import Embedded
import Model

extension KnownHosts {
    /// The keys that GitHub, GitLab, Bitbucket and Codeberg publish: the project's `keys/known_hosts`.
    public static func published() throws(StrataError) -> KnownHosts {
        let file = try EmbeddedFile.at("keys/known_hosts")
        var hosts = KnownHosts()
        try hosts.add(file.text, from: file.path)
        return hosts
    }
}
