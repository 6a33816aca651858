import Model

/// What uv wrote to its standard error with `--verbose`: its own log, and at the end the message for people.
package struct UvLog: Sendable {
    /// Without the log lines, and without credentials that a URL may hold.
    package let message: String
    /// Packages that the resolver looked at, also those that are not in the lock: a newer release of a package may have
    /// been passed over since a dependency of it cannot be met.
    package let visited: Set<PackageName>
    /// What uv warned of after it had found a solution, in its order.
    package let warnings: [UvWarning]

    package init(_ text: String) {
        var visited: Set<PackageName> = []
        var lines: [String] = []
        var warnings: [UvWarning] = []
        var isResolved = false
        for line in text.split(whereSeparator: \.isNewline) {
            if let rest = Self.rest(of: line, after: "DEBUG Searching for a compatible version of ") {
                let name = rest.prefix { $0 != "[" && $0 != "{" && $0 != " " && $0 != "(" }
                if let package = PackageName(String(name)) { visited.insert(package) }
            }
            if line.hasPrefix("Resolved ") { isResolved = true }
            // Before that it warns of itself: of the interpreter, for instance.
            if isResolved, let warning = Self.rest(of: line, after: "warning: ") {
                warnings.append(UvWarning(Self.withoutCredentials(String(warning))))
            }
            // What came before it belongs to entries of the log that take several lines.
            if line.hasPrefix("error: ") { lines = [] }
            let isLog = ["DEBUG ", "TRACE ", "INFO ", "Resolved "].contains { line.hasPrefix($0) }
            if !isLog { lines.append(Self.withoutCredentials(line.trimmingSpaces)) }
        }
        self.visited = visited
        self.warnings = warnings
        message = lines.filter { !$0.isEmpty }.joined(separator: "\n")
    }

    /// Whether the index answered and the requirements are what is wrong.
    package var saysUnsatisfiable: Bool {
        message.contains("No solution found") && !message.contains("authentication credentials")
            && !message.contains("could not be queried")
    }

    /// A dependency that is no release but an address: the package that asks for it, and the dependency.
    package var addressDependency: (asking: String, dependency: String)? {
        let parts = message.split(separator: "`", omittingEmptySubsequences: false)
        guard message.contains("was included as a URL dependency"), message.contains("Failed to resolve dependencies"),
            parts.count > 4, parts[2].hasSuffix(": Package ")
        else { return nil }
        return (String(parts[1]), String(parts[3]))
    }

    /// The packages that the message names in what it says of their wheels, or of their absence.
    package var blamed: Set<PackageName> {
        let words = message.split { $0.isWhitespace || ",()`".contains($0) }.map(String.init)
        var names: Set<PackageName> = []
        for (index, word) in words.enumerated() {
            let next = words[(index + 1)...].prefix(4)
            let isSubject =
                next.starts(with: ["has", "no"]) || next.starts(with: ["have", "no"])
                || next.starts(with: ["was", "not"]) || next.starts(with: ["is", "available"])
                || next.starts(with: ["depends", "on"])
            let isObject = index > 1 && words[index - 1] == "on" && words[index - 2] == "depends"
            guard isSubject || isObject else { continue }
            let name = word.prefix { !"=<>!~[{".contains($0) }
            if let package = PackageName(String(name)) { names.insert(package) }
        }
        return names
    }

    private static func rest(of line: Substring, after prefix: String) -> Substring? {
        line.hasPrefix(prefix) ? line.dropFirst(prefix.count) : nil
    }

    /// `https://user:secret@host` becomes `https://host`.
    static func withoutCredentials(_ line: String) -> String {
        guard line.contains("://") else { return line }
        return line.split(separator: " ", omittingEmptySubsequences: false)
            .map { word in word.contains("://") ? IndexURL(String(word)).address : String(word) }
            .joined(separator: " ")
    }
}
