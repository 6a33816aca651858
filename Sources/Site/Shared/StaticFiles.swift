import Model

/// What does not depend on any layer: assets, the page for missing pages, and what crawlers and browsers look for.
struct StaticFiles {
    let registry: RegistryInput
    let pages: Pages

    func write(through filter: ChangeFilter) throws {
        for asset in SiteFiles.assets + SiteFiles.formats { try filter.write(asset.bytes, to: asset.path) }
        try filter.write([], to: ".nojekyll")
        try filter.write(robots, to: "robots.txt")
        try filter.write(openSearch, to: "opensearch.xml")
        try filter.write(pages.missing(), to: "404.html")
        try filter.write(
            pages.render(
                "compose", [.kind: "compose", .script: "assets/compose.js"], title: "Compose", path: "compose.html"),
            to: "compose.html")
        try filter.write(
            pages.render(
                "api", [.kind: "api", .example: .text(registry.address("api/v1/"))], title: "Use it", path: "api.html"),
            to: "api.html")
        try filter.write(RenovatePreset.bytes(registry), to: "renovate.json")
    }

    private var robots: [UInt8] {
        var out = Array("User-agent: *\nAllow: /\nDisallow: /data/\n".utf8)
        if registry.hasAddress { out.append("Sitemap: \(registry.address("sitemap.xml"))\n") }
        return out
    }

    /// https://github.com/dewitt/opensearch
    private var openSearch: [UInt8] {
        var out: [UInt8] = []
        out.append("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n")
        out.append("<OpenSearchDescription xmlns=\"http://a9.com/-/spec/opensearch/1.1/\">\n<ShortName>")
        out.append(html: String(registry.description.name.prefix(16)))
        out.append("</ShortName>\n<Description>")
        out.append(html: "Lambda layers of \(registry.description.name)")
        out.append("</Description>\n<Url type=\"text/html\" template=\"")
        out.append(html: registry.address("index.html?q={searchTerms}"))
        out.append("\"/>\n</OpenSearchDescription>\n")
        return out
    }
}
