/* Writing OTLP protobuf, in the order of field numbers as the Go SDKs do.
 *
 * A message's length stands before its content and is a varint of the content's size.  Room is left for a
 * length of the expected size and the content written behind it; when the guess was wrong, the content moves
 * by a byte or two.  Measuring first would walk every attribute two to four times.  A span whose encoding is
 * at hand (tk_span.raw) is copied.
 */
#include "base/num.h"
#include "format/otlp/otlp.h"
#include "format/otlp/rows.h"
#include "format/pb/pb.h"

/* A message under way: where its content starts, and how many bytes were left for its length. */
struct open_message {
    size_t at;
    unsigned guess;
};

static struct open_message open_message(struct tki_buf *out, unsigned tag, unsigned guess)
{
    char *to = tki_buf_room(out, 16);
    if (to)
        out->n += (size_t)(tki_put_varint(to, tag) - to) + guess;
    return (struct open_message){out->n, guess};
}

static void close_message(struct tki_buf *out, struct open_message m)
{
    if (out->err)
        return;
    size_t n = out->n - m.at, need = tki_pb_varint_size(n);
    if (__builtin_expect(need != m.guess, 0)) {
        if (!tki_buf_room(out, 8))
            return;
        memmove(out->p + m.at - m.guess + need, out->p + m.at, n);
        out->n = m.at - m.guess + need + n;
    }
    tki_put_varint(out->p + m.at - m.guess, n);
}

/* ---- fields, into memory that has room for them ---- */

static inline char *put_len(char *to, unsigned tag, tk_str s)
{
    to = tki_put_varint(tki_put_varint(to, tag), s.n);
    if (s.n)
        memcpy(to, s.p, s.n);
    return to + s.n;
}

static inline char *put_str(char *to, unsigned tag, tk_str s)
{
    return s.n ? put_len(to, tag, s) : to;
}

static inline char *put_u32(char *to, unsigned tag, uint32_t x)
{
    return x ? tki_put_varint(tki_put_varint(to, tag), x) : to;
}

static inline char *put_fixed64(char *to, unsigned tag, uint64_t x)
{
    if (!x)
        return to;
    *to++ = (char)tag;
    tki_store_le64(to, x);
    return to + 8;
}

static inline char *put_fixed32(char *to, unsigned tag, uint32_t x)
{
    if (!x)
        return to;
    to = tki_put_varint(to, tag);
    tki_store_le32(to, x);
    return to + 4;
}

static inline char *put_trace_id(char *to, unsigned tag, tk_id128 id)
{
    if (tki_id_zero(id))
        return to;
    *to++ = (char)tag;
    *to++ = 16;
    tki_store_be64(to, id.hi);
    tki_store_be64(to + 8, id.lo);
    return to + 16;
}

static inline char *put_span_id(char *to, unsigned tag, uint64_t id)
{
    if (!id)
        return to;
    *to++ = (char)tag;
    *to++ = 8;
    tki_store_be64(to, id);
    return to + 8;
}

/* ---- values ---- */

enum { FIXED_MAX = 64 }; /* more than the tags, lengths and numbers of one attribute or small message */

static void put_attr(struct tki_buf *out, const struct tk_batch *b, const struct tk_attr *a, unsigned tag);
static void put_value(struct tki_buf *out, const struct tk_batch *b, const struct tk_value *v, unsigned tag);

static __attribute__((noinline)) void put_list(struct tki_buf *out, const struct tk_batch *b, const struct tk_value *v)
{
    struct open_message list = open_message(out, v->type == TK_ARRAY ? TKI_PB(5, LEN) : TKI_PB(6, LEN), 1);
    for (uint32_t i = 0; i < v->n; i++) {
        const struct tk_attr *kid = &b->kids[v->v.first + i];
        if (v->type == TK_ARRAY)
            put_value(out, b, &kid->value, TKI_PB(1, LEN));
        else
            put_attr(out, b, kid, TKI_PB(1, LEN));
    }
    close_message(out, list);
}

/* Returns the size of the content of an AnyValue that is no list.  A member of the oneof is written although it is
 * zero. */
