/* Writing OTLP protobuf, in the order of field numbers as the Go SDKs do.
 *
 * A message's length comes before its content, so every message is measured before it is written.  Attribute
 * lists dominate; they are measured once for the span's length and once each for their own, which beats
 * keeping a table of lengths.  A span whose encoding is at hand (tk_span.raw) is copied.
 */
#include "base/utf8.h"
#include "format/otlp.h"
#include "format/pb/pb.h"

static size_t value_size(const struct tk_batch *b, const struct tk_value *v);

static inline size_t str_size(tk_str s)
{
    return s.n ? 1 + tki_pb_varint_size(s.n) + s.n : 0;
}

static inline size_t u32_size(unsigned tag, uint32_t x)
{
    return x ? tki_pb_varint_size(tag) + tki_pb_varint_size(x) : 0;
}

static inline size_t attr_size(const struct tk_batch *b, const struct tk_attr *a)
{
    size_t v = value_size(b, &a->value);
    return str_size(a->key) + 1 + tki_pb_varint_size(v) + v;
}

static size_t list_size(const struct tk_batch *b, const struct tk_value *v)
{
    size_t n = 0;
    for (uint32_t i = 0; i < v->n; i++) {
        const struct tk_attr *kid = &b->kids[v->v.first + i];
        n += tki_pb_len_size(TKI_PB(1, LEN), v->type == TK_ARRAY ? value_size(b, &kid->value) : attr_size(b, kid));
    }
    return n;
}

/* Of the content of an AnyValue.  A member of the oneof is written although it is zero. */
static size_t value_size(const struct tk_batch *b, const struct tk_value *v)
{
    switch (v->type) {
    case TK_STRING:
    case TK_BYTES:
        return 1 + tki_pb_varint_size(v->n) + v->n;
    case TK_BOOL:
        return 2;
    case TK_INT:
        return 1 + tki_pb_varint_size((uint64_t)v->v.i);
    case TK_DOUBLE:
        return 9;
    case TK_ARRAY:
    case TK_KVLIST:
        return tki_pb_len_size(TKI_PB(5, LEN), list_size(b, v));
    default:
        return 0;
    }
}

static size_t attrs_size(const struct tk_batch *b, tk_range r)
{
    size_t n = 0;
    for (uint32_t i = 0; i < r.count; i++)
        n += tki_pb_len_size(TKI_PB(1, LEN), attr_size(b, &b->attrs[r.first + i]));
    return n;
}

/* ---- writing to memory whose size is known ---- */

static inline char *put_tag_len(char *to, unsigned tag, size_t n)
{
    to = tki_pb_put_varint(to, tag);
    return tki_pb_put_varint(to, n);
}

static inline char *put_bytes(char *to, tk_str s)
{
    if (s.n)
        memcpy(to, s.p, s.n);
    return to + s.n;
}

static inline char *put_str(char *to, unsigned tag, tk_str s)
{
    return s.n ? put_bytes(put_tag_len(to, tag, s.n), s) : to;
}

static inline char *put_u32(char *to, unsigned tag, uint32_t x)
{
    return x ? tki_pb_put_varint(tki_pb_put_varint(to, tag), x) : to;
}

static inline char *put_fixed64(char *to, unsigned tag, uint64_t x)
{
    if (!x)
        return to;
    to = tki_pb_put_varint(to, tag);
    tki_store_le64(to, x);
    return to + 8;
}

static inline char *put_fixed32(char *to, unsigned tag, uint32_t x)
{
    if (!x)
        return to;
    to = tki_pb_put_varint(to, tag);
    tki_store_le32(to, x);
    return to + 4;
}

static inline char *put_trace_id(char *to, unsigned tag, tk_id128 id)
{
    if (tki_id_zero(id))
        return to;
    to = put_tag_len(to, tag, 16);
    tki_store_be64(to, id.hi);
    tki_store_be64(to + 8, id.lo);
    return to + 16;
}

