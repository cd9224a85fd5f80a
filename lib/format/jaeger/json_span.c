/* Spans of Jaeger in JSON: the members that all dialects have. */
#include "format/jaeger/json.h"
#include "format/js/decimal.h"

#define KEY(k, name) TKI_STR_IS(k, name)

void tki_jaeger_json_init(struct tki_jaeger_json *s, const struct tki_jaeger_dialect *dialect,
                          const struct tki_decode *d)
{
    memset(s, 0, offsetof(struct tki_jaeger_json, w));
    s->dialect = dialect;
    s->needs = d->needs;
    s->w.b = d->batch;
}

/* ---- ids and times ---- */

tk_id128 tki_jaeger_json_trace_id(struct tki_jaeger_json *s)
{
    if (s->dialect->trace_id)
        return s->dialect->trace_id(s);
    return tki_js_trace_id_memo(&s->r.j, &s->ids);
}

uint64_t tki_jaeger_json_span_id(struct tki_jaeger_json *s)
{
    if (s->dialect->span_id)
        return s->dialect->span_id(s);
    return tki_js_span_id(&s->r.j);
}

static uint64_t time_of(struct tki_jaeger_json *s)
{
    return s->dialect->time ? s->dialect->time(&s->r.j) : tki_js_micros_or_0(&s->r.j);
}

void tki_jaeger_json_duration(struct tki_jaeger_json *s)
{
    bool negative;
    uint64_t ns = tki_js_micros(&s->r.j, &negative);
    s->w.duration_ns = negative ? -(int64_t)ns : (int64_t)ns;
}

/* ---- processes ---- */

static void process_tags(struct tki_jaeger_json *s, bool object)
{
    if (!(s->needs & TK_NEED_RESOURCE))
        tki_js_skip(&s->r.j);
    else if (object)
        tki_jaeger_json_tag_object(s);
    else
        tki_jaeger_json_tags(s);
}

void tki_jaeger_json_process(struct tki_jaeger_json *s, uint32_t row)
{
    static const char told[] = "XXX_sizecache|key"; /* key: the UI's word for the id */
    struct tki_js *j = &s->r.j;
    tk_str k, service = {0};
    if (!tki_js_object(j))
        return;
    uint32_t first = tki_jaeger_process_begin(j->batch);
    while (tki_jaeger_json_key(s, &k)) {
        if (KEY(k, "serviceName"))
            service = tki_js_str(j);
        else if (KEY(k, "tags") || KEY(k, "tag"))
            process_tags(s, KEY(k, "tag"));
        else
            tki_js_drop(j, k, told);
    }
    tki_jaeger_process_end(j->batch, row, first, service, s->needs);
}

void tki_jaeger_json_at(struct tki_jaeger_json *s, const char *at, void (*read)(struct tki_jaeger_json *s))
{
    const char *here = s->r.j.p;
    if (!at)
        return;
    tki_jaeger_json_jump(&s->r.j, at);
    read(s);
    tki_jaeger_json_jump(&s->r.j, here);
}

void tki_jaeger_json_process_at(struct tki_jaeger_json *s, const char *at, uint32_t row)
{
    const char *here = s->r.j.p;
    tki_jaeger_json_jump(&s->r.j, at);
    tki_jaeger_json_process(s, row);
    tki_jaeger_json_jump(&s->r.j, here);
}

uint32_t tki_jaeger_json_resource(struct tki_jaeger_json *s, struct tki_jaeger_table *t, tk_str key, const char *at)
{
    struct tki_jaeger_entry *e = tki_jaeger_table_find(t, s->r.j.batch, key);
    if (!e) {
        tki_js_fail(&s->r.j, "out of memory");
        return 0;
    }
    at = at ? at : e->at;
    if (e->row == TK_NONE) {
        uint32_t row = e->row = tk_batch_add_resource(s->r.j.batch);
        if (at)
            tki_jaeger_json_process_at(s, at, row);
        return row;
    }
    return e->row;
}

/* ---- the parts of a span ---- */

static void reference(struct tki_jaeger_json *s)
{
    struct tki_js *j = &s->r.j;
    /* span: old downloads repeat the whole span that is meant. */
    struct tki_jaeger_ref r = {.trace_id = s->w.s.trace_id};
    tk_str k;
    while (tki_jaeger_json_key(s, &k)) {
        if (KEY(k, "refType") && tki_js_peek(j) == '"') {
            tk_str type = tki_js_str(j);
            r.follows = KEY(type, "FOLLOWS_FROM") || KEY(type, "follows_from");
        } else if (KEY(k, "refType")) {
            r.follows = tki_js_u64(j) == 1;
        } else if (KEY(k, "traceID")) {
            r.trace_id = tki_jaeger_json_trace_id(s);
        } else if (KEY(k, "traceIDLow")) {
            r.trace_id.lo = tki_js_u64(j);
        } else if (KEY(k, "traceIDHigh")) {
            r.trace_id.hi = tki_js_u64(j);
        } else if (KEY(k, "spanID")) {
            r.span_id = tki_jaeger_json_span_id(s);
        } else {
            tki_js_drop(j, k, "span|XXX_sizecache");
        }
    }
    tki_jaeger_ref(&s->w, r.follows, r.trace_id, r.span_id);
}

/* {"spanID":[...],"traceID":[...],"refType":[...]}: a field of each, with a value for each reference, as Kibana
 * flattens documents.  A single value may stand without its list. */
