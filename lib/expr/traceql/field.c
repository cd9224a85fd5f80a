/* What a field is at a span. */
#include <math.h>

#include "base/num.h"
#include "expr/traceql/eval.h"

static struct tki_qval nil(void)
{
    return (struct tki_qval){.type = TKI_Q_NIL};
}

static struct tki_qval text(tk_str s)
{
    return (struct tki_qval){.type = TKI_Q_STRING, .v.s = s};
}

static struct tki_qval number(int64_t i)
{
    return (struct tki_qval){.type = TKI_Q_INT, .v.i = i};
}

static struct tki_qval duration(int64_t ns)
{
    return (struct tki_qval){.type = TKI_Q_DURATION, .v.i = ns};
}

struct tki_qval tki_q_from(const struct tk_batch *b, const struct tk_value *v)
{
    struct tki_qval r = {.type = TKI_Q_OTHER};
    switch ((enum tk_type)v->type) {
    case TK_EMPTY: return nil();
    case TK_STRING: return text((tk_str){v->v.s, v->n});
    case TK_BOOL:
        r.type = TKI_Q_BOOL;
        r.v.b = v->v.b;
        return r;
    case TK_INT: return number(v->v.i);
    case TK_DOUBLE:
        r.type = TKI_Q_FLOAT;
        r.v.d = v->v.d;
        return r;
    case TK_ARRAY:
        r.type = TKI_Q_ARRAY;
        r.v.array.kids = v->n ? b->kids + v->v.first : NULL;
        r.v.array.n = v->n;
        return r;
    default: return r;
    }
}

/* The first attribute of that name. */
static struct tki_qval attribute(const struct tk_batch *b, tk_range range, tk_str name)
{
    for (uint32_t i = 0; i < range.count; i++)
        if (tki_str_eq(b->attrs[range.first + i].key, name))
            return tki_q_from(b, &b->attrs[range.first + i].value);
    return nil();
}

static struct tki_qval in_resource(struct tki_query_eval *e, const struct tki_qnode *n, uint32_t resource)
{
    struct tki_qcached *c = &e->cached[n->field.index];
    if (c->resource != resource) {
        c->resource = resource;
        c->value = attribute(e->b, e->b->resources[resource].attrs, n->field.name);
    }
    return c->value;
}

static tk_str hexadecimal(struct tki_query_eval *e, tk_id128 id, bool both)
{
    char *to = e->id_text[e->id_turn++ % TKI_ID_TEXTS];
    tki_fmt_hex64(to, both ? id.hi : id.lo);
    if (both)
        tki_fmt_hex64(to + 16, id.lo);
    return (tk_str){to, both ? 32 : 16};
}

static struct tki_qval span_id(struct tki_query_eval *e, uint64_t id)
{
    return id ? text(hexadecimal(e, (tk_id128){0, id}, false)) : nil();
}

static struct tki_qval since(const struct tk_span *s, const struct tk_event *event)
{
    return event->time_ns && s->start_ns ? duration((int64_t)(event->time_ns - s->start_ns)) : nil();
}

/* Of one event, or of the first that has the field. */
static struct tki_qval of_events(const struct tki_query_eval *e, const struct tki_qnode *n, const struct tk_span *s)
{
    const struct tk_batch *b = e->b;
    uint32_t first = e->event != TK_NONE ? e->event : 0, end = e->event != TK_NONE ? e->event + 1 : s->events.count;
    struct tki_qval v = nil();
    for (uint32_t i = first; i < end && v.type == TKI_Q_NIL && s->events.first + i < b->nevents; i++) {
        const struct tk_event *event = &b->events[s->events.first + i];
        v = n->field.id == TKI_F_EVENT_NAME    ? text(event->name)
            : n->field.id == TKI_F_EVENT_SINCE ? since(s, event)
                                               : attribute(b, event->attrs, n->field.name);
    }
    return v;
}

static struct tki_qval of_links(struct tki_query_eval *e, const struct tki_qnode *n, const struct tk_span *s)
{
    const struct tk_batch *b = e->b;
    uint32_t first = e->link != TK_NONE ? e->link : 0, end = e->link != TK_NONE ? e->link + 1 : s->links.count;
    struct tki_qval v = nil();
    for (uint32_t i = first; i < end && v.type == TKI_Q_NIL && s->links.first + i < b->nlinks; i++) {
        const struct tk_link *link = &b->links[s->links.first + i];
        v = n->field.id == TKI_F_LINK_TRACE  ? text(hexadecimal(e, link->trace_id, true))
            : n->field.id == TKI_F_LINK_SPAN ? span_id(e, link->span_id)
                                             : attribute(b, link->attrs, n->field.name);
    }
    return v;
}

