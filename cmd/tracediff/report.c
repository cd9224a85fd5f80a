/* The report as a document: what was read, the comparisons, and what each difference is made of (paths.c, dark.c). */
#include "report.h"

#include <math.h>

#include "report/number.h"

enum { REQUESTS_SHOWN = 5 };
#define AMBIGUOUS_MAX 0.25 /* of the critical path */

/* ---- parts of sentences ---- */

const char *td_side(const struct td_answer *a, int side)
{
    static const char *const names[2][2] = {{"A", "B"}, {"fast", "slow"}};
    return names[a->request->compare.split][side];
}

static const char *kind_name(uint8_t kind)
{
    const char *name = tk_kind_name(kind);
    return name ? name : "unknown";
}

struct tki_path_step td_step(const struct td_answer *a, uint32_t key)
{
    const struct tki_key *k = &a->profile.keys.key[key];
    return (struct tki_path_step){.service = k->service, .name = k->name, .kind = kind_name(k->kind)};
}

void td_put_key(struct tki_doc *d, const char *key, const struct td_answer *a, uint32_t k)
{
    struct tki_path_step step = td_step(a, k);
    if (key) {
        tki_doc_object(d, key);
        tki_doc_data(d, "service", tki_d_name(step.service));
        tki_doc_data(d, "name", tki_d_name(step.name));
        tki_doc_data(d, "kind", tki_d_words(step.kind));
        tki_doc_end(d);
    } else {
        tki_doc_put(d, NULL, tki_d_path(&step, 1, false));
    }
}

struct tki_datum td_path(const struct td_answer *a, uint32_t path, struct tki_path_step step[TKI_PATH_DEPTH_SHOWN])
{
    uint32_t keys[TKI_PATH_DEPTH_SHOWN];
    if (path < TKI_PATH_FIRST)
        return tki_d_words(path == TKI_PATH_OTHER ? "(other paths)" : "(between roots)");
    uint32_t n = tki_path_keys(&a->profile.paths, path, keys, TKI_PATH_DEPTH_SHOWN);
    for (uint32_t i = 0; i < n; i++)
        step[i] = td_step(a, keys[i]);
    return tki_d_path(step, n, a->profile.paths.path[path].depth > n);
}

void td_data_interval(struct tki_doc *d, const char *key, struct tki_datum like, const struct tki_interval *i)
{
    tki_doc_data(d, key, i ? tki_d_range(like, i->lo, i->hi) : tki_d_none());
}

/* ---- what was read ---- */

static void put_files(struct tki_doc *d, const char *label, const char *const *files, size_t n)
{
    tki_doc_line(d, NULL, label);
    if (n == 0)
        tki_doc_say(d, "standard input");
    for (size_t i = 0; i < n; i++) {
        if (i)
            tki_doc_break(d);
        tki_doc_say(d, "%s", strcmp(files[i], "-") == 0 ? "standard input" : files[i]);
        tki_doc_input(d, files[i]);
    }
}

static void say_count(struct tki_doc *d, bool *any, uint64_t n, const char *one, const char *many)
{
    if (!n)
        return;
    if (*any)
        tki_doc_say(d, ", ");
    tki_doc_put(d, NULL, tki_d_count(n));
    tki_doc_say(d, " %s", tki_plural(n, one, many));
    *any = true;
}

static void put_repairs(struct tki_doc *d, const struct td_answer *a)
{
    const struct tki_repairs *r = &a->profile.repairs[0], *s = &a->profile.repairs[1];
    const struct {
        uint64_t n;
        const char *one, *many;
    } words[] = {
        {r->duplicates + s->duplicates, "copy of a span left out", "copies of spans left out"},
        {r->invalid + s->invalid, "span without a usable time", "spans without a usable time"},
        {r->circles + s->circles, "circle of parents cut", "circles of parents cut"},
        {r->orphans + s->orphans, "orphan", "orphans"},
        {r->many_roots + s->many_roots, "trace with several roots under a virtual one",
         "traces with several roots under a virtual one"},
        {r->rootless + s->rootless, "trace without a root", "traces without a root"},
        {r->untimed + s->untimed, "trace without any usable time left out", "traces without any usable time left out"},
        {r->asynchronous + s->asynchronous, "asynchronous span", "asynchronous spans"},
        {r->detached + s->detached, "span that outlived its parent", "spans that outlived their parents"},
    };
    uint64_t clipped = r->clipped + s->clipped;
    bool any = false;
    tki_doc_line(d, NULL, "repairs");
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        say_count(d, &any, words[i].n, words[i].one, words[i].many);
    say_count(d, &any, clipped, "span cut to its parent", "spans cut to their parents");
    if (clipped) {
        tki_doc_say(d, " (");
        tki_doc_put(d, NULL, tki_d_mean_ns((double)r->clipped_ns + (double)s->clipped_ns));
        tki_doc_say(d, ")");
    }
    say_count(d, &any, a->profile.keys.dropped + a->profile.paths.dropped, "span past the limit of paths",
              "spans past the limit of paths");
    if (!any)
        tki_doc_say(d, "none");
}

