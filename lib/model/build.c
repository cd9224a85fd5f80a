#include "tracekit/build.h"

#include "model/batch.h"

/* Failures are sticky, as those of the adders are. */
static bool fail(struct tk_batch *b, int code)
{
    if (!b->err)
        b->err = code;
    return false;
}

static tk_str copy(struct tk_batch *b, const char *text)
{
    return text && *text ? tk_batch_copy(b, tki_str(text)) : (tk_str){"", 0};
}

/* ---- values ---- */

struct tk_value tk_value_str(struct tk_batch *b, tk_str text)
{
    if (text.n > UINT32_MAX)
        fail(b, TK_ELIMIT);
    if (b->err)
        return (struct tk_value){0};
    text = tk_batch_copy(b, text);
    return (struct tk_value){.type = TK_STRING, .n = (uint32_t)text.n, .v.s = text.p};
}

struct tk_value tk_value_bytes(struct tk_batch *b, const void *p, size_t n)
{
    struct tk_value v = tk_value_str(b, (tk_str){p, n});
    if (v.type == TK_STRING)
        v.type = TK_BYTES;
    return v;
}

struct tk_value tk_value_int(int64_t x)
{
    return (struct tk_value){.type = TK_INT, .v.i = x};
}

struct tk_value tk_value_double(double x)
{
    return (struct tk_value){.type = TK_DOUBLE, .v.d = x};
}

struct tk_value tk_value_bool(bool x)
{
    return (struct tk_value){.type = TK_BOOL, .v.b = x};
}

/* Pushes a row for each element, which then become neighbours. */
static struct tk_value collect(struct tk_batch *b, uint8_t type, const struct tk_value *elements,
                               const struct tk_attr *members, uint32_t n)
{
    uint32_t base = tki_batch_stack(b);
    for (uint32_t i = 0; i < n && !b->err; i++) {
        struct tk_attr *a = tki_batch_push(b);
        if (members)
            *a = (struct tk_attr){tk_batch_copy(b, members[i].key), members[i].value};
        else
            a->value = elements[i];
    }
    tk_range kids = tki_batch_pop_kids(b, base);
    return (struct tk_value){.type = type, .n = kids.count, .v.first = kids.first};
}

struct tk_value tk_value_array(struct tk_batch *b, const struct tk_value *elements, uint32_t n)
{
    return collect(b, TK_ARRAY, elements, NULL, n);
}

struct tk_value tk_value_map(struct tk_batch *b, const struct tk_attr *members, uint32_t n)
{
    return collect(b, TK_KVLIST, NULL, members, n);
}

/* ---- attributes ---- */

/* Copies the rows of a range behind all others. */
static bool move_attrs(struct tk_batch *b, tk_range *r)
{
    uint32_t first = b->nattrs;
    for (uint32_t i = 0; i < r->count && !b->err; i++) {
        struct tk_attr *a = tk_batch_add_attr(b);
        *a = b->attrs[r->first + i];
    }
    if (b->err)
        return false;
    r->first = first;
    return true;
}

static void set_attr(struct tk_batch *b, tk_range *r, const char *key, struct tk_value value)
{
    tk_str k = tki_str(key);
    uint32_t at = 0;
    if (b->err)
        return;
    while (at < r->count && !tki_str_eq(b->attrs[r->first + at].key, k))
        at++;
    /* A row that stays may be another owner's, too: a decoder may let owners share rows. */
    if ((at < r->count || r->first + r->count != b->nattrs) && !move_attrs(b, r))
        return;
    if (at < r->count) {
        b->attrs[r->first + at].value = value;
        return;
    }
    k = copy(b, key);
    struct tk_attr *a = tk_batch_add_attr(b);
    *a = (struct tk_attr){k, value};
    r->count += !b->err;
}

/* ---- resources and scopes ---- */

/* NULL, and an error, when there is no such row. */
static struct tk_resource *resource_at(struct tk_batch *b, uint32_t row)
{
    if (row >= b->nresources)
        fail(b, TK_EUSAGE);
    return b->err ? NULL : &b->resources[row];
}

static struct tk_scope *scope_at(struct tk_batch *b, uint32_t row)
{
    if (row >= b->nscopes)
        fail(b, TK_EUSAGE);
    return b->err ? NULL : &b->scopes[row];
}

