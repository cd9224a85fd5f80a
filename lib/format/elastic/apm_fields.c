/* The fields of Elastic APM's events: every one is walked to its leaves. */
#include "format/elastic/apm.h"
#include "format/js/any.h"
#include "format/js/decimal.h"
#include "format/js/ids.h"

enum { WALK_DEPTH = 24 };

#define KEY(k, name) TKI_STR_IS(k, name)

/* ---- attributes ---- */

/* In a resource the later of two fields of a name counts: an event's own service is laid over the metadata's. */
static struct tk_attr *attr_for(struct tki_apm *x, tk_str key)
{
    if (x->pass == TKI_APM_OF_RESOURCE)
        for (uint32_t i = x->leaves; i < x->b->nattrs; i++)
            if (tki_str_eq(x->b->attrs[i].key, key))
                return &x->b->attrs[i];
    return tk_batch_add_attr(x->b);
}

static void attribute(struct tki_apm *x, tk_str path)
{
    struct tk_attr a = {.key = tki_apm_name(path)};
    if (tki_js_null(&x->r.j))
        return;
    if (a.key.p >= x->path.p && a.key.p < x->path.p + x->path.n)
        a.key = tk_batch_copy(x->b, a.key);
    tki_js_any(&x->r.j, &a.value);
    *attr_for(x, a.key) = a;
}

/* ---- the fields that the model has a place for ---- */

static uint64_t an_id(struct tki_apm *x)
{
    return tki_js_span_id(&x->r.j);
}

static bool outcome(struct tki_apm *x, tk_str path)
{
    tki_js_peek(&x->r.j);
    const char *at = x->r.j.p;
    if (*at != '"')
        return false;
    tk_str s = tki_js_str(&x->r.j);
    if (KEY(s, "failure"))
        x->e.s.status = TK_STATUS_ERROR;
    if (!x->r.j.error && x->needs & TK_NEED_ATTRS) {
        x->r.j.p = at;
        attribute(x, path);
    }
    return true;
}

/* {"trace_id":T,"span_id":S} of the intake, {"trace":{"id":T},"span":{"id":S}} of documents. */
static void link_field(struct tki_apm *x, struct tk_link *l, bool trace, unsigned depth)
{
    tk_str k;
    if (tki_js_peek(&x->r.j) == '{' && depth < 2) {
        if (tki_js_object(&x->r.j))
            while (tki_js_key(&x->r.j, &k)) {
                bool of_trace = KEY(k, "trace_id") || KEY(k, "trace") || KEY(k, "trace.id") || (KEY(k, "id") && trace);
                bool of_span = KEY(k, "span_id") || KEY(k, "span") || KEY(k, "span.id") || (KEY(k, "id") && !trace);
                if (of_trace || of_span)
                    link_field(x, l, of_trace, depth + 1);
                else
                    tki_js_drop(&x->r.j, k, NULL);
            }
    } else if (trace) {
        l->trace_id = tki_js_trace_id(&x->r.j);
    } else {
        l->span_id = an_id(x);
    }
}

static void links(struct tki_apm *x)
{
    if (!(x->needs & TK_NEED_LINKS)) {
        x->e.links.count = tki_js_count(&x->r.j);
        return;
    }
    x->e.links.first = x->b->nlinks;
    if (!tki_js_array(&x->r.j))
        return;
    while (tki_js_item(&x->r.j)) {
        struct tk_link l = {0};
        link_field(x, &l, false, 0);
        *tk_batch_add_link(x->b) = l;
        x->e.links.count++;
    }
}

/* Which event a field of an indexed document is of: both kinds have transaction.id. */
static bool indexed_field(struct tki_apm *x, tk_str p)
{
    struct tki_apm_event *e = &x->e;
    if (KEY(p, "trace.id"))
        e->s.trace_id = tki_js_trace_id(&x->r.j);
    else if (KEY(p, "span.id"))
        e->s.span_id = an_id(x);
    else if (KEY(p, "transaction.id"))
        e->transaction_id = an_id(x);
    else if (KEY(p, "parent.id"))
        e->s.parent_id = an_id(x);
    else if (KEY(p, "timestamp.us")) {
        e->s.start_ns = tki_js_decimal(&x->r.j, 3);
        e->started = true;
    } else if (KEY(p, "transaction.duration.us") || KEY(p, "span.duration.us")) {
        e->duration_ns = tki_js_decimal(&x->r.j, 3);
        e->transaction = e->transaction || p.p[0] == 't';
        e->span = e->span || p.p[0] == 's';
    } else if (KEY(p, "transaction.name") && !e->s.name.p)
        e->s.name = tki_js_str(&x->r.j);
    else if (KEY(p, "span.name"))
        e->s.name = tki_js_str(&x->r.j);
    else if (KEY(p, "processor.event"))
        e->event = tki_js_str(&x->r.j);
    else if (KEY(p, "span.kind"))
        e->kind = tki_js_str(&x->r.j);
    else if (KEY(p, "span.links") || KEY(p, "transaction.links"))
        links(x);
    else if (KEY(p, "event.outcome"))
        return outcome(x, p);
    else
        return false;
    return true;
}

