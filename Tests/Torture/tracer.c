/* Runs a program and all its children, counts what they do to files, and ends or disturbs it at a chosen effect.

       tracer [options] -- PROGRAM ARGUMENT...

       --log FILE      append a line for each effect: "NUMBER ROLE CALL PATH"
       --below FOLDER  count effects on paths below this folder only; may be repeated
       --except TEXT   do not count effects on paths that contain this
       --program NAME  count what processes of this executable do; default: all
       --kill N        kill every process just before effect N
       --tear N        let effect N, a write, write half of its bytes, then kill every process
       --alone         kill only the process whose effect it is, and trace the others to their end
       --fail ERRNO    calls on paths that contain --on fail with this number
       --on TEXT       default: every counted effect
       --from N        the first N - 1 of them succeed; default 1

   An effect is a call that makes, writes, names, removes or flushes a file. They are found from outside with seccomp
   and ptrace, so the program under test holds no hooks, and cannot tell. Effects are numbered over all threads and
   processes in the order in which they begin. Exits with the program's code, with 137 after a kill. */
#define _GNU_SOURCE
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef __x86_64__
#error "this tracer changes registers, and knows those of x86-64 only"
#endif

/* Where a call's path is: a descriptor, or a folder's descriptor and a text. */
struct call {
    int number;
    const char *name;
    int descriptor; /* index of the argument that is a descriptor of the file; -1 if there is none */
    int folder;     /* index of the folder's descriptor; -1 for paths from the current folder */
    int path;       /* index of the path */
    int size;       /* index of a write's length; -1 if it cannot be cut */
};
static const struct call calls[] = {
    {SYS_write, "write", 0, -1, -1, 2},
    {SYS_pwrite64, "pwrite", 0, -1, -1, 2},
    {SYS_writev, "writev", 0, -1, -1, -1},
    {SYS_pwritev, "pwritev", 0, -1, -1, -1},
    {SYS_copy_file_range, "copy_file_range", 2, -1, -1, 4},
    {SYS_sendfile, "sendfile", 0, -1, -1, 3},
    {SYS_ftruncate, "ftruncate", 0, -1, -1, -1},
    {SYS_fallocate, "fallocate", 0, -1, -1, -1},
    {SYS_fsync, "fsync", 0, -1, -1, -1},
    {SYS_fdatasync, "fdatasync", 0, -1, -1, -1},
    {SYS_openat, "create", -1, 0, 1, -1},
    {SYS_open, "create", -1, -1, 0, -1},
    {SYS_rename, "rename", -1, -1, 1, -1},
    {SYS_renameat, "rename", -1, 2, 3, -1},
    {SYS_renameat2, "rename", -1, 2, 3, -1},
    {SYS_link, "link", -1, -1, 1, -1},
    {SYS_linkat, "link", -1, 2, 3, -1},
    {SYS_symlink, "symlink", -1, -1, 1, -1},
    {SYS_symlinkat, "symlink", -1, 1, 2, -1},
    {SYS_unlink, "unlink", -1, -1, 0, -1},
    {SYS_unlinkat, "unlink", -1, 0, 1, -1},
    {SYS_mkdir, "mkdir", -1, -1, 0, -1},
    {SYS_mkdirat, "mkdir", -1, 0, 1, -1},
    {SYS_rmdir, "rmdir", -1, -1, 0, -1},
};
enum { CALLS = sizeof calls / sizeof calls[0] };

static const char *folders[16], *program, *on, *except;
static int folder_count, fail_with, is_alone;
static long kill_at = -1, tear_at = -1, fail_from = 1, counted, matched;
static FILE *logged;

static void die(const char *what) {
    fprintf(stderr, "tracer: %s: %s\n", what, strerror(errno));
    exit(125);
}

/* The child stops for its tracer before each of the calls; of the opens, only before those that may make a file. */
static void filter_calls(void) {
    struct sock_filter filter[2 * CALLS + 16];
    int n = 0;
    filter[n++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr));
    for (int i = 0; i < CALLS; i++) {
        int flags = calls[i].number == SYS_openat ? 2 : calls[i].number == SYS_open ? 1 : -1;
        if (flags >= 0) {
            filter[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, calls[i].number, 0, 4);
            filter[n++] = (struct sock_filter)BPF_STMT(
                BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args) + 8 * flags);
            filter[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, O_CREAT | O_TRUNC, 0, 1);
            filter[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRACE);
            filter[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
        } else {
            filter[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, calls[i].number, 0, 1);
            filter[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRACE);
        }
    }
    filter[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    struct sock_fprog whole = {n, filter};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &whole) != 0)
        die("seccomp");
}