static struct tki_qval of_attribute(struct tki_query_eval *e, const struct tki_qnode *n, const struct tk_span *s)
{
    struct tki_qval v;
    switch ((enum tki_qscope)n->field.scope) {
    case TKI_SCOPE_ANY:
        v = attribute(e->b, s->attrs, n->field.name);
        return v.type != TKI_Q_NIL ? v : in_resource(e, n, s->resource);
    case TKI_SCOPE_SPAN: return attribute(e->b, s->attrs, n->field.name);
    case TKI_SCOPE_RESOURCE: return in_resource(e, n, s->resource);
    case TKI_SCOPE_EVENT: return of_events(e, n, s);
    case TKI_SCOPE_LINK: return of_links(e, n, s);
    case TKI_SCOPE_INSTRUMENTATION: return attribute(e->b, e->b->scopes[s->scope].attrs, n->field.name);
    }
    return nil();
}

/* Fields that need the tree of the trace, or where its time went. */
static struct tki_qval of_place(const struct tki_query_eval *e, enum tki_qfield id, uint32_t row)
{
    const struct tki_qtrace *t = e->trace;
    switch (id) {
    case TKI_F_CHILD_COUNT: return number(t->tree.child_first[row + 1] - t->tree.child_first[row]);
    case TKI_F_PARENT: return t->tree.parent[row] == TK_NONE ? nil() : number(1);
    case TKI_F_SET_LEFT: return number(t->left[row]);
    case TKI_F_SET_RIGHT: return number(t->right[row]);
    case TKI_F_SET_PARENT: return number(t->tree.parent[row] == TK_NONE ? -1 : (int64_t)t->left[t->tree.parent[row]]);
    case TKI_F_DEPTH: return number(t->tree.depth[row]);
    default: break;
    }
    if (t->times.root == TK_NONE || (t->times.state[row] & (TKI_NODE_COPY | TKI_NODE_INVALID)))
        return nil();
    if (id == TKI_F_SELF)
        return duration(t->times.self_ns[row]);
    if (id == TKI_F_DARK)
        return duration(tki_node_cover(&t->times, e->b, row).dark_ns);
    return t->has_cpath ? duration(t->cpath.ns[row]) : nil();
}

static struct tki_qval of_trace(const struct tki_query_eval *e, enum tki_qfield id)
{
    const struct tki_qtrace *t = e->trace;
    switch (id) {
    case TKI_F_TRACE_DURATION: return t->has_duration ? duration(t->duration_ns) : nil();
    case TKI_F_ROOT_NAME: return text(t->root == TK_NONE ? (tk_str){"", 0} : e->b->spans[t->root].name);
    case TKI_F_ROOT_SERVICE:
        return text(t->root == TK_NONE ? (tk_str){"", 0} : e->b->resources[e->b->spans[t->root].resource].service);
    case TKI_F_TRACE_SPANS: return number(e->b->nspans);
    case TKI_F_TRACE_SERVICES: return number(t->services);
    case TKI_F_TRACE_ERRORS: return number(t->errors);
    default: return isnan(t->weight) ? nil() : (struct tki_qval){.type = TKI_Q_FLOAT, .v.d = t->weight};
    }
}

struct tki_qval tki_q_field(struct tki_query_eval *e, const struct tki_qnode *n)
{
    uint32_t row = n->field.parent ? e->trace->tree.parent[e->row] : e->row;
    if (row == TK_NONE)
        return nil();
    const struct tk_span *s = &e->b->spans[row];
    enum tki_qfield id = n->field.id;
    switch (id) {
    case TKI_F_ATTR: return of_attribute(e, n, s);
    case TKI_F_DURATION: return s->start_ns && s->end_ns ? duration((int64_t)(s->end_ns - s->start_ns)) : nil();
    case TKI_F_NAME: return text(s->name);
    case TKI_F_STATUS: return (struct tki_qval){.type = TKI_Q_STATUS, .v.i = s->status};
    case TKI_F_STATUS_MESSAGE: return text(s->status_message);
    case TKI_F_KIND: return (struct tki_qval){.type = TKI_Q_KIND, .v.i = s->kind};
    case TKI_F_SPAN_ID: return span_id(e, s->span_id);
    case TKI_F_PARENT_ID: return span_id(e, s->parent_id);
    case TKI_F_TRACE_ID: return text(hexadecimal(e, s->trace_id, true));
    case TKI_F_EVENT_NAME:
    case TKI_F_EVENT_SINCE: return of_events(e, n, s);
    case TKI_F_LINK_TRACE:
    case TKI_F_LINK_SPAN: return of_links(e, n, s);
    case TKI_F_LIB_NAME: return text(e->b->scopes[s->scope].name);
    case TKI_F_LIB_VERSION: return text(e->b->scopes[s->scope].version);
    case TKI_F_TRACE_DURATION:
    case TKI_F_ROOT_NAME:
    case TKI_F_ROOT_SERVICE:
    case TKI_F_TRACE_SPANS:
    case TKI_F_TRACE_SERVICES:
    case TKI_F_TRACE_ERRORS:
    case TKI_F_TRACE_WEIGHT: return of_trace(e, id);
    default: return of_place(e, id, row);
    }
}
