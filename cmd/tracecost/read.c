/* Measuring a dump, and what policies would keep of it: a meter, a sample and samplers look at one reading.
 *
 * The meter keeps the bytes of each trace, so what a policy keeps is the sum over the traces that it keeps: of the same
 * bytes, with the same share of the resources that the spans came with.  Where a configuration keeps parts of traces
 * (head samplers decide span by span, a clock lets spans come late) a second reading measures what it keeps.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/array.h"
#include "base/err.h"
#include "cli/msg.h"
#include "cli/progress.h"
#include "run/kinds.h"
#include "run/reader.h"
#include "sample/consumer.h"
#include "tracecost.h"

enum { SEED = TKI_REDRAW_SEED, SAMPLE_BYTES = 8 << 20, UNITS_BYTES = 16 << 20 };

static void out_of_memory(void)
{
    tki_die(TKI_EXIT_IO, "out of memory");
}

enum tki_mean rate_per(const struct options *o)
{
    if (!o->rate_text)
        return TKI_MEAN_TRACES;
    return o->rate_of == RATE_OF_SPANS   ? TKI_MEAN_SPANS
           : o->rate_of == RATE_OF_BYTES ? TKI_MEAN_BYTES
                                         : TKI_MEAN_TRACES;
}

/* ---- the meter ---- */

struct meter_part {
    struct tki_sizes sizes;
    struct tki_bill_part bill;
    struct without_part without;
};

static int size_spans(void *dump, struct tk_batch *b, const struct tki_groups *groups, void **part)
{
    const struct dump *d = dump;
    struct meter_part *p = *part ? *part : calloc(1, sizeof *p);
    *part = p;
    if (!p)
        return TK_ENOMEM;
    p->sizes.bare = d->billed; /* the bill looks at each attribute */
    int rc = tki_sizes_of(&p->sizes, b, groups->rows, groups->nrows);
    if (rc == 0)
        rc = tki_sizes_group(&p->sizes, b, groups);
    if (rc == 0 && d->billed)
        rc = tki_bill_look(&p->bill, b, groups->rows, groups->nrows, &p->sizes);
    return rc == 0 && d->without ? without_look(d->without, b, groups, &p->without) : rc;
}

static void free_sizes(void *part)
{
    struct meter_part *p = part;
    if (!p)
        return;
    tki_sizes_free(&p->sizes);
    tki_bill_part_free(&p->bill);
    without_part_free(&p->without);
    free(p);
}

static int add_sizes(void *dump, struct tk_batch *b, const struct tki_groups *groups, void *part, int code,
                     struct tk_err *err)
{
    struct dump *d = dump;
    struct meter_part *p = part;
    if (code < 0)
        return tki_err_memory(err);
    tki_measure_add(&d->measure, &p->sizes, groups);
    if (d->billed && tki_bill_take(&d->bill, &p->bill) < 0)
        return tki_err_memory(err);
    if (d->without)
        without_add(d->without, groups, &p->without);
    if (tki_units_add(&d->units, b, groups->rows, groups->nrows, tki_reader_source(d->reader), &p->sizes,
                      d->without ? &p->without.cut.batch : NULL) < 0)
        return tki_err_memory(err);
    return tki_sample_add(&d->sample, b, &p->sizes, groups, err);
}

/* ---- the second reading ---- */

struct again {
    struct dump *d;
    struct tki_sizes sizes;
    struct tki_groups groups;
    uint32_t *rows;
    size_t cap;
    bool large; /* some trace is too large for a store */
};

/* Adds these spans to the measure of a side.  Every trace is in the ledger. */
static int add_kept(struct again *a, struct side *s, const struct tk_batch *b, size_t n)
{
    struct tki_groups *g = &a->groups;
    if (tki_groups_make(g, b, a->rows, (uint32_t)n) < 0 || TKI_GROW(g->ledger_row, g->ledger_cap, g->ids.n) < 0 ||
        tki_sizes_of(&a->sizes, b, a->rows, n) < 0 || tki_sizes_group(&a->sizes, b, g) < 0)
        return TK_ENOMEM;
    for (uint32_t i = 0; i < g->ids.n; i++)
        if ((g->ledger_row[i] = tki_idmap_get(&a->d->ledger.ids, g->ids.ids[i])) == TKI_MAP_NONE)
            return 0; /* the input is not what it was, which the pass says */
    tki_measure_add(&s->measure, &a->sizes, g);
    return 0;
}

