import FoundationEssentials
import Git

/// This machine, by its name.
enum Host {
    static var name: String { ProcessInfo.processInfo.hostName }
}

extension Host {
    /// This program's own file: the worker must be the same binary, whatever `PATH` says.
    static let executable = SSHAccess.Worker.thisProgram

    /// Where that file lies, for what is written down and run later; `strata` if it cannot be seen.
    static var path: String {
        (try? FileManager.default.destinationOfSymbolicLink(atPath: executable)) ?? "strata"
    }
}
