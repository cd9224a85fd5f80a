/* What --top makes of a plain trace in one sweep, held against the times that everything else goes by: random traces in
 * any order of rows, with ends that are equal, skewed clocks, messages, several roots, parents that are not there. */
#include "analyze/facts.h"
#include "analyze/top_sweep.h"
#include "make_trace.h"
#include "tap.h"

enum { MOST = 120 };

static struct tki_top_span span[MOST];

static void hold(const struct tk_batch *b)
{
    for (uint32_t i = 0; i < b->nspans; i++) {
        const struct tk_span *s = &b->spans[i];
        span[i] = (struct tki_top_span){.span_id = s->span_id,
                                        .parent_id = s->parent_id,
                                        .start_ns = s->start_ns,
                                        .end_ns = s->end_ns,
                                        .kind = s->kind,
                                        .follows = s->links.count > 0};
    }
}

/* Now and then a span follows its parent. */
static void add_follows(struct tk_batch *b, uint64_t *seed)
{
    for (uint32_t i = 0; i < b->nspans; i++) {
        if (!b->spans[i].parent_id || below(seed, 30))
            continue;
        *tk_batch_add_attr(b) = (struct tk_attr){.key = text("opentracing.ref_type"),
                                                 .value = {.type = TK_STRING, .n = 12, .v.s = "follows_from"}};
        *tk_batch_add_link(b) = (struct tk_link){
            .trace_id = b->spans[i].trace_id, .span_id = b->spans[i].parent_id, .attrs = {b->nattrs - 1, 1}};
        b->spans[i].links = (tk_range){b->nlinks - 1, 1};
    }
}

static bool same(const struct tki_sweep *w, const struct tki_facts *f)
{
    bool good = f->has_cpath && w->total_ns == f->cpath.total_ns;
    for (uint32_t i = 0; i < f->b->nspans && good; i++)
        good = w->node[i].self_ns == f->times.self_ns[i] && w->node[i].path_ns == f->cpath.ns[i];
    return good;
}

/* What keeps a trace from being plain. */
static bool is_plain(const struct tk_batch *b, const struct tki_facts *f)
{
    bool plain = f->tree.nduplicates == 0 && f->tree.ncycles == 0;
    for (uint32_t i = 0; i < b->nspans; i++)
        plain = plain && b->spans[i].end_ns >= b->spans[i].start_ns && b->spans[i].start_ns;
    return plain;
}

static void test_random(struct tki_sweep *w, struct tki_facts *f)
{
    static const uint32_t clocks[] = {4, 20, 200, 5000000}, most[] = {3, 24, MOST};
    uint64_t seed = 11;
    uint32_t plain = 0, wrong = 0, missed = 0;
    struct tk_batch *b = tk_batch_new();
    for (uint32_t round = 0; round < 60000; round++) {
        random_trace(b, &seed, most[round % 3], clocks[round % 4]);
        if (below(&seed, 20) == 0)
            b->spans[below(&seed, b->nspans)].parent_id = 1 + below(&seed, b->nspans); /* perhaps a circle */
        if (below(&seed, 20) == 0)
            b->spans[below(&seed, b->nspans)].span_id = 1 + below(&seed, b->nspans); /* perhaps a copy */
        if (below(&seed, 10) == 0)
            for (uint32_t i = 2; i < b->nspans; i++)
                b->spans[i].parent_id = 1 + below(&seed, 2); /* many below one */
        struct tk_batch *c = permuted(b, &seed);
        add_follows(c, &seed);
        tki_facts_begin(f, c);
        hold(c);
        int r = tki_facts_want(f, TKI_FACT_CPATH) == 0 ? tki_sweep_trace(w, span, c->nspans) : -1;
        plain += r == 1;
        wrong += r < 0 || (r == 1 && !same(w, f));
        missed += r == 0 && is_plain(c, f);
        tk_batch_free(c);
    }
    is_int(wrong, 0, "times are those of the tree");
    is_int(missed, 0, "a trace is not plain only where spans are copies, without times, or in a circle");
    ok(plain > 20000, "%u of 60,000 random traces are plain", plain);
    tk_batch_free(b);
}

/* What is held comes back as it was, whether it fits into few bits or not. */
static void test_held(void)
{
    enum { SPANS = 150000 };
    struct tki_holder h = {0};
    uint64_t seed = 3;
    uint32_t wrong = 0, failed = 0;
    static struct tki_top_span all[SPANS];
    for (uint32_t i = 0; i < SPANS; i++) {
        static const uint64_t lengths[] = {0, 5, (UINT64_C(1) << 34) - 1, UINT64_C(1) << 34, UINT64_C(1) << 62};
        static const uint32_t groups[] = {0, 7, (1 << 14) - 1, 1 << 14}, services[] = {0, 3, (1 << 9) - 1, 1 << 9};
        bool back = below(&seed, 20) == 0;
        struct tki_top_span s = {.span_id = i + 1,
                                 .parent_id = below(&seed, 3) ? i : UINT64_MAX - i,
                                 .start_ns = 1000 + i,
                                 .end_ns = 1000 + i + lengths[below(&seed, 5)],
                                 .group = groups[below(&seed, 4)],
                                 .service = services[below(&seed, 4)],
                                 .kind = (uint8_t)below(&seed, 6),
                                 .status = (uint8_t)below(&seed, 3),
                                 .follows = below(&seed, 9) == 0};
        s.end_ns = back ? s.start_ns - 7 : s.end_ns;
        all[i] = s;
        failed += tki_hold_span(&h, &s) < 0;
    }
    for (uint32_t i = 0; i < SPANS; i++) {
        struct tki_top_span s;
        uint32_t group;
        memset(&s, 0xff, sizeof s);
        tki_held_spans(&h, &i, 1, &s);
        const struct tki_top_span *x = &all[i];
        wrong += s.span_id != x->span_id || s.parent_id != x->parent_id || s.start_ns != x->start_ns ||
                 s.end_ns != x->end_ns || s.group != x->group || s.service != x->service || s.kind != x->kind ||
                 s.status != x->status || s.follows != x->follows;
        uint64_t length = x->end_ns - x->start_ns, said = i % 3 == 0 ? TKI_NO_DURATION : i;
        wrong += tki_held_duration(&h, i, &group) != length || group != x->group;
        if (i % 2)
            tki_held_set_duration(&h, i, said);
        wrong += tki_held_duration(&h, i, &group) != (i % 2 ? said : length) || group != x->group;
    }
    ok(failed == 0 && h.n == SPANS && h.nwide > SPANS / 2 && h.nwide < SPANS, "%zu of 150,000 spans do not fit",
       h.nwide);
    is_int(wrong, 0, "spans, lengths and durations come back");
    tki_holder_free(&h);
}

int main(void)
{
    test_held();
    struct tki_sweep w = {0};
    struct tki_facts f = {0};
    test_random(&w, &f);
    tki_sweep_free(&w);
    tki_facts_free(&f);
    return done_testing();
}
