import Contracts
import FoundationEssentials
import Glibc
import Local
import Model
import Testing

@Suite("Folder provider")
struct FolderProviderTests {
    @Test("keeps the layer provider's contract", arguments: LayerProviderContract.cases)
    func contract(_ promise: ContractCase<LayerProviderSubject>) async throws {
        try await withTemporaryFolder { folder in
            let (here, there) = (Samples.regions[0], Samples.regions[1])
            try await promise.check(
                LayerProviderSubject(
                    provider: FolderProvider(root: "\(folder)/lambda"),
                    other: FolderProvider(root: "\(folder)/lambda"), folder: folder, here: here, there: there))
            #expect(try leftovers(in: folder).isEmpty)
        }
    }

    @Test("stores one copy of the bytes for all regions, and none when the last version is gone")
    func oneCopy() async throws {
        try await withTemporaryFolder { folder in
            let provider = FolderProvider(root: "\(folder)/lambda")
            let package = try SampleZip.package("shared", in: folder)
            let layer = try await provider.prepare(package, for: Samples.regions)
            var made: [PublishedVersion] = []
            for region in Samples.regions { made.append(try await provider.publish(layer, as: "acme", in: region)) }

            let blob = "\(folder)/lambda/blobs/\(package.sha256).zip"
            #expect(try Data(contentsOf: URL(filePath: blob)) == Data(contentsOf: URL(filePath: package.path)))
            var status = stat()
            #expect(stat(blob, &status) == 0)
            #expect(status.st_nlink == 4)
            #expect(status.st_mode & 0o777 == 0o444)
            for version in made.dropLast() { try await provider.delete(version.id) }
            #expect(access(blob, F_OK) == 0)
            try await provider.delete(made[2].id)
            #expect(access(blob, F_OK) != 0)
            // What was prepared can be published all the same: the bytes are stored again.
            #expect(try await provider.publish(layer, as: "acme", in: Samples.regions[0]).sha256 == package.sha256)
        }
    }

    @Test("tells the digest of the bytes that are there, and no version whose bytes are gone")
    func damaged() async throws {
        try await withTemporaryFolder { folder in
            let provider = FolderProvider(root: "\(folder)/lambda")
            let package = try SampleZip.package("damaged", in: folder)
            let layer = try await provider.prepare(package, for: Samples.regions)
            let (region, other) = (Samples.regions[0], Samples.regions[1])
            let first = try await provider.publish(layer, as: "acme", in: region)
            #expect(try await provider.version(first.id)?.sha256 == package.sha256)

            let zip = "\(folder)/lambda/regions/\(region)/acme/1/layer.zip"
            var bytes = try Data(contentsOf: URL(filePath: zip))
            bytes[bytes.count / 2] ^= 1
            chmod(zip, 0o644)
            try bytes.write(to: URL(filePath: zip))
            let found = try #require(try await provider.version(first.id))
            #expect(found.sha256 == .of(bytes) && found.sha256 != package.sha256)
            // All regions have the same bytes once, and what is published anew must not get the damaged ones.
            let again = try await provider.prepare(package, for: Samples.regions)
            let second = try await provider.publish(again, as: "acme", in: other)
            #expect(try await provider.version(second.id)?.sha256 == package.sha256)

            try FileManager.default.removeItem(atPath: zip)
            #expect(try await provider.version(first.id) == nil)
            #expect(try await provider.versions(of: "acme", in: region).isEmpty)
        }
    }

    @Test("tells the digest of the bytes, not the one that was claimed")
    func claimedDigest() async throws {
        try await withTemporaryFolder { folder in
            let provider = FolderProvider(root: "\(folder)/lambda")
            let honest = try SampleZip.package("honest", in: folder)
            let lying = LayerPackage(
                path: honest.path, sha256: .of("something else"), size: ByteCount(1), unzipped: ByteCount(1),
                description: "", license: nil, target: honest.target)
            let layer = try await provider.prepare(lying, for: Samples.regions)
            let made = try await provider.publish(layer, as: "acme", in: Samples.regions[0])
            #expect(made.sha256 == honest.sha256)
            #expect(made.size == honest.size)
        }
    }

