#pragma once
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <unistd.h>

/// No core file and no ptrace by others, for the life of the process. Both are set once at start: toggling races.
static inline int cposix_forbid_dumps(void) {
    struct rlimit none = {0, 0};
    if (setrlimit(RLIMIT_CORE, &none) != 0) return errno;
    return prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0 ? 0 : errno;
}
/// The kernel sends `signal_number` to this process when its parent dies.
static inline int cposix_die_with_parent(int signal_number) {
    return prctl(PR_SET_PDEATHSIG, signal_number, 0, 0, 0) == 0 ? 0 : errno;
}
/// A counter that makes a `poll(2)` in another thread return: written to wake it, read to reset it.
static inline int cposix_event(void) { return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK); }
/// A pipe whose ends are not handed to child processes: the first is read from, the second written to.
static inline int cposix_pipe(int ends[2]) { return syscall(SYS_pipe2, ends, O_CLOEXEC) == 0 ? 0 : errno; }
/// `open(2)` is variadic.
static inline int cposix_open(const char *path, int flags, unsigned int mode) { return open(path, flags, (mode_t)mode); }
/// Whole-file advisory lock that belongs to the open file description; waits unless `wait` is 0.
static inline int cposix_lock_file(int descriptor, int wait) {
    return flock(descriptor, wait ? LOCK_EX : LOCK_EX | LOCK_NB) == 0 ? 0 : errno;
}
/// Overwrites memory even where the compiler can see that nobody reads it again.
static inline void cposix_wipe(void *memory, size_t count) { explicit_bzero(memory, count); }
/// Copies bytes at both files' own offsets inside the kernel, as a reflink where the disk can. The wrapper of glibc is
/// declared for _GNU_SOURCE only.
static inline ssize_t cposix_copy_file_range(int from, int to, size_t count) {
    return syscall(SYS_copy_file_range, from, NULL, to, NULL, count, 0);
}
/// A GNU extension that Glibc's module hides: the child closes every descriptor from `first` on.
extern int posix_spawn_file_actions_addclosefrom_np(posix_spawn_file_actions_t *actions, int first);

/// Landlock, by its numbers: no header of the C library has its calls.
/// https://docs.kernel.org/userspace-api/landlock.html
enum { cposix_landlock_reads = 0, cposix_landlock_runs = 1, cposix_landlock_writes = 2 };
/// The version that the kernel offers; 0 if it offers none.
static inline int cposix_landlock_version(void) {
    long version = syscall(444, NULL, 0, 1U);
    return version < 0 ? 0 : (int)version;
}
/// What a version can forbid about files: 13 rights, then moving to another folder, then truncating.
static inline uint64_t cposix_landlock_rights(int version) {
    return version < 2 ? (1ULL << 13) - 1 : version < 3 ? (1ULL << 14) - 1 : (1ULL << 15) - 1;
}
/// Rules under which no file can be reached, no TCP port be listened at, and no process outside be signalled, as far as the
/// version can forbid it.
/// - Returns: a descriptor; negative, with `errno`, if it fails.
static inline int cposix_landlock_rules(int version) {
    uint64_t handled[3] = {cposix_landlock_rights(version), 1, 3};
    return (int)syscall(444, handled, version < 4 ? 8 : version < 6 ? 16 : 24, 0U);
}
/// Allows what is at a path, and below it if it is a folder.
/// - Returns: an errno; 0 too if there is nothing at the path.
static inline int cposix_landlock_allow(int rules, int version, const char *path, int use) {
    struct { uint64_t rights; int32_t parent; } __attribute__((packed)) rule;
    struct stat status;
    int descriptor = open(path, O_CLOEXEC | 010000000 /* O_PATH */);
    if (descriptor < 0) return errno == ENOENT || errno == ENOTDIR || errno == EACCES ? 0 : errno;
    uint64_t run = 1, reads = 1ULL << 2 | 1ULL << 3, all = cposix_landlock_rights(version);
    rule.rights = use == cposix_landlock_writes ? all & ~run : use == cposix_landlock_runs ? reads | run : reads;
    if (fstat(descriptor, &status) == 0 && !S_ISDIR(status.st_mode)) rule.rights &= 1ULL << 0 | 1ULL << 1 | 1ULL << 2 | 1ULL << 14;
    rule.parent = descriptor;
    int failure = syscall(445, rules, 1, &rule, 0U) == 0 ? 0 : errno;
    close(descriptor);
    return failure;
}
/// From now on the rules hold for this thread, and for all threads and processes that it starts: for ever.
static inline int cposix_landlock_enter(int rules) {
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return errno;
    return syscall(446, rules, 0U) == 0 ? 0 : errno;
}

