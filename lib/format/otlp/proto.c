/* OTLP protobuf: TracesData, bare and concatenated; behind lengths see framed.c.
 *
 * Fields are taken in any order and may repeat as protobuf allows: each message is walked once for what comes
 * first in the model (resource before scopes, scope before spans, attributes before events), then again from
 * where the rest was seen.  A walk over LEN fields costs a few cycles a field, whatever their size.
 *
 * What is rare stays out of the loop over a span's fields (noinline, cold): inside, it takes 8 % of the time of
 * counting.
 */
#include "format/otlp/proto.h"
#include "base/err.h"
#include "base/map.h"
#include "format/codec/codec.h"
#include "format/codec/records.h"
#include "format/otlp/otlp.h"
#include "format/pb/pb.h"

struct ctx {
    struct tk_batch *b;
    unsigned needs;
    unsigned depth;
    const struct tki_wanted *wanted;
    const struct tki_idmap *only; /* traces; NULL: all */
    bool timeless;                /* a span had no times: the record may be something else */
};

static void any_value(struct ctx *x, struct tki_pb *c, tk_str bytes, struct tk_value *v);

static uint32_t length32(struct tki_pb *c, tk_str s)
{
    if (s.n > UINT32_MAX)
        tki_pb_fail(c, (const unsigned char *)s.p, "a value is longer than 4 GiB");
    return (uint32_t)s.n;
}

static inline void key_value(struct ctx *x, struct tki_pb *c, tk_str bytes, struct tk_attr *a)
{
    struct tki_pb kv = tki_pb_over(bytes);
    for (unsigned tag; (tag = tki_pb_tag(&kv));) {
        if (tag == TKI_PB(1, LEN))
            a->key = tki_pb_str(&kv);
        else if (tag == TKI_PB(2, LEN))
            any_value(x, &kv, tki_pb_str(&kv), &a->value);
        else
            tki_pb_drop(&kv, tag, x->b);
    }
    tki_pb_join(c, &kv);
}

/* The repeated field 1 of an ArrayValue or KeyValueList. */
static __attribute__((noinline)) void list_value(struct ctx *x, struct tki_pb *c, tk_str bytes, struct tk_value *v,
                                                 uint8_t type)
{
    if (++x->depth > TKI_PB_DEPTH_MAX) {
        tki_pb_fail(c, (const unsigned char *)bytes.p, "values nested deeper than 64 levels");
        return;
    }
    struct tki_pb list = tki_pb_over(bytes);
    uint32_t base = tki_batch_stack(x->b);
    for (unsigned tag; (tag = tki_pb_tag(&list));) {
        if (tag != TKI_PB(1, LEN)) {
            tki_pb_drop(&list, tag, x->b);
            continue;
        }
        struct tk_attr item = {0}; /* pushed when complete: nested lists use the same stack meanwhile */
        tk_str s = tki_pb_str(&list);
        if (type == TK_ARRAY)
            any_value(x, &list, s, &item.value);
        else
            key_value(x, &list, s, &item);
        *tki_batch_push(x->b) = item;
    }
    tk_range r = tki_batch_pop_kids(x->b, base);
    *v = (struct tk_value){.type = type, .n = r.count, .v.first = r.first};
    x->depth--;
    tki_pb_join(c, &list);
}

