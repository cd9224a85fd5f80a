/* What a field is at a span. */
#include <math.h>

#include "base/num.h"
#include "field/field.h"
#include "model/names.h"
#include "model/tracestate.h"

static struct tki_value nil(void)
{
    return (struct tki_value){.type = TKI_V_NIL};
}

static struct tki_value text(tk_str s)
{
    return (struct tki_value){.type = TKI_V_STRING, .v.s = s};
}

/* Of a type whose values are whole numbers. */
static struct tki_value number(enum tki_vtype type, int64_t i)
{
    return (struct tki_value){.type = (uint8_t)type, .v.i = i};
}

static struct tki_value whole(uint64_t i)
{
    return number(TKI_V_INT, (int64_t)i);
}

/* ---- ids, kinds and times in their forms ---- */

static struct tki_value id_in_form(struct tki_at *at, tk_id128 id, uint8_t bytes, enum tki_field_form form)
{
    if (form == TKI_AS_VALUE)
        return (struct tki_value){.type = TKI_V_ID, .bytes = bytes, .v.id = id};
    if (form == TKI_AS_TEXT && bytes == 8 && id.lo == 0)
        return nil();
    char *to = at->id_text[at->id_turn++ % TKI_ID_TEXTS];
    tki_fmt_hex64(to, bytes == 16 ? id.hi : id.lo);
    if (bytes == 16)
        tki_fmt_hex64(to + 16, id.lo);
    return text((tk_str){to, 2 * (size_t)bytes});
}

static struct tki_value trace_id(struct tki_at *at, tk_id128 id, const struct tki_field *f)
{
    return id_in_form(at, id, 16, f->form);
}

static struct tki_value span_id(struct tki_at *at, uint64_t id, const struct tki_field *f)
{
    return id_in_form(at, (tk_id128){0, id}, 8, f->form);
}

static struct tki_value kind_in_form(uint8_t kind, enum tki_field_form form)
{
    if (form == TKI_AS_VALUE)
        return number(TKI_V_KIND, kind);
    const char *name = form == TKI_AS_DEPRECATED ? tki_kind_constant(kind) : tki_kind_title(kind);
    return text(tki_str(name ? name : ""));
}

static struct tki_value time_in_form(uint64_t ns, enum tki_field_form form)
{
    return number(form == TKI_AS_UNIX ? TKI_V_INT : TKI_V_TIME, (int64_t)ns);
}

/* ---- attributes ---- */

/* The first attribute of that name. */
static struct tki_value attribute(const struct tk_batch *b, tk_range range, tk_str name)
{
    for (uint32_t i = 0; i < range.count; i++)
        if (tki_str_eq(b->attrs[range.first + i].key, name))
            return tki_value_from(b, &b->attrs[range.first + i].value);
    return nil();
}

const struct tk_attr *tki_field_attr_row(const struct tki_at *at, const struct tki_field *f)
{
    const struct tk_batch *b = at->b;
    const struct tk_span *s = &b->spans[at->row];
    tk_range range = f->scope == TKI_SCOPE_RESOURCE          ? b->resources[s->resource].attrs
                     : f->scope == TKI_SCOPE_INSTRUMENTATION ? b->scopes[s->scope].attrs
                     : f->scope == TKI_SCOPE_EVENT           ? b->events[s->events.first + at->event].attrs
                                                             : s->attrs;
    for (uint32_t i = 0; i < range.count; i++)
        if (tki_str_eq(b->attrs[range.first + i].key, f->key))
            return &b->attrs[range.first + i];
    return NULL;
}

static struct tki_value attributes(const struct tk_batch *b, tk_range range)
{
    struct tki_value v = {.type = TKI_V_MAP};
    v.v.list.kids = range.count ? b->attrs + range.first : NULL;
    v.v.list.n = range.count;
    return v;
}

static struct tki_value in_resource(struct tki_at *at, const struct tki_field *f, uint32_t resource)
{
    const struct tk_batch *b = at->b;
    if (!at->cached)
        return attribute(b, b->resources[resource].attrs, f->key);
    struct tki_cached *c = &at->cached[f->index];
    if (c->resource != resource) {
        c->resource = resource;
        c->value = attribute(b, b->resources[resource].attrs, f->key);
    }
    return c->value;
}

/* What attributes, counts and schema URLs belong to; events and links are not among them. */
static struct tki_value of_scope(struct tki_at *at, const struct tki_field *f, const struct tk_span *s)
{
    const struct tk_resource *r = &at->b->resources[s->resource];
    const struct tk_scope *i = &at->b->scopes[s->scope];
    bool resource = f->scope == TKI_SCOPE_RESOURCE, scope = f->scope == TKI_SCOPE_INSTRUMENTATION;
    switch ((enum tki_field_id)f->id) {
    case TKI_F_ATTRS: return attributes(at->b, resource ? r->attrs : scope ? i->attrs : s->attrs);
    case TKI_F_SCHEMA_URL: return text(resource ? r->schema_url : i->schema_url);
    default: return whole(resource ? r->dropped_attrs : scope ? i->dropped_attrs : s->dropped_attrs);
    }
}

