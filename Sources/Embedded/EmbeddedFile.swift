import CResources
import Model

/// A file of the project that is part of the program, so that an installed program needs no files beside it.
public struct EmbeddedFile: Sendable {
    /// From the project's folder: `site/assets/strata.css`.
    public let path: String
    public let bytes: [UInt8]

    public var text: String { String(decoding: bytes, as: UTF8.self) }

    /// - Throws: `inconsistent` if the program has no such file: a mistake of ours.
    public static func at(_ path: String) throws(StrataError) -> EmbeddedFile {
        guard let file = files(in: path, isWhole: true).first else {
            throw StrataError(.inconsistent, "the program contains no file '\(path)'")
        }
        return file
    }

    /// - Parameter folder: from the project's folder, with `/` at its end.
    public static func files(in folder: String) -> [EmbeddedFile] { files(in: folder, isWhole: false) }

    private static func files(in path: String, isWhole: Bool) -> [EmbeddedFile] {
        var found: [EmbeddedFile] = []
        var index = 0
        while let file = cresources_at(index)?.pointee {
            index += 1
            let name = String(cString: file.path)
            guard isWhole ? name == path : name.hasPrefix(path) else { continue }
            let bytes = UnsafeBufferPointer(start: file.bytes, count: file.count)
            found.append(EmbeddedFile(path: name, bytes: Array(bytes)))
        }
        return found
    }
}
