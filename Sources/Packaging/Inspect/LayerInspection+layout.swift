import Model
import Wheels

/// What is odd about where a layer's files lie.
extension LayerInspection {
    /// Extension modules for other Pythons than the target's.
    func tagFindings(_ listing: LayerListing) -> [Finding] {
        let suffixes = LayerModules.suffixes(on: target)
        var others: [Int: [String]] = [:]
        var fitting: Set<Int> = []
        for file in listing.files {
            guard let wheel = file.wheel, file.path.hasSuffix(".so"), let name = file.path.split(separator: "/").last,
                let dot = name.firstIndex(of: ".")
            else { continue }
            if name[dot...].hasPrefix(".cpython-"), !suffixes.contains(String(name[dot...])) {
                others[wheel, default: []].append(file.path)
            } else if suffixes.contains(String(name[dot...])) {
                fitting.insert(wheel)
            }
        }
        return others.sorted { $0.key < $1.key }.compactMap { wheel, paths in
            guard wheels.indices.contains(wheel) else { return nil }
            let name = wheels[wheel].wheel.fileName
            let more = paths.count > 1 ? " and \(paths.count - 1) more" : ""
            return Finding(
                .wheelTags, fitting.contains(wheel) ? .note : .warning,
                "\(name) brings '\(EntryPath(paths[0]))'\(more), which Python \(target.python) does not look for",
                wheel: name)
        }
    }

    func layoutFindings(_ listing: LayerListing, _ sources: LayerSources) throws -> [Finding] {
        sharedPackages(listing) + paths(listing) + (try pathFiles(listing, sources))
    }

    /// Packages at the top, with an `__init__`, whose files come from several wheels.
    private func sharedPackages(_ listing: LayerListing) -> [Finding] {
        var owners: [Substring: Set<Int>] = [:]
        var initial: [Substring: Int] = [:]
        for file in listing.files {
            guard let wheel = file.wheel, let slash = file.path.firstIndex(of: "/") else { continue }
            let top = file.path[..<slash]
            guard top.isIdentifier, top != "bin" else { continue }
            owners[top, default: []].insert(wheel)
            if file.path[slash...] == "/__init__.py" { initial[top] = wheel }
        }
        return owners.filter { $0.value.count > 1 && initial[$0.key] != nil }.sorted { $0.key < $1.key }.map {
            top, owners in
            let names = owners.sorted().compactMap {
                wheels.indices.contains($0) ? "\(wheels[$0].wheel.package) \(wheels[$0].wheel.version)" : nil
            }
            let more = names.count > 4 ? " and \(names.count - 4) more" : ""
            return Finding(
                .sharedPackage, .note,
                "'\(EntryPath(String(top)))' has files of \(names.prefix(4).joined(separator: ", "))\(more)")
        }
    }

    private func paths(_ listing: LayerListing) -> [Finding] {
        var findings: [Finding] = []
        var spelled: [String: String] = [:]
        for file in listing.files {
            if file.path.utf8.count + "python/".utf8.count > 255 {
                findings.append(
                    Finding(
                        .paths, .note, "'\(EntryPath(file.path))' is longer than 255 bytes",
                        wheel: listing.fileName(file.wheel)))
            }
            if let other = spelled.updateValue(file.path, forKey: file.path.lowercased()) {
                findings.append(
                    Finding(
                        .paths, .note,
                        "'\(EntryPath(other))' and '\(EntryPath(file.path))' differ in case only",
                        wheel: listing.fileName(file.wheel)))
            }
        }
        return findings
    }

    /// `.pth` files, which some runtimes read and some do not.
    private func pathFiles(_ listing: LayerListing, _ sources: LayerSources) throws -> [Finding] {
        var findings: [Finding] = []
        for (index, file) in listing.files.enumerated() where file.path.hasSuffix(".pth") && !file.path.contains("/") {
            guard let bytes = try sources.contents(of: index, limit: 1 << 20) else { continue }
            let lines = bytes.split { $0 == 0x0A || $0 == 0x0D }.filter { $0.first != UInt8(ascii: "#") }
            let isCode = lines.contains {
                $0.starts(with: Array("import ".utf8)) || $0.starts(with: Array("import\t".utf8))
            }
            let what = isCode ? "would run code at every start" : "adds folders to the path"
            findings.append(
                Finding(
                    .pathFiles, isCode && file.path == "distutils-precedence.pth" ? .note : .warning,
                    "'\(EntryPath(file.path))' \(what), where a runtime reads it; not every one does",
                    wheel: listing.fileName(file.wheel)))
        }
        return findings
    }
}
