import Archives
import Model
import Wheels

/// What a layer takes from elsewhere, unpacked. The files' bytes are there for as long as this is.
final class UnpackedFiles: Sendable {
    let additions: [LayerAddition]
    private let packs: [TemporaryFile]

    init(_ unpacked: [(LayerAddition, TemporaryFile)]) {
        additions = unpacked.map(\.0)
        packs = unpacked.map(\.1)
    }
}

extension Builder {
    /// Fetches, checks and unpacks what an order takes from elsewhere, one after the other.
    /// - Parameter folder: where it is unpacked.
    /// - Throws: what fetching and unpacking come to, with the source's name as the place.
    func unpackedFiles(of order: BuildOrder, in folder: String) async throws -> UnpackedFiles {
        let architecture = order.item.target.architecture
        let files = order.options.files.compactMap { source in source.pin(on: architecture).map { (source, $0) } }
        var unpacked: [(LayerAddition, TemporaryFile)] = []
        // By digest, so that no order of writing shows.
        for (source, pin) in files.sorted(by: { $0.1.sha256 < $1.1.sha256 }) {
            guard let sources else {
                throw StrataError(.inconsistent, "nothing says where the layer's files are kept")
            }
            let path = try await sources.file(pin)
            let pack = TemporaryFile(beside: "\(folder)/\(pin.sha256)")
            unpacked.append(
                (try await Unpacking(path: path, name: pin.name, take: source.take).run(into: pack.path), pack))
        }
        return UnpackedFiles(unpacked)
    }
}
