/* The report for programs: one JSON document, times in nanoseconds, shares from 0 to 1. */
#include <math.h>

#include "tracediff.h"

static void put_pair(struct tki_json *j, const char *name, const double x[2])
{
    tki_json_array(j, name);
    tki_json_double(j, NULL, x[0]);
    tki_json_double(j, NULL, x[1]);
    tki_json_end(j);
}

static void put_counts(struct tki_json *j, const char *name, const uint64_t x[2])
{
    tki_json_array(j, name);
    tki_json_u64(j, NULL, x[0]);
    tki_json_u64(j, NULL, x[1]);
    tki_json_end(j);
}

static void put_interval(struct tki_json *j, const char *name, struct tki_interval i)
{
    put_pair(j, name, (double[2]){i.lo, i.hi});
}

static void put_key(struct tki_json *j, const char *name, const struct tki_profile *p, uint32_t k)
{
    if (k == TK_NONE) {
        tki_json_null(j, name);
        return;
    }
    tki_json_object(j, name);
    tki_json_str(j, "service", p->keys.key[k].service);
    tki_json_str(j, "name", p->keys.key[k].name);
    tki_json_text(j, "kind", td_kind(p->keys.key[k].kind));
    tki_json_end(j);
}

/* An array of keys from the root; of a deeper path the last ones. */
static void put_path(struct tki_json *j, const struct tki_profile *p, uint32_t path)
{
    uint32_t keys[TKI_PATH_DEPTH_SHOWN];
    if (path < TKI_PATH_FIRST) {
        tki_json_str(j, "path", path == TKI_PATH_OTHER ? TKI_STR("other") : TKI_STR("between roots"));
        return;
    }
    uint32_t n = tki_path_keys(&p->paths, path, keys, TKI_PATH_DEPTH_SHOWN);
    tki_json_array(j, "path");
    for (uint32_t i = 0; i < n; i++)
        put_key(j, NULL, p, keys[i]);
    tki_json_end(j);
    tki_json_u64(j, "depth", p->paths.path[path].depth);
    tki_json_span_id(j, "path_hash", p->paths.path[path].hash);
}

static void put_input(struct tki_json *j, const struct td_answer *a, int set)
{
    const struct tki_repairs *r = &a->profile.repairs[set];
    tki_json_object(j, NULL);
    tki_json_array(j, "files");
    for (size_t i = 0; i < a->request->nfiles[set]; i++)
        tki_json_str(j, NULL, tki_str(a->request->files[set][i]));
    tki_json_end(j);
    tki_json_u64(j, "bytes", a->stats[set].bytes);
    tki_json_u64(j, "records_skipped", a->stats[set].records_skipped);
    tki_json_u64(j, "traces", r->traces);
    tki_json_u64(j, "spans", r->spans);
    tki_json_object(j, "repairs");
    tki_json_u64(j, "duplicates", r->duplicates);
    tki_json_u64(j, "invalid", r->invalid);
    tki_json_u64(j, "circles", r->circles);
    tki_json_u64(j, "orphans", r->orphans);
    tki_json_u64(j, "rootless", r->rootless);
    tki_json_u64(j, "many_roots", r->many_roots);
    tki_json_u64(j, "untimed", r->untimed);
    tki_json_u64(j, "asynchronous", r->asynchronous);
    tki_json_u64(j, "detached", r->detached);
    tki_json_u64(j, "clipped", r->clipped);
    tki_json_u64(j, "outside", r->outside);
    tki_json_u64(j, "clipped_ns", r->clipped_ns);
    tki_json_end(j);
    tki_json_end(j);
}

void td_json_begin(struct tki_json *j, const struct td_answer *a)
{
    const struct td_request *r = a->request;
    tki_json_object(j, NULL);
    tki_json_text(j, "schema", "tracekit.tracediff.v1");
    tki_json_text(j, "version", tk_version());
    tki_json_text(j, "mode", r->compare.split ? "split" : "sets");
    if (r->compare.split)
        put_pair(j, "quantiles", r->compare.q);
    tki_json_u64(j, "seed", r->compare.seed);
    tki_json_u64(j, "replicates", r->compare.replicates);
    tki_json_u64(j, "spans_past_limits", a->profile.keys.dropped + a->profile.paths.dropped);
    tki_json_u64(j, "gaps_past_limits", a->profile.gaps_dropped);
    tki_json_array(j, "inputs");
    for (int set = 0; set < (r->compare.split ? 1 : 2); set++)
        put_input(j, a, set);
    tki_json_end(j);
    tki_json_array(j, "comparisons");
}

void td_json_end(struct tki_json *j)
{
    tki_json_end(j);
    tki_json_end(j);
}

static void put_side(struct tki_json *j, const struct tki_side *s)
{
    tki_json_object(j, NULL);
    tki_json_u64(j, "traces", s->traces);
    tki_json_u64(j, "spans", s->spans);
    tki_json_u64(j, "broken", s->broken);
    tki_json_u64(j, "without_threshold", s->unknown);
    tki_json_double(j, "weight", s->weight);
    tki_json_double(j, "n_eff", s->n_eff);
    tki_json_double(j, "mean_ns", s->mean_ns);
    tki_json_u64(j, "p50_ns", (uint64_t)s->p50_ns);
    tki_json_u64(j, "p95_ns", (uint64_t)s->p95_ns);
    tki_json_u64(j, "max_ns", (uint64_t)s->max_ns);
    tki_json_double(j, "ambiguous_share", s->mean_ns > 0 ? s->ambiguous_ns / s->mean_ns : 0);
    tki_json_end(j);
}

