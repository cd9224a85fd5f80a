/* MessagePack as Datadog's tracers send it to the agent (v0.4 and v0.5), as the JSON of v0.4: a line for each body, as
 * many as there are one after another.
 *
 * v0.5 is [strings, traces]: a span is an array of twelve, with numbers of strings instead of these.  A body is held
 * whole, up to 64 MiB.  Texts may come as str or bin; bin that is a map by itself (meta_struct) becomes that map.
 */
#include <math.h>
#include <stdlib.h>

#include "base/err.h"
#include "base/num.h"
#include "io/source.h"

enum { BODY_MAX = 64 << 20, READ_BYTES = 128 * 1024, DEPTH_MAX = 64 };

enum type { NIL, BOOL, UINT, INT, DOUBLE, STR, BIN, EXT, ARRAY, MAP };

struct item {
    enum type type;
    uint64_t u; /* UINT; INT: the bits; BOOL; ARRAY, MAP: elements, pairs */
    double d;
    tk_str s; /* STR, BIN, EXT */
};

struct cursor {
    const unsigned char *p, *end;
    bool bad; /* no MessagePack */
};

/* ---- reading ---- */

static uint64_t be(const unsigned char *p, unsigned n)
{
    uint64_t x = 0;
    while (n--)
        x = x << 8 | *p++;
    return x;
}

static int64_t sign(uint64_t x, unsigned bytes)
{
    unsigned shift = 64 - 8 * bytes;
    return (int64_t)(x << shift) >> shift;
}

static double real(uint64_t bits, unsigned bytes)
{
    uint32_t half = (uint32_t)bits;
    float f;
    double d;
    memcpy(&f, &half, sizeof f);
    memcpy(&d, &bits, sizeof d);
    return bytes == 4 ? f : d;
}

/* What types from 0xc0 on are, and how many bytes of a number or a length follow. */
static bool header(unsigned char c, enum type *type, unsigned *bytes)
{
    static const struct {
        uint8_t type, bytes;
    } of[] = {{NIL, 0}, {EXT, 255}, {BOOL, 0},   {BOOL, 0},   {BIN, 1},   {BIN, 2},   {BIN, 4},  {EXT, 1},
              {EXT, 2}, {EXT, 4},   {DOUBLE, 4}, {DOUBLE, 8}, {UINT, 1},  {UINT, 2},  {UINT, 4}, {UINT, 8},
              {INT, 1}, {INT, 2},   {INT, 4},    {INT, 8},    {EXT, 0},   {EXT, 0},   {EXT, 0},  {EXT, 0},
              {EXT, 0}, {STR, 1},   {STR, 2},    {STR, 4},    {ARRAY, 2}, {ARRAY, 4}, {MAP, 2},  {MAP, 4}};
    *type = of[c - 0xc0].type;
    *bytes = of[c - 0xc0].bytes;
    return *bytes != 255;
}

/* The next item, without its elements.  Returns false at the end of the bytes, or when they are none. */
static bool next(struct cursor *c, struct item *x)
{
    unsigned bytes = 0;
    if (c->p == c->end)
        return false;
    unsigned char b = *c->p++;
    *x = (struct item){0};
    if (b < 0x80 || b >= 0xe0)
        *x = (struct item){.type = b < 0x80 ? UINT : INT, .u = (uint64_t)(int64_t)(signed char)b};
    else if (b < 0xc0)
        *x = (struct item){.type = b < 0x90 ? MAP : b < 0xa0 ? ARRAY : STR, .u = b & (b < 0xa0 ? 15 : 31)};
    else if (!header(b, &x->type, &bytes))
        c->bad = true;
    if (c->bad || (size_t)(c->end - c->p) < bytes)
        return false;
    if (bytes)
        x->u = be(c->p, bytes);
    c->p += bytes;
    if (x->type == BOOL)
        x->u = b == 0xc3;
    else if (x->type == INT && bytes)
        x->u = (uint64_t)sign(x->u, bytes);
    else if (x->type == DOUBLE)
        x->d = real(x->u, bytes);
    if (x->type != STR && x->type != BIN && x->type != EXT)
        return true;
    uint64_t n = x->type == EXT ? 1 + (bytes ? x->u : UINT64_C(1) << (b - 0xd4)) : x->u;
    if ((uint64_t)(c->end - c->p) < n)
        return false;
    x->s = (tk_str){(const char *)c->p, (size_t)n};
    c->p += n;
    return true;
}

