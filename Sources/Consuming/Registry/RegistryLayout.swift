import Model

/// Where a registry's files are: on its `main` branch, or in the static API of its site. Both hold the same.
enum RegistryLayout: Sendable {
    case branch(LayerFolders)
    case site

    /// The files by which the layouts are known.
    static let branchIndex = "registry.json"
    static let siteIndex = "api/v1/index.json"

    func history(of layer: LayerName) -> String {
        switch self {
        case .branch(let folders): "\(folders.folder(of: layer))/releases.json"
        case .site: "api/v1/layers/\(layer).json"
        }
    }

    func build(_ buildNumber: Int, of item: Item) -> String {
        switch self {
        case .branch(let folders): "\(folders.folder(of: item.layer))/\(item.target)/\(buildNumber).json"
        case .site: "api/v1/builds/\(item.layer)/\(item.target)/\(buildNumber).json"
        }
    }

    /// The tables of a region that can hold layers which have to do with a name. The site's are split by how a layer's
    /// name begins, and the layer's name begins somewhere in the published one.
    ///
    /// - Parameter shards: those that the site has.
    func tables(_ target: Target, _ region: Region, near name: String, of shards: [String]) -> [String] {
        switch self {
        case .branch: ["deployments/\(target)/arns/\(region).json"]
        case .site:
            Self.shards(near: name, of: shards).map { "api/v1/regions/\(region)/\(target)/\($0).json" }
        }
    }

    /// The shards that a word of the name begins with; else, for a word that is no layer's, those that begin alike. At
    /// most eight.
    static func shards(near name: String, of shards: [String]) -> [String] {
        // The list is a stranger's: a shard is part of a path.
        let shards = shards.filter { $0.utf8.allSatisfy { $0.isASCIIAlphanumeric || "-_".utf8.contains($0) } }
        let lower = name.lowercased()
        let starts = lower.indices.filter { index in
            lower[index].isASCIIWord && (index == lower.startIndex || !lower[lower.index(before: index)].isASCIIWord)
        }
        let near = starts.flatMap { start in
            let rest = lower[start...]
            let exact = shards.filter { rest.hasPrefix($0) }
            return exact.isEmpty ? shards.filter { $0.first == rest.first } : exact
        }
        return Array(Set(near).sorted().prefix(8))
    }
}

extension Character {
    fileprivate var isASCIIWord: Bool { isASCII && (isLetter || isNumber) }
}
