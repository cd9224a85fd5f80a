/* What is decoded, written and decoded again says the same, field by field: every capture through every
 * encoding of OTLP; Jaeger's captures through Jaeger JSON, Zipkin's through Zipkin JSON, which hold all that
 * came out of them. So do random batches that need no more than those formats have. */
#include "../oracle/captures.h"
#include "../oracle/same.h"
#include "model/complete.h"
#include "random_spans.h"

static uint32_t *order; /* rows as they were written */

static void encode(const struct tki_format *f, const struct tk_batch *b, struct tki_buf *out, uint64_t *notes)
{
    struct tki_encode e = {.out = out};
    char *done = calloc(b->nspans + 1u, 1);
    uint32_t n = 0;
    order = calloc(b->nspans + 1u, sizeof *order);
    if (!done || !order)
        bail_out("out of memory");
    if (f->begin)
        f->begin(&e);
    for (uint32_t i = 0; i < b->nspans; i++) {
        uint32_t first = n;
        for (uint32_t k = i; !done[i] && k < b->nspans; k++)
            if (!done[k] && (k == i || !f->info.whole_traces || tki_id_eq(b->spans[k].trace_id, b->spans[i].trace_id)))
                order[n++] = k;
        for (uint32_t k = first; k < n; k++)
            done[order[k]] = 1;
        if (n > first) {
            f->put(&e, b, order + first, n - first);
            e.puts++;
        }
    }
    if (f->end)
        f->end(&e);
    memcpy(notes, e.notes, sizeof e.notes);
    free(e.state);
    free(done);
}

static int compare_attrs(const void *a, const void *b)
{
    const struct tk_attr *x = a, *y = b;
    return tki_str_cmp(x->key, y->key);
}

static int compare_links(const void *a, const void *b)
{
    const struct tk_link *x = a, *y = b;
    if (x->span_id != y->span_id)
        return x->span_id < y->span_id ? -1 : 1;
    return (x->trace_id.lo > y->trace_id.lo) - (x->trace_id.lo < y->trace_id.lo);
}

/* Tags of Zipkin have no order, and Jaeger's reference to the parent comes before all others. */
static void sort_rows(struct tk_batch *b)
{
    for (uint32_t i = 0; i < b->nspans; i++) {
        const struct tk_span *s = &b->spans[i];
        if (s->attrs.count)
            qsort(b->attrs + s->attrs.first, s->attrs.count, sizeof *b->attrs, compare_attrs);
        if (s->links.count)
            qsort(b->links + s->links.first, s->links.count, sizeof *b->links, compare_links);
    }
}

/* Losses that are told leave nothing to compare. */
static bool lossy(const uint64_t *notes)
{
    for (int i = TK_NOTE_DUPLICATE_TAG; i <= TK_NOTE_SPAN_UNWRITABLE; i++)
        if (notes[i])
            return true;
    return notes[TK_NOTE_UTF8_REPLACED];
}

static bool through(const struct tki_format *f, struct tk_batch *b, const char *name, bool poorer)
{
    struct tki_buf out = {0};
    uint64_t notes[TKI_NOTE_COUNT];
    struct tk_err err = {0};
    struct tk_batch *again = tk_batch_new();
    char what[320];
    bool compared = false;
    snprintf(what, sizeof what, "%s through %s", name, f->info.name);
    encode(f, b, &out, notes);
    if (poorer && lossy(notes)) {
        diag("%s: losses are told", what);
    } else if (tki_format_decode(f, (tk_str){out.p, out.n}, TK_NEED_COPY, again, &err) < 0) {
        fail("%s: %s at %llu", what, err.text, (unsigned long long)err.offset);
    } else {
        if (poorer) {
            sort_rows(again);
            sort_rows(b);
        }
        struct same s = {.got = again, .want = b, .name = what, .order = order};
        compared = same_test(&s);
    }
    free(order);
    tk_batch_free(again);
    tki_buf_free(&out);
    return compared;
}

/* What readers make needs no completion before it is written: service and attribute say the same, for example. */
static void is_complete(const struct capture *c, const struct tk_batch *b)
{
    struct tki_complete *complete = tki_complete_new();
    const struct tk_batch *view = NULL;
    struct tk_err err = {0};
    int r = tki_complete_view(complete, b, NULL, b->nspans, &view, &err);
    ok(r == 0 && view == b, "%s: read completely %s", c->name, err.text);
    tki_complete_free(complete);
}

