#include "io/source.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "io/again.h"
#include "io/ahead.h"
#include "io/fault.h"
#include "io/frames.h"

enum { PIPE_BYTES = 1 << 20 };

/* ---- files and pipes ---- */

/* Regular files are read at positions of our own: that of the descriptor may be another program's, too, and moves when
 * the source is closed. */
struct tki_file {
    int fd;
    bool own, regular;
    uint64_t size; /* of a regular file, when it was opened; 0: the file system does not say (/proc), or it was empty */
    uint64_t device, inode;
    _Atomic unsigned holders;
};

struct file_source {
    struct tki_source source;
    struct tki_file *file;
    uint64_t at; /* in a regular file, of what is read next */
};

/* How many of cap bytes at `at` a regular file may be asked for.  What is written behind the size that the file had
 * is not read: so reading a file that grows ends, and every pass reads the same. */
static size_t within(const struct tki_file *f, uint64_t at, size_t cap)
{
    uint64_t left = f->size > at ? f->size - at : 0;
    return f->size && left < cap ? (size_t)left : cap;
}

/* pread found no more bytes at `at`, before the size that the file had.  0: the file occupies no blocks, so sizes say
 * nothing in its file system (/sys). */
static int ended_early(const struct tki_file *f, uint64_t at, struct tk_err *err)
{
    struct stat st;
    if (fstat(f->fd, &st) < 0)
        return tki_err_sys(err, "cannot read");
    if ((uint64_t)st.st_size < f->size)
        return tki_err_set(err, TK_ETRUNCATED,
                           "the file became shorter while it was read: %" PRIu64 " of %" PRIu64 " bytes are left",
                           (uint64_t)st.st_size, f->size);
    if (st.st_blocks == 0)
        return 0;
    return tki_err_set(err, TK_ETRUNCATED, "the file ended after %" PRIu64 " of the %" PRIu64 " bytes of its size", at,
                       f->size);
}

static ptrdiff_t read_file(struct tki_source *s, void *to, size_t cap, struct tk_err *err)
{
    struct file_source *fs = (struct file_source *)s;
    const struct tki_file *f = fs->file;
    if (f->regular && (cap = within(f, fs->at, cap)) == 0)
        return 0;
    for (;;) {
        ssize_t n = f->regular ? pread(f->fd, to, cap, (off_t)fs->at) : read(f->fd, to, cap);
        if (n == 0 && f->regular && f->size)
            return ended_early(f, fs->at, err);
        if (n >= 0) {
            fs->at += (uint64_t)n;
            s->bytes_read += (uint64_t)n;
            return n;
        }
        if (!tki_io_again(f->fd, POLLIN))
            return tki_err_sys(err, "cannot read");
    }
}

static void close_file(struct tki_source *s)
{
    struct file_source *fs = (struct file_source *)s;
    const struct tki_file *f = fs->file;
    if (f->regular && !f->own)
        (void)lseek(f->fd, (off_t)fs->at, SEEK_SET);
    tki_file_drop(fs->file);
    free(s->peeked);
    free(s);
}

struct tki_file *tki_source_file(const struct tki_source *s, uint64_t *at)
{
    if (s->read != read_file || s->peek_n || s->at_end || s->fault.code)
        return NULL;
    const struct file_source *fs = (const struct file_source *)s;
    *at = fs->at;
    return fs->file->regular ? fs->file : NULL;
}

void tki_source_skip(struct tki_source *s, size_t n)
{
    struct file_source *fs = (struct file_source *)s;
    fs->at += n;
    s->bytes_read += n;
}

struct tki_identity tki_source_identity(const struct tki_source *s)
{
    const struct tki_file *f = s->read == read_file ? ((const struct file_source *)s)->file : NULL;
    if (!f || !f->regular)
        return (struct tki_identity){0};
    return (struct tki_identity){true, f->device, f->inode, f->size};
}

int tki_source_again(struct tki_source *s, const struct tki_identity *before, struct tk_err *err)
{
    struct tki_identity now = tki_source_identity(s);
    if (!before->known)
        return 0;
    if (!now.known || now.device != before->device || now.inode != before->inode)
        return tki_err_set(err, TK_EIO, "the file was replaced by another while it was read");
    ((struct file_source *)s)->file->size = before->size;
    return 0;
}

void tki_file_hold(struct tki_file *f)
{
    f->holders++;
}

void tki_file_drop(struct tki_file *f)
{
    if (!f || --f->holders)
        return;
    if (f->own)
        close(f->fd);
    free(f);
}

uint64_t tki_file_size(const struct tki_file *f)
{
    return f->size;
}

size_t tki_file_read(const struct tki_file *f, void *to, size_t n, uint64_t at)
{
    size_t done = 0;
    n = within(f, at, n);
    while (done < n) {
        ssize_t got = pread(f->fd, (char *)to + done, n - done, (off_t)(at + done));
        if (got <= 0)
            break;
        done += (size_t)got;
    }
    return done;
}

