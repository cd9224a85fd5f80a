/* rows: one flat JSON object a span, for jq, DuckDB and ClickHouse.  Written only.
 *
 * Columns of the span stand at the top; attributes and resource are objects, so that a map column or
 * `.attributes["http.route"]` takes them whole.  An object holds one value a key: the last one.
 */
#include <math.h>

#include "base/num.h"
#include "format/js/js.h"

static void value(struct tki_encode *e, const struct tk_batch *b, const struct tk_value *v);

static bool replaced_later(const struct tk_attr *a, uint32_t i, uint32_t n)
{
    for (uint32_t j = i + 1; j < n; j++)
        if (tki_str_eq(a[i].key, a[j].key))
            return true;
    return false;
}

static void object(struct tki_encode *e, const struct tk_batch *b, const struct tk_attr *a, uint32_t n)
{
    bool first = true;
    tki_buf_putc(e->out, '{');
    for (uint32_t i = 0; i < n; i++) {
        if (replaced_later(a, i, n)) {
            e->notes[TK_NOTE_DUPLICATE_TAG]++;
            continue;
        }
        if (!first)
            tki_buf_putc(e->out, ',');
        first = false;
        tki_buf_json_str(e->out, a[i].key, e->notes);
        tki_buf_putc(e->out, ':');
        value(e, b, &a[i].value);
    }
    tki_buf_putc(e->out, '}');
}

static void value(struct tki_encode *e, const struct tk_batch *b, const struct tk_value *v)
{
    switch (v->type) {
    case TK_STRING:
        tki_buf_json_str(e->out, (tk_str){v->v.s, v->n}, e->notes);
        break;
    case TK_BOOL:
        tki_buf_str(e->out, v->v.b ? TKI_STR("true") : TKI_STR("false"));
        break;
    case TK_INT:
        tki_buf_i64(e->out, v->v.i);
        break;
    case TK_DOUBLE:
        tki_buf_json_double(e->out, v->v.d);
        break;
    case TK_BYTES:
        tki_buf_putc(e->out, '"');
        tki_buf_base64(e->out, v->v.s, v->n);
        tki_buf_putc(e->out, '"');
        break;
    case TK_ARRAY:
        tki_buf_putc(e->out, '[');
        for (uint32_t i = 0; i < v->n; i++) {
            if (i)
                tki_buf_putc(e->out, ',');
            value(e, b, &b->kids[v->v.first + i].value);
        }
        tki_buf_putc(e->out, ']');
        break;
    case TK_KVLIST:
        object(e, b, b->kids + v->v.first, v->n);
        break;
    default:
        tki_buf_lit(e->out, "null");
    }
}

static void trace_id(struct tki_buf *out, const char *key, size_t n, tk_id128 id)
{
    tki_buf_put(out, key, n);
    tki_buf_hex64(out, id.hi);
    tki_buf_hex64(out, id.lo);
    tki_buf_putc(out, '"');
}

static void span_id(struct tki_buf *out, const char *key, size_t n, uint64_t id)
{
    tki_buf_put(out, key, n);
    if (id)
        tki_buf_hex64(out, id);
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

static tk_str kind_name(unsigned kind)
{
    static const char *const names[] = {"unspecified", "internal", "server", "client", "producer", "consumer"};
    return tki_str(kind < sizeof names / sizeof *names ? names[kind] : "unknown");
}

static tk_str status_name(unsigned status)
{
    static const char *const names[] = {"unset", "ok", "error"};
    return tki_str(status < sizeof names / sizeof *names ? names[status] : "unknown");
}

static void events(struct tki_encode *e, const struct tk_batch *b, const struct tk_span *s)
{
    tki_buf_lit(e->out, ",\"events\":[");
    for (uint32_t i = 0; i < s->events.count && b->needs & TK_NEED_EVENTS; i++) {
        const struct tk_event *v = &b->events[s->events.first + i];
        if (i)
            tki_buf_putc(e->out, ',');
        number(e->out, MEMBER("{\"time_unix_nano\":"), v->time_ns);
        string(e, MEMBER(",\"name\":"), v->name);
        tki_buf_lit(e->out, ",\"attributes\":");
        object(e, b, b->attrs + v->attrs.first, v->attrs.count);
        tki_buf_putc(e->out, '}');
    }
    tki_buf_putc(e->out, ']');
}

static void links(struct tki_encode *e, const struct tk_batch *b, const struct tk_span *s)
{
    tki_buf_lit(e->out, ",\"links\":[");
    for (uint32_t i = 0; i < s->links.count && b->needs & TK_NEED_LINKS; i++) {
        const struct tk_link *l = &b->links[s->links.first + i];
        if (i)
            tki_buf_putc(e->out, ',');
        trace_id(e->out, MEMBER("{\"trace_id\":\""), l->trace_id);
        span_id(e->out, MEMBER(",\"span_id\":\""), l->span_id);
        tki_buf_lit(e->out, ",\"attributes\":");
        object(e, b, b->attrs + l->attrs.first, l->attrs.count);
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
    string(e, MEMBER(",\"kind\":"), kind_name(s->kind));
    number(out, MEMBER(",\"start_time_unix_nano\":"), s->start_ns);
    number(out, MEMBER(",\"end_time_unix_nano\":"), s->end_ns);
    tki_buf_lit(out, ",\"duration_ns\":");
    tki_buf_i64(out, (int64_t)(s->end_ns - s->start_ns));
    string(e, MEMBER(",\"status\":"), status_name(s->status));
    string(e, MEMBER(",\"status_message\":"), s->status_message);
    string(e, MEMBER(",\"trace_state\":"), s->trace_state);
    number(out, MEMBER(",\"flags\":"), s->flags);
    string(e, MEMBER(",\"scope_name\":"), scope->name);
    string(e, MEMBER(",\"scope_version\":"), scope->version);
    tki_buf_lit(out, ",\"attributes\":");
    object(e, b, b->attrs + s->attrs.first, s->attrs.count);
    tki_buf_lit(out, ",\"resource\":");
    object(e, b, b->attrs + r->attrs.first, r->attrs.count);
    events(e, b, s);
    links(e, b, s);
    tki_buf_lit(out, "}\n");
}

static void put(struct tki_encode *e, const struct tk_batch *b, const uint32_t *rows, size_t nrows)
{
    for (size_t i = 0; i < nrows; i++)
        row(e, b, &b->spans[rows[i]]);
}

static unsigned bid(tk_str head, bool eof)
{
    (void)head;
    (void)eof;
    return 0;
}

const struct tki_format tki_format_rows = {
    .info = {.name = "rows", .about = "one flat JSON object a span, for jq, DuckDB, ClickHouse", .can_write = true},
    .bid = bid, .put = put, .independent = true,
};
