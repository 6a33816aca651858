import FoundationEssentials
import Model

/// What an index's page was when it was last asked for.
struct PageRecord: Sendable, Hashable, Codable {
    /// Without credentials.
    let url: String
    let entityTag: String?
    let lastModified: String?
    /// Of the body as it came.
    let bodyDigest: ContentDigest
    /// Of what it says, whatever the format: see `ProjectPage.digest`.
    let pageDigest: ContentDigest
}

/// Keeps the records of pages, and what they said, in files. Losing them costs requests, nothing else.
struct PageStore: Sendable {
    private let folder: String

    init(cacheDirectory: String) { folder = "\(cacheDirectory)/pages" }

    func record(of url: String) -> PageRecord? {
        let record = SmallFile.read(PageRecord.self, at: path(url, "record"))
        guard record?.url == url, Program.isReadable(path(url, "files")) else { return nil }
        return record
    }

    /// What the page said when its digest was this.
    func page(of record: PageRecord) -> ProjectPage? {
        let page = SmallFile.read(ProjectPage.self, at: path(record.url, "files"))
        return page?.digest == record.pageDigest ? page : nil
    }

    /// The page first: a record without its page counts for nothing.
    /// - Parameter page: nil if it is kept already.
    func keep(_ record: PageRecord, _ page: ProjectPage?) throws(StrataError) {
        if let page { try SmallFile.write(page, at: path(record.url, "files")) }
        try SmallFile.write(record, at: path(record.url, "record"))
    }

    private func path(_ url: String, _ kind: String) -> String {
        "\(folder)/\(ContentDigest.of(url).hex.prefix(40)).\(kind).json"
    }
}
