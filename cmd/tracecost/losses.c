/* What sampling loses: errors and slow traces that are not kept, the chance to see a rare one, and how well a p99 is
 * still known. */
#include <math.h>
#include <stdlib.h>

#include "cli/msg.h"
#include "tracecost.h"

enum { HOUR = 3600, TRACES_MIN = 100 };

/* ---- the p99 of an hour ---- */

struct known { /* a trace that is kept */
    double ns;
    double stands;  /* for so many that arrive */
    double inverse; /* of the chance that it was kept */
};

/* The traces of the dump that have a duration, from the shortest on: the same order for all rows of the table. */
struct timed {
    int64_t ns;
    uint32_t row;
};

struct durations {
    struct timed *trace;
    size_t n;
    struct known *known; /* room for what a row keeps of them */
};

static int by_duration(const void *pa, const void *pb)
{
    const struct timed *a = pa, *b = pb;
    return a->ns != b->ns ? (a->ns > b->ns) - (a->ns < b->ns) : (a->row > b->row) - (a->row < b->row);
}

static void durations_open(struct durations *t, const struct tki_ledger *l)
{
    *t = (struct durations){.trace = malloc((l->ids.n + (size_t)1) * sizeof *t->trace),
                            .known = malloc((l->ids.n + (size_t)1) * sizeof *t->known)};
    if (!t->trace || !t->known)
        tki_die(TKI_EXIT_IO, "out of memory");
    for (uint32_t i = 0; i < l->ids.n; i++) {
        int64_t ns;
        if (tki_extent_duration(&tki_ledger_row(l, i)->extent, &ns) != TKI_DURATION_UNSET)
            t->trace[t->n++] = (struct timed){ns, i};
    }
    qsort(t->trace, t->n, sizeof *t->trace, by_duration);
}

static void durations_free(struct durations *t)
{
    free(t->trace);
    free(t->known);
}

/* The chance with which the row keeps a trace; 0: it does not. */
static double chance(const struct basis *b, const struct row *r, uint32_t row, double weight)
{
    if (!r->side)
        return r->dropped ? 1 : isnan(r->share) ? 1 / weight : r->share;
    uint32_t at = row;
    if (r->side->sampler.nheads)
        at = tki_idmap_get(&tki_replay_ledger(r->side->replay)->ids, b->d->ledger.ids.ids[row]);
    return at == TKI_MAP_NONE || !tki_replay_keeps(r->side->replay, at) ? 0 : tki_replay_chance(r->side->replay, at);
}

static size_t collect(const struct basis *b, const struct row *r, const struct durations *all)
{
    size_t n = 0;
    for (size_t i = 0; i < all->n; i++) {
        const struct timed *t = &all->trace[i];
        double weight = tki_rate_weight(tki_ledger_row(&b->d->ledger, t->row)->rate), p = chance(b, r, t->row, weight);
        if (p > 0)
            all->known[n++] = (struct known){(double)t->ns, r->side ? weight / p : weight, 1 / p};
    }
    return n;
}

/* The smallest duration with the share q of the weight at or below it. */
static double quantile(const struct known *k, size_t n, double sum, double q)
{
    double below = 0;
    for (size_t i = 0; i < n; i++)
        if ((below += k[i].stands) >= q * sum)
            return k[i].ns;
    return NAN;
}

/* Between which durations 95 of 100 hours find their p99; NAN: above the largest of the dump. */
static void p99_range(const struct basis *b, const struct row *r, const struct durations *all, double *low,
                      double *high)
{
    double sum = 0, v = 0;
    size_t n = collect(b, r, all);
    const struct known *k = all->known;
    *low = *high = NAN;
    if (n < TRACES_MIN)
        return;
    for (size_t i = 0; i < n; i++)
        sum += k[i].stands;
    double p99 = quantile(k, n, sum, 0.99);
    for (size_t i = 0; i < n; i++) {
        double d = (k[i].ns > p99) - 0.01;
        v += k[i].stands / sum * d * d * k[i].inverse;
    }
    double half = 1.959963984540054 * sqrt(v / (b->traces_per_s * HOUR));
    *low = quantile(k, n, sum, fmax(0, 0.99 - half));
    *high = 0.99 + half < 1 ? quantile(k, n, sum, 0.99 + half) : NAN;
}

