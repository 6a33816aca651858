import Model

/// `sitemap.xml`. https://www.sitemaps.org/protocol.html
enum Sitemap {
    static func block(of listing: Listing, _ registry: RegistryInput) -> LineTable.Block {
        var row = opening(registry)
        row.append(html: listing.layer.text)
        row.append(".html</loc>")
        if let moment = listing.newestPublished { row.append("<lastmod>\(moment.date)</lastmod>") }
        row.append("</url>")
        return LineTable.Block(layer: listing.layer, rows: [row])
    }

    static func write(_ blocks: [LineTable.Block], _ registry: RegistryInput, through filter: ChangeFilter) throws {
        let prefix = opening(registry).count
        var head = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
        head += "<urlset xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">\n"
        let table = LineTable(head: head, tail: "</urlset>\n", separator: "") { line in
            line.dropFirst(prefix).prefix { $0 != UInt8(ascii: ".") }
        }
        let path = "sitemap.xml"
        try filter.replace(path, with: table.replacing(blocks, in: filter.existing(path), path: path))
    }

    private static func opening(_ registry: RegistryInput) -> [UInt8] {
        var out = Array("<url><loc>".utf8)
        out.append(html: registry.address("layers/"))
        return out
    }
}

extension RegistryInput {
    /// An absolute address of the site; relative if the registry's URL is not one to link to.
    func address(_ path: String) -> String {
        guard let url = SafeURL.link(description.url) else { return path }
        return url.hasSuffix("/") ? url + path : "\(url)/\(path)"
    }

    /// Whether the site has an address to be linked by.
    var hasAddress: Bool { SafeURL.link(description.url) != nil }

    /// The path under which the site is served, for pages that may be shown at any address: `/layers/`.
    var rootPath: String {
        guard let url = SafeURL.link(description.url) else { return "/" }
        let path = url.drop { $0 != ":" }.dropFirst(3).drop { $0 != "/" }
        return path.isEmpty ? "/" : path.hasSuffix("/") ? String(path) : "\(path)/"
    }
}
