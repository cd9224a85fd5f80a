/* The report for people: header, durations, what the difference is made of. */
#include <math.h>
#include <stdio.h>

#include "cli/term.h"
#include "tracediff.h"

enum { LABEL = 11, NAME_COLUMN = 46 };
#define AMBIGUOUS_MAX 0.25 /* of the critical path */

static void put_files(struct tki_buf *to, const char *label, const char *const *files, size_t n)
{
    tki_buf_printf(to, "%-*s", LABEL, label);
    if (n == 0)
        tki_buf_lit(to, "standard input");
    for (size_t i = 0; i < n; i++) {
        if (i)
            tki_buf_printf(to, "\n%*s", LABEL, "");
        tk_str name = tki_str(files[i]);
        tki_buf_fit(to, TKI_STR_IS(name, "-") ? TKI_STR("standard input") : name, SIZE_MAX / 8);
    }
    tki_buf_putc(to, '\n');
}

static void add_words(struct tki_buf *to, uint64_t n, const char *one, const char *many)
{
    if (n)
        tki_buf_printf(to, "%s%llu %s", to->n ? ", " : "", (unsigned long long)n, tki_plural(n, one, many));
}

static void put_repairs(struct tki_buf *to, const struct td_answer *a)
{
    struct tki_buf words = {0};
    struct tki_repairs r = a->profile.repairs[0], s = a->profile.repairs[1];
    char d[TKI_QUANTITY_MAX];
    add_words(&words, r.duplicates + s.duplicates, "copy of a span left out", "copies of spans left out");
    add_words(&words, r.invalid + s.invalid, "span without a usable time", "spans without a usable time");
    add_words(&words, r.circles + s.circles, "circle of parents cut", "circles of parents cut");
    add_words(&words, r.orphans + s.orphans, "orphan", "orphans");
    add_words(&words, r.many_roots + s.many_roots, "trace with several roots under a virtual one",
              "traces with several roots under a virtual one");
    add_words(&words, r.rootless + s.rootless, "trace without a root", "traces without a root");
    add_words(&words, r.untimed + s.untimed, "trace without any usable time left out",
              "traces without any usable time left out");
    add_words(&words, r.asynchronous + s.asynchronous, "asynchronous span", "asynchronous spans");
    add_words(&words, r.detached + s.detached, "span that outlived its parent", "spans that outlived their parents");
    uint64_t clipped = r.clipped + s.clipped;
    add_words(&words, clipped, "span cut to its parent", "spans cut to their parents");
    if (clipped)
        tki_buf_printf(&words, " (%s)", td_duration(d, (double)r.clipped_ns + (double)s.clipped_ns, false));
    add_words(&words, a->profile.keys.dropped + a->profile.paths.dropped, "span past the limit of paths",
              "spans past the limit of paths");
    if (words.n == 0)
        tki_buf_lit(&words, "none");
    tki_buf_printf(to, "%-*s", LABEL, "repairs");
    td_put_wrapped(to, (tk_str){words.p, words.n}, LABEL);
    tki_buf_free(&words);
}

void td_text_begin(struct tki_buf *to, const struct td_answer *a)
{
    const struct td_request *r = a->request;
    if (r->compare.split) {
        put_files(to, "input", r->files[0], r->nfiles[0]);
    } else {
        put_files(to, "A", r->files[0], r->nfiles[0]);
        put_files(to, "B", r->files[1], r->nfiles[1]);
    }
    uint64_t traces = a->profile.repairs[0].traces + a->profile.repairs[1].traces;
    uint64_t spans = a->profile.repairs[0].spans + a->profile.repairs[1].spans;
    tki_buf_printf(to, "%-*s%llu %s, %llu %s\n", LABEL, "read", (unsigned long long)traces,
                   tki_plural(traces, "trace", "traces"), (unsigned long long)spans,
                   tki_plural(spans, "span", "spans"));
    put_repairs(to, a);
}