static inline char *put_span_id(char *to, unsigned tag, uint64_t id)
{
    if (!id)
        return to;
    to = put_tag_len(to, tag, 8);
    tki_store_be64(to, id);
    return to + 8;
}

static char *put_value(char *to, const struct tk_batch *b, const struct tk_value *v);

static inline char *put_attr(char *to, const struct tk_batch *b, const struct tk_attr *a)
{
    to = put_str(to, TKI_PB(1, LEN), a->key);
    to = put_tag_len(to, TKI_PB(2, LEN), value_size(b, &a->value));
    return put_value(to, b, &a->value);
}

static char *put_list(char *to, const struct tk_batch *b, const struct tk_value *v)
{
    to = put_tag_len(to, v->type == TK_ARRAY ? TKI_PB(5, LEN) : TKI_PB(6, LEN), list_size(b, v));
    for (uint32_t i = 0; i < v->n; i++) {
        const struct tk_attr *kid = &b->kids[v->v.first + i];
        if (v->type == TK_ARRAY) {
            to = put_tag_len(to, TKI_PB(1, LEN), value_size(b, &kid->value));
            to = put_value(to, b, &kid->value);
        } else {
            to = put_tag_len(to, TKI_PB(1, LEN), attr_size(b, kid));
            to = put_attr(to, b, kid);
        }
    }
    return to;
}

static char *put_value(char *to, const struct tk_batch *b, const struct tk_value *v)
{
    switch (v->type) {
    case TK_STRING:
    case TK_BYTES:
        to = put_tag_len(to, v->type == TK_STRING ? TKI_PB(1, LEN) : TKI_PB(7, LEN), v->n);
        return put_bytes(to, (tk_str){v->v.s, v->n});
    case TK_BOOL:
        *to++ = TKI_PB(2, VARINT);
        *to++ = v->v.b;
        return to;
    case TK_INT:
        *to++ = TKI_PB(3, VARINT);
        return tki_pb_put_varint(to, (uint64_t)v->v.i);
    case TK_DOUBLE: {
        uint64_t bits;
        memcpy(&bits, &v->v.d, 8);
        *to++ = TKI_PB(4, I64);
        tki_store_le64(to, bits);
        return to + 8;
    }
    case TK_ARRAY:
    case TK_KVLIST:
        return put_list(to, b, v);
    default:
        return to;
    }
}

static char *put_attrs(char *to, const struct tk_batch *b, tk_range r, unsigned tag)
{
    for (uint32_t i = 0; i < r.count; i++) {
        const struct tk_attr *a = &b->attrs[r.first + i];
        to = put_tag_len(to, tag, attr_size(b, a));
        to = put_attr(to, b, a);
    }
    return to;
}

/* ---- the messages: a size and a put each, in the same order ---- */

static size_t event_size(const struct tk_batch *b, const struct tk_event *e)
{
    return (e->time_ns ? 9 : 0) + str_size(e->name) + attrs_size(b, e->attrs) + u32_size(TKI_PB(4, VARINT), e->dropped_attrs);
}

static char *put_event(char *to, const struct tk_batch *b, const struct tk_event *e)
{
    to = put_fixed64(to, TKI_PB(1, I64), e->time_ns);
    to = put_str(to, TKI_PB(2, LEN), e->name);
    to = put_attrs(to, b, e->attrs, TKI_PB(3, LEN));
    return put_u32(to, TKI_PB(4, VARINT), e->dropped_attrs);
}

static size_t link_size(const struct tk_batch *b, const struct tk_link *l)
{
    return (tki_id_zero(l->trace_id) ? 0 : 18) + (l->span_id ? 10 : 0) + str_size(l->trace_state) + attrs_size(b, l->attrs) +
           u32_size(TKI_PB(5, VARINT), l->dropped_attrs) + (l->flags ? 5 : 0);
}

