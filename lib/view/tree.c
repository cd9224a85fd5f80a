#include "view/tree.h"

#include <inttypes.h>
#include <stdlib.h>

#include "analyze/facts.h"
#include "base/err.h"
#include "base/text.h"
#include "report/number.h"

enum { NUMBER = 9, BAR_MIN = 12, BAR_MAX = 40, INDENT_MAX = 24, WIDTH_MIN = 60 };

struct tki_tree_view {
    const struct tki_style *style;
    size_t width, bar;
    bool some;              /* a trace was shown before */
    struct tki_facts facts; /* of the trace at hand */
    uint64_t start_ns;      /* its first start */
};

struct tki_tree_view *tki_tree_view_new(size_t width, bool color)
{
    struct tki_tree_view *v = calloc(1, sizeof *v);
    if (!v)
        return NULL;
    v->style = tki_style_get(color);
    v->width = width < WIDTH_MIN ? WIDTH_MIN : width;
    v->bar = (v->width - 3 * NUMBER) / 4;
    v->bar = v->bar < BAR_MIN ? BAR_MIN : v->bar > BAR_MAX ? BAR_MAX : v->bar;
    return v;
}

void tki_tree_view_free(struct tki_tree_view *v)
{
    if (!v)
        return;
    tki_facts_free(&v->facts);
    free(v);
}

static void number(struct tki_buf *out, double ns)
{
    char text[TKI_QUANTITY_MAX];
    tki_buf_putc(out, ' ');
    tki_buf_cell(out, tki_str(tki_duration_format(text, ns)), NUMBER - 1, true);
}

/* What is not known is left empty. */
static void unknown(struct tki_buf *out)
{
    tki_buf_cell(out, (tk_str){"", 0}, NUMBER, true);
}

static void count(struct tki_buf *out, uint32_t n, const char *one, const char *many)
{
    if (n)
        tki_buf_printf(out, ", %" PRIu32 " %s", n, n == 1 ? one : many);
}

/* Spans whose duration is not what their times say. */
static void odd_durations(const struct tk_batch *b, struct tki_buf *out)
{
    uint32_t n[TKI_DURATION_HUGE + 1] = {0};
    int64_t ns;
    for (uint32_t i = 0; i < b->nspans; i++)
        n[tki_span_duration(&b->spans[i], &ns)]++;
    count(out, n[TKI_DURATION_NEGATIVE], "span ends before it starts", "spans end before they start");
    count(out, n[TKI_DURATION_HUGE], "span lasts more than 292 years", "spans last more than 292 years");
}

static void heading(struct tki_tree_view *v, const struct tk_batch *b, struct tki_buf *out)
{
    char duration[TKI_QUANTITY_MAX], time[TKI_QUANTITY_MAX];
    const struct tki_facts *f = &v->facts;
    tk_id128 id = b->spans[0].trace_id;
    if (v->some)
        tki_buf_putc(out, '\n');
    v->some = true;
    tki_buf_printf(out, "%strace %016" PRIx64 "%016" PRIx64 "%s", v->style->bold, id.hi, id.lo, v->style->reset);
    tki_buf_printf(out, "  %s\n", f->duration == TKI_DURATION_UNSET ? "no times" : tki_time_format(time, v->start_ns));
    tki_buf_printf(out, "%s, %" PRIu32 " %s, %" PRIu32 " %s", tki_duration_format(duration, (double)f->duration_ns),
                   b->nspans, tki_plural(b->nspans, "span", "spans"), f->services,
                   tki_plural(f->services, "service", "services"));
    if (f->errors)
        tki_buf_printf(out, ", %s%" PRIu32 " %s%s", v->style->red, f->errors, tki_plural(f->errors, "error", "errors"),
                       v->style->reset);
    if (f->tree.nroots > 1)
        tki_buf_printf(out, ", %" PRIu32 " roots", f->tree.nroots);
    if (f->tree.norphans)
        tki_buf_printf(out, ", %" PRIu32 " with a missing parent", f->tree.norphans);
    odd_durations(b, out);
    tki_buf_putc(out, '\n');
}