static void put_roots(struct tki_buf *to, const struct td_answer *a, const struct td_group *g)
{
    const struct tki_comparison *c = &g->c;
    size_t top = a->request->top ? a->request->top : c->nmix, shown = 0;
    top = top < 5 ? top : 5;
    for (; shown < c->nmix && shown < top; shown++) {
        const struct tki_mix *m = &c->mix[shown];
        char x[TKI_QUANTITY_MAX], y[TKI_QUANTITY_MAX];
        tki_buf_printf(to, "%-*s", LABEL, shown ? "" : "requests");
        if (c->nmix > 1)
            tki_buf_printf(to, "%6s of %s, %6s of %s  ", tki_percent_format(x, m->share[0]), td_side(a, 0),
                           tki_percent_format(y, m->share[1]), td_side(a, 1));
        td_put_key(to, &a->profile, m->key, c->nmix > 1 ? TD_COLUMNS - LABEL - 32 : TD_COLUMNS - LABEL);
        tki_buf_putc(to, '\n');
    }
    if (c->nmix > shown)
        tki_buf_printf(to, "%*sand %zu more\n", LABEL, "", c->nmix - shown);
    if (c->mix_distance >= 0.1)
        tki_buf_printf(to,
                       "%*sThe mix of requests differs, and with it what is compared:\n"
                       "%*suse --by root, or choose one with --root.\n",
                       LABEL, "", LABEL, "");
}

static void put_row(struct tki_buf *to, const char *label, const char *x, const char *y)
{
    tki_buf_printf(to, "%-*s%14s%14s\n", LABEL, label, x, y);
}

static void put_count_row(struct tki_buf *to, const char *label, uint64_t x, uint64_t y)
{
    tki_buf_printf(to, "%-*s%14llu%14llu\n", LABEL, label, (unsigned long long)x, (unsigned long long)y);
}

static void put_sides(struct tki_buf *to, const struct td_answer *a, const struct tki_comparison *c)
{
    char x[TKI_QUANTITY_MAX], y[TKI_QUANTITY_MAX];
    const struct tki_side *s = c->side;
    put_row(to, "", td_side(a, 0), td_side(a, 1));
    put_count_row(to, "traces", s[0].traces, s[1].traces);
    put_count_row(to, "spans", s[0].spans, s[1].spans);
    if (c->weighted)
        tki_buf_printf(to, "%-*s%14.1f%14.1f\n", LABEL, "n_eff", s[0].n_eff, s[1].n_eff);
    put_row(to, "p50", td_duration(x, (double)s[0].p50_ns, false), td_duration(y, (double)s[1].p50_ns, false));
    put_row(to, "p95", td_duration(x, (double)s[0].p95_ns, false), td_duration(y, (double)s[1].p95_ns, false));
    put_row(to, "max", td_duration(x, (double)s[0].max_ns, false), td_duration(y, (double)s[1].max_ns, false));
    put_row(to, "mean", td_duration(x, s[0].mean_ns, false), td_duration(y, s[1].mean_ns, false));
    put_row(to, "ambiguous", tki_percent_format(x, s[0].mean_ns > 0 ? s[0].ambiguous_ns / s[0].mean_ns : 0),
            tki_percent_format(y, s[1].mean_ns > 0 ? s[1].ambiguous_ns / s[1].mean_ns : 0));
}

