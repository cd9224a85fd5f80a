/* Decoders when memory ends: at each place where a batch takes memory, for every capture, and for what every format
 * writes of spans that have everything.  A decoder must say that memory ended, leave whole rows or none, and touch no
 * row that is not there, which the address sanitizer sees (make check-san).  The same for encoders, whose buffers end.
 *
 * Few of the places are tried at once; TRACEKIT_SLOW=1 tries all. */
#include <inttypes.h>

#include "format/lossless/lossless.h"
#include "format/otlp/otlp.h"
#include "oracle/captures.h"
#include "run/feed.h"
#include "view/targets.h"

enum { PIECE_MAX = 100 * 1024, RICH_SPANS = 40, FIRST = 40, SPREAD = 40 };

static bool slow;

static bool decodes(const struct tki_format *f, tk_str piece, struct tk_batch *b, int *code)
{
    struct tk_err err = {0};
    struct tki_decode d = {.in = piece, .needs = TK_NEED_ALL, .batch = b, .err = &err};
    *code = tki_format_run(f, &d);
    return *code == 0 && !b->err;
}

/* Reads all bytes of a string, for the sanitizer. */
static uint64_t touch(tk_str s)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < s.n; i++)
        sum += (unsigned char)s.p[i];
    return sum;
}

static bool within(tk_range r, uint32_t n)
{
    return r.count == 0 || (r.first < n && r.count <= n - r.first);
}

static bool value_whole(const struct tk_batch *b, const struct tk_value *v, unsigned depth)
{
    if (v->type == TK_STRING || v->type == TK_BYTES)
        return touch((tk_str){v->v.s, v->n}) < UINT64_MAX;
    if (v->type != TK_ARRAY && v->type != TK_KVLIST)
        return v->type <= TK_KVLIST;
    if (!within((tk_range){v->v.first, v->n}, b->nkids) || depth > 100)
        return false;
    for (uint32_t i = 0; i < v->n; i++)
        if (touch(b->kids[v->v.first + i].key) == UINT64_MAX ||
            !value_whole(b, &b->kids[v->v.first + i].value, depth + 1))
            return false;
    return true;
}

static bool attrs_whole(const struct tk_batch *b, tk_range r)
{
    if (!within(r, b->nattrs))
        return false;
    for (uint32_t i = 0; i < r.count; i++)
        if (touch(b->attrs[r.first + i].key) == UINT64_MAX || !value_whole(b, &b->attrs[r.first + i].value, 0))
            return false;
    return true;
}

/* What a span refers to and is not there, or NULL. */
static const char *missing(const struct tk_batch *b, const struct tk_span *s)
{
    if (s->resource >= b->nresources || s->scope >= b->nscopes)
        return "resource or scope";
    if (!attrs_whole(b, b->resources[s->resource].attrs) || !attrs_whole(b, b->scopes[s->scope].attrs))
        return "attributes of resource or scope";
    if (!attrs_whole(b, s->attrs) || !within(s->events, b->nevents) || !within(s->links, b->nlinks))
        return "attributes, events or links";
    touch(s->name);
    touch(s->trace_state);
    touch(s->status_message);
    touch(s->raw);
    for (uint32_t k = 0; k < s->events.count; k++)
        if (touch(b->events[s->events.first + k].name) == UINT64_MAX ||
            !attrs_whole(b, b->events[s->events.first + k].attrs))
            return "attributes of an event";
    for (uint32_t k = 0; k < s->links.count; k++)
        if (!attrs_whole(b, b->links[s->links.first + k].attrs))
            return "attributes of a link";
    return NULL;
}

/* Whether all that the spans refer to is there. */
static bool whole(const struct tk_batch *b, uint64_t n)
{
    for (uint32_t i = 0; i < b->nspans; i++) {
        const char *what = missing(b, &b->spans[i]);
        if (what) {
            diag("place %" PRIu64 ", span %u of %u: %s", n, i + 1, b->nspans, what);
            return false;
        }
    }
    return true;
}

/* The next place to be tried after n, of all. */
static uint64_t next_of(uint64_t n, uint64_t all)
{
    uint64_t step = slow || n < FIRST || all < FIRST + SPREAD ? 1 : all / SPREAD | 1;
    return n + step;
}

static void try_decoder(const struct tki_format *f, tk_str piece, const char *name)
{
    struct tk_batch *b = tk_batch_new();
    int code;
    tki_batch_fail_after(b, UINT64_MAX);
    if (!decodes(f, piece, b, &code)) {
        fail("%s: %s decodes: %d", name, f->info.name, code);
        tk_batch_free(b);
        return;
    }
    uint64_t all = UINT64_MAX - tki_batch_allowed(b), tried = 0, silent = 0, broken = 0, odd = 0;
    uint32_t spans = b->nspans;
    tk_batch_free(b);
    for (uint64_t n = 0; n < all; n = next_of(n, all), tried++) {
        b = tk_batch_new();
        tki_batch_fail_after(b, n);
        bool good = decodes(f, piece, b, &code);
        silent += good;
        odd += !good && code != TK_ENOMEM && b->err != TK_ENOMEM;
        broken += b->nspans > spans || !whole(b, n);
        tk_batch_free(b);
    }
    ok(silent == 0 && broken == 0 && odd == 0,
       "%s: %s, %" PRIu64 " places of %" PRIu64 ": not noticed %" PRIu64 ", something else said %" PRIu64
       ", rows not whole %" PRIu64,
       name, f->info.name, tried, all, silent, odd, broken);
}

