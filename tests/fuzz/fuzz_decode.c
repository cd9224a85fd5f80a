/* Any bytes through a decoder, and what it accepts through every encoder: for clang's fuzzer, and for
 * test_corpus.c.
 *
 * The first byte of the input chooses the format; the second, when even, that spans may leave as they came.
 * What an encoder writes must be read again by its own decoder, with as many spans as were writable.  Written
 * again it must be the same bytes, in OTLP at once; in Jaeger and Zipkin soon, when what these cannot tell
 * apart (tags of resources, of scopes, of spans) has settled.  SHOW=1 prints what differs. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "view/targets.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { SETTLES = 4 };

struct pass {
    struct tki_buf out;
    uint32_t spans; /* that went in */
    uint64_t notes[TKI_NOTE_COUNT];
};

static _Noreturn void wrong(const struct tki_format *from, const struct tki_format *to, const char *what,
                            const char *detail, const struct pass *p)
{
    if (p && getenv("SHOW"))
        fprintf(stderr, "written:\n%.*s\n", (int)p->out.n, p->out.p);
    fprintf(stderr, "fuzz: %s to %s: %s: %s\n", from->info.name, to->info.name, what, detail);
    abort();
}

/* The rows in the order in which they are to be written: those of one trace together where the format wants
 * it. ends[i] is set where a put ends. */
static uint32_t *order_rows(const struct tki_format *f, const struct tk_batch *b, bool *ends)
{
    uint32_t *rows = malloc((b->nspans + 1u) * sizeof *rows), n = 0;
    bool *done = calloc(b->nspans + 1u, 1);
    for (uint32_t i = 0; rows && done && i < b->nspans; i++) {
        if (done[i])
            continue;
        for (uint32_t k = i; k < b->nspans; k++)
            if (!done[k] && (!f->info.whole_traces || tki_id_eq(b->spans[k].trace_id, b->spans[i].trace_id))) {
                done[k] = true;
                rows[n++] = k;
            }
        ends[n - 1] = true;
    }
    free(done);
    return rows;
}

static void encode(const struct tki_format *f, const struct tk_batch *b, struct pass *p)
{
    bool *ends = calloc(b->nspans + 1u, 1);
    uint32_t *rows = ends ? order_rows(f, b, ends) : NULL, from = 0;
    struct tki_encode e = {.out = &p->out};
    if (!rows)
        abort();
    if (f->begin)
        f->begin(&e);
    for (uint32_t i = 0; i < b->nspans; i++)
        if (ends[i]) {
            f->put(&e, b, rows + from, i + 1 - from);
            e.puts++;
            from = i + 1;
        }
    if (f->end)
        f->end(&e);
    memcpy(p->notes, e.notes, sizeof e.notes);
    if (e.state)
        (f->free_state ? f->free_state : free)(e.state);
    free(rows);
    free(ends);
}

/* What f wrote, read and written once more. */
static struct pass again(const struct tki_format *from, const struct tki_format *f, const struct pass *before,
                         uint32_t spans)
{
    struct pass after = {0};
    struct tk_err err = {0};
    struct tk_batch *b = tk_batch_new();
    if (!b)
        abort();
    if (tki_format_decode(f, (tk_str){before->out.p, before->out.n}, TK_NEED_ALL, b, &err) < 0)
        wrong(from, f, "what was written cannot be read", err.text, before);
    if (b->nspans + before->notes[TK_NOTE_SPAN_UNWRITABLE] != spans)
        wrong(from, f, "spans were lost", "", before);
    after.spans = b->nspans;
    encode(f, b, &after);
    tk_batch_free(b);
    return after;
}

static bool same(const struct pass *a, const struct pass *b)
{
    return a->out.n == b->out.n && (a->out.n == 0 || memcmp(a->out.p, b->out.p, a->out.n) == 0);
}

static void write_and_read(const struct tki_format *from, const struct tki_format *f, const struct tk_batch *b)
{
    bool otlp = f == &tki_format_otlp_json || f == &tki_format_otlp_proto || f == &tki_format_otlp_framed;
    struct pass p = {.spans = b->nspans};
    encode(f, b, &p);
    for (int left = otlp && !(b->needs & TK_NEED_RAW) ? 1 : SETTLES; f->info.can_read && !p.out.err; left--) {
        struct pass next = again(from, f, &p, p.spans);
        bool settled = same(&p, &next);
        if (!settled && left == 1)
            wrong(from, f, "what was read is written otherwise", "", &p);
        tki_buf_free(&p.out);
        p = next;
        if (settled)
            break;
    }
    tki_buf_free(&p.out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    unsigned n = 0;
    while (tki_formats[n])
        n++;
    const struct tki_format *f = size >= 2 ? tki_formats[data[0] % n] : NULL;
    if (!f || !f->info.can_read)
        return 0;
    char *copy = malloc(size > 2 ? size - 2 : 1); /* of the exact size, so that a read past its end is seen */
    struct tk_batch *b = tk_batch_new();
    struct tk_err err = {0};
    if (!copy || !b)
        abort();
    memcpy(copy, data + 2, size - 2);
    unsigned needs = data[1] & 1 ? TK_NEED_ALL : TK_NEED_COPY;
    int r = tki_format_decode(f, (tk_str){copy, size - 2}, needs, b, &err);
    if (r > 0 || (r < 0 && !err.text[0]))
        wrong(f, f, "a decoder answers 0, or an error in words", err.text, NULL);
    for (unsigned i = 0; tki_formats[i]; i++)
        if (tki_formats[i]->put)
            write_and_read(f, tki_formats[i], b);
    tk_batch_free(b);
    free(copy);
    return 0;
}
