#include "format/sdk/sdk.h"

#include "format/js/any.h"
#include "format/js/ids.h"
#include "format/js/scan.h"
#include "model/names.h"
#include "model/put.h"

/* ---- values ---- */

void tki_sdk_object_attrs(struct tki_js *j, void *to)
{
    char c = tki_js_peek(j);
    if (c == '{' || (c == '[' && *tki_json_ws(j->p + 1, j->end) != ']'))
        *(tk_range *)to = tki_js_any_attrs(j);
    else
        tki_js_drop(j, TKI_STR("attributes"), NULL);
}

/* The number of a name behind the last dot (SpanKind.SERVER) or KIND_; a name that is unknown fails. */
static uint8_t named(struct tki_js *j, int (*find)(tk_str name), const char *wrong)
{
    static const tk_str prefix = TKI_STR_INIT("KIND_");
    const char *at = (tki_js_peek(j), j->p);
    tk_str s = tki_js_str(j);
    const char *dot = s.n ? memrchr(s.p, '.', s.n) : NULL;
    if (dot)
        s = (tk_str){dot + 1, (size_t)(s.p + s.n - dot - 1)};
    if (tki_str_starts(s, prefix))
        s = (tk_str){s.p + prefix.n, s.n - prefix.n};
    int i = s.n ? find(s) : 0;
    if (i < 0 && !j->error)
        tki_js_fail_at(j, at, wrong);
    return i < 0 ? 0 : (uint8_t)i;
}

void tki_sdk_kind(struct tki_js *j, void *to)
{
    *(uint8_t *)to = named(j, tki_kind_find, "expected a kind such as SERVER");
}

void tki_sdk_status(struct tki_js *j, void *to)
{
    *(uint8_t *)to = named(j, tki_status_find, "expected the status Unset, Ok or Error");
}

/* ---- parts of a span ---- */

/* The bits that OTLP's exporter of the same SDK sets. */
static uint32_t flags_of(uint32_t trace_flags, const struct tki_sdk_context *remote)
{
    return trace_flags | (remote->remote_given ? 0x100u | (remote->remote ? 0x200u : 0) : 0);
}

void tki_sdk_context_of(struct tki_js *j, void *to)
{
    struct tki_sdk_context *c = to;
    *c = (struct tki_sdk_context){.given = true};
    tki_js_fields(j, ((struct tki_sdk *)j)->dialect->context, c);
}

void tki_sdk_own(struct tki_js *j, void *to)
{
    tki_sdk_context_of(j, &((struct tki_sdk_parts *)to)->own);
}

void tki_sdk_link_context(struct tki_js *j, void *to)
{
    tki_sdk_context_of(j, &((struct tki_sdk_link *)to)->c);
}

const struct tki_js_field tki_sdk_link_members[] = {
    TKI_JS_PART("context", tki_sdk_link_context),
    TKI_JS_INTO("attributes", tki_sdk_object_attrs, struct tki_sdk_link, l.attrs),
    TKI_JS_END,
};

void tki_sdk_remote(struct tki_js *j, void *to)
{
    struct tki_sdk_context *c = to;
    c->remote_given = true;
    c->remote = tki_js_bool(j);
}

void tki_sdk_state(struct tki_js *j, void *to)
{
    if (tki_js_peek(j) == '"')
        *(tk_str *)to = tki_js_str(j);
    else
        tki_js_drop(j, TKI_STR("state"), NULL);
}

void tki_sdk_attrs(struct tki_js *j, void *to)
{
    struct tki_sdk *x = (struct tki_sdk *)j;
    if (x->needs & TK_NEED_ATTRS)
        x->dialect->attrs(j, &((struct tki_sdk_parts *)to)->s.attrs);
    else
        tki_js_skip(j);
}

static void event(struct tki_js *j, void *to)
{
    struct tk_event e = {0};
    (void)to;
    if (tki_js_fields(j, ((struct tki_sdk *)j)->dialect->event, &e))
        *tk_batch_add_event(j->batch) = e;
}

/* Go before 1.0 prints the context's members in the link itself. */
static void link(struct tki_js *j, void *to)
{
    const struct tki_sdk_dialect *w = ((struct tki_sdk *)j)->dialect;
    struct tki_sdk_link x = {0};
    tk_str k;
    (void)to;
    if (!tki_js_object(j))
        return;
    while (tki_js_key(j, &k))
        if (!tki_js_field(j, w->link, k, &x) && !tki_js_field(j, w->context, k, &x.c))
            tki_js_drop(j, k, NULL);
    x.l.trace_id = x.c.trace_id;
    x.l.span_id = x.c.span_id;
    x.l.trace_state = x.c.state;
    x.l.flags = flags_of(x.c.flags, &x.c);
    *tk_batch_add_link(j->batch) = x.l;
}

