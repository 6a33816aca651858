import Testing

@Suite("Help")
struct HelpTests {
    private static let commands = [
        "init", "check", "plan", "build", "publish", "status", "site", "version", "completions",
    ]

    @Test("tells of every command, and of every exit code")
    func overview() async throws {
        let place = try Workplace()
        let help = try await place.strata("--help")
        #expect(help.code == 0)
        for command in Self.commands { #expect(help.output.contains("\n  \(command) "), "\(command)") }
        for code in ["0 done", "1 failed", "2 usage", "3 done in part", "4 the plan", "5 refused", "6 somebody"] {
            #expect(help.output.split(whereSeparator: \.isWhitespace).joined(separator: " ").contains(code))
        }
        #expect(!help.output.contains("worker"), "the worker is not for people")
    }

    @Test("exists for every command", arguments: commands)
    func command(name: String) async throws {
        let place = try Workplace()
        for arguments in [["help", name], [name, "--help"]] {
            let help = try await place.strata(arguments)
            #expect(help.code == 0)
            #expect(help.output.contains("USAGE: strata \(name)"))
        }
    }

    @Test("a command line without a command is help, too")
    func nothing() async throws {
        let outcome = try await Workplace().strata([])
        #expect(outcome.output.contains("USAGE: strata"))
    }

    @Test("the completions are valid bash, and know the commands")
    func completions() async throws {
        let place = try Workplace()
        let script = try await place.strata("completions", "bash")
        #expect(script.code == 0)
        try place.write("strata.bash", script.output)
        try await place.run("bash", "-n", "strata.bash")
        let known = try await place.run("bash", "-c", "source ./strata.bash && complete -p strata")
        #expect(known.contains("strata"))
        for command in Self.commands { #expect(script.output.contains(command)) }
        for shell in ["zsh", "fish"] {
            #expect(try await place.strata("completions", shell).output.contains("publish"))
        }
    }

    @Test("version is one line, and JSON for machines")
    func version() async throws {
        let place = try Workplace()
        let text = try await place.strata("version").output
        #expect(text.hasPrefix("strata ") && text.count { $0 == "\n" } == 1)
        let json = try await place.strata("version", "--json").output
        #expect(json.contains("\"python3.13-arm64\"") && json.contains("\"recipe\""))
    }

    @Test("colours are for terminals only")
    func colours() async throws {
        let place = try Workplace(Configuration(layers: ["alpha"], targets: ["python2.7"]))
        let outcome = try await place.strata("check")
        #expect(!(outcome.output + outcome.error).contains("\u{1B}"))
    }

    @Test("--log-format json writes nothing but JSON to standard error")
    func logs() async throws {
        let place = try Workplace(Configuration(layers: ["alpha"], targets: ["python2.7"]))
        let lines = try await place.strata("check", "--log-format", "json").error.split(separator: "\n")
        #expect(!lines.isEmpty && lines.allSatisfy { $0.hasPrefix("{\"level\":") && $0.hasSuffix("}") }, "\(lines)")
    }
}
