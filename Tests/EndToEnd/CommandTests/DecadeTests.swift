import Foundation
import Testing

/// The generator of registries over time, at a size for tests.
@Suite("A registry that grows by the month") struct DecadeTests {
    private func bench() throws -> String {
        // The tests depend on it, so it lies beside them.
        let own = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        return own[..<(try #require(own.lastIndex(of: "/")))] + "/decade-bench"
    }

    /// What readers see of a registry: its tables.
    private func tables(_ place: Workplace, _ folder: String) async throws -> String {
        try await place.run(
            "git", "-C", "\(folder)/registry.git", "show", "main:deployments/python3.11/arns/ap-east-1.csv",
            "main:deployments/python3.11-arm64/arns/af-south-1.csv", "main:layers/numpy/releases.json")
    }

    @Test("grows the same whether or not it was interrupted, mostly by dependencies, and settles each month")
    func resumed() async throws {
        let place = try Workplace()
        let (program, size) = (try bench(), ["7", "24", "2", "4"])
        func grow(_ folder: String, to months: Int) async throws -> String {
            try await Command(
                arguments: [program, "grow", folder, "\(months)"] + size, environment: Program.environment,
                folder: place.folder
            ).run().output
        }
        let whole = try await grow("whole", to: 4)
        #expect(whole.split(separator: "\n").count == 4)
        #expect(whole.hasPrefix("month 1: published \(24 * 2 * 4), deleted 0\n"), "\(whole)")
        for month in 1...4 { _ = try await grow("parts", to: month) }
        #expect(try await tables(place, "parts") == tables(place, "whole"))

        // A run that was killed is gone on with.
        let child = Process()
        child.executableURL = URL(filePath: program)
        child.arguments = ["grow", "\(place.folder)/killed", "4"] + size
        try child.run()
        let begun = "\(place.folder)/killed/ledger.sqlite-wal"
        func written() -> Int {
            (try? FileManager.default.attributesOfItem(atPath: begun))?[.size] as? Int ?? 0
        }
        while child.isRunning, written() < 200_000 {
            try await Task.sleep(for: .milliseconds(10))
        }
        kill(child.processIdentifier, SIGKILL)
        child.waitUntilExit()
        _ = try await grow("killed", to: 4)
        let (killed, straight) = (try await tables(place, "killed"), try await tables(place, "whole"))
        #expect(killed.split(separator: "\n").count == straight.split(separator: "\n").count)
        let other = try await Command(
            arguments: [program, "grow", "whole", "5", "8"] + size.dropFirst(), environment: Program.environment,
            folder: place.folder
        ).run()
        #expect(other.code != 0, "another seed's registry is not grown")
    }

    @Test("is measured at two sizes, and nothing in it grows faster than it does")
    func measured() async throws {
        let place = try Workplace()
        let outcome = try await Command(
            arguments: [
                Program.python, "\(Program.root)/Benchmarks/decade.py", "--bench", try bench(), "--strata",
                try Program.path(), "--work", "\(place.folder)/decade", "--layers", "100,200", "--targets", "1",
                "--regions", "2", "--months", "2", "--svg", "\(place.folder)/growth.svg",
            ], environment: Program.environment, folder: place.folder
        ).run()
        #expect(outcome.code == 0, "\(outcome.output)\(outcome.error)")
        for line in [
            "| main, files |", "| ledger, bytes |", "| a day, bytes pushed to main |", "| plan, peak RSS |",
            "| status |",
            "- met: no folder of main", "- met: nothing grows faster",
        ] {
            #expect(outcome.output.contains(line), "\(outcome.output)")
        }
        #expect(try place.text("growth.svg").hasPrefix("<svg"))
    }
}
