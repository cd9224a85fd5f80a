/* shim.c - makes calls into the C library fail, for tool_faults: preloaded into a command.
 *
 * TRACEKIT_FAULT is "FUNCTION NUMBER MODE ERRNO WHO": the call of that number (from 1; 0: none) fails with that errno.
 *   FUNCTION  malloc (and calloc, realloc, aligned ones, strdup, strndup), memory, read (and pread), write (and
 *             pwrite), open, close, rename, linkat, dup, thread
 *   MODE      once; after: that call and all later ones; short: one byte is read or written; zero: none is;
 *             trap: the call raises SIGTRAP, for a debugger
 *   WHO       all; own: only calls out of the program itself, not those of the libraries that it uses
 * With the function memory NUMBER is a limit of bytes that are allocated at a time: what would exceed it fails.
 * TRACEKIT_FAULT_COUNT names a file with a struct counts, which is mapped and filled.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <malloc.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "counts.h"

#define SHIM __attribute__((visibility("default")))

static struct {
    char function[16], mode[8], who[4];
    unsigned long number;
    int error;
    uintptr_t from, to; /* the program's own code */
    struct counts *counts;
    bool on;
} plan;

static int find_program(struct dl_phdr_info *info, size_t size, void *unused)
{
    (void)size;
    (void)unused;
    for (int i = 0; i < info->dlpi_phnum; i++) { /* the first that is reported is the program */
        const ElfW(Phdr) *h = &info->dlpi_phdr[i];
        if (h->p_type == PT_LOAD && (h->p_flags & PF_X)) {
            plan.from = info->dlpi_addr + h->p_vaddr;
            plan.to = plan.from + h->p_memsz;
        }
    }
    return 1;
}

