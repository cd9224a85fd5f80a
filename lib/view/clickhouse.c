/* clickhouse: one JSON object a span, with the columns of the table otel_traces of the collector's exporter for
 * ClickHouse (opentelemetry-collector-contrib, exporter/clickhouseexporter, 0.150): for INSERT INTO otel_traces FORMAT
 * JSONEachRow.
 *
 * Values of attributes are text there.  Times are seconds since 1970 with nine decimals: a server takes dates and hours
 * without a zone for its own.  The reader of rows knows these columns, so that what is not lost comes back.
 */
#include "base/num.h"
#include "format/js/js.h"
#include "model/batch.h"
#include "view/view.h"

static void string(struct tki_encode *e, tk_str s)
{
    tki_buf_json_str(e->out, s, e->notes);
}

static void span_id(struct tki_encode *e, uint64_t id)
{
    tki_buf_putc(e->out, '"');
    tki_view_span_id(e->out, id);
    tki_buf_putc(e->out, '"');
}

static void trace_id(struct tki_encode *e, tk_id128 id)
{
    tki_buf_putc(e->out, '"');
    tki_view_trace_id(e->out, id);
    tki_buf_putc(e->out, '"');
}

static void seconds(struct tki_encode *e, uint64_t ns)
{
    tki_buf_printf(e->out, "\"%llu.%09llu\"", (unsigned long long)(ns / 1000000000),
                   (unsigned long long)(ns % 1000000000));
}

/* Attributes as text, and their types lost. */
static void map(struct tki_encode *e, const struct tk_batch *b, tk_range attrs)
{
    const struct tk_attr *a = b->attrs + attrs.first;
    struct tki_buf *out = e->out, text = {0};
    bool first = true;
    tki_buf_putc(out, '{');
    for (uint32_t i = 0; i < attrs.count; i++) {
        if (tki_view_replaced(a, i, attrs.count)) {
            e->notes[TK_NOTE_DUPLICATE_TAG]++;
            continue;
        }
        e->notes[TK_NOTE_LOST_TYPE] += a[i].value.type != TK_STRING;
        tki_buf_reset(&text);
        e->out = &text;
        tki_view_value_text(e, b, &a[i].value);
        e->out = out;
        if (!first)
            tki_buf_putc(out, ',');
        first = false;
        string(e, a[i].key);
        tki_buf_putc(out, ':');
        string(e, tki_buf_text(&text, &out->err));
    }
    tki_buf_putc(out, '}');
    tki_buf_free(&text);
}

typedef void put_row(struct tki_encode *e, const struct tk_batch *b, uint32_t row);

/* A column of events, or of links: a list with a value for each of them. */
static void list(struct tki_encode *e, const struct tk_batch *b, const char *name, tk_range rows, put_row *put)
{
    tki_buf_lit(e->out, ",\"");
    tki_buf_str(e->out, tki_str(name));
    tki_buf_lit(e->out, "\":[");
    for (uint32_t i = 0; i < rows.count; i++) {
        if (i)
            tki_buf_putc(e->out, ',');
        put(e, b, rows.first + i);
    }
    tki_buf_putc(e->out, ']');
}

static void event_time(struct tki_encode *e, const struct tk_batch *b, uint32_t row)
{
    seconds(e, b->events[row].time_ns);
}

static void event_name(struct tki_encode *e, const struct tk_batch *b, uint32_t row)
{
    string(e, b->events[row].name);
}

static void event_attrs(struct tki_encode *e, const struct tk_batch *b, uint32_t row)
{
    map(e, b, b->events[row].attrs);
    e->notes[TK_NOTE_LOST_EVENT] += b->events[row].dropped_attrs != 0;
}

static void link_trace(struct tki_encode *e, const struct tk_batch *b, uint32_t row)
{
    trace_id(e, b->links[row].trace_id);
}

static void link_span(struct tki_encode *e, const struct tk_batch *b, uint32_t row)
{
    span_id(e, b->links[row].span_id);
}

static void link_state(struct tki_encode *e, const struct tk_batch *b, uint32_t row)
{
    string(e, b->links[row].trace_state);
}

