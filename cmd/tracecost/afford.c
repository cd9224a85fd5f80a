/* --budget of a dump: what a policy for the collector must keep of it, and how often its baseline meets the rest. */
#include <math.h>
#include <stdlib.h>

#include "base/hash.h"
#include "cli/msg.h"
#include "sample/policy/probabilistic.h"
#include "tracecost.h"

static int by_name(const void *pa, const void *pb)
{
    const struct slow_kind *a = pa, *b = pb;
    int c = tki_str_cmp(a->service, b->service);
    return c ? c : tki_str_cmp(a->name, b->name);
}

/* What is slow, as a policy can say it: the limit that was given, or that of each root operation. */
static bool slow_of(const struct basis *b, struct slow_policy *slow, struct slow_kind *kind,
                    struct tki_slow_limit *limit)
{
    const struct tki_kinds *kinds = &b->d->kinds;
    struct tk_err err = {0};
    *slow = (struct slow_policy){.limit_ns = b->o->slow.limit_ns, .kind = kind};
    if (slow->limit_ns)
        return true;
    if (tki_slow_limits(kinds, &b->o->slow, limit, &err) < 0)
        return false;
    for (uint32_t i = 0; i < kinds->names.n; i++) {
        const tk_str both = kinds->names.strs[i];
        const char *zero = tki_str_find(both, 0);
        if (isinf(limit[i].whole_ns) || !zero)
            continue;
        size_t n = (size_t)(zero - both.p);
        kind[slow->n++] = (struct slow_kind){.service = {both.p, n},
                                             .name = {zero + 1, both.n - n - 1},
                                             .limit_ns = (int64_t)limit[i].whole_ns,
                                             .root_ns = limit[i].by_root ? (int64_t)limit[i].root_ns : 0};
    }
    qsort(kind, slow->n, sizeof *kind, by_name);
    return true;
}

/* ---- what the policies for errors and slow traces keep ---- */

static bool is_above(int64_t ns, double limit_ns)
{
    return !isinf(limit_ns) && ns / 1000000 > budget_threshold_ms((int64_t)limit_ns);
}

/* As the collector decides it: in whole milliseconds, so a little more than what is slow. */
static void find_kept(const struct basis *b, const struct slow_policy *slow, const struct tki_slow_limit *limit,
                      bool *kept)
{
    const struct dump *d = b->d;
    for (uint32_t i = 0; i < d->ledger.ids.n; i++) {
        const struct tki_kind_row *root = tki_ledger_at(&d->ledger, i, d->kinds.column);
        int64_t ns;
        kept[i] = d->flags[i] >> GROUP_NOTABLE & 1;
        if (tki_extent_duration(&tki_ledger_row(&d->ledger, i)->extent, &ns) == TKI_DURATION_UNSET)
            continue;
        kept[i] = kept[i] || (slow->limit_ns ? is_above(ns, (double)slow->limit_ns)
                              : root->kind   ? is_above(ns, limit[root->kind - 1].whole_ns)
                                             : false);
    }
}

static bool is_kept(const void *kept, uint32_t row)
{
    return ((const bool *)kept)[row];
}

/* ---- the rest, by its ids ---- */

enum { COUNTED = 4 }; /* traces, spans, bytes, and spans with events and links: what backends bill */

struct draw {
    uint64_t hash;
    double count[COUNTED];
};

static int by_hash(const void *pa, const void *pb)
{
    const struct draw *a = pa, *b = pb;
    return (a->hash > b->hash) - (a->hash < b->hash);
}

static void find_draws(const struct basis *b, const bool *kept, struct budget_rest *to, struct draw *draw)
{
    const tk_str salt = TKI_STR("default-hash-seed"); /* of a policy without hash_salt */
    const uint64_t salted = tki_fnv64(TKI_FNV64_START, salt.p, salt.n);
    const struct tki_ledger *l = &b->d->ledger;
    double sum[COUNTED] = {0};
    size_t n = 0;
    for (uint32_t i = 0; i < l->ids.n; i++) {
        const struct tki_trace_size *is = tki_measure_at(&b->d->measure, i);
        double w = tki_rate_weight(tki_ledger_row(l, i)->rate);
        if (!kept[i])
            draw[n++] = (struct draw){
                tki_probabilistic_hash(salted, l->ids.ids[i]),
                {w, w * is->spans, w * (double)is->bytes, w * ((double)is->spans + is->events + is->links)}};
    }
    qsort(draw, n, sizeof *draw, by_hash);
    for (size_t i = 0; i < n; i++)
        for (int k = 0; k < COUNTED; k++)
            sum[k] += draw[i].count[k];
    double met[COUNTED] = {0};
    to->n = n;
    for (size_t i = 0; i < n; i++) {
        to->hash[i] = draw[i].hash;
        to->share[i] = 0;
        for (int k = 0; k < COUNTED; k++)
            if (sum[k] > 0)
                to->share[i] = fmax(to->share[i], (met[k] += draw[i].count[k]) / sum[k]);
    }
}

/* ---- both ---- */

struct work {
    struct slow_kind *kind;
    struct tki_slow_limit *limit;
    bool *kept;
    struct draw *draw;
    struct budget_rest rest;
};

static void work_open(struct work *w, size_t kinds, size_t traces)
{
    *w = (struct work){
        .kind = calloc(kinds + 1, sizeof *w->kind),
        .limit = calloc(kinds + 1, sizeof *w->limit),
        .kept = calloc(traces + 1, sizeof *w->kept),
        .draw = calloc(traces + 1, sizeof *w->draw),
        .rest = {.hash = calloc(traces + 1, sizeof *w->rest.hash), .share = calloc(traces + 1, sizeof *w->rest.share)}};
    if (!w->kind || !w->limit || !w->kept || !w->draw || !w->rest.hash || !w->rest.share)
        tki_die(TKI_EXIT_IO, "out of memory");
}

static void work_free(struct work *w)
{
    free(w->kind);
    free(w->limit);
    free(w->kept);
    free(w->draw);
    free(w->rest.hash);
    free(w->rest.share);
}

bool put_affordable(struct tki_doc *d, const struct basis *b)
{
    struct tki_streams streams = {b->all, b->notable, b->d->read};
    struct tki_measured measured;
    struct slow_policy slow;
    struct work w;
    if (!b->d->read)
        tki_die(TKI_EXIT_USAGE, "--budget needs a dump: which traces have errors or are slow is not known");
    work_open(&w, b->d->kinds.names.n, b->d->ledger.ids.n);
    if (!slow_of(b, &slow, w.kind, w.limit))
        tki_die(TKI_EXIT_IO, "out of memory");
    find_kept(b, &slow, w.limit, w.kept);
    find_draws(b, w.kept, &w.rest, w.draw);
    const struct tki_choice choice = {
        .counts = is_kept, .ctx = w.kept, .arrived = &b->d->measure, .per = rate_per(b->o)};
    if (tki_measure_result(&b->d->measure, &b->d->redraw, &choice, &measured) < 0)
        tki_die(TKI_EXIT_IO, "out of memory");
    tki_stream_quantities(&b->stream, &measured, &streams.notable);
    bool affordable = put_budget(d, b->money, &streams, &slow, &w.rest);
    work_free(&w);
    return affordable;
}
