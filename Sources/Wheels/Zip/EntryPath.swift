import Glibc
import Model

/// The name of an entry: UTF-8 with `/` between its components.
///
/// Compared and sorted bytewise. `String` compares by canonical equivalence, under which two files of Linux could be
/// one, and its order depends on Unicode's tables.
package struct EntryPath: Sendable {
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

    /// The folder above the entry; nil at the top.
    package var parent: EntryPath? {
        bytes.lastIndex(of: .slash).map { EntryPath(bytes: bytes[..<$0]) }
    }

}

extension EntryPath: Hashable, Comparable {
    /// All bytes at once, where `Array` would feed them one by one.
    package func hash(into hasher: inout Hasher) { bytes.withUnsafeBytes { hasher.combine(bytes: $0) } }

    package static func == (left: EntryPath, right: EntryPath) -> Bool {
        left.bytes[...].compare(right.bytes[...]) == 0
    }
    package static func < (left: EntryPath, right: EntryPath) -> Bool { left.bytes[...].compare(right.bytes[...]) < 0 }
}

extension ArraySlice<UInt8> {
    func hasSuffix(_ suffix: String) -> Bool { self.suffix(suffix.utf8.count).elementsEqual(suffix.utf8) }

    /// Bytewise: negative if this comes before `other`, 0 if they are equal.
    func compare(_ other: ArraySlice<UInt8>) -> Int {
        withUnsafeBytes { left in
            other.withUnsafeBytes { right in
                guard let start = left.baseAddress, let otherStart = right.baseAddress else {
                    return left.count - right.count
                }
                let order = memcmp(start, otherStart, Swift.min(left.count, right.count))
                return order == 0 ? left.count - right.count : Int(order)
            }
        }
    }
}

extension EntryPath: CustomStringConvertible {
    /// Fit for a terminal and a log: what cannot be printed is written as `\x1b`.
    package var description: String { bytes.printable }
}

extension EntryPath {
    /// Why a name that a stranger chose is refused; nil if it is harmless. A folder's trailing slash is not part of it.
    package static func problem(in name: ArraySlice<UInt8>) -> String? {
        guard let first = name.first else { return "has an empty name" }
        guard first != .slash else { return "has an absolute name" }
        guard name.count <= 4000 else { return "has a name of more than 4000 bytes" }
        var start = name.startIndex
        var isASCII = true
        for (index, byte) in zip(name.indices, name) {
            switch byte {
            case .slash:
                if let problem = componentProblem(name[start..<index]) { return problem }
                start = index + 1
            case 0..<0x20, 0x7F: return "has a control character in its name"
            case UInt8(ascii: "\\"): return "has a backslash in its name"
            case UInt8(ascii: ":") where index == name.startIndex + 1: return "has a drive letter in its name"
            case 0x80...: isASCII = false
            default: break
            }
        }
        if let problem = componentProblem(name[start...]) { return problem }
        if isASCII { return nil }
        guard let text = String(validating: name, as: UTF8.self) else { return "has a name that is not UTF-8" }
        // The second half of Unicode's category Cc.
        let isC1 = text.unicodeScalars.contains { (0x80...0x9F).contains($0.value) }
        return isC1 ? "has a control character in its name" : nil
    }

    private static func componentProblem(_ component: ArraySlice<UInt8>) -> String? {
        switch component.count {
        case 0: return "has an empty component in its name"
        case 1 where component.elementsEqual(".".utf8): return "has a '.' component in its name"
        case 2 where component.elementsEqual("..".utf8): return "climbs out with '..' in its name"
        case 256...: return "has a component of more than 255 bytes in its name"
        default: return nil
        }
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
