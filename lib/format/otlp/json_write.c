/* Writing OTLP JSON as the collector does: lower-case hexadecimal ids, 64-bit numbers as strings, enums as
 * numbers, zero and empty fields left out, one line a resource.
 *
 * A span that came as OTLP JSON by the book is copied as it stood, if it stood on one line.
 */
#include "base/num.h"
#include "base/utf8.h"
#include "format/js/js.h"
#include "format/js/simd.h"
#include "format/otlp/otlp.h"
#include "format/otlp/rows.h"

struct out {
    struct tki_buf *b;
    const struct tk_batch *batch;
    uint64_t *notes;
    bool comma;  /* one is due before the next member or element */
    bool sizing; /* what is usual is counted; the rest is written, counted and forgotten, span by span */
    bool bare;   /* when sizing: somebody else counts the attributes of spans */
    size_t counted;
};

/* Returns true if n bytes need not be written, since they have been counted. */
static inline bool count(struct out *o, size_t n)
{
    o->counted += o->sizing ? n : 0;
    return o->sizing;
}

/* A member's key with its comma; the literal comes with quotes and colon. */
static inline void key(struct out *o, const char *lit, size_t n)
{
    bool comma = o->comma;
    o->comma = true;
    if (count(o, n + comma))
        return;
    char *to = tki_buf_room(o->b, n + 1);
    if (!to)
        return;
    if (comma)
        *to++ = ',';
    memcpy(to, lit, n);
    o->b->n += n + comma;
}
#define KEY(o, name) key((o), "\"" name "\":", sizeof(name) + 2)

static inline void put_lit(struct out *o, const char *lit, size_t n)
{
    if (!count(o, n))
        tki_buf_put(o->b, lit, n);
}
#define LIT(o, lit) put_lit((o), "" lit, sizeof(lit) - 1)

static inline void put_char(struct out *o, char c)
{
    if (!count(o, 1))
        tki_buf_putc(o->b, c);
}

static inline void open_bracket(struct out *o, char c)
{
    put_char(o, c);
    o->comma = false;
}

static inline void close_bracket(struct out *o, char c)
{
    put_char(o, c);
    o->comma = true;
}

/* An element's comma. */
static inline void element(struct out *o)
{
    if (o->comma)
        put_char(o, ',');
    o->comma = true;
}

static inline void quoted_u64(struct out *o, uint64_t x)
{
    if (o->sizing) {
        o->counted += tki_u64_chars(x) + 2;
        return;
    }
    char *to = tki_buf_room(o->b, TKI_U64_DIGITS + 2), *p = to;
    if (!to)
        return;
    *p++ = '"';
    p += tki_fmt_u64(p, x);
    *p++ = '"';
    o->b->n += (size_t)(p - to);
}

static inline void quoted_i64(struct out *o, int64_t x)
{
    if (o->sizing) {
        o->counted += tki_i64_chars(x) + 2;
        return;
    }
    char *to = tki_buf_room(o->b, TKI_U64_DIGITS + 3), *p = to;
    if (!to)
        return;
    *p++ = '"';
    p += tki_fmt_i64(p, x);
    *p++ = '"';
    o->b->n += (size_t)(p - to);
}

static inline void text(struct out *o, tk_str s)
{
    if (o->sizing && tki_is_plain(s.p, s.n))
        o->counted += s.n + 2;
    else
        tki_buf_json_str(o->b, s, o->notes);
}

static inline void id128(struct out *o, tk_id128 id)
{
    if (!count(o, 2 * 16 + 2))
        tki_buf_json_id128(o->b, id);
}

static inline void id64(struct out *o, uint64_t id)
{
    if (!count(o, 16 + 2))
        tki_buf_json_id64(o->b, id);
}

static void value(struct out *o, const struct tk_value *v);

/* What an attribute has around its key and its text or number. */
#define AROUND_STRING (sizeof "{\"key\":\"\",\"value\":{\"stringValue\":\"\"}}" - 1)
#define AROUND_INT    (sizeof "{\"key\":\"\",\"value\":{\"intValue\":\"\"}}" - 1)

/* Counts an attribute as usual_attribute writes it.  Returns false when it has another shape. */
static inline bool count_usual(struct out *o, const struct tk_attr *a)
{
    const struct tk_value *v = &a->value;
    bool string = v->type == TK_STRING;
    if (!tki_is_plain(a->key.p, a->key.n) || (string && !tki_is_plain(v->v.s, v->n)))
        return false;
    o->counted += a->key.n + (string ? AROUND_STRING + v->n : AROUND_INT + tki_i64_chars(v->v.i));
    return true;
}

