/* Writing JSON as the first version of Tempo's API does: what jsonpb makes of its protobuf, with `batches` for the
 * first `resourceSpans`.  Ids are base64, enumerations names, 64-bit numbers strings, zero and empty fields are left
 * out; of messages in messages the empty ones stay.  Text is escaped as Go's encoding/json does.
 */
#include "base/num.h"
#include "format/js/js.h"
#include "format/otlp/otlp.h"
#include "format/otlp/rows.h"
#include "model/names.h"

struct out {
    struct tki_buf *b;
    const struct tk_batch *batch;
    uint64_t *notes;
    bool comma; /* one is due before the next member or element */
};

static void comma(struct out *o)
{
    if (o->comma)
        tki_buf_putc(o->b, ',');
    o->comma = true;
}

static void open_bracket(struct out *o, char c)
{
    tki_buf_putc(o->b, c);
    o->comma = false;
}

static void close_bracket(struct out *o, char c)
{
    tki_buf_putc(o->b, c);
    o->comma = true;
}

static void key(struct out *o, const char *name)
{
    comma(o);
    tki_buf_putc(o->b, '"');
    tki_buf_str(o->b, tki_str(name));
    tki_buf_lit(o->b, "\":");
}

/* < > & and the line separators U+2028 and U+2029 are escaped, for the sake of HTML and JavaScript. */
static void text(struct out *o, tk_str s)
{
    size_t at = o->b->n, extra = 0;
    tki_buf_json_str(o->b, s, o->notes);
    for (size_t i = at; i < o->b->n; i++)
        extra += memchr("<>&", o->b->p[i], 3) ? 5 : (unsigned char)o->b->p[i] == 0xe2 ? 3 : 0;
    if (!extra || !tki_buf_room(o->b, extra))
        return;
    const char *from = o->b->p + o->b->n;
    char *to = o->b->p + o->b->n + extra, *end = to;
    while (from > o->b->p + at) { /* from the back, since it grows */
        unsigned char c = (unsigned char)*--from;
        if (memchr("<>&", c, 3)) {
            static const char hex[] = "0123456789abcdef";
            to -= 6;
            memcpy(to, "\\u00", 4);
            to[4] = hex[c >> 4];
            to[5] = hex[c & 15];
        } else if (from - 2 >= o->b->p + at && memcmp(from - 2, "\xe2\x80", 2) == 0 && (c == 0xa8 || c == 0xa9)) {
            to -= 6;
            memcpy(to, c == 0xa8 ? "\\u2028" : "\\u2029", 6);
            from -= 2;
        } else {
            *--to = (char)c;
        }
    }
    size_t n = (size_t)(end - to); /* less than was reserved where U+20.. is another character */
    memmove(o->b->p + at, to, n);
    o->b->n = at + n;
}

static void string(struct out *o, const char *name, tk_str s)
{
    if (!s.n)
        return;
    key(o, name);
    text(o, s);
}

static void number(struct out *o, const char *name, uint32_t x)
{
    if (!x)
        return;
    key(o, name);
    tki_buf_u64(o->b, x);
}

static void time_ns(struct out *o, const char *name, uint64_t ns)
{
    if (!ns)
        return;
    key(o, name);
    tki_buf_putc(o->b, '"');
    tki_buf_u64(o->b, ns);
    tki_buf_putc(o->b, '"');
}

static void bytes(struct out *o, const void *p, size_t n)
{
    tki_buf_putc(o->b, '"');
    tki_buf_base64(o->b, p, n);
    tki_buf_putc(o->b, '"');
}

static void trace_id(struct out *o, tk_id128 id)
{
    char raw[16];
    if (tki_id_zero(id))
        return;
    key(o, "traceId");
    tki_store_be64(raw, id.hi);
    tki_store_be64(raw + 8, id.lo);
    bytes(o, raw, sizeof raw);
}

