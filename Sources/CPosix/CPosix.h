#pragma once
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
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
