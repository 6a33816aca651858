import Model
import Testing

extension LayerProviderContract {
    static let limitCases: [ContractCase<LayerProviderSubject>] = [
        ContractCase("a name of 64 letters, digits, '-' and '_' is taken, any other is refused") { subject in
            let layer = try await subject.provider.prepare(
                SampleZip.package("name", in: subject.folder), for: [subject.here])
            let longest = String(repeating: "aB3-_xyz", count: 8)
            #expect(try await subject.provider.publish(layer, as: longest, in: subject.here).id.name == longest)
            for name in ["", longest + "a", "a.b", "a b", "a/b", "..", "a:1", "é", "a\n"] {
                await expect(.invalidRequest) {
                    _ = try await subject.provider.publish(layer, as: name, in: subject.here)
                }
            }
        },
        ContractCase("a description of 256 characters and a licence of 512 are taken, longer ones refused") { subject in
            func publish(_ description: Int, _ license: Int) async throws -> PublishedVersion {
                let package = try SampleZip.package(
                    "texts", in: subject.folder, description: String(repeating: "d", count: description),
                    license: String(repeating: "l", count: license))
                let layer = try await subject.provider.prepare(package, for: [subject.here])
                return try await subject.provider.publish(layer, as: "acme-p312-texts", in: subject.here)
            }
            let longest = try await publish(256, 512)
            #expect(longest.description.count == 256)
            await expect(.invalidRequest) { _ = try await publish(257, 512) }
            await expect(.invalidRequest) { _ = try await publish(256, 513) }
        },
        ContractCase("a layer of exactly the limit unzipped is taken, one more byte is too large") { subject in
            func publish(_ size: Int) async throws {
                let package = try SampleZip.package("large", in: subject.folder, claiming: size)
                let layer = try await subject.provider.prepare(package, for: [subject.here])
                _ = try await subject.provider.publish(layer, as: "acme-p312-large", in: subject.here)
            }
            try await publish(LayerLimits.unzipped.bytes)
            await expect(.tooLarge) { try await publish(LayerLimits.unzipped.bytes + 1) }
        },
        ContractCase("what is no zip is refused, and takes no number") { subject in
            for bytes in [[], Array("no zip".utf8), [UInt8](repeating: 0, count: 4096)] {
                let package = try SampleZip.package(bytes: bytes, in: subject.folder)
                await expect(.invalidRequest) {
                    let layer = try await subject.provider.prepare(package, for: [subject.here])
                    _ = try await subject.provider.publish(layer, as: "acme-p312-sample", in: subject.here)
                }
            }
            #expect(try await subject.publish("one").id.number == 1)
        },
        ContractCase("a runtime that Lambda does not offer is unsupported") { subject in
            let package = try SampleZip.package("odd", in: subject.folder, target: "python9.9")
            await expect(.unsupported) {
                let layer = try await subject.provider.prepare(package, for: [subject.here])
                _ = try await subject.provider.publish(layer, as: "acme-p99-odd", in: subject.here)
            }
        },
    ]
}
