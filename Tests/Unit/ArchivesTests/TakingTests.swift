import Archives
import Model
import Testing

@Suite("Files from archives")
struct TakingTests {
    /// A tree as packages have it, packed by the system's own tools.
    private func tree() throws -> Folder {
        let folder = try Folder()
        try folder.run(
            """
            mkdir -p t/tool-1.2/bin t/tool-1.2/lib t/tool-1.2/share/data/deep && cd t/tool-1.2
            printf program >bin/tool && chmod 4755 bin/tool && printf text >share/data/a && printf é >share/data/deep/é
            printf library >lib/libtool.so.1.0 && ln -s libtool.so.1.0 lib/libtool.so.1 && ln lib/libtool.so.1.0 lib/hard.so
            ln -s share/data data && chmod 600 share/data/a
            """)
        return folder
    }

    private static let packers: [(name: String, command: String)] = [
        ("t.tar", "tar --format=gnu -cf"), ("t.tar.gz", "tar --format=pax -czf"), ("t.tgz", "tar --format=ustar -czf"),
        ("t.tar.xz", "tar -cJf"), ("t.tar.zst", "bsdtar --zstd -cf"), ("t.tar.bz2", "tar -cjf"),
        ("t.zip", "bsdtar --format=zip -cf"), ("t.whl", "zip -qry"),
    ]

    @Test(
        "are taken from every kind of archive alike, under the names and with the modes that are wanted",
        arguments: packers)
    func kinds(name: String, command: String) async throws {
        let folder = try tree()
        try folder.run("cd t && \(command) ../\(name) tool-1.2")
        let taken = try await Taken(
            name, in: folder,
            [
                "tool-*/bin/tool": "bin/tool-1", "*/lib/*.so*": "lib/", "tool-*/share/data": "share/tool",
                "tool-*/share/data/a": "etc/",
            ])
        #expect(
            taken.texts == [
                "bin/tool-1": "program", "lib/libtool.so.1.0": "library", "lib/libtool.so.1": "library",
                "lib/hard.so": "library", "share/tool/a": "text", "share/tool/deep/é": "é", "etc/a": "text",
            ])
        #expect(taken.executables == ["bin/tool-1"])
    }

    @Test("are taken from Debian's packages, whatever compresses these", arguments: ["xz", "gzip", "zstd"])
    func deb(compression: String) async throws {
        let folder = try tree()
        try folder.run(
            """
            mkdir -p d/DEBIAN d/usr/bin && cp t/tool-1.2/bin/tool d/usr/bin/
            printf 'Package: tool\\nVersion: 1.2\\nArchitecture: all\\nMaintainer: A <a@example.org>\\nDescription: t\\n' \\
                >d/DEBIAN/control
            dpkg-deb --root-owner-group -Z\(compression) -b d tool_1.2_all.deb
            """)
        let taken = try await Taken("tool_1.2_all.deb", in: folder, ["usr/bin/*": "bin/"])
        #expect(taken.texts == ["bin/tool": "program"])
    }

    /// A lead, two empty headers, and a cpio: names of one file have its data at the last of them.
    @Test("are taken from RPM packages, whatever compresses these", arguments: ["gzip", "xz", "zstd"])
    func rpm(compression: String) async throws {
        let folder = try tree()
        try folder.run(
            #"""
            header='\x8e\xad\xe8\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00'
            (cd t/tool-1.2 && bsdtar --format=newc --\#(compression) -cf ../../payload ./bin ./lib)
            { printf '\xed\xab\xee\xdb\x03\x00\x00\x00'; head -c 88 /dev/zero; printf "$header$header"; cat payload; } >tool.rpm
            """#)
        let taken = try await Taken("tool.rpm", in: folder, ["bin/*": "bin/", "lib/*": "lib/"])
        #expect(
            taken.texts == [
                "bin/tool": "program", "lib/libtool.so.1.0": "library", "lib/libtool.so.1": "library",
                "lib/hard.so": "library",
            ])
    }

    @Test("may be a single file, which is a program where programs lie")
    func single() async throws {
        let folder = try Folder()
        try folder.write("jq-linux-amd64", "program".utf8)
        let taken = try await Taken("jq-linux-amd64", in: folder, ["*": "bin/jq", "jq-*": "share/"])
        #expect(taken.texts == ["bin/jq": "program", "share/jq-linux-amd64": "program"])
        #expect(taken.executables == ["bin/jq"])
    }

    @Test("are the same bytes whatever the archive's order")
    func order() async throws {
        let folder = try Folder()
        var one = CraftedTar()
        var two = CraftedTar()
        for name in ["a", "b", "c"] { one.add(name, Array(name.utf8)) }
        for name in ["c", "a", "b"] { two.add("./\(name)", Array(name.utf8)) }
        try folder.write("1.tar", one.finish())
        try folder.write("2.tar", two.finish())
        let first = try await Taken("1.tar", in: folder, ["*": "x/"])
        let second = try await Taken("2.tar", in: folder, ["*": "x/"])
        #expect(first.addition.files.map(\.path) == second.addition.files.map(\.path))
        #expect(first.texts == second.texts)
    }

    @Test("keep long names, of GNU's and of pax's kind", arguments: ["gnu", "pax"])
    func longNames(format: String) async throws {
        let folder = try Folder()
        let long = String(repeating: "n", count: 200)
        try folder.run(
            "mkdir -p \(long)/\(long) && echo -n x >\(long)/\(long)/\(long) && tar --format=\(format) -cf a.tar \(long)"
        )
        let taken = try await Taken("a.tar", in: folder, ["*": "share/"])
        #expect(taken.texts == ["share/\(long)/\(long)/\(long)": "x"])
    }

    @Test("are looked for through links to folders, as merged systems have them")
    func merged() async throws {
        var tar = CraftedTar()
        tar.add("lib", type: "2", link: "usr/lib")
        tar.add("usr/lib/x.so.1.0", Array("x".utf8))
        tar.add("usr/lib/x.so.1", type: "2", link: "../../lib/x.so.1.0")
        let folder = try Folder()
        try folder.write("a.tar", tar.finish())
        #expect(try await Taken("a.tar", in: folder, ["usr/lib/x.so.1": "lib/"]).texts == ["lib/x.so.1": "x"])
    }

    @Test("that are not there are told with the nearest that are")
    func missing() async throws {
        let folder = try tree()
        try folder.run("cd t && tar -cf ../t.tar tool-1.2")
        try await expectRefused(
            "t.tar", folder.bytes("t.tar"), take: ["*/bin/tol": "bin/"], code: .unbuildable, "'*/bin/tol'",
            "'tool-1.2/bin/tool'")
        try await expectRefused(
            "t.tar", folder.bytes("t.tar"), take: ["*/share/data/*": "share/x"], code: .unbuildable, "means 2 files",
            "'share/x/'")
        try await expectRefused("t.tar", folder.bytes("t.tar"), take: ["*/data": "share/"], "link to a folder")
    }
}
