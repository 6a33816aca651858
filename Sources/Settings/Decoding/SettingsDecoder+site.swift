import Model

/// The section `site`.
extension SettingsDecoder {
    /// So many files more than these are worth a word.
    private static let manyFiles = 50_000

    /// - Parameter places: how many layers, targets and regions there are, multiplied.
    func site(_ value: Value, places: Int) -> SiteSettings? {
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
            klayersAPI: klayersAPI, budget: fields[.budget]?.asSize("'site.budget'", in: sizes) ?? standard.budget)
    }
}
