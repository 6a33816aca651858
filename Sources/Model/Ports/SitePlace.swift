/// Where the site's files are put for readers, besides a branch of the registry's repository: a bucket, or a folder.
///
/// Files are named by their paths in the site, with `/`; they never climb. Nothing but Strata writes there.
public protocol SitePlace: Sendable {
    /// Lends the files for one piece of work, on a thread that may wait: `read` gives a file's bytes, or nil if there is
    /// no such file.
    ///
    /// - Throws: what the work throws; what reading throws.
    func withFiles<Value: Sendable>(
        _ body: @escaping @Sendable (_ read: (String) throws -> [UInt8]?) throws -> Value
    ) async throws -> Value

    /// Writes a whole file: readers see the old one or the new one.
    /// - Throws: `notFound`, `accessDenied`, `configuration`, `file`, or what may pass: `connection`, `unavailable`.
    func write(_ bytes: [UInt8], to path: String) async throws

    /// Removes a file. One that is gone is no error.
    func delete(_ path: String) async throws

    /// Lets those who keep copies forget them.
    ///
    /// - Parameters:
    ///   - paths: the files that changed; nil for all.
    ///   - id: names the change; the same again is the same change.
    func refresh(_ paths: [String]?, as id: String) async throws
}
