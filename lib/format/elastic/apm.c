/* Elastic APM: the lines that agents send to the intake (version 2), and the documents that the server indexes of
 * them in the data streams traces-apm.
 *
 * A line {"metadata":...} tells of the process that the lines behind it come from: the cutter repeats it in front of
 * each piece.  Transactions and spans are spans; all their fields are walked to the leaves, and each leaf is an
 * attribute under its path unless the model has a place for it: nothing is left out.  Errors, metric sets and logs are
 * counted.
 */
#include "base/err.h"
#include "format/elastic/apm.h"
#include "format/ids.h"
#include "format/js/any.h"
#include "format/js/bid.h"
#include "format/js/decimal.h"
#include "format/js/scan.h"

enum { WALK_DEPTH = 24, AROUND_DEPTH = 32 };
enum pass { OF_RESOURCE, OF_SPAN };

struct event {
    struct tk_span s;
    uint64_t duration_ns, transaction_id;
    tk_str type, action, kind, event; /* event: processor.event of an indexed document */
    bool transaction, span, error, metric, started, exit, unsampled, transaction_time;
    tk_range links;
};

struct ctx {
    struct tki_js j;
    struct tk_batch *b;
    unsigned needs, depth;
    uint64_t records;
    const char *metadata;     /* the members of the last metadata, or NULL */
    uint32_t resource;        /* the row of it; TK_NONE: not made yet */
    uint32_t own;             /* the row made last for a document of its own, or TK_NONE */
    uint32_t scope;
    struct tki_buf path;      /* of the leaf under way */
    enum pass pass;
    bool indexed;             /* an indexed document, not a line of the intake */
    struct event e;
    uint32_t leaves;          /* of the resource: first attribute of the range under way */
    const char *record;
    struct tki_mark mark;
};

#define KEY(k, name) TKI_STR_IS(k, name)

/* ---- attributes ---- */

/* In a resource the later of two fields of a name counts: an event's own service is laid over the metadata's. */
static struct tk_attr *attr_for(struct ctx *x, tk_str key)
{
    if (x->pass == OF_RESOURCE)
        for (uint32_t i = x->leaves; i < x->b->nattrs; i++)
            if (tki_str_eq(x->b->attrs[i].key, key))
                return &x->b->attrs[i];
    return tk_batch_add_attr(x->b);
}

static void attribute(struct ctx *x, tk_str path)
{
    struct tk_attr a = {.key = tki_apm_name(path)};
    if (tki_js_null(&x->j))
        return;
    if (a.key.p >= x->path.p && a.key.p < x->path.p + x->path.n)
        a.key = tk_batch_copy(x->b, a.key);
    tki_js_any(&x->j, &a.value);
    *attr_for(x, a.key) = a;
}

/* ---- the fields that the model has a place for ---- */

static uint64_t an_id(struct ctx *x)
{
    return tki_span_id(x->b, tki_js_str(&x->j), &x->j.odd);
}

static uint64_t decimal(struct ctx *x, unsigned scale)
{
    bool negative;
    uint64_t t = tki_js_decimal_slow(&x->j, scale, &negative);
    return negative ? 0 : t;
}

static bool outcome(struct ctx *x, tk_str path)
{
    tki_js_peek(&x->j);
    const char *at = x->j.p;
    if (*at != '"')
        return false;
    tk_str s = tki_js_str(&x->j);
    if (KEY(s, "failure"))
        x->e.s.status = TK_STATUS_ERROR;
    if (!x->j.error && x->needs & TK_NEED_ATTRS) {
        x->j.p = at;
        attribute(x, path);
    }
    return true;
}

/* {"trace_id":T,"span_id":S} of the intake, {"trace":{"id":T},"span":{"id":S}} of documents. */
static void link_field(struct ctx *x, struct tk_link *l, bool trace, unsigned depth)
{
    tk_str k;
    if (tki_js_peek(&x->j) == '{' && depth < 2) {
        if (tki_js_object(&x->j))
            while (tki_js_key(&x->j, &k)) {
                bool of_trace = KEY(k, "trace_id") || KEY(k, "trace") || KEY(k, "trace.id") || (KEY(k, "id") && trace);
                bool of_span = KEY(k, "span_id") || KEY(k, "span") || KEY(k, "span.id") || (KEY(k, "id") && !trace);
                if (of_trace || of_span)
                    link_field(x, l, of_trace, depth + 1);
                else
                    tki_js_skip(&x->j);
            }
    } else if (trace) {
        l->trace_id = tki_trace_id(x->b, tki_js_str(&x->j), &x->j.odd);
    } else {
        l->span_id = an_id(x);
    }
}

