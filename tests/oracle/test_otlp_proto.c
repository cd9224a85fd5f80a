/* OTLP protobuf: our cursor against protobuf-c, over every capture, the whole model field by field. */
#include "captures.h"
#include "format/proto/otlp_trace.pb-c.h"
#include "same.h"

typedef Tki__Otlp__Traces Traces;
typedef Tki__Otlp__Value Value;
typedef Tki__Otlp__KeyValue KeyValue;

static struct tk_batch *want;

static tk_str text(const char *s)
{
    return tki_str(s);
}

static tk_str bytes(ProtobufCBinaryData d)
{
    return (tk_str){(const char *)d.data, d.len};
}

/* Ids of a wrong length are the decoder's to mend: none of the captures has one. */
static tk_id128 trace_id(ProtobufCBinaryData d)
{
    if (d.len != 0 && d.len != 16)
        fail("a trace id of %zu bytes", d.len);
    return d.len == 16 ? (tk_id128){tki_load_be64(d.data), tki_load_be64(d.data + 8)} : (tk_id128){0, 0};
}

static uint64_t span_id(ProtobufCBinaryData d)
{
    if (d.len != 0 && d.len != 8)
        fail("a span id of %zu bytes", d.len);
    return d.len == 8 ? tki_load_be64(d.data) : 0;
}

static struct tk_value value(const Value *v);

static struct tk_value list(uint8_t type, size_t n, Value *const *values, KeyValue *const *members)
{
    struct tk_attr *kids = calloc(n + 1, sizeof *kids);
    for (size_t i = 0; kids && i < n; i++) {
        if (members)
            kids[i].key = text(members[i]->key);
        kids[i].value = value(members ? members[i]->value : values[i]);
    }
    struct tk_value v = {.type = type, .n = (uint32_t)n, .v.first = tk_batch_add_kids(want, kids, (uint32_t)n)};
    free(kids);
    return v;
}

static struct tk_value value(const Value *v)
{
    struct tk_value out = {0};
    switch (v ? v->value_case : TKI__OTLP__VALUE__VALUE__NOT_SET) {
    case TKI__OTLP__VALUE__VALUE_STRING_VALUE:
        return (struct tk_value){.type = TK_STRING, .n = (uint32_t)strlen(v->string_value), .v.s = v->string_value};
    case TKI__OTLP__VALUE__VALUE_BOOL_VALUE: return (struct tk_value){.type = TK_BOOL, .v.b = v->bool_value};
    case TKI__OTLP__VALUE__VALUE_INT_VALUE: return (struct tk_value){.type = TK_INT, .v.i = v->int_value};
    case TKI__OTLP__VALUE__VALUE_DOUBLE_VALUE: return (struct tk_value){.type = TK_DOUBLE, .v.d = v->double_value};
    case TKI__OTLP__VALUE__VALUE_BYTES_VALUE:
        return (struct tk_value){.type = TK_BYTES, .n = (uint32_t)v->bytes_value.len, .v.s = bytes(v->bytes_value).p};
    case TKI__OTLP__VALUE__VALUE_ARRAY_VALUE:
        return list(TK_ARRAY, v->array_value->n_values, v->array_value->values, NULL);
    case TKI__OTLP__VALUE__VALUE_KVLIST_VALUE:
        return list(TK_KVLIST, v->kvlist_value->n_values, NULL, v->kvlist_value->values);
    default: return out;
    }
}

static tk_range attributes(size_t n, KeyValue *const *kv)
{
    tk_range r = {want->nattrs, (uint32_t)n};
    for (size_t i = 0; i < n; i++) {
        struct tk_attr a = {text(kv[i]->key), value(kv[i]->value)};
        *tk_batch_add_attr(want) = a;
    }
    return r;
}

static tk_range keys(size_t n, char *const *texts)
{
    tk_range r = {want->nkids, (uint32_t)n};
    for (size_t i = 0; i < n; i++) {
        struct tk_attr a = {.value = {.type = TK_STRING, .n = (uint32_t)strlen(texts[i]), .v.s = texts[i]}};
        tk_batch_add_kids(want, &a, 1);
    }
    return r;
}

static struct tk_resource resource(const Tki__Otlp__ResourceSpans *m)
{
    struct tk_resource r = {.schema_url = text(m->schema_url), .present = m->resource};
    if (!m->resource)
        return r;
    r.attrs = attributes(m->resource->n_attributes, m->resource->attributes);
    r.dropped_attrs = m->resource->dropped_attributes_count;
    r.entities = (tk_range){want->nentities, (uint32_t)m->resource->n_entity_refs};
    for (size_t i = 0; i < m->resource->n_entity_refs; i++) {
        const Tki__Otlp__EntityRef *e = m->resource->entity_refs[i];
        struct tk_entity row = {.schema_url = text(e->schema_url), .type = text(e->type)};
        row.id_keys = keys(e->n_id_keys, e->id_keys);
        row.description_keys = keys(e->n_description_keys, e->description_keys);
        *tk_batch_add_entity(want) = row;
    }
    for (uint32_t i = 0; i < r.attrs.count && !r.service.p; i++) {
        const struct tk_attr *a = &want->attrs[r.attrs.first + i];
        if (tki_str_eq(a->key, tki_str("service.name")) && a->value.type == TK_STRING)
            r.service = (tk_str){a->value.v.s, a->value.n};
    }
    return r;
}

