#include "sample/weigh.h"

#include "format/pb/pb.h"

/* Each of these is the size of a field, 0 where it is not written.  All tags but that of flags take one byte. */
static uint64_t message(uint64_t content)
{
    return 1 + tki_pb_varint_size(content) + content;
}

static uint64_t text(tk_str s)
{
    return s.n ? message(s.n) : 0;
}

static uint64_t number(uint64_t x)
{
    return x ? 1 + tki_pb_varint_size(x) : 0;
}

static uint64_t attr(const struct tk_batch *b, const struct tk_attr *a);

static uint64_t value(const struct tk_batch *b, const struct tk_value *v)
{
    uint64_t content = 0;
    switch (v->type) {
    case TK_STRING:
    case TK_BYTES: return message(v->n);
    case TK_BOOL: return 2;
    case TK_INT: return 1 + tki_pb_varint_size((uint64_t)v->v.i);
    case TK_DOUBLE: return 9;
    case TK_ARRAY:
        for (uint32_t i = 0; i < v->n; i++)
            content += message(value(b, &b->kids[v->v.first + i].value));
        return message(content);
    case TK_KVLIST:
        for (uint32_t i = 0; i < v->n; i++)
            content += attr(b, &b->kids[v->v.first + i]);
        return message(content);
    default: return 0;
    }
}

static uint64_t attr(const struct tk_batch *b, const struct tk_attr *a)
{
    return message(text(a->key) + message(value(b, &a->value)));
}

static uint64_t attrs(const struct tk_batch *b, tk_range r)
{
    uint64_t n = 0;
    for (uint32_t i = 0; i < r.count; i++)
        n += attr(b, &b->attrs[r.first + i]);
    return n;
}

static uint64_t event(const struct tk_batch *b, const struct tk_event *e)
{
    return message((e->time_ns ? 9 : 0) + text(e->name) + attrs(b, e->attrs) + number(e->dropped_attrs));
}

static uint64_t link(const struct tk_batch *b, const struct tk_link *l)
{
    uint64_t ids = message(tki_id_zero(l->trace_id) ? 0 : 16) + message(l->span_id ? 8 : 0);
    return message(ids + text(l->trace_state) + attrs(b, l->attrs) + number(l->dropped_attrs) + (l->flags ? 5 : 0));
}

uint32_t tki_weigh_span(const struct tk_batch *b, const struct tk_span *s)
{
    uint64_t n = message(tki_id_zero(s->trace_id) ? 0 : 16) + message(s->span_id ? 8 : 0);
    n += text(s->trace_state) + message(s->parent_id ? 8 : 0) + text(s->name) + number(s->kind);
    n += (s->start_ns ? 9 : 0) + (s->end_ns ? 9 : 0) + attrs(b, s->attrs) + number(s->dropped_attrs);
    for (uint32_t i = 0; i < s->events.count; i++)
        n += event(b, &b->events[s->events.first + i]);
    for (uint32_t i = 0; i < s->links.count; i++)
        n += link(b, &b->links[s->links.first + i]);
    n += number(s->dropped_events) + number(s->dropped_links);
    n += message(text(s->status_message) + number(s->status));
    n += s->flags ? 6 : 0;
    return (uint32_t)message(n);
}

uint32_t tki_weigh_scope(const struct tk_batch *b, const struct tk_scope *s, bool schemas)
{
    uint64_t n = message(text(s->name) + text(s->version) + attrs(b, s->attrs) + number(s->dropped_attrs));
    return (uint32_t)(n + (schemas ? text(s->schema_url) : 0));
}

uint32_t tki_weigh_resource(const struct tk_batch *b, const struct tk_resource *r, bool schemas)
{
    uint64_t n = message(attrs(b, r->attrs) + number(r->dropped_attrs));
    return (uint32_t)(n + (schemas ? text(r->schema_url) : 0));
}
