import Files
import Model

/// A file, what it refers to, and what it becomes.
public struct BumpedFile: Sendable {
    public let file: String
    /// In the order of the file.
    public let findings: [BumpFinding]
    let text: FileText

    public var original: [UInt8] { text.original }
    public var isChanged: Bool { findings.contains { $0.replacement != nil } }

    /// The file with the newer layers. All other bytes are as they were.
    public var rewritten: [UInt8] {
        var edits: [(range: Range<Int>, text: String)] = []
        for finding in findings {
            guard let replacement = finding.replacement, let number = replacement.number else { continue }
            edits.append((finding.occurrence.number, String(number)))
            if let range = finding.occurrence.name { edits.append((range, replacement.name)) }
            if let range = finding.occurrence.account, let account = replacement.account {
                edits.append((range, account))
            }
        }
        return text.replacing(edits)
    }

    /// Replaces the file at once, with its permissions; does nothing if nothing changed. Of a link, the file that it
    /// points to is replaced.
    ///
    /// - Throws: `file`; `notFound` if a link leads nowhere by now.
    public func write() throws(StrataError) {
        guard isChanged else { return }
        try AtomicFile.replace(try AtomicFile.destination(of: file), with: rewritten)
    }
}