uint32_t tk_resource_new(struct tk_batch *b, const char *service)
{
    uint32_t row = b->err ? 0 : tk_batch_add_resource(b);
    if (b->err)
        return 0;
    b->resources[row].present = true;
    if (service && *service)
        tk_resource_set_service(b, row, service);
    return row;
}

void tk_resource_set(struct tk_batch *b, uint32_t resource, const char *key, struct tk_value value)
{
    struct tk_resource *r = resource_at(b, resource);
    if (!r)
        return;
    set_attr(b, &r->attrs, key, value);
    r->present = true;
    r->raw = (tk_str){0};
    if (key && TKI_STR_IS(tki_str(key), "service.name"))
        r->service = value.type == TK_STRING ? (tk_str){value.v.s, value.n} : (tk_str){0};
}

void tk_resource_set_str(struct tk_batch *b, uint32_t resource, const char *key, const char *text)
{
    tk_resource_set(b, resource, key, tk_value_str(b, tki_str(text)));
}

void tk_resource_set_int(struct tk_batch *b, uint32_t resource, const char *key, int64_t x)
{
    tk_resource_set(b, resource, key, tk_value_int(x));
}

void tk_resource_set_service(struct tk_batch *b, uint32_t resource, const char *service)
{
    tk_resource_set_str(b, resource, "service.name", service);
}

uint32_t tk_scope_new(struct tk_batch *b, const char *name, const char *version)
{
    struct tk_scope c = {.name = copy(b, name), .version = copy(b, version), .present = true};
    uint32_t row = b->err ? 0 : tk_batch_add_scope(b);
    if (b->err)
        return 0;
    b->scopes[row] = c;
    return row;
}

void tk_scope_set(struct tk_batch *b, uint32_t scope, const char *key, struct tk_value value)
{
    struct tk_scope *c = scope_at(b, scope);
    if (!c)
        return;
    set_attr(b, &c->attrs, key, value);
    c->present = true;
    c->raw = (tk_str){0};
}

/* ---- spans ---- */

/* For a change: the span's raw view is not what it says any more. */
static struct tk_span *span_at(struct tk_batch *b, uint32_t row)
{
    if (row >= b->nspans)
        fail(b, TK_EUSAGE);
    if (b->err)
        return NULL;
    b->spans[row].raw = (tk_str){0};
    return &b->spans[row];
}

/* Nothing is said by the row, not even by a field that was set by hand. */
static bool resource_is_blank(const struct tk_resource *r)
{
    return !r->present && !r->attrs.count && !r->entities.count && !r->schema_url.n && !r->service.n && !r->raw.n &&
           !r->dropped_attrs;
}

static bool scope_is_blank(const struct tk_scope *c)
{
    return !c->present && !c->attrs.count && !c->name.n && !c->version.n && !c->schema_url.n && !c->raw.n &&
           !c->dropped_attrs;
}

/* The last blank row, else a new one. */
static uint32_t no_resource(struct tk_batch *b)
{
    for (uint32_t i = b->nresources; i-- > 0;)
        if (resource_is_blank(&b->resources[i]))
            return i;
    return tk_batch_add_resource(b);
}

static uint32_t no_scope(struct tk_batch *b)
{
    for (uint32_t i = b->nscopes; i-- > 0;)
        if (scope_is_blank(&b->scopes[i]))
            return i;
    return tk_batch_add_scope(b);
}

uint32_t tk_span_new(struct tk_batch *b, uint32_t resource, uint32_t scope, tk_id128 trace_id, uint64_t span_id,
                     uint64_t parent_id)
{
    resource = resource == TK_NONE ? no_resource(b) : resource;
    scope = scope == TK_NONE ? no_scope(b) : scope;
    if (!resource_at(b, resource) || !scope_at(b, scope))
        return 0;
    struct tk_span *s = tk_batch_add_span(b);
    s->trace_id = trace_id;
    s->span_id = span_id;
    s->parent_id = parent_id;
    s->resource = resource;
    s->scope = scope;
    return b->err ? 0 : b->nspans - 1;
}

void tk_span_set_name(struct tk_batch *b, uint32_t span, const char *name)
{
    struct tk_span *s = span_at(b, span);
    if (s)
        s->name = copy(b, name);
}

void tk_span_set_kind(struct tk_batch *b, uint32_t span, enum tk_kind kind)
{
    struct tk_span *s = span_at(b, span);
    if (s)
        s->kind = (uint8_t)kind;
}

