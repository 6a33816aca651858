import Glibc
import Model
import Settings

/// The six questions of `strata init --guided`. Each answer is checked when it is given, and asked for again if it cannot
/// be used.
struct Interview {
    let console: Console
    /// What is offered as the answer.
    var draft: ConfigurationDraft

    /// - Throws: `configuration` if nobody is there to answer; then nothing was written.
    func run() async throws -> ConfigurationDraft {
        guard isatty(STDIN_FILENO) == 1 else {
            throw StrataError(
                .configuration, "--guided asks questions at a terminal, and standard input is none",
                hint:
                    "'strata init' writes a commented file to edit; 'strata init --from FILE' takes a project's packages"
            )
        }
        console.note("Six questions. Enter takes the answer in brackets; everything can be changed in the file later.")
        var draft = draft
        draft.name = try await ask(1, "What is the registry called?", draft.name, Answer.name)
        draft.place = try await place()
        draft.targets = try await ask(
            3, "For which Python and architecture? (python3.13, python3.13-arm64, …)",
            draft.targets.map(\.description).joined(separator: " "), Answer.targets)
        draft.regions = try await ask(
            4, "In which regions? (codes, or all)", draft.regions.joined(separator: " "), Answer.regions)
        if draft.layers.isEmpty {
            draft.layers = try await ask(
                5, "Which packages first? (each is a layer: requests pandas>=2 psycopg[binary])", "requests",
                Answer.layers)
        } else {
            console.note("5/6  The packages are the project's: \(count(draft.layers.count, "layer")).")
        }
        draft.ledger = try await ask(
            6, "Where is the ledger kept? (sqlite:PATH, or dynamodb:TABLE@region for several machines)", draft.ledger,
            Answer.ledger)
        return draft
    }

    private func place() async throws -> ConfigurationDraft.Place {
        let kind = try await ask(
            2,
            """
            Where to?
                 local   a folder on this machine stands in for AWS: to try it out
                 aws     AWS Lambda; the registry is a repository in a folder
                 github  AWS Lambda; the registry and its site are a GitHub repository
            """, "local", Answer.place)
        guard kind != "local" else { return .local }
        let account = try await ask(nil, "The AWS account's number?", nil, Answer.account)
        guard kind == "github" else { return .aws(account: account) }
        let repository = try await ask(
            nil, "The GitHub repository for the registry, of its own? (owner/name)", nil, Answer.repository)
        return .github(account: account, repository: repository)
    }

    private func ask<Value>(
        _ number: Int?, _ question: String, _ standard: String?, _ read: (String) throws(StrataError) -> Value
    ) async throws -> Value {
        while true {
            let offer = standard.map { " [\($0)]" } ?? ""
            Console.write(
                (number.map { "\($0)/6  " } ?? "     ") + console.paint(question, .bold) + offer + "\n  ❯  ",
                to: STDERR_FILENO)
            guard let line = try await Question.line() else {
                throw StrataError(.configuration, "nothing was written: nobody answered")
            }
            let answer = line.trimmingSpaces
            do throws(StrataError) {
                guard let text = answer.isEmpty ? standard : answer else {
                    throw StrataError(.configuration, "this one has no answer that could be taken for you")
                }
                return try read(text)
            } catch {
                console.warn("\(error)")
            }
        }
    }
}

/// How answers are read.
enum Answer {
    static func name(_ text: String) throws(StrataError) -> String {
        guard text.utf8.count <= 100, text.unicodeScalars.allSatisfy({ $0.properties.generalCategory != .control })
        else { throw StrataError(.configuration, "a name is one line of at most 100 bytes") }
        return text
    }

    static func place(_ text: String) throws(StrataError) -> String {
        let places = ["local", "aws", "github"]
        guard places.contains(text.lowercased()) else {
            throw StrataError(
                .configuration, "'\(text.prefix(40))' is no place", hint: Suggestion.hint(for: text, among: places))
        }
        return text.lowercased()
    }

    static func account(_ text: String) throws(StrataError) -> String {
        guard text.utf8.count == 12, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
            throw StrataError(
                .configuration, "an account's number has twelve digits",
                hint: "'aws sts get-caller-identity' shows it")
        }
        return text
    }

    /// https://docs.github.com/en/repositories/creating-and-managing-repositories
    static func repository(_ text: String) throws(StrataError) -> String {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        let isPlain = parts.allSatisfy { part in
            (1...100).contains(part.utf8.count) && part != "." && part != ".."
                && part.utf8.allSatisfy { $0.isASCIIAlphanumeric || "-_.".utf8.contains($0) }
        }
        guard parts.count == 2, isPlain else {
            throw StrataError(.configuration, "a repository is written as owner/name")
        }
        return text
    }

    static func targets(_ text: String) throws(StrataError) -> [Target] {
        try words(text).map { word throws(StrataError) in
            guard let target = Target(word), target.platform != nil else {
                throw StrataError(
                    .configuration, "there is no target '\(word.prefix(40))'",
                    hint: Suggestion.hint(for: word, among: Target.buildable.map(\.description)))
            }
            return target
        }
    }

    static func regions(_ text: String) throws(StrataError) -> [String] {
        if text.lowercased() == "all" { return ["all"] }
        return try words(text).map { word throws(StrataError) in
            guard let region = Region(word), region.place != nil, region.partition == .aws else {
                throw StrataError(
                    .configuration, "there is no region '\(word.prefix(40))' in the partition aws",
                    hint: Suggestion.hint(for: word, among: Region.known.map(\.code)))
            }
            return region.code
        }
    }

    static func layers(_ text: String) throws(StrataError) -> [ConfigurationDraft.Layer] {
        // Commas belong to requirements: '>=2,<3'.
        let requirements = try text.split(separator: " ").map { word throws(StrataError) in
            try Requirement(parsing: word.hasSuffix(",") ? String(word.dropLast()) : String(word))
        }
        guard !requirements.isEmpty else { throw StrataError(.configuration, "name a package at least") }
        return ConfigurationDraft.Layer.each(of: requirements)
    }

    static func ledger(_ text: String) throws(StrataError) -> String {
        _ = try LedgerSettings(text)
        return text
    }

    private static func words(_ text: String) throws(StrataError) -> [String] {
        let words = text.split { $0 == " " || $0 == "," || $0 == "\t" }.map(String.init)
        guard !words.isEmpty else { throw StrataError(.configuration, "name one at least") }
        return words.reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
    }
}

extension ConfigurationDraft.Layer {
    /// A layer for each package. Requirements of one layer's name that markers tell apart stay together.
    static func each(of requirements: [Requirement]) -> [ConfigurationDraft.Layer] {
        var order: [LayerName] = []
        var members: [LayerName: [Requirement]] = [:]
        for requirement in requirements {
            // A name that is too long is refused when the whole is checked.
            guard let name = LayerName(for: requirement) ?? LayerName(String(requirement.package.text.prefix(64)))
            else {
                continue
            }
            if members[name] == nil { order.append(name) }
            if members[name]?.contains(requirement) != true { members[name, default: []].append(requirement) }
        }
        return order.map { name in
            let own = members[name] ?? []
            return own.count == 1 ? .single(own[0]) : .group(name, own)
        }
    }
}
