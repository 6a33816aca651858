import Files
import Model
import Wheels

/// What two builds of one source distribution came to, for a worker to look at.
public struct AdoptionOrder: Sendable, Hashable, Codable {
    let package: PackageName
    let version: String
    let target: Target
    /// The wheels' names as the back-end gave them, and where they are.
    let names: [String]
    let paths: [String]
    /// Where the wheel goes: without a suffix.
    let destination: String
}

/// Takes a wheel that was built twice: if both are the same, and if every machine can load it.
struct WheelAdoption {
    let order: AdoptionOrder

    /// The largest wheel that is taken.
    static let largest = ByteCount.mebibytes(128)

    /// Blocks.
    /// - Throws: `unbuildable` with what differs, or with why the wheel cannot be taken; `badWheel`, `file`.
    func adopt(_ cancellation: Cancellation) throws -> MadeWheel {
        guard order.names.count == 2, order.paths.count == 2, let name = WheelFileName(order.names[0]) else {
            throw refused("the back-end's wheel has no wheel's name: '\((order.names.first ?? "").printable(100))'")
        }
        guard order.names[0] == order.names[1] else {
            throw refused("its two builds differ: \(order.names[0]) and \(order.names[1].printable(100))")
        }
        let digests = try order.paths.map { try BoundedFile.digest($0, limit: Self.largest) }
        guard digests[0] == digests[1] else { throw try difference(name) }
        guard name.normalizedName == order.package.text else {
            throw refused("the back-end made \(name), which is no wheel of this package")
        }
        guard name.isPure else {
            throw refused(
                "the back-end made \(name): native code has to be built with \(order.target)'s own compiler and libraries, "
                    + "and there is no builder for that here",
                hint: "build the wheel on Amazon Linux and name its folder in 'index: find-links'")
        }
        let bytes = try BoundedFile.read(order.paths[0], limit: Self.largest)
        let source = WheelSource(path: order.paths[0], fileName: name, sha256: digests[0])
        let contents = try source.contents(
            of: try WheelFile(path: order.paths[0], name: name.text), cancellation: cancellation)
        let made = MadeWheel(fileName: name.text, sha256: digests[0], size: ByteCount(bytes.count))
        guard contents.libraries.isEmpty, made.isPure(order.package, order.version) else {
            throw refused(
                contents.libraries.isEmpty
                    ? "the back-end made \(name), which is another version"
                    : "\(name) has native code, whatever its name says: \(contents.libraries[0].path.printable(100))")
        }
        // The record last: without it, the wheel counts for nothing.
        try AtomicFile.write(bytes, to: "\(order.destination).whl", mode: 0o666)
        try SmallFile.write(made, at: "\(order.destination).json")
        return made
    }

    private func difference(_ name: WheelFileName) throws -> StrataError {
        let listings = try order.paths.map { path in
            try ZipDirectory(of: try WheelFile(path: path, name: name.text)).entries.map {
                (path: $0.path, mark: "\($0.crc32) \($0.size) \($0.isExecutable)")
            }
        }
        let marks = listings.map { Dictionary($0.map { ($0.path, $0.mark) }) { first, _ in first } }
        let names = Set(marks[0].keys).union(marks[1].keys).filter { marks[0][$0] != marks[1][$0] }.sorted()
        // RECORD follows from the others.
        let telling = names.filter { !$0.text.hasSuffix(".dist-info/RECORD") }
        let shown = (telling.isEmpty ? names : telling).prefix(5).map { path in
            marks[0][path] == nil || marks[1][path] == nil
                ? "'\(path.text.printable(100))' is in one of them only" : "'\(path.text.printable(100))'"
        }
        let what =
            names.isEmpty
            ? "the order, the dates or the packing of their files"
            : shown.joined(separator: ", ")
                + (telling.count > 5 ? " and \(telling.count - 5) more" : "")
        return refused(
            "it cannot be built twice alike: the builds differ in \(what)",
            hint: "it depends on time, folder, locale or chance; build a wheel yourself and name its folder in "
                + "'index: find-links'")
    }

    private func refused(_ why: String, hint: String? = nil) -> StrataError {
        StrataError(.unbuildable, why, hint: hint)
    }
}
