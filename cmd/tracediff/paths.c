/* Paths in the report: what each contributes, how often it is called, and where only one side has it. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "names.h"
#include "parts.h"
#include "report/number.h"

#define SHARE_MIN 0.05 /* a smaller difference of presence is not worth a line */

/* ---- contributions ---- */

/* A part of the difference within kinds: it may be negative, and more than all of it.  A difference that may be none
 * has no parts. */
static struct tki_datum part_of(const struct tki_comparison *c, double ns)
{
    bool sure = !c->has_interval || c->interval.lo > 0 || c->interval.hi < 0;
    return tki_d_share(c->within_ns != 0 && sure ? ns / c->within_ns : NAN);
}

static struct tki_datum signed_ns(double ns)
{
    return tki_d_signed(tki_d_mean_ns(ns));
}

static void contribution(struct tki_doc *d, const struct td_answer *a, const struct tki_comparison *c,
                         const struct tki_path_diff *x)
{
    struct tki_path_step step[TKI_PATH_DEPTH_SHOWN];
    tki_doc_row(d);
    tki_doc_cell(d, part_of(c, x->diff_ns));
    tki_doc_cell(d, signed_ns(x->diff_ns));
    tki_doc_cell(d, x->sure->has_interval ? tki_d_range(signed_ns(0), x->sure->interval.lo, x->sure->interval.hi)
                                          : tki_d_words(""));
    tki_doc_cell(d, tki_d_words(x->sure->test[TKI_CPATH].significant ? "*" : ""));
    tki_doc_cell(d, td_path(a, x->path, step));
}

/* What the rows above do not say. */
static void put_rest(struct tki_doc *d, const struct tki_comparison *c, size_t rows, double rest)
{
    size_t others = 0;
    char text[TKI_QUANTITY_MAX + 16], count[TKI_QUANTITY_MAX];
    for (size_t i = rows; i < c->npaths; i++)
        others += c->path[i].diff_ns != 0;
    if (!others)
        return;
    snprintf(text, sizeof text, "%s other %s", tki_count_format(count, others), tki_plural(others, "path", "paths"));
    tki_doc_row(d);
    tki_doc_cell(d, part_of(c, rest));
    tki_doc_cell(d, signed_ns(rest));
    tki_doc_cell(d, tki_d_words(""));
    tki_doc_cell(d, tki_d_words(""));
    tki_doc_cell(d, tki_d_words(text));
}

static void put_tests(struct tki_doc *d, const struct td_answer *a, const struct tki_comparison *c)
{
    const struct tki_compare_opts *o = &a->request->compare;
    if (!c->tests)
        return;
    if (c->discoveries) {
        tki_doc_labels(d, sizeof "*");
        tki_doc_line(d, NULL, "*");
        tki_doc_labels(d, TKI_LABEL);
        tki_doc_say(d, "significant: permutation of traces, false discovery rate ");
        tki_doc_put(d, NULL, tki_d_given(o->alpha));
        tki_doc_say(d, " over ");
        tki_doc_put(d, NULL, tki_d_count(c->tests));
        tki_doc_say(d, " tests, and a difference of at least ");
        tki_doc_put(d, NULL, tki_d_mean_ns(o->gate_ns));
        tki_doc_say(d, " and ");
        tki_doc_put(d, NULL, tki_d_share(o->gate_share));
    } else {
        tki_doc_paragraph(d, NULL);
        tki_doc_say(d, "None of ");
        tki_doc_put(d, NULL, tki_d_count(c->tests));
        tki_doc_say(d, " tests of paths is significant (false discovery rate ");
        tki_doc_put(d, NULL, tki_d_given(o->alpha));
        tki_doc_say(d, ").");
    }
}

/* The largest contributions; returns how many rows there were. */
static size_t put_contributions(struct tki_doc *d, const struct td_answer *a, const struct tki_comparison *c)
{
    static const struct tki_doc_column columns[] = {
        {.title = "share", .min = 6, .right = true},
        {.title = "diff", .min = 9, .right = true},
        {.title = "95 % interval", .min = 22},
        {.title = "", .min = 1, .tight = 1},
        {.title = "critical-path time of", .tight = 2, .shrink = TKI_STEPS},
    };
    size_t top = td_rows(a, c->npaths), n = 0;
    double rest = c->within_ns;
    tki_doc_section(d, NULL, NULL);
    tki_doc_indent(d, 2);
    if (top && c->path[0].diff_ns != 0) {
        tki_doc_space(d);
        tki_doc_table(d, NULL, columns, sizeof columns / sizeof *columns);
        for (; n < top && c->path[n].diff_ns != 0; n++) {
            contribution(d, a, c, &c->path[n]);
            rest -= c->path[n].diff_ns;
        }
        put_rest(d, c, n, rest);
    }
    put_tests(d, a, c);
    tki_doc_end(d);
    return n;
}

