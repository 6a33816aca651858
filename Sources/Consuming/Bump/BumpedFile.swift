import Files
import Model

/// A file, what it refers to, and what it becomes.
public struct BumpedFile: Sendable {
    public let file: String
    public let original: [UInt8]
    /// In the order of the file.
    public let findings: [BumpFinding]

    public var isChanged: Bool { findings.contains { $0.replacement != nil } }

    /// The file with the newer layers. All other bytes are as they were.
    public var rewritten: [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(original.count)
        var position = 0
        for finding in findings {
            guard let replacement = finding.replacement else { continue }
            let (account, name) = (finding.occurrence.account, finding.occurrence.range)
            result += original[position..<account.lowerBound]
            result += replacement.account.utf8
            result += original[account.upperBound..<name.lowerBound]
            result += "\(replacement.name):\(replacement.number)".utf8
            position = name.upperBound
        }
        return result + original[position...]
    }

    /// Replaces the file at once, with its permissions; does nothing if nothing changed.
    ///
    /// - Throws: `file`.
    public func write() throws(StrataError) {
        guard isChanged else { return }
        try AtomicFile.replace(file, with: rewritten)
    }
}
