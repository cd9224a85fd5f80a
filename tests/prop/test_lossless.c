/* What lossless.h adds makes every format hold everything: random batches with each field of the model at its
 * extremes come back from each format byte for byte, as OTLP protobuf tells it.  What was edited in between is
 * taken as it stands.  SEED repeats a failure. */
#include "format/lossless/lossless.h"
#include "format/otlp/otlp.h"
#include "format/table.h"
#include "random_spans.h"
#include "tap.h"

enum { ROUNDS = 60, SPANS = 24 };

/* ---- what random_spans.h leaves out ---- */

static tk_str odd_key(struct rng *r)
{
    static const char *const keys[] = {"span.kind",
                                       "error",
                                       "event",
                                       "otel.scope.name",
                                       "otel.scope.version",
                                       "otel.library.name",
                                       "otel.status_code",
                                       "otel.status_description",
                                       "w3c.tracestate",
                                       "otel.dropped_attributes_count",
                                       "otlp.link.0",
                                       "service.name",
                                       "opentracing.ref_type",
                                       "@jaeger@flags",
                                       "@jaeger@warnings",
                                       "zipkin.shared",
                                       "zipkin.debug",
                                       "peer.service",
                                       "net.host.ip",
                                       "net.peer.port",
                                       "hostname",
                                       "jaeger.version",
                                       "otlp.service.name.source",
                                       TKI_LOSSLESS_KEY,
                                       "otel.zipkin.absentField.startTime",
                                       "http.status_message"};
    return tki_str(keys[rng_below(r, sizeof keys / sizeof *keys)]);
}

static struct tk_value odd_value(struct rng *r, struct tk_batch *b)
{
    static const char *const texts[] = {
        "server",       "true", "ERROR", "Ok", "child_of",           "10.0.0.1",     "42",
        "1e3",          "NaN",  "aGk=",  "",   "bad \xff\xfe utf-8", "\xed\xa0\x80", "OTLPResourceNoServiceName",
        "a|{\"b\":1}|2"};
    struct tk_value v;
    uint64_t nan = 0x7ff8000000000000u | rng_below(r, 1000);
    switch (rng_below(r, 4)) {
    case 0: random_value(r, b, &v, 6); break;
    case 1:
        v = (struct tk_value){.type = TK_DOUBLE};
        memcpy(&v.v.d, &nan, 8);
        break;
    case 2: v = (struct tk_value){.type = TK_BOOL, .v.b = true}; break;
    default: {
        tk_str s = tki_str(texts[rng_below(r, sizeof texts / sizeof *texts)]);
        v = (struct tk_value){.type = TK_STRING, .n = (uint32_t)s.n, .v.s = s.p};
    }
    }
    return v;
}

static void odd_attrs(struct rng *r, struct tk_batch *b, tk_range attrs)
{
    for (uint32_t i = 0; i < attrs.count; i++) {
        struct tk_attr *a = &b->attrs[attrs.first + i];
        if (rng_below(r, 3) == 0)
            a->key = odd_key(r);
        if (rng_below(r, 3) == 0) {
            struct tk_value v = odd_value(r, b);
            b->attrs[attrs.first + i].value = v;
        }
        if (i && rng_below(r, 8) == 0) /* a duplicate, of the key or of all */
            b->attrs[attrs.first + i].key = b->attrs[attrs.first + i - 1].key;
    }
}

static void odd_span(struct rng *r, struct tk_batch *b, uint32_t row)
{
    struct tk_span *s = &b->spans[row];
    const struct tk_span *other = &b->spans[rng_below(r, b->nspans)];
    if (rng_below(r, 2))
        s->trace_id = other->trace_id;
    if (rng_below(r, 2))
        s->parent_id = other->span_id;
    if (rng_below(r, 20) == 0)
        s->trace_id = (tk_id128){0, 0};
    if (rng_below(r, 20) == 0)
        s->span_id = 0;
    if (rng_below(r, 20) == 0)
        s->parent_id = s->span_id;
    if (rng_below(r, 10) == 0)
        s->kind = 9;
    if (rng_below(r, 10) == 0)
        s->status = 7;
    if (rng_below(r, 10) == 0)
        s->end_ns = rng_next(r);
    if (rng_below(r, 10) == 0)
        s->start_ns = rng_next(r);
    if (rng_below(r, 10) == 0)
        s->name = TKI_STR("not \xc3\x28 utf-8");
    odd_attrs(r, b, s->attrs);
    for (uint32_t i = 0; i < s->events.count; i++)
        odd_attrs(r, b, b->events[s->events.first + i].attrs);
    for (uint32_t i = 0; i < s->links.count; i++) {
        struct tk_link *l = &b->links[s->links.first + i];
        if (rng_below(r, 3) == 0)
            l->trace_id = s->trace_id;
        if (rng_below(r, 3) == 0)
            l->span_id = s->parent_id;
        odd_attrs(r, b, l->attrs);
    }
}

