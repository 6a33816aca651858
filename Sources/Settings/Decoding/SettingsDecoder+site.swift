import Model

/// The section `site`.
extension SettingsDecoder {
    /// So many files more than these are worth a word.
    private static let manyFiles = 50_000

    /// - Parameters:
    ///   - places: how many layers, targets and regions there are, multiplied.
    ///   - layers: the names that can be featured.
    ///   - publish: whose accounts own buckets.
    func site(_ value: Value, places: Int, layers: [LayerName], publish: PublishSettings) -> SiteSettings? {
        guard let fields = Fields<Vocabulary.Site>(value, "'site'") else { return nil }
        let standard = SiteSettings()
        let sizes = ByteCount(1_000_000)...ByteCount(1_000_000_000_000)
        let klayersAPI = fields[.klayersAPI]?.asFlag("'site.api-v2'") ?? standard.klayersAPI
        if klayersAPI, places > Self.manyFiles {
            fields[.klayersAPI]?.warn(
                "'site.api-v2' writes a file for each layer, target and region: \(places) of them",
                hint: "a large registry does without, or is served by a host that takes so many")
        }
        let isOnBranch = fields[.branch]?.asFlag("'site.branch'") ?? standard.isOnBranch
        let isForGitLab = fields[.forGitLab]?.asFlag("'site.gitlab-pages'") ?? standard.isForGitLab
        if !isOnBranch, fields[.to] == nil {
            fields[.branch]?.problem("'site.branch: false' needs 'site.to': the site would be nowhere")
        }
        if !isOnBranch, isForGitLab {
            fields[.forGitLab]?.problem("'site.gitlab-pages' needs the branch that 'site.branch: false' does without")
        }
        return SiteSettings(
            klayersAPI: klayersAPI, budget: fields[.budget]?.asSize("'site.budget'", in: sizes) ?? standard.budget,
            featured: fields[.featured].flatMap { featured($0, among: layers) } ?? standard.featured,
            isOnBranch: isOnBranch, isForGitLab: isForGitLab, place: place(fields, publish))
    }

    /// `to: s3://bucket/prefix` with `region`, `cloudfront` and `cache-control`, or `to: folder`.
    private func place(_ fields: Fields<Vocabulary.Site>, _ publish: PublishSettings) -> SitePlaceSettings? {
        let to = fields[.to]
        guard let to, let text = to.asText("'site.to'") else {
            for key in [Vocabulary.Site.region, .cloudfront, .cacheControl] where to == nil {
                fields[key]?.problem("'site.\(key.rawValue)' needs 'site.to'")
            }
            return nil
        }
        guard text.contains("://") else {
            for key in [Vocabulary.Site.region, .cloudfront, .cacheControl] {
                fields[key]?.problem("'site.\(key.rawValue)' is for a bucket, and 'site.to' names a folder")
            }
            return path(to, "'site.to'").map(SitePlaceSettings.folder)
        }
        let parts = text.dropFirst("s3://".count).split(separator: "/", omittingEmptySubsequences: false)
        let prefix = parts.dropFirst().joined(separator: "/")
        guard text.hasPrefix("s3://"), let name = parts.first.map(String.init), Self.isBucket(name),
            prefix.isEmpty || BlobKey(prefix) != nil
        else {
            to.problem("'site.to' is malformed", hint: "write s3://BUCKET, s3://BUCKET/PREFIX or a folder")
            return nil
        }
        guard
            let region = fields.required(.region, "a bucket in 'site.to'").flatMap({ value in
                value.asText("a region").flatMap { self.region($0, at: value) }
            })
        else {
            return nil
        }
        if publish.provider == .aws, !publish.partitions.contains(where: { $0.partition == region.partition }) {
            fields[.region]?.problem(
                "'site.region' is in \(region.partition.rawValue), which is not among 'publish.partitions'",
                hint: "its account must be known, so that nobody else's bucket is written to")
        }
        var bucket = SiteBucketSettings(name: name, prefix: prefix, region: region)
        bucket.cloudfront = fields[.cloudfront].flatMap { distribution($0, region) }
        bucket.cacheControl = fields[.cacheControl].flatMap(cacheControl) ?? bucket.cacheControl
        return .bucket(bucket)
    }

    /// https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
    static func isBucket(_ name: String) -> Bool {
        name.utf8.allSatisfy { ($0.isASCIIAlphanumeric && $0.asciiLowercased == $0) || "-.".utf8.contains($0) }
            && (3...63).contains(name.utf8.count) && name.utf8.first?.isASCIIAlphanumeric == true
            && name.utf8.last?.isASCIIAlphanumeric == true && !name.contains("..")
    }

    private func distribution(_ value: Value, _ region: Region) -> String? {
        guard let text = value.asText("'site.cloudfront'") else { return nil }
        guard (10...20).contains(text.utf8.count), text.utf8.allSatisfy(\.isASCIIAlphanumeric) else {
            value.problem("'site.cloudfront' is not a distribution's id", hint: "it looks like E2QWRUHAPOMQZL")
            return nil
        }
        guard [.aws, .china].contains(region.partition) else {
            value.problem("CloudFront is not offered in \(region.partition.rawValue)")
            return nil
        }
        return text
    }

    /// A header's value.
    private func cacheControl(_ value: Value) -> String? {
        guard let text = value.asText("'site.cache-control'") else { return nil }
        guard (1...200).contains(text.utf8.count), text.utf8.allSatisfy({ (0x20...0x7e).contains($0) }),
            text == text.trimmingSpaces
        else {
            value.problem("'site.cache-control' is not a header's value", hint: "it looks like 'public, max-age=60'")
            return nil
        }
        return text
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
