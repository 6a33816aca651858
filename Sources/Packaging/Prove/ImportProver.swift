import Embedded
import Files
import FoundationEssentials
import Glibc
import Model

/// Shows that a layer's modules can be imported, by importing them: in a process that can reach nothing, with the layer
/// at `/opt`.
///
/// The zip is unpacked by a worker, which reads what strangers wrote; the probe then runs their code.
public struct ImportProver: Sendable {
    private let client: WorkerClient
    private let process: ProbeProcess
    let interpreters: Interpreters
    /// Builds source distributions in processes of the same kind.
    public let sdists: SdistBuilder
    private let kinds: [Confinement.Kind]
    /// How long one module may take.
    private let patience: Duration

    /// - Parameters:
    ///   - executable: this program's own path.
    ///   - arguments: the hidden command that shuts itself in.
    ///   - environment: this process's environment.
    public init(
        executable: String, arguments: [String] = ["worker"], interpreters: Interpreters, environment: [String: String]
    ) {
        self.init(
            executable: executable, arguments: arguments, interpreters: interpreters, environment: environment,
            kinds: [.root, .landlock], patience: .seconds(120))
    }

    /// - Parameters:
    ///   - kinds: the first that the machine allows is taken.
    ///   - patience: how long one module may take.
    package init(
        executable: String, arguments: [String] = [], interpreters: Interpreters, environment: [String: String],
        kinds: [Confinement.Kind], patience: Duration
    ) {
        client = WorkerClient(executable: executable, arguments: arguments, environment: environment)
        process = ProbeProcess(executable: executable, arguments: arguments)
        sdists = SdistBuilder(
            client: client, process: process, interpreters: interpreters,
            patience: min(patience * 5, .seconds(900)))
        self.interpreters = interpreters
        self.kinds = kinds
        self.patience = patience
    }

    /// What names of folders begin with that layers are unpacked to.
    private static let prefix = "strata-proof-"

    /// Removes what killed runs left of unpacked layers. No proof takes a day.
    static func removeLeftovers() { Folder.removeTemporary(prefix) }

    /// Imports what an order asks for.
    /// - Returns: what was found, and what was done; both nothing if the order asks for no proof.
    /// - Throws: `tool` if this program fails at it, `badWheel` for a zip that is damaged, `file`, `cancelled`.
    public func prove(
        _ order: BuildOrder, _ zip: String, sha256: ContentDigest
    ) async throws(StrataError) -> (findings: [Finding], proof: ImportProof?) {
        guard Self.isAsked(order) else { return ([], nil) }
        return try await Folder.withTemporary(Self.prefix) { folder throws(StrataError) in
            let target = order.item.target
            guard let interpreter = await interpreters.interpreter(for: target) else {
                return untested("this machine has no Python \(target.python) for \(target.architecture.rawValue)")
            }
            let layer = "\(folder)/layer"
            try Folder.make(layer, mode: 0o755)
            chmod(folder, 0o711)
            let packages = order.requirements.compactMap { try? Requirement(parsing: $0).package }
            let known = try await client.unpack(
                UnpackOrder(
                    zip: zip, sha256: sha256, target: target, folder: layer,
                    packages: Set(packages).filter { order.lock.wheel(of: $0) != nil }.sorted()))
            let wanted = Wanted(known, order)
            guard !wanted.modules.isEmpty else { return untested("there is no module to import") }
            return try await prove(wanted, order, RuntimeRoot(interpreter, for: target), layer: layer, folder: folder)
        }
    }

    private func untested(_ why: String) -> ([Finding], ImportProof?) {
        ([Finding(.imports, .note, "untested: \(why)")], ImportProof(.sandbox, remark: why))
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
            let verdict = ImportJudge(wanted: wanted, order: order, root: root, patience: patience)
            return verdict.judge(
                answers, complaint: result.complaint, isRoot: kind == .root)
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