static void link_text(char *text, const char *format, pid_t pid, int number) {
    char name[64];
    snprintf(name, sizeof name, format, pid, number);
    ssize_t length = readlink(name, text, PATH_MAX - 1);
    text[length < 0 ? 0 : length] = 0;
}

static void memory_text(char *text, pid_t pid, unsigned long address) {
    /* A page at a time: the text may end just before one that is not there. */
    size_t done = 0;
    while (done < PATH_MAX - 1) {
        size_t part = 4096 - (address + done) % 4096;
        if (part > PATH_MAX - 1 - done) part = PATH_MAX - 1 - done;
        struct iovec here = {text + done, part}, there = {(void *)(address + done), part};
        ssize_t got = process_vm_readv(pid, &here, 1, &there, 1, 0);
        if (got <= 0) break;
        if (memchr(text + done, 0, got)) return;
        done += got;
    }
    text[done] = 0;
}

/* The file that a call is about; empty if it is no file with a name. */
static void path_of(char *path, pid_t pid, const struct call *call, const unsigned long long *args) {
    if (call->descriptor >= 0) return link_text(path, "/proc/%d/fd/%d", pid, (int)args[call->descriptor]);
    char text[PATH_MAX], base[PATH_MAX];
    memory_text(text, pid, args[call->path]);
    int folder = call->folder < 0 ? AT_FDCWD : (int)args[call->folder];
    if (text[0] == '/') {
        base[0] = 0;
    } else if (folder == AT_FDCWD) {
        link_text(base, "/proc/%d/cwd", pid, 0);
    } else {
        link_text(base, "/proc/%d/fd/%d", pid, folder);
    }
    snprintf(path, PATH_MAX, text[0] == '/' ? "%s%s" : "%s/%s", base, text);
}

/* The first argument of a process: which of Strata's roles it plays. */
static void role_of(char *role, size_t size, pid_t pid) {
    char name[64], arguments[4096] = "";
    snprintf(name, sizeof name, "/proc/%d/cmdline", pid);
    int file = open(name, O_RDONLY | O_CLOEXEC);
    ssize_t length = file < 0 ? 0 : read(file, arguments, sizeof arguments - 2);
    if (file >= 0) close(file);
    size_t first = strlen(arguments) + 1;
    snprintf(role, size, "%s", (ssize_t)first < length ? arguments + first : "-");
    for (char *c = role; *c; c++)
        if (*c == ' ') *c = '_';
}

static int is_counted(pid_t pid, const char *path) {
    int is_below = folder_count == 0;
    for (int i = 0; i < folder_count; i++) {
        size_t length = strlen(folders[i]);
        is_below |= strncmp(path, folders[i], length) == 0 && (path[length] == '/' || path[length] == 0);
    }
    if (!is_below || (except && strstr(path, except))) return 0;
    if (!program) return 1;
    char image[PATH_MAX];
    link_text(image, "/proc/%d/exe", pid, 0);
    return strcmp(image, program) == 0;
}

static pid_t tracees[4096];
static int tracee_count;

static void remember(pid_t pid) {
    for (int i = 0; i < tracee_count; i++)
        if (tracees[i] == pid) return;
    if (tracee_count == (int)(sizeof tracees / sizeof tracees[0])) die("too many threads");
    tracees[tracee_count++] = pid;
}

static void forget(pid_t pid) {
    for (int i = 0; i < tracee_count; i++)
        if (tracees[i] == pid) tracees[i] = tracees[--tracee_count];
}

/* Nothing of the program is left when this returns. */
static void kill_all(void) {
    for (int i = 0; i < tracee_count; i++) kill(tracees[i], SIGKILL);
    int status;
    pid_t pid;
    while ((pid = waitpid(-1, &status, __WALL)) > 0) {
        if (!WIFSTOPPED(status)) continue;
        /* A thread that was just being made. */
        kill(pid, SIGKILL);
        ptrace(PTRACE_CONT, pid, 0, 0);
    }
    if (logged) fclose(logged);
    exit(137);
}

/* Lets the stopped call write half of its bytes, and waits until it has. */
static void tear(pid_t pid, const struct call *call, struct user_regs_struct *registers) {
    unsigned long long *sizes[] = {&registers->rdi, &registers->rsi, &registers->rdx, &registers->r10, &registers->r8};
    if (call->size < 0) return;
    *sizes[call->size] /= 2;
    if (ptrace(PTRACE_SETREGS, pid, 0, registers) != 0) return;
    if (ptrace(PTRACE_SYSCALL, pid, 0, 0) != 0) return;
    int status;
    waitpid(pid, &status, __WALL);
}

