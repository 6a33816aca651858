import Fleet
import FoundationEssentials
import Glibc
import HTTP
import Model

// The runtime's loop around handlers that do what a payload says: tests start it as Lambda would start a function.
// `_HANDLER` is `echo`, or `broken` for a function that cannot begin.
let environment = ProcessInfo.processInfo.environment
let log = FleetLog(function: environment["_HANDLER"] ?? "") { line in
    let bytes = Array(line.utf8)
    _ = bytes.withUnsafeBytes { write(STDERR_FILENO, $0.baseAddress, $0.count) }
}
let api = RuntimeAPI(address: environment["AWS_LAMBDA_RUNTIME_API"] ?? "", http: try HTTPClient())

switch environment["_HANDLER"] {
case "broken":
    try await api.report(initialisation: RuntimeFailure(StrataError(.configuration, "planted in the configuration")))
    exit(1)
case "dead": exit(7)
default: break
}

/// What a call asks for.
struct Order: Decodable {
    /// `echo`, `fail`, `size`, `sleep`, `wait`, `block`, `exit` or `abort`.
    let act: String
    /// For `fail`, a code of `StrataError`.
    let code: StrataError.Code?
    /// For `size`, how many bytes.
    let count: Int?
    /// For `sleep` and `block`.
    let seconds: Double?
    /// For `wait`, the file that ends it.
    let file: String?
}

let task = Task {
    try await RuntimeLoop(api, log: log).run { invocation in
        let order = try JSONDecoder().decode(Order.self, from: Data(invocation.payload))
        log.info("\(order.act) begins")
        switch order.act {
        case "echo": return invocation.payload
        case "trace": return Array("{\"trace\":\"\(invocation.trace ?? "")\"}".utf8)
        case "fail": throw StrataError(order.code ?? .inconsistent, "planted", hint: "look elsewhere")
        case "size": return [UInt8](repeating: UInt8(ascii: "7"), count: order.count ?? 0)
        case "sleep": try await Task.sleep(for: .seconds(order.seconds ?? 0))
        case "wait":
            while access(order.file ?? "/", F_OK) != 0 { try await Task.sleep(for: .milliseconds(20)) }
        case "block":
            // Takes no notice of being cancelled, as a call into C would.
            let end = ContinuousClock.now + .seconds(order.seconds ?? 0)
            while ContinuousClock.now < end { try? await Task.sleep(for: .milliseconds(20)) }
        case "exit": exit(3)
        case "abort": kill(getpid(), SIGKILL)
        default: throw StrataError(.invalidRequest, "'\(order.act)' is no act")
        }
        return Array("{}".utf8)
    }
}
let interrupt = Interrupt { task.cancel() }
do {
    try await task.value
} catch {
    log.error("\(error)")
    exit(1)
}
interrupt.stop()
