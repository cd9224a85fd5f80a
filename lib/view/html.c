/* html: one page for a dump: its traces as a list, each as a waterfall with what its spans say at a click.  Written
 * only.
 *
 * A trace is several data elements: its lines (outline.h), LINES at a time, which are read when the trace is opened,
 * its names, and CHUNK lines at a time what their spans say, which is read when a line is.  So a page with many spans
 * shows at once, and answers while it reads.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/array.h"
#include "base/num.h"
#include "base/text.h"
#include "format/js/js.h"
#include "model/catalog.h"
#include "model/errors.h"
#include "report/html.h"
#include "report/number.h"
#include "view/gist.h"
#include "view/html_in.h"
#include "view/outline.h"
#include "view/view.h"

enum { CHUNK = 256, LINES = 512 };
enum { FLAG_ERROR = 1, FLAG_CRITICAL = 2, FLAG_LOST = 4, FLAG_PARENT = 8, FLAG_TELLS = 16 /* its message */ };

struct page {
    struct tki_view_trace trace;
    struct tki_facts facts;
    struct tki_outline outline;
    struct tki_catalog catalog;
    struct tki_symtab names;
    struct tki_gist gist;
    struct tki_buf json;
    uint32_t n;         /* traces so far */
    uint32_t *services; /* of each of the catalog, how many */
    uint32_t cap;
};

static const char style[] =
    "body.page { height: 100vh; display: flex; flex-direction: column; overflow: hidden; }\n"
    "header { display: flex; gap: 1em; align-items: baseline; padding: .5em 1em; border-bottom: 1px solid var(--line); flex-wrap: wrap; }\n"
    "header input { flex: 1; min-width: 10em; max-width: 26em; font: inherit; padding: .15em .4em; }\n"
    "[hidden] { display: none !important; }\n"
    "#traces { overflow: auto; padding: .5em 1em; flex: 1; } #traces table { width: 100%; }\n"
    "#columns button { all: unset; cursor: pointer; } #columns button:hover, #columns button:focus-visible { text-decoration: underline; }\n"
    "#columns [aria-sort=ascending] button::after { content: \" \\2191\"; } #columns [aria-sort=descending] button::after { content: \" \\2193\"; }\n"
    "#traces tbody tr { cursor: pointer; } #traces tbody tr:hover, #traces tbody tr:focus { background: var(--at); outline: none; }\n"
    "#trace { flex: 1; display: flex; min-height: 0; } #left { flex: 1; display: flex; flex-direction: column; min-width: 0; }\n"
    "#sums { padding: .3em 1em 0; color: var(--dim); } #gist { padding: 0 1em .3em; white-space: pre-line; }\n"
    "header label { color: var(--dim); } .message { margin-left: .7em; color: var(--bad); font-size: .9em; }\n"
    "#scale { position: relative; height: 1.4em; margin-left: calc(45% + 11em); margin-right: 1em; font-size: .85em; color: var(--dim); }\n"
    "#scale span { position: absolute; transform: translateX(-50%); white-space: nowrap; }\n"
    "#scale span:first-child { transform: none; } #scale span:last-child { transform: translateX(-100%); }\n"
    "#rows { flex: 1; overflow: auto; position: relative; outline: none; } #pad { position: relative; }\n"
    ".row { position: absolute; left: 0; right: 0; height: 22px; line-height: 22px; display: flex; cursor: pointer; padding-right: 1em; }\n"
    ".row:hover, .row.at { background: var(--at); }\n"
    ".label { width: 45%; overflow: hidden; white-space: nowrap; text-overflow: ellipsis; flex: none; }\n"
    ".fold { display: inline-block; width: 1em; color: var(--dim); text-align: center; }\n"
    ".row > .number { width: 5.5em; flex: none; padding-right: .6em; } .self { color: var(--dim); }\n"
    ".service { margin-left: .7em; padding: 0 .4em; border-radius: 3px; font-size: .85em; color: #fff; background: var(--hue); }\n"
    ".bars { position: relative; flex: 1; } .bar { position: absolute; top: 6px; height: 10px; border-radius: 2px; background: var(--hue); }\n"
    ".critical .bar { box-shadow: 0 3px 0 -1px var(--fore); } .row.bad .bar { background: var(--bad); } .row.bad .name { color: var(--bad); }\n"
    ".gap .name { color: var(--dim); font-style: italic; }\n"
    ".gap .bar { background: repeating-linear-gradient(45deg, var(--dim) 0 2px, transparent 2px 6px); }\n"
    ".times { margin-left: .7em; color: var(--dim); } .run .bar { opacity: .6; }\n"
    ".path .row:not(.critical) { opacity: .35; }\n"
    "#detail { width: 38%; overflow: auto; border-left: 1px solid var(--line); background: var(--panel); padding: .2em 1em 2em; }\n"
    ".pairs { width: 100%; table-layout: fixed; } .pairs th { width: 38%; font-weight: 400; color: var(--dim); overflow-wrap: anywhere; }\n"
    ".pairs td { overflow-wrap: anywhere; white-space: pre-wrap; } .event { margin: .4em 0 0; white-space: pre-wrap; overflow-wrap: anywhere; }\n"
    "#keys { position: fixed; right: 1em; bottom: 1em; background: var(--panel); border: 1px solid var(--line); padding: .6em 1em; }\n"
    ".h0 { --hue: hsl(200 52% 38%); }\n"
    ".h1 { --hue: hsl(145 45% 32%); }\n"
    ".h2 { --hue: hsl(28 75% 40%); }\n"
    ".h3 { --hue: hsl(280 40% 48%); }\n"
    ".h4 { --hue: hsl(330 50% 45%); }\n"
    ".h5 { --hue: hsl(175 60% 30%); }\n"
    ".h6 { --hue: hsl(45 80% 33%); }\n"
    ".h7 { --hue: hsl(245 45% 52%); }\n"
    ".h8 { --hue: hsl(5 45% 45%); }\n"
    ".h9 { --hue: hsl(95 45% 32%); }\n"
    ".h10 { --hue: hsl(215 20% 42%); }\n"
    ".h11 { --hue: hsl(310 35% 40%); }\n";

