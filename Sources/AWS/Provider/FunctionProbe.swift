import FoundationEssentials
import HTTP
import Model

/// Imports layers in Lambda: each in a function of its own that has the layer, both removed when it is over.
///
/// The version is made before the function and removed after it. So the list of a layer's versions tells what there is,
/// and no list of all functions of the account is needed.
public struct FunctionProbe: Sendable {
    private let provider: LambdaLayerProvider
    /// The role that functions have: one without any right.
    private let role: String
    private let sleep: @Sendable (Duration) async throws -> Void

    /// How long a function may run, and how much longer its answer may be on its way.
    private static let time = Duration.seconds(300)
    private static let delay = Duration.seconds(30)
    /// How long a function may take to be made.
    private static let readiness = Duration.seconds(180)

    /// - Parameter sleep: waits between looks; a test need not.
    public init(
        _ provider: LambdaLayerProvider, role: String,
        sleep: @escaping @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) }
    ) {
        self.provider = provider
        self.role = role
        self.sleep = sleep
    }

    /// - Parameter place: where functions are made from now on; nil to remove only.
    public func functions(at place: ProbeFunctions.Place?) -> ProbeFunctions {
        ProbeFunctions(place: place) { trial throws(StrataError) in
            guard let place else { throw StrataError(.inconsistent, "there is no place for a function") }
            return try await call(trial, at: place)
        } clear: { place throws(StrataError) in
            try await clear(place)
        }
    }

    private func call(
        _ trial: ProbeFunctions.Trial, at place: ProbeFunctions.Place
    ) async throws(StrataError) -> ProbeFunctions.Answer {
        let lambda = try await lambda(place)
        let prepared = try await provider.prepare(trial.layer, for: [place.region])
        let version = try await provider.publish(
            prepared, as: place.name(trial.layer.target), in: place.region)
        let answer: Result<ProbeFunctions.Answer, StrataError>
        do throws(StrataError) {
            answer = .success(try await call(trial, with: version, at: place, lambda))
        } catch {
            answer = .failure(error)
        }
        // What cannot be removed now is found at the place later. A run that is cancelled still tidies up.
        await Task { try? await remove(version.id, lambda) }.value
        return try answer.get()
    }

    private func call(
        _ trial: ProbeFunctions.Trial, with version: PublishedVersion, at place: ProbeFunctions.Place, _ lambda: Lambda
    ) async throws(StrataError) -> ProbeFunctions.Answer {
        guard version.sha256 == trial.layer.sha256 else {
            throw StrataError(.inconsistent, "\(version.id) holds other bytes than were sent")
        }
        let name = Self.function(of: version.id)
        try await create(name, trial, version, place, lambda)
        try await untilActive(name, version, lambda)
        let response = try await invoke(name, trial.event, in: place.region, lambda)
        guard response.headers["X-Amz-Function-Error"] != nil else { return .given(response.body) }
        struct Failure: Decodable {
            let errorType: String?
            let errorMessage: String?
        }
        let failure = try? JSONDecoder().decode(Failure.self, from: Data(response.body))
        let words = [failure?.errorType, failure?.errorMessage].compactMap { $0?.printable(300) }
        return .missing(words.isEmpty ? "it ended without a word" : words.joined(separator: ": "))
    }

    private func create(
        _ name: String, _ trial: ProbeFunctions.Trial, _ version: PublishedVersion, _ place: ProbeFunctions.Place,
        _ lambda: Lambda
    ) async throws(StrataError) {
        let code = Data(FunctionCode.zip(trial.program, as: "imports.py")).base64EncodedString()
        do throws(StrataError) {
            try await lambda.create(
                Lambda.NewFunction(
                    FunctionName: name, Description: trial.layer.description, Role: role,
                    Runtime: trial.layer.target.runtime, Architectures: [trial.layer.target.architecture.rawValue],
                    Handler: "imports.handler", Code: .init(ZipFile: code), Layers: [version.arn], MemorySize: 2048,
                    Timeout: Int(Self.time.components.seconds), Tags: ["strata": place.stem]),
                in: place.region)
        } catch {
            // An answer was lost: nobody else makes a function of this name. What it has is looked at next.
            if error.code == .conflict { return }
            guard error.code == .invalidRequest else { throw error }
            var error = error
            if error.message.contains("untime") || error.message.contains("rchitecture") { error.code = .unsupported }
            if error.message.contains("role") {
                error.hint = "'checks.probe.role' must trust lambda.amazonaws.com; a new role takes a minute"
            }
            throw error
        }
    }

    /// Waits until a function can be called.
    private func untilActive(
        _ name: String, _ version: PublishedVersion, _ lambda: Lambda
    ) async throws(StrataError) {
        _ = try await waiting("it is not ready to be called", version.id.region) {
            () async throws(StrataError) -> Bool? in
            // A list may not show yet what was made just now.
            guard
                let state = try await unlessMissing({ () async throws(StrataError) in
                    try await lambda.state(of: name, in: version.id.region)
                })
            else { return nil }
            let reason = [state.StateReason, state.LastUpdateStatusReason].compactMap { $0 }.joined(separator: "; ")
            guard state.State != "Failed", state.LastUpdateStatus != "Failed" else {
                throw StrataError(.unavailable, "the function failed to be made: \(reason.printable(300))")
            }
            guard state.State == "Active", state.LastUpdateStatus != "InProgress" else { return nil }
            guard state.Layers?.map(\.Arn) == [version.arn] else {
                throw StrataError(.inconsistent, "the function \(name) has another layer than \(version.id)")
            }
            return true
        }
    }

    private func invoke(
        _ name: String, _ event: [UInt8], in region: Region, _ lambda: Lambda
    ) async throws(StrataError) -> HTTPResponse {
        try await waiting("it cannot be called", region) { () async throws(StrataError) in
            do throws(StrataError) {
                return try await lambda.invoke(name, event, patience: Self.time + Self.delay, in: region)
            } catch {
                // Not everywhere is it known yet that the function is ready.
                guard [.conflict, .notFound].contains(error.code) else { throw error }
                return nil
            }
        }
    }

    /// Looks again and again, less and less often, until there is something.
    private func waiting<Value: Sendable>(
        _ what: String, _ region: Region, _ look: () async throws(StrataError) -> Value?
    ) async throws(StrataError) -> Value {
        var pause = Duration.milliseconds(250)
        var waited = Duration.zero
        while true {
            if let found = try await look() { return found }
            guard waited < Self.readiness else {
                throw StrataError(
                    .timedOut, "\(what) after \(waited.components.seconds) s", place: .init(region: region.code))
            }
            do { try await sleep(pause) } catch { throw StrataError(.cancelled, "cancelled") }
            waited += pause
            pause = min(pause * 2, .seconds(5))
        }
    }

    private func clear(_ place: ProbeFunctions.Place) async throws(StrataError) -> [String] {
        let lambda = try await lambda(place)
        var found: [String] = []
        for target in place.targets {
            for version in try await provider.versions(of: place.name(target), in: place.region) {
                try await remove(version.id, lambda)
                found.append(Self.function(of: version.id))
            }
        }
        return found
    }

    private func remove(_ version: Release.ID, _ lambda: Lambda) async throws(StrataError) {
        let name = Self.function(of: version)
        _ = try await unlessMissing { () async throws(StrataError) in
            try await lambda.deleteFunction(name, in: version.region)
        }
        try await provider.delete(version)
    }

    private func lambda(_ place: ProbeFunctions.Place) async throws(StrataError) -> Lambda {
        let lambda = try await provider.lambda(place.region)
        guard lambda.account == place.account else {
            throw StrataError(
                .refused,
                "functions for proofs are account \(place.account)'s, and these credentials are for \(lambda.account)",
                place: .init(region: place.region.code))
        }
        return lambda
    }

    private static func function(of version: Release.ID) -> String { "\(version.name)-\(version.number)" }
}
