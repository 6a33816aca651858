import Crypto
import Files
import FoundationEssentials
import Model

/// What a person's sign-in has left in a file, in the form that all of AWS's own tools share.
struct TokenFile: Sendable {
    let path: String

    /// - Parameter folder: where the files lie; each is named for the digest of what was signed in to.
    init(_ digest: some Digest, in folder: String) { path = "\(folder)/\(Array(digest).hex).json" }

    /// - Returns: nil if there is no such file, or it is not an object.
    /// - Throws: `.credentials` if it cannot be read.
    func read() async throws(StrataError) -> [String: JSONValue]? {
        do {
            let bytes = try await blocking { try BoundedFile.readIfPresent(path, limit: .mebibytes(1)) }
            return bytes.flatMap { try? JSONDecoder().decode([String: JSONValue].self, from: Data($0)) }
        } catch {
            throw .wrapping(error, .credentials, "the sign-in's token cannot be read")
        }
    }

    /// Replaces the file: the next tool that asks for the token finds the fresh one.
    func write(_ token: [String: JSONValue]) async throws(StrataError) {
        let bytes = try JSONBytes.of(token)
        do { try await blocking { try AtomicFile.write(bytes, to: path, mode: 0o600) } } catch {
            throw .wrapping(error, .file, "the sign-in's token cannot be written")
        }
    }
}

/// JSON of which some is read, and all is written again.
indirect enum JSONValue: Codable, Sendable, Hashable {
    case text(String)
    case number(Double)
    case flag(Bool)
    case list([JSONValue])
    case object([String: JSONValue])
    case null

    var text: String? { if case .text(let text) = self { text } else { nil } }
    var object: [String: JSONValue]? { if case .object(let members) = self { members } else { nil } }
    var number: Double? { if case .number(let number) = self { number } else { nil } }
    /// A moment as the tools write it: some end it with `UTC`.
    var moment: Timestamp? {
        text.flatMap { Timestamp($0.hasSuffix("UTC") ? "\($0.dropLast(3))Z" : $0) }
    }

    init(from decoder: any Decoder) throws {
        let value = try decoder.singleValueContainer()
        if value.decodeNil() {
            self = .null
        } else if let flag = try? value.decode(Bool.self) {
            self = .flag(flag)
        } else if let text = try? value.decode(String.self) {
            self = .text(text)
        } else if let number = try? value.decode(Double.self) {
            self = .number(number)
        } else if let list = try? value.decode([JSONValue].self) {
            self = .list(list)
        } else {
            self = .object(try value.decode([String: JSONValue].self))
        }
    }

    func encode(to encoder: any Encoder) throws {
        var value = encoder.singleValueContainer()
        switch self {
        case .text(let text): try value.encode(text)
        case .number(let number): try value.encode(number)
        case .flag(let flag): try value.encode(flag)
        case .list(let list): try value.encode(list)
        case .object(let members): try value.encode(members)
        case .null: try value.encodeNil()
        }
    }
}
