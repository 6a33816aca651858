import Model

/// The name of an entry: UTF-8 with `/` between its components.
///
/// Compared and sorted bytewise. `String` compares by canonical equivalence, under which two files of Linux could be
/// one, and its order depends on Unicode's tables.
package struct EntryPath: Sendable, Hashable {
    package let bytes: [UInt8]

    package init(bytes: some Collection<UInt8>) { self.bytes = Array(bytes) }
    package init(_ text: String) { bytes = Array(text.utf8) }

    package var text: String { String(decoding: bytes, as: UTF8.self) }

    /// The parts between the slashes.
    package var components: [ArraySlice<UInt8>] { bytes.split(separator: .slash, omittingEmptySubsequences: false) }

    /// What comes before the first slash; nil if there is none.
    package var topFolder: ArraySlice<UInt8>? {
        bytes.firstIndex(of: .slash).map { bytes[..<$0] }
    }

    /// Each folder above the entry, innermost first.
    package var folders: some Sequence<ArraySlice<UInt8>> {
        sequence(state: bytes[...]) { rest in
            guard let slash = rest.lastIndex(of: .slash) else { return nil }
            rest = rest[..<slash]
            return rest
        }
    }

    package func hasSuffix(_ suffix: String) -> Bool { bytes.suffix(suffix.utf8.count).elementsEqual(suffix.utf8) }
    package func hasPrefix(_ prefix: String) -> Bool { bytes.starts(with: prefix.utf8) }
}

extension EntryPath: Comparable {
    package static func < (left: EntryPath, right: EntryPath) -> Bool {
        left.bytes.withUnsafeBufferPointer { left in
            right.bytes.withUnsafeBufferPointer { right in left.lexicographicallyPrecedes(right) }
        }
    }
}

extension EntryPath: CustomStringConvertible {
    /// Fit for a terminal and a log: what cannot be printed is written as `\x1b`.
    package var description: String { bytes.printable }
}

extension EntryPath {
    /// Why a name that a stranger chose is refused; nil if it is harmless. A folder's trailing slash is not part of it.
    package static func problem(in name: some Collection<UInt8>) -> String? {
        let name = Array(name)
        guard !name.isEmpty else { return "has an empty name" }
        guard name[0] != .slash else { return "has an absolute name" }
        guard name.count <= 4000 else { return "has a name of more than 4000 bytes" }
        guard let text = String(validating: name, as: UTF8.self) else { return "has a name that is not UTF-8" }
        // Category Cc: C0, DEL and C1.
        if text.unicodeScalars.contains(where: { $0.value < 0x20 || (0x7F...0x9F).contains($0.value) }) {
            return "has a control character in its name"
        }
        if name.contains(UInt8(ascii: "\\")) { return "has a backslash in its name" }
        if name.count > 1, name[1] == UInt8(ascii: ":") { return "has a drive letter in its name" }
        for component in name.split(separator: .slash, omittingEmptySubsequences: false) {
            if component.isEmpty { return "has an empty component in its name" }
            if component.elementsEqual("..".utf8) { return "climbs out with '..' in its name" }
            if component.elementsEqual(".".utf8) { return "has a '.' component in its name" }
            if component.count > 255 { return "has a component of more than 255 bytes in its name" }
        }
        return nil
    }
}

extension UInt8 {
    package static let slash = UInt8(ascii: "/")
    package static let newline = UInt8(ascii: "\n")
}

extension Sequence<UInt8> {
    /// The bytes as text, with everything that could disturb a terminal written as `\x1b`.
    package var printable: String {
        var text = ""
        for scalar in String(decoding: Array(self), as: UTF8.self).unicodeScalars {
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator:
                text += "\\x" + String(scalar.value, radix: 16)
            default: text.unicodeScalars.append(scalar)
            }
        }
        return text
    }
}