static char *put_link(char *to, const struct tk_batch *b, const struct tk_link *l)
{
    to = put_trace_id(to, TKI_PB(1, LEN), l->trace_id);
    to = put_span_id(to, TKI_PB(2, LEN), l->span_id);
    to = put_str(to, TKI_PB(3, LEN), l->trace_state);
    to = put_attrs(to, b, l->attrs, TKI_PB(4, LEN));
    to = put_u32(to, TKI_PB(5, VARINT), l->dropped_attrs);
    return put_fixed32(to, TKI_PB(6, I32), l->flags);
}

static size_t status_size(const struct tk_span *s)
{
    return str_size(s->status_message) + u32_size(TKI_PB(3, VARINT), s->status);
}

static bool can_copy(const struct tk_batch *b, tk_str raw)
{
    return raw.n && b->raw == TK_RAW_OTLP_PROTO;
}

static size_t span_size(const struct tk_batch *b, const struct tk_span *s)
{
    if (can_copy(b, s->raw))
        return s->raw.n;
    size_t n = (tki_id_zero(s->trace_id) ? 0 : 18) + (s->span_id ? 10 : 0) + str_size(s->trace_state) + (s->parent_id ? 10 : 0) +
               str_size(s->name) + u32_size(TKI_PB(6, VARINT), s->kind) + (s->start_ns ? 9 : 0) + (s->end_ns ? 9 : 0) +
               attrs_size(b, s->attrs) + u32_size(TKI_PB(10, VARINT), s->dropped_attrs) +
               u32_size(TKI_PB(12, VARINT), s->dropped_events) + u32_size(TKI_PB(14, VARINT), s->dropped_links) + (s->flags ? 6 : 0);
    if (b->needs & TK_NEED_EVENTS)
        for (uint32_t i = 0; i < s->events.count; i++)
            n += tki_pb_len_size(TKI_PB(11, LEN), event_size(b, &b->events[s->events.first + i]));
    if (b->needs & TK_NEED_LINKS)
        for (uint32_t i = 0; i < s->links.count; i++)
            n += tki_pb_len_size(TKI_PB(13, LEN), link_size(b, &b->links[s->links.first + i]));
    size_t status = status_size(s);
    return n + (status ? tki_pb_len_size(TKI_PB(15, LEN), status) : 0);
}

static char *put_span(char *to, const struct tk_batch *b, const struct tk_span *s)
{
    if (can_copy(b, s->raw))
        return put_bytes(to, s->raw);
    to = put_trace_id(to, TKI_PB(1, LEN), s->trace_id);
    to = put_span_id(to, TKI_PB(2, LEN), s->span_id);
    to = put_str(to, TKI_PB(3, LEN), s->trace_state);
    to = put_span_id(to, TKI_PB(4, LEN), s->parent_id);
    to = put_str(to, TKI_PB(5, LEN), s->name);
    to = put_u32(to, TKI_PB(6, VARINT), s->kind);
    to = put_fixed64(to, TKI_PB(7, I64), s->start_ns);
    to = put_fixed64(to, TKI_PB(8, I64), s->end_ns);
    to = put_attrs(to, b, s->attrs, TKI_PB(9, LEN));
    to = put_u32(to, TKI_PB(10, VARINT), s->dropped_attrs);
    if (b->needs & TK_NEED_EVENTS)
        for (uint32_t i = 0; i < s->events.count; i++) {
            const struct tk_event *e = &b->events[s->events.first + i];
            to = put_event(put_tag_len(to, TKI_PB(11, LEN), event_size(b, e)), b, e);
        }
    to = put_u32(to, TKI_PB(12, VARINT), s->dropped_events);
    if (b->needs & TK_NEED_LINKS)
        for (uint32_t i = 0; i < s->links.count; i++) {
            const struct tk_link *l = &b->links[s->links.first + i];
            to = put_link(put_tag_len(to, TKI_PB(13, LEN), link_size(b, l)), b, l);
        }
    to = put_u32(to, TKI_PB(14, VARINT), s->dropped_links);
    size_t status = status_size(s);
    if (status) {
        to = put_tag_len(to, TKI_PB(15, LEN), status);
        to = put_str(to, TKI_PB(2, LEN), s->status_message);
        to = put_u32(to, TKI_PB(3, VARINT), s->status);
    }
    return put_fixed32(to, TKI_PB(16, I32), s->flags);
}