static inline size_t scalar_size(const struct tk_value *v)
{
    switch (v->type) {
    case TK_STRING:
    case TK_BYTES: return 1 + tki_pb_varint_size(v->n) + v->n;
    case TK_BOOL: return 2;
    case TK_INT: return 1 + tki_pb_varint_size((uint64_t)v->v.i);
    case TK_DOUBLE: return 9;
    default: return 0;
    }
}

static inline char *put_scalar(char *to, const struct tk_value *v)
{
    switch (v->type) {
    case TK_STRING:
        *to++ = TKI_PB(1, LEN);
        to = tki_put_varint(to, v->n);
        tki_copy_short(to, v->v.s, v->n);
        return to + v->n;
    case TK_BYTES: return put_len(to, TKI_PB(7, LEN), (tk_str){v->v.s, v->n});
    case TK_BOOL:
        *to++ = TKI_PB(2, VARINT);
        *to++ = v->v.b;
        return to;
    case TK_INT: *to++ = TKI_PB(3, VARINT); return tki_put_varint(to, (uint64_t)v->v.i);
    case TK_DOUBLE:
        *to++ = TKI_PB(4, I64);
        tki_store_le64(to, tki_double_bits(v->v.d));
        return to + 8;
    default: return to;
    }
}

static inline bool is_list(const struct tk_value *v)
{
    return v->type == TK_ARRAY || v->type == TK_KVLIST;
}

static void put_value(struct tki_buf *out, const struct tk_batch *b, const struct tk_value *v, unsigned tag)
{
    if (is_list(v)) {
        struct open_message m = open_message(out, tag, 1);
        put_list(out, b, v);
        close_message(out, m);
        return;
    }
    size_t n = scalar_size(v);
    char *start = tki_buf_room(out, n + FIXED_MAX);
    if (start)
        out->n += (size_t)(put_scalar(tki_put_varint(tki_put_varint(start, tag), n), v) - start);
}

/* Returns true if each length of the attribute takes one byte.  In nearly all attributes it does. */
static inline bool is_short(const struct tk_attr *a)
{
    enum { NUMBER_MAX = 10, AROUND = 6 };
    size_t value = a->value.type == TK_STRING || a->value.type == TK_BYTES ? a->value.n : NUMBER_MAX;
    return a->key.n && a->key.n + value + AROUND < 0x80;
}

/* Such an attribute, its lengths written when they are known. */
static inline char *put_short(char *to, const struct tk_attr *a, unsigned tag)
{
    to[0] = (char)tag;
    to[2] = TKI_PB(1, LEN);
    to[3] = (char)a->key.n;
    tki_copy_short(to + 4, a->key.p, a->key.n);
    char *value = to + 4 + a->key.n, *end = put_scalar(value + 2, &a->value);
    value[0] = TKI_PB(2, LEN);
    value[1] = (char)(end - value - 2);
    to[1] = (char)(end - to - 2);
    return end;
}

static inline void put_attr(struct tki_buf *out, const struct tk_batch *b, const struct tk_attr *a, unsigned tag)
{
    if (__builtin_expect(is_list(&a->value), 0)) {
        struct open_message m = open_message(out, tag, 1);
        char *to = tki_buf_room(out, a->key.n + FIXED_MAX);
        if (to)
            out->n += (size_t)(put_str(to, TKI_PB(1, LEN), a->key) - to);
        put_value(out, b, &a->value, TKI_PB(2, LEN));
        close_message(out, m);
        return;
    }
    if (__builtin_expect(is_short(a), 1)) {
        char *to = tki_buf_room(out, 0x80 + FIXED_MAX);
        if (to)
            out->n += (size_t)(put_short(to, a, tag) - to);
        return;
    }
    size_t value = scalar_size(&a->value);
    size_t n = (a->key.n ? 1 + tki_pb_varint_size(a->key.n) + a->key.n : 0) + 1 + tki_pb_varint_size(value) + value;
    char *start = tki_buf_room(out, n + FIXED_MAX);
    if (!start)
        return;
    char *to = tki_put_varint(tki_put_varint(start, tag), n);
    to = put_str(to, TKI_PB(1, LEN), a->key);
    *to++ = TKI_PB(2, LEN);
    to = put_scalar(tki_put_varint(to, value), &a->value);
    out->n += (size_t)(to - start);
}

static inline void put_attrs(struct tki_buf *out, const struct tk_batch *b, tk_range r, unsigned tag)
{
    for (uint32_t i = 0; i < r.count; i++)
        put_attr(out, b, &b->attrs[r.first + i], tag);
}

