import Model
import Wheels

/// What slimming came to, and what it cannot help with.
extension LayerInspection {
    func slimFindings(_ listing: LayerListing) -> [Finding] {
        savings(listing) + duplicates(listing)
    }

    /// For each package, the largest saving first.
    private func savings(_ listing: LayerListing) -> [Finding] {
        let saved = zip(wheels, listing.slimmed).filter { $1.files > 0 }
            .sorted { ($1.1.unzipped, $0.0.wheel.package) < ($0.1.unzipped, $1.0.wheel.package) }
        guard !saved.isEmpty else {
            return [Finding(.slim, .note, "no library has anything that only debuggers read, or can lose it")]
        }
        return saved.map { cached, saving in
            Finding(
                .slim, .note,
                "\(cached.wheel.package) \(cached.wheel.version) lost \(saving.unzipped) in "
                    + "\(saving.files) \(saving.files == 1 ? "library" : "libraries") (\(saving.zipped) of the zip)",
                wheel: cached.wheel.fileName)
        }
    }

    /// The same library at several places, of several packages.
    private func duplicates(_ listing: LayerListing) -> [Finding] {
        let libraries = listing.files.filter { file in
            file.wheel != nil && file.size.bytes > 4096
                && file.path.split(separator: "/").last.map { $0.hasSuffix(".so") || $0.contains(".so.") } ?? false
        }
        return Dictionary(grouping: libraries, by: \.digest).values
            .filter { files in Set(files.map(\.wheel)).count > 1 }
            .sorted { ($1[0].size, $0[0].path) < ($0[0].size, $1[0].path) }
            .map { files in
                let paths = files.map { "'\(EntryPath($0.path))'" }.joined(separator: ", ")
                return Finding(.duplicateLibrary, .note, "the same library of \(files[0].size) is in it as \(paths)")
            }
    }
}
