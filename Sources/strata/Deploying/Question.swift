import Dispatch
import Glibc
import Model
import Synchronization

/// Asks whoever sits at the terminal.
enum Question {
    /// Goes on only if the answer is the one expected.
    ///
    /// - Throws: `refused` for any other answer, and if nobody answers.
    static func ask(_ text: String, expecting expected: String, _ console: Console) async throws {
        Console.write(console.paint(text, .bold) + " ", to: STDERR_FILENO)
        let answer = try await line()
        guard let answer else {
            throw StrataError(.refused, "nothing was changed: nobody answered", hint: "--yes answers in advance")
        }
        guard answer.filter({ !$0.isWhitespace }).lowercased() == expected.lowercased() else {
            throw StrataError(.refused, "nothing was changed: the answer was not '\(expected)'")
        }
    }

    /// The next line of standard input, without its end; nil at its end. Waits on a thread of its own, until cancelled.
    static func line() async throws -> String? {
        let isCancelled = Mutex(false)
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                DispatchQueue.global().async {
                    continuation.resume(with: Result { try read { isCancelled.withLock { $0 } } })
                }
            }
        } onCancel: {
            isCancelled.withLock { $0 = true }
        }
    }

    private static func read(_ isCancelled: () -> Bool) throws -> String? {
        var bytes: [UInt8] = []
        while bytes.count < 1000 {
            var ready = pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0)
            let count = poll(&ready, 1, 200)
            if isCancelled() { throw CancellationError() }
            guard count > 0 else { continue }
            var byte: UInt8 = 0
            guard Glibc.read(STDIN_FILENO, &byte, 1) == 1 else { return bytes.isEmpty ? nil : text(bytes) }
            if byte == UInt8(ascii: "\n") { return text(bytes) }
            bytes.append(byte)
        }
        return text(bytes)
    }

    private static func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }
}
