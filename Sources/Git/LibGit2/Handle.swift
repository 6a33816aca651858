import CGit2
import Glibc
import Model

/// Sole owner of one object of libgit2. It is freed when its owner's scope ends; it never leaves the git thread.
struct Handle: ~Copyable {
    let pointer: OpaquePointer
    private let free: (OpaquePointer?) -> Void

    /// - Parameter make: a call with an out-parameter; when it succeeds, the object is ours to free.
    init(
        _ doing: @autoclosure () -> String, free: @escaping (OpaquePointer?) -> Void,
        make: (inout OpaquePointer?) -> Int32
    )
        throws(StrataError)
    {
        var made: OpaquePointer?
        let status = make(&made)
        guard status >= 0, let made else { throw GitFailure.last(status).error(doing()) }
        pointer = made
        self.free = free
    }

    /// The same, where 'there is none' is an answer.
    static func optional(
        _ doing: @autoclosure () -> String, free: @escaping (OpaquePointer?) -> Void,
        make: (inout OpaquePointer?) -> Int32
    ) throws(StrataError) -> Handle? {
        var missing = false
        do throws(StrataError) {
            return try Handle(doing(), free: free) { pointer in
                let status = make(&pointer)
                missing = status == GIT_ENOTFOUND.rawValue
                return status
            }
        } catch {
            if missing { return nil }
            throw error
        }
    }

    deinit { free(pointer) }
}

/// A `git_strarray` that lives for one call. Behind the strings stands a nil, as `exec` wants it.
@discardableResult
func withStrings<Result, Failure: Error>(
    _ strings: [String], _ body: (UnsafePointer<git_strarray>) throws(Failure) -> Result
) throws(Failure) -> Result {
    let list = UnsafeMutableBufferPointer<UnsafeMutablePointer<CChar>?>.allocate(
        capacity: strings.count + 1)
    list.initialize(repeating: nil)
    for (index, string) in strings.enumerated() { list[index] = strdup(string) }
    defer {
        list.forEach { free($0) }
        list.deallocate()
    }
    var array = git_strarray(strings: list.baseAddress, count: strings.count)
    return try body(&array)
}

/// The object of an optional handle, or nil, as libgit2's optional arguments want it.
func pointer(of handle: borrowing Handle?) -> OpaquePointer? {
    switch handle {
    case .some(let handle): handle.pointer
    case .none: nil
    }
}
