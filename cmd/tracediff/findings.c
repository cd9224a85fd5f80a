/* The sentences of the text report: paths of one side only, and dark time. */
#include <math.h>
#include <stdlib.h>

#include "cli/term.h"
#include "tracediff.h"

enum { STRUCTURE_COLUMN = 27 };
#define SHARE_MIN 0.05 /* a smaller difference of presence is not worth a line */

static bool worth(const struct tki_path_diff *d)
{
    bool sure = d->share_diff.lo > 0 || d->share_diff.hi < 0;
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

static void put_presence(struct tki_buf *to, const struct td_answer *a, const struct tki_path_diff *d)
{
    const char *only = d->traces[0] == 0 || d->traces[1] == 0 ? "only" : "";
    char x[TKI_QUANTITY_MAX], y[TKI_QUANTITY_MAX];
    tki_buf_printf(to, "  %7s  %7s  %4s %-4s  ", tki_percent_format(x, d->share[0]), tki_percent_format(y, d->share[1]),
                   only, *only ? td_side(a, d->traces[0] == 0) : "");
    td_put_path(to, &a->profile, d->path, TD_COLUMNS - STRUCTURE_COLUMN - 3);
    tki_buf_putc(to, '\n');
}

void td_text_structure(struct tki_buf *to, const struct td_answer *a, const struct td_group *g)
{
    const struct tki_comparison *c = &g->c;
    const struct tki_path_diff **list = malloc((c->npaths + 1) * sizeof *list);
    size_t n = 0;
    if (!list) {
        to->err = TK_ENOMEM;
        return;
    }
    for (size_t i = 0; i < c->npaths; i++)
        if (worth(&c->path[i]))
            list[n++] = &c->path[i];
    if (n) {
        size_t top = a->request->top && a->request->top < n ? a->request->top : n;
        qsort(list, n, sizeof *list, cmp_presence);
        tki_buf_printf(to, "\nStructure: traces that contain a path\n  %7s  %7s\n", td_side(a, 0), td_side(a, 1));
        for (size_t i = 0; i < top; i++)
            put_presence(to, a, list[i]);
        if (n > top)
            tki_buf_printf(to, "  and %zu more\n", n - top);
    }
    free(list);
}

static void put_name(struct tki_buf *to, const struct td_answer *a, uint32_t key)
{
    const struct tki_key *k = &a->profile.keys.key[key];
    tki_buf_putc(to, '`');
    tki_buf_fit(to, k->name.n ? k->name : TKI_STR("(no name)"), TD_COLUMNS / 2);
    tki_buf_putc(to, '`');
}

static void put_where(struct tki_buf *to, const struct td_answer *a, const struct tki_gap_sig *s)
{
    switch (s->type) {
    case TKI_GAP_BETWEEN:
        tki_buf_lit(to, " between ");
        put_name(to, a, s->prev);
        tki_buf_lit(to, " and ");
        put_name(to, a, s->next);
        break;
    case TKI_GAP_LEAD:
        tki_buf_lit(to, " before ");
        put_name(to, a, s->next);
        break;
    case TKI_GAP_TRAIL:
        tki_buf_lit(to, " after ");
        put_name(to, a, s->prev);
        break;
    default: tki_buf_lit(to, " without any span inside");
    }
}

static void put_finding(struct tki_buf *to, const struct td_answer *a, const struct tki_dark *d)
{
    const struct tki_gap_sig *s = &a->profile.gap[d->gap];
    struct tki_buf w = {0};
    char x[TKI_QUANTITY_MAX];
    tki_buf_lit(to, "  ");
    td_put_path(to, &a->profile, s->path, TD_COLUMNS - 3);
    tki_buf_lit(to, ":\n    ");
    tki_buf_printf(&w, "%s", td_glue(td_duration(x, (double)d->p50_ns, false)));
    put_where(&w, a, s);
    tki_buf_printf(&w, ", in %s of %s and", td_glue(tki_percent_format(x, d->share[d->side])), td_side(a, d->side));
    tki_buf_printf(&w, " %s of %s traces,", td_glue(tki_percent_format(x, d->share[!d->side])), td_side(a, !d->side));
    tki_buf_printf(&w, " on the critical path in %s,", td_glue(tki_percent_format(x, d->cpath_share)));
    tki_buf_printf(&w, " %s of their duration", td_glue(tki_percent_format(x, d->root_share)));
    if (d->different)
        tki_buf_printf(&w, "; %s on average", td_glue(td_duration(x, d->diff_ns, true)));
    td_put_wrapped(to, (tk_str){w.p, w.n}, 4);
    for (uint32_t i = 0; i < d->nexamples; i++)
        tki_buf_printf(to, "    %s%016llx%016llx\n", i ? "        " : "example ", (unsigned long long)d->example[i].hi,
                       (unsigned long long)d->example[i].lo);
    tki_buf_free(&w);
}

/* Findings that tell the sides apart come first. */
void td_text_dark(struct tki_buf *to, const struct td_answer *a, const struct td_group *g)
{
    size_t top = a->request->top && a->request->top < g->d.n ? a->request->top : g->d.n;
    char x[TKI_QUANTITY_MAX], y[TKI_QUANTITY_MAX];
    if (g->d.n == 0) {
        tki_buf_printf(to, "\nDark time: nothing of %s and %s of the median duration on the critical path\n",
                       td_duration(x, (double)a->request->dark.min_ns, false),
                       tki_percent_format(y, a->request->dark.share_min));
        return;
    }
    for (size_t i = 0; i < top; i++) {
        const struct tki_dark *d = &g->d.dark[i];
        if (i == 0 || d->different != g->d.dark[i - 1].different)
            tki_buf_printf(to, "\nDark time, where nothing that is instrumented ran, %s\n",
                           d->different ? "and the sides differ:" : "no significant difference:");
        put_finding(to, a, d);
    }
    if (g->d.n > top)
        tki_buf_printf(to, "  and %zu more\n", g->d.n - top);
}