static void entities(struct rng *r, struct tk_batch *b, struct tk_resource *res)
{
    uint32_t base = tki_batch_stack(b);
    res->entities = (tk_range){b->nentities, 1};
    for (uint32_t n = rng_below(r, 3); n--;)
        tki_batch_push(b)->value = (struct tk_value){.type = TK_STRING, .n = 12, .v.s = "service.name"};
    struct tk_entity e = {.type = TKI_STR("service"), .id_keys = tki_batch_pop_kids(b, base)};
    *tk_batch_add_entity(b) = e;
}

static void wild_batch(struct rng *r, struct tk_batch *b)
{
    static char *huge;
    random_batch(r, b, SPANS);
    for (uint32_t i = 0; i < b->nspans; i++)
        odd_span(r, b, i);
    for (uint32_t i = 0; i < b->nresources; i++) {
        struct tk_resource *res = &b->resources[i];
        if (i && rng_below(r, 4) == 0) { /* equal to another, and not the same */
            *res = b->resources[rng_below(r, i)];
        } else if (res->present) {
            odd_attrs(r, b, res->attrs);
            if (rng_below(r, 3) == 0)
                entities(r, b, res);
        }
    }
    for (uint32_t i = 0; i < b->nscopes; i++) {
        if (i && rng_below(r, 4) == 0)
            b->scopes[i] = b->scopes[rng_below(r, i)];
        else if (b->scopes[i].present)
            odd_attrs(r, b, b->scopes[i].attrs);
    }
    for (uint32_t i = b->nspans; i-- > 1;) /* spans of several resources by turns */
        if (rng_below(r, 3) == 0) {
            uint32_t k = rng_below(r, i + 1);
            struct tk_span s = b->spans[i];
            b->spans[i] = b->spans[k];
            b->spans[k] = s;
        }
    if (!huge) {
        huge = malloc(3 << 20);
        if (!huge)
            bail_out("out of memory");
        memset(huge, 'x', 3 << 20);
    }
    if (rng_below(r, 20) == 0 && b->nattrs)
        b->attrs[0].value = (struct tk_value){.type = TK_STRING, .n = 3 << 20, .v.s = huge};
}

/* ---- there and back ---- */

/* Everything in one call, or trace by trace where the format wants whole traces; `want` is what OTLP makes of the
 * same calls. */
static void there(const struct tki_format *f, const struct tk_batch *b, struct tki_buf *out, struct tki_buf *want,
                  uint64_t *notes)
{
    struct tki_encode e = {.out = out};
    uint32_t *rows = calloc(b->nspans + 1u, sizeof *rows);
    bool *done = calloc(b->nspans + 1u, sizeof *done);
    if (!rows || !done)
        bail_out("out of memory");
    if (f->begin)
        f->begin(&e);
    for (uint32_t i = 0; i < b->nspans; i++) {
        uint32_t n = 0;
        for (uint32_t k = i; k < b->nspans && !done[i]; k++)
            if (!done[k] && (!f->info.whole_traces || tki_id_eq(b->spans[k].trace_id, b->spans[i].trace_id)))
                rows[n++] = k;
        for (uint32_t k = 0; k < n; k++)
            done[rows[k]] = true;
        if (n) {
            tki_lossless_put(f, &e, b, rows, n);
            e.puts++;
            tki_otlp_proto_put(want, b, rows, n);
        }
    }
    if (f->end)
        f->end(&e);
    memcpy(notes, e.notes, sizeof e.notes);
    free(e.state);
    free(rows);
    free(done);
}

static uint64_t first_difference(const struct tki_buf *a, const struct tki_buf *b)
{
    size_t i = 0;
    while (i < a->n && i < b->n && a->p[i] == b->p[i])
        i++;
    return i;
}

/* The fields that are there whatever was asked for. */
static bool same_core(const struct tk_batch *a, const struct tk_batch *b)
{
    for (uint32_t i = 0; i < a->nspans; i++) {
        const struct tk_span *x = &a->spans[i], *y = &b->spans[i];
        if (!tki_id_eq(x->trace_id, y->trace_id) || x->span_id != y->span_id || x->parent_id != y->parent_id ||
            x->start_ns != y->start_ns || x->end_ns != y->end_ns || x->kind != y->kind || x->status != y->status ||
            x->events.count != y->events.count || x->links.count != y->links.count)
            return false;
    }
    return a->nspans == b->nspans;
}

