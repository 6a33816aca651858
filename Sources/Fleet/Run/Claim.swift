import FoundationEssentials
import Model

/// The right to publish in a region, for as long as the call that has it may live.
///
/// Lambda delivers at least once: a call whose answer was lost is made again while the first is still at work. Each
/// attempt writes an object of its own, numbered, and never over another's, so of two calls at the same time one gets
/// it. The lifecycle rule of `runs/` removes them.
struct Claim: Sendable {
    private struct Record: Codable {
        var v = PayloadVersion()
        let holder: String
        /// When the holder is certainly gone.
        let until: Timestamp
    }

    private let key: BlobKey
    private let blobs: any BlobStore
    private let holder: String

    /// Does the work if nobody else is at it. Once it is done, nobody needs to begin again.
    ///
    /// - Parameters:
    ///   - name: of the piece of work, within the run.
    ///   - until: when the caller's own time is up.
    ///   - body: does it; it is told whether no call has begun before.
    ///   - isDone: false for a result after which another call may try.
    /// - Throws: `ClaimTaken` if another call is at it, or has done it; what the body throws.
    static func holding<Value: Sendable>(
        _ name: String, _ files: RunFiles, _ blobs: any BlobStore, holder: String, now: Timestamp, until: Timestamp,
        isDone: (Value) -> Bool, _ body: (_ isFirst: Bool) async throws -> Value
    ) async throws -> Value {
        let (claim, isFirst) = try await take(name, files, blobs, holder: holder, now: now, until: until)
        do {
            let value = try await body(isFirst)
            if !isDone(value) { _ = try? await claim.write(until: Timestamp(seconds: 0), unlessExists: false) }
            return value
        } catch {
            // The next attempt need not wait for the end of a call that has ended.
            _ = try? await claim.write(until: Timestamp(seconds: 0), unlessExists: false)
            throw error
        }
    }

    private static func take(
        _ name: String, _ files: RunFiles, _ blobs: any BlobStore, holder: String, now: Timestamp, until: Timestamp
    ) async throws -> (Claim, isFirst: Bool) {
        for number in 1...1000 {
            let claim = Claim(key: try files.key("claims/\(name).\(number)"), blobs: blobs, holder: holder)
            if try await claim.write(until: until, unlessExists: true) { return (claim, number == 1) }
            let record = try await blobs.get(claim.key).map { try JSONDecoder().decode(Record.self, from: Data($0)) }
            // A write that was repeated because its answer was lost finds itself.
            if let record, record.holder == holder, record.until == until { return (claim, number == 1) }
            if let record, record.until > now {
                throw ClaimTaken(holder: record.holder, until: record.until)
            }
        }
        throw StrataError(.inconsistent, "\(name) was begun a thousand times")
    }

    private func write(until: Timestamp, unlessExists: Bool) async throws -> Bool {
        let record = try JSONEncoder().encode(Record(holder: holder, until: until))
        return try await blobs.put(Array(record), as: key, unlessExists: unlessExists)
    }
}

/// Somebody else has a claim.
struct ClaimTaken: Error {
    /// The id of the call that has it.
    let holder: String
    let until: Timestamp
}