static void put_test(struct tki_json *j, const char *name, const struct tki_test *t)
{
    if (!t->done)
        return;
    tki_json_object(j, name);
    tki_json_double(j, "p", t->p);
    tki_json_double(j, "q", t->q);
    tki_json_double(j, "cliffs_delta", t->delta);
    tki_json_double(j, "shift_ns", t->shift_ns);
    tki_json_bool(j, "significant", t->significant);
    tki_json_end(j);
}

static void put_diff(struct tki_json *j, const struct td_answer *a, const struct tki_comparison *c,
                     const struct tki_path_diff *d)
{
    tki_json_object(j, NULL);
    put_path(j, &a->profile, d->path);
    put_counts(j, "traces", d->traces);
    put_pair(j, "trace_share", d->share);
    put_interval(j, "trace_share_diff_95", d->share_diff);
    put_pair(j, "calls", d->calls);
    put_pair(j, "cpath_ns", d->ns[TKI_CPATH]);
    put_pair(j, "self_ns", d->ns[TKI_SELF]);
    put_pair(j, "total_ns", d->ns[TKI_TOTAL]);
    tki_json_double(j, "diff_ns", d->diff_ns);
    tki_json_double(j, "diff_share", c->diff_ns != 0 ? d->diff_ns / c->diff_ns : NAN);
    tki_json_double(j, "more_calls_ns", d->more_ns);
    tki_json_double(j, "slower_calls_ns", d->slower_ns);
    if (d->has_interval)
        put_interval(j, "diff_95", d->interval);
    put_test(j, "test_cpath", &d->test[TKI_CPATH]);
    put_test(j, "test_self", &d->test[TKI_SELF]);
    put_test(j, "test_total", &d->test[TKI_TOTAL]);
    tki_json_end(j);
}

static void put_dark(struct tki_json *j, const struct td_answer *a, const struct tki_dark *d)
{
    const struct tki_gap_sig *s = &a->profile.gap[d->gap];
    tki_json_object(j, NULL);
    put_path(j, &a->profile, s->path);
    tki_json_text(j, "type", td_gap_type(s->type));
    put_key(j, "after", &a->profile, s->prev);
    put_key(j, "before", &a->profile, s->next);
    tki_json_bool(j, "different", d->different);
    tki_json_double(j, "q", d->q);
    put_counts(j, "traces", d->traces);
    put_pair(j, "trace_share", d->share);
    put_pair(j, "mean_cpath_ns", d->mean_ns);
    tki_json_double(j, "diff_ns", d->diff_ns);
    tki_json_text(j, "side", d->side ? "b" : "a");
    tki_json_u64(j, "p50_ns", (uint64_t)d->p50_ns);
    tki_json_u64(j, "p95_ns", (uint64_t)d->p95_ns);
    tki_json_u64(j, "cpath_p50_ns", (uint64_t)d->cpath_p50_ns);
    tki_json_double(j, "duration_share", d->root_share);
    tki_json_double(j, "cpath_trace_share", d->cpath_share);
    tki_json_array(j, "examples");
    for (uint32_t i = 0; i < d->nexamples; i++) {
        tki_json_trace_id(j, NULL, d->example[i]);
    }
    tki_json_end(j);
    tki_json_end(j);
}

void td_json_group(struct tki_json *j, const struct td_answer *a, const struct td_group *g)
{
    const struct tki_comparison *c = &g->c;
    size_t top = a->request->top;
    tki_json_object(j, NULL);
    if (g->root != TK_NONE)
        put_key(j, "root", &a->profile, g->root);
    if (a->request->compare.split) {
        tki_json_u64(j, "pooled_traces", c->pooled);
        put_counts(j, "split_ns", (uint64_t[2]){(uint64_t)c->split_ns[0], (uint64_t)c->split_ns[1]});
    }
    tki_json_array(j, "sides");
    put_side(j, &c->side[0]);
    put_side(j, &c->side[1]);
    tki_json_end(j);
    tki_json_bool(j, "weighted", c->weighted);
    tki_json_double(j, "mix_distance", c->mix_distance);
    tki_json_array(j, "requests");
    for (size_t i = 0; i < c->nmix && (!top || i < top); i++) {
        tki_json_object(j, NULL);
        put_key(j, "root", &a->profile, c->mix[i].key);
        put_counts(j, "traces", c->mix[i].traces);
        put_pair(j, "share", c->mix[i].share);
        tki_json_end(j);
    }
    tki_json_end(j);
    tki_json_double(j, "diff_ns", c->diff_ns);
    if (c->has_interval)
        put_interval(j, "diff_95", c->interval);
    put_test(j, "test_duration", &c->duration);
    tki_json_u64(j, "tests", c->tests);
    tki_json_u64(j, "discoveries", c->discoveries);
    tki_json_u64(j, "paths_total", c->npaths);
    tki_json_array(j, "paths");
    for (size_t i = 0; i < c->npaths && (!top || i < top); i++)
        put_diff(j, a, c, &c->path[i]);
    tki_json_end(j);
    tki_json_u64(j, "dark_total", g->d.n);
    tki_json_array(j, "dark");
    for (size_t i = 0; i < g->d.n && (!top || i < top); i++)
        put_dark(j, a, &g->d.dark[i]);
    tki_json_end(j);
    tki_json_end(j);
}
