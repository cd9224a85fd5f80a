#include "tracekit/compare.h"

#include <math.h>
#include <stdlib.h>

#include "base/err.h"
#include "compare/compare.h"
#include "public/values.h"
#include "public/whole.h"

struct tk_compare {
    struct tki_compare_opts opts;
    struct tki_profile_opts profile_opts;
    struct tki_profile profile;
    struct tki_comparison result;
    bool begun; /* profile is open */
    bool finished, compared;
};

struct set {
    struct tk_compare *c;
    int set;
};

int tk_compare_new(struct tk_compare **out, struct tk_err *err)
{
    struct tk_compare *c = calloc(1, sizeof *c);
    *out = c;
    if (!c)
        return tki_err_memory(err);
    c->opts = tki_compare_defaults;
    c->opts.split = false;
    c->opts.intervals_max = 10;
    return 0;
}

void tk_compare_free(struct tk_compare *c)
{
    if (!c)
        return;
    if (c->finished)
        tki_comparison_free(&c->result);
    if (c->begun)
        tki_profile_free(&c->profile);
    free(c);
}

/* ---- settings ---- */

/* A whole number from 0 to the largest. */
static bool is_count(double x, double max)
{
    return x >= 0 && x <= max && x == floor(x);
}

int tk_compare_set(struct tk_compare *c, enum tk_compare_setting what, double x)
{
    bool yes = x == 1, flag = yes || x == 0, share = x >= 0 && x <= 1;
    if (c->begun || c->finished)
        return TK_EUSAGE;
    switch (what) {
    case TK_COMPARE_SPLIT: c->opts.split = yes ? TKI_SPLIT_QUANTILES : TKI_TWO_SETS; return flag ? 0 : TK_EUSAGE;
    case TK_COMPARE_LOW: c->opts.q[0] = share ? x : c->opts.q[0]; return share ? 0 : TK_EUSAGE;
    case TK_COMPARE_HIGH: c->opts.q[1] = share ? x : c->opts.q[1]; return share ? 0 : TK_EUSAGE;
    case TK_COMPARE_WHOLE_ONLY: c->opts.whole_only = yes; return flag ? 0 : TK_EUSAGE;
    case TK_COMPARE_WITHIN: c->opts.within = yes; return flag ? 0 : TK_EUSAGE;
    case TK_COMPARE_SLOW: c->opts.slow.times = x > 0 ? x : 0; return x >= 0 && isfinite(x) ? 0 : TK_EUSAGE;
    case TK_COMPARE_KEEP_NAMES: c->profile_opts.keep_names = yes; return flag ? 0 : TK_EUSAGE;
    case TK_COMPARE_COLLAPSE: c->profile_opts.collapse = yes; return flag ? 0 : TK_EUSAGE;
    case TK_COMPARE_REPLICATES:
        if (!is_count(x, 10000))
            return TK_EUSAGE;
        c->opts.replicates = (uint32_t)x;
        return 0;
    case TK_COMPARE_INTERVALS:
        if (!is_count(x, 1e9))
            return TK_EUSAGE;
        c->opts.intervals_max = (size_t)x;
        return 0;
    case TK_COMPARE_SEED:
        if (!is_count(x, 9007199254740992.0))
            return TK_EUSAGE;
        c->opts.seed = (uint64_t)x;
        return 0;
    }
    return TK_EUSAGE;
}

/* ---- traces ---- */

static int begin(struct tk_compare *c, struct tk_err *err)
{
    if (c->finished)
        return tki_err_set(err, TK_EUSAGE, "the comparison is finished");
    if (c->begun)
        return 0;
    if (c->opts.split && c->opts.q[0] > c->opts.q[1])
        return tki_err_set(err, TK_EUSAGE, "the first quantile is above the second");
    if (tki_profile_init(&c->profile, &c->profile_opts) < 0)
        return tki_err_memory(err);
    if (c->opts.split && c->opts.slow.times > 0)
        c->opts.split = TKI_SPLIT_SLOW;
    c->begun = true;
    return 0;
}

static int begin_set(struct tk_compare *c, int set, struct tk_err *err)
{
    if (set < 0 || set > (c->opts.split ? 0 : 1))
        return tki_err_set(err, TK_EUSAGE, "no set %d", set);
    return begin(c, err);
}

int tk_compare_add(struct tk_compare *c, int set, const struct tk_batch *trace, struct tk_err *err)
{
    int rc = begin_set(c, set, err);
    if (rc < 0)
        return rc;
    rc = tki_profile_add(&c->profile, trace, set);
    if (rc == TK_ENOMEM)
        return tki_err_memory(err);
    return rc < 0 ? tki_err_set(err, rc, "a trace has too many spans") : 0;
}

static int add(void *ctx, struct tk_batch *trace, struct tk_err *err)
{
    const struct set *s = ctx;
    return tk_compare_add(s->c, s->set, trace, err);
}

int tk_compare_read(struct tk_compare *c, int set, struct tk_reader *reader, const struct tk_traces_opts *traces,
                    struct tk_err *err)
{
    struct set s = {c, set};
    int rc = begin_set(c, set, err);
    return rc < 0 ? rc : tki_each_trace(reader, traces, add, &s, err);
}

int tk_compare_finish(struct tk_compare *c, struct tk_err *err)
{
    int rc = begin(c, err);
    if (rc < 0)
        return rc;
    if (tki_compare(&c->result, &c->profile, &c->opts) < 0) {
        tki_comparison_free(&c->result);
        return tki_err_memory(err);
    }
    c->finished = true;
    c->compared = c->result.side[0].traces && c->result.side[1].traces;
    return c->compared;
}