/// The same, and no TCP port be connected to either.
static inline int cposix_landlock_offline_rules(int version) {
    uint64_t handled[3] = {cposix_landlock_rights(version), 3, 3};
    return (int)syscall(444, handled, version < 4 ? 8 : version < 6 ? 16 : 24, 0U);
}
/// No process of this one's future gets rights by running a program.
static inline int cposix_renounce_rights(void) { return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 ? 0 : errno; }

/// Namespaces, mounts and processes of a probe: for a process that has one thread.

/// New namespaces for users, mounts, the network, messages and names; and for the processes that are forked from now on.
static inline int cposix_leave_namespaces(void) {
    // The files that say who this process is in them are root's otherwise.
    if (prctl(PR_SET_DUMPABLE, 1, 0, 0, 0) != 0) return errno;
    return syscall(SYS_unshare, 0x10000000 | 0x00020000 | 0x40000000 | 0x08000000 | 0x04000000 | 0x20000000) == 0 ? 0 : errno;
}
/// Nothing that is mounted from now on is seen outside.
static inline int cposix_mount_privately(void) { return mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 ? 0 : errno; }
static inline int cposix_mount_memory(const char *path, const char *options) {
    return mount("tmpfs", path, "tmpfs", MS_NOSUID | MS_NODEV, options) == 0 ? 0 : errno;
}
static inline int cposix_mount_processes(const char *path) {
    return mount("proc", path, "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) == 0 ? 0 : errno;
}
/// Shows a file or folder at another place. What forbids it to do more stays so: the kernel insists on that.
static inline int cposix_mount_again(const char *source, const char *path, int is_readable_only) {
    if (mount(source, path, NULL, MS_BIND | MS_REC, NULL) != 0) return errno;
    if (!is_readable_only) return 0;
    struct statvfs status;
    if (statvfs(path, &status) != 0) return errno;
    unsigned long kept = 0;
    // ST_NODEV, ST_NOEXEC, ST_NOATIME and ST_NODIRATIME are the same numbers; ST_RELATIME is not. All are GNU's.
    kept |= status.f_flag & (MS_NODEV | MS_NOEXEC | MS_NOATIME | MS_NODIRATIME);
    if (status.f_flag & 4096) kept |= MS_RELATIME;
    return mount(NULL, path, NULL, MS_BIND | MS_REMOUNT | MS_RDONLY | MS_NOSUID | kept, NULL) == 0 ? 0 : errno;
}
/// Makes a folder, which is a mount, the root, and forgets the old one.
static inline int cposix_enter_root(const char *path) {
    if (chdir(path) != 0 || syscall(SYS_pivot_root, ".", ".") != 0) return errno;
    return umount2(".", MNT_DETACH) == 0 && chdir("/") == 0 ? 0 : errno;
}
static inline int cposix_make_root_readable_only(void) {
    return mount(NULL, "/", NULL, MS_REMOUNT | MS_BIND | MS_RDONLY | MS_NOSUID | MS_NODEV, NULL) == 0 ? 0 : errno;
}
/// Swift hides it: only for a process of one thread.
static inline pid_t cposix_fork(void) { return fork(); }
/// A descriptor that can be read from when the process has ended.
static inline int cposix_process(pid_t process) { return (int)syscall(434, process, 0); }
static inline void cposix_close_from(unsigned int first) { (void)syscall(436, first, ~0U, 0); }
/// Neither the process nor what it starts gets more of something.
static inline int cposix_limit(int resource, unsigned long long most) {
    struct rlimit limit = {most, most};
    return setrlimit(resource, &limit) == 0 ? 0 : errno;
}
/// The same for what the process may still raise for what it starts.
static inline int cposix_limit_here(int resource, unsigned long long most) {
    struct rlimit limit;
    if (getrlimit(resource, &limit) != 0) return errno;
    if (limit.rlim_cur <= most) return 0;
    limit.rlim_cur = most;
    return setrlimit(resource, &limit) == 0 ? 0 : errno;
}
enum {
    cposix_limit_cpu = RLIMIT_CPU, cposix_limit_data = RLIMIT_DATA, cposix_limit_file = RLIMIT_FSIZE,
    cposix_limit_files = RLIMIT_NOFILE, cposix_limit_processes = RLIMIT_NPROC, cposix_limit_core = RLIMIT_CORE
};
