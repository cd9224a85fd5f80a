/* Jaeger's API JSON against jansson, over every capture: the mapping rules of tracekit-formats(5) read a
 * second time.  As in tracekit-formats(5): duplicates of a tag stay, no status is made up from an HTTP code,
 * and what tells a status without being one stays an attribute. */
#include "captures.h"
#include "ids.h"
#include "same.h"

static struct tk_batch *want;

static bool is(tk_str s, const char *z)
{
    return tki_str_eq(s, tki_str(z));
}

static bool is_any_case(tk_str s, const char *z)
{
    return s.n == strlen(z) && strncasecmp(s.p, z, s.n) == 0;
}

static struct tk_value text_value(tk_str s)
{
    return (struct tk_value){.type = TK_STRING, .n = (uint32_t)s.n, .v.s = s.p};
}

static struct tk_value tag_value(const json_t *tag)
{
    const json_t *v = member(tag, "value");
    tk_str type = string_at(tag, "type");
    if (is(type, "binary")) {
        tk_str s = string_of(v);
        unsigned char *to = tk_batch_alloc(want, s.n + 1);
        int n = base64_of(s, to, s.n);
        return n < 0 ? text_value(s) : (struct tk_value){.type = TK_BYTES, .n = (uint32_t)n, .v.s = (char *)to};
    }
    if (is(type, "bool") && json_is_string(v))
        return (struct tk_value){.type = TK_BOOL, .v.b = is(string_of(v), "true")};
    if (is(type, "int64") && json_is_string(v))
        return (struct tk_value){.type = TK_INT, .v.i = (int64_t)integer_of(v)};
    if (is(type, "float64"))
        return (struct tk_value){.type = TK_DOUBLE, .v.d = double_of(v)};
    if (json_is_boolean(v))
        return (struct tk_value){.type = TK_BOOL, .v.b = json_is_true(v)};
    if (json_is_integer(v))
        return (struct tk_value){.type = TK_INT, .v.i = json_integer_value(v)};
    if (json_is_real(v))
        return (struct tk_value){.type = TK_DOUBLE, .v.d = json_real_value(v)};
    return text_value(string_of(v));
}

/* The last tag of that key whose value is a string; NULL: none. */
static const json_t *tag_of(const json_t *tags, const char *key)
{
    for (size_t i = json_array_size(tags); i-- > 0;) {
        const json_t *t = json_array_get(tags, i);
        if (is(string_at(t, "key"), key) && json_is_string(member(t, "value")))
            return t;
    }
    return NULL;
}

static tk_str tag_text(const json_t *tags, const char *key)
{
    return string_at(tag_of(tags, key), "value");
}

/* ---- spans ---- */

struct reading {
    const json_t *gone[8]; /* tags that became something else */
    unsigned ngone;
};

static void take(struct reading *r, const json_t *tag)
{
    if (tag)
        r->gone[r->ngone++] = tag;
}

static void kind(struct reading *r, const json_t *tags, struct tk_span *s)
{
    static const char *const names[] = {"internal", "server", "client", "producer", "consumer"};
    tk_str text = tag_text(tags, "span.kind");
    for (uint8_t i = 0; i < 5; i++)
        if (is_any_case(text, names[i]))
            s->kind = i + 1;
    if (s->kind)
        take(r, tag_of(tags, "span.kind"));
}

static void status(struct reading *r, const json_t *tags, struct tk_span *s)
{
    const json_t *error = NULL;
    for (size_t i = 0; i < json_array_size(tags); i++) {
        const json_t *t = json_array_get(tags, i);
        const json_t *v = member(t, "value");
        bool quoted = is(string_at(t, "type"), "bool") && is(string_of(v), "true");
        if (is(string_at(t, "key"), "error") && (json_is_true(v) || quoted))
            error = t;
    }
    tk_str code = tag_text(tags, "otel.status_code");
    const json_t *description = tag_of(tags, "otel.status_description");
    bool known = is_any_case(code, "ok") || is_any_case(code, "error") || is_any_case(code, "unset");
    if (error)
        s->status = TK_STATUS_ERROR;
    else if (known)
        s->status = is_any_case(code, "ok")      ? TK_STATUS_OK
                    : is_any_case(code, "error") ? TK_STATUS_ERROR
                                                 : TK_STATUS_UNSET;
    take(r, error);
    if (known)
        take(r, tag_of(tags, "otel.status_code"));
    if (!error && !known)
        return;
    take(r, description);
    s->status_message = string_at(description, "value");
    if (error && !description)
        s->status_message = tag_text(tags, "http.status_message");
}