#define PUT(to, literal) (memcpy((to), literal, sizeof(literal) - 1), (to) + sizeof(literal) - 1)

/* Writes an attribute in one go if it has one of the shapes that nearly all have.  Returns false when it has another
 * shape; then nothing was written. */
static inline bool usual_attribute(struct out *o, const struct tk_attr *a)
{
    const struct tk_value *v = &a->value;
    bool string = v->type == TK_STRING;
    if (!string && v->type != TK_INT)
        return false;
    if (o->sizing)
        return count_usual(o, a);
    char *to = tki_buf_room(o->b, a->key.n + (string ? v->n : TKI_U64_DIGITS + 1) + 64), *p = to;
    if (!to)
        return false;
    p = PUT(p, "{\"key\":\"");
    if (!tki_copy_plain(p, a->key.p, a->key.n))
        return false;
    p += a->key.n;
    if (string) {
        p = PUT(p, "\",\"value\":{\"stringValue\":\"");
        if (!tki_copy_plain(p, v->v.s, v->n))
            return false;
        p += v->n;
    } else {
        p = PUT(p, "\",\"value\":{\"intValue\":\"");
        p += tki_fmt_i64(p, v->v.i);
    }
    p = PUT(p, "\"}}");
    o->b->n += (size_t)(p - to);
    return true;
}

static inline void attribute(struct out *o, const struct tk_attr *a)
{
    if (usual_attribute(o, a))
        return;
    LIT(o, "{\"key\":");
    text(o, a->key);
    LIT(o, ",\"value\":");
    value(o, &a->value);
    put_char(o, '}');
}

static void list(struct out *o, const struct tk_value *v)
{
    LIT(o, "{\"values\":[");
    for (uint32_t i = 0; i < v->n; i++) {
        const struct tk_attr *kid = &o->batch->kids[v->v.first + i];
        if (i)
            put_char(o, ',');
        if (v->type == TK_ARRAY)
            value(o, &kid->value);
        else
            attribute(o, kid);
    }
    LIT(o, "]}");
}

static void value(struct out *o, const struct tk_value *v)
{
    switch (v->type) {
    case TK_STRING:
        LIT(o, "{\"stringValue\":");
        text(o, (tk_str){v->v.s, v->n});
        break;
    case TK_BOOL:
        if (v->v.b)
            LIT(o, "{\"boolValue\":true");
        else
            LIT(o, "{\"boolValue\":false");
        break;
    case TK_INT:
        LIT(o, "{\"intValue\":");
        quoted_i64(o, v->v.i);
        break;
    case TK_DOUBLE:
        LIT(o, "{\"doubleValue\":");
        tki_buf_json_double(o->b, v->v.d);
        break;
    case TK_BYTES:
        LIT(o, "{\"bytesValue\":\"");
        tki_buf_base64(o->b, v->v.s, v->n);
        put_char(o, '"');
        break;
    case TK_ARRAY:
        LIT(o, "{\"arrayValue\":");
        list(o, v);
        break;
    case TK_KVLIST:
        LIT(o, "{\"kvlistValue\":");
        list(o, v);
        break;
    default: put_char(o, '{');
    }
    put_char(o, '}');
}

static void attributes(struct out *o, tk_range r)
{
    if (!r.count)
        return;
    KEY(o, "attributes");
    for (uint32_t i = 0; i < r.count; i++) {
        put_char(o, i ? ',' : '[');
        attribute(o, &o->batch->attrs[r.first + i]);
    }
    put_char(o, ']');
}

/* What is around the elements of a list of attributes. */
static inline void count_list(struct out *o, uint32_t n)
{
    if (!n)
        return;
    KEY(o, "attributes");
    o->counted += n + 1; /* brackets, and commas between */
}

static inline void string_member(struct out *o, const char *lit, size_t n, tk_str s)
{
    if (!s.n)
        return;
    key(o, lit, n);
    text(o, s);
}
#define STR(o, name, s) string_member((o), "\"" name "\":", sizeof(name) + 2, (s))

static inline void u32_member(struct out *o, const char *lit, size_t n, uint32_t x)
{
    if (!x)
        return;
    key(o, lit, n);
    if (o->sizing)
        o->counted += tki_u64_chars(x);
    else
        tki_buf_u64(o->b, x);
}
#define U32(o, name, x) u32_member((o), "\"" name "\":", sizeof(name) + 2, (x))

