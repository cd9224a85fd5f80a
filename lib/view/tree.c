#include <inttypes.h>
#include <stdlib.h>

#include "base/array.h"
#include "base/err.h"
#include "report/number.h"
#include "view/tree_in.h"

enum { NUMBER = 9, BAR_MIN = 12, BAR_MAX = 60, WIDTH_MIN = 60, OFFSETS_FROM = 100 };

struct tki_tree_view *tki_tree_view_new(const struct tki_tree_opts *opts)
{
    struct tki_tree_view *v = calloc(1, sizeof *v);
    if (!v)
        return NULL;
    v->opts = *opts;
    v->style = tki_style_get(opts->color);
    v->width = opts->width < WIDTH_MIN ? WIDTH_MIN : opts->width;
    v->offsets = v->width > OFFSETS_FROM;
    v->numbers = (v->offsets ? 3 : 2) * NUMBER;
    v->bar = (v->width - v->numbers) / 5;
    v->bar = v->bar < BAR_MIN ? BAR_MIN : v->bar > BAR_MAX ? BAR_MAX : v->bar;
    return v;
}

void tki_tree_view_free(struct tki_tree_view *v)
{
    if (!v)
        return;
    tki_facts_free(&v->facts);
    tki_outline_free(&v->outline);
    tki_gist_free(&v->gist);
    tki_symtab_free(&v->services);
    free(v->more);
    free(v);
}

/* ---- numbers ---- */

static void number(struct tki_buf *to, bool known, double ns)
{
    char text[TKI_QUANTITY_MAX] = "";
    tki_buf_putc(to, ' ');
    tki_buf_cell(to, tki_str(known ? tki_duration_format(text, ns) : text), NUMBER - 1, true);
}

static void numbers(struct tki_tree_view *v, const struct tk_batch *b, const struct tki_line *l, struct tki_buf *to)
{
    const struct tk_span *s = l->kind == TKI_LINE_GAP ? NULL : &b->spans[l->row];
    bool started = !s || tki_span_started(s, v->facts.times.first_ns), timed = false, window = true;
    uint64_t start_ns = l->kind == TKI_LINE_SPAN ? s->start_ns : (uint64_t)l->start_ns;
    int64_t ns = l->end_ns - l->start_ns;
    if (l->kind == TKI_LINE_SPAN) {
        timed = tki_span_duration(s, &ns) != TKI_DURATION_UNSET;
        window = !(v->facts.times.state[l->row] & (TKI_NODE_COPY | TKI_NODE_INVALID));
    } else {
        timed = l->kind == TKI_LINE_RUN;
    }
    if (v->offsets)
        number(to, started, (double)tki_ns_after(start_ns, v->start_ns));
    number(to, timed, (double)ns);
    number(to, window, (double)l->self_ns);
}

/* ---- bars ---- */

/* A line covers the cells that its time touches, at least one. */
static void bar(struct tki_tree_view *v, const struct tk_batch *b, const struct tki_line *l, struct tki_buf *to)
{
    const struct tk_span *s = l->kind == TKI_LINE_GAP ? NULL : &b->spans[l->row];
    bool error = s && s->status == TK_STATUS_ERROR, started = !s || tki_span_started(s, v->facts.times.first_ns);
    bool one = s && l->kind == TKI_LINE_SPAN;
    uint64_t start_ns = one ? s->start_ns : (uint64_t)l->start_ns, end_ns = one ? s->end_ns : (uint64_t)l->end_ns;
    double all = (double)v->facts.duration_ns, width = (double)v->bar;
    double from = all > 0 && started ? (double)tki_ns_after(start_ns, v->start_ns) / all * width : 0;
    double till = all > 0 && started ? (double)tki_ns_after(end_ns, v->start_ns) / all * width : 0;
    size_t a = from < 0 ? 0 : (size_t)from, z = till < 0 ? 0 : (size_t)till;
    z += till > (double)z;
    a = a >= v->bar ? v->bar - 1 : a;
    z = z <= a ? a + 1 : z > v->bar ? v->bar : z;
    tki_buf_printf(to, " %s|", l->critical ? "*" : " ");
    tki_buf_spaces(to, a);
    tki_buf_printf(to, "%s", error ? v->style->red : s ? tki_tree_hue(v, b, l->row) : v->style->dim);
    for (size_t i = a; i < z; i++)
        tki_buf_putc(to, error ? '!' : s ? '=' : '~');
    tki_buf_printf(to, "%s", v->style->reset);
    tki_buf_spaces(to, v->bar - z);
    tki_buf_lit(to, "| ");
}

/* ---- lines ---- */

static int line(struct tki_tree_view *v, const struct tk_batch *b, const struct tki_line *l, struct tki_buf *to)
{
    if (TKI_GROW(v->more, v->more_cap, l->depth + 1) < 0)
        return TK_ENOMEM;
    v->more[l->depth] = !l->last;
    numbers(v, b, l, to);
    bar(v, b, l, to);
    int r = tki_tree_label(v, b, l, to);
    if (r == 0 && l->kind != TKI_LINE_GAP)
        tki_tree_detail(v, b, l, to);
    return r;
}

int tki_tree_view_put(struct tki_tree_view *v, const struct tk_batch *b, struct tki_buf *to, struct tk_err *err)
{
    uint64_t end_ns;
    tki_facts_begin(&v->facts, b);
    if (tki_facts_want(&v->facts, TKI_OUTLINE_FACTS | TKI_FACT_SERVICES) < 0)
        return tki_err_set(err, TK_ELIMIT, "a trace of %" PRIu32 " spans is too large to show", b->nspans);
    if (tki_outline_build(&v->outline, &v->facts, v->opts.verbose ? TKI_EACH : TKI_FOLDED) < 0)
        return tki_err_memory(err);
    (void)tki_extent_get(&v->facts.extent, &v->start_ns, &end_ns);
    tki_symtab_free(&v->services);
    v->services = (struct tki_symtab){0};
    if (v->some)
        tki_buf_putc(to, '\n');
    v->some = true;
    int r = tki_tree_head(v, b, to);
    for (size_t i = 0; i < v->outline.n && r == 0; i++)
        r = line(v, b, &v->outline.line[i], to);
    return r < 0 || to->err ? tki_err_memory(err) : 0;
}
