#include "io/archive.h"

#include <stdlib.h>

#include "base/buf.h"
#include "base/err.h"

enum { BLOCK = 512, LONG_MAX_BYTES = 1 << 20, SKIP_BYTES = 32 * 1024 };

/* A header: ustar's fields, which V7 has as far as the name of a link. */
enum {
    NAME = 0,
    NAME_N = 100,
    SIZE = 124,
    SIZE_N = 12,
    SUM = 148,
    SUM_N = 8,
    TYPE = 156,
    MAGIC = 257,
    PREFIX = 345,
    PREFIX_N = 155
};

struct tki_archive {
    struct tki_source *up;
    uint64_t left;    /* bytes of the member that are not read */
    unsigned padding; /* behind them */
    bool marked;      /* a block of zeros stands behind the member before: the archive may end */
    bool broken;      /* its bytes ended, or cannot be read: that was said */
    struct tki_buf name;
    uint64_t left_out;
};

/* ---- headers ---- */

/* Octal digits, or where the first bit is set a number of 8 bytes or more.  Returns false when it is neither. */
static bool number(const char *p, size_t n, uint64_t *x)
{
    *x = 0;
    if ((unsigned char)*p == 0x80) {
        for (size_t i = 1; i < n; i++) {
            if (*x >> 56)
                return false;
            *x = *x << 8 | (unsigned char)p[i];
        }
        return true;
    }
    size_t i = 0;
    while (i < n && p[i] == ' ')
        i++;
    size_t first = i;
    for (; i < n && p[i] >= '0' && p[i] <= '7'; i++)
        *x = *x << 3 | (uint64_t)(p[i] - '0');
    return i > first && (i == n || p[i] == 0 || p[i] == ' ');
}

/* The sum of a header's bytes, its own field being blanks.  Some wrote the sum of signed bytes. */
static bool sum_is_right(const char *h)
{
    uint64_t want;
    int64_t bytes = 0, chars = 0;
    if (!number(h + SUM, SUM_N, &want))
        return false;
    for (int i = 0; i < BLOCK; i++) {
        char c = i >= SUM && i < SUM + SUM_N ? ' ' : h[i];
        bytes += (unsigned char)c;
        chars += (signed char)c;
    }
    return (int64_t)want == bytes || (int64_t)want == chars;
}

bool tki_archive_is(tk_str head)
{
    uint64_t size;
    return head.n >= BLOCK && head.p[NAME] && sum_is_right(head.p) && number(head.p + SIZE, SIZE_N, &size);
}

static bool all_zero(const char *h)
{
    for (int i = 0; i < BLOCK; i++)
        if (h[i])
            return false;
    return true;
}

static tk_str field(const char *p, size_t n)
{
    const char *end = memchr(p, 0, n);
    return (tk_str){p, end ? (size_t)(end - p) : n};
}

/* ---- reading ---- */

static ptrdiff_t read_up(struct tki_archive *a, void *to, size_t n, struct tk_err *err)
{
    ptrdiff_t got = tki_source_read(a->up, to, n, err);
    a->broken = a->broken || got <= 0;
    return got;
}

static int skip(struct tki_archive *a, uint64_t n, struct tk_err *err)
{
    char bytes[SKIP_BYTES];
    while (n) {
        ptrdiff_t got = read_up(a, bytes, n < sizeof bytes ? (size_t)n : sizeof bytes, err);
        if (got < 0)
            return (int)got;
        if (got == 0)
            return tki_err_set(err, TK_ETRUNCATED, "the archive ends inside a member (%llu bytes are missing)",
                               (unsigned long long)n);
        n -= (uint64_t)got;
    }
    return 0;
}

/* The bytes of what a header announces, into the buffer, and what is behind them. */
static int content(struct tki_archive *a, struct tki_buf *to, struct tk_err *err)
{
    if (a->left > LONG_MAX_BYTES)
        return tki_err_set(err, TK_ELIMIT, "a name in the archive is longer than %d bytes", LONG_MAX_BYTES);
    tki_buf_reset(to);
    for (size_t n; (n = (size_t)a->left) > 0;) {
        char *room = tki_buf_room(to, n);
        if (!room)
            return tki_err_memory(err);
        ptrdiff_t got = read_up(a, room, n, err);
        if (got < 0)
            return (int)got;
        if (got == 0)
            return tki_err_set(err, TK_ETRUNCATED, "the archive ends inside the name of a member");
        to->n += (size_t)got;
        a->left -= (uint64_t)got;
    }
    unsigned padding = a->padding;
    a->padding = 0;
    return skip(a, padding, err);
}

