import Glibc
import Model
import Wheels

/// Goes through an archive's members, within its limits. Reads nothing but a file whose digest was checked.
struct ArchiveReader {
    let path: String
    let format: ArchiveFormat
    /// What errors call it.
    let name: String
    let limits: ArchiveLimits
    let cancellation: Cancellation

    /// The data of the member that is at hand.
    struct Contents {
        fileprivate let handle: ArchiveHandle
        fileprivate let limit: Int
        fileprivate let cancellation: Cancellation

        /// Hands the data out in parts.
        /// - Throws: `.badWheel` if they are more than the archive may hold.
        func stream(_ body: (UnsafeRawBufferPointer) throws -> Void) throws {
            var count = 0
            while let part = try handle.block() {
                try cancellation.check()
                count += part.count
                guard count <= limit else { throw handle.refused("unpacks to more than it may hold") }
                try body(part)
            }
        }
    }

    /// Calls `body` with each member and its number, from 0 on.
    /// - Throws: `.badWheel` for an archive that is damaged, hostile or over the limits; what `body` throws.
    func forEach(_ body: (Int, ArchiveEntry, Contents) throws -> Void) throws {
        try Self.inUTF8 {
            let handle = try open()
            var number = 0
            var unpacked = 0
            while let entry = try handle.next() {
                try cancellation.check()
                guard number < limits.entries else {
                    throw handle.refused("has more than \(limits.entries) members")
                }
                // Before it is skipped: skipping unpacks it.
                let rest = limits.unpacked.bytes - unpacked
                guard entry.size ?? 0 <= rest else {
                    throw handle.refused(
                        "unpacks to more than the \(limits.unpacked) that an archive may hold", entry.path)
                }
                unpacked += entry.size ?? 0
                try body(number, entry, Contents(handle: handle, limit: entry.size ?? rest, cancellation: cancellation))
                number += 1
            }
        }
    }

    private func open() throws -> ArchiveHandle {
        let handle = try ArchiveHandle(path: path, format, name: name)
        guard format == .deb else { return handle }
        // debian-binary, control.tar, data.tar; deb(5) allows others after them only.
        for _ in 0..<3 {
            guard let member = try handle.next() else { break }
            if member.path.bytes.starts(with: "data.tar".utf8) { return try ArchiveHandle(tarIn: handle, name: name) }
        }
        throw handle.refused("is not a Debian package: it has no data.tar")
    }

    /// Names are the same in every locale: libarchive converts them to the thread's.
    private static func inUTF8(_ body: () throws -> Void) throws {
        guard let locale = newlocale(1 << LC_CTYPE, "C.UTF-8", nil) else {
            throw StrataError(.tool, "archives cannot be read: the C library has no locale C.UTF-8")
        }
        let former = uselocale(locale)
        defer {
            uselocale(former)
            freelocale(locale)
        }
        try body()
    }
}
