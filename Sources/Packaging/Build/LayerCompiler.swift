import Embedded
import Files
import FoundationEssentials
import Glibc
import Model
import Synchronization
import Wheels

/// Makes the bytecode of a layer's modules, which Python would make at each cold start: a layer can only be read.
///
/// The interpreter parses what strangers wrote and runs nothing of it, inside the worker. One process compiles all, in the
/// order of the paths: what marshal writes depends on what it wrote before.
final class LayerCompiler: Sendable {
    /// What is compiled, and by what.
    struct Choice: Sendable {
        let bytecode: BuildOptions.Bytecode
        let interpreter: Interpreter
        let target: Target

        /// - Throws: `unsupported` if the compiler that the bytes depend on is not here.
        init(
            _ bytecode: BuildOptions.Bytecode, _ interpreter: Interpreter?, _ target: Target
        ) throws(StrataError) {
            guard let interpreter, interpreter.version == bytecode.python else {
                throw StrataError(
                    .unsupported,
                    "its bytecode is that of Python \(bytecode.python), and this machine has "
                        + (interpreter.map { "Python \($0.version)" } ?? "none for \(target)"),
                    hint: "name one under 'checks: { interpreters: { \(target): PATH } }', or with --python of rebuild")
            }
            guard (bytecode.rules ?? BuildOptions.Bytecode.currentRules) == BuildOptions.Bytecode.currentRules else {
                throw StrataError(
                    .unsupported, "its bytecode was chosen by other rules than this version's",
                    hint: "use the Strata of that time for it")
            }
            self.bytecode = bytecode
            self.interpreter = interpreter
            self.target = target
        }
    }

    /// The files that imports reach, by their places in the listing; set before files are chosen.
    let reached = Mutex<Set<Int>>([])
    private let choice: Choice
    private let folder: String

    /// Longer sources are not compiled.
    private static let longestFile = 4 << 20

    /// - Parameter folder: an empty one, for sources and what they become.
    init(_ choice: Choice, in folder: String) {
        self.choice = choice
        self.folder = folder
    }

    var derivation: LayerDerivation {
        LayerDerivation { [self] in
            try choose($0, $1)
        } make: { [self] in
            try await make($0)
        }
    }

    /// Writes the sources down, and says what becomes of them.
    private func choose(_ listing: LayerListing, _ sources: LayerSources) throws -> [LayerDerivation.File] {
        let reached = self.reached.withLock { $0 }
        let present = Set(listing.files.map(\.path))
        let tag = "cpython-\(choice.target.python.major)\(choice.target.python.minor)"
        var files: [LayerDerivation.File] = []
        var names = ""
        for (index, file) in listing.files.enumerated() where choice.bytecode.scope == .all || reached.contains(index) {
            var parts = file.path.split(separator: "/")
            guard let last = parts.popLast(), last.hasSuffix(".py"), last.dropLast(3).isIdentifier else { continue }
            let path = (parts + ["__pycache__", "\(last.dropLast(3)).\(tag).pyc"]).joined(separator: "/")
            guard !present.contains(path), last.utf8.count < 200,
                let bytes = try sources.contents(of: index, limit: Self.longestFile)
            else { continue }
            let output = try OpenFile("\(folder)/\(files.count).py", O_WRONLY | O_CREAT | O_EXCL, mode: 0o600)
            try output.write(bytes)
            names += "\(file.path)\n"
            files.append(.init(path: path, wheel: file.wheel))
        }
        let list = try OpenFile("\(folder)/names", O_WRONLY | O_CREAT | O_EXCL, mode: 0o600)
        try list.write(Array(names.utf8))
        return files
    }

    private func make(_ files: [LayerDerivation.File]) async throws -> [[UInt8]?] {
        guard !files.isEmpty else { return [] }
        // Python looks for its modules here first.
        let empty = "\(folder)/empty"
        try Folder.make(empty)
        let program = try EmbeddedFile.at("probe/bytecode.py").text
        let result = try await Program.run(
            choice.interpreter.executable, ["-S", "-s", "-B", "-W", "ignore", "-X", "utf8", "-c", program, folder],
            environment: ["PYTHONHASHSEED": "0", "LANG": "C.UTF-8"], workFolder: empty, deadline: .seconds(900))
        guard result.status == 0 else {
            throw StrataError(
                .tool, "Python \(choice.interpreter.version) could not compile the layer's modules",
                hint: result.errors.printable(300))
        }
        return try await offPool { [folder] cancellation in
            try files.indices.map { index in
                try cancellation.check()
                let path = "\(folder)/\(index).pyc"
                guard access(path, F_OK) == 0 else { return nil }
                return try BoundedFile.read(path, limit: ByteCount.mebibytes(64))
            }
        }
    }
}