static void put_calls(struct tki_doc *d, const struct td_answer *a, const struct tki_comparison *c, size_t rows)
{
    static const struct tki_doc_column columns[2][6] = {
        {{.title = "A", .min = 8, .right = true},
         {.title = "B", .min = 8, .tight = 1, .right = true},
         {.title = "more calls", .right = true},
         {.title = "slower calls", .right = true},
         {.title = "less overlap", .right = true},
         {.title = "", .tight = -1, .shrink = TKI_STEPS}},
        {{.title = "fast", .min = 8, .right = true},
         {.title = "slow", .min = 8, .tight = 1, .right = true},
         {.title = "more calls", .right = true},
         {.title = "slower calls", .right = true},
         {.title = "less overlap", .right = true},
         {.title = "", .tight = -1, .shrink = TKI_STEPS}},
    };
    struct tki_path_step step[TKI_PATH_DEPTH_SHOWN];
    if (rows == 0)
        return;
    tki_doc_space(d);
    tki_doc_section(d, NULL, NULL);
    tki_doc_indent(d, 2);
    tki_doc_paragraph(d, NULL);
    tki_doc_say(d, "calls per trace");
    tki_doc_table(d, NULL, columns[a->mode != TD_SETS], 6);
    for (size_t i = 0; i < rows; i++) {
        const struct tki_path_diff *x = &c->path[i];
        tki_doc_row(d);
        tki_doc_cell(d, tki_d_number(x->calls[0]));
        tki_doc_cell(d, tki_d_number(x->calls[1]));
        tki_doc_cell(d, signed_ns(x->more_ns));
        tki_doc_cell(d, signed_ns(x->slower_ns));
        tki_doc_cell(d, signed_ns(x->overlap_ns));
        tki_doc_cell(d, td_path(a, x->path, step));
    }
    tki_doc_end(d);
}

/* ---- for programs ---- */

static void ns_cell(struct tki_doc *d, bool known, double ns)
{
    tki_doc_cell(d, known ? tki_d_ns(llround(ns)) : tki_d_none());
}

static void number_cell(struct tki_doc *d, bool known, double x)
{
    tki_doc_cell(d, known ? tki_d_number(x) : tki_d_none());
}

static void data_path(struct tki_doc *d, const struct td_answer *a, const struct tki_comparison *c,
                      const struct tki_path_diff *x)
{
    static const int metrics[] = {TKI_TOTAL, TKI_SELF, TKI_CPATH};
    const struct tki_test *t = &x->sure->test[TKI_CPATH];
    const struct tki_interval share_diff = tki_path_share_diff(c, x);
    struct tki_path_step step[TKI_PATH_DEPTH_SHOWN];
    tki_doc_row(d);
    tki_doc_cell(d, td_path(a, x->path, step));
    tki_doc_cell(d, tki_d_count(x->traces[0]));
    tki_doc_cell(d, tki_d_count(x->traces[1]));
    for (int side = 0; side < 2; side++)
        tki_doc_cell(d, tki_d_share(x->share[side]));
    for (int side = 0; side < 2; side++)
        tki_doc_cell(d, tki_d_number(x->calls[side]));
    for (int k = 0; k < 3; k++)
        for (int side = 0; side < 2; side++)
            ns_cell(d, true, x->ns[metrics[k]][side]);
    ns_cell(d, true, x->diff_ns);
    ns_cell(d, x->sure->has_interval, x->sure->interval.lo);
    ns_cell(d, x->sure->has_interval, x->sure->interval.hi);
    tki_doc_cell(d, part_of(c, x->diff_ns));
    ns_cell(d, true, x->more_ns);
    ns_cell(d, true, x->slower_ns);
    ns_cell(d, true, x->overlap_ns);
    number_cell(d, t->done, t->p);
    number_cell(d, t->done, t->q);
    tki_doc_cell(d, t->done ? tki_d_bool(t->significant) : tki_d_none());
    if (x->path >= TKI_PATH_FIRST) {
        tki_doc_data(d, "depth", tki_d_count(a->profile.paths.path[x->path].depth));
        tki_doc_data(d, "path_hash", tki_d_span_id(a->profile.paths.path[x->path].hash));
    }
    td_data_interval(d, "share_diff_95", tki_d_share(0), &share_diff);
    td_data_test(d, "test_self", &x->sure->test[TKI_SELF]);
    td_data_test(d, "test_total", &x->sure->test[TKI_TOTAL]);
}

