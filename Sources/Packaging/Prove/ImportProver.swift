import Embedded
import Files
import FoundationEssentials
import Glibc
import Model

/// Shows that a layer's modules can be imported, by importing them: in a process that can reach nothing, with the layer
/// at `/opt`, or in Lambda.
///
/// The zip is unpacked by a worker, which reads what strangers wrote; the probe then runs their code.
public struct ImportProver: Sendable {
    private let client: WorkerClient
    private let process: ProbeProcess
    let interpreters: Interpreters
    /// Builds source distributions in processes of the same kind.
    public let sdists: SdistBuilder
    private let kinds: [Confinement.Kind]
    private let lambda: Lambda
    /// How long one module may take.
    private let patience: Duration

    /// What is done where a proof in Lambda is asked for.
    public enum Lambda: Sendable {
        case functions(ProbeFunctions)
        /// There is no Lambda, and the sandbox stands in for it.
        case sandbox
        /// What is built is not published from here.
        case untested
    }

    /// - Parameters:
    ///   - executable: this program's own path.
    ///   - arguments: the hidden command that shuts itself in.
    ///   - environment: this process's environment.
    public init(
        executable: String, arguments: [String] = ["worker"], interpreters: Interpreters,
        environment: [String: String], lambda: Lambda = .untested
    ) {
        self.init(
            executable: executable, arguments: arguments, interpreters: interpreters, environment: environment,
            kinds: [.root, .landlock], patience: .seconds(120), lambda: lambda)
    }

    /// - Parameters:
    ///   - kinds: the first that the machine allows is taken.
    ///   - patience: how long one module may take.
    package init(
        executable: String, arguments: [String] = [], interpreters: Interpreters, environment: [String: String],
        kinds: [Confinement.Kind], patience: Duration, lambda: Lambda = .untested
    ) {
        client = WorkerClient(executable: executable, arguments: arguments, environment: environment)
        process = ProbeProcess(executable: executable, arguments: arguments)
        sdists = SdistBuilder(
            client: client, process: process, interpreters: interpreters,
            patience: min(patience * 5, .seconds(900)))
        self.interpreters = interpreters
        self.kinds = kinds
        self.lambda = lambda
        self.patience = patience
    }

    /// What names of folders begin with that layers are unpacked to.
    private static let prefix = "strata-proof-"

    /// Removes what killed runs left of unpacked layers. No proof takes a day.
    static func removeLeftovers() { Folder.removeTemporary(prefix) }

    /// Imports what an order asks for.
    /// - Returns: what was found, and what was done; both nothing if the order asks for no proof.
    /// - Throws: `tool` if this program fails at it, `badWheel` for a zip that is damaged, `file`, `cancelled`; if a layer
    ///   that would be held cannot be tried in Lambda now, why.
    func prove(
        _ order: BuildOrder, _ built: BuildOutcome
    ) async throws(StrataError) -> (findings: [Finding], proof: ImportProof?) {
        guard Self.isAsked(order) else { return ([], nil) }
        if case .functions(let functions) = lambda, order.checks.imports.place == .lambda {
            return try await withModules(of: order, built, .lambda) { wanted, _, _ throws(StrataError) in
                try await prove(wanted, order, built, in: functions)
            }
        }
        if case .untested = lambda, order.checks.imports.place == .lambda {
            return untested("it is tried in Lambda when it is published", .lambda)
        }
        let target = order.item.target
        guard let interpreter = await interpreters.interpreter(for: target) else {
            return untested("this machine has no Python \(target.python) for \(target.architecture.rawValue)")
        }
        return try await withModules(of: order, built, .sandbox) { wanted, layer, folder throws(StrataError) in
            try await prove(wanted, order, RuntimeRoot(interpreter, for: target), layer: layer, folder: folder)
        }
    }

    /// Unpacks a layer and finds out which of its modules an order asks for.
    ///
    /// - Parameter body: gets them, the layer's folder and the one that this is in.
    private func withModules(
        of order: BuildOrder, _ built: BuildOutcome, _ place: Checks.Imports.Place,
        _ body: (Wanted, _ layer: String, _ folder: String) async throws(StrataError) -> ([Finding], ImportProof?)
    ) async throws(StrataError) -> ([Finding], ImportProof?) {
        try await Folder.withTemporary(Self.prefix) { folder throws(StrataError) in
            let layer = "\(folder)/layer"
            try Folder.make(layer, mode: 0o755)
            chmod(folder, 0o711)
            let packages = order.requirements.compactMap { try? Requirement(parsing: $0).package }
            let known = try await client.unpack(
                UnpackOrder(
                    zip: built.path, sha256: built.sha256, target: order.item.target, folder: layer,
                    packages: Set(packages).filter { order.lock.wheel(of: $0) != nil }.sorted()))
            let wanted = Wanted(known, order)
            guard !wanted.modules.isEmpty else { return untested("there is no module to import", place) }
            return try await body(wanted, layer, folder)
        }
    }

