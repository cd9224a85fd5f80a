/* Elastic APM: the lines that agents send to the intake (version 2), and the documents that the server indexes of
 * them in the data streams traces-apm.
 *
 * A line {"metadata":...} tells of the process that the lines behind it come from: it is their context (cut.h).
 * Transactions and spans are spans, of the intake those that have a name, a timestamp or a duration besides their ids;
 * all their fields are walked to the leaves, and each leaf is an attribute under its path unless the model has a place
 * for it: nothing is left out.  Errors, metric sets and logs are counted.
 */
#include "format/elastic/apm.h"
#include "format/js/documents.h"
#include "format/js/scan.h"
#include "format/table.h"
#include "model/values.h"

enum { AROUND_DEPTH = 32 };

#define KEY(k, name) TKI_STR_IS(k, name)

/* ---- resources ---- */

static bool same_attrs(const struct tk_batch *b, const struct tk_resource *r, uint32_t first)
{
    return r->attrs.count == b->nattrs - first &&
           tki_attrs_equal(b, b->attrs + r->attrs.first, b, b->attrs + first, r->attrs.count);
}

/* The attributes from `first` on as a resource: a new row, or `same` when that says the same. */
static uint32_t resource_row(struct tki_apm *x, uint32_t first, uint32_t same)
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

static uint32_t metadata_row(struct tki_apm *x)
{
    if (x->resource != TK_NONE)
        return x->resource;
    x->leaves = x->b->nattrs;
    if (x->metadata)
        tki_apm_walk(x, x->metadata, TKI_APM_OF_RESOURCE, (tk_str){0}, 1);
    return x->resource = resource_row(x, x->leaves, TK_NONE);
}

/* The metadata's resource with an event's own service laid over it. */
static uint32_t own_row(struct tki_apm *x, const char *service)
{
    uint32_t base = metadata_row(x), first = x->b->nattrs;
    if (!service || x->b->err || x->r.j.error)
        return base;
    tk_range r = x->b->resources[base].attrs;
    for (uint32_t i = 0; i < r.count; i++) {
        struct tk_attr copy = x->b->attrs[r.first + i];
        *tk_batch_add_attr(x->b) = copy;
    }
    x->leaves = first;
    tki_apm_walk(x, service, TKI_APM_OF_RESOURCE, TKI_STR("service"), 2);
    if (x->b->err || x->r.j.error)
        return base;
    if (same_attrs(x->b, &x->b->resources[base], first)) {
        x->b->nattrs = first;
        return base;
    }
    return x->own = resource_row(x, first, x->own);
}

/* ---- spans ---- */

static enum tk_kind kind_of(const struct tki_apm_event *e)
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