static const char frame[] =
    "<header><h1 id=\"title\">Traces</h1><button id=\"back\" type=\"button\">all traces</button>\n"
    "<label for=\"find\">search</label><input id=\"find\" type=\"search\" title=\"search: /\"><span id=\"hits\"></span>\n"
    "<span class=\"dim\">? keys</span></header>\n"
    "<section id=\"traces\" hidden><p class=\"dim\" id=\"dump\"></p><table><thead><tr id=\"columns\"></tr></thead>"
    "<tbody id=\"list-rows\"></tbody></table><p class=\"dim\" id=\"more\"></p></section>\n"
    "<section id=\"trace\" hidden><div id=\"left\"><div id=\"sums\"></div><div id=\"gist\"></div><div id=\"scale\"></div>"
    "<div id=\"rows\" tabindex=\"0\"><div id=\"pad\"></div></div></div><aside id=\"detail\" hidden></aside></section>\n"
    "<div id=\"keys\" hidden>j k: down, up &middot; Enter: what the span says &middot; left, right: fold &middot; "
    "/: search, n N: next, previous &middot; e: next error &middot; g: next gap &middot; c: critical path &middot; "
    "Esc: back</div>\n";

static void begin(struct tki_encode *e)
{
    tki_html_begin(e->out, TKI_STR("Traces"), style, "page");
    tki_buf_put(e->out, frame, sizeof frame - 1);
}

static struct page *page_of(struct tki_encode *e)
{
    return tki_view_state(e, sizeof(struct page));
}

static void free_page(void *state)
{
    struct page *p = state;
    if (!p)
        return;
    tki_view_trace_free(&p->trace);
    tki_facts_free(&p->facts);
    tki_outline_free(&p->outline);
    tki_catalog_free(&p->catalog);
    tki_symtab_free(&p->names);
    tki_gist_free(&p->gist);
    tki_buf_free(&p->json);
    free(p->services);
    free(p);
}

