import Model

extension RegistryRepository {
    /// Answers a failure that a fresh clone may not have with one, once: the cached clone is disposable. What was only in
    /// memory goes with it, so whoever called has to fetch and draft again.
    /// - Returns: `unavailable` if the clone was thrown away; otherwise the error as it was.
    func cured(_ error: any Error) -> any Error {
        guard let failure = error as? StrataError, failure.mayBeDamage, clonesReplaced == 0 else { return error }
        settings.note("the cached clone is made again: \(failure.message)")
        do { clone = try folder.recreate(for: settings.remote) } catch { return error }
        clonesReplaced += 1
        return StrataError(
            .unavailable, "the cached clone was damaged and is fetched anew", place: failure.place, cause: failure)
    }
}

extension StrataError {
    /// Whether the clone was thrown away because of it.
    var isCured: Bool { code == .unavailable && (cause as? StrataError)?.mayBeDamage == true }

    /// Whether the cached clone may be what is wrong: what libgit2 could not do by itself, or what killed the worker.
    /// Not what the network, the server or a full disk did.
    fileprivate var mayBeDamage: Bool {
        var next: (any Error)? = self
        while let error = next {
            if error is WorkerDeath { return true }
            if let failure = error as? GitFailure { return failure.isLocal }
            next = (error as? StrataError)?.cause
        }
        return false
    }
}
