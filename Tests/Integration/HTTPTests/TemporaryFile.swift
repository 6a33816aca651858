import Foundation
import Model

/// A file that goes with the value that holds it.
final class TemporaryFile {
    let path: String
    init(_ bytes: [UInt8] = []) throws {
        path = FileManager.default.temporaryDirectory.appendingPathComponent("strata-\(UUID().uuidString)").path
        try Data(bytes).write(to: URL(fileURLWithPath: path))
    }
    deinit { try? FileManager.default.removeItem(atPath: path) }

    var bytes: [UInt8] { FileManager.default.contents(atPath: path).map(Array.init) ?? [] }
}

/// The error of a call that must fail; nil if it did not.
func failure<Value>(_ work: () async throws -> Value) async -> StrataError? {
    do {
        _ = try await work()
        return nil
    } catch {
        return error as? StrataError
    }
}
