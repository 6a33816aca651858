import Model

/// The programs that a layer's wheels bring, in `python/bin`, and their like in the layer's own `bin/`, which Lambda has
/// on its `PATH` as `/opt/bin`.
struct LayerPrograms {
    private var programs: [String: LayerEntry] = [:]

    /// - Parameters:
    ///   - entries: the layer's files, each path once.
    ///   - names: the wheels' file names.
    init(of entries: [LayerEntry], names: [String]) {
        for entry in entries where entry.isExecutable && entry.wheel.map(names.indices.contains) == true {
            let parts = entry.path.components
            guard parts.count == 2, parts[0].elementsEqual("bin".utf8) else { continue }
            programs[String(decoding: parts[1], as: UTF8.self)] = entry
        }
    }

    /// A program's own bytes once more: readers of zips do not agree about links. In place of a script that was made
    /// for the layer, what runs it with the layer's packages.
    /// - Throws: `.unbuildable` for a program that no wheel brings.
    func entries(for names: [String]) throws -> [LayerEntry] {
        try names.map { name in
            guard let program = programs[name] else { throw missing(name) }
            var entry = program
            if case .generated = program.content {
                entry = LayerEntry(
                    generated: Array(Self.launcher(of: name).utf8), at: program.path, wheel: program.wheel)
            }
            entry.isOutside = true
            entry.isExecutable = true
            return entry
        }.sorted { $0.path < $1.path }
    }

    /// Lambda tells only the function's own Python of `/opt/python`. `env` finds `/var/lang/bin/python3` there, by the
    /// `PATH`, and the system's elsewhere. In a name that was checked nothing needs escaping but what `quoted` escapes.
    private static func launcher(of name: String) -> String {
        """
        #!/usr/bin/env python3
        import os, runpy, sys
        python = os.path.join(os.path.dirname(os.path.dirname(os.path.realpath(__file__))), "python")
        sys.path.insert(0, python)
        runpy.run_path(os.path.join(python, "bin", \(quoted(name))), run_name="__main__")

        """
    }

    private static func quoted(_ name: String) -> String {
        "\"" + name.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
    }

    private func missing(_ name: String) -> StrataError {
        let offered = programs.keys.sorted { EntryPath($0) < EntryPath($1) }
        let shown = offered.prefix(12).map { "\(EntryPath($0))" }.joined(separator: ", ")
        let more = offered.count > 12 ? " and \(offered.count - 12) more" : ""
        let nearest = Suggestion.nearest(to: name, among: offered).map { "did you mean '\(EntryPath($0))'? " } ?? ""
        return StrataError(
            .unbuildable, "no package of the layer brings the program '\(EntryPath(name))' that 'bin' names",
            hint: nearest + (offered.isEmpty ? "its packages bring none" : "its packages bring \(shown)\(more)"))
    }
}
