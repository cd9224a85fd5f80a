#include "io/sink.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zstd.h>
#include <zstd_errors.h>

#include "base/err.h"
#include "io/again.h"
#include "io/fault.h"

enum { BUFFER = 256 * 1024, PIPE_BYTES = 1 << 20, NAME_TRIES = 100 };

struct tki_sink {
    int fd;
    char *path; /* NULL for standard output */
    char
        *temporary; /* the name that the file has until it gets its own; NULL when it has none or is written in place */
    bool nameless;  /* the file has no name yet, and is gone when the process is */
    char *buf;      /* what goes to the file next */
    size_t n;
    struct stat old; /* the regular file of that name, if there is one */
    bool replaces;
    ZSTD_CCtx *zstd;
    char *compressed;
    size_t compressed_cap;
    uint64_t bytes;
    struct tk_err fault; /* the first failure: what came before it is not the whole output any more */
};

static int write_all(struct tki_sink *s, const char *p, size_t n, struct tk_err *err)
{
    while (n) {
        ssize_t w = write(s->fd, p, n);
        if (w < 0 && tki_io_again(s->fd, POLLOUT))
            continue;
        if (w < 0)
            return tki_err_sys(err, "cannot write");
        p += w;
        n -= (size_t)w;
    }
    return 0;
}

/* Compresses the bytes, or with end set finishes the frame. */
static int compress_bytes(struct tki_sink *s, const char *p, size_t n, ZSTD_EndDirective end, struct tk_err *err)
{
    ZSTD_inBuffer in = {p, n, 0};
    for (;;) {
        ZSTD_outBuffer out = {s->compressed, s->compressed_cap, 0};
        size_t left = ZSTD_compressStream2(s->zstd, &out, &in, end);
        if (ZSTD_isError(left))
            return ZSTD_getErrorCode(left) == ZSTD_error_memory_allocation
                       ? tki_err_memory(err)
                       : tki_err_set(err, TK_EIO, "zstd: %s", ZSTD_getErrorName(left));
        int r = write_all(s, s->compressed, out.pos, err);
        if (r < 0)
            return r;
        if (end == ZSTD_e_continue ? in.pos == in.size : left == 0)
            return 0;
    }
}

static int emit(struct tki_sink *s, const char *p, size_t n, struct tk_err *err)
{
    if (!n)
        return 0;
    return s->zstd ? compress_bytes(s, p, n, ZSTD_e_continue, err) : write_all(s, p, n, err);
}

static void free_sink(struct tki_sink *s)
{
    ZSTD_freeCCtx(s->zstd);
    free(s->compressed);
    free(s->buf);
    free(s->path);
    free(s->temporary);
    free(s);
}

/* Devices and pipes are written as they are; so are the names of open files, which may lead to a regular
 * file: another under that name would not be the open one. */
static bool written_in_place(const char *path)
{
    static const char *const open_files[] = {"/dev/fd/", "/dev/std", "/proc/"};
    struct stat st;
    if (stat(path, &st) < 0)
        return false;
    for (size_t i = 0; i < sizeof open_files / sizeof *open_files; i++)
        if (strncmp(path, open_files[i], strlen(open_files[i])) == 0)
            return true;
    return !S_ISREG(st.st_mode);
}

/* The length of the path's folder with its slash, 0: the working folder. */
static int folder_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? (int)(slash - path) + 1 : 0;
}

/* The mode of a file that is created.  Where the file replaces another one, only the user may read it until it gets the
 * mode of that file. */
static mode_t creation_mode(const struct tki_sink *s)
{
    return s->replaces ? 0600 : 0666;
}

/* The file becomes what the one that it replaces is, as far as the user may do that: a mode that says who may read it
 * says so of the new content. */
static void take_over(const struct tki_sink *s)
{
    if (s->old.st_uid != geteuid() || s->old.st_gid != getegid())
        (void)!fchown(s->fd, s->old.st_uid, s->old.st_gid);
    (void)fchmod(s->fd, s->old.st_mode & 07777);
}

/* Opens a file without a name.  Not every file system has such files, and such a file gets its name through /proc. */
static bool open_nameless(struct tki_sink *s)
{
    int n = folder_of(s->path);
    char *folder = n ? strndup(s->path, (size_t)n) : NULL;
    s->fd = (n == 0 || folder) && access("/proc/self/fd", X_OK) == 0
                ? open(n ? folder : ".", O_WRONLY | O_TMPFILE | O_CLOEXEC, creation_mode(s))
                : -1;
    free(folder);
    return s->fd >= 0;
}

/* In the same folder, so that it can be renamed; a name of its own, as the file's may be as long as can be. */
static int name_file(struct tki_sink *s, struct tk_err *err)
{
    char held[32];
    size_t n = strlen(s->path) + 64;
    s->temporary = malloc(n);
    if (!s->temporary)
        return tki_err_memory(err);
    snprintf(held, sizeof held, "/proc/self/fd/%d", s->fd);
    for (int i = 0; i < NAME_TRIES; i++) {
        snprintf(s->temporary, n, "%.*s.tracekit-%ld-%d.part", folder_of(s->path), s->path, (long)getpid(), i);
        if (s->nameless ? linkat(AT_FDCWD, held, AT_FDCWD, s->temporary, AT_SYMLINK_FOLLOW) == 0
                        : (s->fd = open(s->temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, creation_mode(s))) >= 0)
            return 0;
        if (errno != EEXIST)
            break;
    }
    free(s->temporary);
    s->temporary = NULL;
    return tki_err_sys(err, "cannot create");
}