/* Steps over one value.  Returns false when its end is not there, or c->bad. */
static bool skip(struct cursor *c)
{
    struct item x;
    for (uint64_t left = 1; left; left--) {
        if (!next(c, &x))
            return false;
        if ((x.type == ARRAY || x.type == MAP) && x.u > BODY_MAX)
            c->bad = true;
        if (c->bad)
            return false;
        left += x.type == ARRAY ? x.u : x.type == MAP ? 2 * x.u : 0;
    }
    return true;
}

/* ---- writing ---- */

static void put_text(struct tki_buf *to, tk_str s)
{
    tki_buf_putc(to, '"');
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        if (c < ' ')
            tki_buf_printf(to, "\\u%04x", c);
        else if (c == '"' || c == '\\')
            tki_buf_printf(to, "\\%c", c);
        else
            tki_buf_putc(to, (char)c);
    }
    tki_buf_putc(to, '"');
}

static void put_double(struct tki_buf *to, double d)
{
    if (isfinite(d))
        tki_buf_double(to, d);
    else
        tki_buf_str(to, isnan(d) ? TKI_STR("\"NaN\"") : d < 0 ? TKI_STR("\"-Infinity\"") : TKI_STR("\"Infinity\""));
}

static bool put_value(struct tki_buf *to, struct cursor *c, unsigned depth, bool id);

static bool is_id(tk_str key)
{
    static const char end[] = "_id";
    return key.n > sizeof end - 1 && memcmp(key.p + key.n - (sizeof end - 1), end, sizeof end - 1) == 0;
}

static bool put_members(struct tki_buf *to, struct cursor *c, const struct item *x, unsigned depth)
{
    bool map = x->type == MAP;
    tki_buf_putc(to, map ? '{' : '[');
    for (uint64_t i = 0; i < x->u; i++) {
        struct item key = {0};
        if (i)
            tki_buf_putc(to, ',');
        if (map && (!next(c, &key) || (key.type != STR && key.type != BIN)))
            return false;
        if (map) {
            put_text(to, key.s);
            tki_buf_putc(to, ':');
        }
        if (!put_value(to, c, depth + 1, map && is_id(key.s)))
            return false;
    }
    tki_buf_putc(to, map ? '}' : ']');
    return true;
}

/* Bytes that are one map in themselves. */
static bool is_map(tk_str s)
{
    struct cursor c = {(const unsigned char *)s.p, (const unsigned char *)s.p + s.n, false};
    bool map = s.n && ((*c.p >= 0x80 && *c.p < 0x90) || *c.p == 0xde || *c.p == 0xdf);
    return map && skip(&c) && c.p == c.end;
}

/* id: a negative number is the 64 bits of an id. */
static bool put_value(struct tki_buf *to, struct cursor *c, unsigned depth, bool id)
{
    struct item x;
    if (depth > DEPTH_MAX || !next(c, &x))
        return false;
    switch (x.type) {
    case NIL: tki_buf_lit(to, "null"); return true;
    case BOOL: tki_buf_str(to, x.u ? TKI_STR("true") : TKI_STR("false")); return true;
    case UINT: tki_buf_u64(to, x.u); return true;
    case INT: id ? tki_buf_u64(to, x.u) : tki_buf_i64(to, (int64_t)x.u); return true;
    case DOUBLE: put_double(to, x.d); return true;
    case BIN:
        if (is_map(x.s)) {
            struct cursor inside = {(const unsigned char *)x.s.p, (const unsigned char *)x.s.p + x.s.n, false};
            return put_value(to, &inside, depth + 1, false);
        }
        put_text(to, x.s);
        return true;
    case STR: put_text(to, x.s); return true;
    case EXT:
        tki_buf_putc(to, '"');
        tki_buf_base64(to, x.s.p, x.s.n);
        tki_buf_putc(to, '"');
        return true;
    default: return put_members(to, c, &x, depth);
    }
}

