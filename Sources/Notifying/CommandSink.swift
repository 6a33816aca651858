import FoundationEssentials
import Model
import Publishing

/// A command that reads a bulletin as JSON.
public struct CommandSink: Sendable {
    private let child: Child

    /// - Parameters:
    ///   - command: a program's absolute path, and its arguments.
    ///   - environment: of this process; the command gets the plain part of it.
    public init(_ command: [String], environment: [String: String]) {
        child = Child(arguments: command, environment: Child.plain(environment))
    }

    public func send(_ bulletin: Bulletin) async throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        try await child.run(Array(try encoder.encode(bulletin)) + Array("\n".utf8))
    }
}
