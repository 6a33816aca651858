import Model

/// One thing that a run needs. Looking at it costs nothing and changes nothing.
struct Check: Sendable {
    /// What was found.
    struct Answer: Sendable {
        enum Verdict: String, Sendable, Encodable {
            case ok
            /// A run would go on.
            case warning
            /// A run would fail.
            case failed
        }
        let verdict: Verdict
        let text: String
        /// How it is mended; nil if nothing is wrong.
        var mend: String?
        /// More lines, for `--verbose` and `--json`.
        var details: [String] = []

        static func good(_ text: String, details: [String] = []) -> Answer {
            Answer(verdict: .ok, text: text, details: details)
        }
        static func warning(_ text: String, mend: String, details: [String] = []) -> Answer {
            Answer(verdict: .warning, text: text, mend: mend, details: details)
        }
    }

    let name: String
    /// What helps when it fails and nothing better is known.
    let mend: String
    /// What it means if the look itself fails.
    let failure: Answer.Verdict
    let run: @Sendable () async throws -> Answer

    init(
        _ name: String, mend: String, failure: Answer.Verdict = .failed,
        _ run: @escaping @Sendable () async throws -> Answer
    ) {
        self.name = name
        self.failure = failure
        self.mend = mend
        self.run = run
    }

    /// The answer, also of a check that failed.
    func answer() async throws -> Answer {
        do { return try await run() } catch is CancellationError {
            throw CancellationError()
        } catch {
            guard var known = error as? StrataError else {
                return Answer(verdict: failure, text: "\(error)", mend: mend)
            }
            let hint = known.hint
            known.hint = nil
            return Answer(verdict: failure, text: "\(known)", mend: hint ?? mend)
        }
    }
}
