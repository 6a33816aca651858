import CGit2
import Model

/// The name of a git object: a SHA-1, written as 40 lower-case hexadecimal digits.
public struct ObjectID: Sendable {
    let raw: git_oid

    init(_ raw: git_oid) { self.raw = raw }

    init(_ pointer: UnsafePointer<git_oid>) { raw = pointer.pointee }

    /// The 20 bytes.
    public var bytes: [UInt8] { withUnsafeBytes(of: raw) { Array($0) } }

    /// What a server advertises for a ref that does not exist.
    var isZero: Bool { withUnsafeBytes(of: raw) { $0.allSatisfy { $0 == 0 } } }

    /// Lends a pointer for one call of libgit2.
    func withPointer<Result: ~Copyable, Failure: Error>(
        _ body: (UnsafePointer<git_oid>) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        var copy = raw
        return try body(&copy)
    }
}

extension ObjectID: Hashable {
    public static func == (left: ObjectID, right: ObjectID) -> Bool {
        withUnsafeBytes(of: left.raw) { left in withUnsafeBytes(of: right.raw) { left.elementsEqual($0) } }
    }
    public func hash(into hasher: inout Hasher) { withUnsafeBytes(of: raw) { hasher.combine(bytes: $0) } }
}

extension ObjectID: LosslessStringConvertible, Codable {
    /// - Returns: nil unless the text is 40 hexadecimal digits.
    public init?(_ description: String) {
        guard let bytes = [UInt8](hex: description), bytes.count == 20 else { return nil }
        var raw = git_oid()
        withUnsafeMutableBytes(of: &raw) { $0.copyBytes(from: bytes) }
        self.raw = raw
    }
    public var description: String { bytes.hex }
    /// The first ten digits: enough for a person to find the commit.
    public var short: String { String(description.prefix(10)) }
    public init(from decoder: any Decoder) throws { self = try decoder.decodeLossless() }
    public func encode(to encoder: any Encoder) throws { try encoder.encodeDescription(of: self) }
}
