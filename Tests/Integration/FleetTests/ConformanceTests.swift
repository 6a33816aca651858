import Testing

/// The same calls against the project's own emulator and AWS's: what the loop does, and what the emulator does like it.
@Suite("The runtime's loop on both emulators", .serialized)
struct ConformanceTests {
    private struct Step {
        let payload: String
        /// nil for an answer, else the error's type.
        let error: String?
        let text: String
    }

    private static let steps = [
        Step(payload: #"{"act":"echo","count":1}"#, error: nil, text: #"{"act":"echo","count":1}"#),
        Step(payload: #"{"act":"fail","code":"leaseHeld"}"#, error: "LeaseHeld", text: "planted; look elsewhere"),
        Step(payload: "nonsense", error: "Failed", text: "the payload is not what the handler takes"),
        Step(payload: #"{"act":"sleep","seconds":600}"#, error: "Temporary", text: "ran out of time"),
        Step(
            payload: #"{"act":"size","count":6291557}"#, error: "Function.ResponseSizeTooLarge", text: "6291557 bytes"),
        Step(payload: #"{"act":"echo","count":2}"#, error: nil, text: #"{"act":"echo","count":2}"#),
    ]

    @Test("answers, errors, deadlines and the response limit are the same on the project's emulator")
    func own() async throws {
        let emulator = try Emulator()
        try await emulator.function("function", timeout: 10)
        for step in Self.steps { expect(try await emulator.invoke("function", step.payload), step) }
        #expect(try await emulator.count("processes", of: "function") == 1)
    }

    @Test("and on AWS's Runtime Interface Emulator")
    func aws() async throws {
        let emulator = try await InterfaceEmulator(timeout: 10)
        for step in Self.steps { expect(try await emulator.invoke(step.payload), step) }
    }

    private func expect(_ answer: Emulator.Answer, _ step: Step) {
        #expect(answer.status == 200)
        #expect(answer.text.contains(step.text), "\(step.payload): \(answer.text.prefix(300))")
        #expect(answer.failure?.errorType == step.error, "\(step.payload)")
    }
}
