#include "format/sdk/sdk.h"

#include "format/js/ids.h"
#include "format/js/scan.h"

/* ---- parts of a span ---- */

static bool is(tk_str k, tk_str name)
{
    return name.n && tki_str_eq(k, name);
}

static void context_member(struct tki_sdk *x, struct tki_sdk_context *c, tk_str k)
{
    const struct tki_sdk_dialect *w = x->dialect;
    struct tki_js *j = &x->r.j;
    if (is(k, w->trace_id))
        c->trace_id = tki_js_trace_id(j);
    else if (is(k, w->span_id))
        c->span_id = tki_js_span_id(j);
    else if (is(k, w->state) && tki_js_peek(j) == '"')
        c->state = w->trace_state ? w->trace_state(j) : tki_js_str(j);
    else if (is(k, w->flags))
        c->flags = w->trace_flags(j);
    else if (is(k, w->remote)) {
        c->remote_given = true;
        c->remote = tki_js_bool(j);
    } else
        tki_js_drop(j, k, NULL);
}

void tki_sdk_context(struct tki_sdk *x, struct tki_sdk_context *c)
{
    tk_str k;
    *c = (struct tki_sdk_context){.given = true};
    if (tki_js_object(&x->r.j))
        while (tki_js_key(&x->r.j, &k))
            context_member(x, c, k);
}

/* The bits that OTLP's exporter of the same SDK sets. */
static uint32_t flags_of(uint32_t trace_flags, const struct tki_sdk_context *remote)
{
    return trace_flags | (remote->remote_given ? 0x100u | (remote->remote ? 0x200u : 0) : 0);
}

static void event(struct tki_sdk *x)
{
    const struct tki_sdk_dialect *w = x->dialect;
    struct tki_js *j = &x->r.j;
    struct tk_event e = {0};
    tk_str k;
    if (!tki_js_object(j))
        return;
    while (tki_js_key(j, &k)) {
        if (is(k, w->name))
            e.name = tki_js_str(j);
        else if (is(k, w->time))
            e.time_ns = w->time_ns(j);
        else if (is(k, w->attributes))
            e.attrs = w->attrs(j, true);
        else if (is(k, w->dropped))
            e.dropped_attrs = (uint32_t)tki_js_u64(j);
        else
            tki_js_drop(j, k, NULL);
    }
    *tk_batch_add_event(j->batch) = e;
}

static void link(struct tki_sdk *x)
{
    const struct tki_sdk_dialect *w = x->dialect;
    struct tki_js *j = &x->r.j;
    struct tk_link l = {0};
    struct tki_sdk_context c = {0};
    tk_str k;
    if (!tki_js_object(j))
        return;
    while (tki_js_key(j, &k)) {
        if (is(k, w->context))
            tki_sdk_context(x, &c);
        else if (is(k, w->attributes))
            l.attrs = w->attrs(j, true);
        else if (is(k, w->dropped))
            l.dropped_attrs = (uint32_t)tki_js_u64(j);
        else
            context_member(x, &c, k); /* Go before 1.0 prints them in the link itself */
    }
    l.trace_id = c.trace_id;
    l.span_id = c.span_id;
    l.trace_state = c.state;
    l.flags = flags_of(c.flags, &c);
    *tk_batch_add_link(j->batch) = l;
}

/* Reads the elements of a list with `one`, which adds to *rows; or counts them only. */
static tk_range rows_of(struct tki_sdk *x, bool wanted, const uint32_t *rows, void (*one)(struct tki_sdk *x))
{
    struct tki_js *j = &x->r.j;
    tk_range r = {*rows, 0};
    if (!wanted) {
        r.count = tki_js_count(j);
        return r;
    }
    if (tki_js_array(j))
        while (tki_js_item(j))
            one(x);
    r.count = *rows - r.first;
    return r;
}

tk_range tki_sdk_events(struct tki_sdk *x)
{
    return rows_of(x, x->needs & TK_NEED_EVENTS, &x->r.j.batch->nevents, event);
}

static tk_range links(struct tki_sdk *x)
{
    return rows_of(x, x->needs & TK_NEED_LINKS, &x->r.j.batch->nlinks, link);
}

static void member(struct tki_sdk *x, struct tki_sdk_parts *p, tk_str k)
{
    const struct tki_sdk_dialect *w = x->dialect;
    struct tki_js *j = &x->r.j;
    if (is(k, w->context))
        tki_sdk_context(x, &p->own);
    else if (is(k, w->name))
        p->s.name = tki_js_str(j);
    else if (is(k, w->start))
        p->s.start_ns = w->time_ns(j);
    else if (is(k, w->end))
        p->s.end_ns = w->time_ns(j);
    else if (is(k, w->attributes))
        p->s.attrs = w->attrs(j, x->needs & TK_NEED_ATTRS);
    else if (is(k, w->events))
        p->s.events = tki_sdk_events(x);
    else if (is(k, w->links))
        p->s.links = links(x);
    else
        w->member(x, p, k);
}

/* ---- resource and scope: the same for span after span ---- */

bool tki_sdk_same(struct tki_js *j, uint32_t row, tk_str last, tk_str *text)
{
    const char *at = (tki_js_peek(j), j->p);
    *text = tki_js_raw(j);
    if (j->error || (row != TK_NONE && tki_str_eq(*text, last)))
        return true;
    j->p = at;
    return false;
}

