#include "io/spool.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/err.h"

struct tki_spool {
    struct tki_buf head; /* the first bytes */
    size_t memory_max;
    char *tmpdir;
    int fd; /* the rest; -1: none */
    uint64_t on_disk;
};

struct spool_source {
    struct tki_source source;
    const struct tki_spool *spool;
    uint64_t at;
};

int tki_tmpfile(const char *tmpdir, struct tk_err *err)
{
    if (!tmpdir)
        tmpdir = getenv("TMPDIR");
    if (!tmpdir || !*tmpdir)
        tmpdir = "/tmp";
    int fd = open(tmpdir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (fd >= 0)
        return fd;
    char path[4096];
    if (snprintf(path, sizeof path, "%s/tracekit-XXXXXX", tmpdir) >= (int)sizeof path)
        return tki_err_set(err, TK_EUSAGE, "the name of the temporary folder is too long");
    fd = mkostemp(path, O_CLOEXEC); /* file systems without O_TMPFILE */
    if (fd < 0)
        return tki_err_sys(err, "cannot create a temporary file in %s", tmpdir);
    unlink(path);
    return fd;
}

int tki_spool_open(struct tki_spool **out, size_t memory_max, const char *tmpdir, struct tk_err *err)
{
    struct tki_spool *s = calloc(1, sizeof *s);
    *out = NULL;
    if (!s || (tmpdir && !(s->tmpdir = strdup(tmpdir)))) {
        free(s);
        return tki_err_memory(err);
    }
    s->memory_max = memory_max;
    s->head.max = memory_max; /* no growing ahead of it */
    s->fd = -1;
    *out = s;
    return 0;
}

int tki_spool_write(struct tki_spool *s, const void *p, size_t n, struct tk_err *err)
{
    const char *from = p;
    if (s->fd < 0) {
        size_t fits = s->memory_max - s->head.n < n ? s->memory_max - s->head.n : n;
        if (fits)
            tki_buf_put(&s->head, from, fits);
        if (s->head.err)
            return tki_err_memory(err);
        from += fits;
        n -= fits;
        if (n == 0)
            return 0;
        int fd = tki_tmpfile(s->tmpdir, err);
        if (fd < 0)
            return fd;
        s->fd = fd;
    }
    while (n) {
        ssize_t w = write(s->fd, from, n);
        if (w < 0 && errno == EINTR)
            continue;
        if (w < 0)
            return tki_err_sys(err, "cannot write a temporary file");
        from += w;
        n -= (size_t)w;
        s->on_disk += (uint64_t)w;
    }
    return 0;
}

static ptrdiff_t read_spool(struct tki_source *source, void *to, size_t cap, struct tk_err *err)
{
    struct spool_source *r = (struct spool_source *)source;
    const struct tki_spool *s = r->spool;
    if (r->at < s->head.n) {
        size_t n = s->head.n - (size_t)r->at < cap ? s->head.n - (size_t)r->at : cap;
        memcpy(to, s->head.p + r->at, n);
        r->at += n;
        source->bytes_read += n;
        return (ptrdiff_t)n;
    }
    uint64_t at = r->at - s->head.n, left = s->on_disk - at;
    if (left == 0)
        return 0;
    for (;;) {
        ssize_t n = pread(s->fd, to, cap < left ? cap : (size_t)left, (off_t)at);
        if (n > 0) {
            r->at += (uint64_t)n;
            source->bytes_read += (uint64_t)n;
            return n;
        }
        if (n == 0)
            return tki_err_set(err, TK_EIO, "a temporary file became shorter");
        if (errno != EINTR)
            return tki_err_sys(err, "cannot read a temporary file");
    }
}

static void close_spool_source(struct tki_source *s)
{
    free(s->peeked);
    free(s);
}

int tki_spool_source(struct tki_spool *s, struct tki_source **out, struct tk_err *err)
{
    struct spool_source *r = calloc(1, sizeof *r);
    *out = NULL;
    if (!r)
        return tki_err_memory(err);
    r->source.read = read_spool;
    r->source.close = close_spool_source;
    r->spool = s;
    *out = &r->source;
    return 0;
}

void tki_spool_close(struct tki_spool *s)
{
    if (!s)
        return;
    tki_buf_free(&s->head);
    if (s->fd >= 0)
        close(s->fd);
    free(s->tmpdir);
    free(s);
}
