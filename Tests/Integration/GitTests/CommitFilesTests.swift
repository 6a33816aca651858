import Git
import Model
import Testing

@Suite("A registry's newest commit") struct CommitFilesTests {
    /// A repository whose newest commit ssh-keygen has signed.
    private func signed(in place: Workplace) throws -> SSHPublicKey {
        try place.run("git", "init", "-q", "-b", "main", "work")
        try place.run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "test", "-f", "key")
        try place.write("work/a.json", "{}")
        try place.run("git", "-C", "work", "add", ".")
        try place.run(
            "git", "-C", "work", "-c", "user.name=T", "-c", "user.email=t@example.invalid", "-c", "gpg.format=ssh",
            "-c", "user.signingkey=\(place.path("key"))", "commit", "-q", "-S", "-m", "First")
        return try #require(SSHPublicKey(try place.read("key.pub")))
    }

    @Test("is read from a checkout and from a bare clone, whatever is checked out")
    func reads() async throws {
        let place = try Workplace()
        _ = try signed(in: place)
        try place.run("git", "clone", "-q", "--bare", "work", "bare.git")
        try place.write("work/a.json", "changed")
        for folder in ["work", "bare.git"] {
            let files = try await CommitFiles.open(place.path(folder))
            #expect(try await files.read("a.json") == Array("{}".utf8))
            #expect(try await files.read("b/c.json") == nil)
            await #expect(throws: StrataError.self) { try await files.read("a.json", limit: 1) }
        }
        await #expect(throws: StrataError.self) { _ = try await CommitFiles.open(place.path("none")) }
    }

    @Test("is trusted if one of the signers signed it, and only then")
    func trust() async throws {
        let place = try Workplace()
        let key = try signed(in: place)
        let files = try await CommitFiles.open(place.path("work"))
        try await files.verify(AllowedSigners("# who\n" + key.allowedSigner("t@example.invalid")))
        try await files.verify(AllowedSigners("t@example.invalid \(key) comment"))
        let others = ["", "t@example.invalid namespaces=\"file\" \(key)", "* cert-authority \(key)", "\(key)"]
        for signers in others {
            let error = await #expect(throws: StrataError.self) { try await files.verify(AllowedSigners(signers)) }
            #expect(error?.code == .refused, "\(signers)")
        }

        // The same signature over other words, and none at all.
        let raw = try place.run("git", "-C", "work", "cat-file", "commit", "HEAD")
        try place.write("forged", raw.replacing("\nFirst", with: "\nOther"))
        let forged = try place.run("git", "-C", "work", "hash-object", "-t", "commit", "-w", place.path("forged"))
        try place.run(
            "git", "-C", "work", "update-ref", "HEAD", String(forged.prefix { !$0.isNewline }))
        let wrong = try await CommitFiles.open(place.path("work"))
        let error = await #expect(throws: StrataError.self) {
            try await wrong.verify(AllowedSigners(key.allowedSigner("t@example.invalid")))
        }
        #expect(error?.message.contains("signature is wrong") == true)
        try place.run(
            "git", "-C", "work", "-c", "user.name=T", "-c", "user.email=t@example.invalid", "commit", "-q",
            "--allow-empty",
            "-m", "Unsigned")
        let unsigned = try await CommitFiles.open(place.path("work"))
        let missing = await #expect(throws: StrataError.self) {
            try await unsigned.verify(AllowedSigners(key.allowedSigner("t@example.invalid")))
        }
        #expect(missing?.message.contains("is not signed") == true)
    }
}
