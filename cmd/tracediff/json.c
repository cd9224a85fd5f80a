/* The report for programs: one JSON document, times in nanoseconds, shares from 0 to 1. */
#include <math.h>

#include "base/num.h"
#include "format/js/js.h"
#include "tracediff.h"

/* Separates members by looking at what was written last. */
static void key(struct tki_buf *to, const char *name)
{
    char last = to->n ? to->p[to->n - 1] : '{';
    if (last != '{' && last != '[')
        tki_buf_putc(to, ',');
    if (*name)
        tki_buf_printf(to, "\"%s\":", name);
}

static void put_str(struct tki_buf *to, const char *name, tk_str s)
{
    uint64_t notes[TK_NOTE_COUNT] = {0};
    key(to, name);
    tki_buf_json_str(to, s, notes);
}

static void put_u64(struct tki_buf *to, const char *name, uint64_t x)
{
    key(to, name);
    tki_buf_u64(to, x);
}

static void put_num(struct tki_buf *to, const char *name, double x)
{
    key(to, name);
    if (isfinite(x))
        tki_buf_double(to, x == 0 ? 0 : x); /* no -0 */
    else
        tki_buf_lit(to, "null");
}

static void put_bool(struct tki_buf *to, const char *name, bool x)
{
    key(to, name);
    tki_buf_printf(to, x ? "true" : "false");
}

static void put_pair(struct tki_buf *to, const char *name, const double x[2])
{
    key(to, name);
    tki_buf_putc(to, '[');
    put_num(to, "", x[0]);
    put_num(to, "", x[1]);
    tki_buf_putc(to, ']');
}

static void put_counts(struct tki_buf *to, const char *name, const uint64_t x[2])
{
    key(to, name);
    tki_buf_printf(to, "[%llu,%llu]", (unsigned long long)x[0], (unsigned long long)x[1]);
}

static void put_interval(struct tki_buf *to, const char *name, struct tki_interval i)
{
    put_pair(to, name, (double[2]){i.lo, i.hi});
}

static void open_object(struct tki_buf *to, const char *name)
{
    key(to, name);
    tki_buf_putc(to, '{');
}

static void open_array(struct tki_buf *to, const char *name)
{
    key(to, name);
    tki_buf_putc(to, '[');
}

static void put_key(struct tki_buf *to, const char *name, const struct tki_profile *p, uint32_t k)
{
    key(to, name);
    if (k == TK_NONE) {
        tki_buf_lit(to, "null");
        return;
    }
    tki_buf_putc(to, '{');
    put_str(to, "service", p->keys.key[k].service);
    put_str(to, "name", p->keys.key[k].name);
    put_str(to, "kind", tki_str(td_kind(p->keys.key[k].kind)));
    tki_buf_putc(to, '}');
}

/* An array of keys from the root; of a deeper path the last ones. */
static void put_path(struct tki_buf *to, const struct tki_profile *p, uint32_t path)
{
    uint32_t keys[TKI_PATH_DEPTH_SHOWN];
    if (path < TKI_PATH_FIRST) {
        put_str(to, "path", path == TKI_PATH_OTHER ? TKI_STR("other") : TKI_STR("between roots"));
        return;
    }
    uint32_t n = tki_path_keys(&p->paths, path, keys, TKI_PATH_DEPTH_SHOWN);
    open_array(to, "path");
    for (uint32_t i = 0; i < n; i++)
        put_key(to, "", p, keys[i]);
    tki_buf_putc(to, ']');
    put_u64(to, "depth", p->paths.path[path].depth);
    key(to, "path_hash");
    tki_buf_putc(to, '"');
    tki_buf_hex64(to, p->paths.path[path].hash);
    tki_buf_putc(to, '"');
}

