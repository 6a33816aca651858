import Model
import Publishing

extension Console {
    /// Tells what is published and not listed yet, since people have to merge it.
    func tellWaiting(_ ledger: any Ledger) async throws {
        guard let request = try await ProposalMark.waiting(by: ledger) else { return }
        print("What was published last is listed once \(request.text) is merged.")
    }
}