/* The bill of traces that a store would refuse: spans of others are passed over. */
static int look_at_large(struct again *a, const struct tk_batch *b)
{
    struct tki_bill_part part = {0};
    size_t n = 0;
    if (TKI_GROW(a->rows, a->cap, b->nspans) < 0)
        return TK_ENOMEM;
    for (uint32_t i = 0; i < b->nspans; i++) {
        uint32_t row = tki_idmap_get(&a->d->ledger.ids, b->spans[i].trace_id);
        if (row != TKI_MAP_NONE && is_too_large(a->d, row))
            a->rows[n++] = i;
    }
    if (n == 0)
        return 0;
    int rc = tki_sizes_of(&a->sizes, b, a->rows, n);
    rc = rc < 0 ? rc : tki_bill_look(&part, b, a->rows, n, &a->sizes);
    rc = rc < 0 ? rc : tki_bill_take(&a->d->large, &part);
    tki_bill_part_free(&part);
    return rc;
}

static int measure_again(void *ctx, struct tk_batch *b, const struct tki_groups *groups, void *part, int code,
                         struct tk_err *err)
{
    struct again *a = ctx;
    (void)groups;
    (void)part;
    (void)code;
    if (a->large && look_at_large(a, b) < 0)
        return tki_err_memory(err);
    for (size_t k = 0; k < a->d->nsides; k++) {
        struct side *s = &a->d->side[k];
        if (!s->partial)
            continue;
        if (TKI_GROW(a->rows, a->cap, b->nspans) < 0)
            return tki_err_memory(err);
        for (uint32_t i = 0; i < b->nspans; i++)
            a->rows[i] = i;
        size_t n = tki_replay_keep(s->replay, b, a->rows, b->nspans, false);
        if (b->err || (n && add_kept(a, s, b, n) < 0))
            return tki_err_memory(err);
    }
    return 0;
}

static void read_parts(struct tki_pass *pass, struct dump *d)
{
    struct again a = {.d = d};
    struct tk_err err = {0};
    bool wanted = false;
    for (size_t k = 0; k < d->nsides; k++)
        wanted = wanted || d->side[k].partial;
    for (uint32_t i = 0; d->billed && i < d->ledger.ids.n; i++)
        a.large = a.large || is_too_large(d, i);
    if ((wanted || a.large) &&
        tki_pass_again(pass, &(struct tki_consumer){.needs = TK_NEED_COPY, .ctx = &a, .fold = measure_again}, &err) < 0)
        tki_die_err(&err);
    tki_sizes_free(&a.sizes);
    tki_groups_free(&a.groups);
    free(a.rows);
}

/* ---- policies ---- */

static void open_side(const struct options *o, struct dump *d, const char *path)
{
    struct tk_err err = {0};
    struct side *s = &d->side[d->nsides++];
    if (path)
        tki_sampling_open_baseline(&o->sampling, path, &s->sampler);
    else
        tki_sampling_open(&o->sampling, &s->sampler);
    tki_sampling_warn(&s->sampler);
    const struct tki_sampler *sampler = &s->sampler;
    snprintf(s->processor, sizeof s->processor, "%s", sampler->tail ? sampler->processor : sampler->heads[0].name);
    snprintf(s->name, sizeof s->name, "%s", path ? path : "after policy");
    if (tki_replay_open(&s->replay, sampler, sampler->nheads ? NULL : &d->ledger, &err) < 0 ||
        tki_replay_time(s->replay, &(struct tki_arrival){.seed = SEED}, false, &err) < 0)
        tki_die_err(&err);
    tki_measure_init(&s->measure, &d->ledger);
}

static void open_sides(const struct options *o, struct dump *d)
{
    if (o->sampling.configs.n)
        open_side(o, d, NULL);
    for (size_t i = 0; i < o->sampling.baselines.n; i++)
        open_side(o, d, o->sampling.baselines.item[i]);
}

static bool may_be_partial(const struct dump *d)
{
    for (size_t k = 0; k < d->nsides; k++) {
        const struct tki_sampler *s = &d->side[k].sampler;
        if (s->nheads || s->budgets || s->sized || s->consistent || s->waits.ingest || s->waits.num_traces_given ||
            s->record_policy)
            return true;
    }
    return false;
}

