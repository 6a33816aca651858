import FoundationEssentials
import Testing

/// The first minutes: a configuration from answers, from a project, and what runs it.
@Suite("Beginning")
struct InitTests {
    /// Runs `init` on a terminal, typing these answers.
    private func interview(_ place: Workplace, _ answers: String..., arguments: [String] = []) async throws -> Outcome {
        try await place.shell(
            "exec '\(Program.python)' -B '\(Program.root)/Tests/Servers/terminal.py' \"$@\"",
            [answers.joined(separator: "|"), try Program.path(), "init", "--guided"] + arguments)
    }

    @Test("the guided way asks six questions, and 'check' and 'plan' take what it writes")
    func guided() async throws {
        let place = try Workplace()
        let outcome = try await interview(
            place, "Acme: layers", "", "python3.12 python3.13", "us-east-1, eu-west-1", "idna six", "")
        try #require(outcome.code == 0, "\(outcome.output)")
        for number in 1...6 { #expect(outcome.output.contains("\(number)/6"), "\(outcome.output)") }
        let text = try place.text("strata.yaml")
        #expect(text.contains("name: \"Acme: layers\"") && text.contains("prefix: acme-layers"), "\(text)")
        let check = try await place.strata("check")
        #expect(check.code == 0 && check.output.contains("2 layers, 4 layers and targets, 2 regions"), "\(check)")
        let plan = try await place.strata("plan")
        #expect(plan.code == 0 && plan.output.contains("publish 8 releases"), "\(plan.error)\(plan.output)")
    }

    @Test("an answer that cannot be used is asked for again, with the reason")
    func validation() async throws {
        let place = try Workplace()
        let outcome = try await interview(
            place, "n", "githib", "github", "12", "111122223333", "no repository", "acme/layers", "python2.7",
            "python3.13", "eu-wst-1", "all", "requests @ https://x", "requests>=2,<3 psycopg[binary]", "mysql:x",
            "dynamodb:layers@eu-west-1")
        try #require(outcome.code == 0, "\(outcome.output)")
        for reason in [
            "did you mean 'github'?", "twelve digits", "owner/name", "no target 'python2.7'",
            "did you mean 'eu-west-1'?",
            "URLs are not allowed", "unknown kind of ledger 'mysql'",
        ] { #expect(outcome.output.contains(reason), "\(reason): \(outcome.output)") }
        let text = try place.text("strata.yaml")
        #expect(text.contains("https://acme.github.io/layers") && text.contains("git@github.com:acme/layers.git"))
        #expect(text.contains("- \"requests>=2,<3\"") && text.contains("account: \"111122223333\""))
        #expect(try await place.strata("check").code == 0)
    }

    @Test("nobody at the terminal, or no terminal: one clear line, and nothing is written")
    func nobody() async throws {
        let place = try Workplace()
        let left = try await interview(place, "name", "^D")
        #expect(left.code == 2 && left.output.contains("nothing was written"), "\(left.output)")
        let piped = try await place.strata("init", "--guided")
        #expect(piped.code == 2 && piped.errors.count == 1, "\(piped.error)")
        #expect(piped.error.contains("asks questions at a terminal"), "\(piped.error)")
        #expect(try place.names(in: ".").contains("strata.yaml") == false)
    }

    @Test("a project's list is one layer; --split makes one of each requirement")
    func requirements() async throws {
        let place = try Workplace()
        try place.write(
            "requirements.txt",
            """
            # what we need
            idna>=3,<4  # with a comment
            six ; python_version >= '3.8'
            typing-extensions \\
              >=4
            -r other.txt
            --index-url https://user:secret@example.invalid/simple
            git+https://example.invalid/x.git

            """)
        let outcome = try await place.strata("init", "--from", "requirements.txt")
        try #require(outcome.code == 0, "\(outcome.error)")
        #expect(outcome.error.contains("line 6 is left out") && outcome.error.contains("line 8 is left out"))
        #expect(!outcome.error.contains("secret"), "\(outcome.error)")
        #expect(outcome.error.contains("--split"), "says which of the two it is: \(outcome.error)")
        let check = try await place.strata("check", "--json")
        #expect(check.code == 0 && check.output.contains("\"app\""), "\(check.error)")
        let text = try place.text("strata.yaml")
        let split = try await place.strata("init", "--from", "requirements.txt", "--split", "--force")
        try #require(split.code == 0, "\(split.error)")
        #expect(try place.text("strata.yaml") != text)
        #expect(try await place.strata("check").output.contains("3 layers"))
        try place.write("requirements.txt", "idna==\n")
        let wrong = try await place.strata("init", "--from", "requirements.txt", "--force")
        #expect(wrong.code == 2 && wrong.error.contains("requirements.txt:1"), "\(wrong.error)")
    }

    @Test("a pyproject.toml gives its name, its Python and its dependencies; a uv.lock what it locks")
    func project() async throws {
        let place = try Workplace()
        try place.write(
            "pyproject.toml",
            """
            [build-system]
            requires = ["hatchling"]
            [project]
            name = "Odd.Name_of-it"
            version = "1"
            requires-python = ">=3.11,<3.13"
            dependencies = ["idna>=3", "six; python_version<'3.12'"]
            [tool.thing]
            text = \"\"\"
            anything\"\"\"

            """)
        let outcome = try await place.strata("init", "--from", "pyproject.toml")
        try #require(outcome.code == 0, "\(outcome.error)")
        let text = try place.text("strata.yaml")
        #expect(text.contains("name: odd-name-of-it") && text.contains("targets: [python3.12]"), "\(text)")
        let plan = try await place.strata("plan")
        #expect(plan.code == 0 && plan.output.contains("odd-name-of-it"), "\(plan.error)\(plan.output)")

        try place.write(
            "pyproject.toml",
            "[project]\nname = \"app\"\nversion = \"1\"\nrequires-python = \">=3.11\"\ndependencies = [\"idna\"]\n")
        let uv = Program.variables["STRATA_UV"] ?? "uv"
        let lock = try await place.shell("exec '\(uv)' lock --quiet", [])
        try #require(lock.code == 0, "\(lock.error)")
        let locked = try await place.strata("init", "--from", "uv.lock", "--force")
        try #require(locked.code == 0, "\(locked.error)")
        #expect(try place.text("strata.yaml").contains("from-lock: \"uv.lock\""))
        let second = try await place.strata("plan")
        #expect(second.code == 0, "\(second.error)\(second.output)")
        try place.write("pyproject.toml", "[tool.poetry]\nname = \"x\"\n")
        let poetry = try await place.strata("init", "--from", "pyproject.toml", "--force")
        #expect(poetry.code == 2 && poetry.error.contains("[project]"), "\(poetry.error)")
    }

    @Test(
        "names from a project are text in the file, whatever they look like",
        arguments: ["true: [x]", "a\"b\\c # d", "- é ${X}", "123"])
    func quoting(name: String) async throws {
        let place = try Workplace()
        let escaped = name.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
        try place.write("pyproject.toml", "[project]\nname = \"\(escaped)\"\ndependencies = [\"idna\"]\n")
        let outcome = try await place.strata("init", "--from", "pyproject.toml")
        try #require(outcome.code == 0, "\(outcome.error)")
        let read = try await place.run(
            Program.python, "-c", "import yaml; print(yaml.safe_load(open('strata.yaml'))['registry']['name'])")
        #expect(read == "\(name) layers\n")
        #expect(try await place.strata("check").code == 0)
    }

    @Test("nothing that exists is overwritten, and then nothing at all is written")
    func force() async throws {
        let place = try Workplace()
        try place.write(".github/workflows/strata-plan.yml", "mine\n")
        let outcome = try await place.strata("init", "--ci", "github")
        #expect(outcome.code == 2 && outcome.error.contains("strata-plan.yml exists already"), "\(outcome.error)")
        #expect(try place.files(".github") == ["workflows/strata-plan.yml"])
        #expect(try place.names(in: ".").contains("strata.yaml") == false)
        #expect(try await place.strata("init", "--ci", "github", "--force").code == 0)
        #expect(try place.text(".github/workflows/strata-plan.yml").contains("pull_request"))
        let mine = try place.text("strata.yaml") + "# mine\n"
        try place.write("strata.yaml", mine)
        #expect(try await place.strata("init", "--ci", "systemd").code == 0)
        #expect(try place.text("strata.yaml") == mine, "a configuration that is there stays")
    }

    @Test("--ci names the archive in the one place that asks for it")
    func archive() async throws {
        let digest = String(repeating: "ab", count: 32)
        for ci in ["github", "gitlab"] {
            let place = try Workplace()
            let outcome = try await place.strata(
                "init", "layers.yaml", "--ci", ci, "--archive", "https://example.invalid/strata.tar.gz", "--sha256",
                digest)
            try #require(outcome.code == 0, "\(outcome.error)")
            let file = ci == "github" ? ".github/actions/strata/setup/action.yml" : "strata.gitlab-ci.yml"
            #expect(
                try place.text(file).contains(digest)
                    && place.text(file).contains("https://example.invalid/strata.tar.gz"))
            let main = ci == "github" ? ".github/workflows/strata-publish.yml" : file
            #expect(try place.text(main).contains("CONFIG: \"layers.yaml\""))
        }
        let place = try Workplace()
        for arguments in [
            ["--ci", "github", "--archive", "http://example.invalid/x", "--sha256", digest],
            ["--ci", "github", "--archive", "https://example.invalid/x", "--sha256", "12"],
            ["--ci", "cron", "--archive", "https://example.invalid/x", "--sha256", digest], ["--ci", "jenkins"],
            ["--split"],
        ] {
            let outcome = try await place.command(["init"] + arguments).run()
            #expect(outcome.code == 2, "\(arguments): \(outcome.error)")
        }
    }

    @Test("the crontab's line publishes, in a folder with an odd name, and is silent about what is pending")
    func cron() async throws {
        let place = try Workplace()
        let folder = "o'dd 100% $x"
        try place.write("\(folder)/strata.yaml", Configuration(layers: ["idna"], targets: ["python3.12"]).text)
        let outcome = try await place.strata("init", "\(folder)/strata.yaml", "--ci", "cron")
        try #require(outcome.code == 0, "\(outcome.error)")
        let line = try #require(
            try place.text("\(folder)/strata.cron").split(separator: "\n").last { !$0.hasPrefix("#") })
        // As cron does: five fields, then a command in which '\%' is '%'.
        let command = String(line.split(separator: " ", maxSplits: 5)[5]).replacing("\\%", with: "%")
        let quiet = try await place.run("/bin/sh", "-c", command)
        #expect(quiet.isEmpty, "\(quiet)")
        #expect(try place.text("\(folder)/strata.log").contains("\"level\""))
        #expect(try place.names(in: folder).contains("lambda"))
        try place.write("\(folder)/strata.yaml", "no: configuration\n")
        let loud = try await place.run("/bin/sh", "-c", command)
        #expect(loud.contains("strata publish ended with 2"), "\(loud)")
    }

    @Test("the units are what systemd understands")
    func systemd() async throws {
        let place = try Workplace()
        let folder = "100% odd"
        let outcome = try await place.strata("init", "\(folder)/strata.yaml", "--ci", "systemd")
        try #require(outcome.code == 0, "\(outcome.error)")
        let service = try place.text("\(folder)/systemd/strata-publish.service")
        #expect(service.contains("WorkingDirectory=\(place.folder)/100%% odd\n"), "\(service)")
        #expect(service.contains("SuccessExitStatus=3 6") && service.contains("Type=oneshot"))
        let units = "\(folder)/systemd/strata-publish"
        let said = try await place.shell(
            "XDG_RUNTIME_DIR=$PWD systemd-analyze verify --user \"$@\" 2>&1", ["\(units).service", "\(units).timer"])
        #expect(said.code == 0, "\(said.output)\(said.error)")
        let next = try await place.run("systemd-analyze", "calendar", "*-*-* 00/6:17:00")
        #expect(next.contains("Normalized form"))
    }
}