static void put_input(struct tki_buf *to, const struct td_answer *a, int set)
{
    const struct tki_repairs *r = &a->profile.repairs[set];
    tki_buf_lit(to, "{");
    open_array(to, "files");
    for (size_t i = 0; i < a->request->nfiles[set]; i++)
        put_str(to, "", tki_str(a->request->files[set][i]));
    tki_buf_putc(to, ']');
    put_u64(to, "bytes", a->stats[set].bytes);
    put_u64(to, "records_skipped", a->stats[set].records_skipped);
    put_u64(to, "traces", r->traces);
    put_u64(to, "spans", r->spans);
    open_object(to, "repairs");
    put_u64(to, "duplicates", r->duplicates);
    put_u64(to, "invalid", r->invalid);
    put_u64(to, "circles", r->circles);
    put_u64(to, "orphans", r->orphans);
    put_u64(to, "rootless", r->rootless);
    put_u64(to, "many_roots", r->many_roots);
    put_u64(to, "untimed", r->untimed);
    put_u64(to, "asynchronous", r->asynchronous);
    put_u64(to, "detached", r->detached);
    put_u64(to, "clipped", r->clipped);
    put_u64(to, "outside", r->outside);
    put_u64(to, "clipped_ns", r->clipped_ns);
    tki_buf_lit(to, "}}");
}

void td_json_begin(struct tki_buf *to, const struct td_answer *a)
{
    const struct td_request *r = a->request;
    tki_buf_lit(to, "{\"schema\":\"tracekit.tracediff.v1\"");
    put_str(to, "version", tki_str(tk_version()));
    put_str(to, "mode", r->compare.split ? TKI_STR("split") : TKI_STR("sets"));
    if (r->compare.split)
        put_pair(to, "quantiles", r->compare.q);
    put_u64(to, "seed", r->compare.seed);
    put_u64(to, "replicates", r->compare.replicates);
    put_u64(to, "spans_past_limits", a->profile.keys.dropped + a->profile.paths.dropped);
    put_u64(to, "gaps_past_limits", a->profile.gaps_dropped);
    open_array(to, "inputs");
    for (int set = 0; set < (r->compare.split ? 1 : 2); set++) {
        key(to, "");
        put_input(to, a, set);
    }
    tki_buf_putc(to, ']');
    open_array(to, "comparisons");
}

void td_json_end(struct tki_buf *to, const struct td_answer *a)
{
    (void)a;
    tki_buf_lit(to, "]}\n");
}

static void put_side(struct tki_buf *to, const struct tki_side *s)
{
    open_object(to, "");
    put_u64(to, "traces", s->traces);
    put_u64(to, "spans", s->spans);
    put_u64(to, "broken", s->broken);
    put_u64(to, "without_threshold", s->unknown);
    put_num(to, "weight", s->weight);
    put_num(to, "n_eff", s->n_eff);
    put_num(to, "mean_ns", s->mean_ns);
    put_u64(to, "p50_ns", (uint64_t)s->p50_ns);
    put_u64(to, "p95_ns", (uint64_t)s->p95_ns);
    put_u64(to, "max_ns", (uint64_t)s->max_ns);
    put_num(to, "ambiguous_share", s->mean_ns > 0 ? s->ambiguous_ns / s->mean_ns : 0);
    tki_buf_putc(to, '}');
}

static void put_test(struct tki_buf *to, const char *name, const struct tki_test *t)
{
    if (!t->done)
        return;
    open_object(to, name);
    put_num(to, "p", t->p);
    put_num(to, "q", t->q);
    put_num(to, "cliffs_delta", t->delta);
    put_num(to, "shift_ns", t->shift_ns);
    put_bool(to, "significant", t->significant);
    tki_buf_putc(to, '}');
}

static void put_diff(struct tki_buf *to, const struct td_answer *a, const struct tki_comparison *c,
                     const struct tki_path_diff *d)
{
    open_object(to, "");
    put_path(to, &a->profile, d->path);
    put_counts(to, "traces", d->traces);
    put_pair(to, "trace_share", d->share);
    put_interval(to, "trace_share_diff_95", d->share_diff);
    put_pair(to, "calls", d->calls);
    put_pair(to, "cpath_ns", d->ns[TKI_CPATH]);
    put_pair(to, "self_ns", d->ns[TKI_SELF]);
    put_pair(to, "total_ns", d->ns[TKI_TOTAL]);
    put_num(to, "diff_ns", d->diff_ns);
    put_num(to, "diff_share", c->diff_ns != 0 ? d->diff_ns / c->diff_ns : NAN);
    put_num(to, "more_calls_ns", d->more_ns);
    put_num(to, "slower_calls_ns", d->slower_ns);
    if (d->has_interval)
        put_interval(to, "diff_95", d->interval);
    put_test(to, "test_cpath", &d->test[TKI_CPATH]);
    put_test(to, "test_self", &d->test[TKI_SELF]);
    put_test(to, "test_total", &d->test[TKI_TOTAL]);
    tki_buf_putc(to, '}');
}