/* The oneof: the last field set wins. */
static void any_value(struct ctx *x, struct tki_pb *c, tk_str bytes, struct tk_value *v)
{
    struct tki_pb a = tki_pb_over(bytes);
    tk_str s;
    for (unsigned tag; (tag = tki_pb_tag(&a));)
        switch (tag) {
        case TKI_PB(1, LEN):
            s = tki_pb_str(&a);
            *v = (struct tk_value){.type = TK_STRING, .n = length32(&a, s), .v.s = s.p};
            break;
        case TKI_PB(2, VARINT): *v = (struct tk_value){.type = TK_BOOL, .v.b = tki_pb_varint(&a) != 0}; break;
        case TKI_PB(3, VARINT): *v = (struct tk_value){.type = TK_INT, .v.i = (int64_t)tki_pb_varint(&a)}; break;
        case TKI_PB(4, I64): {
            uint64_t bits = tki_pb_i64(&a);
            *v = (struct tk_value){.type = TK_DOUBLE};
            memcpy(&v->v.d, &bits, 8);
            break;
        }
        case TKI_PB(5, LEN): list_value(x, &a, tki_pb_str(&a), v, TK_ARRAY); break;
        case TKI_PB(6, LEN): list_value(x, &a, tki_pb_str(&a), v, TK_KVLIST); break;
        case TKI_PB(7, LEN):
            s = tki_pb_str(&a);
            *v = (struct tk_value){.type = TK_BYTES, .n = length32(&a, s), .v.s = s.p};
            break;
        default: tki_pb_drop(&a, tag, x->b);
        }
    tki_pb_join(c, &a);
}

/* A key and a string in the order of their fields, each shorter than 128 bytes: what most attributes are. */
static inline bool usual_attribute(tk_str bytes, struct tk_attr *a)
{
    const unsigned char *p = (const unsigned char *)bytes.p, *end = p + bytes.n;
    if (bytes.n < 6 || p[0] != TKI_PB(1, LEN) || p[1] >= 0x80 || p[1] + 6u > bytes.n)
        return false;
    const unsigned char *v = p + 2 + p[1];
    if (v[0] != TKI_PB(2, LEN) || v[1] >= 0x80 || v + 2 + v[1] != end || v[2] != TKI_PB(1, LEN) || v[3] + 2u != v[1])
        return false;
    a->key = (tk_str){(const char *)p + 2, p[1]};
    a->value = (struct tk_value){.type = TK_STRING, .n = v[3], .v.s = (const char *)v + 4};
    return true;
}

/* One more attribute at the end of a range that ends at the end of the array, or starts there. */
static inline __attribute__((always_inline)) void add_attr(struct ctx *x, struct tki_pb *c, tk_str bytes,
                                                           tk_range *range)
{
    if (range->count++ == 0)
        range->first = x->b->nattrs;
    struct tk_attr *a = tk_batch_add_attr(x->b);
    if (!usual_attribute(bytes, a))
        key_value(x, c, bytes, a); /* lists inside go to the kids: the row stays where it is */
}

/* Ids of another length than the protocol's are kept apart by a hash, so that what belonged together still does. */
static __attribute__((noinline)) tk_id128 odd_id(struct ctx *x, tk_str s)
{
    if (s.n == 0)
        return (tk_id128){0, 0};
    tki_note(x->b, TK_NOTE_ID_REPLACED);
    uint64_t h = 14695981039346656037u;
    for (size_t i = 0; i < s.n; i++)
        h = (h ^ (unsigned char)s.p[i]) * 1099511628211u;
    return (tk_id128){h * 0x9e3779b97f4a7c15u, h | 1};
}

static inline tk_id128 trace_id(struct ctx *x, tk_str s)
{
    return s.n == 16 ? (tk_id128){tki_load_be64(s.p), tki_load_be64(s.p + 8)} : odd_id(x, s);
}

static inline uint64_t span_id(struct ctx *x, tk_str s)
{
    return s.n == 8 ? tki_load_be64(s.p) : odd_id(x, s).lo;
}

static void event(struct ctx *x, struct tki_pb *c)
{
    struct tki_pb m = tki_pb_message(c);
    struct tk_event e = {0};
    for (unsigned tag; (tag = tki_pb_tag(&m));)
        switch (tag) {
        case TKI_PB(1, I64): e.time_ns = tki_pb_i64(&m); break;
        case TKI_PB(2, LEN): e.name = tki_pb_str(&m); break;
        case TKI_PB(3, LEN): add_attr(x, &m, tki_pb_str(&m), &e.attrs); break;
        case TKI_PB(4, VARINT): e.dropped_attrs = (uint32_t)tki_pb_varint(&m); break;
        default: tki_pb_drop(&m, tag, x->b);
        }
    *tk_batch_add_event(x->b) = e;
    tki_pb_join(c, &m);
}