static void link_attrs(struct tki_encode *e, const struct tk_batch *b, uint32_t row)
{
    map(e, b, b->links[row].attrs);
    e->notes[TK_NOTE_LOST_LINK] += b->links[row].dropped_attrs || b->links[row].flags;
}

/* ---- rows -------------------------------------------------------------------------------------------------------- */

/* The names of the protocol's Go package; none is "". */
static tk_str kind(unsigned k)
{
    static const char *const names[] = {"Unspecified", "Internal", "Server", "Client", "Producer", "Consumer"};
    return tki_str(k < sizeof names / sizeof *names ? names[k] : "");
}

static tk_str status(unsigned s)
{
    static const char *const names[] = {"Unset", "Ok", "Error"};
    return tki_str(s < sizeof names / sizeof *names ? names[s] : "");
}

static void column(struct tki_encode *e, const char *name, tk_str s)
{
    tki_buf_lit(e->out, ",\"");
    tki_buf_str(e->out, tki_str(name));
    tki_buf_lit(e->out, "\":");
    string(e, s);
}

static void ids(struct tki_encode *e, const struct tk_span *s)
{
    tki_buf_lit(e->out, ",\"TraceId\":");
    trace_id(e, s->trace_id);
    tki_buf_lit(e->out, ",\"SpanId\":");
    span_id(e, s->span_id);
    tki_buf_lit(e->out, ",\"ParentSpanId\":");
    span_id(e, s->parent_id);
}

/* What these columns have no place for. */
static void count_lost(struct tki_encode *e, const struct tk_span *s, const struct tk_resource *r,
                       const struct tk_scope *scope)
{
    e->notes[TK_NOTE_LOST_SPAN] += s->flags || s->dropped_attrs || s->dropped_events || s->dropped_links;
    e->notes[TK_NOTE_LOST_RESOURCE] += r->schema_url.n || r->dropped_attrs || r->entities.count;
    e->notes[TK_NOTE_LOST_SCOPE] += scope->schema_url.n || scope->attrs.count || scope->dropped_attrs;
}

static void row(struct tki_encode *e, const struct tk_batch *b, const struct tk_span *s)
{
    const struct tk_resource *r = &b->resources[s->resource];
    const struct tk_scope *scope = &b->scopes[s->scope];
    tki_buf_lit(e->out, "{\"Timestamp\":");
    seconds(e, s->start_ns);
    ids(e, s);
    column(e, "TraceState", s->trace_state);
    column(e, "SpanName", s->name);
    column(e, "SpanKind", kind(s->kind));
    column(e, "ServiceName", r->service);
    tki_buf_lit(e->out, ",\"ResourceAttributes\":");
    map(e, b, r->attrs);
    column(e, "ScopeName", scope->name);
    column(e, "ScopeVersion", scope->version);
    tki_buf_lit(e->out, ",\"SpanAttributes\":");
    map(e, b, s->attrs);
    tki_buf_lit(e->out, ",\"Duration\":");
    tki_buf_u64(e->out, tki_view_duration_written(e, s));
    column(e, "StatusCode", status(s->status));
    column(e, "StatusMessage", s->status_message);
    list(e, b, "Events.Timestamp", s->events, event_time);
    list(e, b, "Events.Name", s->events, event_name);
    list(e, b, "Events.Attributes", s->events, event_attrs);
    list(e, b, "Links.TraceId", s->links, link_trace);
    list(e, b, "Links.SpanId", s->links, link_span);
    list(e, b, "Links.TraceState", s->links, link_state);
    list(e, b, "Links.Attributes", s->links, link_attrs);
    tki_buf_lit(e->out, "}\n");
    count_lost(e, s, r, scope);
}

static void put(struct tki_encode *e, const struct tk_batch *b, const uint32_t *rows, size_t nrows)
{
    for (size_t i = 0; i < nrows; i++)
        row(e, b, &b->spans[rows[i]]);
}

const struct tki_format tki_view_clickhouse = {
    .info = {.name = "clickhouse",
             .about = "rows for the table otel_traces of the collector's exporter for ClickHouse",
             .can_write = true,
             .view = true},
    .put = put,
    .independent = true,
};