static void span_id(struct out *o, const char *name, uint64_t id)
{
    char raw[8];
    if (!id)
        return;
    key(o, name);
    tki_store_be64(raw, id);
    bytes(o, raw, sizeof raw);
}

/* jsonpb writes a number for which there is no name as a number. */
static void enumeration(struct out *o, const char *name, const char *constant, unsigned x)
{
    if (!x)
        return;
    key(o, name);
    if (!constant) {
        tki_buf_u64(o->b, x);
        return;
    }
    tki_buf_putc(o->b, '"');
    tki_buf_str(o->b, tki_str(constant));
    tki_buf_putc(o->b, '"');
}

static void value(struct out *o, const struct tk_value *v);

static void attribute(struct out *o, const struct tk_attr *a)
{
    comma(o);
    open_bracket(o, '{');
    string(o, "key", a->key);
    key(o, "value");
    value(o, &a->value);
    close_bracket(o, '}');
}

static void list(struct out *o, const struct tk_value *v)
{
    open_bracket(o, '{');
    if (v->n) {
        key(o, "values");
        open_bracket(o, '[');
        for (uint32_t i = 0; i < v->n; i++) {
            const struct tk_attr *kid = &o->batch->kids[v->v.first + i];
            if (v->type == TK_KVLIST) {
                attribute(o, kid);
            } else {
                comma(o);
                value(o, &kid->value);
            }
        }
        close_bracket(o, ']');
    }
    close_bracket(o, '}');
}

/* The depth of lists is bounded by what decoders accept. */
static void value(struct out *o, const struct tk_value *v)
{
    open_bracket(o, '{');
    switch (v->type) {
    case TK_STRING:
        key(o, "stringValue");
        text(o, (tk_str){v->v.s, v->n});
        break;
    case TK_BOOL:
        key(o, "boolValue");
        tki_buf_str(o->b, v->v.b ? TKI_STR("true") : TKI_STR("false"));
        break;
    case TK_INT:
        key(o, "intValue");
        tki_buf_putc(o->b, '"');
        tki_buf_i64(o->b, v->v.i);
        tki_buf_putc(o->b, '"');
        break;
    case TK_DOUBLE:
        key(o, "doubleValue");
        tki_buf_json_double(o->b, v->v.d);
        break;
    case TK_BYTES:
        key(o, "bytesValue");
        bytes(o, v->v.s, v->n);
        break;
    case TK_ARRAY:
        key(o, "arrayValue");
        list(o, v);
        break;
    case TK_KVLIST:
        key(o, "kvlistValue");
        list(o, v);
        break;
    default: break;
    }
    close_bracket(o, '}');
}

static void attributes(struct out *o, tk_range r)
{
    if (!r.count)
        return;
    key(o, "attributes");
    open_bracket(o, '[');
    for (uint32_t i = 0; i < r.count; i++)
        attribute(o, &o->batch->attrs[r.first + i]);
    close_bracket(o, ']');
}

static void events(struct out *o, const struct tk_span *s)
{
    if (!s->events.count || !(o->batch->needs & TK_NEED_EVENTS))
        return;
    key(o, "events");
    open_bracket(o, '[');
    for (uint32_t i = 0; i < s->events.count; i++) {
        const struct tk_event *e = &o->batch->events[s->events.first + i];
        comma(o);
        open_bracket(o, '{');
        time_ns(o, "timeUnixNano", e->time_ns);
        string(o, "name", e->name);
        attributes(o, e->attrs);
        number(o, "droppedAttributesCount", e->dropped_attrs);
        close_bracket(o, '}');
    }
    close_bracket(o, ']');
}

