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
}