static void links(struct ctx *x)
{
    if (!(x->needs & TK_NEED_LINKS)) {
        x->e.links.count = tki_js_count(&x->j);
        return;
    }
    x->e.links.first = x->b->nlinks;
    if (!tki_js_array(&x->j))
        return;
    while (tki_js_item(&x->j)) {
        struct tk_link l = {0};
        link_field(x, &l, false, 0);
        *tk_batch_add_link(x->b) = l;
        x->e.links.count++;
    }
}

/* Which event a field of an indexed document is of: both kinds have transaction.id. */
static bool indexed_field(struct ctx *x, tk_str p)
{
    struct event *e = &x->e;
    if (KEY(p, "trace.id"))
        e->s.trace_id = tki_trace_id(x->b, tki_js_str(&x->j), &x->j.odd);
    else if (KEY(p, "span.id"))
        e->s.span_id = an_id(x);
    else if (KEY(p, "transaction.id"))
        e->transaction_id = an_id(x);
    else if (KEY(p, "parent.id"))
        e->s.parent_id = an_id(x);
    else if (KEY(p, "timestamp.us")) {
        e->s.start_ns = decimal(x, 3);
        e->started = true;
    } else if (KEY(p, "transaction.duration.us") || KEY(p, "span.duration.us")) {
        e->duration_ns = decimal(x, 3);
        e->transaction = e->transaction || p.p[0] == 't';
        e->span = e->span || p.p[0] == 's';
    } else if (KEY(p, "transaction.name") && !e->s.name.p)
        e->s.name = tki_js_str(&x->j);
    else if (KEY(p, "span.name"))
        e->s.name = tki_js_str(&x->j);
    else if (KEY(p, "processor.event"))
        e->event = tki_js_str(&x->j);
    else if (KEY(p, "span.kind"))
        e->kind = tki_js_str(&x->j);
    else if (KEY(p, "span.links") || KEY(p, "transaction.links"))
        links(x);
    else if (KEY(p, "event.outcome"))
        return outcome(x, p);
    else
        return false;
    return true;
}

static bool intake_field(struct ctx *x, tk_str p)
{
    struct event *e = &x->e;
    tk_str f = tki_str_starts(p, TKI_STR("span.")) ? (tk_str){p.p + 5, p.n - 5} :
               tki_str_starts(p, TKI_STR("transaction.")) ? (tk_str){p.p + 12, p.n - 12} :
                                                            (tk_str){0};
    if (KEY(f, "trace_id"))
        e->s.trace_id = tki_trace_id(x->b, tki_js_str(&x->j), &x->j.odd);
    else if (KEY(f, "id"))
        e->s.span_id = an_id(x);
    else if (KEY(f, "parent_id"))
        e->s.parent_id = an_id(x);
    else if (KEY(f, "name"))
        e->s.name = tki_js_str(&x->j);
    else if (KEY(f, "timestamp")) {
        e->started = !tki_js_null(&x->j);
        e->s.start_ns = e->started ? decimal(x, 3) : 0;
    } else if (KEY(f, "duration"))
        e->duration_ns = decimal(x, 6);
    else if (KEY(f, "outcome"))
        return outcome(x, p);
    else if (KEY(f, "links"))
        links(x);
    else if (KEY(f, "otel.span_kind"))
        e->kind = tki_js_str(&x->j);
    else
        return false;
    return true;
}

