import Model

extension KnownHosts {
    /// Why a key that a server presented is not accepted, and what to do.
    func refusal(of key: SSHPublicKey, by address: RemoteAddress.SSH, _ place: StrataError.Place) -> StrataError {
        let (host, port) = (address.host, address.port)
        let shown = "\(key.type) \(key.fingerprint)"
        if revokes(key, for: host, port: port) {
            return StrataError(
                .git, "the host \(host) presents \(shown), which git.host-keys marks as revoked",
                hint: "do not connect: ask its owner which key is the right one", place: place)
        }
        let pins = pins(for: host, port: port)
        if !pins.isEmpty {
            let known = pins.map { "\($0.type) \($0.fingerprint)" }.joined(separator: " or ")
            return StrataError(
                .git, "the host \(host) presents \(shown), but \(known) is pinned",
                hint:
                    "someone may be intercepting it; if the host's owner has published new keys, change git.host-keys",
                place: place)
        }
        let name = port == 22 ? host : "[\(host)]:\(port)"
        if namesAuthority(for: host, port: port) {
            return StrataError(
                .git,
                "the host \(name) has only a certificate authority in git.host-keys; it presents \(shown)",
                hint: "host certificates are not supported: pin the host's own key as '\(name) \(key.type) …'",
                place: place)
        }
        return StrataError(
            .git, "the host \(name) is not pinned; it presents \(shown)",
            hint: "compare that with what its owner publishes, then add '\(name) \(key.type) …' to git.host-keys",
            place: place)
    }
}
