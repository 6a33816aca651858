import Files
import FoundationEssentials
import Glibc
import Model

/// What `prepare` found out about a zip: its bytes are stored once, under their digest.
struct FolderLayer: PreparedLayer {
    let package: LayerPackage
    let blob: BlobFolder.Blob
    /// What the zip's own directory says it holds, or why it cannot be read.
    let unzipped: Result<ByteCount, StrataError>
}

extension FolderProvider {
    public func prepare(_ package: LayerPackage, for regions: [Region]) async throws -> any PreparedLayer {
        let blobs = blobs
        return try await blocking {
            let unzipped = Result { () throws(StrataError) in
                try ZipListing.unzippedSize(of: OpenFile(package.path))
            }
            return FolderLayer(package: package, blob: try blobs.store(package.path), unzipped: unzipped)
        }
    }

    public func publish(_ layer: any PreparedLayer, as name: String, in region: Region) async throws
        -> PublishedVersion
    {
        let place = StrataError.Place(region: region.code, operation: "PublishLayerVersion")
        do {
            guard let layer = layer as? FolderLayer else {
                throw StrataError(.invalidRequest, "the layer was prepared by another provider")
            }
            try check(layer, name, region)
            let record = VersionRecord(layer, account: rules.account)
            let (blobs, storage) = (blobs, rules.storage)
            let number = try await changing(region) { folder in
                try folder.reserve(layer.blob.size, limit: storage)
                return try folder.add(record, to: name) { try blobs.link(layer.blob, from: layer.package.path, to: $0) }
            }
            return published(
                record, Release.ID(account: rules.account, region: region, name: name, number: number),
                holding: (record.sha256, record.size))
        } catch let error as StrataError {
            throw error.at(place)
        }
    }

    /// Lambda's own checks of a request, in its order.
    /// https://docs.aws.amazon.com/lambda/latest/api/API_PublishLayerVersion.html
    private func check(_ layer: FolderLayer, _ name: String, _ region: Region) throws(StrataError) {
        let package = layer.package
        try LayerFolder.check(name: name)
        guard package.description.unicodeScalars.count <= LayerLimits.descriptionLength else {
            throw StrataError(
                .invalidRequest, "the description is longer than \(LayerLimits.descriptionLength) characters")
        }
        guard (package.license ?? "").unicodeScalars.count <= LayerLimits.licenseLength else {
            throw StrataError(.invalidRequest, "the licence is longer than \(LayerLimits.licenseLength) characters")
        }
        guard package.target.platform != nil else {
            throw StrataError(.unsupported, "Lambda does not offer the runtime \(package.target.runtime)")
        }
        if rules.lacking[region]?.contains(package.target.architecture) == true {
            throw StrataError(.unsupported, "\(region) does not offer \(package.target.architecture.rawValue)")
        }
        let unzipped = try layer.unzipped.get()
        guard unzipped <= rules.unzipped else {
            throw StrataError(
                .tooLarge, "the layer holds \(unzipped.bytes) bytes unzipped; Lambda allows \(rules.unzipped.bytes)",
                hint: "divide the layer, or prune it")
        }
    }

    func published(
        _ record: VersionRecord, _ id: Release.ID, holding bytes: (sha256: ContentDigest, size: ByteCount)
    ) -> PublishedVersion {
        PublishedVersion(
            id: id, arn: arn(of: id), sha256: bytes.sha256, size: bytes.size, description: record.description,
            runtimes: [record.runtime], architectures: [record.architecture])
    }
}

/// What a version says of itself: `version.json`.
struct VersionRecord: Sendable, Codable {
    let description: String
    let license: String?
    let runtime: String
    let architecture: Architecture
    let sha256: ContentDigest
    let size: ByteCount
    /// Who published it; nil in what older versions wrote, when nobody looked.
    let account: String?

    init(_ layer: FolderLayer, account: String) {
        self.account = account
        description = layer.package.description
        license = layer.package.license
        runtime = layer.package.target.runtime
        architecture = layer.package.target.architecture
        sha256 = layer.blob.sha256
        size = layer.blob.size
    }
}