    @Test("a published layer does not change when the zip that it came from does")
    func independentBytes() async throws {
        try await withTemporaryFolder { folder in
            let provider = FolderProvider(root: "\(folder)/lambda")
            let package = try SampleZip.package("before", in: folder)
            let layer = try await provider.prepare(package, for: Samples.regions)
            let made = try await provider.publish(layer, as: "acme", in: Samples.regions[0])
            let handle = try FileHandle.overwrite(package.path)
            #expect(handle)
            let stored = try Data(contentsOf: URL(filePath: "\(folder)/lambda/blobs/\(package.sha256).zip"))
            #expect(ContentDigest.of(stored) == made.sha256)
        }
    }

    @Test("names the partition in ARNs of its regions")
    func partitions() async throws {
        try await withTemporaryFolder { folder in
            let provider = FolderProvider(root: "\(folder)/lambda", rules: .init(account: "123456789012"))
            let layer = try await provider.prepare(SampleZip.package("x", in: folder), for: [])
            for (code, partition) in [("cn-north-1", "aws-cn"), ("us-gov-west-1", "aws-us-gov"), ("eu-west-1", "aws")] {
                let region = try Samples.required(Region(code))
                let made = try await provider.publish(layer, as: "acme", in: region)
                #expect(made.arn == "arn:\(partition):lambda:\(code):123456789012:layer:acme:1")
            }
        }
    }

    @Test("refuses an architecture that a region does not offer, and only there")
    func architectures() async throws {
        try await withTemporaryFolder { folder in
            let (here, there) = (Samples.regions[0], Samples.regions[1])
            let provider = FolderProvider(root: "\(folder)/lambda", rules: .init(lacking: [here: [.arm64]]))
            let package = try SampleZip.package("arm", in: folder, target: "python3.12-arm64")
            let layer = try await provider.prepare(package, for: [here, there])
            let error = await expect(.unsupported) { _ = try await provider.publish(layer, as: "acme", in: here) }
            #expect(error?.place.region == here.code)
            #expect(try await provider.publish(layer, as: "acme", in: there).id.number == 1)
        }
    }

    @Test("refuses what is over the region's storage, and takes it when there is room again")
    func quota() async throws {
        try await withTemporaryFolder { folder in
            let first = try SampleZip.package("first", in: folder)
            let second = try SampleZip.package("other", in: folder)
            let rules = FolderProvider.Rules(storage: ByteCount(first.size.bytes + second.size.bytes - 1))
            let provider = FolderProvider(root: "\(folder)/lambda", rules: rules)
            let region = Samples.regions[0]
            let made = try await provider.publish(provider.prepare(first, for: [region]), as: "acme", in: region)
            let layer = try await provider.prepare(second, for: [region])
            await expect(.quota) { _ = try await provider.publish(layer, as: "acme", in: region) }
            // A count that a crash left too high is corrected before anything is refused for it.
            try await provider.delete(made.id)
            try Data("999999\n".utf8).write(to: URL(filePath: "\(folder)/lambda/regions/\(region)/stored"))
            #expect(try await provider.publish(layer, as: "acme", in: region).id.number == 2)
        }
    }

    @Test("goes on after a crash at any step of publishing and deleting")
    func crashes() async throws {
        try await withTemporaryFolder { folder in
            let provider = FolderProvider(root: "\(folder)/lambda")
            let region = Samples.regions[0]
            let layer = try await provider.prepare(SampleZip.package("one", in: folder), for: [region])
            let first = try await provider.publish(layer, as: "acme", in: region)
            // As a process that died leaves them: a number taken and its version half put together, a version half
            // removed, a small file half written.
            let path = "\(folder)/lambda/regions/\(region)/acme"
            try Data("5\n".utf8).write(to: URL(filePath: "\(path)/last"))
            for aside in [".new", ".gone"] {
                try FileManager.default.createDirectory(atPath: "\(path)/\(aside)", withIntermediateDirectories: true)
                try Data("{".utf8).write(to: URL(filePath: "\(path)/\(aside)/version.json"))
            }
            try Data("7".utf8).write(to: URL(filePath: "\(path)/last.new"))

            #expect(try await provider.versions(of: "acme", in: region).map(\.id) == [first.id])
            let second = try await provider.publish(layer, as: "acme", in: region)
            #expect(second.id.number == 6)
            try await provider.delete(first.id)
            #expect(try await provider.versions(of: "acme", in: region).map(\.id) == [second.id])
            #expect(try leftovers(in: folder).isEmpty)
        }
    }