void judge(struct dump *d)
{
    struct tk_err err = {0};
    for (size_t k = 0; k < d->nsides; k++) {
        struct side *s = &d->side[k];
        if (tki_replay_judge(s->replay, &err) < 0)
            tki_die_err(&err);
        s->partial = s->sampler.nheads || tki_replay_stats(s->replay)->clock;
        s->has_own = s->sampler.tail && !s->sampler.strategies;
        if (s->has_own && tki_replay_own_times(s->replay, &s->own, &err) < 0)
            tki_die_err(&err);
    }
}

/* ---- results ---- */

struct asked {
    const struct dump *d;
    const struct side *side; /* NULL: all */
    enum group group;
};

static bool counts(const void *ctx, uint32_t row)
{
    const struct asked *a = ctx;
    const struct side *s = a->side;
    if (a->group && !(a->d->flags[row] >> a->group & 1))
        return false;
    return !s || s->partial || tki_replay_keeps(s->replay, row);
}

/* What a trace that a side keeps stands for, of all that the side would keep.  A sampler that equalizes decides by the
 * randomness by which the dump was sampled before: of the traces that it would keep, those are missing that stand below
 * the threshold of the dump and not below its own. */
static double weight(const void *ctx, uint32_t row)
{
    const struct asked *a = ctx;
    const tki_rate rate = tki_ledger_row(&a->d->ledger, row)->rate;
    double w = tki_rate_weight(rate);
    for (size_t i = 0; a->side && tki_rate_class(rate) == TKI_RATE_THRESHOLD && i < a->side->sampler.nheads; i++) {
        const struct tki_head *h = &a->side->sampler.heads[i];
        if (h->equalizes)
            w = fmin(w, fmax(1, tki_rate_weight(rate) / tk_threshold_weight(h->threshold)));
    }
    return w;
}

static void result(const struct options *o, const struct dump *d, const struct asked *a, const struct tki_measure *of,
                   bool as_it_is, struct tki_measured *to)
{
    const struct tki_choice choice = {
        .counts = counts, .ctx = a, .weight = weight, .as_it_is = as_it_is, .arrived = &d->measure, .per = rate_per(o)};
    /* Of these it is asked how many there are. */
    bool counted = a->group == GROUP_ERRORS || a->group == GROUP_SLOW;
    if (tki_measure_result(of, counted ? NULL : &d->redraw, &choice, to) < 0)
        out_of_memory();
}

/* Which traces have an error, and which are slow. */
static void flag(const struct options *o, struct dump *d)
{
    struct tk_err err = {0};
    uint32_t n = d->ledger.ids.n;
    uint64_t nslow;
    bool *slow = malloc(n + (size_t)1);
    d->flags = calloc(n + (size_t)1, 1);
    if (!slow || !d->flags)
        out_of_memory();
    if (tki_slow_find(&d->kinds, &o->slow, slow, &nslow, &err) < 0)
        tki_die_err(&err);
    for (uint32_t i = 0; i < n; i++) {
        bool error = tki_ledger_row(&d->ledger, i)->errors > 0;
        d->flags[i] = (uint8_t)(error << GROUP_ERRORS | slow[i] << GROUP_SLOW | (error || slow[i]) << GROUP_NOTABLE);
    }
    free(slow);
}

void conclude(const struct options *o, struct dump *d)
{
    struct tk_err err = {0};
    if (tki_ledger_sort(&d->ledger) < 0)
        out_of_memory();
    flag(o, d);
    if (tki_redraw_open(&d->redraw, d->ledger.ids.ids, d->ledger.ids.n, SEED) < 0)
        out_of_memory();
    for (int g = 0; g < GROUPS; g++) {
        const struct asked all = {d, NULL, (enum group)g};
        result(o, d, &all, &d->measure, false, &d->all[g]);
        if (d->without)
            result(o, d, &all, &d->without->measure, false, &d->without->kept[g]);
    }
    if (d->all[GROUP_ALL].weighted)
        result(o, d, &(struct asked){d, NULL, GROUP_ALL}, &d->measure, true, &d->as_it_is);
    for (size_t k = 0; k < d->nsides; k++)
        for (int g = 0; g < GROUPS; g++) {
            struct side *s = &d->side[k];
            result(o, d, &(struct asked){d, s, (enum group)g}, s->partial ? &s->measure : &d->measure, false,
                   &s->kept[g]);
        }
    if (tki_units_end(&d->units) < 0)
        out_of_memory();
    if (tki_encodings_measure(&d->encodings, &d->sample, &d->blocks, NULL, SEED, &err) < 0)
        tki_die_err(&err);
    tki_blocks_close(&d->blocks); /* some megabytes of compressors */
    measure_bill(o, d);
    if (d->without && d->all[GROUP_ALL].traces)
        without_conclude(d->without, d);
    d->read = d->all[GROUP_ALL].traces > 0;
}

