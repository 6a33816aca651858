import FoundationEssentials
import Testing

@Suite("The worker")
struct IsolationTests {
    @Test("and uv get no credential of the run")
    func environment() async throws {
        try await PackageIndex.run(["alpha": [.init()]]) { index in
            let place = try Workplace(Configuration(layers: ["alpha"], index: index.simple), hasOwnCache: true)
            let uv = Program.variables["STRATA_UV"] ?? "uv"
            // Tells what it and the worker that started it can see, then is uv. It can write to the cache only, and the
            // kernel may not let it see what the worker can.
            try await place.run("mkdir", "-p", "bin", "cache")
            try await place.run("cp", uv, "bin/real-uv")
            try place.write(
                "bin/uv",
                """
                #!/bin/bash
                cat /proc/self/environ >> '\(place.cache)/seen'
                cat /proc/$PPID/environ >> '\(place.cache)/seen' 2>/dev/null
                tr '\\0' ' ' < /proc/$PPID/cmdline >> '\(place.cache)/parents'
                exec '\(place.folder)/bin/real-uv' "$@"
                """)
            try await place.run("chmod", "+x", "bin/uv")
            let secrets = [
                "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE", "SSH_AUTH_SOCK",
                "GITHUB_TOKEN", "DEPLOY_KEY", "STRATA_SSH_KEY", "UV_PUBLISH_TOKEN",
            ]
            var environment = Dictionary(uniqueKeysWithValues: secrets.map { ($0, "hunter2-\($0)") })
            environment["STRATA_UV"] = "\(place.folder)/bin/uv"
            let outcome = try await place.command(["publish"], environment: environment).run()
            #expect(outcome.code == 0, "\(outcome.error)")
            let seen = try place.text("cache/seen")
            #expect(try place.text("cache/parents").contains(" worker "))
            #expect(seen.contains("PATH="), "the test sees environments")
            #expect(!seen.contains("hunter2"), "\(seen)")
            #expect(!(outcome.output + outcome.error).contains("hunter2"))
        }
    }

    @Test("ends with the run that started it, and so does uv")
    func orphans() async throws {
        try await PackageIndex.run(["alpha": [.init()]]) { index in
            let place = try Workplace(Configuration(layers: ["alpha"], index: index.simple), hasOwnCache: true)
            try place.write(
                "uv",
                "#!/bin/bash\necho $$ > '\(place.cache)/uv.pid'\necho $PPID > '\(place.cache)/worker.pid'\nsleep 600\n"
            )
            try await place.run("chmod", "+x", "uv")
            let command = try place.command(["publish"], environment: ["STRATA_UV": "\(place.folder)/uv"])
            try await command.whileRunning(from: "resolving ") {
                try await eventually {
                    try !place.text("cache/uv.pid").isEmpty && !place.text("cache/worker.pid").isEmpty
                }
            }
            for name in ["cache/uv.pid", "cache/worker.pid"] {
                let process = try place.text(name).filter(\.isNumber)
                try await eventually { !FileManager.default.fileExists(atPath: "/proc/\(process)/exe") }
            }
        }
    }

    /// Waits, for at most a generous while, until something is so.
    private func eventually(_ isSo: () throws -> Bool) async throws {
        for _ in 0..<2400 {
            if (try? isSo()) == true { return }
            try await Task.sleep(for: .milliseconds(50))
        }
        Issue.record("it did not happen")
    }
}
