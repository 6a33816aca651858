import Model

/// A layer's version as a file refers to it. The region may be filled in only when the file is used:
/// `arn:aws:lambda:${AWS::Region}:111122223333:layer:acme-p312-requests:7`.
public struct LayerReference: Sendable, Hashable {
    /// nil where the file computes it.
    public let region: Region?
    public let account: String
    public let name: String
    public let number: Int

    public init(region: Region?, account: String, name: String, number: Int) {
        self.region = region
        self.account = account
        self.name = name
        self.number = number
    }
}

extension LayerReference: CustomStringConvertible {
    /// What it refers to, with `*` for a region that is not known.
    public var description: String { "\(region?.code ?? "*"):\(account):\(name):\(number)" }
}

/// A reference where it stands in a file.
public struct LayerOccurrence: Sendable, Hashable {
    public let reference: LayerReference
    /// The bytes of `name:number`, all that is ever replaced.
    public let range: Range<Int>
    /// The bytes of the account.
    public let account: Range<Int>
    /// From 1.
    public let line: Int
    /// From 1, in bytes.
    public let column: Int
    /// What a comment on the line, or alone on the line before it, asks for.
    public let wish: LayerWish?
}

/// What a comment says of the layer beside it: `strata: keep`, or `strata: <3` for versions that will do.
public enum LayerWish: Sendable, Hashable {
    case keep
    /// PEP 440 specifiers.
    case versions(String)
    /// The comment is not understood; it holds the layer where it is.
    case unclear(String)
}
