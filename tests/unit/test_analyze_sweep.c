/* What --top makes of a plain trace in one sweep, held against the times that everything else goes by: random traces in
 * any order of rows, with ends that are equal, skewed clocks, messages, several roots, parents that are not there. */
#include "analyze/facts.h"
#include "analyze/top_sweep.h"
#include "make_trace.h"
#include "tap.h"

enum { MOST = 120 };

static struct tki_top_span held[MOST], *span[MOST];

static void hold(const struct tk_batch *b)
{
    for (uint32_t i = 0; i < b->nspans; i++) {
        const struct tk_span *s = &b->spans[i];
        held[i] = (struct tki_top_span){.span_id = s->span_id,
                                        .parent_id = s->parent_id,
                                        .start_ns = s->start_ns,
                                        .end_ns = s->end_ns,
                                        .kind = s->kind,
                                        .follows = s->links.count > 0};
        span[i] = &held[i];
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

int main(void)
{
    struct tki_sweep w = {0};
    struct tki_facts f = {0};
    test_random(&w, &f);
    tki_sweep_free(&w);
    tki_facts_free(&f);
    return done_testing();
}
