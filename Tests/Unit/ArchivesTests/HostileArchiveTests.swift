import Archives
import Foundation
import Model
import Testing

@Suite("Hostile archives")
struct HostileArchiveTests {
    private func tar(_ fill: (inout CraftedTar) -> Void) -> [UInt8] {
        var tar = CraftedTar()
        fill(&tar)
        return tar.finish()
    }

    @Test(
        "are refused as a whole if a name climbs out, taken or not",
        arguments: ["../x", "a/../../x", "/etc/passwd", "a\u{1b}[2J"])
    func names(name: String) async throws {
        let bytes = tar {
            $0.add("good", [1])
            $0.add(name, [2])
        }
        try await expectRefused("a.tar", bytes, take: ["good": "lib/"], "name")
        let pax = tar {
            $0.addPax([("path", name)])
            $0.add("good", [2])
        }
        try await expectRefused("a.tar", pax, "name")
    }

    @Test(
        "cannot name what a layer cannot hold",
        arguments: ["a\\b", "c:x", "a//b", String(repeating: "x", count: 99) + "\u{FF}"])
    func oddNames(name: String) async throws {
        try await expectRefused("a.tar", tar { $0.add(name, [1]) }, "name")
    }

    @Test(
        "lead out by no link",
        arguments: [
            ("2", "/etc/passwd"), ("2", "../../etc/passwd"), ("2", "x"), ("2", "nowhere"), ("2", ""), ("1", "nowhere"),
            ("1", "/etc/passwd"), ("1", "../x"), ("1", "x"),
        ] as [(Character, String)])
    func links(type: Character, target: String) async throws {
        let bytes = tar { $0.add("x", type: type, link: target) }
        try await expectRefused("a.tar", bytes, "link")
    }

    @Test("take no time with links in circles and chains")
    func loops() async throws {
        let circle = tar {
            $0.add("a", type: "2", link: "b")
            $0.add("b", type: "2", link: "a")
        }
        try await expectRefused("a.tar", circle, take: ["a": "lib/"], "link")
        let folders = tar {
            $0.add("a", type: "2", link: "b/c")
            $0.add("b", type: "2", link: "b/c/d/e/f")
        }
        try await expectRefused("a.tar", folders, take: ["a": "lib/"], "link")
    }

    @Test(
        "bring no devices, pipes or folders as files",
        arguments: [("3", "device"), ("4", "device"), ("6", "pipe")] as [(Character, String)])
    func devices(type: Character, word: String) async throws {
        try await expectRefused("a.tar", tar { $0.add("x", type: type) }, "'x' is a \(word)")
    }

    @Test("give nobody more rights: no set-user-id, 0755 or 0644")
    func modes() async throws {
        let folder = try Folder()
        try folder.write(
            "a.tar",
            tar {
                $0.add("su", [1], mode: 0o6755)
                $0.add("secret", [2], mode: 0o000)
            })
        let taken = try await Taken("a.tar", in: folder, ["*": "lib/"])
        #expect(taken.executables == ["lib/su"])
    }

    @Test("name no file twice")
    func twice() async throws {
        let bytes = tar {
            $0.add("x", [1])
            $0.add("./x", [2])
        }
        try await expectRefused("a.tar", bytes, "'x' is in the archive twice")
    }

    @Test("of a bomb's kind are refused by what they say, and by what they do")
    func bombs() async throws {
        var limits = ArchiveLimits()
        limits.unpacked = .mebibytes(1)
        let declared = tar { $0.add("x", size: 8_000_000_000) }
        try await expectRefused("a.tar", declared, "more than", "2 GB")
        let many = tar { for index in 0..<3 { $0.add("x\(index)", [UInt8](repeating: 0, count: 400_000)) } }
        try await expectRefused("a.tar", many, take: ["x0": "lib/"], limits: limits, "more than", "1 MB")
        let folder = try Folder()
        try folder.run(
            """
            head -c 4M /dev/zero >zeros && tar -cf - zeros | xz -9 >b.tar.xz && zip -q b.zip zeros
            head -c 4M /dev/zero | zip -q s.zip -
            gzip -9c b.tar.xz >n.tar.gz
            """)
        for name in ["b.tar.xz", "b.zip", "s.zip"] {
            try await expectRefused(name, folder.bytes(name), limits: limits, "more than")
        }
        try await expectRefused("n.tar.gz", folder.bytes("n.tar.gz"), "compressed more than once")
    }