static void event(struct out *o, const struct tk_event *e)
{
    element(o);
    open_bracket(o, '{');
    if (e->time_ns) {
        KEY(o, "timeUnixNano");
        quoted_u64(o, e->time_ns);
    }
    STR(o, "name", e->name);
    attributes(o, e->attrs);
    U32(o, "droppedAttributesCount", e->dropped_attrs);
    close_bracket(o, '}');
}

static void link_to(struct out *o, const struct tk_link *l)
{
    element(o);
    open_bracket(o, '{');
    if (!tki_id_zero(l->trace_id)) {
        KEY(o, "traceId");
        id128(o, l->trace_id);
    }
    if (l->span_id) {
        KEY(o, "spanId");
        id64(o, l->span_id);
    }
    STR(o, "traceState", l->trace_state);
    attributes(o, l->attrs);
    U32(o, "droppedAttributesCount", l->dropped_attrs);
    U32(o, "flags", l->flags);
    close_bracket(o, '}');
}

static void events_and_links(struct out *o, const struct tk_span *s)
{
    const struct tk_batch *b = o->batch;
    if (s->events.count && b->needs & TK_NEED_EVENTS) {
        KEY(o, "events");
        open_bracket(o, '[');
        for (uint32_t i = 0; i < s->events.count; i++)
            event(o, &b->events[s->events.first + i]);
        close_bracket(o, ']');
    }
    U32(o, "droppedEventsCount", s->dropped_events);
    if (s->links.count && b->needs & TK_NEED_LINKS) {
        KEY(o, "links");
        open_bracket(o, '[');
        for (uint32_t i = 0; i < s->links.count; i++)
            link_to(o, &b->links[s->links.first + i]);
        close_bracket(o, ']');
    }
    U32(o, "droppedLinksCount", s->dropped_links);
}

bool tki_otlp_json_copies(tk_str raw)
{
    return !tki_str_find(raw, '\n') && tki_utf8_valid(raw.p, raw.n) == raw.n;
}

/* Text as it was read. */
static inline bool copied(struct out *o, tk_str raw)
{
    if (!raw.n || o->batch->raw != TK_RAW_OTLP_JSON || !tki_otlp_json_copies(raw))
        return false;
    if (!count(o, raw.n))
        tki_buf_str(o->b, raw);
    return true;
}

static void span(struct out *o, const struct tk_span *s)
{
    if (o->sizing) {
        o->counted += o->b->n;
        o->b->n = 0;
    }
    element(o);
    if (copied(o, s->raw))
        return;
    open_bracket(o, '{');
    if (!tki_id_zero(s->trace_id)) {
        KEY(o, "traceId");
        id128(o, s->trace_id);
    }
    if (s->span_id) {
        KEY(o, "spanId");
        id64(o, s->span_id);
    }
    STR(o, "traceState", s->trace_state);
    if (s->parent_id) {
        KEY(o, "parentSpanId");
        id64(o, s->parent_id);
    }
    U32(o, "flags", s->flags);
    STR(o, "name", s->name);
    U32(o, "kind", s->kind);
    if (s->start_ns) {
        KEY(o, "startTimeUnixNano");
        quoted_u64(o, s->start_ns);
    }
    if (s->end_ns) {
        KEY(o, "endTimeUnixNano");
        quoted_u64(o, s->end_ns);
    }
    if (o->bare)
        count_list(o, s->attrs.count);
    else
        attributes(o, s->attrs);
    U32(o, "droppedAttributesCount", s->dropped_attrs);
    events_and_links(o, s);
    KEY(o, "status");
    open_bracket(o, '{');
    STR(o, "message", s->status_message);
    U32(o, "code", s->status);
    close_bracket(o, '}');
    close_bracket(o, '}');
}

static void strings(struct out *o, tk_range r)
{
    open_bracket(o, '[');
    for (uint32_t i = 0; i < r.count; i++) {
        const struct tk_value *v = &o->batch->kids[r.first + i].value;
        element(o);
        text(o, (tk_str){v->v.s, v->n});
    }
    close_bracket(o, ']');
}

static void entity(struct out *o, const struct tk_entity *e)
{
    element(o);
    open_bracket(o, '{');
    STR(o, "schemaUrl", e->schema_url);
    STR(o, "type", e->type);
    if (e->id_keys.count) {
        KEY(o, "idKeys");
        strings(o, e->id_keys);
    }
    if (e->description_keys.count) {
        KEY(o, "descriptionKeys");
        strings(o, e->description_keys);
    }
    close_bracket(o, '}');
}

