import CPosix
import FoundationEssentials
import Glibc
import Model

/// A process's turn to push to a repository in the file system.
///
/// libgit2 and git hold `refs/heads/NAME.lock` while they move a branch, and leave it behind when they are killed; the file
/// does not say whose it is. So whoever pushes here holds the kernel's lock on a file of ours meanwhile, with the branch's
/// name in it: a name that is found there is a dead process's, and so is that branch's lock.
final class PushTurn {
    private let path: String
    private let descriptor: Int32

    private init(path: String, descriptor: Int32) {
        self.path = path
        self.descriptor = descriptor
    }

    /// Waits for its turn. Blocks.
    /// - Throws: `unavailable` if another process of ours pushes for longer than `patience`; `file`.
    static func begin(
        in path: String, pushing branch: String, patience: Duration = .seconds(30)
    ) throws(StrataError) -> PushTurn {
        let descriptor = cposix_open(path + "/strata-push.lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else {
            throw StrataError(
                .file, "cannot write to the registry: \(String(cString: strerror(errno)))",
                hint: "give this user write access to the repository", place: .init(file: path))
        }
        let end = ContinuousClock.now + patience
        while cposix_lock_file(descriptor, 0) != 0 {
            // A file system without such locks: then the branch's own lock is all there is.
            guard errno == EWOULDBLOCK || errno == EINTR else { break }
            guard .now < end else {
                close(descriptor)
                throw StrataError(
                    .unavailable,
                    "another run has been pushing to this repository for \(patience.components.seconds) s",
                    hint: "wait for it and run again", place: .init(file: path))
            }
            usleep(20_000)
        }
        let turn = PushTurn(path: path, descriptor: descriptor)
        turn.clearRemains()
        _ = Array(branch.utf8).withUnsafeBytes { pwrite(descriptor, $0.baseAddress, $0.count, 0) }
        return turn
    }

    /// Gives the turn back. It must be called, once, in every case but a death.
    func end() {
        _ = ftruncate(descriptor, 0)
        close(descriptor)
    }

    /// Removes what a process of ours left that died in its turn: the branch's lock, and halves of packs.
    private func clearRemains() {
        var name = [UInt8](repeating: 0, count: 512)
        let count = pread(descriptor, &name, name.count, 0)
        guard count > 0 else { return }
        let lock = BranchLock(path, String(decoding: name[..<count], as: UTF8.self))
        if !lock.isOpenSomewhere { lock.remove() }
        let packs = path + "/objects/pack"
        for name in (try? FileManager.default.contentsOfDirectory(atPath: packs)) ?? []
        where name.hasPrefix("pack_git2_") {
            unlink(packs + "/" + name)
        }
        _ = ftruncate(descriptor, 0)
    }
}

/// `refs/heads/NAME.lock` of a repository in the file system, whoever made it.
struct BranchLock {
    let path: String

    init(_ repository: String, _ branch: String) { path = "\(repository)/refs/heads/\(branch).lock" }

    func remove() { unlink(path) }

    /// Waits until the lock is gone, and takes one away whose owner is: it has been there for `age` without a change, and no
    /// process has it open. (git holds its locks for moments.) Blocks.
    /// - Throws: `unavailable` if somebody holds it for longer.
    func waitUntilFree(age: Duration = .seconds(10), patience: Duration = .seconds(30)) throws(StrataError) {
        let start = ContinuousClock.now
        var seen: Identity?
        var since = start
        while let now = Identity(path) {
            if now != seen { (seen, since) = (now, .now) }
            let isOld = now.age > age.components.seconds || since.duration(to: .now) > age
            if isOld, !isOpenSomewhere {
                remove()
                return
            }
            guard start.duration(to: .now) < patience else {
                throw StrataError(
                    .unavailable, "the branch is locked: another program holds \(path)",
                    hint: "if no program is using that repository, remove the file", place: .init(file: path))
            }
            usleep(200_000)
        }
    }

    /// Whether a process that this user can see has the file open.
    var isOpenSomewhere: Bool {
        let files = FileManager.default
        let wanted = URL(filePath: path).resolvingSymlinksInPath().path
        for process in (try? files.contentsOfDirectory(atPath: "/proc")) ?? [] where Int(process) != nil {
            let folder = "/proc/\(process)/fd"
            for descriptor in (try? files.contentsOfDirectory(atPath: folder)) ?? []
            where (try? files.destinationOfSymbolicLink(atPath: "\(folder)/\(descriptor)")) == wanted {
                return true
            }
        }
        return false
    }

    /// Which lock it is: another one has another number or time.
    private struct Identity: Equatable {
        let number: UInt64
        let seconds: Int
        let nanoseconds: Int
        /// In seconds, by this machine's clock; 0 for a time to come.
        var age: Int64 { max(0, Int64(time(nil)) - Int64(seconds)) }

        init?(_ path: String) {
            var status = stat()
            guard lstat(path, &status) == 0 else { return nil }
            number = UInt64(status.st_ino)
            seconds = status.st_mtim.tv_sec
            nanoseconds = status.st_mtim.tv_nsec
        }
    }
}