    private func untested(
        _ why: String, _ place: Checks.Imports.Place = .sandbox
    ) -> ([Finding], ImportProof?) {
        ([Finding(.imports, .note, "untested: \(why)")], ImportProof(place, remark: why))
    }

    private func prove(
        _ wanted: Wanted, _ order: BuildOrder, _ built: BuildOutcome, in functions: ProbeFunctions
    ) async throws(StrataError) -> ([Finding], ImportProof?) {
        struct Event: Encodable {
            let modules: [String]
            let seconds: Int64
        }
        struct Told: Decodable {
            let python: String
            let answers: [String]
        }
        let item = order.item
        let layer = LayerPackage(
            path: built.path, sha256: built.sha256, size: built.zipped, unzipped: built.unzipped,
            description: String("strata tries \(item), \(built.sha256.hex.prefix(16)), and deletes this".prefix(200)),
            license: nil, target: item.target)
        let event = try WorkerProtocol.line(Event(modules: wanted.modules, seconds: patience.components.seconds))
        let program = try EmbeddedFile.at("probe/imports.py").bytes
        let answer: ProbeFunctions.Answer
        do throws(StrataError) {
            answer = try await functions.call(.init(layer: layer, program: program, event: event))
        } catch {
            if error.code == .unsupported || !order.checks.hold && error.code != .cancelled {
                return untested(error.message, .lambda)
            }
            // It says nothing of the layer, which the next run tries again: what is refused is not.
            var error = error
            if error.isRefusal { error.code = .invalidRequest }
            error.message = "it could not be tried in Lambda: \(error.message)"
            throw error
        }
        switch answer {
        case .missing(let why): return untested("the function did not answer: \(why)", .lambda)
        case .given(let bytes):
            guard let told = try? JSONDecoder().decode(Told.self, from: Data(bytes)) else {
                return untested("the function's answer cannot be read", .lambda)
            }
            return ImportJudge(
                wanted: wanted, order: order, place: .lambda, python: told.python.printable(20), patience: patience
            ).judge(
                ProbeAnswer.read(told.answers.map { Array($0.utf8) }, of: wanted.modules), complaint: "")
        }
    }

    private func prove(
        _ wanted: Wanted, _ order: BuildOrder, _ root: RuntimeRoot, layer: String, folder: String
    ) async throws(StrataError) -> ([Finding], ImportProof?) {
        let program = try EmbeddedFile.at("probe/imports.py").text
        let seconds = patience.components.seconds
        var remark = ""
        for kind in kinds {
            if kind == .landlock, !WorkerSandbox.closesConnections { continue }
            let own = "\(folder)/\(kind.rawValue)"
            try Folder.make(own, mode: 0o755)
            let confinement = root.confinement(
                kind, layer: layer, folder: own, program: program, arguments: ["\(seconds)"] + wanted.modules)
            let deadline = min(patience * (wanted.modules.count + 1), .seconds(3600))
            let result = try await process.run(confinement, deadline: deadline, most: wanted.modules.count)
            if result.status == Confinement.refusedStatus {
                remark = result.complaint
                continue
            }
            let answers = ProbeAnswer.read(result.lines, of: wanted.modules)
            let judge = ImportJudge(
                wanted: wanted, order: order, place: .sandbox, python: root.interpreter.version, patience: patience,
                reservation: kind == .root
                    ? nil : "with all of this machine's libraries, since it allows no root of its own",
                excuse: { root.excuse($0, missing: $1) })
            return judge.judge(answers, complaint: result.complaint)
        }
        return untested("this machine cannot shut a process in: \(remark)")
    }
}

/// The modules that an order asks for.
struct Wanted: Sendable {
    let modules: [String]
    /// Whose each is, by its name.
    let packages: [String: PackageName]
    /// Whether the maintainer named them.
    let isNamed: Bool

    init(_ known: [LayerTree.Module], _ order: BuildOrder) {
        let imports = order.checks.imports
        packages = Dictionary(known.map { ($0.name, $0.package) }) { first, _ in first }
        isNamed = !imports.only.isEmpty
        let all = isNamed ? imports.only : known.map(\.name)
        modules = Set(all).subtracting(imports.skip).sorted()
    }
}
