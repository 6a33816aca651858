import Model

/// What `find` is asked for: a layer, and which versions of it will do.
struct FindWish {
    /// As it was written, without versions.
    let name: String
    /// What a layer that is not named must hold, at least: the package and its extras, normalised. Nil without extras.
    let parts: [String]?
    /// The layers that may be meant, the likeliest first.
    let layers: [LayerName]
    /// nil if any version will do.
    let specifiers: VersionSpecifiers?

    /// - Throws: `configuration` for versions, extras or anything after a name that is not understood. Nothing of it is
    ///   passed over.
    init(_ words: String) throws(StrataError) {
        let text = words.trimmingSpaces
        if let name = LayerName(text) {
            self.name = text
            layers = [name, PackageName(text).flatMap { LayerName($0.text) }].compactMap(\.self)
            specifiers = nil
            parts = nil
            return
        }
        let head = text.prefix { !"<>=!~[;( ,".contains($0) }
        guard head.count < text.count, text.utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7f }) else {
            // No name, and nothing that a requirement has: it is looked for and not found.
            name = text
            layers = [PackageName(text).flatMap { LayerName($0.text) }].compactMap(\.self)
            specifiers = nil
            parts = nil
            return
        }
        let requirement = try Requirement(parsing: text)
        guard requirement.marker == nil else {
            throw StrataError(
                .configuration, "markers are not supported here: '\(PlainLine.of(text))'", hint: "pass --target instead"
            )
        }
        guard let wanted = VersionSpecifiers(requirement.specifiers) else {
            throw StrataError(
                .configuration, "'\(PlainLine.of(requirement.specifiers))' are not version specifiers",
                hint: "write for example 'pandas>=2,<3'")
        }
        let extras = requirement.extras.map(\.text)
        name = extras.isEmpty ? String(head) : "\(requirement.package)[\(extras.joined(separator: ","))]"
        parts = extras.isEmpty ? nil : LayerName(for: requirement)?.text.split(separator: "_").map(String.init)
        // A bundle has a name of its own, which may be written as no package's is.
        let own = requirement.extras.isEmpty ? LayerName(String(head)) : nil
        layers = [own, LayerName(for: requirement)].compactMap(\.self)
        specifiers = requirement.specifiers.isEmpty ? nil : wanted
    }
}
