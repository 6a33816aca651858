import Model

/// The answers to what source distributions there are: of the packages that were asked for, in texts that can be shown.
struct SourceAnswers: WorkerAnswers {
    private let orders: [SourceOrder]
    private(set) var found: [SourceOrder: SourceAnswer] = [:]

    init(_ orders: [SourceOrder]) { self.orders = orders }

    mutating func take(_ answer: WorkerProtocol.Answer) async throws(StrataError) {
        guard case .source(let index, let answer) = answer, orders.indices.contains(index),
            found[orders[index]] == nil
        else { throw .refusedAnswer("an answer to another question") }
        switch answer {
        case .needless: found[orders[index]] = .needless
        case .failed(let failure): found[orders[index]] = .failed(failure.printable)
        case .found(let source):
            guard source.answers(orders[index]) else { throw .refusedAnswer("an impossible source distribution") }
            found[orders[index]] = .found(source)
        }
    }

    func checkComplete() throws(StrataError) {
        guard orders.allSatisfy({ found[$0] != nil }) else { throw .refusedAnswer("it is missing") }
    }
}

struct AdoptionAnswers: WorkerAnswers {
    private let order: AdoptionOrder
    private var answer: Result<MadeWheel, StrataError>?

    init(_ order: AdoptionOrder) { self.order = order }

    mutating func take(_ answer: WorkerProtocol.Answer) async throws(StrataError) {
        guard self.answer == nil else { throw .refusedAnswer("two answers to one question") }
        switch answer {
        case .adopted(let made):
            guard made.isPure(order.package, order.version) else { throw .refusedAnswer("an impossible wheel") }
            self.answer = .success(made)
        case .failed(0, let failure): self.answer = .failure(failure.printable.error)
        default: throw .refusedAnswer("an answer to another question")
        }
    }

    func checkComplete() throws(StrataError) {
        guard answer != nil else { throw .refusedAnswer("it is missing") }
    }

    func wheel() throws(StrataError) -> MadeWheel {
        guard let answer else { throw .refusedAnswer("it is missing") }
        return try answer.get()
    }
}

extension StrataError {
    fileprivate static func refusedAnswer(_ why: String) -> StrataError {
        StrataError(.inconsistent, "the worker's answer is refused: \(why)")
    }
}