/* A process is about to do something to a file. Returns what to do with the stop: 0 to go on. */
static void effect(pid_t pid) {
    struct user_regs_struct registers;
    if (ptrace(PTRACE_GETREGS, pid, 0, &registers) != 0) return;
    const struct call *call = 0;
    for (int i = 0; i < CALLS; i++)
        if (calls[i].number == (int)registers.orig_rax) call = &calls[i];
    if (!call) return;
    unsigned long long args[] = {registers.rdi, registers.rsi, registers.rdx, registers.r10, registers.r8, registers.r9};
    char path[PATH_MAX], role[64];
    path_of(path, pid, call, args);
    if (!is_counted(pid, path)) return;
    counted++;
    if (logged) {
        role_of(role, sizeof role, pid);
        fprintf(logged, "%ld %s %s %s\n", counted, role, call->name, path);
        fflush(logged);
    }
    if (counted == kill_at || counted == tear_at) {
        if (counted == tear_at) tear(pid, call, &registers);
        if (!is_alone) kill_all();
        kill(pid, SIGKILL);
        return;
    }
    if (fail_with && (!on || strstr(path, on)) && ++matched >= fail_from) {
        /* No call is made, and this is its answer. */
        registers.orig_rax = -1;
        registers.rax = -(long)fail_with;
        ptrace(PTRACE_SETREGS, pid, 0, &registers);
    }
}

static int trace(pid_t child) {
    int status, code = 125;
    pid_t pid;
    while ((pid = waitpid(-1, &status, __WALL)) > 0) {
        if (WIFEXITED(status) || WIFSIGNALED(status)) {
            if (pid == child) code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
            forget(pid);
            continue;
        }
        remember(pid);
        int signal_number = 0;
        switch (status >> 8) {
        case SIGTRAP | PTRACE_EVENT_SECCOMP << 8: effect(pid); break;
        case SIGTRAP | PTRACE_EVENT_FORK << 8:
        case SIGTRAP | PTRACE_EVENT_VFORK << 8:
        case SIGTRAP | PTRACE_EVENT_CLONE << 8:
        case SIGTRAP | PTRACE_EVENT_EXEC << 8: break;
        default:
            if (status >> 16 == PTRACE_EVENT_STOP) {
                int stop = WSTOPSIG(status);
                /* Stopped as a group, by a job's control: it stays so until it is continued. */
                if (stop == SIGSTOP || stop == SIGTSTP || stop == SIGTTIN || stop == SIGTTOU) {
                    ptrace(PTRACE_LISTEN, pid, 0, 0);
                    continue;
                }
            } else {
                signal_number = WSTOPSIG(status);
            }
        }
        ptrace(PTRACE_CONT, pid, 0, signal_number);
    }
    return code;
}

int main(int count, char **arguments) {
    int i = 1;
    for (; i < count && strcmp(arguments[i], "--") != 0; i++) {
        const char *name = arguments[i];
        if (!strcmp(name, "--alone")) {
            is_alone = 1;
            continue;
        }
        if (++i >= count) return fprintf(stderr, "tracer: %s wants a value\n", name), 125;
        const char *value = arguments[i];
        if (!strcmp(name, "--log")) {
            if (!(logged = fopen(value, "ae"))) die(value);
        } else if (!strcmp(name, "--below")) {
            if (folder_count == 16) return 125;
            folders[folder_count++] = value;
        } else if (!strcmp(name, "--program")) {
            program = value;
        } else if (!strcmp(name, "--except")) {
            except = value;
        } else if (!strcmp(name, "--kill")) {
            kill_at = atol(value);
        } else if (!strcmp(name, "--tear")) {
            tear_at = atol(value);
        } else if (!strcmp(name, "--fail")) {
            fail_with = atoi(value);
        } else if (!strcmp(name, "--from")) {
            fail_from = atol(value);
        } else if (!strcmp(name, "--on")) {
            on = value;
        } else {
            return fprintf(stderr, "tracer: what is %s?\n", name), 125;
        }
    }
    if (i + 1 >= count) return fprintf(stderr, "tracer: no program\n"), 125;

    int gate[2];
    if (pipe2(gate, O_CLOEXEC) != 0) die("pipe");
    pid_t child = fork();
    if (child < 0) die("fork");
    if (child == 0) {
        char go;
        close(gate[1]);
        /* Traced before the filter: a call that wants a tracer fails without one. */
        if (read(gate[0], &go, 1) != 1) _exit(125);
        close(gate[0]);
        filter_calls();
        execvp(arguments[i + 1], arguments + i + 1);
        _exit(127);
    }
    close(gate[0]);
    remember(child);
    long options = PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC |
                   PTRACE_O_TRACESECCOMP | PTRACE_O_EXITKILL;
    if (ptrace(PTRACE_SEIZE, child, 0, options) != 0) die("ptrace");
    if (write(gate[1], "g", 1) != 1) die("pipe");
    close(gate[1]);
    int code = trace(child);
    if (logged) fclose(logged);
    return code;
}