/* ---- answers ---- */

void tk_compare_side(const struct tk_compare *c, int side, double *values, size_t n)
{
    if (!c->finished || side < 0 || side > 1) {
        tki_values_give(values, n, NULL, 0);
        return;
    }
    const struct tki_side *s = &c->result.side[side];
    bool some = s->traces > 0;
    const double known[TK_SIDES] = {
        [TK_SIDE_TRACES] = (double)s->traces,
        [TK_SIDE_SPANS] = (double)s->spans,
        [TK_SIDE_BROKEN] = (double)s->broken,
        [TK_SIDE_UNKNOWN] = (double)s->unknown,
        [TK_SIDE_STAND_FOR] = s->weight,
        [TK_SIDE_N_EFF] = some && c->compared ? s->n_eff : NAN,
        [TK_SIDE_MEAN_NS] = some && c->compared ? s->mean_ns : NAN,
        [TK_SIDE_P50_NS] = some && c->compared ? (double)s->p50_ns : NAN,
        [TK_SIDE_P95_NS] = some && c->compared ? (double)s->p95_ns : NAN,
        [TK_SIDE_MAX_NS] = some && c->compared ? (double)s->max_ns : NAN,
    };
    tki_values_give(values, n, known, TK_SIDES);
}

void tk_compare_total(const struct tk_compare *c, double *values, size_t n)
{
    const struct tki_comparison *r = &c->result;
    const double known[TK_TOTALS] = {
        [TK_TOTAL_DIFF_NS] = r->diff_ns,
        [TK_TOTAL_DIFF_LOW_NS] = r->has_interval ? r->interval.lo : NAN,
        [TK_TOTAL_DIFF_HIGH_NS] = r->has_interval ? r->interval.hi : NAN,
        [TK_TOTAL_MIX_DISTANCE] = r->mix_distance,
        [TK_TOTAL_TESTS] = (double)r->tests,
        [TK_TOTAL_DISCOVERIES] = (double)r->discoveries,
        [TK_TOTAL_WITHIN_NS] = r->within_ns,
        [TK_TOTAL_MIX_NS] = r->mix_ns,
    };
    tki_values_give(values, n, known, c->compared ? TK_TOTALS : 0);
}

size_t tk_compare_paths(const struct tk_compare *c)
{
    return c->compared ? c->result.npaths : 0;
}

void tk_compare_path(const struct tk_compare *c, size_t path, double *values, size_t n)
{
    if (path >= tk_compare_paths(c)) {
        tki_values_give(values, n, NULL, 0);
        return;
    }
    const struct tki_path_diff *d = &c->result.path[path];
    const struct tki_test *t = &d->sure->test[TKI_CPATH];
    const double known[TK_PATH_VALUES] = {
        [TK_PATH_TRACES_A] = (double)d->traces[0],
        [TK_PATH_TRACES_B] = (double)d->traces[1],
        [TK_PATH_CALLS_A] = d->calls[0],
        [TK_PATH_CALLS_B] = d->calls[1],
        [TK_PATH_CPATH_A_NS] = d->ns[TKI_CPATH][0],
        [TK_PATH_CPATH_B_NS] = d->ns[TKI_CPATH][1],
        [TK_PATH_SELF_A_NS] = d->ns[TKI_SELF][0],
        [TK_PATH_SELF_B_NS] = d->ns[TKI_SELF][1],
        [TK_PATH_TOTAL_A_NS] = d->ns[TKI_TOTAL][0],
        [TK_PATH_TOTAL_B_NS] = d->ns[TKI_TOTAL][1],
        [TK_PATH_DIFF_NS] = d->diff_ns,
        [TK_PATH_DIFF_LOW_NS] = d->sure->has_interval ? d->sure->interval.lo : NAN,
        [TK_PATH_DIFF_HIGH_NS] = d->sure->has_interval ? d->sure->interval.hi : NAN,
        [TK_PATH_MORE_NS] = d->more_ns,
        [TK_PATH_SLOWER_NS] = d->slower_ns,
        [TK_PATH_Q] = t->done ? t->q : NAN,
        [TK_PATH_IS_DIFFERENT] = t->done ? t->significant : NAN,
        [TK_PATH_OVERLAP_NS] = d->overlap_ns,
    };
    tki_values_give(values, n, known, TK_PATH_VALUES);
}

size_t tk_compare_path_depth(const struct tk_compare *c, size_t path)
{
    if (path >= tk_compare_paths(c) || c->result.path[path].path < TKI_PATH_FIRST)
        return 0;
    return c->profile.paths.path[c->result.path[path].path].depth;
}

bool tk_compare_path_at(const struct tk_compare *c, size_t path, size_t depth, tk_str *service, tk_str *name,
                        enum tk_kind *kind)
{
    size_t up = tk_compare_path_depth(c, path);
    if (depth >= up)
        return false;
    uint32_t at = c->result.path[path].path;
    while (--up > depth)
        at = c->profile.paths.path[at].parent;
    const struct tki_key *k = &c->profile.keys.key[c->profile.paths.path[at].key];
    if (service)
        *service = k->service;
    if (name)
        *name = k->name;
    if (kind)
        *kind = (enum tk_kind)k->kind;
    return true;
}