/* ---- events and links ---- */

static struct tki_value since(const struct tk_span *s, const struct tk_event *event)
{
    if (!event->time_ns || !tki_span_started_alone(s))
        return nil();
    return number(TKI_V_DURATION, tki_ns_after(event->time_ns, s->start_ns));
}

static struct tki_value of_event(const struct tk_batch *b, const struct tki_field *f, const struct tk_span *s,
                                 const struct tk_event *event)
{
    switch ((enum tki_field_id)f->id) {
    case TKI_F_EVENT_NAME: return text(event->name);
    case TKI_F_EVENT_SINCE: return since(s, event);
    case TKI_F_EVENT_TIME: return time_in_form(event->time_ns, f->form);
    case TKI_F_ATTRS: return attributes(b, event->attrs);
    case TKI_F_DROPPED_ATTRS: return whole(event->dropped_attrs);
    default: return attribute(b, event->attrs, f->key);
    }
}

static struct tki_value of_link(struct tki_at *at, const struct tki_field *f, const struct tk_link *link)
{
    switch ((enum tki_field_id)f->id) {
    case TKI_F_LINK_TRACE: return trace_id(at, link->trace_id, f);
    case TKI_F_LINK_SPAN: return span_id(at, link->span_id, f);
    case TKI_F_ATTRS: return attributes(at->b, link->attrs);
    case TKI_F_DROPPED_ATTRS: return whole(link->dropped_attrs);
    default: return attribute(at->b, link->attrs, f->key);
    }
}

/* Of the event or link that is looked at, or of the first that has the field. */
static struct tki_value of_items(struct tki_at *at, const struct tki_field *f, const struct tk_span *s, bool links)
{
    const struct tk_batch *b = at->b;
    tk_range range = links ? s->links : s->events;
    uint32_t one = links ? at->link : at->event, rows = links ? b->nlinks : b->nevents;
    uint32_t first = one != TK_NONE ? one : 0, end = one != TK_NONE ? one + 1 : range.count;
    struct tki_value v = nil();
    for (uint32_t i = first; i < end && v.type == TKI_V_NIL && range.first + i < rows; i++)
        v = links ? of_link(at, f, &b->links[range.first + i]) : of_event(b, f, s, &b->events[range.first + i]);
    return v;
}

static struct tki_value of_attribute(struct tki_at *at, const struct tki_field *f, const struct tk_span *s)
{
    struct tki_value v;
    switch ((enum tki_scope)f->scope) {
    case TKI_SCOPE_ANY:
        v = attribute(at->b, s->attrs, f->key);
        return v.type != TKI_V_NIL ? v : in_resource(at, f, s->resource);
    case TKI_SCOPE_SPAN: return attribute(at->b, s->attrs, f->key);
    case TKI_SCOPE_RESOURCE: return in_resource(at, f, s->resource);
    case TKI_SCOPE_EVENT: return of_items(at, f, s, false);
    case TKI_SCOPE_LINK: return of_items(at, f, s, true);
    case TKI_SCOPE_INSTRUMENTATION: return attribute(at->b, at->b->scopes[s->scope].attrs, f->key);
    case TKI_SCOPES: break;
    }
    return nil();
}

/* As OTTL has them: "" when no member has the key, nil when the header is none. */
static struct tki_value state_member(tk_str header, tk_str key)
{
    struct tki_state_member m[TKI_STATE_MEMBERS];
    int n = tki_state_parse(header, m);
    for (int i = 0; i < n; i++)
        if (tki_str_eq(m[i].key, key))
            return text(m[i].value);
    return n < 0 ? nil() : text((tk_str){"", 0});
}

/* ---- traces ---- */

