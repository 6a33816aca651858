import FoundationEssentials

/// This machine, by its name.
enum Host {
    static var name: String { ProcessInfo.processInfo.hostName }
}