    @Test("leaves nothing behind, and no version, when writing fails")
    func failedWriting() async throws {
        try await withTemporaryFolder { folder in
            let provider = FolderProvider(root: "\(folder)/lambda")
            let region = Samples.regions[0]
            let package = try SampleZip.package("one", in: folder)
            let layer = try await provider.prepare(package, for: [region])
            // Neither the stored bytes nor the file that they came from can be linked or read any more.
            try FileManager.default.removeItem(atPath: "\(folder)/lambda/blobs/\(package.sha256).zip")
            try FileManager.default.removeItem(atPath: package.path)
            await expect(.notFound) { _ = try await provider.publish(layer, as: "acme", in: region) }
            #expect(try await provider.versions(of: "acme", in: region).isEmpty)
            #expect(try leftovers(in: folder).isEmpty)
            // The number that was taken stays taken.
            #expect(try await FolderProviderTests.publish(provider, region, folder).id.number == 2)
            #expect(try await provider.storage(in: region).used == package.size)
        }
    }

    @Test("says which file is damaged instead of giving a number twice")
    func damage() async throws {
        try await withTemporaryFolder { folder in
            let provider = FolderProvider(root: "\(folder)/lambda")
            let region = Samples.regions[0]
            let made = try await FolderProviderTests.publish(provider, region, folder)
            let path = "\(folder)/lambda/regions/\(region)/acme"
            try Data("x".utf8).write(to: URL(filePath: "\(path)/last"))
            let error = await expect(.inconsistent) {
                _ = try await FolderProviderTests.publish(provider, region, folder)
            }
            #expect(error?.place.file?.hasSuffix("acme/last") == true)
            try Data("{".utf8).write(to: URL(filePath: "\(path)/1/version.json"))
            await expect(.inconsistent) { _ = try await provider.version(made.id) }
        }
    }

    @Test("refuses a layer that another provider prepared")
    func foreignPreparation() async throws {
        struct Foreign: PreparedLayer { let package: LayerPackage }
        try await withTemporaryFolder { folder in
            let provider = FolderProvider(root: "\(folder)/lambda")
            let foreign = Foreign(package: try SampleZip.package("x", in: folder))
            await expect(.invalidRequest) {
                _ = try await provider.publish(foreign, as: "acme", in: Samples.regions[0])
            }
        }
    }

    private static func publish(_ provider: FolderProvider, _ region: Region, _ folder: String) async throws
        -> PublishedVersion
    {
        let layer = try await provider.prepare(SampleZip.package("one", in: folder), for: [region])
        return try await provider.publish(layer, as: "acme", in: region)
    }

    /// Files that only a crash should leave behind.
    private func leftovers(in folder: String) throws -> [String] {
        try FileManager.default.subpathsOfDirectory(atPath: folder).filter {
            $0.hasSuffix(".new") || $0.hasSuffix(".gone")
        }
    }
}

private enum FileHandle {
    /// Writes over a file's first byte, in place.
    static func overwrite(_ path: String) throws -> Bool {
        guard let file = fopen(path, "r+") else { return false }
        defer { fclose(file) }
        return fputc(0, file) == 0
    }
}

@Suite("Asking a folder that stands in for Lambda")
struct FolderProviderQuestionTests {
    @Test("makes nothing where nothing was published")
    func storage() async throws {
        try await withTemporaryFolder { folder in
            let provider = FolderProvider(root: "\(folder)/lambda")
            let storage = try await provider.storage(in: Samples.regions[0])
            #expect(storage.used == ByteCount(0) && storage.limit == provider.rules.storage)
            #expect(access("\(folder)/lambda", F_OK) != 0)
        }
    }
}
