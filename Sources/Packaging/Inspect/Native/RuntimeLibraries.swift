import Model
import Wheels

/// The shared libraries that a managed runtime brings, and the versions of symbols that they have.
struct RuntimeLibraries: Sendable {
    /// The versions of a family of symbols: what every patch level has, and what the newest known has.
    private struct Row {
        let family: String
        let oldest: [Int]
        let newest: [Int]
    }

    /// What a runtime's libraries say to who asks for a version of their symbols.
    enum Answer {
        case has, mayHave, lacks
    }

    /// Names, as `DT_NEEDED` has them: an upper bound, since a managed runtime has lacked libraries that its image had.
    let names: Set<String>
    /// Whether the names are those of one list of packages. Where they are not, none is said to hide the layer's own.
    let isListed: Bool
    private let rows: [Row]

    /// Families that are not in the table are not judged; glibc's is in the table of targets.
    func answer(_ needed: NativeLibrary.Needed) -> Answer {
        guard let row = rows.first(where: { $0.family == needed.family }) else { return .has }
        if !row.oldest.lexicographicallyPrecedes(needed.version) { return .has }
        return row.newest.lexicographicallyPrecedes(needed.version) ? .lacks : .mayHave
    }

    /// - Returns: nil for an operating system whose libraries are not known.
    static func of(_ platform: Platform) -> RuntimeLibraries? {
        switch platform.operatingSystem {
        case "al2023": amazonLinux2023
        case "al2": amazonLinux2
        default: nil
        }
    }

    /// Amazon Linux 2023's minimal container, which the runtimes of 3.12 and later are based on.
    ///
    /// Names: the AL2023 user guide's lists of packages ("minimal container", "AL2023 base container", 2023.6.20241031,
    /// read in November 2026); they follow from the packages' versions. Symbols: gcc 11.4 (user guide, "glibc, gcc and
    /// binutils") and 14.2 since 2023.9.20250929; OpenSSL 3.0.8 and 3.2.2 since 2023.10.20260302 (release notes).
    private static let amazonLinux2023 = RuntimeLibraries(
        names: common.union(
            names(
                """
                libffi.so.8 libssl.so.3 libcrypto.so.3 libgirepository-1.0.so.1 libpeas-1.0.so.0 libmpfr.so.6
                libreadline.so.8 libhistory.so.8 libjson-c.so.5 libsepol.so.2 librpm.so.9 librpmio.so.9 libsolv.so.1
                libdnf.so.2 libmodulemd.so.2 libsigsegv.so.2 liblua-5.4.so libarchive.so.13 libidn2.so.0
                """)),
        isListed: true,
        rows: [
            Row(family: "GLIBCXX", oldest: [3, 4, 29], newest: [3, 4, 33]),
            Row(family: "CXXABI", oldest: [1, 3, 13], newest: [1, 3, 15]),
            Row(family: "GCC", oldest: [11, 0], newest: [14, 0, 0]),
            Row(family: "OPENSSL", oldest: [3, 0, 8], newest: [3, 2, 2]),
        ])

    /// Amazon Linux 2, which 3.10 and 3.11 are based on. No list of what its runtimes have was found: this is what the
    /// distribution's usual packages bring, so that nothing is said to be missing that may be there.
    ///
    /// Symbols: gcc 7.3.1 (AL2's package lists, read in November 2026).
    private static let amazonLinux2 = RuntimeLibraries(
        names: common.union(
            names(
                """
                libffi.so.6 libssl.so.10 libcrypto.so.10 libssl.so.1.1 libcrypto.so.1.1 libmpfr.so.4 libreadline.so.6
                libhistory.so.6 libncursesw.so.5 libncurses.so.5 libtinfo.so.5 libjson-c.so.2 libsepol.so.1 libidn.so.11
                libexpat.so.1 libcrypt.so.1 libgdbm.so.4 libgdbm_compat.so.4 libdb-5.3.so libelf.so.1 libdw.so.1
                libnsl.so.1 libgomp.so.1 libatomic.so.1 libquadmath.so.0 libgfortran.so.4 libpcre.so.1 libssh2.so.1
                libldap-2.4.so.2 liblber-2.4.so.2 libsasl2.so.3 libnss3.so libnssutil3.so libnspr4.so libplc4.so
                libplds4.so libsmime3.so libssl3.so libcurl.so.4 libsystemd.so.0 libudev.so.1 libdbus-1.so.3
                """)),
        isListed: false,
        rows: [
            Row(family: "GLIBCXX", oldest: [3, 4, 24], newest: [3, 4, 24]),
            Row(family: "CXXABI", oldest: [1, 3, 11], newest: [1, 3, 11]),
            Row(family: "GCC", oldest: [7, 0, 0], newest: [7, 0, 0]),
        ])

    private static let common = names(
        """
        ld-linux-x86-64.so.2 ld-linux-aarch64.so.1 libc.so.6 libm.so.6 libdl.so.2 libpthread.so.0 librt.so.1 libutil.so.1
        libresolv.so.2 libanl.so.1 libmvec.so.1 libgcc_s.so.1 libstdc++.so.6 libz.so.1 libbz2.so.1 liblzma.so.5 libzstd.so.1
        liblz4.so.1 libcurl.so.4 libnghttp2.so.14 libpsl.so.5 libunistring.so.2 libsqlite3.so.0 libxml2.so.2
        libyaml-0.so.2 libpcre2-8.so.0 libglib-2.0.so.0 libgobject-2.0.so.0 libgio-2.0.so.0 libgmodule-2.0.so.0
        libgthread-2.0.so.0 libgmp.so.10 libncursesw.so.6 libncurses.so.6 libtinfo.so.6 libpanelw.so.6 libpanel.so.6
        libformw.so.6 libform.so.6 libmenuw.so.6 libmenu.so.6 libmagic.so.1 libuuid.so.1 libblkid.so.1 libmount.so.1
        libsmartcols.so.1 libcap.so.2 libcap-ng.so.0 libacl.so.1 libattr.so.1 libselinux.so.1 libaudit.so.1 libkrb5.so.3
        libgssapi_krb5.so.2 libk5crypto.so.3 libkrb5support.so.0 libcom_err.so.2 libkeyutils.so.1 libverto.so.1
        libgcrypt.so.20 libgpg-error.so.0 libgpgme.so.11 libassuan.so.0 libtasn1.so.6 libp11-kit.so.0 libnpth.so.0
        libpopt.so.0 librepo.so.0
        """)

    private static func names(_ text: String) -> Set<String> {
        Set(text.split(whereSeparator: \.isWhitespace).map(String.init))
    }
}