/* ---- JSON ---- */

static void element(struct tki_encode *e, const char *id)
{
    tki_buf_printf(e->out, "<script type=\"application/json\" id=\"%s\">", id);
}

static void put_json(struct tki_encode *e, struct page *p)
{
    tki_html_json(e->out, tki_buf_text(&p->json, &e->out->err));
    tki_buf_lit(e->out, "</script>\n");
    tki_buf_reset(&p->json);
}

/* An encoder that writes JSON into the page's buffer and counts as this one does. */
static void string(struct tki_encode *e, struct page *p, tk_str s)
{
    tki_buf_json_str(&p->json, s, e->notes);
}

static void object(struct tki_encode *e, struct page *p, const struct tk_batch *b, tk_range attrs)
{
    struct tki_encode inner = {.out = &p->json};
    tki_view_object(&inner, b, b->attrs + attrs.first, attrs.count);
    for (size_t i = 0; i < TKI_NOTE_COUNT; i++)
        e->notes[i] += inner.notes[i];
}

/* ---- lines ---- */

/* Control characters and the like as a terminal shows them: a name that is a line break alone is not seen. */
static void put_name(struct tki_encode *e, struct page *p, tk_str name)
{
    struct tki_buf text = {0};
    tki_buf_visible(&text, name);
    string(e, p, tki_buf_text(&text, &e->out->err));
    tki_buf_free(&text);
}

static uint32_t name_number(struct tki_encode *e, struct page *p, tk_str name)
{
    uint32_t i = tki_symtab_put(&p->names, name);
    if (i == TKI_MAP_NONE)
        tki_view_out_of_memory(e);
    return i == TKI_MAP_NONE ? 0 : i;
}

static tk_str gap_name(const struct tk_batch *b, const struct tki_line *l, struct tki_buf *to)
{
    bool two = l->prev != TK_NONE && l->next != TK_NONE;
    tki_buf_reset(to);
    tki_buf_printf(to, "no span runs %s ", two ? "between" : l->prev != TK_NONE ? "after" : "before");
    tki_buf_str(to, tki_view_name(&b->spans[l->prev != TK_NONE ? l->prev : l->next]));
    if (two) {
        tki_buf_lit(to, " and ");
        tki_buf_str(to, tki_view_name(&b->spans[l->next]));
    }
    return (tk_str){to->p, to->n};
}

static unsigned flags_of(const struct page *p, const struct tk_batch *b, const struct tki_line *l)
{
    const struct tk_tree *tree = &p->facts.tree;
    unsigned flags = l->critical ? FLAG_CRITICAL : 0;
    if (l->kind == TKI_LINE_GAP)
        return flags;
    if (l->kind == TKI_LINE_RUN)
        return flags | FLAG_PARENT | (b->spans[l->row].status == TK_STATUS_ERROR ? FLAG_ERROR : 0);
    const struct tk_span *s = &b->spans[l->row];
    flags |= s->status == TK_STATUS_ERROR ? FLAG_ERROR : 0;
    flags |= tree->parent[l->row] == TK_NONE && s->parent_id ? FLAG_LOST : 0;
    flags |= tki_outline_tells(&p->outline, b, l->row) ? FLAG_TELLS : 0;
    return flags | (tree->child_first[l->row] != tree->child_first[l->row + 1] ? FLAG_PARENT : 0);
}

/* Behind the message of a run: how many spans, and how long they take together. */
static void put_run(struct page *p, const struct tki_line *l, bool message)
{
    char n[TKI_QUANTITY_MAX];
    tki_buf_printf(&p->json, "%s,\"x%s, %s\",%" PRId64, message ? "" : ",null", tki_count_format(n, l->count),
                   tki_manner_text(l->manner), l->sum_ns);
}

