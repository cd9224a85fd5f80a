/* rows: one flat JSON object a span, for jq, DuckDB and ClickHouse.  Written only.
 *
 * Columns of the span stand at the top; attributes and resource are objects, so that a map column or
 * `.attributes["http.route"]` takes them whole.  An object holds one value a key: the last one.  The columns of a table
 * (table.c) are the same.
 */
#include "base/num.h"
#include "format/js/js.h"
#include "model/batch.h"
#include "view/view.h"

static void trace_id(struct tki_buf *out, const char *key, size_t n, tk_id128 id)
{
    tki_buf_put(out, key, n);
    tki_view_trace_id(out, id);
    tki_buf_putc(out, '"');
}

static void span_id(struct tki_buf *out, const char *key, size_t n, uint64_t id)
{
    tki_buf_put(out, key, n);
    tki_view_span_id(out, id);
    tki_buf_putc(out, '"');
}

static void number(struct tki_buf *out, const char *key, size_t n, uint64_t x)
{
    tki_buf_put(out, key, n);
    tki_buf_u64(out, x);
}

static void string(struct tki_encode *e, const char *key, size_t n, tk_str s)
{
    tki_buf_put(e->out, key, n);
    tki_buf_json_str(e->out, s, e->notes);
}
#define MEMBER(lit) "" lit, sizeof(lit) - 1

static void start_time(struct tki_buf *out, const struct tk_span *s)
{
    tki_buf_lit(out, ",\"start_time\":\"");
    if (tki_view_timed(s))
        tki_view_time(out, s->start_ns);
    tki_buf_putc(out, '"');
}

void tki_view_events(struct tki_encode *e, const struct tk_batch *b, const struct tk_span *s)
{
    tki_buf_putc(e->out, '[');
    for (uint32_t i = 0; i < s->events.count && b->needs & TK_NEED_EVENTS; i++) {
        const struct tk_event *v = &b->events[s->events.first + i];
        if (i)
            tki_buf_putc(e->out, ',');
        number(e->out, MEMBER("{\"time_unix_nano\":"), v->time_ns);
        string(e, MEMBER(",\"name\":"), v->name);
        tki_buf_lit(e->out, ",\"attributes\":");
        tki_view_object(e, b, b->attrs + v->attrs.first, v->attrs.count);
        tki_buf_putc(e->out, '}');
    }
    tki_buf_putc(e->out, ']');
}

void tki_view_links(struct tki_encode *e, const struct tk_batch *b, const struct tk_span *s)
{
    tki_buf_putc(e->out, '[');
    for (uint32_t i = 0; i < s->links.count && b->needs & TK_NEED_LINKS; i++) {
        const struct tk_link *l = &b->links[s->links.first + i];
        if (i)
            tki_buf_putc(e->out, ',');
        trace_id(e->out, MEMBER("{\"trace_id\":\""), l->trace_id);
        span_id(e->out, MEMBER(",\"span_id\":\""), l->span_id);
        tki_buf_lit(e->out, ",\"attributes\":");
        tki_view_object(e, b, b->attrs + l->attrs.first, l->attrs.count);
        tki_buf_putc(e->out, '}');
    }
    tki_buf_putc(e->out, ']');
}

static void row(struct tki_encode *e, const struct tk_batch *b, const struct tk_span *s)
{
    struct tki_buf *out = e->out;
    const struct tk_resource *r = &b->resources[s->resource];
    const struct tk_scope *scope = &b->scopes[s->scope];
    trace_id(out, MEMBER("{\"trace_id\":\""), s->trace_id);
    span_id(out, MEMBER(",\"span_id\":\""), s->span_id);
    span_id(out, MEMBER(",\"parent_span_id\":\""), s->parent_id);
    string(e, MEMBER(",\"service\":"), r->service);
    string(e, MEMBER(",\"name\":"), s->name);
    string(e, MEMBER(",\"kind\":"), tki_view_kind(s->kind));
    start_time(out, s);
    number(out, MEMBER(",\"start_time_unix_nano\":"), s->start_ns);
    number(out, MEMBER(",\"end_time_unix_nano\":"), s->end_ns);
    tki_buf_lit(out, ",\"duration_ns\":");
    tki_buf_u64(out, tki_view_duration_written(e, s));
    string(e, MEMBER(",\"status\":"), tki_view_status(s->status));
    string(e, MEMBER(",\"status_message\":"), s->status_message);
    string(e, MEMBER(",\"trace_state\":"), s->trace_state);
    number(out, MEMBER(",\"flags\":"), s->flags);
    string(e, MEMBER(",\"scope_name\":"), scope->name);
    string(e, MEMBER(",\"scope_version\":"), scope->version);
    tki_buf_lit(out, ",\"scope_attributes\":");
    tki_view_object(e, b, b->attrs + scope->attrs.first, scope->attrs.count);
    tki_buf_lit(out, ",\"attributes\":");
    tki_view_object(e, b, b->attrs + s->attrs.first, s->attrs.count);
    tki_buf_lit(out, ",\"resource\":");
    tki_view_object(e, b, b->attrs + r->attrs.first, r->attrs.count);
    tki_buf_lit(out, ",\"events\":");
    tki_view_events(e, b, s);
    tki_buf_lit(out, ",\"links\":");
    tki_view_links(e, b, s);
    if (tki_batch_file(b))
        string(e, MEMBER(",\"file\":"), tki_str(tki_batch_file(b)));
    tki_buf_lit(out, "}\n");
}

static void put(struct tki_encode *e, const struct tk_batch *b, const uint32_t *rows, size_t nrows)
{
    for (size_t i = 0; i < nrows; i++)
        row(e, b, &b->spans[rows[i]]);
}

const struct tki_format tki_view_rows = {
    .info = {.name = "rows",
             .about = "one flat JSON object a span, for jq, DuckDB, ClickHouse",
             .can_write = true,
             .view = true},
    .put = put,
    .independent = true,
};