__attribute__((constructor)) static void begin(void)
{
    const char *text = getenv("TRACEKIT_FAULT"), *name = getenv("TRACEKIT_FAULT_COUNT");
    if (!text || !name ||
        sscanf(text, "%15s %lu %7s %d %3s", plan.function, &plan.number, plan.mode, &plan.error, plan.who) != 5)
        return;
    int fd = (open)(name, O_RDWR | O_CLOEXEC);
    void *p = fd < 0 ? MAP_FAILED : mmap(NULL, sizeof *plan.counts, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (p == MAP_FAILED)
        _exit(127);
    (close)(fd);
    dl_iterate_phdr(find_program, NULL);
    plan.counts = p;
    plan.on = true;
}

/* Whether this call fails.  `caller` is where it returns to. */
static bool fails(const char *function, const void *caller)
{
    if (!plan.on || strcmp(function, plan.function) != 0)
        return false;
    if (strcmp(plan.who, "own") == 0 && !((uintptr_t)caller >= plan.from && (uintptr_t)caller < plan.to))
        return false;
    unsigned long n = atomic_fetch_add(&plan.counts->calls, 1) + 1;
    if (!plan.number || (strcmp(plan.mode, "after") == 0 ? n < plan.number : n != plan.number))
        return false;
    atomic_fetch_add(&plan.counts->faults, 1);
    if (strcmp(plan.mode, "trap") == 0)
        raise(SIGTRAP);
    errno = plan.error;
    return true;
}
#define FAILS(function) fails((function), __builtin_return_address(0))

static bool mode_is(const char *mode)
{
    return strcmp(plan.mode, mode) == 0;
}

/* The next definition of a function: the C library's, or a sanitizer's. */
#define NEXT(result, name, ...)               \
    static result (*next)(__VA_ARGS__);       \
    if (!next) {                              \
        void *found = dlsym(RTLD_NEXT, name); \
        memcpy(&next, &found, sizeof next);   \
    }

/* ---- memory ---- */

/* Looking up the C library's functions may allocate: out of these bytes, which are never given back. */
static _Alignas(16) char early[16384];
static size_t early_n;
static _Thread_local bool looking;

static bool is_early(const void *p)
{
    return (const char *)p >= early && (const char *)p < early + sizeof early;
}

static void *take_early(size_t n)
{
    void *p = early + early_n;
    early_n += (n + 15) & ~(size_t)15;
    if (early_n > sizeof early)
        _exit(127);
    return p;
}

#define ALLOCATOR(result, name, ...)          \
    static result (*next)(__VA_ARGS__);       \
    if (!next) {                              \
        looking = true;                       \
        void *found = dlsym(RTLD_NEXT, name); \
        looking = false;                      \
        memcpy(&next, &found, sizeof next);   \
    }

/* Whether the limit of memory is passed with n more bytes. */
static bool too_much(size_t n)
{
    if (!plan.on || strcmp(plan.function, "memory") != 0)
        return false;
    bool over = plan.number && atomic_load(&plan.counts->bytes) + n > plan.number;
    if (over) {
        atomic_fetch_add(&plan.counts->faults, 1);
        errno = plan.error;
    }
    return over;
}

static void *counted(void *p)
{
    if (p && plan.on) {
        unsigned long n = malloc_usable_size(p), all = atomic_fetch_add(&plan.counts->bytes, n) + n;
        if (all > atomic_load(&plan.counts->calls) && strcmp(plan.function, "memory") == 0)
            atomic_store(&plan.counts->calls, all); /* the most at a time; a race loses some bytes of it */
    }
    return p;
}

static void uncounted(void *p)
{
    if (p && plan.on) {
        unsigned long n = malloc_usable_size(p), had = atomic_load(&plan.counts->bytes);
        atomic_fetch_sub(&plan.counts->bytes, n < had ? n : had); /* some are older than the plan */
    }
}

SHIM void *malloc(size_t n)
{
    if (looking)
        return take_early(n);
    ALLOCATOR(void *, "malloc", size_t)
    return FAILS("malloc") || too_much(n) ? NULL : counted(next(n));
}

SHIM void *calloc(size_t a, size_t n)
{
    if (looking)
        return take_early(a * n);
    ALLOCATOR(void *, "calloc", size_t, size_t)
    return FAILS("malloc") || too_much(a * n) ? NULL : counted(next(a, n));
}

SHIM void *realloc(void *p, size_t n)
{
    ALLOCATOR(void *, "realloc", void *, size_t)
    size_t had = p ? malloc_usable_size(p) : 0;
    if (FAILS("malloc") || too_much(n > had ? n - had : 0))
        return NULL;
    uncounted(p);
    void *q = next(p, n);
    counted(q ? q : p);
    return q;
}

SHIM void *aligned_alloc(size_t align, size_t n)
{
    ALLOCATOR(void *, "aligned_alloc", size_t, size_t)
    return FAILS("malloc") || too_much(n) ? NULL : counted(next(align, n));
}

SHIM int posix_memalign(void **p, size_t align, size_t n)
{
    ALLOCATOR(int, "posix_memalign", void **, size_t, size_t)
    if (FAILS("malloc") || too_much(n))
        return ENOMEM;
    int r = next(p, align, n);
    if (r == 0)
        counted(*p);
    return r;
}

SHIM void free(void *p)
{
    ALLOCATOR(void, "free", void *)
    if (is_early(p))
        return;
    uncounted(p);
    next(p);
}

/* The C library's own allocate with its own malloc, past this one. */
static char *copy(const char *s, size_t n, const void *caller)
{
    char *p = fails("malloc", caller) || too_much(n + 1) ? NULL : malloc(n + 1);
    if (p) {
        memcpy(p, s, n);
        p[n] = 0;
    }
    return p;
}

SHIM char *strdup(const char *s)
{
    return copy(s, strlen(s), __builtin_return_address(0));
}

SHIM char *strndup(const char *s, size_t n)
{
    return copy(s, strnlen(s, n), __builtin_return_address(0));
}

/* ---- files ---- */

/* A call that transfers n bytes and fails as the plan says: how many it is to transfer instead, or -1. */
static ssize_t instead(size_t n)
{
    return mode_is("short") && n ? 1 : mode_is("zero") ? 0 : -1;
}

#define TRANSFER(function, call)       \
    do {                               \
        if (FAILS(function)) {         \
            int e = errno;             \
            ssize_t part = instead(n); \
            errno = e;                 \
            if (part <= 0)             \
                return part;           \
            n = (size_t)part;          \
        }                              \
        return call;                   \
    } while (0)

SHIM ssize_t read(int fd, void *to, size_t n)
{
    NEXT(ssize_t, "read", int, void *, size_t)
    TRANSFER("read", next(fd, to, n));
}

SHIM ssize_t pread(int fd, void *to, size_t n, off_t at)
{
    NEXT(ssize_t, "pread", int, void *, size_t, off_t)
    TRANSFER("read", next(fd, to, n, at));
}

SHIM ssize_t write(int fd, const void *p, size_t n)
{
    NEXT(ssize_t, "write", int, const void *, size_t)
    TRANSFER("write", next(fd, p, n));
}

SHIM ssize_t pwrite(int fd, const void *p, size_t n, off_t at)
{
    NEXT(ssize_t, "pwrite", int, const void *, size_t, off_t)
    TRANSFER("write", next(fd, p, n, at));
}

SHIM int open(const char *path, int flags, ...)
{
    NEXT(int, "open", const char *, int, ...)
    va_list args;
    va_start(args, flags);
    mode_t mode = (flags & O_CREAT) || (flags & O_TMPFILE) == O_TMPFILE ? va_arg(args, mode_t) : 0;
    va_end(args);
    return FAILS("open") ? -1 : next(path, flags, mode);
}

/* Closes all the same, as Linux does. */
SHIM int close(int fd)
{
    NEXT(int, "close", int)
    bool failed = FAILS("close");
    int r = next(fd);
    if (failed)
        errno = plan.error;
    return failed ? -1 : r;
}

SHIM int rename(const char *from, const char *to)
{
    NEXT(int, "rename", const char *, const char *)
    return FAILS("rename") ? -1 : next(from, to);
}

SHIM int linkat(int a, const char *from, int b, const char *to, int flags)
{
    NEXT(int, "linkat", int, const char *, int, const char *, int)
    return FAILS("linkat") ? -1 : next(a, from, b, to, flags);
}

SHIM int dup(int fd)
{
    NEXT(int, "dup", int)
    return FAILS("dup") ? -1 : next(fd);
}

SHIM int pthread_create(pthread_t *t, const pthread_attr_t *attr, void *(*run)(void *), void *arg)
{
    NEXT(int, "pthread_create", pthread_t *, const pthread_attr_t *, void *(*)(void *), void *)
    return FAILS("thread") ? plan.error : next(t, attr, run, arg);
}