void tk_span_set_times(struct tk_batch *b, uint32_t span, uint64_t start_ns, uint64_t end_ns)
{
    struct tk_span *s = span_at(b, span);
    if (!s)
        return;
    s->start_ns = start_ns;
    s->end_ns = end_ns;
}

void tk_span_set_status(struct tk_batch *b, uint32_t span, enum tk_status status, const char *message)
{
    struct tk_span *s = span_at(b, span);
    if (!s)
        return;
    s->status = (uint8_t)status;
    s->status_message = copy(b, message);
}

void tk_span_set_state(struct tk_batch *b, uint32_t span, const char *trace_state)
{
    struct tk_span *s = span_at(b, span);
    if (s)
        s->trace_state = copy(b, trace_state);
}

void tk_span_set(struct tk_batch *b, uint32_t span, const char *key, struct tk_value value)
{
    struct tk_span *s = span_at(b, span);
    if (s)
        set_attr(b, &s->attrs, key, value);
}

void tk_span_set_str(struct tk_batch *b, uint32_t span, const char *key, const char *text)
{
    tk_span_set(b, span, key, tk_value_str(b, tki_str(text)));
}

void tk_span_set_int(struct tk_batch *b, uint32_t span, const char *key, int64_t x)
{
    tk_span_set(b, span, key, tk_value_int(x));
}

void tk_span_set_double(struct tk_batch *b, uint32_t span, const char *key, double x)
{
    tk_span_set(b, span, key, tk_value_double(x));
}

void tk_span_set_bool(struct tk_batch *b, uint32_t span, const char *key, bool x)
{
    tk_span_set(b, span, key, tk_value_bool(x));
}

void tk_span_set_bytes(struct tk_batch *b, uint32_t span, const char *key, const void *p, size_t n)
{
    tk_span_set(b, span, key, tk_value_bytes(b, p, n));
}

/* ---- events and links ---- */

/* Makes the range end where the next row will be. */
static void move_events(struct tk_batch *b, tk_range *r)
{
    uint32_t first = b->nevents;
    if (r->first + r->count == first)
        return;
    for (uint32_t i = 0; i < r->count && !b->err; i++) {
        struct tk_event *e = tk_batch_add_event(b);
        *e = b->events[r->first + i];
    }
    if (!b->err)
        r->first = first;
}

static void move_links(struct tk_batch *b, tk_range *r)
{
    uint32_t first = b->nlinks;
    if (r->first + r->count == first)
        return;
    for (uint32_t i = 0; i < r->count && !b->err; i++) {
        struct tk_link *l = tk_batch_add_link(b);
        *l = b->links[r->first + i];
    }
    if (!b->err)
        r->first = first;
}

uint32_t tk_span_add_event(struct tk_batch *b, uint32_t span, const char *name, uint64_t time_ns)
{
    struct tk_span *s = span_at(b, span);
    if (!s)
        return 0;
    tk_str n = copy(b, name);
    move_events(b, &s->events);
    struct tk_event *e = tk_batch_add_event(b);
    e->name = n;
    e->time_ns = time_ns;
    return b->err ? 0 : s->events.count++;
}

void tk_event_set(struct tk_batch *b, uint32_t span, uint32_t event, const char *key, struct tk_value value)
{
    struct tk_span *s = span_at(b, span);
    if (!s)
        return;
    if (event < s->events.count)
        set_attr(b, &b->events[s->events.first + event].attrs, key, value);
    else
        fail(b, TK_EUSAGE);
}

uint32_t tk_span_add_link(struct tk_batch *b, uint32_t span, tk_id128 trace_id, uint64_t span_id)
{
    struct tk_span *s = span_at(b, span);
    if (!s)
        return 0;
    move_links(b, &s->links);
    struct tk_link *l = tk_batch_add_link(b);
    l->trace_id = trace_id;
    l->span_id = span_id;
    return b->err ? 0 : s->links.count++;
}

void tk_link_set(struct tk_batch *b, uint32_t span, uint32_t link, const char *key, struct tk_value value)
{
    struct tk_span *s = span_at(b, span);
    if (!s)
        return;
    if (link < s->links.count)
        set_attr(b, &b->links[s->links.first + link].attrs, key, value);
    else
        fail(b, TK_EUSAGE);
}
