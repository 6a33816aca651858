import Model

/// A layer's version as a file refers to it. Parts of it may be filled in only when the file is used:
/// `arn:aws:lambda:${AWS::Region}:111122223333:layer:acme-p312-requests:7`.
public struct LayerReference: Sendable, Hashable {
    /// nil where the file computes it.
    public let region: Region?
    /// nil where the file computes it, or leaves it to the account that it is used in.
    public let account: String?
    /// With a `*` for each part that the file computes.
    public let name: String
    /// nil where the file computes it.
    public let number: Int?

    public init(region: Region?, account: String?, name: String, number: Int?) {
        self.region = region
        self.account = account
        self.name = name
        self.number = number
    }

    public init(_ arn: LayerARN) {
        self.init(region: arn.region, account: arn.account, name: arn.name, number: arn.number)
    }

    /// Whether the file computes a part of the name.
    var isNameComputed: Bool { name.utf8.contains(UInt8(ascii: "*")) }

    /// Whether a release's name and account are what the file writes.
    func fits(account: String, name: String) -> Bool {
        guard self.account == nil || self.account == account else { return false }
        return isNameComputed ? Glob(self.name).matches(name) : self.name == name
    }
}

extension LayerReference: CustomStringConvertible {
    /// What it refers to, with `*` for what is not known.
    public var description: String {
        "\(region?.code ?? "*"):\(account ?? "*"):\(text)"
    }

    /// The name and the number.
    var text: String { "\(name):\(number.map(String.init) ?? "*")" }
}

/// A reference where it stands in a file.
public struct LayerOccurrence: Sendable, Hashable {
    public let reference: LayerReference
    /// The bytes of the number; of what is computed in its place where it is not written.
    public let number: Range<Int>
    /// The bytes of the name; nil where it is computed, or not written.
    public let name: Range<Int>?
    /// The bytes of the account; nil where it is not written.
    public let account: Range<Int>?
    /// From 1.
    public let line: Int
    /// From 1, in bytes.
    public let column: Int
    /// What a comment on the line, or alone on the line before it, asks for.
    public let wish: LayerWish?
}