/* ---- v0.5 ---- */

struct strings {
    tk_str *at;
    uint64_t n;
};

static bool put_string(struct tki_buf *to, struct cursor *c, const struct strings *s)
{
    struct item x;
    if (!next(c, &x) || x.type != UINT || x.u >= s->n)
        return false;
    put_text(to, s->at[x.u]);
    return true;
}

static bool put_pairs(struct tki_buf *to, struct cursor *c, const struct strings *s, bool numbers)
{
    struct item x;
    if (!next(c, &x) || x.type != MAP)
        return false;
    tki_buf_putc(to, '{');
    for (uint64_t i = 0; i < x.u; i++) {
        if (i)
            tki_buf_putc(to, ',');
        if (!put_string(to, c, s))
            return false;
        tki_buf_putc(to, ':');
        if (!(numbers ? put_value(to, c, 0, false) : put_string(to, c, s)))
            return false;
    }
    tki_buf_putc(to, '}');
    return true;
}

static bool put_span(struct tki_buf *to, struct cursor *c, const struct strings *s)
{
    static const struct {
        const char *name;
        enum { STRING, NUMBER, ID, TEXTS, NUMBERS } kind;
    } members[] = {{"service", STRING}, {"name", STRING},  {"resource", STRING}, {"trace_id", ID},
                   {"span_id", ID},     {"parent_id", ID}, {"start", NUMBER},    {"duration", NUMBER},
                   {"error", NUMBER},   {"meta", TEXTS},   {"metrics", NUMBERS}, {"type", STRING}};
    enum { MEMBERS = sizeof members / sizeof *members };
    struct item x;
    if (!next(c, &x) || x.type != ARRAY || x.u != MEMBERS)
        return false;
    for (int i = 0; i < MEMBERS; i++) {
        bool good;
        tki_buf_printf(to, "%c\"%s\":", i ? ',' : '{', members[i].name);
        switch (members[i].kind) {
        case STRING: good = put_string(to, c, s); break;
        case TEXTS: good = put_pairs(to, c, s, false); break;
        case NUMBERS: good = put_pairs(to, c, s, true); break;
        default: good = put_value(to, c, 0, members[i].kind == ID);
        }
        if (!good)
            return false;
    }
    tki_buf_putc(to, '}');
    return true;
}

static bool put_traces(struct tki_buf *to, struct cursor *c, const struct strings *s)
{
    struct item traces, spans;
    if (!next(c, &traces) || traces.type != ARRAY)
        return false;
    tki_buf_putc(to, '[');
    for (uint64_t i = 0; i < traces.u; i++) {
        if (!next(c, &spans) || spans.type != ARRAY)
            return false;
        tki_buf_str(to, i ? TKI_STR(",[") : TKI_STR("["));
        for (uint64_t k = 0; k < spans.u; k++) {
            if (k)
                tki_buf_putc(to, ',');
            if (!put_span(to, c, s))
                return false;
        }
        tki_buf_putc(to, ']');
    }
    tki_buf_putc(to, ']');
    return true;
}

/* [strings, traces], of which the first string is "". */
static bool is_v05(struct cursor c)
{
    struct item x;
    return next(&c, &x) && x.type == ARRAY && x.u == 2 && next(&c, &x) && x.type == ARRAY && x.u && next(&c, &x) &&
           x.type == STR && x.s.n == 0;
}

static bool put_v05(struct tki_buf *to, struct cursor *c)
{
    struct item x;
    next(c, &x);
    next(c, &x);
    struct strings s = {.at = calloc(x.u, sizeof(tk_str)), .n = x.u}; /* skip saw them all: no more than bytes */
    bool good = s.at != NULL;
    if (!good)
        to->err = TK_ENOMEM;
    for (uint64_t i = 0; i < s.n && good; i++) {
        good = next(c, &x) && (x.type == STR || x.type == BIN);
        s.at[i] = x.s;
    }
    good = good && put_traces(to, c, &s);
    free(s.at);
    return good;
}

