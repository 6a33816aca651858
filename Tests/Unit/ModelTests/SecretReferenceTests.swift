import Contracts
import Model
import Testing

@Suite("References to secrets")
struct SecretReferenceTests {
    @Test(
        "are taken apart into store, name, field and version",
        arguments: [
            ("env:KEY", "env", "KEY", nil, nil), ("file:/run/a#b@c", "file", "/run/a#b@c", nil, nil),
            ("ssm:/strata/key", "ssm", "/strata/key", nil, nil),
            ("secretsmanager:strata/key", "secretsmanager", "strata/key", nil, nil),
            ("secretsmanager:key#private", "secretsmanager", "key", "private", nil),
            ("secretsmanager:me@example.org#private", "secretsmanager", "me@example.org", "private", nil),
            ("vault:secret/strata/key#private", "vault", "secret/strata/key", "private", nil),
            ("vault:kv/me@b#private@7", "vault", "kv/me@b", "private", "7"),
            ("cmd:pass:strata/key#a@b", "cmd", "pass:strata/key#a@b", nil, nil), ("cmd:key", "cmd", "key", nil, nil),
            ("op://Private/strata/private key", "op", "//Private/strata/private key", nil, nil),
            ("secretsmanager:key#private@AWSPREVIOUS", "secretsmanager", "key", "private", "AWSPREVIOUS"),
            (
                "secretsmanager:arn:aws:secretsmanager:eu-west-1:1:secret:k@v", "secretsmanager",
                "arn:aws:secretsmanager:eu-west-1:1:secret:k", nil, "v"
            ),
        ] as [(String, String, String, String?, String?)])
    func parts(text: String, scheme: String, name: String, field: String?, version: String?) throws {
        let reference = try Samples.required(SecretReference(text))
        #expect(reference.scheme == scheme)
        #expect(reference.name == name)
        #expect(reference.field == field)
        #expect(reference.version == version)
        #expect(reference.description == text)
    }

    @Test("are written as they were read", arguments: seeds(3))
    func roundTrip(seed: UInt64) {
        var chance = SeededGenerator(seed: seed)
        for _ in 0..<2000 {
            let scheme = SecretReference.schemes.randomElement(using: &chance) ?? ""
            let text = "\(scheme):\(chance.text("ab:/#@é ", length: 0...8))"
            guard let reference = SecretReference(text) else { continue }
            #expect(reference.description == text, "seed \(seed)")
            #expect(SecretReference(reference.description) == reference, "seed \(seed): \(text)")
        }
    }

    @Test(
        "that name no store or nothing in it are refused",
        arguments: [
            "", "env", "env:", "KEY", "vault:KEY", "vault:a/b#", "vault:#f", "vault:a/b#f@", "vault:a/b#f@v1",
            "vault:a/b#f@0",
            "cmd:", "op:a/b/c", "op://a/b", "gcp-secret:a", "ENV:KEY", "secretsmanager:#f", "secretsmanager:@v",
            "secretsmanager:n#",
            "secretsmanager:n@", "env:A\nB", "file:\u{7f}",
        ])
    func refusals(text: String) {
        #expect(SecretReference(text) == nil)
    }
}
