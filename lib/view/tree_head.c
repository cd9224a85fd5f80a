/* What stands above the lines of a tree: the trace, its sums, where its time went, and the scale of the bars. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "model/unit.h"
#include "report/number.h"
#include "view/tree_in.h"
#include "view/view.h"

enum { NUMBER = 9, NAME = 36, MIDDLE_FROM = 30 };

/* ---- the trace ---- */

static void count(struct tki_buf *to, uint64_t n, const char *one, const char *many)
{
    char text[TKI_QUANTITY_MAX];
    if (n)
        tki_buf_printf(to, ", %s %s", tki_count_format(text, n), tki_plural(n, one, many));
}

/* Spans whose duration is not what their times say. */
static void odd_durations(const struct tk_batch *b, struct tki_buf *to)
{
    uint32_t n[TKI_DURATION_HUGE + 1] = {0};
    int64_t ns;
    for (uint32_t i = 0; i < b->nspans; i++)
        n[tki_span_duration(&b->spans[i], &ns)]++;
    count(to, n[TKI_DURATION_NEGATIVE], "span ends before it starts", "spans end before they start");
    count(to, n[TKI_DURATION_HUGE], "span lasts more than 292 years", "spans last more than 292 years");
}

static void sums(struct tki_tree_view *v, const struct tk_batch *b, struct tki_buf *to)
{
    char duration[TKI_QUANTITY_MAX];
    const struct tki_facts *f = &v->facts;
    tki_buf_printf(to, "%s", tki_duration_format(duration, (double)f->duration_ns));
    count(to, b->nspans, "span", "spans");
    count(to, f->services, "service", "services");
    if (f->errors) {
        tki_buf_printf(to, ", %s", v->style->red);
        tki_buf_printf(to, "%" PRIu32 " %s%s", f->errors, tki_plural(f->errors, "error", "errors"), v->style->reset);
    }
    if (f->tree.nroots > 1)
        count(to, f->tree.nroots, "root", "roots");
    count(to, f->tree.norphans, "with a missing parent", "with a missing parent");
    odd_durations(b, to);
    if (tki_unit_of_trace(b) > 1) /* the durations are wrong as well */
        tki_buf_printf(to, ", times in %s: --repair=units", tki_unit_name(tki_unit_of_trace(b)));
    tki_buf_putc(to, '\n');
}

/* ---- where the time went ---- */

struct share {
    uint32_t row;    /* one of those with this service and name */
    int64_t ns;      /* of the critical path */
    int64_t dark_ns; /* in which nothing below them ran */
};

static int by_name(const void *pa, const void *pb, void *batch)
{
    const struct tk_batch *b = batch;
    const struct tk_span *x = &b->spans[*(const uint32_t *)pa], *y = &b->spans[*(const uint32_t *)pb];
    int c = tki_str_cmp(x->name, y->name);
    return c ? c : tki_str_cmp(b->resources[x->resource].service, b->resources[y->resource].service);
}

static void add_row(const struct tki_facts *f, struct share *s, uint32_t row)
{
    bool parent = f->times.child_first[row] != f->times.child_first[row + 1];
    s->ns += f->cpath.ns[row];
    s->dark_ns += parent ? tki_node_cover(&f->times, f->b, row).dark_ns : 0;
}

static void keep_largest(struct share best[2], const struct share *s)
{
    if (s->ns > best[0].ns) {
        best[1] = best[0];
        best[0] = *s;
    } else if (s->ns > best[1].ns) {
        best[1] = *s;
    }
}

/* The two operations with most of the critical path.  Returns false when there is no path, or no memory. */
static bool largest(const struct tki_facts *f, struct share best[2])
{
    struct share s = {0};
    uint32_t n = 0, *rows = f->has_cpath ? malloc(f->b->nspans * sizeof *rows + 1) : NULL;
    best[0] = best[1] = s;
    if (!rows)
        return false;
    for (uint32_t i = 0; i < f->b->nspans; i++)
        if (f->cpath.ns[i] > 0)
            rows[n++] = i;
    qsort_r(rows, n, sizeof *rows, by_name, (void *)f->b);
    for (uint32_t i = 0; i < n; i++) {
        if (i && by_name(&rows[i - 1], &rows[i], (void *)f->b) != 0) {
            keep_largest(best, &s);
            s = (struct share){0};
        }
        s.row = rows[i];
        add_row(f, &s, rows[i]);
    }
    keep_largest(best, &s);
    free(rows);
    return best[0].ns > 0;
}