/* Returns 1 with the next header that is not zero, or 0 at the end. */
static int header(struct tki_archive *a, char h[BLOCK], struct tk_err *err)
{
    do {
        size_t n = 0;
        while (n < BLOCK) {
            ptrdiff_t got = read_up(a, h + n, BLOCK - n, err);
            if (got < 0)
                return (int)got;
            if (got == 0 && n == 0)
                return a->marked ? 0
                                 : tki_err_set(err, TK_ETRUNCATED,
                                               "the archive lacks the mark of its end: members may be missing");
            if (got == 0)
                return tki_err_set(err, TK_ETRUNCATED, "the archive ends inside the header of a member");
            n += (size_t)got;
        }
        a->marked = a->marked || all_zero(h);
    } while (all_zero(h));
    a->marked = false;
    a->broken = !sum_is_right(h) || !number(h + SIZE, SIZE_N, &a->left);
    if (a->broken)
        return tki_err_set(err, TK_EINVALID,
                           "the header of a member is damaged: what follows in the archive is not read");
    a->padding = (unsigned)(-a->left & (BLOCK - 1));
    return 1;
}

/* ---- names ---- */

/* What was said of the member behind. */
struct said {
    bool name, size, holes;
    uint64_t bytes;
};

/* What a pax header says of the member behind it: lines of a length, a blank, KEY=VALUE and a line break.  Returns
 * false when it is none. */
static bool pax(tk_str text, struct tki_archive *a, struct said *x)
{
    while (text.n) {
        size_t n = 0, digits = 0;
        while (digits < text.n && digits < 10 && text.p[digits] >= '0' && text.p[digits] <= '9')
            n = n * 10 + (size_t)(text.p[digits++] - '0');
        if (!digits || n > text.n || n < digits + 3 || text.p[digits] != ' ' || text.p[n - 1] != '\n')
            return false;
        tk_str line = {text.p + digits + 1, n - digits - 2};
        const char *equals = tki_str_find(line, '=');
        if (!equals)
            return false;
        tk_str key = {line.p, (size_t)(equals - line.p)}, value = {equals + 1, line.n - key.n - 1};
        if (TKI_STR_IS(key, "path")) {
            tki_buf_reset(&a->name);
            tki_buf_str(&a->name, value);
            x->name = true;
        } else if (TKI_STR_IS(key, "size")) {
            x->size = true;
            x->bytes = 0;
            for (size_t i = 0; i < value.n; i++) {
                if (value.p[i] < '0' || value.p[i] > '9' || x->bytes > UINT64_MAX / 20)
                    return false;
                x->bytes = x->bytes * 10 + (uint64_t)(value.p[i] - '0');
            }
        } else if (tki_str_starts(key, TKI_STR("GNU.sparse."))) {
            x->holes = true;
        }
        text = (tk_str){text.p + n, text.n - n};
    }
    return true;
}

static void put_name(struct tki_archive *a, const char *h)
{
    tk_str prefix = field(h + PREFIX, PREFIX_N);
    tki_buf_reset(&a->name);
    if (memcmp(h + MAGIC, "ustar\0", 6) == 0 && prefix.n) { /* GNU has times there */
        tki_buf_str(&a->name, prefix);
        tki_buf_putc(&a->name, '/');
    }
    tki_buf_str(&a->name, field(h + NAME, NAME_N));
}

static bool hidden(tk_str name)
{
    const char *slash = memrchr(name.p, '/', name.n), *base = slash ? slash + 1 : name.p;
    return base < name.p + name.n && *base == '.';
}

/* ---- members ---- */

struct member {
    struct tki_source source;
    struct tki_archive *archive;
};