static void flattened_references(struct tki_jaeger_json *s)
{
    enum { SPAN, TRACE, TYPE, FIELDS };
    struct tki_js *j = &s->r.j, at[FIELDS];
    bool there[FIELDS] = {false}, list[FIELDS];
    tk_str k;
    if (!tki_js_object(j))
        return;
    while (tki_js_key(j, &k)) {
        int field = KEY(k, "spanID") ? SPAN : KEY(k, "traceID") ? TRACE : KEY(k, "refType") ? TYPE : FIELDS;
        if (field < FIELDS) {
            list[field] = tki_js_peek(j) == '[';
            at[field] = *j;
            there[field] = !list[field] || tki_js_array(&at[field]);
            tki_js_skip(j);
        } else {
            tki_js_drop(j, k, NULL);
        }
    }
    for (bool more = there[SPAN]; more && !j->error && (!list[SPAN] || tki_js_item(&at[SPAN]));) {
        struct tki_jaeger_ref r = {.trace_id = s->w.s.trace_id, .span_id = tki_js_span_id(&at[SPAN])};
        if (there[TRACE] && (!list[TRACE] || tki_js_item(&at[TRACE])))
            r.trace_id = tki_js_trace_id(&at[TRACE]);
        if (there[TYPE] && (!list[TYPE] || tki_js_item(&at[TYPE]))) {
            tk_str type = tki_js_str(&at[TYPE]);
            r.follows = KEY(type, "FOLLOWS_FROM");
        }
        more = list[SPAN];
        for (int i = 0; i < FIELDS; i++)
            if (there[i] && at[i].error)
                tki_js_fail_at(j, at[i].error_at, at[i].error);
        tki_jaeger_ref(&s->w, r.follows, r.trace_id, r.span_id);
    }
    j->odd = true;
}

/* One that names no trace is of the span's own, so they wait for its id. */
static void references(struct tki_jaeger_json *s)
{
    struct tki_js *j = &s->r.j;
    if (!s->has_trace)
        s->references = tki_js_later(j);
    else if (tki_js_peek(j) == '{')
        flattened_references(s);
    else if (tki_js_array(j))
        while (tki_js_item(j))
            if (tki_js_object(j))
                reference(s);
}

void tki_jaeger_json_logs(struct tki_jaeger_json *s)
{
    struct tki_js *j = &s->r.j;
    tk_str k;
    if (!(s->needs & TK_NEED_EVENTS)) {
        s->w.s.events.count = tki_js_count(j);
        return;
    }
    if (!tki_js_array(j))
        return;
    while (tki_js_item(j)) {
        uint32_t first = j->batch->nattrs;
        uint64_t time_ns = 0;
        if (tki_js_object(j))
            while (tki_js_key(j, &k)) {
                if (KEY(k, "timestamp"))
                    time_ns = time_of(s);
                else if (KEY(k, "fields"))
                    tki_jaeger_json_tags(s);
                else
                    tki_js_drop(j, k, "XXX_sizecache");
            }
        tki_jaeger_log(&s->w, time_ns, first);
    }
}

static void warnings(struct tki_jaeger_json *s)
{
    struct tki_js *j = &s->r.j;
    if (!(s->needs & TK_NEED_ATTRS)) {
        tki_js_skip(j);
        return;
    }
    uint32_t base = tki_batch_stack(j->batch);
    if (tki_js_array(j))
        while (tki_js_item(j)) {
            tk_str text = tki_jaeger_json_text(j);
            tki_batch_push(j->batch)->value =
                (struct tk_value){.type = TK_STRING, .n = (uint32_t)text.n, .v.s = text.p};
        }
    s->w.warnings = tki_batch_pop_kids(j->batch, base);
}

/* ---- spans ---- */

void tki_jaeger_json_span_begin(struct tki_jaeger_json *s)
{
    tki_jaeger_span_begin(&s->w, s->r.j.batch, s->needs);
    s->process_id = s->process = (tk_str){0};
    s->references = NULL;
    s->has_trace = s->has_span = s->has_name = s->has_start = false;
}

bool tki_jaeger_json_member(struct tki_jaeger_json *s, tk_str k)
{
    struct tki_js *j = &s->r.j;
    struct tki_jaeger_span *w = &s->w;
    if (KEY(k, "traceID")) {
        w->s.trace_id = tki_jaeger_json_trace_id(s);
        s->has_trace = true;
    } else if (KEY(k, "spanID")) {
        w->s.span_id = tki_jaeger_json_span_id(s);
        s->has_span = true;
    } else if (KEY(k, "operationName")) {
        tk_str name = tki_js_str(j);
        if (s->needs & TK_NEED_NAME)
            w->s.name = name;
        s->has_name = name.p != NULL;
    } else if (KEY(k, "references")) {
        references(s);
    } else if (KEY(k, "startTime")) {
        s->has_start = tki_js_peek(j) != 'n';
        w->s.start_ns = time_of(s);
    } else if (KEY(k, "duration")) {
        tki_jaeger_json_duration(s);
    } else if (KEY(k, "tags")) {
        tki_jaeger_json_span_tags(s);
    } else if (KEY(k, "logs")) {
        tki_jaeger_json_logs(s);
    } else if (KEY(k, "processID")) {
        s->process_id = tki_js_str(j);
    } else if (KEY(k, "warnings")) {
        warnings(s);
    } else if (KEY(k, "flags")) {
        w->flags = (uint32_t)tki_js_u64(j);
    } else if (KEY(k, "parentSpanID")) {
        w->parent_id = tki_jaeger_json_span_id(s);
    } else if (KEY(k, "process")) {
        s->process = tki_js_peek(j) == '{' ? tki_js_raw(j) : (tki_js_drop(j, k, NULL), (tk_str){0});
    } else {
        return false;
    }
    return true;
}

void tki_jaeger_json_span_end(struct tki_jaeger_json *s)
{
    if (s->references) {
        s->has_trace = true;
        tki_jaeger_json_at(s, s->references, references);
        if (s->r.j.error)
            return;
    }
    tki_jaeger_span_end(&s->w);
}
