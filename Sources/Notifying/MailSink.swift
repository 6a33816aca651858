import FoundationEssentials
import Model
import Publishing

/// Mail by the machine's own `sendmail`, which reads the addresses from the message.
public struct MailSink: Sendable {
    private let to: [String]
    private let from: String?
    private let child: Child

    /// - Parameters:
    ///   - to: addresses without names.
    ///   - from: nil for whom sendmail says.
    ///   - sendmail: a program that takes a message as sendmail does.
    ///   - environment: of this process; it gets the plain part of it.
    public init(to: [String], from: String?, sendmail: String, environment: [String: String]) {
        self.to = to
        self.from = from
        // -i: a line with a dot is no end; -t: the recipients are the message's.
        child = Child(arguments: [sendmail, "-i", "-t"], environment: Child.plain(environment))
    }

    public func send(_ bulletin: Bulletin) async throws { try await child.run(message(bulletin)) }

    /// https://www.rfc-editor.org/rfc/rfc5322
    func message(_ bulletin: Bulletin) -> [UInt8] {
        var head = ["To: \(to.joined(separator: ",\n "))"]
        if let from { head.append("From: \(from)") }
        head += [
            "Subject: \(Self.encodedWords(bulletin.title.printable(200)))",
            // Nobody's holiday answers it: https://www.rfc-editor.org/rfc/rfc3834
            "Auto-Submitted: auto-generated", "MIME-Version: 1.0", "Content-Type: text/plain; charset=utf-8",
            "Content-Transfer-Encoding: 8bit",
        ]
        // A line may have 998 bytes.
        let lines = (bulletin.lines + ["", bulletin.registry.url]).map { $0.printable(240) }
        return Array((head + [""] + lines).joined(separator: "\n").utf8) + Array("\n".utf8)
    }

    /// A header's text. https://www.rfc-editor.org/rfc/rfc2047
    static func encodedWords(_ text: String) -> String {
        guard text.contains(where: { !$0.isASCII }) || text.utf8.count > 800 else { return text }
        var words: [[UInt8]] = [[]]
        for character in text.unicodeScalars {
            let bytes = Array(String(character).utf8)
            // A word may have 75 characters.
            if (words.last?.count ?? 0) + bytes.count > 45 { words.append([]) }
            words[words.count - 1] += bytes
        }
        return words.map { "=?utf-8?B?\(Data($0).base64EncodedString())?=" }.joined(separator: "\n ")
    }
}
