import Consuming
import FoundationEssentials
import Model
import Testing

@Suite("Trust in a signed registry") struct RegistryTrustTests {
    /// A registry with one layer, signed by a key that is a word.
    private struct Sample: Sendable {
        var files: [String: [UInt8]] = [:]

        init(
            _ revision: Int, key: String = "old", keys: [String] = [], previous: [UInt8]? = nil, text: String = "{}",
            folder: String = "layers/six"
        ) {
            var layer = FileDigests()
            set("\(folder)/releases.json", text, in: &layer)
            var root = FileDigests()
            set("\(folder)/SHA256SUMS", String(decoding: layer.bytes, as: UTF8.self), in: &root)
            set("listed.txt", "", in: &root)
            set("keys/allowed_signers", (keys.isEmpty ? [key] : keys).joined(separator: " "), in: &root)
            set(
                "registry.json", #"{"format":1,"id":"A1","revision":\#(revision),"targets":[],"regions":[]}"#, in: &root
            )
            files["SHA256SUMS"] = root.bytes
            files["checkpoint"] =
                RegistryCheckpoint(
                    registry: "A1", revision: revision, previous: previous.map { .of($0) },
                    time: Timestamp(seconds: 1_800_000_000 + revision), files: .of(root.bytes), releases: 0,
                    listed: .of([])
                ).bytes
            files["checkpoint.sig"] = Self.signed(checkpoint, key, "strata-checkpoint")
        }

        private mutating func set(_ path: String, _ text: String, in digests: inout FileDigests) {
            files[path] = Array(text.utf8)
            digests[path] = .of(text)
        }

        var checkpoint: [UInt8] { files["checkpoint"] ?? [] }

        static func signed(_ message: [UInt8], _ key: String, _ namespace: String) -> [UInt8] {
            Array("\(key) \(namespace) \(ContentDigest.of(message))".utf8)
        }

        func trust(
            _ folder: String, signers: String? = nil, allowsOlder: Bool = false, history: [[UInt8]]? = nil
        ) -> RegistryTrust {
            let files = files
            return RegistryTrust(
                source: RegistrySource(name: "sample") { files[$0] },
                signatures: .init(
                    signer: { message, signature, namespace in
                        let key = String(signature.prefix { $0 != " " })
                        return Array(signature.utf8) == Self.signed(message, key, namespace) ? "key \(key)" : nil
                    },
                    allowed: { list, _ in Set(list.split(separator: " ").map { "key \($0)" }) }, fingerprint: { $0 }),
                memory: TrustMemory(folder: folder), signers: signers, allowsOlder: allowsOlder,
                history: history.map { history in { @Sendable in history } })
        }
    }

    private func withFolder(_ body: (String) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.path + "/strata-trust-\(UUID())"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try await body(folder)
    }