    @Test("have no more members than are counted")
    func members() async throws {
        var limits = ArchiveLimits()
        limits.entries = 10
        let bytes = tar { for index in 0..<11 { $0.add("x\(index)") } }
        try await expectRefused("a.tar", bytes, take: ["x1": "lib/"], limits: limits, "more than 10 members")
        #expect(ArchiveLimits().entries == 100_000)
    }

    @Test("have no endless chains of headers before a member", arguments: ["x", "L", "K"] as [Character])
    func headers(type: Character) async throws {
        let bytes = tar { tar in
            for _ in 0..<20_000 {
                if type == "x" {
                    tar.addPax([("comment", "x")])
                } else {
                    tar.add("x", Array("name\0".utf8), type: type)
                }
            }
            tar.add("x", [1])
        }
        try await expectRefused("a.tar", bytes)
    }

    @Test("have no holes: a sparse file is not taken")
    func sparse() async throws {
        let folder = try Folder()
        try folder.run("truncate -s 1M hole && printf x >>hole")
        for format in ["gnu", "pax"] {
            try folder.run("tar --sparse --format=\(format) -cf \(format).tar hole")
            try await expectRefused("\(format).tar", folder.bytes("\(format).tar"), "sparse")
        }
    }

    @Test("that are cut short are refused at every length, and nothing of them is taken")
    func truncated() async throws {
        let folder = try Folder()
        try folder.run(
            """
            mkdir d && head -c 20000 /dev/urandom >d/x && echo y >d/y
            tar -cJf a.tar.xz d && tar -czf a.tar.gz d && bsdtar --zstd -cf a.tar.zst d && zip -qr a.zip d
            """)
        for name in ["a.tar.xz", "a.tar.gz", "a.tar.zst", "a.zip"] {
            let whole = try folder.bytes(name)
            for length in [0, 1, 10, 100, whole.count / 2, whole.count - 3000] {
                try await expectRefused(name, Array(whole[..<length]))
            }
        }
    }

    @Test("are what their names say", arguments: ["a.zip", "a.tar.gz", "a.deb", "a.rpm", "a.whl"])
    func garbage(name: String) async throws {
        try await expectRefused(name, Array("#!/bin/sh\necho pwned\n".utf8))
    }

    @Test("that are encrypted cannot be taken")
    func encrypted() async throws {
        let folder = try Folder()
        try folder.run("echo secret >x && zip -q -P password a.zip x")
        try await expectRefused("a.zip", folder.bytes("a.zip"), "encrypted")
    }

    @Test("end no process, whatever is changed in them")
    func changed() async throws {
        let folder = try Folder()
        try folder.run(
            """
            mkdir d && head -c 3000 /dev/urandom >d/x && ln -s x d/y && ln d/x d/z
            tar --format=pax -cf a.tar d && tar -cJf a.tar.xz d && zip -qry a.zip d
            """)
        var random = SystemRandomNumberGenerator()
        for name in ["a.tar", "a.tar.xz", "a.zip"] {
            let whole = try folder.bytes(name)
            for round in 0..<60 {
                var bytes = whole
                for _ in 0...round % 5 {
                    bytes[Int.random(in: 0..<min(bytes.count, 1500), using: &random)] = .random(
                        in: 0...255, using: &random)
                }
                try folder.write("changed-\(name)", bytes)
                do {
                    let taken = try await Taken("changed-\(name)", in: folder, ["*": "lib/"])
                    #expect(taken.files.keys.allSatisfy { $0.hasPrefix("lib/") && !$0.contains("..") })
                } catch is StrataError {}
            }
        }
    }
}
