// What a program of the archive begins with: it finds its own dynamic loader beside it, wherever the archive was unpacked.
//
// The kernel takes a loader by its absolute path (PT_INTERP). scripts/loader.py puts this code into a program in place
// of that path: it maps the loader as the kernel would have done and jumps to it. The program stays the process's own
// file, so /proc/self/exe and $ORIGIN are right, and children start the same way.
//
// No C library: this runs before there is one. ENTRY, SELF and TABLE are addresses in the program: its own entry, this
// code's, and the program headers that the loader is shown; COUNT is their number. LOADER is a path that begins at the
// program's folder.
#include <elf.h>
#include <fcntl.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#define PAGE 4096UL
#define FLOOR(address) ((address) & ~(page - 1))
#define CEILING(address) FLOOR((address) + page - 1)

#if defined(__x86_64__)
__asm__(".section .text.first\n"
        "first: mov %rsp, %rdi\n"
        "       and $-16, %rsp\n"
        "       mov %rdi, %rbx\n"
        "       call begin\n"
        "       mov %rbx, %rsp\n"
        "       xor %edx, %edx\n"
        "       jmp *%rax\n");
static long call(long number, long a, long b, long c, long d, long e, long f) {
    long result;
    register long r10 __asm__("r10") = d;
    register long r8 __asm__("r8") = e;
    register long r9 __asm__("r9") = f;
    __asm__ volatile("syscall" : "=a"(result) : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
                     : "rcx", "r11", "memory");
    return result;
}
#elif defined(__aarch64__)
__asm__(".section .text.first\n"
        "first: mov x0, sp\n"
        "       mov x19, x0\n"
        "       bl begin\n"
        "       mov sp, x19\n"
        "       mov x16, x0\n"
        "       mov x0, xzr\n"
        "       br x16\n");
static long call(long number, long a, long b, long c, long d, long e, long f) {
    register long x8 __asm__("x8") = number;
    register long x0 __asm__("x0") = a;
    register long x1 __asm__("x1") = b;
    register long x2 __asm__("x2") = c;
    register long x3 __asm__("x3") = d;
    register long x4 __asm__("x4") = e;
    register long x5 __asm__("x5") = f;
    __asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5) : "memory");
    return x0;
}
#else
#error "no such processor"
#endif

static void stop(const char *text, long length) {
    call(SYS_write, 2, (long)text, length, 0, 0, 0);
    for (;;) call(SYS_exit_group, 127, 0, 0, 0, 0, 0);
}
#define STOP(text) stop("strata: " text "\n", sizeof("strata: " text "\n") - 1)

static unsigned long map(unsigned long at, unsigned long size, int protection, int flags, int file, unsigned long offset) {
    long result = call(SYS_mmap, at, size, protection, flags, file, offset);
    if (result < 0 && result > -4096) STOP("the loader cannot be mapped");
    return result;
}

// Opens the loader: its path is LOADER in the program's folder.
static int open_loader(void) {
    static const char link[] = "/proc/self/exe", loader[] = "/" LOADER;
    char path[4096];
    long length = call(SYS_readlinkat, AT_FDCWD, (long)link, (long)path, sizeof path - sizeof loader, 0, 0);
    if (length <= 0) STOP("/proc is not mounted");
    while (length > 0 && path[length - 1] != '/') length--;
    if (length > 0) length--;
    for (unsigned long i = 0; i < sizeof loader; i++) path[length + i] = loader[i];
    long file = call(SYS_openat, AT_FDCWD, (long)path, O_RDONLY | O_CLOEXEC, 0, 0, 0);
    if (file < 0) STOP(LOADER " is not there, seen from the program; unpack the whole archive");
    return file;
}

// Maps the loader; returns its base, and its entry by `entry`.
static unsigned long map_loader(unsigned long page, unsigned long *entry) {
    int file = open_loader();
    char bytes[PAGE];
    long size = call(SYS_read, file, (long)bytes, sizeof bytes, 0, 0, 0);
    const Elf64_Ehdr *head = (const Elf64_Ehdr *)bytes;
    if (size < (long)sizeof *head || head->e_phoff + head->e_phnum * sizeof(Elf64_Phdr) > (unsigned long)size)
        STOP("its loader is damaged");
    const Elf64_Phdr *parts = (const Elf64_Phdr *)(bytes + head->e_phoff);
    unsigned long low = -1UL, high = 0;
    for (int i = 0; i < head->e_phnum; i++) {
        if (parts[i].p_type != PT_LOAD) continue;
        if (parts[i].p_vaddr < low) low = FLOOR(parts[i].p_vaddr);
        if (parts[i].p_vaddr + parts[i].p_memsz > high) high = parts[i].p_vaddr + parts[i].p_memsz;
    }
    if (high <= low) STOP("its loader is damaged");
    unsigned long base = map(0, CEILING(high) - low, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) - low;
    for (int i = 0; i < head->e_phnum; i++) {
        const Elf64_Phdr *part = &parts[i];
        if (part->p_type != PT_LOAD) continue;
        int protection = (part->p_flags & PF_R ? PROT_READ : 0) | (part->p_flags & PF_W ? PROT_WRITE : 0) |
                         (part->p_flags & PF_X ? PROT_EXEC : 0);
        unsigned long start = base + part->p_vaddr, filled = start + part->p_filesz, end = start + part->p_memsz;
        map(FLOOR(start), filled - FLOOR(start), protection, MAP_PRIVATE | MAP_FIXED, file,
            part->p_offset - (start - FLOOR(start)));
        if (end <= filled) continue;
        for (volatile char *byte = (char *)filled; byte < (char *)CEILING(filled); byte++) *byte = 0;
        if (end > CEILING(filled))
            map(CEILING(filled), end - CEILING(filled), protection, MAP_PRIVATE | MAP_FIXED | MAP_ANONYMOUS, -1, 0);
    }
    call(SYS_close, file, 0, 0, 0, 0, 0);
    *entry = base + head->e_entry;
    return base;
}

// Returns where to go on. `stack` is as the kernel made it: arguments, environment, auxiliary vector.
__attribute__((used)) unsigned long begin(unsigned long *stack) {
    unsigned long *word = stack + 1 + *stack + 1;
    while (*word++) {}
    Elf64_auxv_t *first = (Elf64_auxv_t *)word;
    unsigned long page = PAGE, own = 0, entry = 0;
    for (Elf64_auxv_t *item = first; item->a_type != AT_NULL; item++) {
        if (item->a_type == AT_PAGESZ) page = item->a_un.a_val;
        if (item->a_type == AT_ENTRY) own = item->a_un.a_val - SELF;
    }
    unsigned long base = map_loader(page, &entry);
    for (Elf64_auxv_t *item = first; item->a_type != AT_NULL; item++) {
        switch (item->a_type) {
        case AT_BASE: item->a_un.a_val = base; break;
        case AT_ENTRY: item->a_un.a_val = own + ENTRY; break;
        case AT_PHDR: item->a_un.a_val = own + TABLE; break;
        case AT_PHNUM: item->a_un.a_val = COUNT; break;
        }
    }
    return entry;
}