static tk_str kid_str(const struct tk_batch *b, tk_range r, uint32_t i)
{
    const struct tk_value *v = &b->kids[r.first + i].value;
    return (tk_str){v->v.s, v->n};
}

static size_t entity_size(const struct tk_batch *b, const struct tk_entity *e)
{
    size_t n = str_size(e->schema_url) + str_size(e->type);
    for (uint32_t i = 0; i < e->id_keys.count; i++)
        n += tki_pb_len_size(TKI_PB(3, LEN), kid_str(b, e->id_keys, i).n);
    for (uint32_t i = 0; i < e->description_keys.count; i++)
        n += tki_pb_len_size(TKI_PB(4, LEN), kid_str(b, e->description_keys, i).n);
    return n;
}

static char *put_entity(char *to, const struct tk_batch *b, const struct tk_entity *e)
{
    to = put_str(to, TKI_PB(1, LEN), e->schema_url);
    to = put_str(to, TKI_PB(2, LEN), e->type);
    for (uint32_t i = 0; i < e->id_keys.count; i++) {
        tk_str s = kid_str(b, e->id_keys, i);
        to = put_bytes(put_tag_len(to, TKI_PB(3, LEN), s.n), s);
    }
    for (uint32_t i = 0; i < e->description_keys.count; i++) {
        tk_str s = kid_str(b, e->description_keys, i);
        to = put_bytes(put_tag_len(to, TKI_PB(4, LEN), s.n), s);
    }
    return to;
}

static size_t resource_size(const struct tk_batch *b, const struct tk_resource *r)
{
    if (can_copy(b, r->raw))
        return r->raw.n;
    size_t n = attrs_size(b, r->attrs) + u32_size(TKI_PB(2, VARINT), r->dropped_attrs);
    for (uint32_t i = 0; i < r->entities.count; i++)
        n += tki_pb_len_size(TKI_PB(3, LEN), entity_size(b, &b->entities[r->entities.first + i]));
    return n;
}

static char *put_resource(char *to, const struct tk_batch *b, const struct tk_resource *r)
{
    if (can_copy(b, r->raw))
        return put_bytes(to, r->raw);
    to = put_attrs(to, b, r->attrs, TKI_PB(1, LEN));
    to = put_u32(to, TKI_PB(2, VARINT), r->dropped_attrs);
    for (uint32_t i = 0; i < r->entities.count; i++) {
        const struct tk_entity *e = &b->entities[r->entities.first + i];
        to = put_entity(put_tag_len(to, TKI_PB(3, LEN), entity_size(b, e)), b, e);
    }
    return to;
}

static size_t scope_size(const struct tk_batch *b, const struct tk_scope *s)
{
    if (can_copy(b, s->raw))
        return s->raw.n;
    return str_size(s->name) + str_size(s->version) + attrs_size(b, s->attrs) + u32_size(TKI_PB(4, VARINT), s->dropped_attrs);
}

static char *put_scope(char *to, const struct tk_batch *b, const struct tk_scope *s)
{
    if (can_copy(b, s->raw))
        return put_bytes(to, s->raw);
    to = put_str(to, TKI_PB(1, LEN), s->name);
    to = put_str(to, TKI_PB(2, LEN), s->version);
    to = put_attrs(to, b, s->attrs, TKI_PB(3, LEN));
    return put_u32(to, TKI_PB(4, VARINT), s->dropped_attrs);
}

/* ---- runs of rows ---- */

static inline const struct tk_span *row(const struct tk_batch *b, const uint32_t *rows, size_t i)
{
    return &b->spans[rows ? rows[i] : i];
}

