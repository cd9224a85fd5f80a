/* OTLP JSON: our cursor against jansson, over every capture, the whole model field by field.  What writers do
 * that the specification does not say is read here a second time, by the same rules: tracekit-formats(5). */
#include "captures.h"
#include "ids.h"
#include "same.h"

static struct tk_batch *want;

/* ---- values ---- */

static struct tk_value value(const json_t *v);

static struct tk_value list(uint8_t type, const json_t *values)
{
    size_t n = json_array_size(values);
    struct tk_attr *kids = calloc(n + 1, sizeof *kids);
    for (size_t i = 0; kids && i < n; i++) {
        const json_t *item = json_array_get(values, i);
        if (type == TK_KVLIST)
            kids[i].key = string_at(item, "key");
        kids[i].value = value(type == TK_KVLIST ? member(item, "value") : item);
    }
    struct tk_value v = {.type = type, .n = (uint32_t)n, .v.first = tk_batch_add_kids(want, kids, (uint32_t)n)};
    free(kids);
    return v;
}

static struct tk_value bytes(tk_str text)
{
    unsigned char *to = tk_batch_alloc(want, text.n + 1);
    int n = base64_of(text, to, text.n);
    if (n < 0)
        fail("bytes are base64");
    return (struct tk_value){.type = TK_BYTES, .n = (uint32_t)n, .v.s = (char *)to};
}

static struct tk_value value(const json_t *v)
{
    const json_t *m;
    if ((m = member(v, "stringValue")))
        return (struct tk_value){.type = TK_STRING, .n = (uint32_t)json_string_length(m), .v.s = json_string_value(m)};
    if ((m = member(v, "boolValue")))
        return (struct tk_value){.type = TK_BOOL, .v.b = json_is_true(m)};
    if ((m = member(v, "intValue")))
        return (struct tk_value){.type = TK_INT, .v.i = (int64_t)integer_of(m)};
    if ((m = member(v, "doubleValue")))
        return (struct tk_value){.type = TK_DOUBLE, .v.d = double_of(m)};
    if ((m = member(v, "bytesValue")))
        return bytes(string_of(m));
    if ((m = member(v, "arrayValue")))
        return list(TK_ARRAY, member(m, "values"));
    if ((m = member(v, "kvlistValue")))
        return list(TK_KVLIST, member(m, "values"));
    return (struct tk_value){0};
}

static tk_range attributes(const json_t *owner)
{
    const json_t *kv = member(owner, "attributes");
    tk_range r = {want->nattrs, (uint32_t)json_array_size(kv)};
    for (size_t i = 0; i < r.count; i++) {
        const json_t *item = json_array_get(kv, i);
        struct tk_attr a = {string_at(item, "key"), value(member(item, "value"))};
        *tk_batch_add_attr(want) = a;
    }
    return r;
}

static uint32_t count(const json_t *owner, const char *key)
{
    int64_t n = (int64_t)integer_at(owner, key);
    return n < 0 ? 0 : (uint32_t)n;
}

/* A number, its name, or digits in a string. */
static uint8_t enumeration(const json_t *v, const char *prefix, const char *const *names)
{
    tk_str s = string_of(v), p = tki_str(prefix);
    if (tki_str_starts(s, p))
        s = (tk_str){s.p + p.n, s.n - p.n};
    for (uint8_t i = 0; s.n && names[i]; i++)
        if (tki_str_eq(s, tki_str(names[i])))
            return i;
    return (uint8_t)integer_of(v);
}

/* ---- spans ---- */

static void events(struct tk_span *s, const json_t *list_of)
{
    s->events = (tk_range){want->nevents, (uint32_t)json_array_size(list_of)};
    for (size_t i = 0; i < s->events.count; i++) {
        const json_t *e = json_array_get(list_of, i);
        struct tk_event row = {.time_ns = integer_at(e, "timeUnixNano"), .name = string_at(e, "name")};
        row.attrs = attributes(e);
        row.dropped_attrs = count(e, "droppedAttributesCount");
        *tk_batch_add_event(want) = row;
    }
}

static void links(struct tk_span *s, const json_t *list_of)
{
    s->links = (tk_range){want->nlinks, (uint32_t)json_array_size(list_of)};
    for (size_t i = 0; i < s->links.count; i++) {
        const json_t *l = json_array_get(list_of, i);
        struct tk_link row = {.trace_id = id_of(string_at(l, "traceId"), 16),
                              .span_id = id_of(string_at(l, "spanId"), 8).lo};
        row.trace_state = string_at(l, "traceState");
        row.attrs = attributes(l);
        row.dropped_attrs = count(l, "droppedAttributesCount");
        row.flags = (uint32_t)integer_at(l, "flags");
        *tk_batch_add_link(want) = row;
    }
}

