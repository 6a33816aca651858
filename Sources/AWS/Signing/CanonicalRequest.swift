import Model

/// A request as Signature Version 4 sees it.
/// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
package struct CanonicalRequest: Sendable {
    /// How the path enters the signature.
    package enum PathRule: Sendable {
        /// Normalised, and encoded once more than on the wire.
        case encodedAgain
        /// As it is on the wire: S3's keys may hold `//` and `..`.
        case asSent
    }

    package var method: String
    /// The path as it is on the wire.
    package var path: String
    /// Names and values before they are encoded.
    package var query: [(name: String, value: String)]
    /// All that is signed; `Host` must be among them.
    package var headers: [(name: String, value: String)]
    /// The body's SHA-256 in hexadecimal digits, or S3's word for an unsigned one.
    package var payload: String

    package init(
        method: String, path: String, query: [(name: String, value: String)], headers: [(name: String, value: String)],
        payload: String
    ) {
        self.method = method
        self.path = path
        self.query = query
        self.headers = headers
        self.payload = payload
    }

    /// The text whose digest is signed.
    package func text(_ rule: PathRule) -> String {
        let headers = canonicalHeaders
        let lines = headers.map { "\($0.name):\($0.value)\n" }.joined()
        let path =
            switch rule {
            case .encodedAgain: PercentEncoding.encode(normalPath, keepingSlashes: true)
            case .asSent: path.isEmpty ? "/" : path
            }
        return [method, path, Self.encode(query), lines, signedHeaders, payload].joined(separator: "\n")
    }

    /// The names of what is signed, as they stand in the Authorization header.
    package var signedHeaders: String { canonicalHeaders.map(\.name).joined(separator: ";") }

    /// A query in canonical form, which is also how it is sent, so that the two cannot differ.
    package static func encode(_ query: [(name: String, value: String)]) -> String {
        query.map { (PercentEncoding.encode($0.name), PercentEncoding.encode($0.value)) }
            .sorted { $0.0 == $1.0 ? $0.1.precedes($1.1) : $0.0.precedes($1.0) }
            .map { "\($0.0)=\($0.1)" }
            .joined(separator: "&")
    }

    private var canonicalHeaders: [(name: String, value: String)] {
        var values: [String: [String]] = [:]
        for (name, value) in headers {
            let words = value.split(whereSeparator: \.isWhitespace)
            values[name.lowercased(), default: []].append(words.joined(separator: " "))
        }
        return values.map { (name: $0.key, value: $0.value.joined(separator: ",")) }
            .sorted { $0.name.precedes($1.name) }
    }

    /// Without `.`, `..` and empty segments; a slash at the end stays.
    private var normalPath: String {
        var kept: [Substring] = []
        let segments = path.split(separator: "/", omittingEmptySubsequences: false)
        for segment in segments {
            switch segment {
            case "", ".": continue
            case "..": _ = kept.popLast()
            default: kept.append(segment)
            }
        }
        let end = segments.last.map { $0.isEmpty && !kept.isEmpty } ?? false
        return "/" + kept.joined(separator: "/") + (end ? "/" : "")
    }
}

extension String {
    fileprivate func precedes(_ other: String) -> Bool { utf8.lexicographicallyPrecedes(other.utf8) }
}
