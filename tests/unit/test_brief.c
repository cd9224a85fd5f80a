/* Spans in short are the spans that were put in, and whole traces that are read again are those of the input. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "make_trace.h"
#include "run/brief.h"
#include "run/pass.h"
#include "run/traces.h"
#include "tap.h"

enum { SERVICES = 5, SPANS = 300, ROUNDS = 60 };

static void add_text(struct tk_batch *b, tk_range *attrs, const char *key, const char *value)
{
    struct tk_attr *a = tk_batch_add_attr(b);
    if (attrs->count++ == 0)
        attrs->first = b->nattrs - 1;
    a->key = text(key);
    a->value = (struct tk_value){.type = TK_STRING, .n = (uint32_t)strlen(value), .v.s = value};
}

/* Some services, one without a resource of its own, and spans with and without what is rare. */
static struct tk_batch *make(uint64_t *seed, bool rare)
{
    static const char *const services[SERVICES] = {"", "cart", "checkout", "payment", "shop"};
    static const char *const names[] = {"GET /", "", "SELECT", "a name that is as long as names of routes are"};
    struct tk_batch *b = tk_batch_new();
    if (!b)
        bail_out("no memory");
    for (int i = 0; i < SERVICES; i++) {
        uint32_t r = tk_batch_add_resource(b);
        tk_range attrs = {0, 0};
        if (i)
            add_text(b, &attrs, "service.name", services[i]);
        if (i > 1)
            add_text(b, &attrs, "host.name", i & 1 ? "one" : "two");
        b->resources[r].service = text(services[i]);
        b->resources[r].present = i > 0;
        b->resources[r].attrs = attrs;
    }
    tk_batch_add_scope(b);
    for (uint32_t i = 0; i < 1 + below(seed, SPANS); i++) {
        struct tk_span *s = tk_batch_add_span(b);
        s->trace_id = (tk_id128){7, 9};
        s->span_id = below(seed, 4) ? next_random(seed) : below(seed, 3);
        s->parent_id = below(seed, 4) ? next_random(seed) : 0;
        s->start_ns = below(seed, 9) ? T0 + below(seed, 1000000) : 0;
        s->end_ns = below(seed, 9) ? T0 + below(seed, 1000000) : UINT64_MAX;
        s->name = text(names[below(seed, 4)]);
        s->kind = (uint8_t)below(seed, 8);
        s->status = (uint8_t)below(seed, 4);
        s->resource = below(seed, 3) && i ? b->spans[i - 1].resource : below(seed, SERVICES);
        s->trace_state = text(below(seed, 3) ? "" : "ot=th:8");
        if (rare && below(seed, 5) == 0) {
            struct tk_link *l = tk_batch_add_link(b);
            s->links = (tk_range){b->nlinks - 1, 1};
            l->trace_id = s->trace_id;
            l->span_id = s->parent_id;
            add_text(b, &l->attrs, "opentracing.ref_type", "follows_from");
        }
        if (rare && !s->parent_id) {
            add_text(b, &s->attrs, "sampler.type", "probabilistic");
            add_text(b, &s->attrs, "sampler.param", "0.25");
        }
    }
    return b;
}

