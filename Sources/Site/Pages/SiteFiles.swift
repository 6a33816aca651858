import Embedded

/// What the project's folder `site/` holds.
package enum SiteFiles {
    /// The templates by name: `layer` for `site/templates/layer.mustache`.
    package static let templates = Dictionary(
        uniqueKeysWithValues: EmbeddedFile.files(in: "site/templates/").map {
            (String($0.path.dropFirst("site/templates/".count).dropLast(".mustache".count)), $0.text)
        })

    /// The assets by their path on the site: `assets/strata.css`.
    package static let assets = EmbeddedFile.files(in: "site/assets/").map {
        (path: String($0.path.dropFirst("site/".count)), bytes: $0.bytes)
    }

    /// The API's description and the schemas of its files, by their path on the site: `api/v1/schemas/latest.schema.json`.
    package static let formats = EmbeddedFile.files(in: "docs/api/").map { file in
        let name = String(file.path.dropFirst("docs/api/".count))
        return (path: name.hasSuffix(".schema.json") ? "api/v1/schemas/\(name)" : "api/v1/\(name)", bytes: file.bytes)
    }
}

extension JSONObject {
    /// `$schema`, by which editors check a document. Relative to it, so that it holds wherever the site is served.
    ///
    /// - Parameters:
    ///   - name: as in `docs/api`.
    ///   - path: the document's, below `api/v1/`.
    mutating func add(schema name: String, of path: String) {
        let depth = path.split(separator: "/").count - 3
        add("$schema", String(repeating: "../", count: max(0, depth)) + "schemas/\(name).schema.json")
    }
}
