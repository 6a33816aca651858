import HTTP
import Model
import Tasks

/// A layer that is ready for any region: its request, or its place in S3.
struct LambdaLayer: PreparedLayer {
    enum Source: Sendable {
        /// One request that all regions send.
        case inline(Payload)
        /// The zip lies in S3 once for each partition, and is copied from there to the region's bucket.
        case staged([Partition: Buckets.Object], copies: OnceEach<Region, Buckets.Object>)
    }

    let package: LayerPackage
    let source: Source
}

extension LambdaLayerProvider {
    /// Encodes and hashes the layer once, or uploads it once for each partition if it is large.
    ///
    /// - Throws: `.tooLarge` for a layer that Lambda would refuse, `.file` and `.inconsistent` for a zip that cannot be
    ///   read or is not what the package promises.
    public func prepare(_ package: LayerPackage, for regions: [Region]) async throws(StrataError) -> any PreparedLayer {
        guard package.unzipped <= LayerLimits.unzipped else {
            throw StrataError(
                .tooLarge, "it unpacks to \(package.unzipped), and Lambda allows \(LayerLimits.unzipped)",
                hint: "remove files with the layer's 'prune' or 'exclude', or split the layer")
        }
        let direct = min(staging?.above ?? LayerLimits.directUpload, LayerLimits.directUpload)
        guard package.size > direct else {
            return LambdaLayer(package: package, source: .inline(try await LayerRequest.inline(package)))
        }
        guard let staging else {
            throw StrataError(
                .tooLarge,
                "the zip has \(package.size), and Lambda accepts \(LayerLimits.directUpload) in a direct upload",
                hint: "configure 'publish.staging' with a bucket: larger layers go through S3")
        }
        var originals: [Partition: Buckets.Object] = [:]
        for (partition, regions) in Dictionary(grouping: regions, by: \.partition).sorted(by: {
            $0.key.rawValue < $1.key.rawValue
        }) {
            originals[partition] = try await stage(package, staging, inOneOf: regions)
        }
        return LambdaLayer(package: package, source: .staged(originals, copies: OnceEach()))
    }

    /// Uploads the zip to the nearest region, and to another if that one fails: one region must not cost a partition.
    ///
    /// - Throws: what the nearest region said, if none of them takes it.
    private func stage(
        _ package: LayerPackage, _ staging: Staging, inOneOf regions: [Region]
    ) async throws(StrataError) -> Buckets.Object {
        var first: StrataError?
        for region in staging.order(regions).prefix(Self.stagingRegions) {
            do throws(StrataError) {
                return try await stage(package, staging, in: region)
            } catch {
                // What is wrong with the zip is wrong with it everywhere.
                guard ![.file, .inconsistent, .cancelled, .credentials].contains(error.code) else { throw error }
                first = first ?? error
            }
        }
        throw first ?? StrataError(.inconsistent, "no region was given to publish the layer in")
    }

    /// How many regions are tried for the upload.
    private static let stagingRegions = 3

    public func publish(
        _ layer: any PreparedLayer, as name: String, in region: Region
    ) async throws(StrataError) -> PublishedVersion {
        guard let layer = layer as? LambdaLayer else {
            throw StrataError(.inconsistent, "the layer was prepared by another provider")
        }
        try check(name)
        let lambda = try await lambda(region)
        let (payload, object) = try await payload(of: layer, in: region)
        do throws(StrataError) {
            return try published(
                try await lambda.publish(name, payload, reading: object, in: region), name, region)
        } catch {
            // The answer may be lost although the version exists. The description, which holds the publication's own
            // id, tells; it is only believed with the digest.
            guard error.code.leavesDoubt, let found = await find(layer.package, name, region) else { throw error }
            return found
        }
    }

    /// The request in a region, and the object that it names.
    private func payload(
        of layer: LambdaLayer, in region: Region
    ) async throws(StrataError) -> (payload: Payload, object: Buckets.Object?) {
        switch layer.source {
        case .inline(let payload): return (payload, nil)
        case .staged(let originals, let copies):
            guard let staging, let original = originals[region.partition] else {
                throw StrataError(.inconsistent, "the layer was not prepared for \(region)")
            }
            let account = try await account(in: region.partition)
            let object = try await copies.value(region) { () async throws(StrataError) in
                guard original.bucket.region != region else { return original }
                let bucket = Buckets.Bucket(name: staging.bucket(account, region), owner: account, region: region)
                return try await Buckets(client: home(region.partition).client).copy(original, to: bucket)
            }
            return (try LayerRequest.staged(layer.package, object), object)
        }
    }

    /// Uploads the zip, unless the same bytes are there from before: the key is their digest.
    private func stage(
        _ package: LayerPackage, _ staging: Staging, in region: Region
    ) async throws(StrataError) -> Buckets.Object {
        let account = try await account(in: region.partition)
        let buckets = Buckets(client: try home(region.partition).client)
        let bucket = Buckets.Bucket(name: staging.bucket(account, region), owner: account, region: region)
        let key = "layers/\(package.sha256.hex).zip"
        if let (object, size) = try await buckets.head(key, in: bucket), size == package.size { return object }
        let parts = try await Buckets.parts(of: package.file)
        if let only = parts.first, parts.count == 1 { return try await buckets.put(only.payload, as: key, in: bucket) }
        return try await buckets.putParts(parts, as: key, in: bucket)
    }

    /// The version that this publication made, if it exists. Asked at leisure: the version may appear only now.
    private func find(_ package: LayerPackage, _ name: String, _ region: Region) async -> PublishedVersion? {
        for pause in [Duration.zero, .seconds(1), .seconds(3)] {
            guard (try? await Task.sleep(for: pause)) != nil,
                let versions = try? await versions(of: name, in: region)
            else { return nil }
            for summary in versions where summary.description == package.description {
                let version = try? await version(summary.id)
                if let version, version.sha256 == package.sha256 { return version }
            }
        }
        return nil
    }
}

extension StrataError.Code {
    /// Whether the request may have taken effect although this came of it.
    fileprivate var leavesDoubt: Bool { [.timedOut, .connection, .unavailable].contains(self) }
}
