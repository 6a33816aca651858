import Model

/// The pages' templates, compiled.
package struct Templates: Sendable {
    private let pages: [String: Template]

    /// - Parameters:
    ///   - sources: the templates by name.
    ///   - fixed: names of partials that are the same on every page, and so are filled once.
    ///   - frame: what they are filled with.
    /// - Throws: `inconsistent` if a template is broken: a mistake of ours.
    package init(_ sources: [String: String], fixed: [String] = [], frame: View = [:]) throws {
        var filled: [String: [UInt8]] = [:]
        for name in fixed {
            var bytes: [UInt8] = []
            try TemplateCompiler.compile(name, of: sources).render([frame], into: &bytes)
            filled[name] = bytes
        }
        pages = try Dictionary(
            uniqueKeysWithValues: sources.keys.map {
                ($0, try TemplateCompiler.compile($0, of: sources, fixed: filled))
            })
    }

    /// - Parameter views: from the outermost to the innermost.
    /// - Throws: `inconsistent` if there is no such template: a mistake of ours.
    package func render(_ name: String, _ views: [View]) throws -> [UInt8] {
        guard let page = pages[name] else { throw TemplateCompiler.broken("there is no template '\(name)'") }
        var out: [UInt8] = []
        // A layer's page with a few targets.
        out.reserveCapacity(48 << 10)
        page.render(views, into: &out)
        return out
    }
}
