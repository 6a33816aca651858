import FoundationEssentials
import Git

/// This machine, by its name.
enum Host {
    static var name: String { ProcessInfo.processInfo.hostName }
}

extension Host {
    /// This program's own file: the worker must be the same binary, whatever `PATH` says.
    static let executable = SSHAccess.Worker.thisProgram
}
