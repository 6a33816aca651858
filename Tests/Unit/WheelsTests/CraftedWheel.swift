import Crypto
import Foundation
import Model
import Testing
import Wheels

/// A wheel in the making: a good one, unless the test changes it.
struct CraftedWheel {
    var name = "demo"
    var version = "1.0"
    var tag = "py3-none-any"
    var files: [CraftedEntry] = []
    /// Nil leaves the file out.
    var metadata: String?
    var wheel: String? = "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    var entryPoints: String?
    var hasRecord = true
    /// Changes RECORD's rows, `path,digest,size`.
    var editRecord: ([String]) -> [String] = { $0 }
    /// Changes the zip as a whole, RECORD included.
    var edit: (inout CraftedZip) -> Void = { _ in }

    init(_ name: String = "demo", _ files: [CraftedEntry] = []) {
        self.name = name
        self.files = files
        metadata = "Metadata-Version: 2.1\nName: \(name)\nVersion: 1.0\n"
    }

    var info: String { "\(name)-\(version).dist-info" }
    var fileName: String { "\(name)-\(version)-\(tag).whl" }

    var bytes: [UInt8] {
        var entries = files
        if let metadata { entries.append(CraftedEntry("\(info)/METADATA", metadata)) }
        if let wheel { entries.append(CraftedEntry("\(info)/WHEEL", wheel)) }
        if let entryPoints { entries.append(CraftedEntry("\(info)/entry_points.txt", entryPoints)) }
        if hasRecord {
            let rows = entries.filter { $0.name.last != UInt8(ascii: "/") }.map { entry in
                let contents = entry.method == 8 ? entry.data.inflatedFromStored : entry.data
                return "\(String(decoding: entry.name, as: UTF8.self)),\(contents.recordDigest),\(contents.count)"
            }
            let record = editRecord(rows + ["\(info)/RECORD,,"]).joined(separator: "\n") + "\n"
            entries.append(CraftedEntry("\(info)/RECORD", record))
        }
        var zip = CraftedZip(entries: entries)
        edit(&zip)
        return zip.bytes
    }

    /// Writes the wheel, under its own name unless told otherwise.
    func write(to folder: Folder, as name: String? = nil) throws -> WheelSource {
        let bytes = bytes
        let path = folder.path + "/" + (name ?? fileName)
        try Data(bytes).write(to: URL(fileURLWithPath: path))
        return WheelSource(
            path: path, fileName: try #require(WheelFileName(fileName)), sha256: ContentDigest.of(bytes))
    }
}

extension [UInt8] {
    var recordDigest: String {
        "sha256="
            + Data(SHA256.hash(data: self)).base64EncodedString().replacing("+", with: "-").replacing("/", with: "_")
            .replacing("=", with: "")
    }

    /// Back from `deflatedAsStored`.
    var inflatedFromStored: [UInt8] {
        var contents: [UInt8] = []
        var offset = 0
        while offset + 5 <= count {
            let length = Int(self[offset + 1]) | Int(self[offset + 2]) << 8
            contents += self[offset + 5..<Swift.min(offset + 5 + length, count)]
            offset += 5 + length
        }
        return contents
    }
}

/// A temporary folder, removed with all that is in it.
final class Folder {
    let path: String

    init() throws {
        path = NSTemporaryDirectory() + "strata-wheels-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    var names: [String] { (try? FileManager.default.contentsOfDirectory(atPath: path).sorted()) ?? [] }
    func bytes(_ name: String) throws -> [UInt8] {
        Array(try Data(contentsOf: URL(fileURLWithPath: path + "/" + name)))
    }
}

/// Expects that `body` throws an error of that code whose line holds all the texts.
func expectRefusal(
    _ code: StrataError.Code = .badWheel, _ texts: String..., at location: SourceLocation = #_sourceLocation,
    _ body: () async throws -> some Any
) async {
    do {
        _ = try await body()
        Issue.record("nothing was refused", sourceLocation: location)
    } catch let error as StrataError {
        #expect(error.code == code, "\(error)", sourceLocation: location)
        for text in texts {
            #expect("\(error)".contains(text), "'\(error)' lacks '\(text)'", sourceLocation: location)
        }
    } catch {
        Issue.record(error, sourceLocation: location)
    }
}

/// Expects that a wheel is refused, by the verification and by the splice alike, with an error that names it.
func expectRefused(
    _ wheel: CraftedWheel, _ texts: String..., bySplice: Bool = true, at location: SourceLocation = #_sourceLocation
) async throws {
    let folder = try Folder()
    let source = try wheel.write(to: folder)
    var errors: [any Error] = []
    do { _ = try await source.verify() } catch { errors.append(error) }
    #expect(errors.count == 1, "it was not refused when verified", sourceLocation: location)
    if bySplice {
        let recipe = LayerRecipe(wheels: [source], requirements: "")
        do { _ = try await recipe.splice(to: folder.path + "/layer.zip") } catch { errors.append(error) }
        #expect(errors.count == 2, "it was not refused when spliced", sourceLocation: location)
        #expect(folder.names == [wheel.fileName], "something was left behind", sourceLocation: location)
    }
    for error in errors {
        #expect((error as? StrataError)?.code == .badWheel, "\(error)", sourceLocation: location)
        for text in texts + [wheel.fileName] {
            #expect("\(error)".contains(text), "'\(error)' lacks '\(text)'", sourceLocation: location)
        }
    }
}