static void put_line(struct tki_encode *e, struct page *p, const struct tki_line *l, uint64_t start_ns,
                     struct tki_buf *scratch)
{
    const struct tk_batch *b = &p->trace.b;
    bool gap = l->kind == TKI_LINE_GAP, run = l->kind == TKI_LINE_RUN;
    const struct tk_span *s = gap ? NULL : &b->spans[l->row];
    tk_str name = s ? tki_view_name(s) : gap_name(b, l, scratch);
    int64_t from = gap || run ? tki_ns_after((uint64_t)l->start_ns, start_ns) : 0, ns = l->end_ns - l->start_ns;
    bool timed = !s || run || tki_span_duration(s, &ns) != TKI_DURATION_UNSET;
    if (s && !run && tki_span_started(s, p->facts.times.first_ns))
        from = tki_ns_after(s->start_ns, start_ns);
    tki_buf_printf(&p->json, "[%d,%" PRIu32 ",%" PRIu32 ",%" PRId64 ",%" PRId64 ",",
                   gap   ? 1
                   : run ? 2
                         : 0,
                   l->depth, name_number(e, p, name), s ? (int64_t)s->resource : INT64_C(-1), from);
    if (timed)
        tki_buf_printf(&p->json, "%" PRId64, ns);
    else
        tki_buf_lit(&p->json, "null");
    tki_buf_printf(&p->json, ",%" PRId64 ",%u", gap ? INT64_C(0) : l->self_ns, flags_of(p, b, l));
    bool message = s && s->status == TK_STATUS_ERROR && tki_error_text(b, s).n;
    if (message) {
        tki_buf_putc(&p->json, ',');
        string(e, p, tki_error_text(b, s));
    }
    if (run)
        put_run(p, l, message);
    tki_buf_putc(&p->json, ']');
}

static void put_services(struct tki_encode *e, struct page *p)
{
    const struct tk_batch *b = &p->trace.b;
    tki_buf_lit(&p->json, "\"services\":[");
    for (uint32_t i = 0; i < b->nresources; i++) {
        tki_buf_str(&p->json, tki_str(i ? "," : ""));
        string(e, p, b->resources[i].service);
    }
    tki_buf_lit(&p->json, "],\n\"resources\":[");
    for (uint32_t i = 0; i < b->nresources; i++) {
        tki_buf_str(&p->json, tki_str(i ? "," : ""));
        object(e, p, b, b->resources[i].attrs);
    }
    tki_buf_lit(&p->json, "],\n\"names\":[");
    for (uint32_t i = 0; i < p->names.n; i++) {
        tki_buf_str(&p->json, tki_str(i ? "," : ""));
        put_name(e, p, p->names.strs[i]);
    }
    tki_buf_lit(&p->json, "]}");
}

static void put_sums(struct page *p)
{
    char text[TKI_QUANTITY_MAX], n[TKI_QUANTITY_MAX];
    const struct tki_facts *f = &p->facts;
    tki_buf_printf(&p->json, "%s, %s %s, %" PRIu32 " %s, %" PRIu32 " %s",
                   tki_duration_format(text, (double)f->duration_ns), tki_count_format(n, f->b->nspans),
                   tki_plural(f->b->nspans, "span", "spans"), f->services,
                   tki_plural(f->services, "service", "services"), f->errors, tki_plural(f->errors, "error", "errors"));
}

/* What a reader wants to know first: sentences, with a line break between them. */
static void put_gist(struct tki_encode *e, struct page *p)
{
    struct tki_buf text = {0};
    if (tki_gist_where(&p->facts, &text))
        tki_buf_putc(&text, '\n');
    int rc = tki_gist_waste(&p->gist, &p->facts, &text);
    if (rc < 0 || text.err)
        tki_view_out_of_memory(e);
    tki_buf_lit(&p->json, ",\"gist\":");
    string(e, p, tki_buf_text(&text, &e->out->err));
    tki_buf_free(&text);
}