static void put_terms(struct tki_buf *to, const struct td_answer *a, const struct tki_comparison *c)
{
    const struct tki_compare_opts *o = &a->request->compare;
    char x[TKI_QUANTITY_MAX];
    uint64_t unknown = c->side[0].unknown + c->side[1].unknown;
    if (o->split) {
        tki_buf_printf(to, "%-*s%llu traces: fast up to %s (p%g)", LABEL, "split", (unsigned long long)c->pooled,
                       td_duration(x, (double)c->split_ns[0], false), 100 * o->q[0]);
        tki_buf_printf(to, ", slow from %s (p%g)\n", td_duration(x, (double)c->split_ns[1], false), 100 * o->q[1]);
    }
    if (!c->weighted)
        tki_buf_printf(to, "%-*sno sampling thresholds: every trace counts once\n", LABEL, "weights");
    else if (unknown)
        tki_buf_printf(to, "%-*sby sampling threshold; %llu traces without one count once\n", LABEL, "weights",
                       (unsigned long long)unknown);
    else
        tki_buf_printf(to, "%-*sby sampling threshold\n", LABEL, "weights");
    tki_buf_printf(to, "%-*sseed %llu, %u bootstrap replicates\n", LABEL, "intervals", (unsigned long long)o->seed,
                   o->replicates);
}

/* What a reader at night should know before the numbers. */
static void put_warnings(struct tki_buf *to, const struct td_answer *a, const struct tki_comparison *c)
{
    for (int side = 0; side < 2; side++) {
        const struct tki_side *s = &c->side[side];
        unsigned long long n = s->traces;
        const char *traces = tki_plural(n, "trace", "traces"), *name = td_side(a, side);
        if (n < a->request->compare.support_min && a->request->compare.split)
            tki_buf_printf(to, "Only %llu %s %s: take intervals and findings as hints.\n", n, name, traces);
        else if (n < a->request->compare.support_min)
            tki_buf_printf(to, "Only %llu %s in %s: take intervals and findings as hints.\n", n, traces, name);
        if (s->ambiguous_ns > AMBIGUOUS_MAX * s->mean_ns)
            tki_buf_printf(to, "Much of the critical path (%s) is ambiguous: do not trust the ranking.\n", name);
    }
}

/* A part of the difference: it may be negative, and more than all of it. */
static char *put_part(char to[TKI_QUANTITY_MAX], const struct tki_comparison *c, double ns)
{
    double x = c->diff_ns != 0 ? 100 * ns / c->diff_ns : 0;
    int n = fabs(x) < 9.95 ? snprintf(to, TKI_QUANTITY_MAX, "%.1f %%", fabs(x) < 0.05 ? 0 : x)
                           : snprintf(to, TKI_QUANTITY_MAX, "%.0f %%", x);
    if (c->diff_ns == 0 || n < 0 || n >= TKI_QUANTITY_MAX)
        snprintf(to, TKI_QUANTITY_MAX, "-");
    return to;
}

static void put_difference(struct tki_buf *to, const struct td_answer *a, const struct tki_comparison *c)
{
    struct tki_buf w = {0};
    char x[TKI_QUANTITY_MAX];
    if (c->diff_ns == 0)
        tki_buf_lit(&w, "The mean durations do not differ");
    else
        tki_buf_printf(&w, "%s is %s %s on average", a->request->compare.split ? "A slow trace" : "B",
                       td_glue(td_duration(x, fabs(c->diff_ns), false)), c->diff_ns > 0 ? "slower" : "faster");
    if (c->has_interval && c->diff_ns != 0) {
        tki_buf_lit(&w, " (95" TD_GLUE "%: ");
        tki_buf_printf(&w, "%s to", td_glue(td_duration(x, c->interval.lo, true)));
        tki_buf_printf(&w, " %s", td_glue(td_duration(x, c->interval.hi, true)));
        tki_buf_lit(&w, ")");
    }
    tki_buf_lit(&w, ".");
    if (c->duration.done) {
        tki_buf_printf(&w, " Shift of the durations: %s, Cliff's delta %+.2f, p ",
                       td_glue(td_duration(x, c->duration.shift_ns, true)), c->duration.delta);
        tki_buf_printf(&w, c->duration.p < 0.0001 ? "< 0.0001" : "= %.4f", c->duration.p);
        tki_buf_printf(&w, " (Mann-Whitney): %s.",
                       c->duration.significant ? "a difference" : "no difference that matters");
    }
    td_put_wrapped(to, (tk_str){w.p, w.n}, 0);
    tki_buf_free(&w);
}