static void span(const json_t *m, uint32_t resource, uint32_t scope)
{
    static const char *const kinds[] = {"UNSPECIFIED", "INTERNAL", "SERVER", "CLIENT", "PRODUCER", "CONSUMER", NULL};
    static const char *const codes[] = {"UNSET", "OK", "ERROR", NULL};
    struct tk_span s = {.resource = resource, .scope = scope};
    s.trace_id = id_of(string_at(m, "traceId"), 16);
    s.span_id = id_of(string_at(m, "spanId"), 8).lo;
    s.parent_id = id_of(string_at(m, "parentSpanId"), 8).lo;
    s.start_ns = integer_at(m, "startTimeUnixNano");
    s.end_ns = integer_at(m, "endTimeUnixNano");
    s.name = string_at(m, "name");
    s.trace_state = string_at(m, "traceState");
    s.kind = enumeration(member(m, "kind"), "SPAN_KIND_", kinds);
    s.status = enumeration(member(member(m, "status"), "code"), "STATUS_CODE_", codes);
    s.status_message = string_at(member(m, "status"), "message");
    s.flags = (uint32_t)integer_at(m, "flags");
    s.dropped_attrs = count(m, "droppedAttributesCount");
    s.dropped_events = count(m, "droppedEventsCount");
    s.dropped_links = count(m, "droppedLinksCount");
    s.attrs = attributes(m);
    events(&s, member(m, "events"));
    links(&s, member(m, "links"));
    *tk_batch_add_span(want) = s;
}

/* ---- scopes and resources ---- */

static void scope_spans(const json_t *m, uint32_t resource)
{
    const json_t *in = member(m, "scope") ? member(m, "scope") : member(m, "instrumentationLibrary");
    const json_t *spans = member(m, "spans");
    struct tk_scope s = {.schema_url = string_at(m, "schemaUrl"), .present = in};
    s.name = string_at(in, "name");
    s.version = string_at(in, "version");
    s.attrs = attributes(in);
    s.dropped_attrs = count(in, "droppedAttributesCount");
    uint32_t row = tk_batch_add_scope(want);
    want->scopes[row] = s;
    for (size_t i = 0; i < json_array_size(spans); i++)
        span(json_array_get(spans, i), resource, row);
}

static tk_range keys(const json_t *texts)
{
    tk_range r = {want->nkids, (uint32_t)json_array_size(texts)};
    for (size_t i = 0; i < r.count; i++) {
        tk_str s = string_of(json_array_get(texts, i));
        struct tk_attr a = {.value = {.type = TK_STRING, .n = (uint32_t)s.n, .v.s = s.p}};
        tk_batch_add_kids(want, &a, 1);
    }
    return r;
}

static struct tk_resource resource(const json_t *m, const json_t *in)
{
    struct tk_resource r = {.schema_url = string_at(m, "schemaUrl"), .present = in};
    const json_t *refs = member(in, "entityRefs");
    r.attrs = attributes(in);
    r.dropped_attrs = count(in, "droppedAttributesCount");
    r.entities = (tk_range){want->nentities, (uint32_t)json_array_size(refs)};
    for (size_t i = 0; i < r.entities.count; i++) {
        const json_t *e = json_array_get(refs, i);
        struct tk_entity row = {.schema_url = string_at(e, "schemaUrl"), .type = string_at(e, "type")};
        row.id_keys = keys(member(e, "idKeys"));
        row.description_keys = keys(member(e, "descriptionKeys"));
        *tk_batch_add_entity(want) = row;
    }
    for (uint32_t i = 0; i < r.attrs.count && !r.service.p; i++) {
        const struct tk_attr *a = &want->attrs[r.attrs.first + i];
        if (tki_str_eq(a->key, tki_str("service.name")) && a->value.type == TK_STRING)
            r.service = (tk_str){a->value.v.s, a->value.n};
    }
    return r;
}

static void resource_spans(const json_t *m)
{
    struct tk_resource r = resource(m, member(m, "resource"));
    uint32_t row = tk_batch_add_resource(want);
    want->resources[row] = r;
    const json_t *scopes = member(m, "scopeSpans");
    if (json_array_size(scopes) == 0)
        scopes = member(m, "instrumentationLibrarySpans");
    for (size_t i = 0; i < json_array_size(scopes); i++)
        scope_spans(json_array_get(scopes, i), row);
}

static void document(const json_t *d)
{
    const json_t *list_of = member(d, "resourceSpans") ? member(d, "resourceSpans") : member(d, "batches");
    if (json_is_array(d))
        list_of = d;
    for (size_t i = 0; i < json_array_size(list_of); i++)
        json_is_array(d) ? document(json_array_get(d, i)) : resource_spans(json_array_get(list_of, i));
    if (member(d, "trace"))
        document(member(d, "trace"));
    if (member(d, "result"))
        document(member(d, "result"));
    if (member(d, "scopeSpans") || member(d, "instrumentationLibrarySpans"))
        resource_spans(d);
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
        if (strcmp(all.at[i].format, "json") == 0 && !strstr(all.at[i].name, "go-struct") &&
            !strstr(all.at[i].name, "otel-cli")) /* other names of values */
            seen += compare(&all.at[i]);
    ok(seen >= 6, "%u captures in OTLP JSON were compared", seen);
    return done_testing();
}