static bool intake_field(struct tki_apm *x, tk_str p)
{
    struct tki_apm_event *e = &x->e;
    tk_str f = tki_str_starts(p, TKI_STR("span."))          ? (tk_str){p.p + 5, p.n - 5}
               : tki_str_starts(p, TKI_STR("transaction.")) ? (tk_str){p.p + 12, p.n - 12}
                                                            : (tk_str){0};
    if (KEY(f, "trace_id"))
        e->s.trace_id = tki_js_trace_id(&x->r.j);
    else if (KEY(f, "id"))
        e->s.span_id = an_id(x);
    else if (KEY(f, "parent_id"))
        e->s.parent_id = an_id(x);
    else if (KEY(f, "name"))
        e->s.name = tki_js_str(&x->r.j);
    else if (KEY(f, "timestamp")) {
        e->started = !tki_js_null(&x->r.j);
        e->s.start_ns = e->started ? tki_js_decimal(&x->r.j, 3) : 0;
    } else if (KEY(f, "duration")) {
        e->timed = !tki_js_null(&x->r.j);
        e->duration_ns = e->timed ? tki_js_decimal(&x->r.j, 6) : 0;
    } else if (KEY(f, "outcome"))
        return outcome(x, p);
    else if (KEY(f, "links"))
        links(x);
    else if (KEY(f, "otel.span_kind"))
        e->kind = tki_js_str(&x->r.j);
    else
        return false;
    return true;
}

/* Fields that stay attributes and tell something besides: looked at without moving. */
static void hints(struct tki_apm *x, tk_str p)
{
    struct tki_js *j = &x->r.j;
    const char *at = (tki_js_peek(j), j->p);
    if (KEY(p, "span.type") || KEY(p, "transaction.type")) {
        if (*at == '"' && !x->e.type.p)
            x->e.type = tki_js_str(j);
    } else if (KEY(p, "span.action")) {
        if (*at == '"')
            x->e.action = tki_js_str(j);
    } else if (KEY(p, "transaction.sampled")) {
        x->e.unsampled = *at == 'f';
    } else if (KEY(p, "destination.service.resource") || KEY(p, "destination.address") ||
               KEY(p, "span.destination.service.resource")) {
        x->e.exit = *at == '"';
    } else if (KEY(p, "span.transaction_id")) {
        if (*at == '"')
            x->e.transaction_id = an_id(x);
    } else if (KEY(p, "error.id") || KEY(p, "metricset.name")) {
        x->e.error = x->e.error || p.p[0] == 'e';
        x->e.metric = x->e.metric || p.p[0] == 'm';
    }
    if (!j->error)
        j->p = at;
}

static void leaf(struct tki_apm *x)
{
    tk_str p = {x->path.p, x->path.n};
    bool resource = x->indexed ? tki_apm_of_resource(p) : tki_str_starts(p, TKI_STR("service."));
    if (x->pass == TKI_APM_OF_RESOURCE) {
        if (resource || !x->indexed)
            attribute(x, p);
        else
            tki_js_skip(&x->r.j);
        return;
    }
    if (resource) {
        tki_js_skip(&x->r.j);
        return;
    }
    hints(x, p);
    if (x->indexed ? indexed_field(x, p) : intake_field(x, p))
        return;
    if (x->needs & TK_NEED_ATTRS)
        attribute(x, p);
    else
        tki_js_skip(&x->r.j);
}

/* All members of the object at the cursor, to their leaves; paths continue what x->path holds. */
static void walk(struct tki_apm *x, unsigned depth)
{
    tk_str k;
    size_t n = x->path.n;
    if (!tki_js_object(&x->r.j))
        return;
    while (tki_js_key(&x->r.j, &k)) {
        x->path.n = n;
        if (n)
            tki_buf_putc(&x->path, '.');
        tki_buf_str(&x->path, k);
        char c = tki_js_peek(&x->r.j);
        if (!x->indexed && depth == 1 && x->pass == TKI_APM_OF_SPAN && KEY(k, "context")) {
            x->path.n = 0; /* its members have paths of their own, written over this one */
            walk(x, depth + 1);
            x->path.n = 0;
            tki_buf_str(&x->path, tki_apm_event_name(x));
        } else if (c == '{' && depth < WALK_DEPTH) {
            walk(x, depth + 1);
        } else {
            leaf(x);
        }
    }
    x->path.n = n;
}

void tki_apm_walk(struct tki_apm *x, const char *at, enum tki_apm_pass pass, tk_str path, unsigned depth)
{
    const char *here = x->r.j.p;
    if (x->r.j.error)
        return;
    x->r.j.p = at;
    x->pass = pass;
    x->path.n = 0;
    tki_buf_str(&x->path, path);
    walk(x, depth);
    if (!x->r.j.error)
        x->r.j.p = here;
}