static bool round_trip(const struct tki_format *f, const struct tk_batch *b)
{
    struct tki_buf out = {0}, want = {0}, got = {0};
    struct tk_batch *back = tk_batch_new(), *less = tk_batch_new();
    uint64_t notes[TKI_NOTE_COUNT];
    struct tk_err err = {0};
    there(f, b, &out, &want, notes);
    bool fine = tki_format_decode(f, (tk_str){out.p, out.n}, TK_NEED_COPY, back, &err) == 0;
    if (!fine)
        diag("%s: %s at %llu", f->info.name, err.text, (unsigned long long)err.offset);
    tki_otlp_proto_put(&got, back, NULL, 0);
    if (fine && (got.n != want.n || memcmp(got.p, want.p, got.n) != 0)) {
        diag("%s: %zu bytes became %zu, differing at %llu", f->info.name, want.n, got.n,
             (unsigned long long)first_difference(&got, &want));
        fine = false;
    }
    for (int i = 0; i < TKI_NOTE_COUNT; i++)
        if (notes[i] ||
            (tk_notes_get(back->notes, i) && i != TK_NOTE_SERVICE_DOCS)) { /* which the writer for Elasticsearch adds */
            diag("%s: %s", f->info.name, tk_note_text((enum tk_note)i));
            fine = false;
        }
    for (unsigned need = 1; fine && need < TK_NEED_COPY; need <<= 1) {
        tk_batch_reset(less);
        if (tki_format_decode(f, (tk_str){out.p, out.n}, need, less, &err) < 0 || !same_core(less, back)) {
            diag("%s: decoding only for need %u", f->info.name, need);
            fine = false;
        }
    }
    tk_batch_free(back);
    tk_batch_free(less);
    tki_buf_free(&out);
    tki_buf_free(&want);
    tki_buf_free(&got);
    return fine;
}

static void everything_comes_back(void)
{
    struct rng r = {rng_seed()};
    for (const struct tki_format *const *f = tki_formats; *f; f++) {
        unsigned failed = 0;
        if (!(*f)->lossless || !(*f)->put)
            continue;
        for (unsigned i = 0; i < ROUNDS; i++) {
            struct tk_batch *b = tk_batch_new();
            uint64_t seed = r.state;
            wild_batch(&r, b);
            if (!round_trip(*f, b)) {
                diag("SEED=%llu", (unsigned long long)seed);
                failed++;
            }
            tk_batch_free(b);
        }
        is_int(failed, 0, "%s: %d random batches come back whole", (*f)->info.name, ROUNDS);
    }
}

/* ---- edited in between ---- */

static void replace(struct tki_buf *b, const char *from, const char *to)
{
    char *p = memmem(b->p, b->n, from, strlen(from));
    if (!p || strlen(from) != strlen(to))
        bail_out("no '%s' to replace", from);
    memcpy(p, to, strlen(to));
}

static void edited(void)
{
    static const struct tk_attr service = {{"service.name", 12}, {.type = TK_STRING, .n = 4, .v.s = "shop"}};
    struct tk_batch *b = tk_batch_new(), *back = tk_batch_new();
    struct tki_buf out = {0}, want = {0};
    uint64_t notes[TKI_NOTE_COUNT];
    uint32_t resource = tk_batch_add_resource(b), scope = tk_batch_add_scope(b);
    b->resources[resource] = (struct tk_resource){.attrs = {0, 1}, .service = TKI_STR("shop"), .present = true};
    b->scopes[scope].present = true;
    *tk_batch_add_attr(b) = service;
    *tk_batch_add_attr(b) = (struct tk_attr){TKI_STR("items"), {.type = TK_INT, .v.i = 1234}};
    *tk_batch_add_span(b) = (struct tk_span){.trace_id = {1, 2},
                                             .span_id = 3,
                                             .start_ns = 1700000000000000001,
                                             .end_ns = 1700000000000005007,
                                             .name = TKI_STR("buy"),
                                             .attrs = {1, 1},
                                             .flags = 0x301};
    there(&tki_format_zipkin_json, b, &out, &want, notes);
    replace(&out, "\"items\":\"1234\"", "\"items\":\"1299\"");
    int r = tki_format_decode(&tki_format_zipkin_json, (tk_str){out.p, out.n}, TK_NEED_COPY, back, NULL);
    is_int(r, 0, "a span of which a tag was edited");
    const struct tk_span *s = &back->spans[0];
    const struct tk_attr *a = tk_attr_find(back, s->attrs, "items");
    ok(a && a->value.type == TK_STRING && a->value.n == 4 && memcmp(a->value.v.s, "1299", 4) == 0,
       "the tag is taken as it stands");
    is_uint(s->start_ns, 1700000000000000001, "the time is put back");
    is_uint(s->flags, 0x301, "and so are the flags");
    is_uint(tk_notes_get(back->notes, TK_NOTE_REST_MISFIT), 1, "it is counted");
    replace(&out, "\"" TKI_LOSSLESS_KEY "\":\"UA", "\"" TKI_LOSSLESS_KEY "\":\"!!");
    tk_batch_reset(back);
    r = tki_format_decode(&tki_format_zipkin_json, (tk_str){out.p, out.n}, TK_NEED_COPY, back, NULL);
    is_int(r, 0, "a span of which the rest was damaged");
    s = &back->spans[0];
    is_uint(s->start_ns, 1700000000000000000, "is what the other fields say");
    ok(!tk_attr_find(back, s->attrs, TKI_LOSSLESS_KEY), "without the tag");
    is_uint(tk_notes_get(back->notes, TK_NOTE_REST_MISFIT), 1, "it is counted");
    tk_batch_free(b);
    tk_batch_free(back);
    tki_buf_free(&out);
    tki_buf_free(&want);
}

int main(void)
{
    everything_comes_back();
    edited();
    return done_testing();
}