/* ---- the source ---- */

struct msgpack {
    struct tki_source source;
    struct tki_buf in, out;
    size_t at, given; /* what is done of them */
    bool ended;
};

static int more(struct msgpack *m, struct tk_err *err)
{
    if (m->at) {
        memmove(m->in.p, m->in.p + m->at, m->in.n - m->at);
        m->in.n -= m->at;
        m->at = 0;
    }
    if (m->in.n > BODY_MAX)
        return tki_err_at(err, TK_ELIMIT, 0, "a body of MessagePack is larger than 64 MiB");
    size_t want = m->in.n > READ_BYTES ? m->in.n : READ_BYTES; /* twice as much each time */
    char *to = tki_buf_room(&m->in, want);
    if (!to)
        return tki_err_memory(err);
    ptrdiff_t n = tki_source_read(m->source.up, to, want, err);
    if (n < 0)
        return (int)n;
    m->in.n += (size_t)n;
    m->ended = n == 0;
    return 0;
}

static int put_body(struct msgpack *m, struct cursor c, struct tk_err *err)
{
    tki_buf_reset(&m->out);
    m->given = 0;
    bool good = is_v05(c) ? put_v05(&m->out, &c) : put_value(&m->out, &c, 0, false);
    tki_buf_putc(&m->out, '\n');
    if (m->out.err)
        return tki_err_memory(err);
    return good ? 0 : tki_err_at(err, TK_EINVALID, 0, "damaged MessagePack: no traces of Datadog's v0.4 or v0.5");
}

static ptrdiff_t read_msgpack(struct tki_source *source, void *to, size_t cap, struct tk_err *err)
{
    struct msgpack *m = (struct msgpack *)source;
    while (m->given == m->out.n) {
        const unsigned char *p = (const unsigned char *)m->in.p + m->at;
        struct cursor c = {p, p + (m->in.n - m->at), false};
        if (m->in.n > m->at && skip(&c)) {
            int r = put_body(m, (struct cursor){p, c.p, false}, err);
            m->at += (size_t)(c.p - p);
            if (r < 0)
                return r;
            continue;
        }
        if (c.bad)
            return tki_err_at(err, TK_EINVALID, 0, "damaged MessagePack");
        if (m->ended)
            return m->in.n == m->at ? 0 : tki_err_at(err, TK_ETRUNCATED, 0, "the input ends inside MessagePack");
        int r = more(m, err);
        if (r < 0)
            return r;
    }
    size_t n = m->out.n - m->given < cap ? m->out.n - m->given : cap;
    memcpy(to, m->out.p + m->given, n);
    m->given += n;
    return (ptrdiff_t)n;
}

static void close_msgpack(struct tki_source *source)
{
    struct msgpack *m = (struct msgpack *)source;
    tki_source_close(source->up);
    free(source->peeked);
    tki_buf_free(&m->in);
    tki_buf_free(&m->out);
    free(m);
}

static int open_msgpack(struct tki_source **s, struct tki_source *up, struct tk_err *err)
{
    struct msgpack *m = calloc(1, sizeof *m);
    if (!m)
        return tki_err_memory(err);
    m->source = (struct tki_source){.read = read_msgpack, .close = close_msgpack, .up = up};
    *s = &m->source;
    return 0;
}

/* Lists of lists of spans, which have ids; or the strings of v0.5. */
static unsigned bid(tk_str head)
{
    static const char id[] = "\xa7"
                             "span_id";
    struct cursor c = {(const unsigned char *)head.p, (const unsigned char *)head.p + head.n, false};
    struct item x;
    if (is_v05(c))
        return 32;
    bool lists = next(&c, &x) && x.type == ARRAY && x.u && next(&c, &x) && x.type == ARRAY && x.u && next(&c, &x) &&
                 x.type == MAP && x.u;
    return lists && memmem(head.p, head.n, id, sizeof id - 1) ? 8 * (sizeof id - 1) : 0;
}

const struct tki_filter tki_filter_msgpack = {.name = "msgpack", .bid = bid, .open = open_msgpack};