static void data_input(struct tki_doc *d, const struct td_answer *a, int set)
{
    const struct tki_repairs *r = &a->profile.repairs[set];
    const struct {
        const char *name;
        uint64_t n;
    } repairs[] = {{"duplicates", r->duplicates}, {"invalid", r->invalid},           {"circles", r->circles},
                   {"orphans", r->orphans},       {"rootless", r->rootless},         {"many_roots", r->many_roots},
                   {"untimed", r->untimed},       {"asynchronous", r->asynchronous}, {"detached", r->detached},
                   {"clipped", r->clipped},       {"outside", r->outside},           {"clipped_ns", r->clipped_ns}};
    tki_doc_object(d, NULL);
    tki_doc_array(d, "files");
    for (size_t i = 0; i < a->request->nfiles[set]; i++)
        tki_doc_data(d, NULL, tki_d_words(a->request->files[set][i]));
    tki_doc_end(d);
    tki_doc_data(d, "bytes", tki_d_count(a->stats[set].bytes));
    tki_doc_data(d, "records_skipped", tki_d_count(a->stats[set].records_skipped));
    tki_doc_data(d, "traces", tki_d_count(r->traces));
    tki_doc_data(d, "spans", tki_d_count(r->spans));
    tki_doc_object(d, "repairs");
    for (size_t i = 0; i < sizeof repairs / sizeof *repairs; i++)
        tki_doc_data(d, repairs[i].name, tki_d_count(repairs[i].n));
    tki_doc_end(d);
    tki_doc_end(d);
}

void td_report_begin(struct tki_doc *d, const struct td_answer *a, bool complete)
{
    const struct td_request *r = a->request;
    tki_doc_init(d, "diff", 1, "What makes the difference");
    tki_doc_data(d, "complete", tki_d_bool(complete));
    tki_doc_data(d, "mode", tki_d_words(r->compare.split ? "split" : "sets"));
    if (r->compare.split) {
        tki_doc_array(d, "quantiles");
        tki_doc_data(d, NULL, tki_d_share(r->compare.q[0]));
        tki_doc_data(d, NULL, tki_d_share(r->compare.q[1]));
        tki_doc_end(d);
    }
    tki_doc_data(d, "seed", tki_d_count(r->compare.seed));
    tki_doc_data(d, "replicates", tki_d_count(r->compare.replicates));
    tki_doc_data(d, "spans_past_limits", tki_d_count(a->profile.keys.dropped + a->profile.paths.dropped));
    tki_doc_data(d, "gaps_past_limits", tki_d_count(a->profile.gaps_dropped));
    tki_doc_array(d, "inputs");
    for (int set = 0; set < (r->compare.split ? 1 : 2); set++)
        data_input(d, a, set);
    tki_doc_end(d);
    put_files(d, r->compare.split ? "input" : "A", r->files[0], r->nfiles[0]);
    if (!r->compare.split)
        put_files(d, "B", r->files[1], r->nfiles[1]);
    uint64_t traces = a->profile.repairs[0].traces + a->profile.repairs[1].traces;
    uint64_t spans = a->profile.repairs[0].spans + a->profile.repairs[1].spans;
    bool any = false;
    tki_doc_line(d, NULL, "read");
    say_count(d, &any, traces, "trace", "traces");
    say_count(d, &any, spans, "span", "spans");
    if (!any)
        tki_doc_say(d, "nothing");
    put_repairs(d, a);
    tki_doc_list(d, "comparisons");
}

void td_report_end(struct tki_doc *d)
{
    tki_doc_end(d);
}

/* ---- one comparison ---- */

