/// One layer for one target: what is resolved, built and planned on its own.
public struct Item: Sendable, Hashable, Comparable, Codable, CustomStringConvertible {
    public let layer: LayerName
    public let target: Target

    public init(_ layer: LayerName, _ target: Target) {
        self.layer = layer
        self.target = target
    }

    public var description: String { "\(layer) \(target)" }
    public var place: StrataError.Place { .init(layer: layer.text, target: target.description) }
    public static func < (left: Item, right: Item) -> Bool { (left.layer, left.target) < (right.layer, right.target) }
}
