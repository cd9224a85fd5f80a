/* What stands above the lines of a tree: the trace, its sums, where its time went, and the scale of the bars. */
#include <inttypes.h>
#include <string.h>

#include "model/unit.h"
#include "report/number.h"
#include "view/tree_in.h"
#include "view/view.h"

enum { NUMBER = 9, MIDDLE_FROM = 30 };

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

/* Where the time went, and what cost it without need. */
static int gist(struct tki_tree_view *v, struct tki_buf *to)
{
    struct tki_buf text = {0};
    if (tki_gist_where(&v->facts, &text)) {
        tki_buf_wrap(to, tki_buf_text(&text, &to->err), 0, 0, v->width);
        tki_buf_putc(to, '\n');
    }
    tki_buf_reset(&text);
    int rc = tki_gist_waste(&v->gist, &v->facts, &text);
    tk_str left = tki_buf_text(&text, &to->err);
    for (const char *end; (end = tki_str_find(left, '\n')) != NULL;) {
        size_t n = (size_t)(end - left.p);
        tki_buf_wrap(to, (tk_str){left.p, n}, 0, 2, v->width);
        tki_buf_putc(to, '\n');
        left = (tk_str){end + 1, left.n - n - 1};
    }
    tki_buf_free(&text);
    return rc;
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

/* Breaks the line that begins at `start` behind commas, where it is too long.  Its styles take no columns. */
static void fold(const struct tki_tree_view *v, size_t start, struct tki_buf *to)
{
    struct tki_buf line = {0};
    size_t column = 0;
    tki_buf_str(&line, (tk_str){to->p + start, to->n - start});
    tk_str left = tki_buf_text(&line, &to->err);
    to->n = start;
    while (left.n) {
        const char *comma = tki_str_find(left, ',');
        tk_str item = {left.p, comma ? (size_t)(comma - left.p) + 1 : left.n};
        size_t width = 0;
        for (size_t i = 0; i < item.n; i++)
            if (item.p[i] == '\x1b')
                while (i < item.n && item.p[i] != 'm')
                    i++;
            else
                width += item.p[i] != '\n';
        left = (tk_str){item.p + item.n, left.n - item.n};
        if (column && column + width > v->width) {
            tki_buf_lit(to, "\n ");
            column = 1;
        }
        tki_buf_str(to, item);
        column += width;
    }
    tki_buf_free(&line);
}

int tki_tree_head(struct tki_tree_view *v, const struct tk_batch *b, struct tki_buf *to)
{
    tk_id128 id = b->spans[0].trace_id;
    struct tki_buf moment = {0};
    tki_buf_printf(to, "%strace %016" PRIx64 "%016" PRIx64 "%s", v->style->bold, id.hi, id.lo, v->style->reset);
    if (v->facts.duration == TKI_DURATION_UNSET)
        tki_buf_lit(&moment, "no times");
    else
        tki_view_moment(&moment, v->start_ns, v->opts.east_s);
    tki_buf_printf(to, "%s  ", strlen("trace ") + TK_TRACE_ID_SIZE - 1 + 2 + moment.n > v->width ? "\n" : "");
    tki_buf_str(to, tki_buf_text(&moment, &to->err));
    tki_buf_free(&moment);
    tki_buf_putc(to, '\n');
    size_t start = to->n;
    sums(v, b, to);
    if (!to->err)
        fold(v, start, to);
    int rc = gist(v, to);
    scale(v, to);
    return rc;
}