/* Bytes of a field of type LEN whose tag takes one byte. */
static inline size_t len_size(size_t n)
{
    return 1 + tki_pb_varint_size(n) + n;
}

static size_t value_size(const struct tk_batch *b, const struct tk_value *v)
{
    size_t n = 0;
    if (!is_list(v))
        return scalar_size(v);
    for (uint32_t i = 0; i < v->n; i++) {
        const struct tk_attr *kid = &b->kids[v->v.first + i];
        n += v->type == TK_ARRAY ? len_size(value_size(b, &kid->value)) : tki_otlp_proto_attr_size(b, kid);
    }
    return len_size(n);
}

size_t tki_otlp_proto_any_attr_size(const struct tk_batch *b, const struct tk_attr *a)
{
    if (__builtin_expect(!is_list(&a->value) && is_short(a), 1))
        return 6 + a->key.n + scalar_size(&a->value); /* three tags and three lengths of a byte */
    return len_size((a->key.n ? len_size(a->key.n) : 0) + len_size(value_size(b, &a->value)));
}

/* ---- messages ---- */

size_t tki_otlp_proto_event_size(const struct tk_batch *b, const struct tk_event *e)
{
    size_t n = (e->time_ns ? 9 : 0) + (e->name.n ? len_size(e->name.n) : 0) +
               (e->dropped_attrs ? 1 + tki_pb_varint_size(e->dropped_attrs) : 0);
    for (uint32_t i = 0; i < e->attrs.count; i++)
        n += tki_otlp_proto_attr_size(b, &b->attrs[e->attrs.first + i]);
    return len_size(n);
}

static void put_event(struct tki_buf *out, const struct tk_batch *b, const struct tk_event *e)
{
    struct open_message m = open_message(out, TKI_PB(11, LEN), 1);
    char *start = tki_buf_room(out, e->name.n + FIXED_MAX);
    if (!start)
        return;
    char *to = put_fixed64(start, TKI_PB(1, I64), e->time_ns);
    to = put_str(to, TKI_PB(2, LEN), e->name);
    out->n += (size_t)(to - start);
    put_attrs(out, b, e->attrs, TKI_PB(3, LEN));
    if ((start = tki_buf_room(out, FIXED_MAX)))
        out->n += (size_t)(put_u32(start, TKI_PB(4, VARINT), e->dropped_attrs) - start);
    close_message(out, m);
}

static void put_link(struct tki_buf *out, const struct tk_batch *b, const struct tk_link *l)
{
    struct open_message m = open_message(out, TKI_PB(13, LEN), 1);
    char *start = tki_buf_room(out, l->trace_state.n + FIXED_MAX);
    if (!start)
        return;
    char *to = put_trace_id(start, TKI_PB(1, LEN), l->trace_id);
    to = put_span_id(to, TKI_PB(2, LEN), l->span_id);
    to = put_str(to, TKI_PB(3, LEN), l->trace_state);
    out->n += (size_t)(to - start);
    put_attrs(out, b, l->attrs, TKI_PB(4, LEN));
    if ((start = tki_buf_room(out, FIXED_MAX))) {
        to = put_u32(start, TKI_PB(5, VARINT), l->dropped_attrs);
        to = put_fixed32(to, TKI_PB(6, I32), l->flags);
        out->n += (size_t)(to - start);
    }
    close_message(out, m);
}

/* The span's fields behind its attributes and events. */
static void put_span_end(struct tki_buf *out, const struct tk_span *s)
{
    char *start = tki_buf_room(out, s->status_message.n + FIXED_MAX), *to = start;
    if (!start)
        return;
    to = put_u32(to, TKI_PB(14, VARINT), s->dropped_links);
    if (s->status || s->status_message.n) {
        size_t n = (s->status_message.n ? 1 + tki_pb_varint_size(s->status_message.n) + s->status_message.n : 0) +
                   (s->status ? 1 + tki_pb_varint_size(s->status) : 0);
        *to++ = TKI_PB(15, LEN);
        to = tki_put_varint(to, n);
        to = put_str(to, TKI_PB(2, LEN), s->status_message);
        to = put_u32(to, TKI_PB(3, VARINT), s->status);
    }
    to = put_fixed32(to, TKI_PB(16, I32), s->flags);
    out->n += (size_t)(to - start);
}