static void span_end(struct tki_apm *x, uint32_t attrs)
{
    struct tki_apm_event *e = &x->e;
    struct tk_batch *b = x->b;
    if (!e->s.parent_id && !e->transaction)
        e->s.parent_id = e->transaction_id;
    if (!e->started)
        tki_note(b, TK_NOTE_NO_START);
    if (__builtin_add_overflow(e->s.start_ns, e->duration_ns, &e->s.end_ns))
        e->s.end_ns = UINT64_MAX;
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

/* Returns where context.service of the event at the cursor is, or NULL when the event has none.  The cursor stays. */
static const char *service_of(struct tki_apm *x)
{
    struct tki_js *j = &x->r.j, before = x->r.j;
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
static void intake_event(struct tki_apm *x, bool transaction)
{
    if (tki_js_peek(&x->r.j) != '{') {
        tki_js_object(&x->r.j);
        return;
    }
    const char *at = x->r.j.p, *service = service_of(x);
    if (x->r.j.error)
        return;
    x->indexed = false;
    memset(&x->e, 0, sizeof x->e);
    x->e.transaction = transaction;
    x->e.s.resource = own_row(x, service);
    uint32_t attrs = x->b->nattrs, kids = x->b->nkids, links = x->b->nlinks;
    tki_apm_walk(x, at, TKI_APM_OF_SPAN, tki_apm_event_name(x), 1);
    if (x->r.j.error)
        return;
    if (!x->e.s.span_id) {
        tki_js_fail(&x->r.j, transaction ? "expected a transaction with id" : "expected a span with id");
        return;
    }
    if (x->e.s.name.p || x->e.started || x->e.timed) {
        span_end(x, attrs);
    } else if (!x->b->err) {
        x->b->nattrs = attrs;
        x->b->nkids = kids;
        x->b->nlinks = links;
        tki_note(x->b, TK_NOTE_IDS_ONLY);
    }
    tki_js_skip(&x->r.j);
}

/* An indexed document: the cursor is at its object, which is whole. */
static void indexed_event(struct tki_apm *x)
{
    const char *at = x->r.j.p;
    struct tk_batch *b = x->b;
    x->indexed = true;
    memset(&x->e, 0, sizeof x->e);
    uint32_t attrs = b->nattrs;
    tki_apm_walk(x, at, TKI_APM_OF_SPAN, (tk_str){0}, 1);
    struct tki_apm_event *e = &x->e;
    if (x->r.j.error)
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
        tki_apm_walk(x, at, TKI_APM_OF_RESOURCE, (tk_str){0}, 1);
        if (!b->err)
            b->spans[b->nspans - 1].resource = x->own = resource_row(x, first, x->own);
        return;
    }
    b->nattrs = attrs;
}

/* ---- documents, and what is around them ---- */

static void document(struct tki_apm *x);

static void documents(struct tki_apm *x)
{
    char c = tki_js_peek(&x->r.j);
    if (c == '{')
        document(x);
    else if (c == '[' && tki_js_array(&x->r.j))
        while (tki_js_item(&x->r.j))
            documents(x);
    else if (c != '[')
        tki_js_skip(&x->r.j);
}

/* The first key of the object at the cursor, and whether the object is an indexed document; the cursor stays. */
static bool looks_indexed(struct tki_apm *x)
{
    struct tki_js *j = &x->r.j, before = x->r.j;
    bool stamp = false, trace = false, event = false;
    tk_str k;
    if (tki_js_object(j))
        while (tki_js_key(j, &k)) {
            stamp = stamp || KEY(k, "@timestamp");
            trace = trace || KEY(k, "trace") || KEY(k, "trace.id");
            event = event || KEY(k, "transaction") || KEY(k, "span") || KEY(k, "processor") ||
                    KEY(k, "transaction.id") || KEY(k, "processor.event");
            tki_js_skip(j);
        }
    if (!j->error)
        *j = before;
    return !j->error && stamp && (trace || event);
}

static bool line_member(struct tki_apm *x, tk_str k)
{
    struct tki_js *j = &x->r.j;
    if (x->uncarried && (KEY(k, "metadata") || KEY(k, "transaction") || KEY(k, "span"))) {
        tki_js_refuse(
            j, x->r.start,
            "Elastic APM's intake begins far behind other formats here: its metadata would be lost, so read it as a file of its own");
        return true;
    }
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
    tki_record_end(&x->r);
    return true;
}

static void document(struct tki_apm *x)
{
    struct tki_js *j = &x->r.j;
    tk_str k;
    bool known = false;
    uint32_t members = 0;
    const char *start = (tki_js_peek(j), j->p);
    tki_record_begin(&x->r);
    if (x->depth == AROUND_DEPTH) {
        tki_js_fail(j, "documents inside documents, too deep");
        return;
    }
    if (*start == '{' && looks_indexed(x)) {
        indexed_event(x);
        if (!j->error)
            tki_js_skip(j);
        tki_record_end(&x->r);
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
    tki_js_refuse(j, start, "expected an event of Elastic APM: metadata, transaction, span, error, metricset or log");
}

/* The document from `at` on held another one that is none of Elastic APM's: it is perhaps another format's whole. */
static void other_document(struct tki_apm *x, const char *at, uint64_t others)
{
    if (!tki_format_is_other(at, x->r.j.p, &tki_format_elastic_apm))
        return;
    x->b->notes->n[TK_NOTE_OTHER_DOCS] = others;
    x->r.start = at;
    tki_js_fail_at(&x->r.j, at, "expected an event of Elastic APM");
}

static void next(struct tki_records *r, char c)
{
    struct tki_apm *x = (struct tki_apm *)r;
    uint64_t others = x->b->notes->n[TK_NOTE_OTHER_DOCS];
    uint32_t spans = x->b->nspans;
    const char *at = r->j.p;
    if (r->resumed && (c == ']' || c == '}'))
        r->j.p++;
    else if (c == '[')
        documents(x);
    else
        document(x);
    if (!r->j.error && c == '{' && x->b->notes->n[TK_NOTE_OTHER_DOCS] != others && x->b->nspans == spans)
        other_document(x, at, others);
    if (x->path.err)
        x->b->err = x->path.err;
}

static int decode(struct tki_decode *d)
{
    struct tki_apm x;
    memset(&x, 0, sizeof x);
    x.b = d->batch;
    x.needs = d->needs;
    x.resource = x.own = x.scope = TK_NONE;
    x.uncarried = d->uncarried;
    tk_str before = tki_apm_metadata((tk_str){d->in.p, d->pos}); /* of what was skipped, or is of other formats */
    if (before.n) {
        tki_js_init(&x.r.j, d->in, (size_t)(before.p - d->in.p), d->batch);
        document(&x);
        if (x.r.j.error)
            x.metadata = NULL;
    }
    int r = tki_records_decode(&x.r, d, next);
    tki_buf_free(&x.path);
    return r;
}

/* ---- recognising ---- */

static unsigned bid(const struct tki_head *head)
{
    static const struct tki_key line[] = {{"trace_id", 2}, {"transaction", 1}, {"duration", 2}, {NULL, 0}};
    static const struct tki_key span[] = {{"trace_id", 2}, {"span", 1}, {"duration", 2}, {NULL, 0}};
    static const struct tki_key meta[] = {{"metadata", 1}, {"service", 2}, {"agent", 3}, {NULL, 0}};
    static const struct tki_key indexed[] = {
        {"@timestamp", 6}, {"processor", 6}, {"trace", 6}, {"agent", 6}, {NULL, 0}};
    static const struct tki_key dotted[] = {{"@timestamp", 6}, {"processor.event", 6}, {"trace.id", 6}, {NULL, 0}};
    static const struct tki_key *const shapes[] = {line, span, meta, indexed, dotted};
    unsigned most = 0;
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        unsigned bits = tki_all_keys_bits(head, shapes[i]);
        most = bits > most ? bits : most;
    }
    return most;
}

const struct tki_format tki_format_elastic_apm = {
    .info = {.name = "elastic-apm",
             .about = "Elastic APM: what agents send to the intake, and documents of the data streams traces-apm",
             .can_read = true},
    .bid = bid,
    .cutter = &tki_cut_json,
    .split = TKI_REPEATS(".hits.hits[]", ".responses[].hits.hits[]", "[]"),
    .context = tki_apm_metadata,
    .decode = decode,
    .resync = tki_js_resync,
};
