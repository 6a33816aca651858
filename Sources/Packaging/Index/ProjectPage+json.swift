import FoundationEssentials
import Model

extension ProjectPage {
    /// Reads a page of the JSON API (PEP 691, 700).
    /// - Throws: `unavailable` if it makes no sense.
    /// - Parameter address: the page's own.
    package init(json: [UInt8], at address: String = "") throws {
        do {
            let page = try JSONDecoder().decode(SimplePage.self, from: Data(json))
            files = page.files.map { $0.file.at($0.url, on: address) }
        } catch {
            throw StrataError(.unavailable, "the index's answer is not a project page", cause: error)
        }
    }
}

private struct SimplePage: Decodable {
    let files: [File]

    struct File: Decodable {
        let filename: String
        let url: String?
        let hashes: [String: String]?
        let requiresPython: String?
        let yanked: Yanked?
        let uploadTime: String?

        enum CodingKeys: String, CodingKey {
            case filename, url, hashes, yanked
            case requiresPython = "requires-python"
            case uploadTime = "upload-time"
        }

        var file: IndexFile {
            IndexFile(
                name: filename, sha256: hashes?["sha256"].flatMap { ContentDigest(hex: $0) },
                requiresPython: requiresPython.flatMap { $0.isEmpty ? nil : $0 }, isYanked: yanked?.isYanked ?? false,
                uploaded: uploadTime.flatMap { Timestamp($0) })
        }
    }

    /// A boolean, or the reason as text, which means yes even if empty.
    struct Yanked: Decodable {
        let isYanked: Bool

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            isYanked = (try? container.decode(Bool.self)) ?? true
        }
    }
}