void tki_sdk_events(struct tki_js *j, void *to)
{
    bool wanted = ((struct tki_sdk *)j)->needs & TK_NEED_EVENTS;
    ((struct tki_sdk_parts *)to)->s.events = tki_js_rows(j, wanted, &j->batch->nevents, event, NULL);
}

void tki_sdk_links(struct tki_js *j, void *to)
{
    bool wanted = ((struct tki_sdk *)j)->needs & TK_NEED_LINKS;
    ((struct tki_sdk_parts *)to)->s.links = tki_js_rows(j, wanted, &j->batch->nlinks, link, NULL);
}

void tki_sdk_metrics(struct tki_js *j, void *to)
{
    ((struct tki_sdk_parts *)to)->metrics = true;
    tki_js_drop(j, TKI_STR("metrics"), NULL);
}

void tki_sdk_log(struct tki_js *j, void *to)
{
    ((struct tki_sdk_parts *)to)->log = true;
    tki_js_drop(j, TKI_STR("log"), NULL);
}

/* ---- resource and scope: the same for span after span ---- */

/* The text of the resource or scope at the cursor, which stays there when it is not that of `row`, the last one's. */
static bool same(struct tki_js *j, uint32_t row, tk_str last, tk_str *text)
{
    const char *at = (tki_js_peek(j), j->p);
    *text = tki_js_raw(j);
    if (j->error || (row != TK_NONE && tki_str_eq(*text, last)))
        return true;
    j->p = at;
    return false;
}

void tki_sdk_resource(struct tki_js *j, void *to)
{
    struct tki_sdk *x = (struct tki_sdk *)j;
    struct tki_sdk_parts *p = to;
    tk_str text;
    char opens = x->dialect->resource_opens;
    if (opens && tki_js_peek(j) != opens) {
        tki_js_drop(j, TKI_STR("resource"), NULL);
        return;
    }
    if (!same(j, x->resource, x->resource_text, &text)) {
        struct tk_resource r = {.attrs = {j->batch->nattrs, 0}, .present = true};
        x->dialect->resource(j, &r);
        r.service = tki_service_attr(j->batch, r.attrs);
        if (!(x->needs & TK_NEED_RESOURCE)) {
            r.attrs.count = 0;
            r.schema_url = (tk_str){0};
        }
        x->resource = tki_put_resource(j->batch, r);
        x->resource_text = text;
    }
    p->s.resource = x->resource;
    p->has_resource = true;
}

void tki_sdk_scope(struct tki_js *j, void *to)
{
    struct tki_sdk *x = (struct tki_sdk *)j;
    struct tki_sdk_parts *p = to;
    tk_str text;
    if (!same(j, x->scope, x->scope_text, &text)) {
        struct tk_scope s = {0};
        x->dialect->scope(j, &s);
        x->scope = tki_put_scope(j->batch, s);
        x->scope_text = text;
    }
    p->s.scope = x->scope;
    p->has_scope = true;
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

static void openinference_kind(struct tk_batch *b, tk_range *attrs, tk_str kind)
{
    static const char key[] = "openinference.span.kind";
    if (!kind.n || kind.n > UINT32_MAX || tk_attr_find(b, *attrs, key))
        return;
    tki_attrs_to_end(b, attrs);
    tki_put_behind(b, attrs, tki_str(key), tki_v_str(kind));
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
        openinference_kind(b, &s->attrs, p->openinference_kind);
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
    struct tki_sdk_parts p = {0};
    tki_record_begin(&x->r);
    struct tki_js start = *j;
    if (!tki_js_fields(j, x->dialect->span, &p))
        return;
    const struct tki_span_signs signs = {.ids = x->dialect->ids, .any = x->dialect->signs};
    if ((j->error || !p.s.start_ns) && tki_js_no_span(&start, j, &signs))
        other_document(x, &start, TK_NOTE_IDS_ONLY);
    else if (j->error)
        return;
    else if (p.own.given)
        span_end(x, &p);
    else if (p.metrics || p.log)
        other_document(x, &start, p.metrics ? TK_NOTE_OTHER_METRICS : TK_NOTE_OTHER_LOGS);
    else {
        tki_js_fail_at(j, x->r.start, x->dialect->expected);
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
