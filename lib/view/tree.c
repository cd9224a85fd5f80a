#include "view/tree.h"

#include <inttypes.h>
#include <stdlib.h>

#include "analyze/times.h"
#include "base/err.h"
#include "base/text.h"
#include "report/number.h"

enum { NUMBER = 9, BAR_MIN = 12, BAR_MAX = 40, INDENT_MAX = 24, WIDTH_MIN = 60 };

struct tki_tree_view {
    const struct tki_style *style;
    size_t width, bar;
    bool some; /* a trace was shown before */
    struct tk_tree tree;
    struct tki_times times;
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
    tk_tree_free(&v->tree);
    tki_times_free(&v->times);
    free(v);
}

/* Signed, so that ends before starts show as what they are. */
static double difference(uint64_t a, uint64_t b)
{
    return a >= b ? (double)(a - b) : -(double)(b - a);
}

static void number(struct tki_buf *out, double ns)
{
    char text[TKI_QUANTITY_MAX];
    tki_buf_cell(out, tki_str(tki_duration_format(text, ns)), NUMBER, true);
}

struct extent {
    uint64_t start_ns, end_ns;
};

static struct extent extent_of(const struct tk_batch *b)
{
    struct extent x = {UINT64_MAX, 0};
    for (uint32_t i = 0; i < b->nspans; i++) {
        const struct tk_span *s = &b->spans[i];
        if (!s->start_ns)
            continue;
        if (s->start_ns < x.start_ns)
            x.start_ns = s->start_ns;
        uint64_t end = s->end_ns > s->start_ns ? s->end_ns : s->start_ns;
        if (end > x.end_ns)
            x.end_ns = end;
    }
    if (x.end_ns == 0)
        x.start_ns = 0;
    return x;
}

/* Services are few: comparing each with those before is enough. */
static uint32_t count_services(const struct tk_batch *b)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < b->nresources; i++) {
        uint32_t j = 0;
        while (j < i && !tki_str_eq(b->resources[i].service, b->resources[j].service))
            j++;
        n += j == i;
    }
    return n;
}

static void heading(struct tki_tree_view *v, const struct tk_batch *b, struct extent x, struct tki_buf *out)
{
    char duration[TKI_QUANTITY_MAX], time[TKI_QUANTITY_MAX];
    tk_id128 id = b->spans[0].trace_id;
    uint32_t errors = 0, services = count_services(b);
    for (uint32_t i = 0; i < b->nspans; i++)
        errors += b->spans[i].status == TK_STATUS_ERROR;
    if (v->some)
        tki_buf_putc(out, '\n');
    v->some = true;
    tki_buf_printf(out, "%strace %016" PRIx64 "%016" PRIx64 "%s", v->style->bold, id.hi, id.lo, v->style->reset);
    tki_buf_printf(out, "  %s\n", x.start_ns ? tki_time_format(time, x.start_ns) : "no times");
    tki_buf_printf(out, "%s, %" PRIu32 " %s, %" PRIu32 " %s",
                   tki_duration_format(duration, (double)(x.end_ns - x.start_ns)), b->nspans,
                   tki_plural(b->nspans, "span", "spans"), services, tki_plural(services, "service", "services"));
    if (errors)
        tki_buf_printf(out, ", %s%" PRIu32 " %s%s", v->style->red, errors, tki_plural(errors, "error", "errors"),
                       v->style->reset);
    if (v->tree.nroots > 1)
        tki_buf_printf(out, ", %" PRIu32 " roots", v->tree.nroots);
    if (v->tree.norphans)
        tki_buf_printf(out, ", %" PRIu32 " with a missing parent", v->tree.norphans);
    tki_buf_putc(out, '\n');
}

/* A span covers the cells that its time touches, at least one. */
static void bar(const struct tki_tree_view *v, const struct tk_span *s, struct extent x, struct tki_buf *out)
{
    double all = (double)(x.end_ns - x.start_ns), width = (double)v->bar;
    double from = all > 0 && s->start_ns ? difference(s->start_ns, x.start_ns) / all * width : 0;
    double to = all > 0 && s->start_ns ? difference(s->end_ns, x.start_ns) / all * width : 0;
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

static void line(struct tki_tree_view *v, const struct tk_batch *b, uint32_t i, struct extent x, struct tki_buf *out)
{
    const struct tk_span *s = &b->spans[i];
    size_t used = 3 * NUMBER + v->bar + 4, room = v->width > used + 8 ? v->width - used : 8;
    size_t indent = 2 * (size_t)v->tree.depth[i];
    struct tki_buf label = {0};
    if (indent > INDENT_MAX)
        indent = INDENT_MAX;
    if (indent + 8 > room)
        indent = room > 8 ? room - 8 : 0;
    number(out, s->start_ns ? difference(s->start_ns, x.start_ns) : 0);
    number(out, difference(s->end_ns, s->start_ns));
    number(out, (double)v->times.self_ns[i]);
    bar(v, s, x, out);
    tki_buf_spaces(out, indent);
    if (v->tree.parent[i] == TK_NONE && s->parent_id)
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
    if (tk_tree_build(&v->tree, b) < 0 || tki_self_times(b, &v->tree, &v->times, NULL) < 0)
        return tki_err_set(err, TK_ELIMIT, "a trace of %" PRIu32 " spans is too large to show", b->nspans);
    struct extent x = extent_of(b);
    heading(v, b, x, out);
    tki_buf_printf(out, "%s%*s%*s%*s%s\n", v->style->dim, NUMBER, "offset", NUMBER, "duration", NUMBER, "self",
                   v->style->reset);
    for (uint32_t i = 0; i < v->tree.n; i++)
        line(v, b, v->tree.order[i], x, out);
    return out->err ? tki_err_memory(err) : 0;
}
