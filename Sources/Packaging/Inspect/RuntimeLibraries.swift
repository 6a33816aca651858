import Model

/// The shared libraries that a managed runtime brings.
enum RuntimeLibraries {
    /// - Returns: nil for an operating system whose libraries are not known.
    static func names(on platform: Platform) -> Set<String>? {
        platform.operatingSystem == "al2023" ? amazonLinux2023 : nil
    }

    /// Amazon Linux 2023's minimal container, which the runtimes are based on: an upper bound, since a managed runtime has
    /// lacked libraries that its image had. From the user guide's lists of packages (2023.6); sonames follow from
    /// the packages' versions.
    private static let amazonLinux2023 = Set(
        """
        ld-linux-x86-64.so.2 ld-linux-aarch64.so.1 libc.so.6 libm.so.6 libdl.so.2 libpthread.so.0 librt.so.1 libutil.so.1
        libresolv.so.2 libanl.so.1 libmvec.so.1 libgcc_s.so.1 libstdc++.so.6 libz.so.1 libbz2.so.1 liblzma.so.5 libzstd.so.1
        liblz4.so.1 libffi.so.8 libssl.so.3 libcrypto.so.3 libcurl.so.4 libnghttp2.so.14 libpsl.so.5 libidn2.so.0
        libunistring.so.2 libsqlite3.so.0 libxml2.so.2 libyaml-0.so.2 libpcre2-8.so.0 libglib-2.0.so.0 libgobject-2.0.so.0
        libgio-2.0.so.0 libgmodule-2.0.so.0 libgthread-2.0.so.0 libgirepository-1.0.so.1 libpeas-1.0.so.0 libgmp.so.10
        libmpfr.so.6 libreadline.so.8 libhistory.so.8 libncursesw.so.6 libncurses.so.6 libtinfo.so.6 libpanelw.so.6
        libpanel.so.6 libformw.so.6 libform.so.6 libmenuw.so.6 libmenu.so.6 libmagic.so.1 libarchive.so.13 libuuid.so.1
        libblkid.so.1 libmount.so.1 libsmartcols.so.1 libcap.so.2 libcap-ng.so.0 libacl.so.1 libattr.so.1 libselinux.so.1
        libsepol.so.2 libaudit.so.1 libkrb5.so.3 libgssapi_krb5.so.2 libk5crypto.so.3 libkrb5support.so.0 libcom_err.so.2
        libkeyutils.so.1 libverto.so.1 libgcrypt.so.20 libgpg-error.so.0 libgpgme.so.11 libassuan.so.0 libtasn1.so.6
        libp11-kit.so.0 libnpth.so.0 libjson-c.so.5 libpopt.so.0 librpm.so.9 librpmio.so.9 libsolv.so.1 librepo.so.0
        libdnf.so.2 libmodulemd.so.2 libsigsegv.so.2 liblua-5.4.so
        """.split(whereSeparator: \.isWhitespace).map(String.init))
}