static void link_to(struct ctx *x, struct tki_pb *c)
{
    struct tki_pb m = tki_pb_message(c);
    struct tk_link l = {0};
    for (unsigned tag; (tag = tki_pb_tag(&m));)
        switch (tag) {
        case TKI_PB(1, LEN): l.trace_id = trace_id(x, tki_pb_str(&m)); break;
        case TKI_PB(2, LEN): l.span_id = span_id(x, tki_pb_str(&m)); break;
        case TKI_PB(3, LEN): l.trace_state = tki_pb_str(&m); break;
        case TKI_PB(4, LEN): add_attr(x, &m, tki_pb_str(&m), &l.attrs); break;
        case TKI_PB(5, VARINT): l.dropped_attrs = (uint32_t)tki_pb_varint(&m); break;
        case TKI_PB(6, I32): l.flags = tki_pb_i32(&m); break;
        default: tki_pb_drop(&m, tag, x->b);
        }
    *tk_batch_add_link(x->b) = l;
    tki_pb_join(c, &m);
}

static uint8_t enumerator(struct ctx *x, struct tki_pb *c, struct tk_span *s)
{
    uint64_t n = tki_pb_varint(c);
    if (__builtin_expect(n <= UINT8_MAX, 1))
        return (uint8_t)n;
    tki_note(x->b, TK_NOTE_ENUM_RANGE);
    s->raw.n = 0;
    return 0;
}

static void status(struct ctx *x, struct tki_pb *c, struct tk_span *s)
{
    struct tki_pb m = tki_pb_message(c);
    for (unsigned tag; (tag = tki_pb_tag(&m));)
        switch (tag) {
        case TKI_PB(1, VARINT): tki_pb_skip(&m, tag); break; /* the older code, before 2021, beside the code */
        case TKI_PB(2, LEN): s->status_message = tki_pb_str(&m); break;
        case TKI_PB(3, VARINT): s->status = enumerator(x, &m, s); break;
        default: tki_pb_drop(&m, tag, x->b);
        }
    tki_pb_join(c, &m);
}

/* Events and links from where the first was seen; attributes before them may belong to the span. */
static void events_and_links(struct ctx *x, struct tki_pb m, struct tki_pb *c, struct tk_span *s)
{
    struct tki_pb again = m;
    s->events.first = x->b->nevents;
    s->links.first = x->b->nlinks;
    for (unsigned tag; (tag = tki_pb_tag(&again));) {
        if (tag == TKI_PB(11, LEN) && x->needs & TK_NEED_EVENTS)
            event(x, &again);
        else if (tag == TKI_PB(13, LEN) && x->needs & TK_NEED_LINKS)
            link_to(x, &again);
        else
            tki_pb_skip(&again, tag);
    }
    tki_pb_join(c, &again);
}

/* Told by the length of its key, which comes first in what all writers make, and by the ends of the key. */
static inline bool is_wanted(const struct ctx *x, tk_str attribute)
{
    if (attribute.n < 2 || attribute.p[0] != TKI_PB(1, LEN))
        return true;
    unsigned n = (unsigned char)attribute.p[1];
    if (n - 1u >= 63 || n + 2 > attribute.n)
        return true;
    return !(x->wanted->others[n] >> tki_key_ends(attribute.p + 2, n) & 1);
}

/* Is it a span of another trace than those that are asked for?  Only a span has a time there: what may be a record of
 * another signal is looked at whole. */
static __attribute__((noinline)) bool is_other(struct ctx *x, tk_str bytes)
{
    struct tki_pb m = tki_pb_over(bytes);
    if (bytes.n < 18 || bytes.p[0] != TKI_PB(1, LEN) || bytes.p[1] != 16 ||
        tki_idmap_get(x->only, trace_id(x, (tk_str){bytes.p + 2, 16})) != TKI_MAP_NONE)
        return false;
    for (unsigned tag; (tag = tki_pb_tag(&m)); tki_pb_skip(&m, tag))
        if (tag == TKI_PB(7, I64) || tag == TKI_PB(8, I64))
            return true;
    return false;
}

