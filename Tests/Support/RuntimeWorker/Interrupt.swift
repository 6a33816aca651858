import Dispatch
import Glibc

/// Turns SIGTERM into a call.
struct Interrupt {
    private let source: any DispatchSourceSignal

    init(_ action: @escaping @Sendable () -> Void) {
        signal(SIGTERM, SIG_IGN)
        source = DispatchSource.makeSignalSource(signal: SIGTERM, queue: .global())
        source.setEventHandler(handler: action)
        source.resume()
    }

    func stop() { source.cancel() }
}