/* The descriptor is open; on a failure the caller closes it. */
static int open_fd(struct tki_source **out, int fd, bool own, struct tk_err *err)
{
    struct stat st;
    if (fstat(fd, &st) < 0) /* standard input may be closed */
        return tki_err_sys(err, "cannot open");
    if (S_ISDIR(st.st_mode))
        return tki_err_set(err, TK_EIO, "is a directory: --recursive reads the files in it");
    struct file_source *fs = calloc(1, sizeof *fs);
    struct tki_file *f = calloc(1, sizeof *f);
    if (!fs || !f) {
        free(fs);
        free(f);
        return tki_err_memory(err);
    }
    off_t at = S_ISREG(st.st_mode) ? lseek(fd, 0, SEEK_CUR) : -1;
    if (S_ISFIFO(st.st_mode)) /* fewer switches; refused where the user is over the limit */
        (void)fcntl(fd, F_SETPIPE_SZ, PIPE_BYTES);
    else
        (void)posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL);
    *f = (struct tki_file){.fd = fd,
                           .own = own,
                           .regular = at >= 0,
                           .size = (uint64_t)st.st_size,
                           .device = st.st_dev,
                           .inode = st.st_ino,
                           .holders = 1};
    *fs = (struct file_source){
        .source = {.read = read_file, .close = close_file}, .file = f, .at = at >= 0 ? (uint64_t)at : 0};
    *out = &fs->source;
    return 0;
}

int tki_source_open(struct tki_source **out, const char *path, struct tk_err *err)
{
    bool standard = !path || strcmp(path, "-") == 0;
    *out = NULL;
    tki_err_source(err, standard ? "standard input" : path);
    int fd = standard ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return tki_err_sys(err, "cannot open");
    int r = open_fd(out, fd, !standard, err);
    if (r < 0 && !standard)
        close(fd);
    return r;
}

int tki_source_open_fd(struct tki_source **out, int fd, struct tk_err *err)
{
    *out = NULL;
    return open_fd(out, fd, false, err);
}

/* ---- memory ---- */

struct memory {
    struct tki_source source;
    const char *p;
    size_t n, chunk;
};

static ptrdiff_t read_memory(struct tki_source *s, void *to, size_t cap, struct tk_err *err)
{
    struct memory *m = (struct memory *)s;
    (void)err;
    size_t n = m->n < cap ? m->n : cap;
    if (m->chunk && n > m->chunk)
        n = m->chunk;
    if (n) {
        memcpy(to, m->p, n);
        m->p += n;
        m->n -= n;
    }
    s->bytes_read += n;
    return (ptrdiff_t)n;
}

static void close_memory(struct tki_source *s)
{
    free(s->peeked);
    free(s);
}

int tki_source_open_memory(struct tki_source **out, const void *p, size_t n, size_t chunk, struct tk_err *err)
{
    struct memory *m = calloc(1, sizeof *m);
    *out = NULL;
    if (!m)
        return tki_err_memory(err);
    m->source.read = read_memory;
    m->source.close = close_memory;
    m->p = p;
    m->n = n;
    m->chunk = chunk;
    *out = &m->source;
    return 0;
}

/* ---- functions ---- */

struct callback {
    struct tki_source source;
    ptrdiff_t (*read)(void *ctx, void *to, size_t cap, struct tk_err *err);
    void *ctx;
};

static ptrdiff_t read_callback(struct tki_source *s, void *to, size_t cap, struct tk_err *err)
{
    const struct callback *c = (const struct callback *)s;
    struct tk_err said = {0};
    ptrdiff_t n = c->read(c->ctx, to, cap, &said);
    if (n > 0 && (size_t)n > cap)
        return tki_err_set(err, TK_EUSAGE, "the function that reads says %td bytes and had room for %zu", n, cap);
    if (n >= 0) {
        s->bytes_read += (uint64_t)n;
        return n;
    }
    int code = n >= TK_EUSAGE ? (int)n : TK_EIO;
    said.text[sizeof said.text - 1] = 0;
    tki_err_set(err, code, "%s", said.text[0] ? said.text : "the function that reads failed");
    if (err)
        err->sys_errno = said.sys_errno;
    return code;
}

int tki_source_open_callback(struct tki_source **out, ptrdiff_t (*read)(void *, void *, size_t, struct tk_err *),
                             void *ctx, struct tk_err *err)
{
    struct callback *c = calloc(1, sizeof *c);
    *out = NULL;
    if (!c)
        return tki_err_memory(err);
    c->source.read = read_callback;
    c->source.close = close_memory;
    c->read = read;
    c->ctx = ctx;
    *out = &c->source;
    return 0;
}

/* ---- peek, consume, read ---- */

/* Asks the source itself, and remembers how it ended: a fault stays a fault. */
static ptrdiff_t fetch(struct tki_source *s, void *to, size_t cap)
{
    struct tk_err e = {0};
    ptrdiff_t n = s->read(s, to, cap, &e);
    if (n < 0) {
        s->fault = e;
        s->fault.code = (int)n;
    }
    s->at_end = n == 0;
    return n;
}