static inline __attribute__((always_inline)) void span(struct ctx *x, struct tki_pb *c, uint32_t resource,
                                                       uint32_t scope)
{
    tk_str bytes = tki_pb_str(c), attribute;
    const uint64_t dropped = x->b->notes->n[TK_NOTE_FIELD_DROPPED];
    struct tki_pb m = tki_pb_over(bytes), rest = {0};
    struct tk_span *s = tk_batch_add_span(x->b);
    s->resource = resource;
    s->scope = scope;
    if (x->needs & TK_NEED_RAW)
        s->raw = bytes;
    for (;;) {
        const unsigned char *at = m.p;
        unsigned tag = tki_pb_tag(&m);
        switch (tag) {
        case 0: goto done;
        case TKI_PB(1, LEN): s->trace_id = trace_id(x, tki_pb_str(&m)); break;
        case TKI_PB(2, LEN): s->span_id = span_id(x, tki_pb_str(&m)); break;
        case TKI_PB(3, LEN): s->trace_state = tki_pb_str(&m); break;
        case TKI_PB(4, LEN): s->parent_id = span_id(x, tki_pb_str(&m)); break;
        case TKI_PB(5, LEN): s->name = tki_pb_str(&m); break;
        case TKI_PB(6, VARINT): s->kind = enumerator(x, &m, s); break;
        case TKI_PB(7, I64): s->start_ns = tki_pb_i64(&m); break;
        case TKI_PB(8, I64): s->end_ns = tki_pb_i64(&m); break;
        case TKI_PB(9, LEN):
            attribute = tki_pb_str(&m);
            if (x->needs & (s->parent_id ? TK_NEED_ATTRS : TK_NEED_ATTRS | TK_NEED_WEIGHT) && is_wanted(x, attribute))
                add_attr(x, &m, attribute, &s->attrs);
            break;
        case TKI_PB(10, VARINT): s->dropped_attrs = (uint32_t)tki_pb_varint(&m); break;
        case TKI_PB(11, LEN):
        case TKI_PB(13, LEN):
            if (!rest.p)
                rest = (struct tki_pb){at, m.end, NULL, NULL};
            *(tag == TKI_PB(11, LEN) ? &s->events.count : &s->links.count) += 1;
            tki_pb_str(&m);
            break;
        case TKI_PB(12, VARINT): s->dropped_events = (uint32_t)tki_pb_varint(&m); break;
        case TKI_PB(14, VARINT): s->dropped_links = (uint32_t)tki_pb_varint(&m); break;
        case TKI_PB(15, LEN): status(x, &m, s); break;
        case TKI_PB(16, I32): s->flags = tki_pb_i32(&m); break;
        default: tki_pb_drop(&m, tag, x->b);
        }
    }
done:
    if (rest.p && !m.error && x->needs & (TK_NEED_EVENTS | TK_NEED_LINKS))
        events_and_links(x, rest, &m, s);
    tki_pb_join(c, &m);
    if (s->raw.n)
        s->beyond = tki_batch_beyond(x->b, TK_NOTE_FIELD_DROPPED, dropped);
    if (__builtin_expect(!s->start_ns && !s->end_ns, 0))
        x->timeless = true;
}

/* Of a resource or scope whose fields were read.  One that comes in two parts has no raw view, and loses what is in
 * neither. */
static uint16_t beyond(struct ctx *x, tk_str raw, uint16_t before, uint64_t dropped)
{
    x->b->notes->n[TK_NOTE_FIELD_DROPPED] += before;
    return raw.n ? tki_batch_beyond(x->b, TK_NOTE_FIELD_DROPPED, dropped) : 0;
}