static void put_dark(struct tki_buf *to, const struct td_answer *a, const struct tki_dark *d)
{
    const struct tki_gap_sig *s = &a->profile.gap[d->gap];
    open_object(to, "");
    put_path(to, &a->profile, s->path);
    put_str(to, "type", tki_str(td_gap_type(s->type)));
    put_key(to, "after", &a->profile, s->prev);
    put_key(to, "before", &a->profile, s->next);
    put_bool(to, "different", d->different);
    put_num(to, "q", d->q);
    put_counts(to, "traces", d->traces);
    put_pair(to, "trace_share", d->share);
    put_pair(to, "mean_cpath_ns", d->mean_ns);
    put_num(to, "diff_ns", d->diff_ns);
    put_str(to, "side", d->side ? TKI_STR("b") : TKI_STR("a"));
    put_u64(to, "p50_ns", (uint64_t)d->p50_ns);
    put_u64(to, "p95_ns", (uint64_t)d->p95_ns);
    put_u64(to, "cpath_p50_ns", (uint64_t)d->cpath_p50_ns);
    put_num(to, "duration_share", d->root_share);
    put_num(to, "cpath_trace_share", d->cpath_share);
    open_array(to, "examples");
    for (uint32_t i = 0; i < d->nexamples; i++) {
        key(to, "");
        tki_buf_putc(to, '"');
        tki_buf_hex64(to, d->example[i].hi);
        tki_buf_hex64(to, d->example[i].lo);
        tki_buf_putc(to, '"');
    }
    tki_buf_lit(to, "]}");
}

void td_json_group(struct tki_buf *to, const struct td_answer *a, const struct td_group *g)
{
    const struct tki_comparison *c = &g->c;
    size_t top = a->request->top;
    open_object(to, "");
    if (g->root != TK_NONE)
        put_key(to, "root", &a->profile, g->root);
    if (a->request->compare.split) {
        put_u64(to, "pooled_traces", c->pooled);
        put_counts(to, "split_ns", (uint64_t[2]){(uint64_t)c->split_ns[0], (uint64_t)c->split_ns[1]});
    }
    open_array(to, "sides");
    put_side(to, &c->side[0]);
    put_side(to, &c->side[1]);
    tki_buf_putc(to, ']');
    put_bool(to, "weighted", c->weighted);
    put_num(to, "mix_distance", c->mix_distance);
    open_array(to, "requests");
    for (size_t i = 0; i < c->nmix && (!top || i < top); i++) {
        open_object(to, "");
        put_key(to, "root", &a->profile, c->mix[i].key);
        put_counts(to, "traces", c->mix[i].traces);
        put_pair(to, "share", c->mix[i].share);
        tki_buf_putc(to, '}');
    }
    tki_buf_putc(to, ']');
    put_num(to, "diff_ns", c->diff_ns);
    if (c->has_interval)
        put_interval(to, "diff_95", c->interval);
    put_test(to, "test_duration", &c->duration);
    put_u64(to, "tests", c->tests);
    put_u64(to, "discoveries", c->discoveries);
    put_u64(to, "paths_total", c->npaths);
    open_array(to, "paths");
    for (size_t i = 0; i < c->npaths && (!top || i < top); i++)
        put_diff(to, a, c, &c->path[i]);
    tki_buf_putc(to, ']');
    put_u64(to, "dark_total", g->d.n);
    open_array(to, "dark");
    for (size_t i = 0; i < g->d.n && (!top || i < top); i++)
        put_dark(to, a, &g->d.dark[i]);
    tki_buf_lit(to, "]}");
}
