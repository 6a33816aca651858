import Model

/// The pages' templates, compiled once.
package struct Templates: Sendable {
    private let pages: [String: Template]

    package static let embedded = Result { try Templates(EmbeddedFiles.texts) }

    /// - Throws: `inconsistent` if one of them is broken: a mistake of ours.
    package init(_ files: [String: String]) throws {
        var sources: [String: String] = [:]
        for (path, text) in files where path.hasPrefix("templates/") {
            sources[String(path.dropFirst("templates/".count).dropLast(".mustache".count))] = text
        }
        pages = try Dictionary(
            uniqueKeysWithValues: sources.keys.map { ($0, try TemplateCompiler.compile($0, of: sources)) })
    }

    /// - Parameter views: from the outermost to the innermost.
    /// - Throws: `inconsistent` if there is no such template: a mistake of ours.
    package func render(_ name: String, _ views: [View]) throws -> [UInt8] {
        guard let page = pages[name] else { throw TemplateCompiler.broken("there is no template '\(name)'") }
        var out: [UInt8] = []
        // A layer's page with a few targets.
        out.reserveCapacity(32 << 10)
        page.render(views, into: &out)
        return out
    }
}
