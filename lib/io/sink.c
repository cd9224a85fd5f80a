#include "io/sink.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zstd.h>

#include "base/err.h"

enum { BUFFER = 256 * 1024, PIPE_BYTES = 1 << 20, NAME_TRIES = 100 };

struct tki_sink {
    int fd;
    char *path, *temporary; /* NULL for standard output; temporary NULL when written in place */
    char *buf;              /* what goes to the file next */
    size_t n;
    ZSTD_CCtx *zstd;
    char *compressed;
    size_t compressed_cap;
    uint64_t bytes;
};

static int write_all(struct tki_sink *s, const char *p, size_t n, struct tk_err *err)
{
    while (n) {
        ssize_t w = write(s->fd, p, n);
        if (w < 0 && errno == EINTR)
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
            return tki_err_set(err, TK_EIO, "zstd: %s", ZSTD_getErrorName(left));
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

/* Opens the file that the output is written to. */
static int open_file(struct tki_sink *s, const char *path, struct tk_err *err)
{
    struct stat st;
    s->path = strdup(path);
    if (!s->path)
        return tki_err_memory(err);
    if (stat(path, &st) == 0 && !S_ISREG(st.st_mode)) { /* a device or a pipe */
        s->fd = open(path, O_WRONLY | O_CLOEXEC);
        return s->fd < 0 ? tki_err_sys(err, "cannot open") : 0;
    }
    size_t n = strlen(path) + 32;
    s->temporary = malloc(n);
    if (!s->temporary)
        return tki_err_memory(err);
    for (int i = 0; i < NAME_TRIES; i++) {
        snprintf(s->temporary, n, "%s.%ld-%d.part", path, (long)getpid(), i);
        s->fd = open(s->temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (s->fd >= 0 || errno != EEXIST)
            break;
    }
    if (s->fd >= 0)
        return 0;
    free(s->temporary);
    s->temporary = NULL;
    return tki_err_sys(err, "cannot create");
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
    s->fd = STDOUT_FILENO;
    int r = 0;
    bool standard = !path || strcmp(path, "-") == 0;
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

int tki_sink_flush(struct tki_sink *s, struct tk_err *err)
{
    size_t n = s->n;
    s->n = 0;
    return emit(s, s->buf, n, err);
}

int tki_sink_write(struct tki_sink *s, const void *p, size_t n, struct tk_err *err)
{
    s->bytes += n;
    if (n <= BUFFER - s->n) {
        if (n)
            memcpy(s->buf + s->n, p, n);
        s->n += n;
        return 0;
    }
    int r = tki_sink_flush(s, err);
    if (r < 0)
        return r;
    if (n >= BUFFER)
        return emit(s, p, n, err);
    memcpy(s->buf, p, n);
    s->n = n;
    return 0;
}

uint64_t tki_sink_bytes(const struct tki_sink *s)
{
    return s->bytes;
}

int tki_sink_close(struct tki_sink *s, struct tk_err *err)
{
    int r = tki_sink_flush(s, err);
    if (r == 0 && s->zstd)
        r = compress_bytes(s, NULL, 0, ZSTD_e_end, err);
    if (r < 0) {
        tki_sink_abort(s);
        return r;
    }
    if (s->path) {
        int fd = s->fd;
        s->fd = -1;
        if (close(fd) < 0 || (s->temporary && rename(s->temporary, s->path) < 0)) {
            r = tki_err_sys(err, "cannot finish");
            tki_sink_abort(s);
            return r;
        }
    }
    free_sink(s);
    return 0;
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