static __attribute__((noinline)) void scope_fields(struct ctx *x, struct tki_pb *c, struct tk_scope *scope)
{
    tk_str bytes = tki_pb_str(c);
    struct tki_pb m = tki_pb_over(bytes);
    scope->raw = scope->present || !(x->needs & TK_NEED_RAW) ? ((tk_str){0}) : bytes;
    const uint64_t dropped = x->b->notes->n[TK_NOTE_FIELD_DROPPED];
    scope->present = true;
    for (unsigned tag; (tag = tki_pb_tag(&m));)
        switch (tag) {
        case TKI_PB(1, LEN): scope->name = tki_pb_str(&m); break;
        case TKI_PB(2, LEN): scope->version = tki_pb_str(&m); break;
        case TKI_PB(3, LEN): add_attr(x, &m, tki_pb_str(&m), &scope->attrs); break;
        case TKI_PB(4, VARINT): scope->dropped_attrs = (uint32_t)tki_pb_varint(&m); break;
        default: tki_pb_drop(&m, tag, x->b);
        }
    scope->beyond = beyond(x, scope->raw, scope->beyond, dropped);
    tki_pb_join(c, &m);
}

/* The spans of a scope that are of traces that are asked for.  Apart, so that the loop over all stays small. */
static __attribute__((noinline)) struct tki_pb wanted_spans(struct ctx *x, struct tki_pb m, uint32_t resource,
                                                            uint32_t row)
{
    for (unsigned tag; (tag = tki_pb_tag(&m));) {
        struct tki_pb next = m;
        if (tag != TKI_PB(2, LEN)) {
            tki_pb_skip(&m, tag);
        } else if (is_other(x, tki_pb_str(&next))) {
            tki_batch_pass_over(x->b);
            m = next;
        } else {
            span(x, &m, resource, row);
        }
    }
    return m;
}

static void scope_spans(struct ctx *x, struct tki_pb *c, uint32_t resource)
{
    struct tki_pb m = tki_pb_message(c), again = m;
    struct tk_scope scope = {0};
    for (unsigned tag; (tag = tki_pb_tag(&m));)
        if (tag == TKI_PB(1, LEN) && x->needs & TK_NEED_SCOPE)
            scope_fields(x, &m, &scope);
        else if (tag == TKI_PB(3, LEN))
            scope.schema_url = tki_pb_str(&m);
        else if (tag == TKI_PB(1, LEN) || tag == TKI_PB(2, LEN))
            tki_pb_str(&m);
        else
            tki_pb_drop(&m, tag, x->b);
    uint32_t row = tk_batch_add_scope(x->b);
    x->b->scopes[row] = scope;
    if (m.error) {
        tki_pb_join(c, &m);
        return;
    }
    if (x->only)
        again = wanted_spans(x, again, resource, row);
    for (unsigned tag; (tag = tki_pb_tag(&again));)
        if (tag == TKI_PB(2, LEN))
            span(x, &again, resource, row);
        else
            tki_pb_skip(&again, tag);
    tki_pb_join(c, &again);
}

static void strings(struct ctx *x, struct tki_pb *c)
{
    tk_str s = tki_pb_str(c);
    tki_batch_push(x->b)->value = (struct tk_value){.type = TK_STRING, .n = length32(c, s), .v.s = s.p};
}

/* One repeated string field of an EntityRef. */
static tk_range string_list(struct ctx *x, struct tki_pb m, unsigned want)
{
    uint32_t base = tki_batch_stack(x->b);
    for (unsigned tag; (tag = tki_pb_tag(&m));)
        if (tag == want)
            strings(x, &m);
        else
            tki_pb_skip(&m, tag);
    return tki_batch_pop_kids(x->b, base);
}

static __attribute__((noinline)) void entity(struct ctx *x, struct tki_pb *c, tk_range *entities)
{
    struct tki_pb m = tki_pb_message(c), again = m;
    struct tk_entity e = {0};
    for (unsigned tag; (tag = tki_pb_tag(&m));)
        if (tag == TKI_PB(1, LEN))
            e.schema_url = tki_pb_str(&m);
        else if (tag == TKI_PB(2, LEN))
            e.type = tki_pb_str(&m);
        else if (tag == TKI_PB(3, LEN) || tag == TKI_PB(4, LEN))
            tki_pb_str(&m);
        else
            tki_pb_drop(&m, tag, x->b);
    e.id_keys = string_list(x, again, TKI_PB(3, LEN));
    e.description_keys = string_list(x, again, TKI_PB(4, LEN));
    if (entities->count++ == 0)
        entities->first = x->b->nentities;
    *tk_batch_add_entity(x->b) = e;
    tki_pb_join(c, &m);
}

