import Files
import Glibc
import Model
import Wheels

/// What a worker is to unpack.
public struct UnpackOrder: Sendable, Hashable, Codable {
    /// A layer's zip.
    let zip: String
    let sha256: ContentDigest
    let target: Target
    /// An empty folder.
    let folder: String
    /// The packages whose modules are asked for.
    let packages: [PackageName]
}

/// A layer on the disk, as it is at `/opt`.
public struct LayerTree {
    let order: UnpackOrder

    /// A module at the top of a package that was asked for, or the one of the same name in it.
    public struct Module: Sendable, Hashable, Codable {
        let package: PackageName
        /// `google.cloud.storage`
        let name: String
    }

    /// More modules at the top are not imported.
    static let mostModules = 200

    /// Unpacks the zip. Blocks.
    /// - Returns: the modules at the top of the packages, by their RECORDs in the layer.
    /// - Throws: `badWheel`, `digestMismatch`, `tooLarge`, `file`.
    func unpack(_ cancellation: Cancellation) throws -> [Module] {
        let file = try WheelFile(path: order.zip, name: "the layer's zip")
        try file.check(sha256: order.sha256, cancellation: cancellation)
        let directory = try ZipDirectory(of: file)
        let reader = try EntryReader(file, cancellation: cancellation)
        var folders: Set<EntryPath> = []
        for entry in directory.entries where !entry.isFolder {
            if let parent = entry.path.parent, folders.insert(parent).inserted {
                try Folder.make("\(order.folder)/\(parent.text)", mode: 0o755)
            }
            var output = try OpenFile(
                "\(order.folder)/\(entry.path.text)", O_WRONLY | O_CREAT | O_EXCL,
                mode: entry.isExecutable ? 0o755 : 0o644)
            try reader.stream(entry) { try output.write($0) }
            try output.finish()
        }
        return try modules(directory, reader)
    }

    private func modules(_ directory: ZipDirectory, _ reader: EntryReader) throws -> [Module] {
        var owners: [String: Int] = [:]
        for entry in directory.entries {
            let parts = entry.path.text.split(separator: "/")
            guard parts.count == 3, parts[0] == "python", parts[2] == "RECORD", parts[1].hasSuffix(".dist-info"),
                let name = parts[1].split(separator: "-").first.flatMap({ PackageName(String($0)) }),
                let index = order.packages.firstIndex(of: name)
            else { continue }
            let record = try Record(reader.contents(of: entry, cap: WheelCaps().record), of: "the layer's zip")
            for path in record.rows.keys { owners[path.text] = index }
        }
        let files = directory.entries.compactMap { entry -> LayerListing.File? in
            guard !entry.isFolder, entry.path.text.hasPrefix("python/") else { return nil }
            let path = String(entry.path.text.dropFirst("python/".count))
            return .init(path: path, wheel: owners[path], source: nil, size: ByteCount(entry.size))
        }
        let listing = LayerListing(wheels: [], files: files)
        let found = LayerModules(listing, on: order.target)
        let tops = TopModules(listing, found)
        return order.packages.enumerated().flatMap { index, package in
            tops.names(of: index).flatMap { name in
                // The module of the same name in it is what some packages are for: `pyzbar.pyzbar`.
                let inner = name.contains(".") || found.find("\(name)/\(name)") == nil ? [] : ["\(name).\(name)"]
                return ([name] + inner).map { Module(package: package, name: $0) }
            }
        }.filter { Checks.Imports.isModule($0.name) }.prefix(Self.mostModules).map(\.self)
    }
}
