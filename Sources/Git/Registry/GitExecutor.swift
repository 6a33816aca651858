import Dispatch

/// A thread for libgit2, which blocks: one job at a time, off Swift's cooperative pool.
final class GitExecutor: SerialExecutor {
    private let queue = DispatchQueue(label: "git")

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.async { job.runSynchronously(on: self.asUnownedSerialExecutor()) }
    }
}