static __attribute__((noinline)) void resource_fields(struct ctx *x, struct tki_pb *c, struct tk_resource *r)
{
    tk_str bytes = tki_pb_str(c);
    struct tki_pb m = tki_pb_over(bytes);
    r->raw = r->present || !(x->needs & TK_NEED_RAW) ? ((tk_str){0}) : bytes;
    const uint64_t dropped = x->b->notes->n[TK_NOTE_FIELD_DROPPED];
    r->present = true;
    for (unsigned tag; (tag = tki_pb_tag(&m));)
        if (tag == TKI_PB(1, LEN)) {
            uint32_t attrs = x->b->nattrs;
            add_attr(x, &m, tki_pb_str(&m), &r->attrs);
            const struct tk_attr *a = &x->b->attrs[x->b->nattrs - 1];
            if (x->b->nattrs > attrs && !r->service.n && TKI_STR_IS(a->key, "service.name") &&
                a->value.type == TK_STRING)
                r->service = (tk_str){a->value.v.s, a->value.n};
        } else if (tag == TKI_PB(2, VARINT)) {
            r->dropped_attrs = (uint32_t)tki_pb_varint(&m);
        } else if (tag == TKI_PB(3, LEN)) {
            entity(x, &m, &r->entities);
        } else {
            tki_pb_drop(&m, tag, x->b);
        }
    r->beyond = beyond(x, r->raw, r->beyond, dropped);
    tki_pb_join(c, &m);
}

/* Passes over a record of which all spans are of other traces than those that are asked for, and says so. */
static __attribute__((noinline)) bool pass_over(struct ctx *x, struct tki_pb record)
{
    uint32_t n = 0;
    for (unsigned tag; (tag = tki_pb_tag(&record));) {
        if (tag != TKI_PB(2, LEN)) {
            if (tag == TKI_PB(1000, LEN))
                return false;
            tki_pb_skip(&record, tag);
            continue;
        }
        struct tki_pb scope = tki_pb_over(tki_pb_str(&record));
        for (unsigned of; (of = tki_pb_tag(&scope));) {
            if (of != TKI_PB(2, LEN))
                tki_pb_skip(&scope, of);
            else if (is_other(x, tki_pb_str(&scope)))
                n++;
            else
                return false;
        }
        if (scope.error)
            return false;
    }
    for (uint32_t i = 0; i < n && !record.error; i++)
        tki_batch_pass_over(x->b);
    return n && !record.error;
}

static void resource_spans(struct ctx *x, struct tki_pb *c)
{
    struct tki_pb m = tki_pb_message(c), again = m;
    if (__builtin_expect(x->only != NULL, 0) && !m.error && pass_over(x, m))
        return;
    struct tk_resource r = {0};
    unsigned scopes = 0, legacy = 0;
    for (unsigned tag; (tag = tki_pb_tag(&m));)
        switch (tag) {
        case TKI_PB(1, LEN): resource_fields(x, &m, &r); break;
        case TKI_PB(2, LEN):
            scopes++;
            tki_pb_str(&m);
            break;
        case TKI_PB(3, LEN): r.schema_url = tki_pb_str(&m); break;
        case TKI_PB(1000, LEN):
            legacy++;
            tki_pb_str(&m);
            break;
        default: tki_pb_drop(&m, tag, x->b);
        }
    uint32_t row = tk_batch_add_resource(x->b);
    x->b->resources[row] = r;
    if (m.error) {
        tki_pb_join(c, &m);
        return;
    }
    if (scopes && legacy)
        x->b->notes->n[TK_NOTE_LEGACY_DROPPED] += legacy;
    unsigned want = scopes ? TKI_PB(2, LEN) : TKI_PB(1000, LEN);
    for (unsigned tag; (tag = tki_pb_tag(&again));)
        if (tag == want)
            scope_spans(x, &again, row);
        else
            tki_pb_skip(&again, tag);
    tki_pb_join(c, &again);
}