static void resource(struct out *o, const struct tk_resource *r)
{
    if (!r->present)
        return;
    KEY(o, "resource");
    if (copied(o, r->raw))
        return;
    open_bracket(o, '{');
    attributes(o, r->attrs);
    U32(o, "droppedAttributesCount", r->dropped_attrs);
    if (r->entities.count) {
        KEY(o, "entityRefs");
        open_bracket(o, '[');
        for (uint32_t i = 0; i < r->entities.count; i++)
            entity(o, &o->batch->entities[r->entities.first + i]);
        close_bracket(o, ']');
    }
    close_bracket(o, '}');
}

static void scope(struct out *o, const struct tk_scope *s)
{
    if (!s->present)
        return;
    KEY(o, "scope");
    if (copied(o, s->raw))
        return;
    open_bracket(o, '{');
    STR(o, "name", s->name);
    STR(o, "version", s->version);
    attributes(o, s->attrs);
    U32(o, "droppedAttributesCount", s->dropped_attrs);
    close_bracket(o, '}');
}

/* Rows from i on that share a scope: returns the index behind them. */
static size_t scope_spans(struct out *o, const struct tki_otlp_rows *rows, size_t i)
{
    const struct tk_scope *s = &o->batch->scopes[tki_otlp_row(rows, i)->scope];
    element(o);
    open_bracket(o, '{');
    scope(o, s);
    KEY(o, "spans");
    open_bracket(o, '[');
    for (size_t end = tki_otlp_scope_end(rows, i); i < end; i++)
        span(o, tki_otlp_row(rows, i));
    close_bracket(o, ']');
    STR(o, "schemaUrl", s->schema_url);
    close_bracket(o, '}');
    return i;
}

static void lines(struct out *o, const struct tki_otlp_rows *all)
{
    const struct tk_batch *b = o->batch;
    for (size_t i = 0; i < all->n;) {
        const struct tk_resource *r = &b->resources[tki_otlp_row(all, i)->resource];
        LIT(o, "{\"resourceSpans\":[{");
        o->comma = false;
        resource(o, r);
        KEY(o, "scopeSpans");
        open_bracket(o, '[');
        for (size_t end = tki_otlp_resource_end(all, i); i < end;)
            i = scope_spans(o, all, i);
        close_bracket(o, ']');
        STR(o, "schemaUrl", r->schema_url);
        LIT(o, "}]}\n");
    }
}

void tki_otlp_json_put(struct tki_buf *buf, const struct tk_batch *b, const uint32_t *rows, size_t nrows,
                       uint64_t notes[TKI_NOTE_COUNT])
{
    struct out o = {.b = buf, .batch = b, .notes = notes};
    const struct tki_otlp_rows all = tki_otlp_rows(b, rows, nrows);
    lines(&o, &all);
}

static size_t size_of_lines(struct tki_buf *scratch, const struct tk_batch *b, const uint32_t *rows, size_t nrows,
                            bool bare)
{
    uint64_t notes[TKI_NOTE_COUNT];
    struct out o = {.b = scratch, .batch = b, .notes = notes, .sizing = true, .bare = bare};
    const struct tki_otlp_rows all = tki_otlp_rows(b, rows, nrows);
    scratch->n = 0;
    lines(&o, &all);
    return o.counted + scratch->n;
}

size_t tki_otlp_json_size(struct tki_buf *scratch, const struct tk_batch *b, const uint32_t *rows, size_t nrows)
{
    return size_of_lines(scratch, b, rows, nrows, false);
}

size_t tki_otlp_json_bare_size(struct tki_buf *scratch, const struct tk_batch *b, const uint32_t *rows, size_t nrows)
{
    return size_of_lines(scratch, b, rows, nrows, true);
}

size_t tki_otlp_json_any_value_size(struct tki_buf *scratch, const struct tk_batch *b, const struct tk_value *v)
{
    uint64_t notes[TKI_NOTE_COUNT];
    struct out o = {.b = scratch, .batch = b, .notes = notes, .sizing = true};
    scratch->n = 0;
    value(&o, v);
    return o.counted + scratch->n;
}

size_t tki_otlp_json_key_size(struct tki_buf *scratch, tk_str key)
{
    uint64_t notes[TKI_NOTE_COUNT];
    struct out o = {.b = scratch, .notes = notes, .sizing = true};
    scratch->n = 0;
    LIT(&o, "{\"key\":,\"value\":}");
    text(&o, key);
    return o.counted + scratch->n;
}
