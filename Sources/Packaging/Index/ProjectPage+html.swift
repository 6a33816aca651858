import Model

extension ProjectPage {
    /// Reads the links of an HTML page (PEP 503): file names, digests, `data-requires-python` and `data-yanked`.
    ///
    /// Understands what indexes and flat folders (`python -m http.server`) write, and takes nothing else for a file. An
    /// HTML page has no upload times.
    ///
    /// - Parameter address: the page's own.
    package init(html: [UInt8], at address: String = "") {
        var files: [IndexFile] = []
        var rest = String(decoding: html, as: UTF8.self)[...]
        while let link = HTMLLink(next: &rest) {
            guard let name = link.fileName else { continue }
            files.append(
                IndexFile(
                    name: name, sha256: link.sha256, requiresPython: link.attributes["data-requires-python"],
                    isYanked: link.attributes["data-yanked"] != nil
                ).at(link.attributes["href"], on: address))
        }
        self.files = files
    }
}

/// An `<a>` tag's attributes.
struct HTMLLink {
    private(set) var attributes: [String: String] = [:]

    /// The next link, and the text moved on behind its tag; nil if there is none.
    init?(next text: inout Substring) {
        while let open = text.firstIndex(of: "<") {
            text = text[text.index(after: open)...]
            if text.hasPrefix("!--") {
                text.skip(through: "-->")
                continue
            }
            guard let first = text.first, first == "a" || first == "A", text.dropFirst().first?.isWhitespace == true
            else { continue }
            text = text.dropFirst()
            readAttributes(&text)
            return
        }
        return nil
    }

    /// The last part of the address, without query and digest.
    var fileName: String? {
        guard let address = attributes["href"] else { return nil }
        let path = address.prefix { $0 != "#" && $0 != "?" }
        let name = path.split(separator: "/", omittingEmptySubsequences: false).last.map(String.init) ?? ""
        guard let decoded = name.percentDecoded, !decoded.isEmpty, !decoded.contains("/") else { return nil }
        return decoded
    }

    var sha256: ContentDigest? {
        guard let fragment = attributes["href"]?.split(separator: "#").dropFirst().first,
            fragment.hasPrefix("sha256=")
        else { return nil }
        return ContentDigest(hex: fragment.dropFirst("sha256=".count))
    }

    private mutating func readAttributes(_ text: inout Substring) {
        while true {
            text = text.drop(while: \.isWhitespace)
            guard let first = text.first, first != ">" else { return }
            let name = text.prefix { !$0.isWhitespace && $0 != "=" && $0 != ">" }
            text = text.dropFirst(max(1, name.count)).drop(while: \.isWhitespace)
            var value = ""
            if text.first == "=" {
                text = text.dropFirst().drop(while: \.isWhitespace)
                if let quote = text.first, quote == "\"" || quote == "'" {
                    text = text.dropFirst()
                    value = String(text.prefix { $0 != quote })
                    text = text.dropFirst(value.count + 1)
                } else {
                    value = String(text.prefix { !$0.isWhitespace && $0 != ">" })
                    text = text.dropFirst(value.count)
                }
            }
            attributes[name.lowercased()] = value.htmlUnescaped
        }
    }
}

extension Substring {
    fileprivate mutating func skip(through end: String) {
        while !isEmpty {
            if hasPrefix(end) {
                self = dropFirst(end.count)
                return
            }
            self = dropFirst()
        }
    }
}

extension String {
    /// With the references that version specifiers need in attributes resolved.
    fileprivate var htmlUnescaped: String {
        guard contains("&") else { return self }
        let named = ["amp": "&", "lt": "<", "gt": ">", "quot": "\"", "apos": "'", "nbsp": " "]
        var result = ""
        var rest = self[...]
        while let ampersand = rest.firstIndex(of: "&") {
            result += rest[..<ampersand]
            rest = rest[rest.index(after: ampersand)...]
            let name = rest.prefix { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "#") }
            let character: String?
            if name.hasPrefix("#x") || name.hasPrefix("#X") {
                character = UInt32(name.dropFirst(2), radix: 16).flatMap(Unicode.Scalar.init).map { String($0) }
            } else if name.hasPrefix("#") {
                character = UInt32(name.dropFirst()).flatMap(Unicode.Scalar.init).map { String($0) }
            } else {
                character = named[String(name)]
            }
            if let character {
                result += character
                rest = rest.dropFirst(name.count)
                if rest.first == ";" { rest = rest.dropFirst() }
            } else {
                result += "&"
            }
        }
        return result + rest
    }

    /// With `%41` as `A`; nil if an escape is malformed or the bytes are not UTF-8.
    package var percentDecoded: String? {
        guard contains("%") else { return self }
        var bytes: [UInt8] = []
        var rest = Array(utf8)[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard rest.count >= 2, let value = [UInt8](hex: String(decoding: rest.prefix(2), as: UTF8.self)) else {
                return nil
            }
            bytes += value
            rest = rest.dropFirst(2)
        }
        return String(validating: bytes, as: UTF8.self)
    }
}