static void put_mix(struct tki_doc *d, const struct td_answer *a, const struct tki_comparison *c, size_t shown)
{
    static const struct tki_doc_column columns[] = {
        {.title = "", .min = TKI_LABEL}, {.title = "", .min = 6, .tight = 2, .right = true},
        {.title = "", .tight = 1},       {.title = "", .min = 6, .tight = 1, .right = true},
        {.title = "", .tight = 1},       {.title = "", .shrink = TKI_STEPS},
    };
    tki_doc_table(d, NULL, columns, sizeof columns / sizeof *columns);
    for (size_t i = 0; i < shown; i++) {
        const struct tki_mix *m = &c->mix[i];
        struct tki_path_step step = td_step(a, m->key);
        char of[16];
        tki_doc_row(d);
        tki_doc_cell(d, tki_d_words(i ? "" : "requests"));
        for (int side = 0; side < 2; side++) {
            snprintf(of, sizeof of, "of %s%s", td_side(a, side), side ? "" : ",");
            tki_doc_cell(d, tki_d_share(m->share[side]));
            tki_doc_cell(d, tki_d_words(of));
        }
        tki_doc_cell(d, tki_d_path(&step, 1, false));
    }
}

static void data_mix(struct tki_doc *d, const struct td_answer *a, const struct tki_comparison *c)
{
    size_t top = a->request->top;
    tki_doc_data(d, "mix_distance", tki_d_share(c->mix_distance));
    tki_doc_array(d, "requests");
    for (size_t i = 0; i < c->nmix && (!top || i < top); i++) {
        tki_doc_object(d, NULL);
        td_put_key(d, "root", a, c->mix[i].key);
        tki_doc_data(d, "traces_a", tki_d_count(c->mix[i].traces[0]));
        tki_doc_data(d, "traces_b", tki_d_count(c->mix[i].traces[1]));
        tki_doc_data(d, "share_a", tki_d_share(c->mix[i].share[0]));
        tki_doc_data(d, "share_b", tki_d_share(c->mix[i].share[1]));
        tki_doc_end(d);
    }
    tki_doc_end(d);
}

static void put_requests(struct tki_doc *d, const struct td_answer *a, const struct tki_comparison *c)
{
    size_t shown = c->nmix < REQUESTS_SHOWN ? c->nmix : REQUESTS_SHOWN;
    if (a->request->top && a->request->top < shown)
        shown = a->request->top;
    if (c->nmix == 1 && shown) {
        tki_doc_line(d, NULL, "requests");
        td_put_key(d, NULL, a, c->mix[0].key);
    } else {
        put_mix(d, a, c, shown);
    }
    if (c->nmix > shown) {
        tki_doc_line(d, NULL, "");
        tki_doc_say(d, "and ");
        tki_doc_put(d, NULL, tki_d_count(c->nmix - shown));
        tki_doc_say(d, " more");
    }
    if (c->mix_distance >= 0.1) {
        tki_doc_line(d, NULL, "");
        tki_doc_say(d, "The mix of requests differs, and with it what is compared:");
        tki_doc_break(d);
        tki_doc_say(d, "use --by root, or choose one with --root.");
    }
}

static void put_terms(struct tki_doc *d, const struct td_answer *a, const struct tki_comparison *c)
{
    const struct tki_compare_opts *o = &a->request->compare;
    uint64_t unknown = c->side[0].unknown + c->side[1].unknown;
    char p[TKI_QUANTITY_MAX];
    if (o->split) {
        tki_doc_line(d, NULL, "split");
        tki_doc_put(d, NULL, tki_d_count(c->pooled));
        tki_doc_say(d, " traces: fast up to ");
        tki_doc_put(d, NULL, tki_d_ns(c->split_ns[0]));
        tki_doc_say(d, " (p%s), slow from ", tki_exact_format(p, round(1e12 * o->q[0]) / 1e10));
        tki_doc_put(d, NULL, tki_d_ns(c->split_ns[1]));
        tki_doc_say(d, " (p%s)", tki_exact_format(p, round(1e12 * o->q[1]) / 1e10));
    }
    tki_doc_line(d, NULL, "weights");
    if (!c->weighted)
        tki_doc_say(d, "no sampling thresholds: every trace counts once");
    else
        tki_doc_say(d, "by sampling threshold");
    if (c->weighted && unknown) {
        tki_doc_say(d, "; ");
        tki_doc_put(d, NULL, tki_d_count(unknown));
        tki_doc_say(d, " %s without one %s once", tki_plural(unknown, "trace", "traces"),
                    tki_plural(unknown, "counts", "count"));
    }
    tki_doc_line(d, NULL, "intervals");
    tki_doc_say(d, "seed %llu, ", (unsigned long long)o->seed);
    tki_doc_put(d, NULL, tki_d_count(o->replicates));
    tki_doc_say(d, " bootstrap %s", tki_plural(o->replicates, "replicate", "replicates"));
}