uint32_t tki_sdk_resource(struct tki_sdk *x, struct tk_resource r, tk_str text)
{
    struct tk_batch *b = x->r.j.batch;
    const struct tk_attr *a = tk_attr_find(b, r.attrs, "service.name");
    if (a && a->value.type == TK_STRING)
        r.service = (tk_str){a->value.v.s, a->value.n};
    if (!(x->needs & TK_NEED_RESOURCE)) {
        r.attrs.count = 0;
        r.schema_url = (tk_str){0};
    }
    x->resource = tk_batch_add_resource(b);
    b->resources[x->resource] = r;
    x->resource_text = text;
    return x->resource;
}

/* An empty row, shared with the span before when that had none either. */
static uint32_t none(struct tk_batch *b, uint32_t (*add)(struct tk_batch *b), uint32_t *row, tk_str *text)
{
    if (*row == TK_NONE || text->p)
        *row = add(b);
    *text = (tk_str){0};
    return *row;
}

/* ---- documents ---- */

/* One more attribute at the end of a span's, which may not be the last rows any more. */
static void append(struct tk_batch *b, tk_range *attrs, struct tk_attr a)
{
    if (attrs->count && attrs->first + attrs->count != b->nattrs) {
        uint32_t to = b->nattrs;
        for (uint32_t i = 0; i < attrs->count; i++) {
            struct tk_attr *copy = tk_batch_add_attr(b);
            *copy = b->attrs[attrs->first + i];
        }
        attrs->first = to;
    }
    if (!attrs->count)
        attrs->first = b->nattrs;
    *tk_batch_add_attr(b) = a;
    attrs->count++;
}

static void openinference_kind(struct tk_batch *b, struct tk_span *s, tk_str kind)
{
    static const char key[] = "openinference.span.kind";
    if (kind.n && kind.n <= UINT32_MAX && !tk_attr_find(b, s->attrs, key))
        append(b, &s->attrs, (struct tk_attr){tki_str(key), {.type = TK_STRING, .n = (uint32_t)kind.n, .v.s = kind.p}});
}

static void span_end(struct tki_sdk *x, struct tki_sdk_parts *p)
{
    struct tk_batch *b = x->r.j.batch;
    struct tk_span *s = &p->s;
    s->trace_id = p->own.trace_id;
    s->span_id = p->own.span_id;
    s->parent_id = p->parent.span_id;
    if (!p->has_resource)
        s->resource = none(b, tk_batch_add_resource, &x->resource, &x->resource_text);
    if (!p->has_scope)
        s->scope = none(b, tk_batch_add_scope, &x->scope, &x->scope_text);
    if (x->needs & TK_NEED_STATE) {
        s->trace_state = p->own.state;
        s->flags = flags_of(p->own.flags, &p->parent);
    } else {
        s->status_message = (tk_str){0};
        s->dropped_attrs = s->dropped_events = s->dropped_links = 0;
    }
    if (!(x->needs & TK_NEED_NAME))
        s->name = (tk_str){0};
    if (x->needs & TK_NEED_ATTRS)
        openinference_kind(b, s, p->openinference_kind);
    *tk_batch_add_span(b) = *s;
    tki_record_end(&x->r);
}

/* Skips the document at *start, which is no span, and counts it by what it is. */
static void other_document(struct tki_sdk *x, const struct tki_js *start, enum tk_note note)
{
    tki_record_skip(&x->r, start, note);
    x->resource = x->scope = TK_NONE; /* may have been the rows of this document */
    x->resource_text = x->scope_text = (tk_str){0};
}

static void document(struct tki_sdk *x)
{
    struct tki_js *j = &x->r.j;
    struct tki_sdk_parts p;
    tk_str k;
    memset(&p, 0, sizeof p);
    tki_record_begin(&x->r);
    struct tki_js start = *j;
    if (!tki_js_object(j))
        return;
    while (tki_js_key(j, &k))
        member(x, &p, k);
    const char *const ids[] = {x->dialect->context.p, NULL};
    const struct tki_span_signs signs = {.ids = ids, .any = x->dialect->signs};
    if ((j->error || !p.s.start_ns) && tki_js_no_span(&start, j, &signs))
        other_document(x, &start, TK_NOTE_IDS_ONLY);
    else if (j->error)
        return;
    else if (p.own.given)
        span_end(x, &p);
    else if (p.metrics || p.log)
        other_document(x, &start, p.metrics ? TK_NOTE_OTHER_METRICS : TK_NOTE_OTHER_LOGS);
    else {
        j->p = x->r.start;
        tki_js_fail(j, x->dialect->expected);
    }
}

static void next(struct tki_records *r, char c)
{
    struct tki_sdk *x = (struct tki_sdk *)r;
    struct tki_js *j = &r->j;
    if (c == '{') {
        document(x);
    } else if (c == '[' && memchr("{]", *tki_json_ws(j->p + 1, j->end), 2)) {
        tki_js_array(j);
        while (tki_js_item(j))
            document(x);
    } else if (r->resumed && c == ']') {
        j->p++;
    } else if (!tki_js_null(j)) {
        tki_js_refuse(j, j->p,
                      "a line that is no span: output of the program between the spans? --keep-going passes over it");
    }
}

int tki_sdk_decode(struct tki_decode *d, const struct tki_sdk_dialect *dialect)
{
    struct tki_sdk x = {.dialect = dialect, .needs = d->needs, .resource = TK_NONE, .scope = TK_NONE};
    return tki_records_decode(&x.r, d, next);
}