static ptrdiff_t read_member(struct tki_source *s, void *to, size_t cap, struct tk_err *err)
{
    struct tki_archive *a = ((struct member *)s)->archive;
    size_t n = a->left < cap ? (size_t)a->left : cap;
    if (n == 0)
        return 0;
    ptrdiff_t got = read_up(a, to, n, err);
    if (got == 0)
        return tki_err_set(err, TK_ETRUNCATED, "the archive ends inside this member (%llu bytes are missing)",
                           (unsigned long long)a->left);
    if (got > 0)
        a->left -= (uint64_t)got;
    return got;
}

static void close_member(struct tki_source *s)
{
    free(s->peeked);
    free(s);
}

static int open_member(struct tki_archive *a, struct tki_source **out, struct tk_err *err)
{
    struct member *m = calloc(1, sizeof *m);
    if (!m)
        return tki_err_memory(err);
    m->source = (struct tki_source){.read = read_member, .close = close_member};
    m->archive = a;
    *out = &m->source;
    return 1;
}

/* Takes in a header of what is behind it, a name or what pax says. */
static int announced(struct tki_archive *a, char type, struct said *x, struct tk_err *err)
{
    struct tki_buf text = {0};
    int r = content(a, &text, err), failed = 0;
    tk_str said = tki_buf_text(&text, &failed);
    if (r == 0 && failed)
        r = tki_err_memory(err);
    if (r == 0 && type == 'L') {
        tki_buf_reset(&a->name);
        tki_buf_str(&a->name, field(said.p, said.n));
        x->name = true;
    } else if (r == 0 && type == 'x' && !pax(said, a, x)) {
        a->broken = true;
        r = tki_err_set(err, TK_EINVALID, "a pax header is damaged: what follows in the archive is not read");
    }
    tki_buf_free(&text);
    return r;
}

/* Reads headers up to that of a file: 1; or 0, or an error. */
static int next_file(struct tki_archive *a, struct tk_err *err)
{
    char h[BLOCK];
    struct said x = {0};
    for (int r;;) {
        if ((r = skip(a, a->left + a->padding, err)) < 0 || (r = header(a, h, err)) <= 0)
            return r;
        char type = h[TYPE];
        if (type == 'L' || type == 'x' || type == 'K' || type == 'g') {
            if ((r = announced(a, type, &x, err)) < 0)
                return r;
            continue;
        }
        if (!x.name)
            put_name(a, h);
        if (x.size) {
            a->left = x.bytes;
            a->padding = (unsigned)(-x.bytes & (BLOCK - 1));
        }
        bool holes = x.holes || type == 'S' || type == 'M';
        bool folder = type == '5' || type == 'D' || (type == 0 && a->name.n && a->name.p[a->name.n - 1] == '/');
        bool file = !folder && (type == '0' || type == 0 || type == '7');
        x = (struct said){0};
        if (holes)
            return tki_err_set(err, TK_EUNSUPPORTED,
                               "a file with holes, or in several volumes: unpack the archive first");
        if (file && !hidden((tk_str){a->name.p, a->name.n}))
            return 1;
        if (type >= '1' && type <= '6')
            a->left = a->padding = 0; /* links, devices and folders may have a size, and have no bytes */
        a->left_out += !folder;
    }
}

int tki_archive_next(struct tki_archive *a, struct tki_source **member, struct tk_err *err)
{
    tki_buf_reset(&a->name);
    if (a->broken)
        return 0;
    int r = next_file(a, err);
    if (r < 0 && r != TK_EUNSUPPORTED)
        tki_buf_reset(&a->name);
    tki_buf_putc(&a->name, 0);
    if (a->name.err)
        return tki_err_memory(err);
    return r == 1 ? open_member(a, member, err) : r;
}

const char *tki_archive_name(const struct tki_archive *a)
{
    return a->name.n && !a->name.err ? a->name.p : "";
}

uint64_t tki_archive_left_out(const struct tki_archive *a)
{
    return a->left_out;
}

uint64_t tki_archive_bytes_read(const struct tki_archive *a)
{
    return tki_source_bytes_read(a->up);
}

int tki_archive_open(struct tki_archive **a, struct tki_source *up, struct tk_err *err)
{
    *a = calloc(1, sizeof **a);
    if (!*a)
        return tki_err_memory(err);
    (*a)->up = up;
    return 0;
}

void tki_archive_close(struct tki_archive *a)
{
    if (!a)
        return;
    tki_source_close(a->up);
    tki_buf_free(&a->name);
    free(a);
}
