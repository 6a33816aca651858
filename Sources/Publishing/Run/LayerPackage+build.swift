import Model

extension LayerPackage {
    /// A recorded build's zip as Lambda gets it.
    ///
    /// - Parameters:
    ///   - path: where the zip is.
    ///   - publication: the act of publishing that it is for.
    init(_ build: Build, _ artifact: Build.Artifact, at path: String, in publication: Intent.Publication) {
        let license = build.mainPackage.flatMap { name in build.packages.first { $0.name == name }?.license }
        let description = LayerDescription(
            item: build.item, version: build.version, buildNumber: build.buildNumber, sha256: artifact.sha256,
            publication: publication)
        self.init(
            path: path, sha256: artifact.sha256, size: artifact.zipped, unzipped: artifact.unzipped,
            description: description.text, license: license.map { String($0.prefix(LayerLimits.licenseLength)) },
            target: build.item.target)
    }
}

extension Build {
    /// The package that names the layer's version.
    fileprivate var mainPackage: PackageName? {
        requirements.lazy.compactMap { try? Requirement(parsing: $0).package }
            .first { artifact?.lock.wheel(of: $0) != nil }
    }
}