/* The first piece of a capture, decompressed, in the slot. */
static bool first_piece(const char *path, struct tki_slot *s)
{
    struct tki_feed feed;
    struct tk_read_opts opts = {0};
    if (tki_slot_init(s) < 0 || tki_feed_init(&feed, &path, 1, NULL, &opts) < 0)
        bail_out("no memory");
    bool good = tki_feed_next(&feed, s) == 1;
    tki_feed_free(&feed);
    return good;
}

static void test_captures(void)
{
    static struct captures list;
    captures_testdata(&list);
    for (size_t i = 0; i < list.n; i++) {
        struct tki_slot s;
        if (!first_piece(list.at[i].path, &s))
            fail("%s is read", list.at[i].name);
        else if (s.piece.n <= PIECE_MAX)
            try_decoder(s.format, s.piece, list.at[i].name);
        tki_slot_free(&s);
    }
}

/* Spans with attributes of all types, events and links, of several resources. */
static struct tk_batch *rich_spans(struct tki_slot *s, uint32_t *rows, size_t *n)
{
    char path[512];
    int code;
    snprintf(path, sizeof path, "%s/testdata/shop/collector-json.jsonl",
             getenv("TRACEKIT_TOP") ? getenv("TRACEKIT_TOP") : ".");
    struct tk_batch *b = tk_batch_new();
    if (!first_piece(path, s) || !decodes(s->format, s->piece, b, &code))
        bail_out("cannot read %s", path);
    *n = 0;
    for (uint32_t i = 0; i < b->nspans && *n < RICH_SPANS; i++)
        if (b->spans[i].links.count || b->spans[i].events.count || i % 16 == 0)
            rows[(*n)++] = i;
    return b;
}

/* What f writes of the rows, behind padding; limit: bytes that the buffer may have. */
static struct tki_buf written(const struct tki_format *f, bool lossless, const struct tk_batch *b, const uint32_t *rows,
                              size_t n, size_t limit)
{
    struct tki_buf out = {.max = limit};
    struct tki_encode e = {.out = &out};
    if (f->begin)
        f->begin(&e);
    if (lossless)
        tki_lossless_put(f, &e, b, rows, n);
    else
        f->put(&e, b, rows, n);
    e.puts++;
    if (f->end)
        f->end(&e);
    tki_encode_forget(&e, f);
    return out;
}

static void try_encoder(const struct tki_format *f, bool lossless, const struct tk_batch *b, const uint32_t *rows,
                        size_t n)
{
    struct tki_buf all = written(f, lossless, b, rows, n, 0);
    uint64_t tried = 0, silent = 0;
    size_t whole_n = all.n;
    for (size_t limit = 1; limit < whole_n; limit += slow ? 17 : 1 + whole_n / 50, tried++) {
        struct tki_buf part = written(f, lossless, b, rows, n, limit);
        silent += !part.err;
        tki_buf_free(&part);
    }
    ok(!all.err && whole_n && silent == 0,
       "%s%s is written into %" PRIu64 " buffers that are too small: not noticed %" PRIu64, f->info.name,
       lossless ? " with everything" : "", tried, silent);
    const struct tki_format *from = tki_format_find(f->info.name);
    if (from && from->decode && whole_n) {
        char *copy = calloc(1, whole_n + TKI_PADDING);
        if (!copy)
            bail_out("no memory");
        memcpy(copy, all.p, whole_n);
        try_decoder(from, (tk_str){copy, whole_n}, lossless ? "written with everything" : "written");
        free(copy);
    }
    tki_buf_free(&all);
}

static void test_written(void)
{
    static uint32_t rows[RICH_SPANS];
    struct tki_slot s;
    size_t n;
    struct tk_batch *b = rich_spans(&s, rows, &n);
    const struct tki_format *const *const lists[] = {tki_formats, tki_views};
    for (size_t i = 0; i < 2; i++)
        for (const struct tki_format *const *f = lists[i]; *f; f++) {
            if ((*f)->put)
                try_encoder(*f, false, b, rows, n);
            if ((*f)->put && (*f)->lossless)
                try_encoder(*f, true, b, rows, n);
        }
    tk_batch_free(b);
    tki_slot_free(&s);
}

int main(void)
{
    slow = getenv("TRACEKIT_SLOW") != NULL;
    test_captures();
    test_written();
    return done_testing();
}
