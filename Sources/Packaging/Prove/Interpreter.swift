import Embedded
import Files
import FoundationEssentials
import Model

/// A CPython of this machine, and what of the machine it needs.
struct Interpreter: Sendable, Hashable, Codable {
    /// `3.12.1`.
    let version: String
    let implementation: String
    /// As the kernel names it: `x86_64`.
    let machine: String
    let isFreeThreaded: Bool
    /// Without links.
    let executable: String
    /// The folder of the standard library.
    let standard: String
    /// The folder of its extension modules, mostly inside the other.
    let modules: String
    /// The shared libraries that its own modules need: the files by the names that the loader asks for.
    let libraries: [String: String]

    /// Whether it is what a target's functions run.
    func fits(_ target: Target) -> Bool {
        implementation == "cpython" && !isFreeThreaded && machine == target.architecture.machine
            && version.split(separator: ".").prefix(2).joined(separator: ".") == "\(target.python)"
            && version.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "." || $0 == "+") }
    }

    /// Asks a program what it is.
    /// - Returns: nil if it is no Python, or does not say.
    static func at(_ path: String, environment: [String: String], folder: String) async -> Interpreter? {
        guard Program.isExecutable(path), let program = try? EmbeddedFile.at("probe/interpreter.py").text else {
            return nil
        }
        let result = try? await Program.run(
            path, ["-I", "-S", "-c", program], environment: environment, workFolder: folder, deadline: .seconds(30))
        guard let result, result.status == 0 else { return nil }
        return try? JSONDecoder().decode(Interpreter.self, from: Data(result.output.utf8))
    }
}

/// Finds interpreters, each once: those that the maintainer names, then `python3.12` along PATH, then what uv knows of.
public actor Interpreters {
    private let named: [Target: String]
    private let environment: [String: String]
    private var found: [Target: Task<Interpreter?, Never>] = [:]

    /// - Parameters:
    ///   - named: those that the maintainer names.
    ///   - environment: this process's; interpreters and uv get what they need of it to be found.
    public init(named: [Target: String], environment: [String: String]) {
        self.named = named
        self.environment = environment.filter {
            ["PATH", "LANG", "HOME", "STRATA_UV", "UV_PYTHON_INSTALL_DIR"].contains($0.key)
        }
    }

    /// The whole version of a target's interpreter; nil if there is none.
    public func version(for target: Target) async -> String? { await interpreter(for: target)?.version }

    /// Which interpreters there are for some targets, for people.
    public func text(for targets: [Target]) async -> String {
        var parts: [String] = []
        for target in targets {
            let found = await interpreter(for: target)
            parts.append("\(target): \(found.map { "Python \($0.version), \($0.executable)" } ?? "none")")
        }
        return parts.joined(separator: "; ")
    }

    /// - Returns: nil if there is none. One that is named and does not fit is none: another would not be what was meant.
    func interpreter(for target: Target) async -> Interpreter? {
        if let known = found[target] { return await known.value }
        let task = Task { [named, environment] in
            try? await Folder.withTemporary { folder in
                await Self.find(target, named: named[target], environment: environment, folder: folder)
            }
        }
        found[target] = task
        return await task.value
    }

    private static func find(
        _ target: Target, named: String?, environment: [String: String], folder: String
    ) async -> Interpreter? {
        let searchPath = environment["PATH"] ?? Uv.searchPath
        func fitting(_ path: String) async -> Interpreter? {
            let interpreter = await Interpreter.at(path, environment: environment, folder: folder)
            return interpreter.flatMap { $0.fits(target) ? $0 : nil }
        }
        if let named { return await fitting(named) }
        for part in searchPath.split(separator: ":") where part.hasPrefix("/") {
            if let interpreter = await fitting("\(part)/python\(target.python)") { return interpreter }
        }
        guard let uv = environment["STRATA_UV"] ?? Program.find("uv", on: searchPath) else { return nil }
        let arguments = [
            "python", "find", "\(target.python)", "--no-config", "--no-project", "--no-python-downloads", "--color",
            "never",
        ]
        let answer = try? await Program.run(
            uv, arguments, environment: environment, workFolder: folder, deadline: .seconds(30))
        guard let answer, answer.status == 0 else { return nil }
        return await fitting(answer.output.trimmingSpaces)
    }
}