static void data_paths(struct tki_doc *d, const struct td_answer *a, const struct tki_comparison *c)
{
    static const struct tki_doc_column columns[] = {
        {.key = "path"},
        {.key = "traces_a"},
        {.key = "traces_b"},
        {.key = "share_a"},
        {.key = "share_b"},
        {.key = "calls_a"},
        {.key = "calls_b"},
        {.key = "total_ns_a"},
        {.key = "total_ns_b"},
        {.key = "self_ns_a"},
        {.key = "self_ns_b"},
        {.key = "cpath_ns_a"},
        {.key = "cpath_ns_b"},
        {.key = "diff_ns"},
        {.key = "diff_lo_ns"},
        {.key = "diff_hi_ns"},
        {.key = "diff_share"},
        {.key = "more_calls_ns"},
        {.key = "slower_calls_ns"},
        {.key = "less_overlap_ns"},
        {.key = "p"},
        {.key = "q"},
        {.key = "significant"},
    };
    size_t top = td_rows(a, c->npaths);
    tki_doc_close(d);
    tki_doc_data(d, "paths_total", tki_d_count(c->npaths));
    tki_doc_table(d, "paths", columns, sizeof columns / sizeof *columns);
    tki_doc_main(d);
    for (size_t i = 0; i < top; i++)
        data_path(d, a, c, &c->path[i]);
}

void td_put_paths(struct tki_doc *d, const struct td_answer *a)
{
    if (a->request->tables) {
        size_t rows = put_contributions(d, a, &a->c);
        put_calls(d, a, &a->c, rows);
    }
    data_paths(d, a, &a->c);
}

/* ---- structure ---- */

static bool worth(const struct tki_comparison *c, const struct tki_path_diff *d)
{
    struct tki_interval share = tki_path_share_diff(c, d);
    bool sure = share.lo > 0 || share.hi < 0;
    return sure && fabs(d->share[1] - d->share[0]) >= SHARE_MIN;
}

/* By difference of presence; pointers into the ranked paths, so a tie goes by rank. */
static int cmp_presence(const void *pa, const void *pb)
{
    const struct tki_path_diff *a = *(const struct tki_path_diff *const *)pa,
                               *b = *(const struct tki_path_diff *const *)pb;
    double x = fabs(a->share[1] - a->share[0]), y = fabs(b->share[1] - b->share[0]);
    if (x != y)
        return x > y ? -1 : 1;
    return (a > b) - (a < b);
}

static void presence_row(struct tki_doc *d, const struct td_answer *a, const struct tki_path_diff *x)
{
    struct tki_path_step step[TKI_PATH_DEPTH_SHOWN];
    bool only = x->traces[0] == 0 || x->traces[1] == 0;
    tki_doc_row(d);
    tki_doc_cell(d, tki_d_share(x->share[0]));
    tki_doc_cell(d, tki_d_share(x->share[1]));
    tki_doc_cell(d, tki_d_words(only ? "only" : ""));
    tki_doc_cell(d, tki_d_words(only ? td_side(a, x->traces[0] == 0) : ""));
    tki_doc_cell(d, td_path(a, x->path, step));
}

static void put_presence(struct tki_doc *d, const struct td_answer *a, const struct tki_path_diff **list, size_t n)
{
    static const struct tki_doc_column columns[2][5] = {
        {{.title = "A", .min = 7, .right = true},
         {.title = "B", .min = 7, .right = true},
         {.title = "", .min = 4},
         {.title = "", .min = 4, .tight = 1},
         {.title = "", .shrink = TKI_STEPS}},
        {{.title = "fast", .min = 7, .right = true},
         {.title = "slow", .min = 7, .right = true},
         {.title = "", .min = 4},
         {.title = "", .min = 4, .tight = 1},
         {.title = "", .shrink = TKI_STEPS}},
    };
    tki_doc_space(d);
    tki_doc_paragraph(d, NULL);
    tki_doc_say(d, "Structure: traces that contain a path");
    tki_doc_section(d, NULL, NULL);
    tki_doc_indent(d, 2);
    tki_doc_table(d, NULL, columns[a->mode != TD_SETS], 5);
    tki_doc_shown(d, td_rows(a, n));
    for (size_t i = 0; i < n; i++)
        presence_row(d, a, list[i]);
    tki_doc_end(d);
}

void td_put_structure(struct tki_doc *d, const struct td_answer *a)
{
    const struct tki_comparison *c = &a->c;
    const struct tki_path_diff **list = malloc((c->npaths + 1) * sizeof *list);
    size_t n = 0;
    if (!list) {
        d->err = TK_ENOMEM;
        return;
    }
    for (size_t i = 0; i < c->npaths; i++)
        if (worth(c, &c->path[i]))
            list[n++] = &c->path[i];
    if (n) {
        qsort(list, n, sizeof *list, cmp_presence);
        put_presence(d, a, list, n);
    }
    free(list);
}
