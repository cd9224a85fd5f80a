/* The sides, and the kinds of requests. */
#include "parts.h"

#include <math.h>
#include <stdlib.h>

#include "report/number.h"

enum { KINDS_SHOWN = 5 };
#define AMBIGUOUS_MAX 0.25 /* of the critical path */

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

/* What traces stand for need not be whole. */
static struct tki_datum rounded(double n)
{
    return tki_d_count((uint64_t)llround(n));
}

static void put_sides(struct tki_doc *d, const struct td_answer *a)
{
    const struct tki_comparison *c = &a->c;
    static const struct tki_doc_column columns[2][3] = {{{.title = "", .min = TKI_LABEL},
                                                         {.title = "A", .min = 14, .tight = 2, .right = true},
                                                         {.title = "B", .min = 14, .tight = 2, .right = true}},
                                                        {{.title = "", .min = TKI_LABEL},
                                                         {.title = "fast", .min = 14, .tight = 2, .right = true},
                                                         {.title = "slow", .min = 14, .tight = 2, .right = true}}};
    const struct tki_side *s = c->side;
    tki_doc_table(d, NULL, columns[a->mode != TD_SETS], 3);
    side_row(d, "traces", rounded(s[0].stands), rounded(s[1].stands));
    if (c->sampled)
        side_row(d, "looked at", tki_d_count(s[0].traces), tki_d_count(s[1].traces));
    side_row(d, "spans", rounded(s[0].spans), rounded(s[1].spans));
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
        tki_doc_data(d, "traces", rounded(s->stands));
        tki_doc_data(d, "looked_at", tki_d_count(s->traces));
        tki_doc_data(d, "spans", rounded(s->spans));
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
}

static double traces_of(const struct tki_kind *k)
{
    return k->stands[0] + k->stands[1];
}

/* The kinds that lost most. */
static int cmp_kind(const void *pa, const void *pb)
{
    const struct tki_kind *a = *(const struct tki_kind *const *)pa, *b = *(const struct tki_kind *const *)pb;
    if (traces_of(a) != traces_of(b))
        return traces_of(a) > traces_of(b) ? -1 : 1;
    return (a > b) - (a < b);
}

static void put_kinds(struct tki_doc *d, const struct td_answer *a)
{
    static const struct tki_doc_column columns[2][4] = {
        {{.title = "A", .key = "traces_a", .min = 7, .right = true},
         {.title = "B", .key = "traces_b", .min = 7, .right = true},
         {.title = "median", .key = "median_ns", .min = 9, .right = true},
         {.title = "kind of request", .key = "root", .shrink = TKI_STEPS}},
        {{.title = "fast", .key = "traces_a", .min = 7, .right = true},
         {.title = "slow", .key = "traces_b", .min = 7, .right = true},
         {.title = "median", .key = "median_ns", .min = 9, .right = true},
         {.title = "kind of request", .key = "root", .shrink = TKI_STEPS}},
    };
    const struct tki_kind **list = malloc((a->c.nkinds + 1) * sizeof *list);
    if (!list) {
        d->err = TK_ENOMEM;
        return;
    }
    for (size_t i = 0; i < a->c.nkinds; i++)
        list[i] = &a->c.kind[i];
    qsort(list, a->c.nkinds, sizeof *list, cmp_kind);
    tki_doc_space(d);
    tki_doc_table(d, "requests", columns[a->mode != TD_SETS], 4);
    tki_doc_shown(d, a->request->tables ? td_rows(a, a->c.nkinds) : KINDS_SHOWN);
    for (size_t i = 0; i < a->c.nkinds; i++) {
        struct tki_path_step step = td_step(a, list[i]->key);
        tki_doc_row(d);
        for (int side = 0; side < 2; side++)
            tki_doc_cell(d, rounded(list[i]->stands[side]));
        tki_doc_cell(d, tki_d_ns(list[i]->median_ns));
        tki_doc_cell(d, tki_d_path(&step, 1, false));
    }
    free(list);
}

static void put_warnings(struct tki_doc *d, const struct td_answer *a)
{
    for (int side = 0; side < 2; side++) {
        const struct tki_side *s = &a->c.side[side];
        if (s->ambiguous_ns > AMBIGUOUS_MAX * s->mean_ns) {
            tki_doc_paragraph(d, NULL);
            tki_doc_say(d, "Much of the critical path (%s) is ambiguous: do not trust the ranking.", td_side(a, side));
        }
    }
}

