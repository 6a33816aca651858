import Glibc

/// The certificate authorities of this machine.
public enum Authorities {
    /// Where systems keep them, as one file in PEM: Amazon Linux and Red Hat, Debian, SUSE.
    public static let files = [
        "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/certs/ca-certificates.crt", "/etc/ssl/ca-bundle.pem",
    ]

    /// The first of these that is there.
    public static var ofSystem: String? { files.first { access($0, R_OK) == 0 } }

    /// Where Debian's libcurl and OpenSSL look by themselves.
    static let builtIn = files[1]

    /// The file that has to be named, since nobody looks there unasked: the system's, or one that came along.
    ///
    /// - Parameter brought: the program's own, for machines that have none.
    /// - Returns: nil if nothing has to be named, or nothing can be.
    public static func unlisted(orElse brought: String) -> String? {
        if access(builtIn, R_OK) == 0 { return nil }
        return ofSystem ?? (access(brought, R_OK) == 0 ? brought : nil)
    }
}
