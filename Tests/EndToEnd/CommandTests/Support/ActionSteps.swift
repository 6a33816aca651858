import FoundationEssentials
import Testing

/// The actions of `deploy/actions`, run as a runner would: each step by bash, with the variables that it asks for.
struct ActionSteps: Sendable {
    struct Step: Decodable, Sendable {
        let name: String?
        let uses: String?
        let run: String?
        let env: [String: String]?
    }

    /// `setup`, `plan`, …
    let action: String
    let steps: [Step]

    init(_ action: String, _ place: Workplace) async throws {
        struct File: Decodable {
            struct Runs: Decodable { let steps: [Step] }
            let runs: Runs
        }
        let json = try await place.run(
            Program.python, "-c", "import json, sys, yaml; print(json.dumps(yaml.safe_load(open(sys.argv[1]))))",
            "\(Program.root)/deploy/actions/\(action)/action.yml")
        self.action = action
        steps = try JSONDecoder().decode(File.self, from: Data(json.utf8)).runs.steps
    }

    /// Runs all steps that are scripts, in a folder of the workplace, until one fails.
    ///
    /// - Parameters:
    ///   - values: by expression, as `inputs.config`; one that a step asks for and that is not here is an error.
    ///   - variables: what a runner sets besides.
    /// - Returns: the last step's outcome.
    func run(
        _ place: Workplace, in folder: String, _ values: [String: String], _ variables: [String: String] = [:]
    ) async throws -> Outcome {
        var values = values
        let runner = "\(place.folder)/runner"
        try place.write("runner/.keep", "")
        var last = Outcome(status: .exited(0), output: "", error: "")
        for step in steps {
            guard let script = step.run else { continue }
            #expect(!script.contains("${{"), "what a runner fills in reaches the shell as variables only")
            try place.write("runner/output", "")
            var environment = [
                "RUNNER_TEMP": runner, "GITHUB_OUTPUT": "\(runner)/output", "GITHUB_PATH": "\(runner)/path",
                "GITHUB_STEP_SUMMARY": "\(runner)/summary.md",
                "GITHUB_ACTION_PATH": "\(Program.root)/deploy/actions/\(action)", "HOME": runner,
            ].merging(variables) { $1 }
            for (name, expression) in step.env ?? [:] { environment[name] = try Self.fill(expression, values) }
            let added = (try? place.text("runner/path").split(separator: "\n").joined(separator: ":")) ?? ""
            let path = [added, environment["PATH"] ?? Program.environment["PATH"] ?? ""].filter { !$0.isEmpty }
            environment["PATH"] = path.joined(separator: ":")
            // As a runner does where a step asks for bash.
            last = try await place.shell(
                "cd \"$1\" && exec bash --noprofile --norc -e -o pipefail -c \"$2\"", [folder, script],
                environment: environment)
            guard last.code == 0 else { return last }
            for line in try place.text("runner/output").split(separator: "\n") {
                let parts = line.split(separator: "=", maxSplits: 1).map(String.init)
                values["steps.build.outputs.\(parts[0])"] = parts.last ?? ""
            }
        }
        return last
    }

    private static func fill(_ text: String, _ values: [String: String]) throws -> String {
        var filled = ""
        var rest = text[...]
        while let open = rest.firstRange(of: "${{"), let close = rest[open.upperBound...].firstRange(of: "}}") {
            let name = rest[open.upperBound..<close.lowerBound].filter { $0 != " " }
            filled += rest[..<open.lowerBound] + (try #require(values[String(name)], "nobody says what \(name) is"))
            rest = rest[close.upperBound...]
        }
        return filled + rest
    }
}

extension Workplace {
    /// Runs a shell's line here with arguments, whatever comes of it.
    func shell(
        _ script: String, _ arguments: [String], environment: [String: String] = [:]
    ) async throws -> Outcome {
        let command = try self.command([], environment: environment)
        return try await Command(
            arguments: ["/bin/sh", "-c", script, "sh"] + arguments, environment: command.environment, folder: folder
        ).run()
    }
}