static struct tki_datum ambiguous(const struct tki_side *s)
{
    return tki_d_share(s->mean_ns > 0 ? s->ambiguous_ns / s->mean_ns : 0);
}

static void side_row(struct tki_doc *d, const char *label, struct tki_datum x, struct tki_datum y)
{
    tki_doc_row(d);
    tki_doc_cell(d, tki_d_words(label));
    tki_doc_cell(d, x);
    tki_doc_cell(d, y);
}

static void put_sides(struct tki_doc *d, const struct td_answer *a, const struct tki_comparison *c)
{
    static const struct tki_doc_column columns[2][3] = {{{.title = "", .min = TKI_LABEL},
                                                         {.title = "A", .min = 14, .tight = 2, .right = true},
                                                         {.title = "B", .min = 14, .tight = 2, .right = true}},
                                                        {{.title = "", .min = TKI_LABEL},
                                                         {.title = "fast", .min = 14, .tight = 2, .right = true},
                                                         {.title = "slow", .min = 14, .tight = 2, .right = true}}};
    const struct tki_side *s = c->side;
    tki_doc_table(d, NULL, columns[a->request->compare.split], 3);
    side_row(d, "traces", tki_d_count(s[0].traces), tki_d_count(s[1].traces));
    side_row(d, "spans", tki_d_count(s[0].spans), tki_d_count(s[1].spans));
    if (c->weighted)
        side_row(d, "n_eff", tki_d_number(s[0].n_eff), tki_d_number(s[1].n_eff));
    side_row(d, "p50", tki_d_ns(s[0].p50_ns), tki_d_ns(s[1].p50_ns));
    side_row(d, "p95", tki_d_ns(s[0].p95_ns), tki_d_ns(s[1].p95_ns));
    side_row(d, "max", tki_d_ns(s[0].max_ns), tki_d_ns(s[1].max_ns));
    side_row(d, "mean", tki_d_mean_ns(s[0].mean_ns), tki_d_mean_ns(s[1].mean_ns));
    side_row(d, "ambiguous", ambiguous(&s[0]), ambiguous(&s[1]));
}

static void data_sides(struct tki_doc *d, const struct tki_comparison *c)
{
    tki_doc_array(d, "sides");
    for (int side = 0; side < 2; side++) {
        const struct tki_side *s = &c->side[side];
        tki_doc_object(d, NULL);
        tki_doc_data(d, "traces", tki_d_count(s->traces));
        tki_doc_data(d, "spans", tki_d_count(s->spans));
        tki_doc_data(d, "broken", tki_d_count(s->broken));
        tki_doc_data(d, "without_threshold", tki_d_count(s->unknown));
        tki_doc_data(d, "weight", tki_d_number(s->weight));
        tki_doc_data(d, "n_eff", tki_d_number(s->n_eff));
        tki_doc_data(d, "mean_ns", tki_d_ns(llround(s->mean_ns)));
        tki_doc_data(d, "p50_ns", tki_d_ns(s->p50_ns));
        tki_doc_data(d, "p95_ns", tki_d_ns(s->p95_ns));
        tki_doc_data(d, "max_ns", tki_d_ns(s->max_ns));
        tki_doc_data(d, "ambiguous_share", ambiguous(s));
        tki_doc_end(d);
    }
    tki_doc_end(d);
    tki_doc_data(d, "weighted", tki_d_bool(c->weighted));
}

/* What a reader at night should know before the numbers. */
static void put_warnings(struct tki_doc *d, const struct td_answer *a, const struct tki_comparison *c)
{
    for (int side = 0; side < 2; side++) {
        const struct tki_side *s = &c->side[side];
        const char *traces = tki_plural(s->traces, "trace", "traces"), *name = td_side(a, side);
        if (s->traces < a->request->compare.support_min) {
            tki_doc_paragraph(d, NULL);
            tki_doc_say(d, "Only ");
            tki_doc_put(d, NULL, tki_d_count(s->traces));
            if (a->request->compare.split)
                tki_doc_say(d, " %s %s: take intervals and findings as hints.", name, traces);
            else
                tki_doc_say(d, " %s in %s: take intervals and findings as hints.", traces, name);
        }
        if (s->ambiguous_ns > AMBIGUOUS_MAX * s->mean_ns) {
            tki_doc_paragraph(d, NULL);
            tki_doc_say(d, "Much of the critical path (%s) is ambiguous: do not trust the ranking.", name);
        }
    }
}

