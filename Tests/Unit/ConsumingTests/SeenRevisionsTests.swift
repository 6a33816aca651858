import Consuming
import FoundationEssentials
import Model
import Site
import Testing

@Suite("The revisions of registries that were read before") struct SeenRevisionsTests {
    @Test("refuse an earlier one of the same registry, unless it is allowed, and know others apart")
    func earlier() async throws {
        let folder = FileManager.default.temporaryDirectory.path + "/strata-seen-\(UUID())"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let seen = SeenRevisions(folder: folder)
        for revision in [3, 3, 7] { try await seen.check(catalog("A1", revision), allowsOlder: false) }
        let error = await #expect(throws: StrataError.self) {
            try await seen.check(catalog("A1", 6), allowsOlder: false)
        }
        #expect(error?.code == .refused && error?.message.contains("revision 6") == true)
        try await seen.check(catalog("A1", 6), allowsOlder: true)
        await #expect(throws: StrataError.self) { try await seen.check(catalog("A1", 6), allowsOlder: false) }
        try await seen.check(catalog("B2", 1), allowsOlder: false)
        // What does not tell a revision, or tells one that is none, is not compared.
        for file in [#"{"id":"A1"}"#, #"{"id":"../A1","revision":1}"#, #"{"id":"A1","revision":-1}"#] {
            try await seen.check(catalog(adding: file), allowsOlder: false)
        }
    }

    private func catalog(_ id: String, _ revision: Int) throws -> RegistryCatalog {
        try catalog(adding: #"{"id":"\#(id)","revision":\#(revision)}"#)
    }

    private func catalog(adding fields: String) throws -> RegistryCatalog {
        let file = #"{"format":1,"targets":[],"regions":[],\#(fields.dropFirst())"#
        return RegistryCatalog(
            RegistrySource(name: "sample") { $0 == "registry.json" ? Array(file.utf8) : nil })
    }
}