static void operation(const struct tk_batch *b, uint32_t row, struct tki_buf *to)
{
    tk_str service = b->resources[b->spans[row].resource].service;
    if (service.n) {
        tki_buf_fit_middle(to, service, NAME);
        tki_buf_putc(to, ' ');
    }
    tki_buf_fit_middle(to, b->spans[row].name, NAME);
}

/* What of that time passes while no span below runs, where it is half of it or more. */
static void dark_part(const struct share *s, struct tki_buf *to)
{
    char all[TKI_QUANTITY_MAX], dark[TKI_QUANTITY_MAX];
    int64_t dark_ns = s->dark_ns < s->ns ? s->dark_ns : s->ns;
    if (dark_ns <= 0 || dark_ns < s->ns / 2)
        return;
    tki_duration_format(all, (double)s->ns);
    tki_duration_format(dark, (double)dark_ns);
    if (strcmp(all, dark) == 0)
        tki_buf_lit(to, ", where no span below it runs");
    else
        tki_buf_printf(to, ", %s of it where no span below it runs", dark);
}

static void where(struct tki_tree_view *v, const struct tk_batch *b, struct tki_buf *to)
{
    char ns[TKI_QUANTITY_MAX], share[TKI_QUANTITY_MAX];
    struct share best[2];
    struct tki_buf text = {0};
    if (b->nspans < 2 || !largest(&v->facts, best))
        return;
    tki_buf_printf(&text, "%s (%s) in ", tki_duration_format(ns, (double)best[0].ns),
                   tki_percent_format(share, (double)best[0].ns / (double)v->facts.cpath.total_ns));
    operation(b, best[0].row, &text);
    dark_part(&best[0], &text);
    if (best[1].ns) {
        tki_buf_lit(&text, "; then ");
        operation(b, best[1].row, &text);
        tki_buf_printf(&text, " %s", tki_duration_format(ns, (double)best[1].ns));
    }
    if (v->facts.duration_ns - v->facts.cpath.total_ns > v->facts.duration_ns / 20)
        tki_buf_printf(&text, "; the request itself took %s", tki_duration_format(ns, (double)v->facts.cpath.total_ns));
    tki_buf_wrap(to, tki_buf_text(&text, &to->err), 0, 0, v->width);
    tki_buf_putc(to, '\n');
    tki_buf_free(&text);
}

/* ---- the scale ---- */

static void scale(struct tki_tree_view *v, struct tki_buf *to)
{
    char end[TKI_QUANTITY_MAX], middle[TKI_QUANTITY_MAX];
    tki_buf_printf(to, "%s", v->style->dim);
    if (v->offsets)
        tki_buf_printf(to, "%*s", NUMBER, "offset");
    tki_buf_printf(to, "%*s%*s  ", NUMBER, "duration", NUMBER, "self");
    tki_duration_format(end, (double)v->facts.duration_ns);
    tki_duration_format(middle, (double)v->facts.duration_ns / 2);
    size_t room = v->bar + 2, at = 1, n = strlen(end);
    tki_buf_putc(to, '0');
    if (v->bar >= MIDDLE_FROM) {
        tki_buf_spaces(to, room / 2 - at);
        tki_buf_printf(to, "%s", middle);
        at = room / 2 + strlen(middle);
    }
    tki_buf_spaces(to, room > at + n ? room - at - n : 1);
    tki_buf_printf(to, "%s%s\n", end, v->style->reset);
}

int tki_tree_head(struct tki_tree_view *v, const struct tk_batch *b, struct tki_buf *to)
{
    tk_id128 id = b->spans[0].trace_id;
    tki_buf_printf(to, "%strace %016" PRIx64 "%016" PRIx64 "%s  ", v->style->bold, id.hi, id.lo, v->style->reset);
    if (v->facts.duration == TKI_DURATION_UNSET)
        tki_buf_lit(to, "no times");
    else
        tki_view_moment(to, v->start_ns, v->opts.east_s);
    tki_buf_putc(to, '\n');
    sums(v, b, to);
    where(v, b, to);
    int rc = tki_tree_waste(v, b, to);
    scale(v, to);
    return rc;
}
