import Foundation
import Testing

/// Lets only a few tests run at once: each starts servers and waits for commands, and all of them together would starve
/// the threads that the others' deadlines run on.
struct BoundedTrait: SuiteTrait, TestTrait, TestScoping {
    var isRecursive: Bool { true }

    func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
    ) async throws {
        await Slots.shared.take()
        do { try await function() } catch {
            await Slots.shared.giveBack()
            throw error
        }
        await Slots.shared.giveBack()
    }
}

extension Trait where Self == BoundedTrait {
    static var bounded: Self { Self() }
}

private actor Slots {
    static let shared = Slots()
    private var free = max(1, ProcessInfo.processInfo.activeProcessorCount / 2)
    private var waiting: [CheckedContinuation<Void, Never>] = []

    func take() async {
        if free > 0 {
            free -= 1
        } else {
            await withCheckedContinuation { waiting.append($0) }
        }
    }

    func giveBack() {
        if waiting.isEmpty { free += 1 } else { waiting.removeFirst().resume() }
    }
}