static tk_range attributes(const struct reading *r, const json_t *tags)
{
    tk_range range = {want->nattrs, 0};
    for (size_t i = 0; i < json_array_size(tags); i++) {
        const json_t *t = json_array_get(tags, i);
        bool gone = false;
        for (unsigned k = 0; r && k < r->ngone; k++)
            gone = gone || r->gone[k] == t;
        if (gone)
            continue;
        struct tk_attr a = {string_at(t, "key"), tag_value(t)};
        *tk_batch_add_attr(want) = a;
        range.count++;
    }
    return range;
}

static void add(tk_range *range, const char *key, struct tk_value v)
{
    struct tk_attr a = {tki_str(key), v};
    *tk_batch_add_attr(want) = a;
    range->count++;
}

static void logs(struct tk_span *s, const json_t *list)
{
    s->events = (tk_range){want->nevents, (uint32_t)json_array_size(list)};
    for (size_t i = 0; i < s->events.count; i++) {
        const json_t *log = json_array_get(list, i), *fields = member(log, "fields");
        struct reading r = {0};
        struct tk_event e = {.time_ns = integer_at(log, "timestamp") * 1000};
        for (size_t k = 0; k < json_array_size(fields) && !r.ngone; k++) {
            const json_t *f = json_array_get(fields, k);
            if (is(string_at(f, "key"), "event") && json_is_string(member(f, "value"))) {
                take(&r, f);
                e.name = string_at(f, "value");
            }
        }
        e.attrs = attributes(&r, fields);
        *tk_batch_add_event(want) = e;
    }
}

static bool follows(const json_t *ref)
{
    return is(string_at(ref, "refType"), "FOLLOWS_FROM");
}

/* The parent is the first CHILD_OF of this trace, else the first FOLLOWS_FROM of it, which stays a link too.
 */
static void references(struct tk_span *s, const json_t *span)
{
    const json_t *refs = member(span, "references"), *parent = NULL;
    uint64_t old = id_of(string_at(span, "parentSpanID"), 8).lo;
    for (int pass = 0; pass < 2 && !parent; pass++)
        for (size_t i = 0; i < json_array_size(refs) && !parent; i++) {
            const json_t *ref = json_array_get(refs, i);
            if (follows(ref) == (pass == 1) && tki_id_eq(id_of(string_at(ref, "traceID"), 16), s->trace_id))
                parent = ref;
        }
    s->parent_id = parent ? id_of(string_at(parent, "spanID"), 8).lo : old;
    s->links.first = want->nlinks;
    for (size_t i = 0; i < json_array_size(refs); i++) {
        const json_t *ref = json_array_get(refs, i);
        if (ref == parent && !follows(ref))
            continue;
        struct tk_link l = {.trace_id = id_of(string_at(ref, "traceID"), 16),
                            .span_id = id_of(string_at(ref, "spanID"), 8).lo};
        l.attrs.first = want->nattrs;
        add(&l.attrs, "opentracing.ref_type", text_value(tki_str(follows(ref) ? "follows_from" : "child_of")));
        *tk_batch_add_link(want) = l;
        s->links.count++;
    }
}

static void flags_and_warnings(struct tk_span *s, const json_t *span, struct tk_value warnings)
{
    uint32_t flags = (uint32_t)integer_at(span, "flags");
    s->flags = flags > 255 ? flags : flags & 1;
    if (flags <= 255 && flags > 1)
        add(&s->attrs, "@jaeger@flags", (struct tk_value){.type = TK_INT, .v.i = flags});
    if (warnings.n)
        add(&s->attrs, "@jaeger@warnings", warnings);
}

static struct tk_value warnings_of(const json_t *span)
{
    const json_t *list = member(span, "warnings");
    struct tk_value v = {.type = TK_ARRAY, .n = (uint32_t)json_array_size(list), .v.first = want->nkids};
    for (size_t i = 0; i < v.n; i++) {
        struct tk_attr kid = {.value = text_value(string_of(json_array_get(list, i)))};
        tk_batch_add_kids(want, &kid, 1);
    }
    return v;
}

static uint32_t scope(struct reading *r, const json_t *tags)
{
    struct tk_scope s = {0};
    const json_t *name = tag_of(tags, "otel.scope.name");
    if (name) {
        s.present = true;
        s.name = string_at(name, "value");
        s.version = tag_text(tags, "otel.scope.version");
        take(r, name);
        take(r, tag_of(tags, "otel.scope.version"));
    }
    uint32_t row = tk_batch_add_scope(want);
    want->scopes[row] = s;
    return row;
}

