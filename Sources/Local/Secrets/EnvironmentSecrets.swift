import Glibc
import Model

/// Secrets in environment variables: `env:NAME`. The user's own choice: the environment is readable to whoever can
/// read the process's, and is not wiped.
public struct EnvironmentSecrets: SecretStore {
    private let value: @Sendable (String) -> String?

    public var scheme: String { "env" }

    /// - Parameter value: looks a variable up; the process's own environment unless told otherwise.
    public init(value: @escaping @Sendable (String) -> String? = { getenv($0).map { String(cString: $0) } }) {
        self.value = value
    }

    public func fetch(_ reference: SecretReference) async throws -> Secret {
        let name = reference.name
        guard let first = name.utf8.first, first.isASCIIAlphanumeric || first == UInt8(ascii: "_"),
            !(0x30...0x39).contains(first),
            name.utf8.allSatisfy({ $0.isASCIIAlphanumeric || $0 == UInt8(ascii: "_") })
        else {
            throw StrataError(
                .configuration, "'\(reference)' names no environment variable",
                hint: "use letters, digits and '_', and no digit at the beginning")
        }
        guard let text = value(name), !text.isEmpty else {
            throw StrataError(.notFound, "the environment variable \(name) is not set", hint: "set it for this run")
        }
        var bytes = Array(text.utf8)
        return Secret(taking: &bytes)
    }

    public func store(_ secret: borrowing Secret, as reference: SecretReference) async throws {
        throw StrataError(
            .unsupported, "'\(reference)' cannot be written: an environment belongs to who started the process",
            hint: "set \(reference.name) where Strata is started from")
    }
}