static inline bool can_copy(const struct tk_batch *b, tk_str raw)
{
    return raw.n && b->raw == TK_RAW_OTLP_PROTO;
}

static void put_raw(struct tki_buf *out, unsigned tag, tk_str raw)
{
    char *start = tki_buf_room(out, raw.n + 16);
    if (start)
        out->n += (size_t)(put_len(start, tag, raw) - start);
}

static void put_span(struct tki_buf *out, const struct tk_batch *b, const struct tk_span *s)
{
    if (can_copy(b, s->raw)) {
        put_raw(out, TKI_PB(2, LEN), s->raw);
        return;
    }
    struct open_message m = open_message(out, TKI_PB(2, LEN), 2);
    char *start = tki_buf_room(out, s->trace_state.n + s->name.n + 2 * FIXED_MAX);
    if (!start)
        return;
    char *to = put_trace_id(start, TKI_PB(1, LEN), s->trace_id);
    to = put_span_id(to, TKI_PB(2, LEN), s->span_id);
    to = put_str(to, TKI_PB(3, LEN), s->trace_state);
    to = put_span_id(to, TKI_PB(4, LEN), s->parent_id);
    to = put_str(to, TKI_PB(5, LEN), s->name);
    to = put_u32(to, TKI_PB(6, VARINT), s->kind);
    to = put_fixed64(to, TKI_PB(7, I64), s->start_ns);
    to = put_fixed64(to, TKI_PB(8, I64), s->end_ns);
    out->n += (size_t)(to - start);
    put_attrs(out, b, s->attrs, TKI_PB(9, LEN));
    if ((start = tki_buf_room(out, FIXED_MAX)))
        out->n += (size_t)(put_u32(start, TKI_PB(10, VARINT), s->dropped_attrs) - start);
    if (b->needs & TK_NEED_EVENTS)
        for (uint32_t i = 0; i < s->events.count; i++)
            put_event(out, b, &b->events[s->events.first + i]);
    if ((start = tki_buf_room(out, FIXED_MAX)))
        out->n += (size_t)(put_u32(start, TKI_PB(12, VARINT), s->dropped_events) - start);
    if (b->needs & TK_NEED_LINKS)
        for (uint32_t i = 0; i < s->links.count; i++)
            put_link(out, b, &b->links[s->links.first + i]);
    put_span_end(out, s);
    close_message(out, m);
}

static void put_strings(struct tki_buf *out, const struct tk_batch *b, tk_range r, unsigned tag)
{
    for (uint32_t i = 0; i < r.count; i++) {
        const struct tk_value *v = &b->kids[r.first + i].value;
        put_raw(out, tag, (tk_str){v->v.s, v->n});
    }
}

static void put_entity(struct tki_buf *out, const struct tk_batch *b, const struct tk_entity *e)
{
    struct open_message m = open_message(out, TKI_PB(3, LEN), 1);
    if (e->schema_url.n)
        put_raw(out, TKI_PB(1, LEN), e->schema_url);
    if (e->type.n)
        put_raw(out, TKI_PB(2, LEN), e->type);
    put_strings(out, b, e->id_keys, TKI_PB(3, LEN));
    put_strings(out, b, e->description_keys, TKI_PB(4, LEN));
    close_message(out, m);
}

static void put_resource(struct tki_buf *out, const struct tk_batch *b, const struct tk_resource *r)
{
    if (can_copy(b, r->raw)) {
        put_raw(out, TKI_PB(1, LEN), r->raw);
        return;
    }
    struct open_message m = open_message(out, TKI_PB(1, LEN), 2);
    put_attrs(out, b, r->attrs, TKI_PB(1, LEN));
    char *start = tki_buf_room(out, FIXED_MAX);
    if (start)
        out->n += (size_t)(put_u32(start, TKI_PB(2, VARINT), r->dropped_attrs) - start);
    for (uint32_t i = 0; i < r->entities.count; i++)
        put_entity(out, b, &b->entities[r->entities.first + i]);
    close_message(out, m);
}

