import FoundationEssentials
import HTTP
import Subprocess
import Testing

/// The files that a run leaves for others.
@Suite("Files about a run")
struct RunFileTests {
    @Test("report, metrics and summary say how the run ended, whatever that is")
    func files() async throws {
        try await PackageIndex.run(["alpha": [.init()]]) { index in
            let configuration = Configuration(
                layers: ["alpha", "no-such-package"], targets: ["python3.12"], regions: ["eu-west-1"],
                index: index.simple)
            let place = try Workplace(configuration, hasOwnCache: true)
            let run = try await place.strata(
                "publish", "--metrics", "m.prom", "--report", "r.json", "--summary", "s.md")
            #expect(run.code == 0, "\(run.error)")
            try await NotificationTests.expectFits(place, "r.json", "report.schema.json")
            #expect(try place.text("r.json").contains("\"status\" : \"done\""))
            let page = try place.text("s.md")
            #expect(page.contains("| alpha | python3\\.12 | 1\\.0 | 1 | 1 |") && page.contains("no\\-such\\-package"))
            let metrics = try place.text("m.prom")
            #expect(metrics.contains("\nstrata_releases_published_total{registry=\"Test layers\"} 1\n"))
            #expect(metrics.contains("\nstrata_refused_items{registry=\"Test layers\"} 1\n"))
            #expect(metrics.contains("\nstrata_storage_used_bytes{region=\"eu-west-1\",registry=\"Test layers\"} "))

            // A job's page is added to, and is found by itself.
            try place.write("page.md", "before\n")
            let second = try await place.command(
                ["publish", "--metrics", "m.prom"],
                environment: ["GITHUB_STEP_SUMMARY": "\(place.folder)/page.md"]
            ).run()
            #expect(second.code == 0)
            #expect(try place.text("page.md").hasPrefix("before\n### Test layers: nothing to do\n"))
            #expect(
                try place.text("m.prom").contains("\nstrata_runs_total{registry=\"Test layers\",status=\"done\"} 2\n"))

            // A run that fails says so in all three.
            try FileManager.default.removeItem(atPath: "\(place.folder)/registry.git")
            try place.write("registry.git", "not a repository")
            try await index.set(["alpha": [.init(), .init(version: "2.0")]])
            let failed = try await place.strata(
                "publish", "--metrics", "m.prom", "--report", "r.json", "--summary", "s.md")
            #expect(failed.code == 1, "\(failed.error)")
            try await NotificationTests.expectFits(place, "r.json", "report.schema.json")
            #expect(try place.text("r.json").contains("\"status\" : \"failed\""))
            #expect(try place.text("s.md").contains(": failed\n\n> "))
            #expect(try place.text("m.prom").contains("\nstrata_last_run_exit_code{registry=\"Test layers\"} 1\n"))
        }
    }

    @Test("a folder that cannot be written is a warning, and the run's own outcome stands")
    func unwritable() async throws {
        try await PackageIndex.run(["alpha": [.init()]]) { index in
            let place = try Workplace(
                Configuration(
                    layers: ["alpha"], targets: ["python3.12"], regions: ["eu-west-1"], index: index.simple),
                hasOwnCache: true)
            try place.write("file", "no folder")
            let run = try await place.strata(
                "publish", "--metrics", "file/m.prom", "--report", "nowhere/r.json", "--summary", "s.md")
            #expect(run.code == 0)
            #expect(run.output.contains("Pushed main"))
            for (what, path) in [("metrics", "file/m.prom"), ("report", "nowhere/r.json")] {
                #expect(
                    run.error.contains("warning: the run's \(what) could not be written to '\(path)': "), "\(run.error)"
                )
            }
            #expect(try place.text("s.md").contains("published"))
        }
    }

    @Test("status --watch is for terminals, where it draws the table anew until it is stopped")
    func watch() async throws {
        let place = try Workplace(Configuration(layers: ["alpha"], targets: ["python3.12"], regions: ["eu-west-1"]))
        let plain = try await place.strata("status", "--watch")
        #expect(plain.code == 2 && plain.error.contains("--watch needs a terminal"), "\(plain.error)")
        let script = """
            import os, pty, signal, sys
            pid, fd = pty.fork()
            if pid == 0:
                os.execv(sys.argv[1], sys.argv[1:])
            text = b""
            while text.count(b"0 of 1 published") < 2:
                text += os.read(fd, 4096)
            os.kill(pid, signal.SIGINT)
            try:
                while os.read(fd, 4096):
                    pass
            except OSError:
                pass
            print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), text.count(b"\\x1b[H\\x1b[J") >= 2)
            """
        let shown = try await place.run(
            Program.python, "-c", script, try Program.path(), "status", "--watch", "--every", "1")
        #expect(shown == "0 True\n")
    }

    /// Names of metrics in a text that is PromQL or holds it.
    private func names(in text: String) -> Set<String> {
        Set(text.matches(of: #/\bstrata_[a-z_]+/#).map { String($0.output) })
    }

    @Test(
        "dashboard and alerts know no metric that is not written; promtool finds nothing wrong; Prometheus reads them")
    func prometheus() async throws {
        try await PackageIndex.run(["alpha": [.init()]]) { index in
            let place = try Workplace(
                Configuration(
                    layers: ["alpha"], targets: ["python3.12"], regions: ["eu-west-1"], index: index.simple),
                hasOwnCache: true)
            try place.write("textfile/other.prom", "")
            #expect(try await place.strata("publish", "--metrics", "textfile/m.prom").code == 0)
            let written = names(
                in: try place.text("textfile/m.prom").split(separator: "\n").filter {
                    !$0.hasPrefix("#")
                }.joined(separator: "\n"))
            for path in ["deploy/grafana/strata.json", "deploy/prometheus/strata.rules.yml"] {
                let used = names(in: try String(contentsOfFile: "\(Program.root)/\(path)", encoding: .utf8))
                #expect(used.count > 5 && used.subtracting(written).isEmpty, "\(path): \(used.subtracting(written))")
            }
            try await place.run("promtool", "check", "rules", "\(Program.root)/deploy/prometheus/strata.rules.yml")
            let seen = try await place.run(
                Program.python, "-B", "\(Program.root)/Tests/Servers/prometheus_look.py", "textfile",
                "\(Program.root)/deploy/prometheus/strata.rules.yml")
            let answer = try JSONDecoder().decode([String: [String: Int]].self, from: Data(seen.utf8))
            #expect(answer["direct"]?["strata_releases_published_total"] == 1, "\(seen)")
            #expect(answer["exporter"]?["strata_releases_published_total"] == 1, "\(seen)")
            #expect(answer["exporter"]?["node_textfile_scrape_error"] == 0, "\(seen)")
            #expect(Set((answer["direct"] ?? [:]).keys).isSuperset(of: written), "\(seen)")
            #expect(answer["rules"]?["ok"] == 6, "\(seen)")
        }
    }
}