static struct tk_scope scope(const Tki__Otlp__ScopeSpans *m)
{
    struct tk_scope s = {.schema_url = text(m->schema_url), .present = m->scope};
    if (m->scope) {
        s.name = text(m->scope->name);
        s.version = text(m->scope->version);
        s.attrs = attributes(m->scope->n_attributes, m->scope->attributes);
        s.dropped_attrs = m->scope->dropped_attributes_count;
    }
    return s;
}

static void events(struct tk_span *s, const Tki__Otlp__Span *m)
{
    s->events = (tk_range){want->nevents, (uint32_t)m->n_events};
    for (size_t i = 0; i < m->n_events; i++) {
        const Tki__Otlp__Event *e = m->events[i];
        struct tk_event row = {
            .time_ns = e->time_unix_nano, .name = text(e->name), .dropped_attrs = e->dropped_attributes_count};
        row.attrs = attributes(e->n_attributes, e->attributes);
        *tk_batch_add_event(want) = row;
    }
}

static void links(struct tk_span *s, const Tki__Otlp__Span *m)
{
    s->links = (tk_range){want->nlinks, (uint32_t)m->n_links};
    for (size_t i = 0; i < m->n_links; i++) {
        const Tki__Otlp__Link *l = m->links[i];
        struct tk_link row = {.trace_id = trace_id(l->trace_id), .span_id = span_id(l->span_id), .flags = l->flags};
        row.trace_state = text(l->trace_state);
        row.dropped_attrs = l->dropped_attributes_count;
        row.attrs = attributes(l->n_attributes, l->attributes);
        *tk_batch_add_link(want) = row;
    }
}

static void span(const Tki__Otlp__Span *m, uint32_t resource_row, uint32_t scope_row)
{
    struct tk_span s = {.resource = resource_row, .scope = scope_row, .start_ns = m->start_time_unix_nano};
    s.trace_id = trace_id(m->trace_id);
    s.span_id = span_id(m->span_id);
    s.parent_id = span_id(m->parent_span_id);
    s.end_ns = m->end_time_unix_nano;
    s.name = text(m->name);
    s.trace_state = text(m->trace_state);
    s.kind = (uint8_t)m->kind;
    s.flags = m->flags;
    s.dropped_attrs = m->dropped_attributes_count;
    s.dropped_events = m->dropped_events_count;
    s.dropped_links = m->dropped_links_count;
    if (m->status) {
        s.status = (uint8_t)m->status->code;
        s.status_message = text(m->status->message);
    }
    s.attrs = attributes(m->n_attributes, m->attributes);
    events(&s, m);
    links(&s, m);
    *tk_batch_add_span(want) = s;
}

static void message(const Traces *m)
{
    for (size_t i = 0; i < m->n_resource_spans; i++) {
        const Tki__Otlp__ResourceSpans *rs = m->resource_spans[i];
        bool old = rs->n_scope_spans == 0;
        struct tk_resource r = resource(rs);
        uint32_t resource_row = tk_batch_add_resource(want);
        want->resources[resource_row] = r;
        for (size_t k = 0; k < (old ? rs->n_old_library_spans : rs->n_scope_spans); k++) {
            const Tki__Otlp__ScopeSpans *ss = old ? rs->old_library_spans[k] : rs->scope_spans[k];
            struct tk_scope sc = scope(ss);
            uint32_t scope_row = tk_batch_add_scope(want);
            want->scopes[scope_row] = sc;
            for (size_t n = 0; n < ss->n_spans; n++)
                span(ss->spans[n], resource_row, scope_row);
        }
    }
}

enum { MESSAGES_MAX = 10000 };
static Traces *messages[MESSAGES_MAX]; /* alive until the comparison is made: texts point into them */
static size_t nmessages;

static bool unpack(const struct capture *c, tk_str in)
{
    Traces *m = nmessages < MESSAGES_MAX ? tki__otlp__traces__unpack(NULL, in.n, (const uint8_t *)in.p) : NULL;
    if (!m)
        return ok(false, "%s: protobuf-c reads message %zu", c->name, nmessages);
    messages[nmessages++] = m;
    message(m);
    return true;
}

static bool unpack_all(const struct capture *c, tk_str in)
{
    if (strcmp(c->format, "otlp") == 0)
        return unpack(c, in);
    while (in.n >= 4) {
        uint32_t n = tki_load_be32(in.p);
        if (n > in.n - 4 || !unpack(c, (tk_str){in.p + 4, n}))
            return false;
        in = (tk_str){in.p + 4 + n, in.n - 4 - n};
    }
    return in.n == 0;
}

static void compare(const struct capture *c)
{
    struct tki_buf in = {0};
    if (capture_bytes(c, &in)) {
        struct tk_batch *got = capture_decode(c, (tk_str){in.p, in.n});
        want = tk_batch_new();
        nmessages = 0;
        struct same s = {.got = got, .want = want, .name = c->name, .c_strings = true};
        if (got && unpack_all(c, (tk_str){in.p, in.n}))
            same_test(&s);
        tk_batch_free(got);
        tk_batch_free(want);
        while (nmessages)
            tki__otlp__traces__free_unpacked(messages[--nmessages], NULL);
    }
    tki_buf_free(&in);
}

int main(void)
{
    static struct captures all;
    captures_testdata(&all);
    captures_corpus(&all);
    unsigned seen = 0;
    for (size_t i = 0; i < all.n; i++)
        if (strcmp(all.at[i].format, "otlp") == 0 || strcmp(all.at[i].format, "otlp-framed") == 0) {
            compare(&all.at[i]);
            seen++;
        }
    ok(seen >= 5, "%u captures are OTLP protobuf", seen);
    return done_testing();
}