/* ---- reading ---- */

static void tick(void *progress, const struct tk_read_stats *stats)
{
    tki_progress_read(progress, "measuring", stats);
}

/* Reads everything once; returns the status that the reading leaves. */
static int read_once(struct tki_pass *pass, const struct options *o, const char *const *files, size_t nfiles,
                     struct dump *d, bool again)
{
    struct tki_progress progress = {0};
    struct tk_read_opts ro;
    struct tk_err err = {0};
    tki_common_read_opts(&o->common, &ro);
    pass->tick = tick;
    pass->tick_ctx = &progress;
    if (tki_pass_open(pass, files, nfiles, &ro, again, &err) < 0)
        tki_die_err(&err);
    d->reader = pass->reader;
    tki_progress_open(&progress, o->common.progress);
    if (tki_pass_read(pass, &err) < 0)
        tki_die_err(&err);
    tki_progress_close(&progress);
    pass->tick = NULL; /* the progress ends with this function */
    pass->tick_ctx = NULL;
    tki_msg_notes(tk_reader_notes(pass->reader), NULL);
    return tki_msg_problems(pass->reader) ? TKI_EXIT_IO : 0;
}

void open_dump(const struct options *o, struct dump *d)
{
    struct tk_err err = {0};
    d->billed = o->bill;
    tki_measure_init(&d->measure, &d->ledger);
    d->without = o->drops.n ? without_open(&o->drops, &d->ledger) : NULL;
    tki_kinds_init(&d->kinds, &d->ledger);
    if (tki_sample_open(&d->sample, &d->measure, SEED, o->exact ? UINT64_MAX : SAMPLE_BYTES, &err) < 0)
        tki_die_err(&err);
    if (tki_blocks_open(&d->blocks) < 0)
        out_of_memory();
    tki_units_open(&d->units, o->exact ? UINT64_MAX : UNITS_BYTES, &d->blocks, d->without ? &d->without->blocks : NULL);
    open_sides(o, d);
}

void read_dump(const struct options *o, const char *const *files, size_t nfiles, struct dump *d)
{
    struct tki_pass pass = {.ledger = &d->ledger};
    open_dump(o, d);
    tki_pass_add(&pass,
                 &(struct tki_consumer){
                     .needs = TK_NEED_COPY, .ctx = d, .work = size_spans, .part_free = free_sizes, .fold = add_sizes});
    const struct tki_consumer kinds = tki_kinds_consumer(&d->kinds);
    tki_pass_add(&pass, &kinds);
    for (size_t k = 0; k < d->nsides; k++) {
        const struct tki_consumer c = tki_replay_consumer(d->side[k].replay);
        tki_pass_add(&pass, &c);
    }
    d->status = read_once(&pass, o, files, nfiles, d, d->billed || may_be_partial(d));
    tki_damage_add(&d->damage, pass.reader);
    d->stats = *tk_reader_stats(pass.reader);
    judge(d);
    const struct tk_err first = pass.read_err;
    read_parts(&pass, d); /* does not tell a fault again that is known */
    if (first.code < 0)
        pass.read_err = first;
    if (pass.read_err.code < 0) {
        tki_msg_err(&pass.read_err);
        d->status = tki_err_status(&pass.read_err);
    }
    tki_pass_close(&pass);
    d->reader = NULL;
}

void free_dump(struct dump *d)
{
    tki_damage_free(&d->damage);
    for (size_t k = 0; k < d->nsides; k++) {
        tki_replay_close(d->side[k].replay);
        tki_sampler_close(&d->side[k].sampler);
    }
    tki_sample_close(&d->sample);
    tki_units_close(&d->units);
    tki_blocks_close(&d->blocks);
    tki_bill_free(&d->bill);
    tki_bill_free(&d->large);
    tki_redraw_free(&d->redraw);
    tki_kinds_free(&d->kinds);
    tki_ledger_free(&d->ledger);
    without_free(d->without);
    free(d->flags);
    tki_buf_free(&d->scratch);
}
