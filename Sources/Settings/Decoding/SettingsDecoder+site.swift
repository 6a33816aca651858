import Model

/// The section `site`.
extension SettingsDecoder {
    /// So many files more than these are worth a word.
    private static let manyFiles = 50_000

    /// - Parameters:
    ///   - places: how many layers, targets and regions there are, multiplied.
    ///   - layers: the names that can be featured.
    func site(_ value: Value, places: Int, layers: [LayerName]) -> SiteSettings? {
        guard let fields = Fields<Vocabulary.Site>(value, "'site'") else { return nil }
        let standard = SiteSettings()
        let sizes = ByteCount(1_000_000)...ByteCount(1_000_000_000_000)
        let klayersAPI = fields[.klayersAPI]?.asFlag("'site.api-v2'") ?? standard.klayersAPI
        if klayersAPI, places > Self.manyFiles {
            fields[.klayersAPI]?.warn(
                "'site.api-v2' writes a file for each layer, target and region: \(places) of them",
                hint: "a large registry does without, or is served by a host that takes so many")
        }
        return SiteSettings(
            klayersAPI: klayersAPI, budget: fields[.budget]?.asSize("'site.budget'", in: sizes) ?? standard.budget,
            featured: fields[.featured].flatMap { featured($0, among: layers) } ?? standard.featured)
    }

    private func featured(_ value: Value, among layers: [LayerName]) -> [LayerName]? {
        let known = Set(layers)
        return unique(value, "'site.featured'") { entry -> LayerName? in
            guard let text = entry.asText("a layer") else { return nil }
            if let name = LayerName(text), known.contains(name) { return name }
            entry.problem(
                "'site.featured' names '\(text)', which is not a layer",
                hint: Suggestion.hint(for: text, among: layers.map(\.text)))
            return nil
        }
    }
}
