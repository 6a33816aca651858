import Model

/// Atom feeds: of everything, and of each layer. https://www.rfc-editor.org/rfc/rfc4287
///
/// A feed's `updated` is its newest entry's moment, never the moment of rendering.
enum AtomFeed {
    static func bytes(of rows: [ChangeRow], _ registry: RegistryInput) -> [UInt8] {
        bytes(
            title: registry.description.name, page: "index.html", feed: "feed.xml", rows, registry,
            withTarget: true)
    }

    static func bytes(ofLayer layer: LayerName, _ rows: [ChangeRow], _ registry: RegistryInput) -> [UInt8] {
        bytes(
            title: "\(layer) – \(registry.description.name)", page: "layers/\(layer).html",
            feed: "layers/\(layer).xml", Array(rows.prefix(50)), registry, withTarget: true)
    }

    private static func bytes(
        title: String, page: String, feed: String, _ rows: [ChangeRow], _ registry: RegistryInput, withTarget: Bool
    ) -> [UInt8] {
        var out: [UInt8] = []
        func element(_ name: String, _ text: String) {
            out.append("<\(name)>")
            out.append(html: text)
            out.append("</\(name)>\n")
        }
        func link(_ relation: String, _ address: String) {
            out.append("<link rel=\"\(relation)\" href=\"")
            out.append(html: address)
            out.append("\"/>\n")
        }
        let base = registry.address("")
        out.append("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<feed xmlns=\"http://www.w3.org/2005/Atom\">\n")
        element("title", title)
        element("id", identifier(base, feed))
        link("self", registry.address(feed))
        link("alternate", registry.address(page))
        element("updated", (rows.map(\.published).max() ?? Timestamp(seconds: 0)).description)
        out.append("<author>")
        element("name", registry.description.name)
        out.append("</author>\n")
        for row in rows {
            out.append("<entry>\n")
            element(
                "title", "\(row.layer) \(row.version) for \(row.target)" + (row.event.map { " \($0.rawValue)" } ?? ""))
            let suffix =
                row.advisory.map { "/\($0)" } ?? row.event.map { $0 == .yanked ? "/yanked" : "/end" } ?? ""
            element(
                "id",
                identifier(base, "\(row.layer)/\(row.target)/\(row.build)/\(row.published.seconds)\(suffix)"))
            link("alternate", registry.address("layers/\(row.layer).html#\(row.target)-\(row.build)"))
            element("updated", row.published.description)
            element("summary", row.what)
            out.append("</entry>\n")
        }
        out.append("</feed>\n")
        return out
    }

    /// An id that stays when the site moves to another address: it is made of the registry's first address's digest.
    private static func identifier(_ base: String, _ path: String) -> String {
        "urn:strata:\(ContentDigest.of(base).hex.prefix(16)):\(path)"
    }
}