static void say_test(struct tki_doc *d, const struct tki_test *t)
{
    tki_doc_say(d, " Shift of the durations: ");
    tki_doc_put(d, NULL, tki_d_signed(tki_d_mean_ns(t->shift_ns)));
    tki_doc_say(d, ", Cliff's delta %+.2f, p ", t->delta);
    tki_doc_say(d, t->p < 0.0001 ? "< 0.0001" : "= %.4f", t->p);
    tki_doc_say(d, " (Mann-Whitney): %s.", t->significant ? "a difference" : "no difference that matters");
}

static void put_difference(struct tki_doc *d, const struct td_answer *a, const struct tki_comparison *c)
{
    tki_doc_paragraph(d, NULL);
    if (c->diff_ns == 0) {
        tki_doc_say(d, "The mean durations do not differ");
    } else {
        tki_doc_say(d, "%s is ", a->request->compare.split ? "A slow trace" : "B");
        tki_doc_put(d, NULL, tki_d_mean_ns(fabs(c->diff_ns)));
        tki_doc_say(d, " %s on average", c->diff_ns > 0 ? "slower" : "faster");
    }
    if (c->has_interval && c->diff_ns != 0) {
        tki_doc_say(d, " (");
        tki_doc_put(d, NULL, tki_d_share(0.95));
        tki_doc_say(d, ": ");
        tki_doc_put(d, NULL, tki_d_range(tki_d_signed(tki_d_mean_ns(0)), c->interval.lo, c->interval.hi));
        tki_doc_say(d, ")");
    }
    tki_doc_say(d, ".");
    if (c->duration.done)
        say_test(d, &c->duration);
}

void td_data_test(struct tki_doc *d, const char *key, const struct tki_test *t)
{
    if (!t->done)
        return;
    tki_doc_object(d, key);
    tki_doc_data(d, "p", tki_d_number(t->p));
    tki_doc_data(d, "q", tki_d_number(t->q));
    tki_doc_data(d, "cliffs_delta", tki_d_number(t->delta));
    tki_doc_data(d, "shift_ns", tki_d_ns(llround(t->shift_ns)));
    tki_doc_data(d, "significant", tki_d_bool(t->significant));
    tki_doc_end(d);
}

static void data_comparison(struct tki_doc *d, const struct td_answer *a, const struct td_group *g)
{
    const struct tki_comparison *c = &g->c;
    if (g->root != TK_NONE)
        td_put_key(d, "root", a, g->root);
    if (a->request->compare.split) {
        tki_doc_data(d, "pooled_traces", tki_d_count(c->pooled));
        tki_doc_array(d, "split_ns");
        tki_doc_data(d, NULL, tki_d_ns(c->split_ns[0]));
        tki_doc_data(d, NULL, tki_d_ns(c->split_ns[1]));
        tki_doc_end(d);
    }
    data_sides(d, c);
    data_mix(d, a, c);
    tki_doc_data(d, "diff_ns", tki_d_ns(llround(c->diff_ns)));
    td_data_interval(d, "diff_95", tki_d_mean_ns(0), c->has_interval ? &c->interval : NULL);
    td_data_test(d, "test_duration", &c->duration);
    tki_doc_data(d, "tests", tki_d_count(c->tests));
    tki_doc_data(d, "discoveries", tki_d_count(c->discoveries));
}

void td_report_group(struct tki_doc *d, const struct td_answer *a, const struct td_group *g)
{
    tki_doc_section(d, NULL, NULL);
    data_comparison(d, a, g);
    tki_doc_space(d);
    put_requests(d, a, &g->c);
    put_terms(d, a, &g->c);
    tki_doc_space(d);
    put_sides(d, a, &g->c);
    tki_doc_space(d);
    put_warnings(d, a, &g->c);
    put_difference(d, a, &g->c);
    td_put_paths(d, a, g);
    td_put_structure(d, a, &g->c);
    td_put_dark(d, a, &g->d);
    tki_doc_end(d);
}
