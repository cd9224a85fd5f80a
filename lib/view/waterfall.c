/* svg: waterfalls as a picture: the lines of the outline, each with its bar, up to LINES_MAX of all traces.
 *
 *     trace ID  TIME, DURATION, SPANS
 *     name  [service]             duration  |    =====      |
 *
 * A failed span is red, with what it says below it where it is told; a line under a bar is the critical path; hatched
 * is a time in which no span ran.  What has no place is counted in the last line.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "model/errors.h"
#include "report/number.h"
#include "view/outline.h"
#include "view/svg.h"
#include "view/view.h"

enum { LINES_MAX = 2000, LEFT = 10, LABEL = 470, NUMBERS = 80, INDENT = 12, INDENTS_MAX = 18, TICKS = 4 };
#define BARS      (LEFT + LABEL + NUMBERS + 10)
#define BAR_WIDTH (TKI_SVG_WIDTH - BARS)

struct waterfalls {
    struct tki_view_trace trace;
    struct tki_facts facts;
    struct tki_outline outline;
    struct tki_symtab services; /* of all traces: each has a colour */
    struct tki_svg picture;
    struct tki_buf text;
    double y;
    uint32_t lines;
    uint64_t left_out, left_out_spans; /* traces for which there was no place */
    uint64_t start_ns;
};

static tk_str text_of(struct waterfalls *w)
{
    return tki_buf_text(&w->text, &w->picture.body.err);
}

static void head(const struct tki_encode *e, struct waterfalls *w, uint32_t nspans)
{
    char number[TKI_QUANTITY_MAX];
    tki_buf_reset(&w->text);
    tki_buf_lit(&w->text, "trace ");
    tki_view_trace_id(&w->text, w->trace.b.spans[0].trace_id);
    tki_buf_lit(&w->text, "  ");
    tki_view_moment(&w->text, w->start_ns, e->east_s);
    tki_buf_printf(&w->text, "  %s", tki_duration_format(number, (double)w->facts.duration_ns));
    tki_buf_printf(&w->text, ", %s %s", tki_count_format(number, nspans), tki_plural(nspans, "span", "spans"));
    if (w->facts.errors)
        tki_buf_printf(&w->text, ", %s %s", tki_count_format(number, w->facts.errors),
                       tki_plural(w->facts.errors, "error", "errors"));
    tki_svg_text(&w->picture, LEFT, w->y + 14, TKI_SVG_WIDTH, "title", text_of(w));
    w->y += TKI_SVG_LINE + 4;
    for (int i = 0; i <= TICKS; i++) {
        double x = BARS + (double)BAR_WIDTH * i / TICKS;
        tki_duration_format(number, (double)w->facts.duration_ns * i / TICKS);
        tki_svg_box(&w->picture, x, w->y + 2, 1, 12, "line", TKI_STR(""));
        if (i < TICKS)
            tki_svg_text(&w->picture, x + 4, w->y + 12, 100, "dim", tki_str(number));
    }
    w->y += TKI_SVG_LINE;
}

static void bar(struct waterfalls *w, const struct tki_line *l, const char *class)
{
    const struct tk_span *s = l->kind == TKI_LINE_GAP ? NULL : &w->trace.spans[l->row];
    bool one = s && l->kind == TKI_LINE_SPAN, started = !s || tki_span_started(s, w->facts.times.first_ns);
    uint64_t start_ns = one ? s->start_ns : (uint64_t)l->start_ns, end_ns = one ? s->end_ns : (uint64_t)l->end_ns;
    double all = (double)w->facts.duration_ns;
    if (!started)
        return;
    double from = all > 0 ? (double)tki_ns_after(start_ns, w->start_ns) / all : 0;
    double till = all > 0 ? (double)tki_ns_after(end_ns, w->start_ns) / all : 1;
    from = from < 0 ? 0 : from > 1 ? 1 : from;
    till = till < from ? from : till > 1 ? 1 : till;
    double x = BARS + from * BAR_WIDTH, width = (till - from) * BAR_WIDTH;
    if (x + width > BARS + BAR_WIDTH - 1 && width < 1)
        x = BARS + BAR_WIDTH - 1;
    tki_svg_box(&w->picture, x, w->y + 4, width < 1 ? 1 : width, 10, class, text_of(w));
    if (l->critical)
        tki_svg_box(&w->picture, x, w->y + 15, width < 1 ? 1 : width, 1.5, "critical", TKI_STR(""));
}

static double indent_of(const struct tki_line *l)
{
    return LEFT + INDENT * (double)(l->depth < INDENTS_MAX ? l->depth : INDENTS_MAX);
}

static void gap(struct waterfalls *w, const struct tki_line *l)
{
    char number[TKI_QUANTITY_MAX];
    double x = indent_of(l);
    tki_buf_reset(&w->text);
    tki_buf_lit(&w->text, "no span runs");
    tki_svg_text(&w->picture, x, w->y + 13, LEFT + LABEL - x, "dim", text_of(w));
    tki_svg_text_right(&w->picture, LEFT + LABEL + NUMBERS, w->y + 13, "dim",
                       tki_str(tki_duration_format(number, (double)(l->end_ns - l->start_ns))));
    bar(w, l, "gap");
    w->y += TKI_SVG_LINE;
    w->lines++;
}