static uint32_t resource(const json_t *process)
{
    struct tk_resource r = {.present = process, .attrs = {want->nattrs, 0}};
    tk_str service = string_at(process, "serviceName");
    const json_t *tags = member(process, "tags");
    if (service.n && !is(service, "OTLPResourceNoServiceName")) {
        add(&r.attrs, "service.name", text_value(service));
        r.service = service;
    }
    tk_range rest = attributes(NULL, tags);
    r.attrs.count += rest.count;
    bool host = tag_of(tags, "host.name");
    for (uint32_t i = rest.first; i < rest.first + rest.count; i++) {
        struct tk_attr *a = &want->attrs[i];
        if (is(a->key, "hostname") && !host) {
            a->key = tki_str("host.name");
            host = true;
        } else if (is(a->key, "jaeger.version")) {
            char text[256];
            int n = snprintf(text, sizeof text, "Jaeger-%.*s", (int)a->value.n, a->value.v.s);
            a->key = tki_str("opencensus.exporterversion");
            a->value = text_value(tk_batch_copy(want, (tk_str){text, (size_t)n}));
        }
    }
    uint32_t row = tk_batch_add_resource(want);
    want->resources[row] = r;
    return row;
}

/* Microseconds, by some tools with a fraction. */
static uint64_t micros(const json_t *v)
{
    return json_is_real(v) ? (uint64_t)llround(json_real_value(v) * 1000) : integer_of(v) * 1000;
}

static void span(const json_t *m, const json_t *trace)
{
    const json_t *tags = member(m, "tags");
    const json_t *process = member(m, "process");
    struct reading r = {0};
    struct tk_span s = {0};
    tk_str id = string_at(m, "traceID");
    if (!process)
        process = json_object_get(member(trace, "processes"), json_string_value(member(m, "processID")));
    s.trace_id = id_of(id.n ? id : string_at(trace, "traceID"), 16);
    s.span_id = id_of(string_at(m, "spanID"), 8).lo;
    s.name = string_at(m, "operationName");
    s.start_ns = micros(member(m, "startTime"));
    s.end_ns = s.start_ns + micros(member(m, "duration"));
    s.resource = resource(process);
    s.scope = scope(&r, tags);
    kind(&r, tags, &s);
    status(&r, tags, &s);
    s.trace_state = tag_text(tags, "w3c.tracestate");
    take(&r, tag_of(tags, "w3c.tracestate"));
    references(&s, m);
    logs(&s, member(m, "logs"));
    struct tk_value warnings = warnings_of(m);
    s.attrs = attributes(&r, tags);
    flags_and_warnings(&s, m, warnings);
    *tk_batch_add_span(want) = s;
}

static void trace(const json_t *t)
{
    const json_t *spans = member(t, "spans");
    for (size_t i = 0; i < json_array_size(spans); i++)
        span(json_array_get(spans, i), t);
}

static void document(const json_t *d)
{
    const json_t *data = member(d, "data");
    const json_t *list = json_is_array(d) ? d : data;
    if (json_is_object(data) || (!data && json_is_object(d)))
        trace(data ? data : d);
    for (size_t i = 0; i < json_array_size(list); i++)
        trace(json_array_get(list, i));
}

static bool compare(const struct capture *c)
{
    struct tki_buf in = {0};
    bool compared = false;
    if (capture_bytes(c, &in) && documents_load(c->name, (tk_str){in.p, in.n})) {
        struct tk_batch *got = capture_decode(c, (tk_str){in.p, in.n});
        want = tk_batch_new();
        for (size_t i = 0; i < ndocuments; i++)
            document(documents[i]);
        if (got) {
            settle_ids(got, want, c->name);
            compared = same_batches(got, want, c->name);
        }
        tk_batch_free(got);
        tk_batch_free(want);
    }
    documents_free();
    tki_buf_free(&in);
    return compared;
}

int main(void)
{
    static struct captures all;
    captures_testdata(&all);
    captures_corpus(&all);
    unsigned seen = 0;
    for (size_t i = 0; i < all.n; i++)
        if (strcmp(all.at[i].format, "jaeger") == 0)
            seen += compare(&all.at[i]);
    ok(seen >= 3, "%u captures in Jaeger JSON were compared", seen);
    return done_testing();
}
