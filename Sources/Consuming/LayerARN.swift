import Model

/// What consumers of layers write into their files.
public typealias LayerARN = LayerVersionARN