static bool same_text(tk_str a, tk_str b)
{
    return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

static bool same_attrs(const struct tk_batch *a, tk_range x, const struct tk_batch *b, tk_range y)
{
    bool ok = x.count == y.count;
    for (uint32_t i = 0; i < x.count && ok; i++) {
        const struct tk_attr *p = &a->attrs[x.first + i], *q = &b->attrs[y.first + i];
        ok = same_text(p->key, q->key) && p->value.type == q->value.type &&
             same_text((tk_str){p->value.v.s, p->value.n}, (tk_str){q->value.v.s, q->value.n});
    }
    return ok;
}

static bool same_span(const struct tk_batch *a, const struct tk_span *s, const struct tk_batch *b,
                      const struct tk_span *t)
{
    const struct tk_resource *r = &a->resources[s->resource], *q = &b->resources[t->resource];
    bool ok = s->trace_id.hi == t->trace_id.hi && s->trace_id.lo == t->trace_id.lo && s->span_id == t->span_id &&
              s->parent_id == t->parent_id && s->start_ns == t->start_ns && s->end_ns == t->end_ns &&
              s->kind == t->kind && s->status == t->status && same_text(s->name, t->name) &&
              same_text(s->trace_state, t->trace_state) && s->links.count == t->links.count &&
              same_text(r->service, q->service) && same_attrs(a, r->attrs, b, q->attrs) &&
              same_attrs(a, s->attrs, b, t->attrs);
    for (uint32_t i = 0; i < s->links.count && ok; i++) {
        const struct tk_link *l = &a->links[s->links.first + i], *m = &b->links[t->links.first + i];
        ok = l->span_id == m->span_id && l->trace_id.lo == m->trace_id.lo && same_attrs(a, l->attrs, b, m->attrs);
    }
    return ok;
}

/* All batches, each as a part or two, come back; spans that share a resource share a row of it. */
static void test_parts(bool rare)
{
    struct tki_brief *x = tki_brief_new();
    struct tk_batch *from[ROUNDS];
    struct tki_buf parts[ROUNDS][2] = {{{0}}};
    struct tk_err err = {0};
    uint64_t seed = 5;
    bool ok = x != NULL;
    for (int i = 0; i < ROUNDS && ok; i++) {
        uint32_t rows[SPANS];
        from[i] = make(&seed, rare);
        for (uint32_t k = 0; k < from[i]->nspans; k++)
            rows[k] = k;
        uint32_t half = below(&seed, from[i]->nspans + 1);
        tki_brief_begin(x);
        ok = tki_brief_put(x, &parts[i][0], from[i], rows, half) == TK_OK &&
             tki_brief_put(x, &parts[i][1], from[i], rows + half, from[i]->nspans - half) == TK_OK;
    }
    for (int i = 0; i < ROUNDS && ok; i++) {
        const struct tk_batch *to = tki_brief_batch(x), *b = from[i];
        for (int k = 0; k < 2 && ok; k++)
            ok = tki_brief_take(x, (tk_str){parts[i][k].p, parts[i][k].n}, &err) == TK_OK;
        ok = ok && to->nspans == b->nspans;
        for (uint32_t k = 0; k < b->nspans && ok; k++) {
            ok = same_span(b, &b->spans[k], to, &to->spans[k]);
            if (!ok)
                diag("round %d, span %u of %u", i, k, b->nspans);
        }
        ok = ok && to->nresources <= b->nspans * 2;
    }
    for (int i = 0; i < ROUNDS; i++) {
        tk_batch_free(from[i]);
        tki_buf_free(&parts[i][0]);
        tki_buf_free(&parts[i][1]);
    }
    tki_brief_free(x);
    ok(ok, "spans come back%s", rare ? ", with links and weights" : "");
}

/* More texts and resources than the tables take: those that do not fit are in the part. */
static void test_full(void)
{
    enum { MANY = 120000 };
    struct tki_brief *x = tki_brief_new();
    struct tk_batch *b = tk_batch_new();
    struct tki_buf part = {0};
    struct tk_err err = {0};
    bool ok = x && b;
    for (uint32_t i = 0; i < MANY && ok; i++) {
        char name[32];
        tk_range attrs = {0, 0};
        uint32_t r = tk_batch_add_resource(b);
        snprintf(name, sizeof name, "name %u", i);
        tk_str s = tk_batch_copy(b, text(name));
        add_text(b, &attrs, "service.name", s.p);
        b->resources[r].attrs = attrs;
        b->resources[r].service = s;
        b->resources[r].present = true;
        struct tk_span *span = tk_batch_add_span(b);
        span->trace_id = (tk_id128){1, 1};
        span->name = s;
        span->resource = r;
    }
    tk_batch_add_scope(b);
    tki_brief_begin(x);
    ok = ok && tki_brief_put(x, &part, b, NULL, 0) == TK_OK;
    const struct tk_batch *to = tki_brief_batch(x);
    ok = ok && tki_brief_take(x, (tk_str){part.p, part.n}, &err) == TK_OK && to->nspans == MANY;
    for (uint32_t i = 0; i < MANY && ok; i++)
        ok = same_span(b, &b->spans[i], to, &to->spans[i]);
    ok(ok, "what does not fit into the tables comes back, too");
    tki_buf_free(&part);
    tk_batch_free(b);
    tki_brief_free(x);
}

/* ---- whole traces, read again ---- */

static char path[64];

enum { TRACES = 200, EACH = 3 };

static void write_dump(bool grouped)
{
    FILE *f = fopen(path, "w");
    if (!f)
        bail_out("cannot write %s", path);
    for (unsigned i = 0; i < TRACES * EACH; i++)
        fprintf(f,
                "{\"resourceSpans\":[{\"scopeSpans\":[{\"spans\":[{\"traceId\":\"%032x\",\"spanId\":\"%016x\",\"name\":"
                "\"n\",\"startTimeUnixNano\":\"1700000000000000000\",\"endTimeUnixNano\":\"1700000000000000009\","
                "\"attributes\":[{\"key\":\"k\",\"value\":{\"intValue\":\"%u\"}}]}]}]}]}\n",
                (grouped ? i / EACH : i % TRACES) + 1, i + 1, i);
    fclose(f);
}

static int add_spans(void *ctx, struct tk_batch *b, const struct tki_groups *groups, void *part, int code,
                     struct tk_err *err)
{
    (void)groups;
    (void)part;
    (void)code;
    (void)err;
    return tk_traces_add(ctx, b, NULL, 0);
}

/* Of trace number i its spans are there in their order, each with its attribute. */
static bool is_whole(const struct tk_batch *b, uint32_t i)
{
    bool ok = b->nspans == EACH;
    for (uint32_t k = 0; k < b->nspans && ok; k++) {
        const struct tk_attr *a = tk_attr_find(b, b->spans[k].attrs, "k");
        ok = a && a->value.v.i == i + k * TRACES;
    }
    return ok;
}

/* In OTLP protobuf the decoder passes over spans, in JSON it does not. */
static void test_again(const char *format)
{
    struct tki_pass pass = {0};
    struct tk_traces *t = NULL;
    struct tk_err err = {0};
    struct tk_traces_opts opts = {.memory_max = 4096};
    const char *paths[] = {path};
    bool wanted[TRACES] = {[3] = true, [50] = true, [TRACES - 1] = true};
    struct tk_batch *b;
    uint32_t n = 0;
    bool ok = tk_traces_open(&t, &opts, &err) == 0 && tki_traces_brief(t, &opts, &pass) == 0;
    tki_traces_need(t, TK_NEED_NAME);
    tki_pass_add(&pass, &(struct tki_consumer){.needs = TKI_BRIEF_NEEDS | TK_NEED_RAW, .ctx = t, .fold = add_spans});
    ok = ok && tki_pass_open(&pass, paths, 1, &(struct tk_read_opts){0}, true, &err) == 0 &&
         tki_pass_read(&pass, &err) == 0;
    for (int round = 0; round < 2 && ok; round++) {
        for (n = 0; ok && tk_traces_next(t, &b) == 1; n++)
            ok = b->nspans == EACH && tki_traces_number(t) == n && b->spans[1].trace_id.lo == n + 1;
        ok = ok && n == TRACES && tki_traces_rewind(t, 0) == 0;
    }
    ok(ok, "%s: in short, twice", format);
    ok = ok && tki_traces_rewind(t, TK_NEED_ALL) == 0;
    for (n = 0; ok && tki_traces_next_of(t, wanted, TRACES, &b) == 1; n++)
        ok = wanted[tki_traces_number(t)] && is_whole(b, tki_traces_number(t));
    ok(ok && n == 3, "%s: traces that are wanted, whole", format);
    ok = ok && tki_traces_rewind(t, TK_NEED_ALL) == 0;
    for (n = 0; ok && tk_traces_next(t, &b) == 1; n++)
        ok = tki_traces_number(t) == n && is_whole(b, n);
    ok(ok && n == TRACES, "%s: all, whole", format);
    ok(tk_reader_stats(pass.reader)->spans == TRACES * EACH && pass.read_err.code == 0,
       "%s: the input is seen to be the same", format);
    FILE *f = fopen(path, "a"); /* what is added is left for the next time */
    if (f) {
        fputs("{\"resourceSpans\":[{\"scopeSpans\":[{\"spans\":[]}]}]}\n", f);
        fclose(f);
    }
    ok = tki_traces_rewind(t, TK_NEED_ALL) == 0 && tki_traces_next_of(t, wanted, TRACES, &b) == 1 && is_whole(b, 3);
    ok(ok, "%s: an input that grows stays what it was", format);
    ok = truncate(path, 3000) == 0 && tki_traces_rewind(t, TK_NEED_ALL) == 0;
    ok(ok && tki_traces_next_of(t, wanted, TRACES, &b) < 0, "%s: an input that lost something is an error", format);
    tk_traces_close(t);
    tki_pass_close(&pass);
}

/* Grouped input: the first reading, twice in short, then some traces whole. */
static void test_grouped(const char *format)
{
    struct tk_reader *r = NULL;
    struct tk_traces *t = NULL;
    struct tk_err err = {0};
    struct tk_read_opts opts = {.needs = TKI_BRIEF_NEEDS | TK_NEED_RAW, .rewindable = true};
    const char *paths[] = {path};
    bool wanted[TRACES] = {[3] = true, [50] = true, [TRACES - 1] = true};
    struct tk_batch *b;
    uint32_t n = 0;
    bool ok = tk_reader_open(&r, paths, 1, &opts, &err) == 0 && tki_traces_of_grouped(&t, r, opts.needs, &err) == 0 &&
              tki_traces_brief(t, NULL, NULL) == 0;
    for (int round = 0; round < 3 && ok; round++) {
        for (n = 0; ok && tk_traces_next(t, &b) == 1; n++)
            ok = b->nspans == EACH && tki_traces_number(t) == n && b->spans[1].trace_id.lo == n + 1;
        ok = ok && n == TRACES && tki_traces_rewind(t, TKI_BRIEF_NEEDS) == 0;
    }
    ok(ok, "grouped %s: in short, twice", format);
    for (int round = 0; round < 2 && ok; round++) {
        ok = ok && tki_traces_rewind(t, TK_NEED_ALL) == 0;
        for (n = 0; ok && tki_traces_next_of(t, wanted, TRACES, &b) == 1; n++) {
            const struct tk_attr *a = tk_attr_find(b, b->spans[2].attrs, "k");
            ok = wanted[tki_traces_number(t)] && b->nspans == EACH && a &&
                 a->value.v.i == tki_traces_number(t) * EACH + 2;
        }
        ok = ok && n == 3;
    }
    ok(ok, "grouped %s: traces that are wanted, whole", format);
    ok = truncate(path, 3000) == 0 && tki_traces_rewind(t, TK_NEED_ALL) == 0;
    int rc = 1;
    while (ok && rc == 1)
        rc = tki_traces_next_of(t, wanted, TRACES, &b);
    ok(ok && rc < 0, "grouped %s: an input that lost something is an error", format);
    tk_traces_close(t);
    tk_reader_close(r);
}

static void convert(void)
{
    struct tk_reader *r = NULL;
    struct tk_writer *w = NULL;
    struct tk_err err = {0};
    struct tk_batch *b;
    char to[80];
    snprintf(to, sizeof to, "%s.pb", path);
    const char *paths[] = {path};
    if (tk_reader_open(&r, paths, 1, &(struct tk_read_opts){0}, &err) < 0 ||
        tk_writer_open(&w, to, &(struct tk_write_opts){.format = "otlp"}, &err) < 0)
        bail_out("%s", err.text);
    while (tk_reader_next(r, &b) == 1)
        tk_writer_put(w, b, NULL, 0);
    tk_reader_close(r);
    if (tk_writer_close(w, &err) < 0 || rename(to, path) < 0)
        bail_out("%s", err.text);
}

int main(void)
{
    test_parts(false);
    test_parts(true);
    test_full();
    const char *tmp = getenv("TMPDIR");
    snprintf(path, sizeof path, "%.40s/tk-brief-%ld", tmp ? tmp : "/tmp", (long)getpid());
    write_dump(false);
    test_again("JSON");
    write_dump(false);
    convert();
    test_again("protobuf");
    write_dump(true);
    test_grouped("JSON");
    write_dump(true);
    convert();
    test_grouped("protobuf");
    unlink(path);
    return done_testing();
}