/* The largest contributions; returns how many rows there were. */
static size_t put_contributions(struct tki_buf *to, const struct td_answer *a, const struct tki_comparison *c)
{
    size_t top = a->request->top && a->request->top < c->npaths ? a->request->top : c->npaths, n = 0;
    double rest = c->diff_ns;
    char x[TKI_QUANTITY_MAX], y[TKI_QUANTITY_MAX], share[TKI_QUANTITY_MAX];
    for (; n < top && c->path[n].diff_ns != 0; n++) {
        const struct tki_path_diff *d = &c->path[n];
        if (n == 0)
            tki_buf_printf(to, "\n  %6s  %9s  %-22s  %s\n", "share", "diff", "95 % interval", "critical-path time of");
        char range[2 * TKI_QUANTITY_MAX] = "";
        if (d->has_interval)
            snprintf(range, sizeof range, "%s..%s", td_duration(x, d->interval.lo, true),
                     td_duration(y, d->interval.hi, true));
        tki_buf_printf(to, "  %6s  %9s  %-22s %c", put_part(share, c, d->diff_ns), td_duration(x, d->diff_ns, true),
                       range, d->test[TKI_CPATH].significant ? '*' : ' ');
        td_put_path(to, &a->profile, d->path, TD_COLUMNS - NAME_COLUMN);
        tki_buf_putc(to, '\n');
        rest -= d->diff_ns;
    }
    size_t others = 0;
    for (size_t i = n; i < c->npaths; i++)
        others += c->path[i].diff_ns != 0;
    if (others)
        tki_buf_printf(to, "  %6s  %9s  %-22s  %zu other %s\n", put_part(share, c, rest), td_duration(x, rest, true),
                       "", others, tki_plural(others, "path", "paths"));
    if (c->discoveries)
        tki_buf_printf(to,
                       "  * significant: Mann-Whitney, false discovery rate %g over %zu tests, and a\n"
                       "    shift of at least %s and %s\n",
                       a->request->compare.alpha, c->tests, td_duration(x, a->request->compare.gate_ns, false),
                       tki_percent_format(y, a->request->compare.gate_share));
    else if (c->tests)
        tki_buf_printf(to, "  None of %zu tests of paths is significant (false discovery rate %g).\n", c->tests,
                       a->request->compare.alpha);
    return n;
}

static void put_calls(struct tki_buf *to, const struct td_answer *a, const struct tki_comparison *c, size_t rows)
{
    char x[TKI_QUANTITY_MAX], y[TKI_QUANTITY_MAX];
    if (rows == 0)
        return;
    tki_buf_printf(to, "\n  calls per trace\n  %8s %8s  %10s  %12s\n", td_side(a, 0), td_side(a, 1), "more calls",
                   "slower calls");
    for (size_t i = 0; i < rows; i++) {
        const struct tki_path_diff *d = &c->path[i];
        tki_buf_printf(to, "  %8.2f %8.2f  %10s  %12s   ", d->calls[0], d->calls[1], td_duration(x, d->more_ns, true),
                       td_duration(y, d->slower_ns, true));
        td_put_path(to, &a->profile, d->path, TD_COLUMNS - NAME_COLUMN);
        tki_buf_putc(to, '\n');
    }
}

void td_text_group(struct tki_buf *to, const struct td_answer *a, const struct td_group *g)
{
    tki_buf_putc(to, '\n');
    put_roots(to, a, g);
    put_terms(to, a, &g->c);
    tki_buf_putc(to, '\n');
    put_sides(to, a, &g->c);
    tki_buf_putc(to, '\n');
    put_warnings(to, a, &g->c);
    put_difference(to, a, &g->c);
    size_t rows = put_contributions(to, a, &g->c);
    put_calls(to, a, &g->c, rows);
    td_text_structure(to, a, g);
    td_text_dark(to, a, g);
}
