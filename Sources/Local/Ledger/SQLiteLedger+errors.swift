import GRDB
import Model

extension SQLiteLedger {
    /// Any error of the ledger as what its reader can act on.
    static func error(_ error: any Error, path: String) -> StrataError {
        let place = StrataError.Place(file: path)
        switch error {
        case let known as StrataError: return known
        case is CancellationError: return StrataError(.cancelled, "cancelled")
        case let error as DatabaseError: return describe(error, place)
        default:
            return StrataError(.inconsistent, "the ledger holds what cannot be read", place: place, cause: error)
        }
    }

    private static func describe(_ error: DatabaseError, _ place: StrataError.Place) -> StrataError {
        let words = error.message ?? "no reason given"
        switch error.resultCode {
        case .SQLITE_FULL:
            return StrataError(
                .file, "the disk is full", hint: "free some space and run again: nothing was recorded in part",
                place: place, cause: error)
        case .SQLITE_READONLY, .SQLITE_PERM, .SQLITE_AUTH:
            return StrataError(
                .file, "the ledger cannot be written",
                hint: "check who owns the file and its folder, and that the disk is not mounted read-only",
                place: place, cause: error)
        case .SQLITE_CANTOPEN:
            return StrataError(
                .file, "the ledger cannot be opened (\(words))",
                hint: "check that the path is right and its folder can be written", place: place, cause: error)
        case .SQLITE_IOERR:
            return StrataError(
                .file, "reading or writing the ledger failed (\(words))",
                hint: "check that the disk is sound and not full; nothing was recorded in part", place: place,
                cause: error)
        case .SQLITE_CORRUPT, .SQLITE_NOTADB:
            return StrataError(
                .inconsistent, "the ledger is damaged (\(words))",
                hint: "restore a copy, or move the file away and run 'strata reconcile --rebuild'",
                place: place, cause: error)
        case .SQLITE_BUSY, .SQLITE_LOCKED:
            return StrataError(
                .leaseHeld, "another process keeps the ledger locked", hint: "run again when it is done",
                place: place, cause: error)
        case .SQLITE_INTERRUPT:
            return StrataError(.cancelled, "cancelled", place: place, cause: error)
        case .SQLITE_CONSTRAINT:
            return StrataError(
                .inconsistent, "that contradicts what the ledger holds (\(words))", place: place, cause: error)
        default:
            return StrataError(.file, "the ledger failed (\(words))", place: place, cause: error)
        }
    }
}