/* Fields that stay attributes and tell something besides: looked at without moving. */
static void hints(struct ctx *x, tk_str p)
{
    struct tki_js *j = &x->j;
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

static void leaf(struct ctx *x)
{
    tk_str p = {x->path.p, x->path.n};
    bool resource = x->indexed ? tki_apm_of_resource(p) : tki_str_starts(p, TKI_STR("service."));
    if (x->pass == OF_RESOURCE) {
        if (resource || !x->indexed)
            attribute(x, p);
        else
            tki_js_skip(&x->j);
        return;
    }
    if (resource) {
        tki_js_skip(&x->j);
        return;
    }
    hints(x, p);
    if (x->indexed ? indexed_field(x, p) : intake_field(x, p))
        return;
    if (x->needs & TK_NEED_ATTRS)
        attribute(x, p);
    else
        tki_js_skip(&x->j);
}

static tk_str event_name(const struct ctx *x)
{
    return x->e.transaction ? TKI_STR("transaction") : TKI_STR("span");
}

/* All members of the object at the cursor, to their leaves; paths continue what x->path holds. */
static void walk(struct ctx *x, unsigned depth)
{
    tk_str k;
    size_t n = x->path.n;
    if (!tki_js_object(&x->j))
        return;
    while (tki_js_key(&x->j, &k)) {
        x->path.n = n;
        if (n)
            tki_buf_putc(&x->path, '.');
        tki_buf_str(&x->path, k);
        char c = tki_js_peek(&x->j);
        if (!x->indexed && depth == 1 && x->pass == OF_SPAN && KEY(k, "context")) {
            x->path.n = 0; /* its members have paths of their own, written over this one */
            walk(x, depth + 1);
            x->path.n = 0;
            tki_buf_str(&x->path, event_name(x));
        } else if (c == '{' && depth < WALK_DEPTH) {
            walk(x, depth + 1);
        } else {
            leaf(x);
        }
    }
    x->path.n = n;
}

/* ---- resources ---- */

static bool same_attrs(const struct tk_batch *b, const struct tk_resource *r, uint32_t first)
{
    uint32_t n = b->nattrs - first;
    if (r->attrs.count != n)
        return false;
    for (uint32_t i = 0; i < n; i++) {
        const struct tk_attr *p = &b->attrs[r->attrs.first + i], *q = &b->attrs[first + i];
        if (!tki_str_eq(p->key, q->key) || p->value.type != q->value.type || p->value.n != q->value.n)
            return false;
        if (p->value.type == TK_STRING ? memcmp(p->value.v.s, q->value.v.s, p->value.n) != 0 : p->value.v.i != q->value.v.i)
            return false;
    }
    return true;
}

/* The attributes from `first` on as a resource: a new row, or `same` when that says the same. */
static uint32_t resource_row(struct ctx *x, uint32_t first, uint32_t same)
{
    struct tk_batch *b = x->b;
    if (same != TK_NONE && same_attrs(b, &b->resources[same], first)) {
        b->nattrs = first;
        return same;
    }
    uint32_t row = tk_batch_add_resource(b);
    if (b->err)
        return 0;
    struct tk_resource *r = &b->resources[row];
    r->present = b->nattrs > first;
    r->attrs = (tk_range){first, b->nattrs - first};
    const struct tk_attr *name = tk_attr_find(b, r->attrs, "service.name");
    if (name && name->value.type == TK_STRING)
        r->service = (tk_str){name->value.v.s, name->value.n};
    return row;
}

static void walk_at(struct ctx *x, const char *at, enum pass pass, tk_str path, unsigned depth)
{
    const char *here = x->j.p;
    if (x->j.error)
        return;
    x->j.p = at;
    x->pass = pass;
    x->path.n = 0;
    tki_buf_str(&x->path, path);
    walk(x, depth);
    if (!x->j.error)
        x->j.p = here;
}

static uint32_t metadata_row(struct ctx *x)
{
    if (x->resource != TK_NONE)
        return x->resource;
    x->leaves = x->b->nattrs;
    if (x->metadata)
        walk_at(x, x->metadata, OF_RESOURCE, (tk_str){0}, 1);
    return x->resource = resource_row(x, x->leaves, TK_NONE);
}

/* The metadata's resource with an event's own service laid over it. */
static uint32_t own_row(struct ctx *x, const char *service)
{
    uint32_t base = metadata_row(x), first = x->b->nattrs;
    if (!service || x->b->err || x->j.error)
        return base;
    tk_range r = x->b->resources[base].attrs;
    for (uint32_t i = 0; i < r.count; i++) {
        struct tk_attr copy = x->b->attrs[r.first + i];
        *tk_batch_add_attr(x->b) = copy;
    }
    x->leaves = first;
    walk_at(x, service, OF_RESOURCE, TKI_STR("service"), 2);
    if (x->b->err || x->j.error)
        return base;
    if (same_attrs(x->b, &x->b->resources[base], first)) {
        x->b->nattrs = first;
        return base;
    }
    return x->own = resource_row(x, first, x->own);
}

/* ---- spans ---- */

static enum tk_kind kind_of(const struct event *e)
{
    static const char *const names[] = {"UNSPECIFIED", "INTERNAL", "SERVER", "CLIENT", "PRODUCER", "CONSUMER"};
    for (unsigned i = 0; i < 6; i++)
        if (tki_str_eq(e->kind, tki_str(names[i])))
            return (enum tk_kind)i;
    bool messaging = tki_str_starts(e->type, TKI_STR("messaging"));
    if (e->transaction)
        return messaging ? TK_KIND_CONSUMER : KEY(e->type, "request") ? TK_KIND_SERVER : TK_KIND_INTERNAL;
    if (messaging)
        return KEY(e->action, "receive") || KEY(e->action, "poll") ? TK_KIND_CONSUMER : TK_KIND_PRODUCER;
    bool leaves = tki_str_starts(e->type, TKI_STR("db")) || tki_str_starts(e->type, TKI_STR("external")) ||
                  tki_str_starts(e->type, TKI_STR("storage"));
    return e->exit || leaves ? TK_KIND_CLIENT : TK_KIND_INTERNAL;
}

static void span_end(struct ctx *x, uint32_t attrs)
{
    struct event *e = &x->e;
    struct tk_batch *b = x->b;
    if (!e->s.parent_id && !e->transaction)
        e->s.parent_id = e->transaction_id;
    if (!e->started)
        tki_note(b, TK_NOTE_NO_START);
    e->s.end_ns = e->s.start_ns + e->duration_ns;
    e->s.attrs = (tk_range){attrs, b->nattrs - attrs};
    e->s.links = e->links;
    e->s.kind = (uint8_t)kind_of(e);
    e->s.flags = !e->unsampled;
    if (!(x->needs & TK_NEED_NAME))
        e->s.name = (tk_str){0};
    if (x->scope == TK_NONE)
        x->scope = tk_batch_add_scope(b);
    e->s.scope = x->scope;
    *tk_batch_add_span(b) = e->s;
}

static void record_end(struct ctx *x)
{
    x->records++;
    x->record = x->j.p;
    x->mark = tki_batch_mark(x->b);
}

static void record_begin(struct ctx *x)
{
    tki_js_peek(&x->j);
    x->record = x->j.p;
    x->mark = tki_batch_mark(x->b);
}

/* Where context.service of the event at the cursor is; NULL: it has none.  The cursor stays. */
static const char *service_of(struct ctx *x)
{
    struct tki_js *j = &x->j, before = x->j;
    const char *found = NULL;
    tk_str k;
    if (tki_js_object(j))
        while (tki_js_key(j, &k)) {
            if (!KEY(k, "context") || tki_js_peek(j) != '{') {
                tki_js_skip(j);
                continue;
            }
            tki_js_object(j);
            while (tki_js_key(j, &k)) {
                if (KEY(k, "service") && tki_js_peek(j) == '{')
                    found = j->p;
                tki_js_skip(j);
            }
        }
    if (!j->error)
        *j = before;
    return found;
}

/* A transaction or span of the intake: the cursor is at its object. */
static void intake_event(struct ctx *x, bool transaction)
{
    if (tki_js_peek(&x->j) != '{') {
        tki_js_object(&x->j);
        return;
    }
    const char *at = x->j.p, *service = service_of(x);
    if (x->j.error)
        return;
    x->indexed = false;
    memset(&x->e, 0, sizeof x->e);
    x->e.transaction = transaction;
    x->e.s.resource = own_row(x, service);
    uint32_t attrs = x->b->nattrs;
    walk_at(x, at, OF_SPAN, event_name(x), 1);
    if (x->j.error)
        return;
    if (!x->e.s.span_id) {
        tki_js_fail(&x->j, transaction ? "expected a transaction with id" : "expected a span with id");
        return;
    }
    span_end(x, attrs);
    tki_js_skip(&x->j);
}

/* An indexed document: the cursor is at its object, which is whole. */
static void indexed_event(struct ctx *x)
{
    const char *at = x->j.p;
    struct tk_batch *b = x->b;
    x->indexed = true;
    memset(&x->e, 0, sizeof x->e);
    uint32_t attrs = b->nattrs;
    walk_at(x, at, OF_SPAN, (tk_str){0}, 1);
    struct event *e = &x->e;
    if (x->j.error)
        return;
    bool named = e->event.n > 0;
    if (named ? KEY(e->event, "error") : e->error)
        tki_note(b, TK_NOTE_ERROR_DOCS);
    else if (named ? KEY(e->event, "metric") : e->metric)
        tki_note(b, TK_NOTE_OTHER_METRICS);
    else if (!(e->transaction || e->span) || (named && !KEY(e->event, "transaction") && !KEY(e->event, "span")))
        tki_note(b, TK_NOTE_OTHER_DOCS);
    else {
        e->transaction = !e->span;
        if (e->transaction)
            e->s.span_id = e->transaction_id;
        uint32_t spans_n = b->nattrs - attrs;
        span_end(x, attrs);
        if (b->err)
            return;
        b->spans[b->nspans - 1].attrs.count = spans_n;
        uint32_t first = x->leaves = b->nattrs;
        walk_at(x, at, OF_RESOURCE, (tk_str){0}, 1);
        if (!b->err)
            b->spans[b->nspans - 1].resource = x->own = resource_row(x, first, x->own);
        return;
    }
    b->nattrs = attrs;
}

/* ---- documents, and what is around them ---- */

static const char not_apm[] = "expected an event of Elastic APM: metadata, transaction, span, error, metricset or log";

static void document(struct ctx *x);

static void documents(struct ctx *x)
{
    char c = tki_js_peek(&x->j);
    if (c == '{')
        document(x);
    else if (c == '[' && tki_js_array(&x->j))
        while (tki_js_item(&x->j))
            documents(x);
    else if (c != '[')
        tki_js_skip(&x->j);
}

/* The first key of the object at the cursor, and whether the object is an indexed document; the cursor stays. */
static bool looks_indexed(struct ctx *x)
{
    struct tki_js *j = &x->j, before = x->j;
    bool stamp = false, trace = false, event = false;
    tk_str k;
    if (tki_js_object(j))
        while (tki_js_key(j, &k)) {
            stamp = stamp || KEY(k, "@timestamp");
            trace = trace || KEY(k, "trace") || KEY(k, "trace.id");
            event = event || KEY(k, "transaction") || KEY(k, "span") || KEY(k, "processor") || KEY(k, "transaction.id") ||
                    KEY(k, "processor.event");
            tki_js_skip(j);
        }
    if (!j->error)
        *j = before;
    return !j->error && stamp && (trace || event);
}

static bool line_member(struct ctx *x, tk_str k)
{
    struct tki_js *j = &x->j;
    if (KEY(k, "metadata")) {
        x->resource = x->own = TK_NONE;
        tki_js_peek(j);
        x->metadata = *j->p == '{' ? j->p : NULL;
        tki_js_skip(j);
        return true;
    }
    if (KEY(k, "transaction") || KEY(k, "span"))
        intake_event(x, k.n > 4);
    else if (KEY(k, "error"))
        tki_note(x->b, TK_NOTE_ERROR_DOCS), tki_js_skip(j);
    else if (KEY(k, "metricset"))
        tki_note(x->b, TK_NOTE_OTHER_METRICS), tki_js_skip(j);
    else if (KEY(k, "log"))
        tki_note(x->b, TK_NOTE_OTHER_LOGS), tki_js_skip(j);
    else
        return false;
    if (!j->error)
        record_end(x);
    return true;
}

static void document(struct ctx *x)
{
    struct tki_js *j = &x->j;
    tk_str k;
    bool known = false;
    uint32_t members = 0;
    const char *start = (tki_js_peek(j), j->p);
    record_begin(x);
    if (x->depth == AROUND_DEPTH) {
        tki_js_fail(j, "documents inside documents, too deep");
        return;
    }
    if (*start == '{' && looks_indexed(x)) {
        indexed_event(x);
        if (!j->error) {
            tki_js_skip(j);
            record_end(x);
        }
        return;
    }
    if (j->error || !tki_js_object(j))
        return;
    x->depth++;
    while (tki_js_key(j, &k)) {
        char c = tki_js_peek(j);
        members++;
        if (KEY(k, "_source") || KEY(k, "responses") || (KEY(k, "hits") && (c == '{' || c == '['))) {
            known = true;
            documents(x);
        } else if (KEY(k, "_index") || KEY(k, "index") || KEY(k, "create")) {
            known = true;
            tki_js_skip(j);
        } else if (known || !line_member(x, k)) {
            tki_js_skip(j);
            continue;
        }
        known = true;
    }
    x->depth--;
    if (j->error || known || !members)
        return;
    if (x->depth) {
        tki_note(x->b, TK_NOTE_OTHER_DOCS);
        return;
    }
    j->p = start;
    tki_js_fail(j, not_apm);
}

static int decode(struct tki_decode *d)
{
    struct ctx x;
    memset(&x, 0, sizeof x);
    x.b = d->batch;
    x.needs = d->needs;
    x.records = d->records;
    x.resource = x.own = x.scope = TK_NONE;
    d->batch->needs = d->needs;
    int r = 0;
    tk_str before = tki_apm_last_metadata((tk_str){d->in.p, d->pos}); /* of a bad line that was skipped */
    if (before.n) {
        tki_js_init(&x.j, d->in, (size_t)(before.p - d->in.p), d->batch);
        document(&x);
        if (x.j.error)
            x.metadata = NULL;
    }
    tki_js_init(&x.j, d->in, d->pos, d->batch);
    while (tki_js_peek(&x.j), x.j.p < x.j.end && r == 0) {
        record_begin(&x);
        if (*x.j.p == ',' || *x.j.p == '\x1e' || (d->pos && (*x.j.p == ']' || *x.j.p == '}')))
            x.j.p++;
        else if (*x.j.p == '[')
            documents(&x);
        else
            document(&x);
        d->records = x.records;
        if (x.path.err)
            x.b->err = x.path.err;
        r = tki_js_error(&x.j, d);
    }
    tki_buf_free(&x.path);
    if (r < 0) {
        if (x.j.error == not_apm)
            tki_err_set(d->err, r, "%s", not_apm);
        d->pos = (size_t)(x.record - d->in.p);
        d->batch->err = 0;
        tki_batch_rollback(d->batch, &x.mark);
        return r;
    }
    d->pos = d->in.n;
    return 0;
}

/* ---- recognising ---- */

static unsigned bid(tk_str head, bool eof)
{
    static const struct tki_key_bid line[] = {{"trace_id", 2, 1}, {"transaction", 1, 1}, {"duration", 2, 1}, {NULL, 0, 0}};
    static const struct tki_key_bid span[] = {{"trace_id", 2, 1}, {"span", 1, 1}, {"duration", 2, 1}, {NULL, 0, 0}};
    static const struct tki_key_bid meta[] = {{"metadata", 1, 1}, {"service", 2, 1}, {"agent", 3, 1}, {NULL, 0, 0}};
    static const struct tki_key_bid indexed[] = {{"@timestamp", 6, 1}, {"processor", 6, 1}, {"trace", 6, 1}, {"agent", 6, 1}, {NULL, 0, 0}};
    static const struct tki_key_bid dotted[] = {{"@timestamp", 6, 1}, {"processor.event", 6, 1}, {"trace.id", 6, 1}, {NULL, 0, 0}};
    (void)eof;
    if (tki_bid_keys(head, meta) == 3 || tki_bid_keys(head, line) == 3 || tki_bid_keys(head, span) == 3)
        return 200;
    return tki_bid_keys(head, indexed) == 4 || tki_bid_keys(head, dotted) == 3 ? 200 : 0;
}

static const char *const split[] = {".hits.hits[]", ".responses[].hits.hits[]", "[]", NULL};

const struct tki_format tki_format_elastic_apm = {
    .info = {.name = "elastic-apm",
             .about = "Elastic APM: what agents send to the intake, and documents of the data streams traces-apm",
             .can_read = true},
    .bid = bid,
    .cutter = &tki_cut_apm,
    .split = split,
    .decode = decode,
    .resync = tki_js_resync,
};