/* Mean and quantiles of two sets, with what is certain. */
static void put_levels(struct tki_doc *d, const struct td_answer *a)
{
    static const struct tki_doc_column columns[] = {
        {.title = "", .key = "level", .min = TKI_LABEL},
        {.title = "B - A", .key = "diff_ns", .min = 10, .tight = 2, .right = true},
        {.title = "95 % interval", .min = 24},
        {.key = "low_ns"},
        {.key = "high_ns"},
        {.title = "p", .key = "p_holm", .min = 7, .right = true},
        {.title = "would be seen", .key = "least_ns", .right = true},
    };
    tki_doc_space(d);
    tki_doc_table(d, "levels", columns, sizeof columns / sizeof *columns);
    for (int i = 0; i < TKI_LEVELS; i++) {
        const struct tki_level_diff *x = &a->levels.level[i];
        struct tki_datum diff = tki_d_signed(tki_d_mean_ns(x->diff_ns)), none = tki_d_none();
        tki_doc_row(d);
        tki_doc_cell(d, tki_d_words(tki_level_name(i)));
        tki_doc_cell(d, tki_d_ns(llround(x->diff_ns)));
        tki_doc_cell(d, x->known ? tki_d_range(diff, x->interval.lo, x->interval.hi) : tki_d_words("too few traces"));
        tki_doc_cell(d, x->known ? tki_d_ns(llround(x->interval.lo)) : none);
        tki_doc_cell(d, x->known ? tki_d_ns(llround(x->interval.hi)) : none);
        tki_doc_cell(d, x->known ? tki_d_number(x->p_holm) : none);
        tki_doc_cell(d, x->known ? tki_d_ns(llround(x->least_ns)) : none);
    }
}

static void data_steps(struct tki_doc *d, const struct td_answer *a)
{
    struct tki_path_step step[TKI_PATH_DEPTH_SHOWN];
    tki_doc_array(d, "steps");
    for (size_t i = 0; i < a->steps.n; i++) {
        const struct tki_step *s = &a->steps.step[i];
        tki_doc_object(d, NULL);
        tki_doc_data(d, "path", td_path(a, s->path, step));
        tki_doc_data(d, "with_a", tki_d_count(s->with[0]));
        tki_doc_data(d, "of_a", tki_d_count(s->of[0]));
        tki_doc_data(d, "with_b", tki_d_count(s->with[1]));
        tki_doc_data(d, "of_b", tki_d_count(s->of[1]));
        tki_doc_end(d);
    }
    tki_doc_end(d);
    tki_doc_array(d, "failed");
    for (int side = 0; side < 2; side++)
        tki_doc_data(d, NULL, tki_d_count(a->steps.failures.failed[side]));
    tki_doc_end(d);
}

void td_put_sides(struct tki_doc *d, const struct td_answer *a)
{
    tki_doc_close(d);
    data_sides(d, &a->c);
    tki_doc_data(d, "weighted", tki_d_bool(a->c.weighted));
    tki_doc_data(d, "diff_ns", tki_d_ns(llround(a->c.diff_ns)));
    tki_doc_data(d, "within_ns", tki_d_ns(llround(a->c.within_ns)));
    tki_doc_data(d, "mix_ns", tki_d_ns(llround(a->c.mix_ns)));
    td_data_interval(d, "within_95", tki_d_mean_ns(0), a->c.has_interval ? &a->c.interval : NULL);
    td_data_test(d, "test_duration", &a->c.duration);
    tki_doc_data(d, "tests", tki_d_count(a->c.tests));
    tki_doc_data(d, "discoveries", tki_d_count(a->c.discoveries));
    data_steps(d, a);
    if (a->mode != TD_ALONE) {
        tki_doc_space(d);
        put_sides(d, a);
        if (a->mode == TD_SETS)
            put_levels(d, a);
        put_warnings(d, a);
    }
    if (a->c.nkinds > 1 || a->request->tables)
        put_kinds(d, a);
    else {
        tki_doc_close(d);
        tki_doc_array(d, "requests");
        tki_doc_end(d);
    }
}
