import Files
import FoundationEssentials
import Glibc
import Model

/// Builds wheels from source distributions: twice, in processes that can reach nothing, and takes what is equal.
///
/// What strangers wrote is read by workers: they fetch the source distribution and the tools, and look at the wheels. In
/// between the back-end runs, in a root of its own that holds the tools at `/opt` and no network.
public struct SdistBuilder: Sendable {
    let client: WorkerClient
    let process: ProbeProcess
    let interpreters: Interpreters
    /// How long one run of the back-end may take.
    let patience: Duration

    init(client: WorkerClient, process: ProbeProcess, interpreters: Interpreters, patience: Duration = .seconds(900)) {
        self.client = client
        self.process = process
        self.interpreters = interpreters
        self.patience = patience
    }

    /// What names of folders begin with that tools are unpacked to.
    private static let prefix = "strata-sdist-"

    /// What runs a back-end: of this machine's architecture, whatever the layer is for.
    struct Machine: Sendable, Hashable {
        let target: Target
        let interpreter: Interpreter
    }

    /// The interpreter of a layer's own Python, or else the newest that there is.
    /// - Throws: `unsupported` if there is none.
    func machine(for target: Target) async throws(StrataError) -> Machine {
        let here = Target.buildable.filter { $0.architecture == .here }
        var order = here.filter { $0.python == target.python }
        order += here.filter { $0.python != target.python }.reversed()
        for target in order {
            if let interpreter = await interpreters.interpreter(for: target) {
                return Machine(target: target, interpreter: interpreter)
            }
        }
        throw StrataError(
            .unsupported, "source packages are built by a Python of this machine, and none was found",
            hint: "install one of 3.10 or newer, or name it under 'checks: { interpreters: { \(target): PATH } }'")
    }

    /// Builds a source distribution, or takes what was built of it before with the same tools.
    ///
    /// - Parameter tools: those that a record names; nil for those that it asks for. These are chosen once for a source
    ///   distribution and a Python, and kept in the cache: a newer tool makes other bytes.
    /// - Throws: `unbuildable` with what the back-end said, or what differs; `unsupported` if this machine cannot shut it in;
    ///   what workers come to.
    func wheel(
        _ source: FoundSource, on machine: Machine, tools: [LockedWheel]? = nil, _ configuration: ResolverConfiguration
    ) async throws(StrataError) -> LockedWheel {
        do throws(StrataError) {
            Folder.removeTemporary(Self.prefix)
            return try await Folder.withTemporary(Self.prefix) { folder throws(StrataError) in
                chmod(folder, 0o711)
                let run = BackendRun(
                    source: source, machine: machine, configuration: configuration, builder: self, folder: folder)
                return try await run.wheel(tools: tools)
            }
        } catch {
            throw error.code == .cancelled || error.place.file != nil
                ? error : error.at(.init(file: source.fileName))
        }
    }

    /// A run of the confined program.
    /// - Returns: what it printed.
    func run(_ confinement: Confinement, most: Int) async throws(StrataError) -> [[UInt8]] {
        let result = try await process.run(confinement, deadline: patience, most: most)
        switch result.status {
        case 0: return result.lines
        case Confinement.refusedStatus:
            throw StrataError(
                .unsupported, "this machine cannot shut a build in: \(result.complaint)",
                hint: "source packages are built where the kernel lets users make namespaces; elsewhere build a wheel "
                    + "yourself and name its folder in 'index: find-links'")
        case Confinement.failedStatus: throw StrataError(.tool, "the build could not be shut in: \(result.complaint)")
        default:
            throw StrataError(.unbuildable, "it cannot be built: \(result.complaint)")
        }
    }
}

extension Architecture {
    /// This machine's.
    static var here: Architecture {
        #if arch(arm64)
            .arm64
        #else
            .x86_64
        #endif
    }
}