static void links(struct out *o, const struct tk_span *s)
{
    if (!s->links.count || !(o->batch->needs & TK_NEED_LINKS))
        return;
    key(o, "links");
    open_bracket(o, '[');
    for (uint32_t i = 0; i < s->links.count; i++) {
        const struct tk_link *l = &o->batch->links[s->links.first + i];
        comma(o);
        open_bracket(o, '{');
        trace_id(o, l->trace_id);
        span_id(o, "spanId", l->span_id);
        string(o, "traceState", l->trace_state);
        attributes(o, l->attrs);
        number(o, "droppedAttributesCount", l->dropped_attrs);
        number(o, "flags", l->flags);
        close_bracket(o, '}');
    }
    close_bracket(o, ']');
}

static void span(struct out *o, const struct tk_span *s)
{
    comma(o);
    open_bracket(o, '{');
    trace_id(o, s->trace_id);
    span_id(o, "spanId", s->span_id);
    string(o, "traceState", s->trace_state);
    span_id(o, "parentSpanId", s->parent_id);
    number(o, "flags", s->flags);
    string(o, "name", s->name);
    enumeration(o, "kind", tki_kind_constant(s->kind), s->kind);
    time_ns(o, "startTimeUnixNano", s->start_ns);
    time_ns(o, "endTimeUnixNano", s->end_ns);
    attributes(o, s->attrs);
    number(o, "droppedAttributesCount", s->dropped_attrs);
    events(o, s);
    number(o, "droppedEventsCount", s->dropped_events);
    links(o, s);
    number(o, "droppedLinksCount", s->dropped_links);
    key(o, "status");
    open_bracket(o, '{');
    string(o, "message", s->status_message);
    enumeration(o, "code", tki_status_constant(s->status), s->status);
    close_bracket(o, '}');
    close_bracket(o, '}');
}

/* Rows from i on that share a scope: returns the index behind them. */
static size_t scope_spans(struct out *o, const struct tki_otlp_rows *rows, size_t i)
{
    const struct tk_scope *s = &o->batch->scopes[tki_otlp_row(rows, i)->scope];
    comma(o);
    open_bracket(o, '{');
    if (s->present) {
        key(o, "scope");
        open_bracket(o, '{');
        string(o, "name", s->name);
        string(o, "version", s->version);
        attributes(o, s->attrs);
        number(o, "droppedAttributesCount", s->dropped_attrs);
        close_bracket(o, '}');
    }
    key(o, "spans");
    open_bracket(o, '[');
    for (size_t end = tki_otlp_scope_end(rows, i); i < end; i++)
        span(o, tki_otlp_row(rows, i));
    close_bracket(o, ']');
    string(o, "schemaUrl", s->schema_url);
    close_bracket(o, '}');
    return i;
}

static size_t resource_spans(struct out *o, const struct tki_otlp_rows *rows, size_t i)
{
    const struct tk_resource *r = &o->batch->resources[tki_otlp_row(rows, i)->resource];
    comma(o);
    open_bracket(o, '{');
    if (r->present) {
        key(o, "resource");
        open_bracket(o, '{');
        attributes(o, r->attrs);
        number(o, "droppedAttributesCount", r->dropped_attrs);
        close_bracket(o, '}');
        o->notes[TK_NOTE_LOST_RESOURCE] += r->entities.count > 0;
    }
    key(o, "scopeSpans");
    open_bracket(o, '[');
    for (size_t end = tki_otlp_resource_end(rows, i); i < end;)
        i = scope_spans(o, rows, i);
    close_bracket(o, ']');
    string(o, "schemaUrl", r->schema_url);
    close_bracket(o, '}');
    return i;
}

void tki_tempo_json_put(struct tki_buf *buf, const struct tk_batch *b, const uint32_t *rows, size_t nrows,
                        uint64_t notes[TKI_NOTE_COUNT])
{
    struct out o = {.b = buf, .batch = b, .notes = notes};
    tki_buf_lit(buf, "{\"batches\":[");
    struct tki_otlp_rows all = tki_otlp_rows(b, rows, nrows);
    for (size_t i = 0; i < all.n;)
        i = resource_spans(&o, &all, i);
    tki_buf_lit(buf, "]}\n");
}
