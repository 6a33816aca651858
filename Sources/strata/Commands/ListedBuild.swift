import ArgumentParser
import Consuming
import Model
import Site

/// A build as a registry lists it: `LAYER TARGET BUILD`.
struct BuildArguments: ParsableArguments {
    @Argument(help: "The layer.") var layer: String
    @Argument(help: "The target: python3.13, python3.13-arm64.") var target: String
    @Argument(help: "The build's number.") var build: Int

    /// What the registry tells of it.
    ///
    /// - Throws: `configuration` for what cannot be; `notFound` if the registry does not have it; `unsupported` for an
    ///   imported one, of which it is not known what it was made from.
    func listed(in catalog: RegistryCatalog) async throws -> (build: Build, artifact: Build.Artifact) {
        guard let target = Target(self.target) else {
            throw StrataError(
                .configuration, "there is no target '\(self.target)'",
                hint: "one of \(Target.buildable.map(\.description).joined(separator: ", "))")
        }
        let item = Item(try layerName(layer), target)
        guard 1...1_000_000 ~= build, let (path, file) = try await catalog.file(ofBuild: build, of: item) else {
            throw StrataError(
                .notFound, "'\(catalog.source.name)' has no build \(build) of \(item)",
                hint:
                    "name the address or folder of its main branch; the layer's releases.json lists the builds"
            )
        }
        let listed = try RegistryReader.build(build, of: item, in: file, path: path)
        guard let artifact = listed.artifact else {
            throw StrataError(
                .unsupported, "build \(build) was imported, and what it was made from is not known", place: item.place)
        }
        return (listed, artifact)
    }
}