/* ---- the table ---- */

static const struct tki_doc_column columns[] = {
    {.title = "kept", .key = "kept", .shrink = TKI_CUT, .floor = 12},
    {.title = "errors/h", .key = "error_traces_per_hour", .right = true},
    {.key = "error_traces_per_s"},
    {.title = "slow/h", .key = "slow_traces_per_hour", .right = true},
    {.title = "1 a day", .key = "chance_1_a_day", .right = true},
    {.title = "10 a day", .key = "chance_10_a_day", .right = true},
    {.title = "100 a day", .key = "chance_100_a_day", .right = true, .tight = 1},
    {.title = "p99 of an hour", .right = true},
    {.key = "p99_low_ns"},
    {.key = "p99_high_ns"},
};

/* Traces that arrive; without a dump as --assume says, NAN: nobody does. */
static double per_hour(const struct basis *b, enum group g)
{
    const struct tki_measured *all = b->d->all;
    double arrive = all[GROUP_ALL].represented;
    if (!b->d->read)
        return g == GROUP_ERRORS ? money_assumed(b->money, ERROR_SHARE) * b->traces_per_s * HOUR : NAN;
    return arrive > 0 ? all[g].represented / arrive * b->traces_per_s * HOUR : 0;
}

static struct tki_datum times(double rate, double share)
{
    return isnan(rate * share) ? tki_d_none() : tki_d_number(rate * share);
}

static void put_row(struct tki_doc *d, const struct basis *b, const struct row *r, const struct durations *all)
{
    static const int a_day[] = {1, 10, 100};
    double low, high;
    double seen = isnan(r->errors) ? r->share : r->errors;
    p99_range(b, r, all, &low, &high);
    tki_doc_row(d);
    tki_doc_cell(d, tki_d_words(r->name));
    tki_doc_cell(d, times(per_hour(b, GROUP_ERRORS), r->errors));
    tki_doc_cell(d, times(per_hour(b, GROUP_ERRORS) / HOUR, r->errors));
    tki_doc_cell(d, times(per_hour(b, GROUP_SLOW), r->slow));
    for (size_t i = 0; i < sizeof a_day / sizeof *a_day; i++)
        tki_doc_cell(d, isnan(seen) ? tki_d_none() : tki_d_share(1 - pow(1 - fmin(seen, 1), a_day[i])));
    tki_doc_cell(d, isnan(low) || isnan(high) ? tki_d_none()
                    : low < high              ? tki_d_range(tki_d_mean_ns(low), low, high)
                                              : tki_d_mean_ns(low));
    tki_doc_cell(d, isnan(low) ? tki_d_none() : tki_d_mean_ns(low));
    tki_doc_cell(d, isnan(high) ? tki_d_none() : tki_d_mean_ns(high));
}

void put_losses(struct tki_doc *d, const struct basis *b)
{
    if (isnan(per_hour(b, GROUP_ERRORS)))
        return;
    struct durations all;
    durations_open(&all, &b->d->ledger);
    tki_doc_space(d);
    tki_doc_paragraph(d, NULL);
    tki_doc_say(d, "What sampling loses, of ");
    tki_doc_put(d, "error_traces_arrive_per_hour", tki_d_number(per_hour(b, GROUP_ERRORS)));
    tki_doc_say(d, " traces an hour with an error (");
    tki_doc_put(d, NULL, tki_d_number(per_hour(b, GROUP_ERRORS) / HOUR));
    tki_doc_say(d, "/s)");
    if (b->d->read) {
        tki_doc_say(d, " and ");
        tki_doc_put(d, "slow_traces_arrive_per_hour", tki_d_number(per_hour(b, GROUP_SLOW)));
        tki_doc_say(d, " slow ones");
    }
    tki_doc_say(
        d, ": how many are kept; the chance to see at least one of an error that occurs 1, 10 and 100 times a day");
    tki_doc_say(d,
                b->d->read
                    ? "; and between which durations the p99 of an hour is found (-: too few traces are kept to tell)."
                    : ".  Without a dump nothing is known of slow ones.");
    tki_doc_table(d, "losses", columns, sizeof columns / sizeof *columns);
    for (size_t i = 0; i < b->nrows; i++)
        put_row(d, b, &b->row[i], &all);
    tki_doc_close(d);
    durations_free(&all);
}