/* A span covers the cells that its time touches, at least one. */
static void bar(const struct tki_tree_view *v, const struct tk_span *s, bool started, struct tki_buf *out)
{
    double all = (double)v->facts.duration_ns, width = (double)v->bar;
    double from = all > 0 && started ? (double)tki_ns_after(s->start_ns, v->start_ns) / all * width : 0;
    double to = all > 0 && started ? (double)tki_ns_after(s->end_ns, v->start_ns) / all * width : 0;
    size_t a = from < 0 ? 0 : (size_t)from, z = to < 0 ? 0 : (size_t)to;
    z += to > (double)z;
    if (a >= v->bar)
        a = v->bar - 1;
    if (z <= a)
        z = a + 1;
    if (z > v->bar)
        z = v->bar;
    bool error = s->status == TK_STATUS_ERROR;
    tki_buf_lit(out, " |");
    tki_buf_spaces(out, a);
    tki_buf_printf(out, "%s", error ? v->style->red : v->style->cyan);
    for (size_t i = a; i < z; i++)
        tki_buf_putc(out, error ? '!' : '=');
    tki_buf_printf(out, "%s", v->style->reset);
    tki_buf_spaces(out, v->bar - z);
    tki_buf_lit(out, "| ");
}

static void numbers(struct tki_tree_view *v, const struct tk_span *s, uint32_t row, bool started, struct tki_buf *out)
{
    int64_t ns;
    if (started)
        number(out, (double)tki_ns_after(s->start_ns, v->start_ns));
    else
        unknown(out);
    if (tki_span_duration(s, &ns) != TKI_DURATION_UNSET)
        number(out, (double)ns);
    else
        unknown(out);
    if (v->facts.times.state[row] & (TKI_NODE_COPY | TKI_NODE_INVALID))
        unknown(out);
    else
        number(out, (double)v->facts.times.self_ns[row]);
}

static void line(struct tki_tree_view *v, const struct tk_batch *b, uint32_t i, struct tki_buf *out)
{
    const struct tk_span *s = &b->spans[i];
    const struct tk_tree *tree = &v->facts.tree;
    bool started = tki_span_started(s, v->facts.times.first_ns);
    size_t used = 3 * NUMBER + v->bar + 4, room = v->width > used + 8 ? v->width - used : 8;
    size_t indent = 2 * (size_t)tree->depth[i];
    struct tki_buf label = {0};
    if (indent > INDENT_MAX)
        indent = INDENT_MAX;
    if (indent + 8 > room)
        indent = room > 8 ? room - 8 : 0;
    numbers(v, s, i, started, out);
    bar(v, s, started, out);
    tki_buf_spaces(out, indent);
    if (tree->parent[i] == TK_NONE && s->parent_id)
        tki_buf_lit(&label, "? ");
    if (s->status == TK_STATUS_ERROR)
        tki_buf_lit(&label, "! ");
    tki_buf_str(&label, b->resources[s->resource].service);
    tki_buf_lit(&label, ": ");
    tki_buf_str(&label, s->name);
    tki_buf_fit(out, tki_buf_text(&label, &out->err), room - indent);
    tki_buf_putc(out, '\n');
    tki_buf_free(&label);
}

int tki_tree_view_put(struct tki_tree_view *v, const struct tk_batch *b, struct tki_buf *out, struct tk_err *err)
{
    uint64_t end_ns;
    tki_facts_begin(&v->facts, b);
    if (tki_facts_want(&v->facts, TKI_FACT_SUMS | TKI_FACT_SERVICES | TKI_FACT_TREE | TKI_FACT_TIMES) < 0)
        return tki_err_set(err, TK_ELIMIT, "a trace of %" PRIu32 " spans is too large to show", b->nspans);
    (void)tki_extent_get(&v->facts.extent, &v->start_ns, &end_ns);
    heading(v, b, out);
    tki_buf_printf(out, "%s%*s%*s%*s%s\n", v->style->dim, NUMBER, "offset", NUMBER, "duration", NUMBER, "self",
                   v->style->reset);
    for (uint32_t i = 0; i < v->facts.tree.n; i++)
        line(v, b, v->facts.tree.order[i], out);
    return out->err ? tki_err_memory(err) : 0;
}
