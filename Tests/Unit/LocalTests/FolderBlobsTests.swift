import Contracts
import Local
import Model
import Testing

@Suite("Objects in a folder")
struct FolderBlobsTests {
    @Test("keep the blob store's contract", arguments: BlobStoreContract.cases)
    func contract(_ promise: ContractCase<BlobStoreSubject>) async throws {
        try await withTemporaryFolder { root in
            try await withTemporaryFolder { folder in
                let store = FolderBlobs(root: "\(root)/objects")
                try await promise.check(
                    BlobStoreSubject(store: store, other: FolderBlobs(root: store.root), folder: folder))
            }
        }
    }

    @Test(
        "keys are paths that stay inside",
        arguments: ["", "/", "a/", "/a", "a//b", ".", "..", "a/../b", "a b", "é", "a=b", "a\\b"])
    func keys(text: String) {
        #expect(BlobKey(text) == nil)
    }
}