    private func expectRefused(
        _ trust: RegistryTrust, _ text: String, sourceLocation: SourceLocation = #_sourceLocation
    )
        async throws
    {
        let error = await #expect(throws: StrataError.self, sourceLocation: sourceLocation) { try await trust.check() }
        #expect(
            error?.code == .refused && "\(error?.description ?? "")".contains(text), "\(error?.description ?? "")",
            sourceLocation: sourceLocation)
    }

    @Test("what a checkpoint vouches for is read from sharded folders too, and only that")
    func sharded() async throws {
        try await withFolder { folder in
            let six = "layers/44/six"
            let sample = Sample(5, folder: six)
            let files = try #require(try await sample.trust(folder).check()).files
            #expect(files.layerNames.map(\.text) == ["six"])
            #expect(try await files.file("\(six)/releases.json") == Array("{}".utf8))
            #expect(try await files.checkAll().different == [])
            var changed = sample
            changed.files["\(six)/releases.json"] = Array("[]".utf8)
            changed.files["\(six)/extra.json"] = []
            let checked = try #require(try await changed.trust(folder).check()).files
            #expect(try await checked.checkAll().different == ["\(six)/releases.json"])
            for path in ["\(six)/releases.json", "\(six)/extra.json"] {
                await #expect(throws: StrataError.self) { try await checked.file(path) }
            }
        }
    }

    @Test("begins with the first key, and goes on by revisions that follow each other")
    func revisions() async throws {
        try await withFolder { folder in
            let first = Sample(5)
            let met = try #require(try await first.trust(folder).check())
            #expect(met.isKeyNew && met.follows == .unknown)
            #expect(try await met.files.file("layers/six/releases.json") == Array("{}".utf8))
            #expect(try await met.files.file("layers/six/other.json") == nil)
            let again = try #require(try await first.trust(folder).check())
            #expect(!again.isKeyNew && again.follows == .same)

            let second = Sample(6, previous: first.checkpoint)
            #expect(try await second.trust(folder).check()?.follows == .next)
            let third = Sample(7, previous: second.checkpoint)
            let fourth = Sample(9, previous: third.checkpoint)
            let history = [fourth, third, second, first].map(\.checkpoint)
            #expect(try await fourth.trust(folder, history: history).check()?.follows == .later)
            #expect(try await Sample(12, previous: [1]).trust(folder).check()?.follows == .gap)

            try await expectRefused(second.trust(folder), "revision 12 was read here before")
            #expect(try await second.trust(folder, allowsOlder: true).check()?.follows == .earlier)
            // That was no reason to forget.
            try await expectRefused(second.trust(folder), "revision 12 was read here before")
            try await expectRefused(Sample(12, previous: [2]).trust(folder), "another revision 12")
        }
    }

    @Test("ends where the history was written anew")
    func history() async throws {
        try await withFolder { folder in
            let first = Sample(1)
            _ = try await first.trust(folder).check()
            let other = Sample(1, text: "{ }")
            let next = Sample(2, previous: other.checkpoint)
            try await expectRefused(
                next.trust(folder, history: [next.checkpoint, other.checkpoint]), "does not hold revision 1")
            try await expectRefused(
                next.trust(folder, history: [next.checkpoint, first.checkpoint]), "does not follow the one before it")
            #expect(try await next.trust(folder).check()?.follows == .gap, "without a history, nobody can tell")
        }
    }

    @Test("goes over to a new key if a known one vouches for it, or the user names it")
    func keys() async throws {
        try await withFolder { folder in
            _ = try await Sample(1).trust(folder).check()
            var rotated = Sample(2, key: "new", keys: ["new", "old"])
            try await expectRefused(rotated.trust(folder), "signed by key new, and was by key old before")
            rotated.files["keys/allowed_signers.sig"] = Sample.signed(
                rotated.files["keys/allowed_signers"] ?? [], "stranger", "strata-signers")
            try await expectRefused(rotated.trust(folder), "signed by key new")
            rotated.files["keys/allowed_signers.sig"] = Sample.signed(
                rotated.files["keys/allowed_signers"] ?? [], "old", "strata-checkpoint")
            try await expectRefused(rotated.trust(folder), "signed by key new")
            rotated.files["keys/allowed_signers.sig"] = Sample.signed(
                rotated.files["keys/allowed_signers"] ?? [], "old", "strata-signers")
            #expect(try await rotated.trust(folder).check()?.isKeyNew == false)
            // From then on the new key is known, and the old one no more than it is listed.
            #expect(try await Sample(3, key: "new").trust(folder).check() != nil)
            try await expectRefused(Sample(4, key: "old").trust(folder), "signed by key old")
            try await expectRefused(Sample(4, key: "third").trust(folder, signers: "other"), "which is not allowed")
            #expect(try await Sample(4, key: "third").trust(folder, signers: "third").check()?.isKeyNew == false)
        }
    }

    @Test("hands out no file that has another digest, and none that has no digest")
    func changed() async throws {
        try await withFolder { folder in
            for path in [
                "SHA256SUMS", "listed.txt", "registry.json", "checkpoint", "checkpoint.sig", "keys/allowed_signers",
            ] {
                var sample = Sample(1)
                sample.files[path]?.append(0x0a)
                try await expectRefused(sample.trust(folder), "is not")
            }
            var sample = Sample(1)
            sample.files["layers/six/releases.json"] = Array("[]".utf8)
            sample.files["layers/six/extra.json"] = []
            sample.files["layers/other/releases.json"] = []
            let trusted = try #require(try await sample.trust(folder).check())
            for path in ["layers/six/releases.json", "layers/six/extra.json", "layers/other/releases.json"] {
                let error = await #expect(throws: StrataError.self) { try await trusted.files.file(path) }
                #expect(error?.code == .refused && error?.message.contains(path) == true)
            }
            #expect(try await trusted.files.checkAll().different == ["layers/six/releases.json"])
            #expect(trusted.files.layerNames.map(\.text) == ["six"])
        }
    }

    @Test("is not asked of a registry that was never signed, and not given to one that was")
    func unsigned() async throws {
        try await withFolder { folder in
            var sample = Sample(1)
            let signed = sample
            sample.files["checkpoint"] = nil
            #expect(try await sample.trust(folder).check() == nil)
            try await expectRefused(sample.trust(folder, signers: "old"), "no signed checkpoint")
            _ = try await signed.trust(folder).check()
            try await expectRefused(sample.trust(folder), "no signed checkpoint any more")
        }
    }
}