/* Opens the file that the output is written to. */
static int open_file(struct tki_sink *s, const char *path, struct tk_err *err)
{
    struct stat st;
    if (written_in_place(path)) {
        s->path = strdup(path);
        s->fd = s->path ? open(path, O_WRONLY | O_APPEND | O_CLOEXEC) : -1;
        return !s->path ? tki_err_memory(err) : s->fd < 0 ? tki_err_sys(err, "cannot open") : 0;
    }
    /* A symbolic link keeps leading where it leads; one that leads nowhere is replaced. */
    if (lstat(path, &st) == 0 && S_ISLNK(st.st_mode))
        s->path = realpath(path, NULL);
    if (!s->path)
        s->path = strdup(path);
    if (!s->path)
        return tki_err_memory(err);
    s->replaces = stat(s->path, &s->old) == 0;
    s->nameless = open_nameless(s);
    int r = s->nameless ? 0 : name_file(s, err);
    if (r == 0 && s->replaces)
        take_over(s);
    return r;
}

static int open_zstd(struct tki_sink *s, int level, unsigned workers, struct tk_err *err)
{
    s->zstd = ZSTD_createCCtx();
    s->compressed_cap = ZSTD_CStreamOutSize();
    s->compressed = malloc(s->compressed_cap);
    if (!s->zstd || !s->compressed)
        return tki_err_memory(err);
    size_t r = ZSTD_CCtx_setParameter(s->zstd, ZSTD_c_compressionLevel, level);
    if (!ZSTD_isError(r))
        r = ZSTD_CCtx_setParameter(s->zstd, ZSTD_c_checksumFlag, 1);
    if (ZSTD_isError(r))
        return tki_err_set(err, TK_EUSAGE, "zstd: %s", ZSTD_getErrorName(r));
    (void)ZSTD_CCtx_setParameter(s->zstd, ZSTD_c_nbWorkers, (int)workers); /* a library without threads refuses */
    return 0;
}

int tki_sink_open(struct tki_sink **out, const char *path, int level, unsigned workers, struct tk_err *err)
{
    struct tki_sink *s = calloc(1, sizeof *s);
    *out = NULL;
    if (!s)
        return tki_err_memory(err);
    int r = 0;
    bool standard = !path || strcmp(path, "-") == 0;
    s->fd = standard ? STDOUT_FILENO : -1;
    tki_err_source(err, standard ? "standard output" : path);
    s->buf = malloc(BUFFER);
    if (!s->buf)
        r = tki_err_memory(err);
    if (r == 0 && !standard)
        r = open_file(s, path, err);
    if (r == 0 && level)
        r = open_zstd(s, level, workers, err);
    if (r < 0) {
        tki_sink_abort(s);
        return r;
    }
    (void)fcntl(s->fd, F_SETPIPE_SZ, PIPE_BYTES); /* for pipes; refused by everything else */
    *out = s;
    return 0;
}

/* Empties the buffer into the file or the compressor. */
static int drain(struct tki_sink *s, struct tk_err *err)
{
    size_t n = s->n;
    s->n = 0;
    return emit(s, s->buf, n, err);
}

int tki_sink_flush(struct tki_sink *s, struct tk_err *err)
{
    if (!s->fault.code && drain(s, &s->fault) == 0 && s->zstd)
        compress_bytes(s, NULL, 0, ZSTD_e_flush, &s->fault);
    return tki_fault_report(&s->fault, err);
}

int tki_sink_write(struct tki_sink *s, const void *p, size_t n, struct tk_err *err)
{
    struct tk_err *fault = &s->fault;
    s->bytes += n;
    if (n <= BUFFER - s->n) {
        if (n)
            memcpy(s->buf + s->n, p, n);
        s->n += n;
        return tki_fault_report(fault, err);
    }
    if (!fault->code && drain(s, fault) == 0) {
        if (n >= BUFFER) {
            emit(s, p, n, fault);
        } else {
            memcpy(s->buf, p, n);
            s->n = n;
        }
    }
    return tki_fault_report(&s->fault, err);
}

uint64_t tki_sink_bytes(const struct tki_sink *s)
{
    return s->bytes;
}

/* Some file systems say only at the closing that there was no room. */
static int close_file(struct tki_sink *s, struct tk_err *err)
{
    if (!s->path) { /* standard output stays open: closing a copy of it asks the file system the same */
        int copy = s->bytes ? dup(s->fd) : -1;
        return copy >= 0 && close(copy) < 0 ? tki_err_sys(err, "cannot write") : 0;
    }
    int fd = s->fd;
    if (s->nameless && name_file(s, err) < 0)
        return err->code;
    s->fd = -1;
    if (close(fd) < 0)
        return tki_err_sys(err, "cannot write");
    if (s->temporary && rename(s->temporary, s->path) < 0)
        return tki_err_sys(err, "cannot create");
    free(s->temporary);
    s->temporary = NULL;
    return 0;
}

int tki_sink_close(struct tki_sink *s, struct tk_err *err)
{
    struct tk_err *fault = &s->fault;
    if (!fault->code && drain(s, fault) == 0 && s->zstd)
        compress_bytes(s, NULL, 0, ZSTD_e_end, fault);
    if (!fault->code)
        close_file(s, fault);
    int r = tki_fault_report(&s->fault, err);
    tki_sink_abort(s); /* a file that got its name is not temporary any more */
    return r;
}

void tki_sink_abort(struct tki_sink *s)
{
    if (!s)
        return;
    if (s->path && s->fd >= 0)
        close(s->fd);
    if (s->temporary)
        unlink(s->temporary);
    free_sink(s);
}