static int failed(struct tki_decode *d, const struct tki_pb *c, const struct tki_mark *mark, size_t start)
{
    if (!c->error)
        return tki_record_failed(d, mark, start, start, TK_EINVALID);
    tki_err_set(d->err, TK_EINVALID, "%s", c->error);
    return tki_record_failed(d, mark, start, (size_t)((const char *)c->error_at - d->in.p), TK_EINVALID);
}

/* Logs, metrics and profiles are told apart only when something is odd: they share the outer layers with traces. */
static void skip_other_signal(struct ctx *x, struct tki_pb *c, tk_str record, const struct tki_mark *mark)
{
    enum tki_otlp_signal signal = tki_otlp_signal_of(record);
    if (x->b->err || signal == TKI_OTLP_TRACES)
        return;
    tki_batch_rollback(x->b, mark);
    tki_note(x->b, signal == TKI_OTLP_LOGS      ? TK_NOTE_OTHER_LOGS
                   : signal == TKI_OTLP_METRICS ? TK_NOTE_OTHER_METRICS
                                                : TK_NOTE_OTHER_PROFILES);
    c->p = (const unsigned char *)record.p + record.n;
    c->error = NULL;
}

int tki_otlp_proto_messages(struct tki_decode *d, size_t end, bool whole)
{
    struct ctx x = {.b = d->batch, .needs = d->needs, .wanted = &d->wanted, .only = d->only};
    size_t start = d->pos;
    struct tki_mark first;
    tki_batch_mark(d->batch, &first);
    struct tki_pb c = tki_pb_over((tk_str){d->in.p + d->pos, end - d->pos});
    d->batch->raw = TK_RAW_OTLP_PROTO;
    d->batch->needs = d->needs;
    for (;;) {
        struct tki_mark mark = {0};
        size_t at = (size_t)((const char *)c.p - d->in.p);
        unsigned tag = tki_pb_tag(&c);
        if (!tag && !c.error)
            break;
        if (tag == TKI_PB(1, LEN)) {
            struct tki_pb here = c;
            tki_batch_mark(d->batch, &mark);
            x.timeless = false;
            resource_spans(&x, &c);
            if (x.timeless || c.error)
                skip_other_signal(&x, &c, tki_pb_str(&here), &mark);
            d->records += !whole;
            if (!whole && !c.error)
                tki_batch_end_record(d->batch);
        } else if (!c.error) {
            tki_pb_drop(&c, tag, x.b);
        }
        if (__builtin_expect(c.error || d->batch->err, 0)) {
            d->records -= tag == TKI_PB(1, LEN) && !whole;
            if (tag != TKI_PB(1, LEN)) /* a field that adds no rows: those of the records before it stay */
                tki_batch_mark(d->batch, &mark);
            return failed(d, &c, whole ? &first : &mark, whole ? start : at);
        }
    }
    d->records += whole;
    if (whole)
        tki_batch_end_record(d->batch);
    d->pos = end;
    return 0;
}

static int decode_proto(struct tki_decode *d)
{
    return tki_otlp_proto_messages(d, d->in.n, false);
}

int tki_otlp_proto_add(struct tk_batch *b, tk_str message, unsigned needs, struct tk_err *err)
{
    struct tki_decode d = {.in = message, .needs = needs, .batch = b, .err = err};
    return decode_proto(&d);
}

static void put_proto(struct tki_encode *e, const struct tk_batch *b, const uint32_t *rows, size_t nrows)
{
    tki_otlp_proto_put(e->out, b, rows, nrows);
}

const struct tki_format tki_format_otlp_proto = {
    .info = {.name = "otlp",
             .about = "OTLP protobuf: TracesData or export requests, also concatenated",
             .can_read = true,
             .can_write = true,
             .binary = true},
    .bid = tki_otlp_bid_proto,
    .cutter = &tki_cut_proto,
    .split = TKI_REPEATS("1.2.2"),
    .decode = decode_proto,
    .resync = tki_pb_resync,
    .put = put_proto,
    .copies = TK_RAW_OTLP_PROTO,
    .independent = true,
};