/* The end of the run of rows from i on that share a resource (and, if asked, a scope). */
static size_t run_end(const struct tk_batch *b, const uint32_t *rows, size_t i, size_t n, bool scope)
{
    const struct tk_span *s = row(b, rows, i);
    size_t j = i + 1;
    for (; j < n; j++) {
        const struct tk_span *t = row(b, rows, j);
        if (t->resource != s->resource || (scope && t->scope != s->scope))
            break;
    }
    return j;
}

static size_t scope_spans_size(const struct tk_batch *b, const uint32_t *rows, size_t i, size_t end)
{
    const struct tk_scope *scope = &b->scopes[row(b, rows, i)->scope];
    size_t n = str_size(scope->schema_url);
    if (scope->present)
        n += tki_pb_len_size(TKI_PB(1, LEN), scope_size(b, scope));
    for (; i < end; i++)
        n += tki_pb_len_size(TKI_PB(2, LEN), span_size(b, row(b, rows, i)));
    return n;
}

static size_t resource_spans_size(const struct tk_batch *b, const uint32_t *rows, size_t i, size_t end)
{
    const struct tk_resource *r = &b->resources[row(b, rows, i)->resource];
    size_t n = str_size(r->schema_url);
    if (r->present)
        n += tki_pb_len_size(TKI_PB(1, LEN), resource_size(b, r));
    while (i < end) {
        size_t j = run_end(b, rows, i, end, true);
        n += tki_pb_len_size(TKI_PB(2, LEN), scope_spans_size(b, rows, i, j));
        i = j;
    }
    return n;
}

static char *put_scope_spans(char *to, const struct tk_batch *b, const uint32_t *rows, size_t i, size_t end)
{
    const struct tk_scope *scope = &b->scopes[row(b, rows, i)->scope];
    if (scope->present)
        to = put_scope(put_tag_len(to, TKI_PB(1, LEN), scope_size(b, scope)), b, scope);
    for (; i < end; i++) {
        const struct tk_span *s = row(b, rows, i);
        to = put_span(put_tag_len(to, TKI_PB(2, LEN), span_size(b, s)), b, s);
    }
    return put_str(to, TKI_PB(3, LEN), scope->schema_url);
}

void tki_otlp_proto_put(struct tki_buf *out, const struct tk_batch *b, const uint32_t *rows, size_t nrows,
                        uint64_t notes[TK_NOTE_COUNT])
{
    (void)notes; /* this encoding holds the whole model */
    size_t n = rows ? nrows : b->nspans;
    for (size_t i = 0; i < n;) {
        size_t end = run_end(b, rows, i, n, false);
        const struct tk_resource *r = &b->resources[row(b, rows, i)->resource];
        size_t size = resource_spans_size(b, rows, i, end);
        char *start = tki_buf_room(out, size + 12);
        if (!start)
            return;
        char *to = put_tag_len(start, TKI_PB(1, LEN), size);
        if (r->present)
            to = put_resource(put_tag_len(to, TKI_PB(1, LEN), resource_size(b, r)), b, r);
        while (i < end) {
            size_t j = run_end(b, rows, i, end, true);
            to = put_tag_len(to, TKI_PB(2, LEN), scope_spans_size(b, rows, i, j));
            to = put_scope_spans(to, b, rows, i, j);
            i = j;
        }
        to = put_str(to, TKI_PB(3, LEN), r->schema_url);
        out->n += (size_t)(to - start);
    }
}

size_t tki_otlp_proto_span_size(const struct tk_batch *b, uint32_t r)
{
    return tki_pb_len_size(TKI_PB(2, LEN), span_size(b, &b->spans[r]));
}

size_t tki_otlp_proto_size(const struct tk_batch *b, const uint32_t *rows, size_t nrows)
{
    size_t n = rows ? nrows : b->nspans, total = 0;
    for (size_t i = 0; i < n;) {
        size_t end = run_end(b, rows, i, n, false);
        total += tki_pb_len_size(TKI_PB(1, LEN), resource_spans_size(b, rows, i, end));
        i = end;
    }
    return total;
}