/* Where an error is told: what it says, in the first line of it. */
static void told(struct waterfalls *w, const struct tki_line *l)
{
    if (!tki_outline_tells(&w->outline, &w->trace.b, l->row))
        return;
    tk_str says = tki_error_text(&w->trace.b, &w->trace.spans[l->row]);
    const char *end = tki_str_find(says, '\n');
    double x = indent_of(l) + INDENT;
    if (!says.n)
        return;
    tki_svg_text(&w->picture, x, w->y + 13, TKI_SVG_WIDTH - x, "wrong",
                 (tk_str){says.p, end ? (size_t)(end - says.p) : says.n});
    w->y += TKI_SVG_LINE;
    w->lines++;
}

static void span(struct waterfalls *w, const struct tki_line *l)
{
    const struct tk_span *s = &w->trace.spans[l->row];
    char number[TKI_QUANTITY_MAX], class[16];
    tk_str name = tki_view_name(s), service = tki_view_service(&w->trace.b, s);
    uint32_t parent = w->facts.tree.parent[l->row], hue = tki_symtab_put(&w->services, service);
    bool failed = s->status == TK_STATUS_ERROR, run = l->kind == TKI_LINE_RUN;
    bool says = parent == TK_NONE || !tki_str_eq(tki_view_service(&w->trace.b, &w->trace.spans[parent]), service);
    double x = indent_of(l);
    tki_buf_reset(&w->text);
    tki_buf_str(&w->text, name);
    if (run)
        tki_buf_printf(&w->text, "  x%s", tki_count_format(number, l->count));
    if (says) {
        tki_buf_lit(&w->text, "  [");
        tki_buf_str(&w->text, service);
        tki_buf_putc(&w->text, ']');
    }
    tki_svg_text(&w->picture, x, w->y + 13, LEFT + LABEL - x, failed ? "wrong" : "name", text_of(w));
    double ns = run ? (double)l->sum_ns : (double)tki_view_duration(s);
    tki_svg_text_right(&w->picture, LEFT + LABEL + NUMBERS, w->y + 13, "number",
                       tki_str(tki_duration_format(number, ns)));
    snprintf(class, sizeof class, "h%u", (unsigned)((hue == TKI_MAP_NONE ? 0 : hue) % TKI_SVG_HUES));
    bar(w, l, failed ? "bad" : class);
    w->y += TKI_SVG_LINE;
    w->lines++;
    told(w, l);
}

static void put(struct tki_encode *e, const struct tk_batch *b, const uint32_t *rows, size_t nrows)
{
    struct waterfalls *w = tki_view_state(e, sizeof *w);
    uint64_t end_ns;
    if (!w || !nrows || !tki_view_trace(&w->trace, e, b, rows, nrows))
        return;
    tki_facts_begin(&w->facts, &w->trace.b);
    int r = tki_facts_want(&w->facts, TKI_OUTLINE_FACTS);
    if (r == 0)
        r = tki_outline_build(&w->outline, &w->facts, TKI_FOLDED);
    if (r < 0) {
        e->out->err = r;
        return;
    }
    if (w->lines && w->lines + w->outline.n > LINES_MAX) {
        w->left_out++;
        w->left_out_spans += nrows;
        return;
    }
    (void)tki_extent_get(&w->facts.extent, &w->start_ns, &end_ns);
    w->y += w->lines ? TKI_SVG_LINE : 0;
    head(e, w, (uint32_t)nrows);
    for (size_t i = 0; i < w->outline.n; i++)
        if (w->outline.line[i].kind == TKI_LINE_GAP)
            gap(w, &w->outline.line[i]);
        else
            span(w, &w->outline.line[i]);
}

static void end(struct tki_encode *e)
{
    struct waterfalls *w = tki_view_state(e, sizeof *w);
    char traces[TKI_QUANTITY_MAX], spans[TKI_QUANTITY_MAX];
    if (!w)
        return;
    tki_svg_reach(&w->picture, TKI_SVG_WIDTH, TKI_SVG_LINE);
    if (w->left_out) {
        tki_buf_reset(&w->text);
        tki_buf_printf(&w->text,
                       "and %s more %s with %s spans: --trace or --limit chooses, --sort=duration puts the "
                       "longest first",
                       tki_count_format(traces, w->left_out), tki_plural(w->left_out, "trace", "traces"),
                       tki_count_format(spans, w->left_out_spans));
        tki_svg_text(&w->picture, LEFT, w->y + 2 * TKI_SVG_LINE, TKI_SVG_WIDTH, "dim", text_of(w));
    }
    tki_svg_write(&w->picture, TKI_STR("Traces"), e->out);
}

static void free_state(void *state)
{
    struct waterfalls *w = state;
    tki_view_trace_free(&w->trace);
    tki_facts_free(&w->facts);
    tki_outline_free(&w->outline);
    tki_symtab_free(&w->services);
    tki_svg_free(&w->picture);
    tki_buf_free(&w->text);
    free(w);
}

const struct tki_format tki_view_svg = {
    .info = {.name = "svg",
             .about = "waterfalls of traces as a picture",
             .can_write = true,
             .whole_traces = true,
             .view = true},
    .put = put,
    .end = end,
    .free_state = free_state,
};
