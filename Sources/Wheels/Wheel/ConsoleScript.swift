import Model

/// A command that a wheel asks the installer to make ("Entry points", groups `console_scripts` and `gui_scripts`).
package struct ConsoleScript: Equatable {
    var name: String
    var module: String
    /// Within the module: `main`, or `Class.main`.
    var object: String

    /// The program, the same for every platform and Python.
    var source: String {
        """
        #!/usr/bin/env python3
        import sys
        from \(module) import \(object.prefix { $0 != "." })
        if __name__ == "__main__":
            sys.exit(\(object)())

        """
    }

    /// Reads `entry_points.txt`.
    /// - Throws: `.badWheel` for a name that is no plain file name, and for a reference that is no dotted Python name:
    ///   both end up in a file name and in source code.
    package static func read(_ bytes: [UInt8], of wheel: String) throws -> [ConsoleScript] {
        func refused(_ reason: String) -> StrataError { .badWheel(wheel, EntryPath("entry_points.txt"), reason) }

        guard let text = String(validating: bytes, as: UTF8.self) else { throw refused("is not UTF-8") }
        var scripts: [ConsoleScript] = []
        var isWanted = false
        for line in text.split(whereSeparator: \.isNewline).map(\.trimmed) {
            guard let first = line.first, first != "#", first != ";" else { continue }
            if first == "[" {
                isWanted = line == "[console_scripts]" || line == "[gui_scripts]"
            } else if isWanted {
                guard let script = ConsoleScript(line) else {
                    throw refused("has a script that cannot be made: '\(line.utf8.printable)'")
                }
                guard !scripts.contains(where: { $0.name == script.name && $0 != script }) else {
                    throw refused("has the script '\(script.name)' twice")
                }
                if !scripts.contains(script) { scripts.append(script) }
            }
        }
        return scripts
    }

    private init?(_ line: Substring) {
        guard let equals = line.firstIndex(of: "=") else { return nil }
        let name = line[..<equals].trimmed
        // Extras are history: `module:object [extra]`.
        let reference = line[line.index(after: equals)...].prefix { $0 != "[" }.trimmed
        let parts = reference.split(separator: ":", omittingEmptySubsequences: false).map(\.trimmed)
        guard Self.isFileName(name), parts.count == 2, parts.allSatisfy(Self.isDottedName) else { return nil }
        self.name = String(name)
        module = String(parts[0])
        object = String(parts[1])
    }

    private static func isFileName(_ name: Substring) -> Bool {
        name != "." && name != ".." && !name.isEmpty && name.utf8.count <= 255
            && name.unicodeScalars.allSatisfy { $0.properties.isXIDContinue || "._-+ ".unicodeScalars.contains($0) }
    }

    private static func isDottedName(_ text: Substring) -> Bool {
        text.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { part in
            guard let first = part.unicodeScalars.first else { return false }
            return (first == "_" || first.properties.isXIDStart)
                && part.unicodeScalars.allSatisfy { $0.properties.isXIDContinue }
        }
    }
}
