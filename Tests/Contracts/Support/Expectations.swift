import Model
import Testing

/// Expects a `StrataError` of a code, and gives it back for a closer look.
@discardableResult
package func expect(
    _ code: StrataError.Code, at location: SourceLocation = #_sourceLocation, _ body: () async throws -> Void
) async -> StrataError? {
    do {
        try await body()
        Issue.record("expected the error '\(code.rawValue)', but there was none", sourceLocation: location)
    } catch let error as StrataError {
        #expect(error.code == code, "\(error)", sourceLocation: location)
        return error
    } catch {
        Issue.record("expected the error '\(code.rawValue)', but got \(error)", sourceLocation: location)
    }
    return nil
}
