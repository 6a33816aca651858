import Model

/// The frame that all pages share, and the template that fills it.
struct Pages: Sendable {
    let registry: RegistryInput
    private let frame: View
    /// Compiled once for all pages. A result, since a mistake of ours is told when a page is rendered.
    private let templates: Result<Templates, any Error>

    init(_ registry: RegistryInput) {
        self.registry = registry
        let frame: View = [
            .registry: .text(registry.description.name), .keepTime: .text(registry.retention.expireText),
            .preview: registry.hasAddress ? .text(registry.address("assets/preview.png")) : nil,
            .targets: .views(
                Words.preferred(registry.targets).map {
                    [.id: .text($0.description), .name: .text(Words.name(of: $0))]
                }),
            .regions: .views(
                registry.regions.map {
                    // The region that most functions run in is picked until the reader picks another.
                    [.id: .text($0.code), .place: .text($0.place), .first: .flag($0.code == "us-east-1")]
                }),
            .targetCount: .number(registry.targets.count), .regionCount: .number(registry.regions.count),
        ]
        self.frame = frame
        templates = Result { try Templates(SiteFiles.templates, fixed: ["pickers"], frame: frame) }
    }

    /// - Parameters:
    ///   - path: where the page will be; links are relative to it.
    func render(_ template: String, _ view: View, title: String, path: String) throws -> [UInt8] {
        try templates.get().render(template, views(view, title: title, path: path))
    }

    /// What a page's template sees: the frame, what follows from the page's place, and the page's own view.
    func views(_ view: View, title: String, path: String) -> [View] {
        let depth = path.utf8.count { $0 == UInt8(ascii: "/") }
        let root = String(repeating: "../", count: depth)
        let name = registry.description.name
        let address = path == "index.html" ? "" : path
        let base: View = [
            .root: .text(root), .title: .text(title == name ? name : "\(title) – \(name)"),
            .description: .text("AWS Lambda layers of Python packages, ready to use: \(title)"),
            .canonical: registry.hasAddress ? .text(registry.address(address)) : nil,
            .menu: .views(Self.menu(path)),
        ]
        return [frame, base, view]
    }

    /// The page for addresses that do not exist. It is shown at any depth, so its links begin at the site's root.
    func missing() throws -> [UInt8] {
        let view: View = [.kind: "missing", .root: .text(registry.rootPath)]
        return try render("missing", view, title: "Not found", path: "404.html")
    }

    private static func menu(_ path: String) -> [View] {
        [
            ("index.html", "Layers"), ("compose.html", "Compose"), ("coverage.html", "Coverage"),
            ("deprecations.html", "Deprecations"), ("status.html", "Status"), ("api.html", "Use it"),
        ].map { href, text in
            [.href: .text(href), .text: .text(text), .current: href == path ? .flag(true) : nil]
        }
    }
}
