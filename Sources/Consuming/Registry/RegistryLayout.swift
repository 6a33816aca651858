import Model

/// Where a registry's files are: on its `main` branch, or in the static API of its site. Both hold the same.
enum RegistryLayout: Sendable, CaseIterable {
    case branch, site

    /// The file by which a layout is known.
    var index: String {
        switch self {
        case .branch: "registry.json"
        case .site: "api/v1/index.json"
        }
    }

    func history(of layer: LayerName) -> String {
        switch self {
        case .branch: "layers/\(layer)/releases.json"
        case .site: "api/v1/layers/\(layer).json"
        }
    }

    func build(_ serial: Int, of item: Item) -> String {
        switch self {
        case .branch: "layers/\(item.layer)/\(item.target)/\(serial).json"
        case .site: "api/v1/builds/\(item.layer)/\(item.target)/\(serial).json"
        }
    }

    /// The tables of a region that can hold layers which have to do with a name. The site's are split by the first
    /// letter of the layer, and the layer's name begins somewhere in the published one.
    func tables(_ target: Target, _ region: Region, near name: String) -> [String] {
        switch self {
        case .branch: ["deployments/\(target)/arns/\(region).json"]
        case .site:
            Self.shards(near: name).map { "api/v1/regions/\(region)/\(target)/\($0).json" }
        }
    }

    /// The first letters or digits of the name's words; at most eight.
    static func shards(near name: String) -> [String] {
        let words = name.utf8.split { !$0.isASCIIAlphanumeric }
        let letters = Set(words.compactMap(\.first).map(\.asciiLowercased)).sorted()
        return letters.prefix(8).map { String(UnicodeScalar($0)) }
    }
}
