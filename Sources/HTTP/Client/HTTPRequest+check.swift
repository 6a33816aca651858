import Model

extension HTTPRequest {
    /// Refuses what would change the request's meaning on the wire.
    ///
    /// - Throws: `.configuration`.
    func check() throws(StrataError) {
        let shown = HTTPRequest.redacted(url)
        guard url.hasPrefix("https://") || url.hasPrefix("http://"), !HTTPRequest.host(of: url).isEmpty else {
            throw StrataError(.configuration, "'\(shown)' is not an http or https URL")
        }
        guard url.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7F }) else {
            throw StrataError(.configuration, "the URL '\(shown)' holds white space or control characters")
        }
        guard HTTPRequest.isToken(method.rawValue) else {
            throw StrataError(.configuration, "'\(method.rawValue)' is no HTTP method")
        }
        for (name, value) in headers.fields {
            guard HTTPRequest.isToken(name), value.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F || $0 == 9 }) else {
                throw StrataError(.configuration, "the header '\(name)' holds characters that HTTP does not allow")
            }
        }
        if body.length > 0, method == .get || method == .head {
            throw StrataError(.configuration, "a \(method.rawValue) request with a body")
        }
    }

    /// RFC 9110, section 5.6.2.
    private static func isToken(_ text: String) -> Bool {
        !text.isEmpty
            && text.utf8.allSatisfy { byte in
                switch byte {
                case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
                default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
                }
            }
    }
}