static void put_scope(struct tki_buf *out, const struct tk_batch *b, const struct tk_scope *s)
{
    if (can_copy(b, s->raw)) {
        put_raw(out, TKI_PB(1, LEN), s->raw);
        return;
    }
    struct open_message m = open_message(out, TKI_PB(1, LEN), 1);
    char *start = tki_buf_room(out, s->name.n + s->version.n + FIXED_MAX);
    if (!start)
        return;
    out->n += (size_t)(put_str(put_str(start, TKI_PB(1, LEN), s->name), TKI_PB(2, LEN), s->version) - start);
    put_attrs(out, b, s->attrs, TKI_PB(3, LEN));
    if ((start = tki_buf_room(out, FIXED_MAX)))
        out->n += (size_t)(put_u32(start, TKI_PB(4, VARINT), s->dropped_attrs) - start);
    close_message(out, m);
}

/* ---- runs of rows ---- */

/* Rows from i on that share a scope: returns the index behind them. */
static size_t put_scope_spans(struct tki_buf *out, const struct tki_otlp_rows *rows, size_t i)
{
    const struct tk_batch *b = rows->b;
    const struct tk_scope *scope = &b->scopes[tki_otlp_row(rows, i)->scope];
    struct open_message m = open_message(out, TKI_PB(2, LEN), 3);
    if (scope->present)
        put_scope(out, b, scope);
    for (size_t end = tki_otlp_scope_end(rows, i); i < end; i++)
        put_span(out, b, tki_otlp_row(rows, i));
    if (scope->schema_url.n)
        put_raw(out, TKI_PB(3, LEN), scope->schema_url);
    close_message(out, m);
    return i;
}

void tki_otlp_proto_put(struct tki_buf *out, const struct tk_batch *b, const uint32_t *rows, size_t nrows)
{
    struct tki_otlp_rows all = tki_otlp_rows(b, rows, nrows);
    for (size_t i = 0; i < all.n;) {
        const struct tk_resource *r = &b->resources[tki_otlp_row(&all, i)->resource];
        struct open_message m = open_message(out, TKI_PB(1, LEN), 3);
        if (r->present)
            put_resource(out, b, r);
        for (size_t end = tki_otlp_resource_end(&all, i); i < end;)
            i = put_scope_spans(out, &all, i);
        if (r->schema_url.n)
            put_raw(out, TKI_PB(3, LEN), r->schema_url);
        close_message(out, m);
    }
}

/* ---- sizes ---- */

static size_t span_size(struct tki_buf *scratch, const struct tk_batch *b, const struct tk_span *s)
{
    if (can_copy(b, s->raw))
        return len_size(s->raw.n);
    scratch->n = 0;
    put_span(scratch, b, s);
    return scratch->n;
}

static size_t text_size(tk_str s)
{
    return s.n ? len_size(s.n) : 0;
}

/* Rows [i, end) share a scope. */
static size_t scope_spans_size(struct tki_buf *scratch, const struct tki_otlp_rows *rows, size_t i, size_t end,
                               uint32_t *size)
{
    const struct tk_batch *b = rows->b;
    const struct tk_scope *scope = &b->scopes[tki_otlp_row(rows, i)->scope];
    scratch->n = 0;
    if (scope->present)
        put_scope(scratch, b, scope);
    size_t n = scratch->n + text_size(scope->schema_url);
    for (; i < end; i++) {
        const struct tk_span *s = tki_otlp_row(rows, i);
        size_t own = span_size(scratch, b, s);
        size[s - b->spans] = (uint32_t)own;
        n += own;
    }
    return len_size(n);
}

size_t tki_otlp_proto_sizes(struct tki_buf *scratch, const struct tk_batch *b, const uint32_t *rows, size_t nrows,
                            uint32_t *size)
{
    struct tki_otlp_rows all = tki_otlp_rows(b, rows, nrows);
    size_t total = 0;
    for (size_t i = 0; i < all.n;) {
        const struct tk_resource *r = &b->resources[tki_otlp_row(&all, i)->resource];
        scratch->n = 0;
        if (r->present)
            put_resource(scratch, b, r);
        size_t n = scratch->n + text_size(r->schema_url);
        for (size_t scope_end, end = tki_otlp_resource_end(&all, i); i < end; i = scope_end) {
            scope_end = tki_otlp_scope_end(&all, i);
            n += scope_spans_size(scratch, &all, i, scope_end, size);
        }
        total += len_size(n);
    }
    return total;
}
