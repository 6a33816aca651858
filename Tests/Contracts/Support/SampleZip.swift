import FoundationEssentials
import Model

/// Small zips of stored files: what providers are given to publish.
package enum SampleZip {
    /// A zip that holds one file with these bytes.
    /// - Parameter claiming: the size that its headers tell instead of the true one.
    package static func bytes(_ content: [UInt8], name: String = "python/sample.py", claiming: Int? = nil) -> [UInt8] {
        let name = Array(name.utf8)
        let method = little(claiming == nil ? 0 : 8, 2)
        let sizes = little(Int(crc32(content)), 4) + little(content.count, 4) + little(claiming ?? content.count, 4)
        let common = little(20, 2) + little(0, 2) + method + little(0, 2) + little(0x21, 2) + sizes
        let local = little(0x0403_4b50, 4) + common + little(name.count, 2) + little(0, 2) + name + content
        let directory =
            little(0x0201_4b50, 4) + little(0x0314, 2) + common + little(name.count, 2) + little(0, 8)
            + little(0x81a4_0000, 4) + little(0, 4) + name
        let end =
            little(0x0605_4b50, 4) + little(0, 4) + little(1, 2) + little(1, 2) + little(directory.count, 4)
            + little(local.count, 4) + little(0, 2)
        return local + directory + end
    }

    /// Writes a zip into a folder as a package that can be published.
    package static func package(
        _ text: String, in folder: String, target: String = "python3.12", description: String? = nil,
        license: String? = "Apache-2.0", claiming: Int? = nil
    ) throws -> LayerPackage {
        try package(
            bytes: bytes(Array(text.utf8), claiming: claiming), in: folder, target: target,
            description: description ?? "sample==1.0 build 1 \(text.prefix(40))", license: license)
    }

    package static func package(
        bytes: [UInt8], in folder: String, target: String = "python3.12", description: String = "sample",
        license: String? = nil
    ) throws -> LayerPackage {
        let digest = ContentDigest.of(bytes)
        let path = "\(folder)/\(digest.hex.prefix(16)).zip"
        try Data(bytes).write(to: URL(filePath: path), options: .atomic)
        return LayerPackage(
            path: path, sha256: digest, size: ByteCount(bytes.count), unzipped: ByteCount(bytes.count),
            description: description, license: license, target: try Samples.required(Target(target)))
    }

    private static func little(_ number: Int, _ width: Int) -> [UInt8] {
        (0..<width).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) }
    }

    private static func crc32(_ bytes: [UInt8]) -> UInt32 {
        var crc = UInt32.max
        for byte in bytes {
            crc ^= UInt32(byte)
            for _ in 0..<8 { crc = crc & 1 == 1 ? crc >> 1 ^ 0xedb8_8320 : crc >> 1 }
        }
        return ~crc
    }
}
