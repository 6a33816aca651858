import FoundationEssentials
import Model

/// What a probe says of one module. Strangers' code may have written it: nothing of it is believed beyond that.
struct ProbeAnswer: Sendable, Hashable {
    let module: String
    /// The last line of why it cannot be imported, printable and cut; nil if it can.
    let failure: String?
    /// The module that was not found.
    let missing: String?
    /// It had not ended in time.
    let isLate: Bool
    let milliseconds: Int
    let memory: ByteCount

    private struct Line: Decodable {
        let module: String
        let error: String?
        let missing: String?
        let late: Bool?
        let milliseconds: Int?
        let memory: Int?
    }

    /// Reads the lines that answer for some modules, in that order.
    ///
    /// - Returns: as many as are right: what follows a line that is not was not asked for.
    static func read(_ lines: [[UInt8]], of modules: [String]) -> [ProbeAnswer] {
        var answers: [ProbeAnswer] = []
        for (bytes, module) in zip(lines, modules) {
            guard let line = try? JSONDecoder().decode(Line.self, from: Data(bytes)), line.module == module else {
                break
            }
            answers.append(
                ProbeAnswer(
                    module: module, failure: line.error.map { Self.failure($0) }, missing: line.missing?.printable(200),
                    isLate: line.late == true, milliseconds: min(max(0, line.milliseconds ?? 0), 86_400_000),
                    memory: ByteCount(min(max(0, line.memory ?? 0), 1 << 45))))
        }
        return answers
    }

    private static func failure(_ text: String) -> String {
        let text = text.printable(300)
        return text.isEmpty ? "an error without a message" : text
    }
}