static void put_lines(struct tki_encode *e, struct page *p)
{
    const struct tk_batch *b = &p->trace.b;
    struct tki_buf scratch = {0};
    uint64_t start_ns, end_ns;
    char id[40];
    bool timed = tki_extent_get(&p->facts.extent, &start_ns, &end_ns);
    for (size_t i = 0; i < p->outline.n; i++) {
        snprintf(id, sizeof id, "r%" PRIu32 ".%zu", p->n, i / LINES);
        if (i % LINES == 0)
            element(e, id);
        tki_buf_str(&p->json, tki_str(i % LINES ? ",\n" : "["));
        put_line(e, p, &p->outline.line[i], start_ns, &scratch);
        if (i % LINES == LINES - 1 || i + 1 == p->outline.n) {
            tki_buf_putc(&p->json, ']');
            put_json(e, p);
        }
    }
    snprintf(id, sizeof id, "t%" PRIu32, p->n);
    element(e, id);
    tki_buf_lit(&p->json, "{\"id\":\"");
    tki_view_trace_id(&p->json, b->spans[0].trace_id);
    tki_buf_lit(&p->json, "\",\"start\":\"");
    if (timed)
        tki_view_moment(&p->json, start_ns, e->east_s);
    tki_buf_printf(&p->json, "\",\"duration\":%" PRId64 ",\"chunk\":%d,\"sums\":\"", p->facts.duration_ns, CHUNK);
    put_sums(p);
    tki_buf_putc(&p->json, '"');
    put_gist(e, p);
    tki_buf_lit(&p->json, ",\n");
    put_services(e, p);
    put_json(e, p);
    if (scratch.err)
        e->out->err = scratch.err;
    tki_buf_free(&scratch);
}

/* ---- what a span says ---- */

static void put_event(struct tki_encode *e, struct page *p, const struct tk_span *s, const struct tk_event *v)
{
    tki_buf_lit(&p->json, "[\"");
    tki_view_event_time(&p->json, s, v, p->facts.times.first_ns);
    tki_buf_lit(&p->json, "\",");
    string(e, p, v->name);
    tki_buf_putc(&p->json, ',');
    object(e, p, &p->trace.b, v->attrs);
    tki_buf_putc(&p->json, ']');
}

static void put_span(struct tki_encode *e, struct page *p, const struct tk_span *s)
{
    const struct tk_batch *b = &p->trace.b;
    tki_buf_lit(&p->json, "{\"id\":\"");
    tki_view_span_id(&p->json, s->span_id);
    tki_buf_lit(&p->json, "\",\"parent\":\"");
    tki_view_span_id(&p->json, s->parent_id);
    tki_buf_lit(&p->json, "\",\"kind\":");
    string(e, p, tki_view_kind(s->kind));
    tki_buf_lit(&p->json, ",\"status\":");
    string(e, p, tki_view_status(s->status));
    tki_buf_printf(&p->json, ",\"resource\":%" PRIu32 ",\"attributes\":", s->resource);
    object(e, p, b, s->attrs);
    tki_buf_lit(&p->json, ",\"events\":[");
    for (uint32_t i = 0; i < s->events.count && b->needs & TK_NEED_EVENTS; i++) {
        tki_buf_str(&p->json, tki_str(i ? "," : ""));
        put_event(e, p, s, &b->events[s->events.first + i]);
    }
    tki_buf_lit(&p->json, "],\"links\":[");
    for (uint32_t i = 0; i < s->links.count && b->needs & TK_NEED_LINKS; i++) {
        const struct tk_link *l = &b->links[s->links.first + i];
        tki_buf_str(&p->json, tki_str(i ? ",[\"" : "[\""));
        tki_view_trace_id(&p->json, l->trace_id);
        tki_buf_lit(&p->json, "\",\"");
        tki_view_span_id(&p->json, l->span_id);
        tki_buf_lit(&p->json, "\"]");
    }
    tki_buf_lit(&p->json, "]}");
}

static void put_details(struct tki_encode *e, struct page *p)
{
    char id[40];
    for (size_t i = 0; i < p->outline.n; i++) {
        const struct tki_line *l = &p->outline.line[i];
        if (i % CHUNK == 0) {
            snprintf(id, sizeof id, "d%" PRIu32 ".%zu", p->n, i / CHUNK);
            element(e, id);
            tki_buf_putc(&p->json, '[');
        } else {
            tki_buf_lit(&p->json, ",\n");
        }
        if (l->kind != TKI_LINE_SPAN)
            tki_buf_lit(&p->json, "null");
        else
            put_span(e, p, &p->trace.b.spans[l->row]);
        if (i % CHUNK == CHUNK - 1 || i + 1 == p->outline.n) {
            tki_buf_putc(&p->json, ']');
            put_json(e, p);
        }
    }
}