/* Fields that need the tree of the trace, or where its time went. */
static struct tki_value of_place(const struct tki_facts *t, enum tki_field_id id, uint32_t row)
{
    uint32_t up = t->tree.parent[row];
    int64_t ns;
    switch (id) {
    case TKI_F_CHILD_COUNT: return whole(t->tree.child_first[row + 1] - t->tree.child_first[row]);
    case TKI_F_PARENT: return up == TK_NONE ? nil() : whole(1);
    case TKI_F_SET_LEFT: return whole(t->left[row]);
    case TKI_F_SET_RIGHT: return whole(t->right[row]);
    case TKI_F_SET_PARENT: return number(TKI_V_INT, up == TK_NONE ? -1 : (int64_t)t->left[up]);
    case TKI_F_DEPTH: return whole(t->tree.depth[row]);
    default: break;
    }
    if (t->times.root == TK_NONE || (t->times.state[row] & (TKI_NODE_COPY | TKI_NODE_INVALID)))
        return nil();
    switch (id) {
    case TKI_F_SELF: return number(TKI_V_DURATION, t->times.self_ns[row]);
    case TKI_F_DARK: return number(TKI_V_DURATION, tki_node_cover(&t->times, t->b, row).dark_ns);
    case TKI_F_CPATH: return t->has_cpath ? number(TKI_V_DURATION, t->cpath.ns[row]) : nil();
    case TKI_F_QUEUED: return tki_node_queued(&t->times, t->b, &t->tree, row, &ns) ? number(TKI_V_DURATION, ns) : nil();
    default: return nil();
    }
}

static struct tki_value of_trace(const struct tki_facts *t, enum tki_field_id id)
{
    const struct tk_batch *b = t->b;
    switch (id) {
    case TKI_F_TRACE_DURATION:
        return t->duration != TKI_DURATION_UNSET ? number(TKI_V_DURATION, t->duration_ns) : nil();
    case TKI_F_ROOT_NAME: return text(t->root == TK_NONE ? (tk_str){"", 0} : b->spans[t->root].name);
    case TKI_F_ROOT_SERVICE:
        return text(t->root == TK_NONE ? (tk_str){"", 0} : b->resources[b->spans[t->root].resource].service);
    case TKI_F_TRACE_SPANS: return whole(b->nspans);
    case TKI_F_TRACE_SERVICES: return whole(t->services);
    case TKI_F_TRACE_ERRORS: return whole(t->errors);
    case TKI_F_TRACE_WEIGHT:
        return isnan(t->weight) ? nil() : (struct tki_value){.type = TKI_V_FLOAT, .v.d = t->weight};
    default: return nil();
    }
}

/* ---- spans ---- */

static struct tki_value duration(const struct tk_span *s)
{
    int64_t ns;
    return tki_span_duration(s, &ns) != TKI_DURATION_UNSET ? number(TKI_V_DURATION, ns) : nil();
}

static struct tki_value of_span(struct tki_at *at, const struct tki_field *f, const struct tk_span *s)
{
    const struct tk_batch *b = at->b;
    switch ((enum tki_field_id)f->id) {
    case TKI_F_ATTR: return of_attribute(at, f, s);
    case TKI_F_DURATION: return duration(s);
    case TKI_F_NAME: return text(s->name);
    case TKI_F_STATUS: return number(TKI_V_STATUS, s->status);
    case TKI_F_STATUS_MESSAGE: return text(s->status_message);
    case TKI_F_KIND: return kind_in_form(s->kind, f->form);
    case TKI_F_SPAN_ID: return span_id(at, s->span_id, f);
    case TKI_F_PARENT_ID: return span_id(at, s->parent_id, f);
    case TKI_F_TRACE_ID: return trace_id(at, s->trace_id, f);
    case TKI_F_START: return time_in_form(s->start_ns, f->form);
    case TKI_F_END: return time_in_form(s->end_ns, f->form);
    case TKI_F_FLAGS: return whole(s->flags);
    case TKI_F_STATE: return text(s->trace_state);
    case TKI_F_STATE_MEMBER: return state_member(s->trace_state, f->key);
    case TKI_F_DROPPED_EVENTS: return whole(s->dropped_events);
    case TKI_F_DROPPED_LINKS: return whole(s->dropped_links);
    case TKI_F_EVENTS: return number(TKI_V_ITEMS, s->events.count);
    case TKI_F_LINKS: return number(TKI_V_ITEMS, s->links.count);
    case TKI_F_LIB_NAME: return text(b->scopes[s->scope].name);
    case TKI_F_LIB_VERSION: return text(b->scopes[s->scope].version);
    default: return of_scope(at, f, s);
    }
}

struct tki_value tki_field_get(struct tki_at *at, const struct tki_field *f)
{
    uint32_t row = f->parent ? at->facts->tree.parent[at->row] : at->row;
    if (row == TK_NONE)
        return nil();
    const struct tk_span *s = &at->b->spans[row];
    if (f->id == TKI_F_ATTR)
        return of_attribute(at, f, s);
    if (f->id >= TKI_F_TRACE_DURATION)
        return of_trace(at->facts, f->id);
    if (f->id >= TKI_F_CHILD_COUNT)
        return of_place(at->facts, f->id, row);
    unsigned traits = tki_field_traits(f);
    if (traits & (TKI_T_EVENT | TKI_T_LINK))
        return of_items(at, f, s, traits & TKI_T_LINK);
    return of_span(at, f, s);
}
