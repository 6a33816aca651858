import Contracts
import Foundation
import Local
import Model
import Testing

@Suite("A site in a folder")
struct FolderSiteTests {
    @Test("keeps the contract of a site's place", arguments: SitePlaceContract.cases)
    func contract(_ promise: ContractCase<SitePlaceSubject>) async throws {
        try await withTemporaryFolder { folder in
            try await promise.check(
                SitePlaceSubject(place: FolderSite("\(folder)/www"), other: FolderSite("\(folder)/www")))
        }
    }

    @Test("leaves no folder without files, and nothing half written")
    func folders() async throws {
        try await withTemporaryFolder { folder in
            let site = FolderSite(folder)
            try await site.write([1], to: "a/b/c.html")
            try await site.write([2], to: "a/d.html")
            try await site.delete("a/b/c.html")
            #expect(try FileManager.default.subpathsOfDirectory(atPath: folder).sorted() == ["a", "a/d.html"])
            try await site.delete("a/d.html")
            #expect(try FileManager.default.subpathsOfDirectory(atPath: folder).isEmpty)
            // A folder where a file should be is an error, and the draft does not stay.
            try await site.write([1], to: "a/b/c.html")
            await #expect(throws: StrataError.self) { try await site.write([1], to: "a/b") }
            #expect(try FileManager.default.subpathsOfDirectory(atPath: "\(folder)/a").sorted() == ["b", "b/c.html"])
        }
    }
}
