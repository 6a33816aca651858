import ArgumentParser
import Consuming
import Git
import Model
import Site

/// `strata attest`
struct AttestCommand: StrataCommand {
    static let configuration = CommandConfiguration(
        commandName: "attest", abstract: "Print where a listed build comes from, as an in-toto statement.",
        discussion: """
            The statement has SLSA's provenance: the zip's digest, the wheels with their addresses and digests, the options \
            and the recipe. It is made of the registry's files alone, so the same build gives the same bytes, and what the \
            registry's checkpoint vouches for holds for it. With --signed, it comes in a DSSE envelope that git.sign of the \
            configuration signs: for tools that look for one.
            """)

    @OptionGroup var common: CommonOptions
    @OptionGroup var source: RegistryOptions
    @OptionGroup var build: BuildArguments
    @Flag(help: "Sign the statement with the configuration's signing key.") var signed = false
    @Flag(help: "Read a registry that shows an earlier revision than was read here before.") var allowOlder = false

    func run(console: Console) async throws -> ExitStatus {
        let checked = try await source.checked(allowsOlder: allowOlder)
        let (build, artifact) = try await build.listed(in: checked.catalog)
        guard let statement = ProvenanceStatement.bytes(of: build, registry: checked.trusted?.checkpoint.registry)
        else {
            throw StrataError(.inconsistent, "build \(build.buildNumber) has no digest \(artifact.sha256)")
        }
        guard signed else {
            console.print(String(decoding: statement, as: UTF8.self).trimmingSuffix("\n"))
            return .done
        }
        guard let signingKey = try await common.assembly(console).signingKey else {
            throw StrataError(
                .configuration, "git.sign is not set",
                hint: "write for example 'sign: secretsmanager:strata/signing-key'")
        }
        let key = try await signingKey()
        let signature = try key.raw(Envelope.encoded(statement, type: ProvenanceStatement.payloadType))
        try console.print(
            json: Envelope(
                payloadType: ProvenanceStatement.payloadType, payload: statement.base64,
                signatures: [.init(keyid: key.publicKey.fingerprint, sig: signature.base64)]))
        return .done
    }
}

/// A DSSE envelope. https://github.com/secure-systems-lab/dsse/blob/master/envelope.md
private struct Envelope: Encodable {
    struct Signature: Encodable {
        let keyid: String
        let sig: String
    }
    let payloadType: String
    let payload: String
    let signatures: [Signature]

    /// What is signed (PAE). https://github.com/secure-systems-lab/dsse/blob/master/protocol.md
    static func encoded(_ payload: [UInt8], type: String) -> [UInt8] {
        Array("DSSEv1 \(type.utf8.count) \(type) \(payload.count) ".utf8) + payload
    }
}