static void put(struct tki_encode *e, const struct tk_batch *b, const uint32_t *rows, size_t nrows)
{
    struct page *p = page_of(e);
    if (!p || !nrows || !tki_view_trace(&p->trace, e, b, rows, nrows))
        return;
    tki_facts_begin(&p->facts, &p->trace.b);
    int r = tki_facts_want(&p->facts, TKI_OUTLINE_FACTS | TKI_FACT_SERVICES);
    if (r == 0)
        r = tki_outline_build(&p->outline, &p->facts, TKI_HEADED);
    uint32_t listed = p->catalog.ids.n;
    if (r == 0)
        r = tki_catalog_add(&p->catalog, &p->trace.b, NULL, 0);
    if (r == 0)
        r = TKI_GROW(p->services, p->cap, (size_t)p->catalog.ids.n + 1);
    if (r < 0) {
        e->out->err = r;
        return;
    }
    tki_symtab_free(&p->names);
    p->names = (struct tki_symtab){0};
    put_lines(e, p);
    put_details(e, p);
    while (listed < p->catalog.ids.n)
        p->services[listed++] = p->facts.services;
    p->n++;
}

/* ---- the list ---- */

static void put_trace(struct tki_encode *e, struct page *p, uint32_t trace)
{
    const struct tki_catalog *c = &p->catalog;
    const struct tki_catalog_row *r = &c->row[trace];
    int64_t ns;
    bool timed = tki_extent_duration(&r->extent, &ns) != TKI_DURATION_UNSET;
    tki_buf_printf(&p->json, "[%" PRIu32 ",\"", trace);
    tki_view_trace_id(&p->json, c->ids.ids[trace]);
    tki_buf_lit(&p->json, "\",");
    if (timed)
        tki_buf_printf(&p->json, "%" PRId64, ns);
    else
        tki_buf_lit(&p->json, "null");
    tki_buf_printf(&p->json, ",%" PRIu32 ",%" PRIu32 ",", r->spans, r->errors);
    string(e, p, tki_catalog_text(&c->names, r->name));
    tki_buf_putc(&p->json, ',');
    string(e, p, tki_catalog_text(&c->services, r->service));
    tki_buf_putc(&p->json, ',');
    string(e, p, tki_catalog_text(&c->messages, r->message));
    tki_buf_printf(&p->json, ",%" PRIu32 "]", p->services[trace]);
}

static void end(struct tki_encode *e)
{
    struct page *p = page_of(e);
    if (e->out->err) /* the catalog may have a trace that is not on the page */
        return;
    uint32_t *order = p ? tki_catalog_sort(&p->catalog, TKI_CATALOG_DURATION) : NULL;
    if (!order) {
        tki_view_out_of_memory(e);
        return;
    }
    element(e, "list");
    tki_buf_putc(&p->json, '[');
    for (uint32_t i = 0; i < p->catalog.ids.n; i++) {
        tki_buf_str(&p->json, tki_str(i ? ",\n" : ""));
        put_trace(e, p, order[i]);
    }
    tki_buf_putc(&p->json, ']');
    free(order);
    put_json(e, p);
    tki_buf_lit(e->out, "<script>\n");
    for (const char *const *line = tki_html_script; *line; line++)
        tki_buf_str(e->out, tki_str(*line));
    tki_buf_lit(e->out, "</script>\n");
    tki_html_end(e->out);
}

const struct tki_format tki_view_html = {
    .info = {.name = "html",
             .about = "one page: a list of traces, each as a waterfall; nothing else is needed to read it",
             .can_write = true,
             .whole_traces = true,
             .view = true},
    .begin = begin,
    .put = put,
    .end = end,
    .free_state = free_page,
};