static void captures(void)
{
    static const struct tki_format *const otlp[] = {&tki_format_otlp_json, &tki_format_otlp_proto,
                                                    &tki_format_otlp_framed};
    static struct captures all;
    captures_testdata(&all);
    captures_corpus(&all);
    for (size_t i = 0; i < all.n; i++) {
        const struct capture *c = &all.at[i];
        struct tki_buf in = {0};
        struct tk_err err = {0};
        struct tk_batch *b = tk_batch_new();
        if (c->format[0] && c->spans < 12000 && capture_bytes(c, &in)) {
            const struct tki_format *own = tki_format_find(c->format);
            if (tki_format_decode(own, (tk_str){in.p, in.n}, TK_NEED_ALL, b, &err) < 0) {
                skip(1, "%s: %s", c->name, err.text);
            } else {
                is_complete(c, b);
                for (size_t k = 0; k < 3; k++)
                    through(otlp[k], b, c->name, false);
                if (own == &tki_format_jaeger_json || own == &tki_format_zipkin_json ||
                    own == &tki_format_jaeger_proto || own == &tki_format_zipkin_proto)
                    through(own, b, c->name, true);
            }
        }
        tk_batch_free(b);
        tki_buf_free(&in);
    }
}

/* One trace, whole microseconds, a service, texts only: what each of the formats has a place for. */
static void tame(struct rng *r, struct tk_batch *b, bool texts)
{
    static const struct tk_attr service = {{"service.name", 12}, {.type = TK_STRING, .n = 4, .v.s = "shop"}};
    static const char *const keys[] = {"http.route", "db.statement", "customer", "größe", "a b"};
    uint32_t resource = tk_batch_add_resource(b), scope = tk_batch_add_scope(b);
    b->resources[resource] = (struct tk_resource){.attrs = {b->nattrs, 1}, .service = TKI_STR("shop"), .present = true};
    *tk_batch_add_attr(b) = service;
    b->scopes[scope] = (struct tk_scope){.name = TKI_STR("lib"), .version = TKI_STR("1.0"), .present = true};
    for (uint32_t i = 0, n = 1 + rng_below(r, 20); i < n; i++) {
        struct tk_span s = {
            .trace_id = {0x1234, rng_below(r, 3) + 1}, .span_id = i + 1, .parent_id = i ? 1 + rng_below(r, i) : 0};
        s.resource = resource;
        s.scope = scope;
        s.name = tk_batch_copy(b, (tk_str){"operation", 1 + rng_below(r, 9)});
        s.start_ns = (1700000000000000u + rng_below(r, 1000000)) * 1000;
        s.end_ns = s.start_ns + (1 + (uint64_t)rng_below(r, 1000000)) * 1000;
        s.kind = (uint8_t)rng_below(r, 6);
        s.status = (uint8_t)rng_below(r, 3);
        s.attrs.first = b->nattrs;
        for (uint32_t k = rng_below(r, 5); k < 5; k++, s.attrs.count++) {
            struct tk_attr a = {.key = tki_str(keys[k])};
            do
                random_value(r, b, &a.value, 0);
            while (a.value.type == TK_EMPTY || (texts && a.value.type != TK_STRING));
            *tk_batch_add_attr(b) = a;
        }
        s.events.first = b->nevents;
        for (uint32_t k = rng_below(r, 3); k; k--, s.events.count++)
            *tk_batch_add_event(b) = (struct tk_event){.time_ns = s.start_ns + 1000 * k, .name = TKI_STR("retry")};
        *tk_batch_add_span(b) = s;
    }
}

static void random_batches(const struct tki_format *f, bool texts, struct rng *r)
{
    unsigned compared = 0;
    for (int i = 0; i < 200; i++) {
        struct tk_batch *b = tk_batch_new();
        char name[64];
        snprintf(name, sizeof name, "tame batch %d", i);
        tame(r, b, texts);
        compared += through(f, b, name, true);
        tk_batch_free(b);
    }
    ok(compared >= 150, "%u of 200 batches came through %s without a loss told", compared, f->info.name);
}

int main(void)
{
    struct rng r = {rng_seed()};
    diag("SEED=%llu", (unsigned long long)r.state);
    captures();
    random_batches(&tki_format_jaeger_json, false, &r);
    random_batches(&tki_format_zipkin_json, true, &r);
    return done_testing();
}
