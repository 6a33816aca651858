import FoundationEssentials
import Glibc
import Testing

@Suite("Commands that only look")
struct ReadingTests {
    @Test("write nothing beside the cache: no ledger, no folder of layers, no registry")
    func nothing() async throws {
        let place = try Workplace(
            Configuration(layers: ["six"], targets: ["python3.12"], ledger: "sqlite:.strata/ledger.sqlite"))
        let before = try place.names(in: ".")
        let plan = try await place.strata("plan")
        #expect(plan.code == 0, "\(plan.error)")
        #expect(plan.output.contains("six"))
        let status = try await place.strata("status")
        #expect(status.code == 0, "\(status.error)")
        #expect(status.output.contains("0 of 1 published"))
        #expect(try place.names(in: ".") == before)
    }

    /// The system's own tool for running a program as somebody else; root can write anywhere.
    private static let setpriv = "/usr/bin/setpriv"

    @Test(
        "work in a folder that is read-only, with a ledger in it or without",
        .enabled(if: geteuid() != 0 || access(setpriv, X_OK) == 0), arguments: [true, false])
    func readOnly(hasLedger: Bool) async throws {
        let place = try Workplace(
            Configuration(layers: ["six"], targets: ["python3.12"], ledger: "sqlite:.strata/ledger.sqlite"))
        if hasLedger {
            let publish = try await place.strata("publish")
            #expect(publish.code == 0, "\(publish.error)")
        }
        try await place.run("chmod", "-R", "a+rX", ".")
        try await place.run("chmod", "a-w", ".")
        if hasLedger { try await place.run("chmod", "a-w", ".strata") }
        defer { for path in [place.folder, "\(place.folder)/.strata"] { chmod(path, 0o755) } }
        let shell =
            geteuid() == 0 ? "exec \(Self.setpriv) --reuid 65534 --regid 65534 --clear-groups \"$0\" \"$@\"" : ":"
        let status = try await place.command(["status"], shell: shell).run()
        #expect(status.code == 0, "\(status.error)")
        #expect(status.output.contains(hasLedger ? "1 of 1 published" : "0 of 1 published"), "\(status.output)")
    }
}
