import Model

/// Who a commit is by.
public struct Author: Sendable, Hashable {
    public let name: String
    public let email: String

    /// - Throws: `configuration` for what git would cut or refuse: angle brackets, control characters, nothing.
    public init(name: String, email: String) throws(StrataError) {
        for part in [name, email] {
            let good =
                part.contains { !$0.isWhitespace }
                && part.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7f && $0 != "<" && $0 != ">" }
            guard good else {
                throw StrataError(
                    .configuration, "'\(name) <\(email)>' is not a commit author", hint: "write Name <address>")
            }
        }
        self.name = name
        self.email = email
    }

    /// Reads `Name <address>`.
    /// - Throws: `configuration`.
    public init(_ text: String) throws(StrataError) {
        guard let open = text.lastIndex(of: "<"), text.last == ">" else {
            throw StrataError(.configuration, "'\(text)' is not a commit author", hint: "write Name <address>")
        }
        try self.init(
            name: String(text[..<open].reversed().drop(while: \.isWhitespace).reversed()),
            email: String(text[text.index(after: open)...].dropLast()))
    }
}

/// A commit to make on top of `parent`.
public struct CommitRequest: Sendable {
    /// The commit that it follows; nil for the first one of a branch.
    public var parent: ObjectID?
    /// The commit whose tree is changed. The parent's, except where history is squashed.
    public var base: ObjectID?
    public var message: String
    public var author: Author
    /// Written in UTC, so that the same state gives the same commit.
    public var date: Timestamp
    public var changes: [TreeChange]

    public init(
        parent: ObjectID?, message: String, author: Author, date: Timestamp, changes: [TreeChange]
    ) {
        self.parent = parent
        base = parent
        self.message = message
        self.author = author
        self.date = date
        self.changes = changes
    }

    /// The message as git stores it: no trailing blanks, one line feed at the end.
    var text: String {
        var lines = message.split(separator: "\n", omittingEmptySubsequences: false).map { line in
            String(line.reversed().drop(while: \.isWhitespace).reversed())
        }
        while lines.last == "" { lines.removeLast() }
        return lines.joined(separator: "\n") + "\n"
    }
}
