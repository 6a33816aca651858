import FoundationEssentials
import Local
import Model
import Testing

/// What an execution of the state machine came to.
struct Execution: Sendable {
    var context: JSON = .null
    var plan: JSON = .null
    /// What `publish` answered, by `ITEM REGION`.
    var published: [String: String] = [:]
    /// What `build` could not do, and calls that failed for good.
    var failures: [String] = []
    var commits: [JSON] = []
    var prune: JSON = .null
    var finish: JSON = .null
}

extension Fleet {
    /// Takes the steps of the state machine in their order, one by one, each tried again when its error says so.
    ///
    /// - Parameter last: the step after which it dies; nil to go to the end.
    func execute(_ name: String, dyingAfter last: String? = nil) async throws -> Execution {
        var run = Execution()
        let prepared = try await attempt("prepare", ["v": 1, "execution": .text(name)])
        let context = prepared["context"]
        run.context = context
        if last == "prepare" { return run }
        while try await attempt("recover", ["v": 1, "context": context])["more"] == true {}

        for batch in try await objects(prepared["batches"]) {
            _ = try await attempt(
                "resolve", ["v": 1, "context": context, "batch": batch["batch"], "items": batch["items"]])
        }
        run.plan = try await attempt("plan", ["v": 1, "context": context, "batches": prepared["count"]])
        if last == "plan" { return run }

        for work in try await objects(run.plan["work"]) {
            let built = try await attempt(
                "build", ["v": 1, "context": context, "item": work["item"], "batch": work["batch"]])
            if let reason = built["failed"].text { run.failures.append(reason) }
            if last == "build" { continue }
            for region in built["regions"].list {
                let payload: JSON = ["v": 1, "context": context, "item": work["item"], "intent": region["intent"]]
                do {
                    let answer = try await attempt("publish", payload)
                    run.published["\(work["item"].text ?? "") \(region["region"].text ?? "")"] = answer["status"].text
                } catch let failure as Failure {
                    run.failures.append(failure.errorMessage)
                }
            }
        }
        if last != nil { return run }
        run.commits = try await attempt("commit", ["v": 1, "context": context])["commits"].list
        run.prune = try await attempt("prune", ["v": 1, "context": context])
        run.finish = try await attempt("finish", ["v": 1, "context": context])
        return run
    }

    /// Calls a handler as the state machine does: errors that may pass are tried again.
    private func attempt(_ handler: String, _ payload: JSON) async throws -> JSON {
        var attempts = 0
        while true {
            do {
                return try await call(handler, payload)
            } catch let failure as Failure {
                attempts += 1
                let passing = [
                    "Temporary", "Throttled", "TooManyRequestsException", "ServiceException", "Runtime.ExitError",
                    "Sandbox.Timedout", "LeaseHeld",
                ]
                guard passing.contains(failure.errorType), attempts < 60 else { throw failure }
                try await Task.sleep(for: .milliseconds(min(250 * attempts, 2000)))
            }
        }
    }

    /// The array that an object in the bucket holds.
    func objects(_ reference: JSON) async throws -> [JSON] { try await object(reference).list }

    func object(_ reference: JSON) async throws -> JSON {
        #expect(reference["bucket"].text == bucket)
        let key = try BlobKey(checking: try #require(reference["key"].text))
        let bytes = try #require(try await blobs.get(key), "\(key) is missing")
        return try JSONDecoder().decode(JSON.self, from: Data(bytes))
    }
}