const char *tki_source_peek(struct tki_source *s, size_t min, size_t *avail, struct tk_err *err)
{
    *avail = 0;
    if (err)
        err->code = 0;
    if (min > TKI_PEEK_MAX)
        min = TKI_PEEK_MAX;
    if (!s->peeked && !(s->peeked = malloc(TKI_PEEK_MAX))) {
        tki_err_memory(err);
        return NULL;
    }
    if (s->peek_n < min && s->peek_at) {
        memmove(s->peeked, s->peeked + s->peek_at, s->peek_n);
        s->peek_at = 0;
    }
    while (s->peek_n < min && !s->at_end && !s->fault.code) {
        ptrdiff_t n = fetch(s, s->peeked + s->peek_n, TKI_PEEK_MAX - s->peek_n);
        if (n > 0)
            s->peek_n += (size_t)n;
    }
    *avail = s->peek_n;
    if (s->peek_n == 0 && s->fault.code) {
        tki_fault_report(&s->fault, err);
        return NULL;
    }
    return s->peeked + s->peek_at;
}

void tki_source_consume(struct tki_source *s, size_t n)
{
    if (n > s->peek_n)
        n = s->peek_n;
    s->peek_at += n;
    s->peek_n -= n;
    if (s->peek_n == 0)
        s->peek_at = 0;
}

ptrdiff_t tki_source_read(struct tki_source *s, void *to, size_t cap, struct tk_err *err)
{
    assert(cap); /* 0 would look like the end */
    if (s->peek_n) {
        size_t n = s->peek_n < cap ? s->peek_n : cap;
        memcpy(to, s->peeked + s->peek_at, n);
        tki_source_consume(s, n);
        return (ptrdiff_t)n;
    }
    if (s->at_end)
        return 0;
    ptrdiff_t n = s->fault.code ? s->fault.code : fetch(s, to, cap);
    return n < 0 ? tki_fault_report(&s->fault, err) : n;
}

uint64_t tki_source_bytes_read(const struct tki_source *s)
{
    while (s->up && !s->counts)
        s = s->up;
    return s->bytes_read;
}

bool tki_source_waits(const struct tki_source *s)
{
    while (s->up)
        s = s->up;
    if (s->read == read_file)
        return !((const struct file_source *)s)->file->regular;
    return s->read != read_memory;
}

void tki_source_close(struct tki_source *s)
{
    if (s)
        s->close(s);
}

/* ---- filters ---- */

/* What is recognised and not read. */
static const struct unread {
    const char *magic;
    size_t n;
    const char *name, *tool;
} unread[] = {
    {"\x02\x21\x4c\x18", 4, "lz4 of its legacy format", "lz4 -dc"},
    {"\xff\x06\x00\x00sNaPpY", 10, "snappy", "snzip -dc"},
    {"PK\x03\x04", 4, "a zip archive", "unzip -p"},
};

static const struct unread *find_unread(const char *head, size_t n)
{
    for (size_t i = 0; i < sizeof unread / sizeof *unread; i++) {
        if (n >= unread[i].n && memcmp(head, unread[i].magic, unread[i].n) == 0)
            return &unread[i];
    }
    return NULL;
}

int tki_source_add_filters(struct tki_source **s, unsigned threads, struct tk_err *err)
{
    static const struct tki_filter *const filters[] = {&tki_filter_zstd,  &tki_filter_gzip,   &tki_filter_xz,
                                                       &tki_filter_bzip2, &tki_filter_lz4,    &tki_filter_base64,
                                                       &tki_filter_utf16, &tki_filter_msgpack};
    for (int depth = 0;; depth++) {
        size_t n;
        const char *head = tki_source_peek(*s, TKI_PEEK_MAX, &n, err);
        if (!head)
            return (*s)->fault.code ? (*s)->fault.code : TK_ENOMEM;
        const struct unread *u = find_unread(head, n);
        if (u)
            return tki_err_at(err, TK_EUNSUPPORTED, 0,
                              "compressed with %s, which is not read: decompress it first (%s)", u->name, u->tool);
        const struct tki_filter *best = NULL;
        unsigned bits = 0;
        for (size_t i = 0; i < sizeof filters / sizeof *filters; i++) {
            unsigned b = filters[i]->bid((tk_str){head, n});
            if (b > bits) {
                bits = b;
                best = filters[i];
            }
        }
        if (!best)
            return 0;
        if (depth == TKI_FILTERS_MAX)
            return tki_err_at(err, TK_ELIMIT, 0, "compressed more than %d times", TKI_FILTERS_MAX);
        struct tki_source *filter;
        bool frames = threads > 1 && best->frames;
        int r = frames ? tki_frames_open(&filter, best, *s, threads, err) : best->open(&filter, *s, err);
        if (r < 0)
            return r;
        *s = filter;
        if (threads > 1 && !frames && (r = tki_ahead_open(s, filter, err)) < 0)
            return r;
    }
}
