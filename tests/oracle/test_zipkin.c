/* Zipkin v2 JSON against jansson, over every capture: the rules of tracekit-formats(5) read a second time.
 * Tags that mean something in OpenTelemetry are consumed by rules of their own; all others must be there as
 * text, in any order, and nothing may be there that neither a tag nor an endpoint says. */
#include "captures.h"
#include "ids.h"
#include "same.h"

static const char *name;
static unsigned wrong;

static void differ(uint32_t row, const char *what, tk_str got)
{
    if (wrong++ < 5)
        diag("%s: span %u: %s: %.*s", name, row, what, (int)(got.n < 200 ? got.n : 200), got.n ? got.p : "");
}

#define must(cond, what)                \
    do {                                \
        if (!(cond))                    \
            differ(row, what, s->name); \
    } while (0)

/* Keys that may become something else than an attribute. */
static bool reserved(tk_str key)
{
    static const char *const keys[] = {"error", "span.kind", "w3c.tracestate", "otlp.service.name.source"};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        if (tki_str_eq(key, tki_str(keys[i])))
            return true;
    return tki_str_starts(key, tki_str("otel.")) || tki_str_starts(key, tki_str("otlp.link."));
}

static void tags(uint32_t row, const struct tk_batch *b, const struct tk_span *s, const json_t *m)
{
    const json_t *list = member(m, "tags"), *v;
    const char *key;
    json_object_foreach((json_t *)list, key, v)
    {
        tk_str k = tki_str(key), text = string_of(v);
        const struct tk_attr *a = tk_attr_find(b, s->attrs, key);
        if (json_is_string(v) && !reserved(k) &&
            !(a && a->value.type == TK_STRING && tki_str_eq(text, (tk_str){a->value.v.s, a->value.n})))
            differ(row, "a tag is no attribute", k);
    }
    for (uint32_t i = s->attrs.first; i < s->attrs.first + s->attrs.count; i++) {
        static const char *const made[] = {
            "net.host.ip",   "net.host.port", "peer.service", "net.peer.ip",
            "net.peer.port", "zipkin.shared", "zipkin.debug", "otel.zipkin.absentField.startTime"};
        tk_str k = b->attrs[i].key;
        bool said = json_object_getn(list, k.p, k.n);
        for (size_t n = 0; n < sizeof made / sizeof *made; n++)
            said = said || tki_str_eq(k, tki_str(made[n]));
        if (!said)
            differ(row, "an attribute that nothing says", k);
    }
}

static bool attr_says(const struct tk_batch *b, const struct tk_span *s, const char *key, tk_str text)
{
    for (uint32_t i = s->attrs.first; i < s->attrs.first + s->attrs.count; i++) {
        const struct tk_attr *a = &b->attrs[i];
        if (tki_str_eq(a->key, tki_str(key)) && a->value.type == TK_STRING &&
            tki_str_eq(text, (tk_str){a->value.v.s, a->value.n}))
            return true;
    }
    return false;
}

static bool attr_is(const struct tk_batch *b, const struct tk_span *s, const char *key, int64_t n)
{
    char text[24];
    snprintf(text, sizeof text, "%lld", (long long)n);
    for (uint32_t i = s->attrs.first; i < s->attrs.first + s->attrs.count; i++) {
        const struct tk_value *v = &b->attrs[i].value;
        if (tki_str_eq(b->attrs[i].key, tki_str(key)) && (v->type == TK_INT || v->type == TK_BOOL))
            return v->type == TK_INT ? v->v.i == n : v->v.b == n;
    }
    return attr_says(b, s, key, tki_str(text));
}

static void endpoints(uint32_t row, const struct tk_batch *b, const struct tk_span *s, const json_t *m)
{
    const json_t *local = member(m, "localEndpoint"), *remote = member(m, "remoteEndpoint");
    must(tki_str_eq(b->resources[s->resource].service, string_at(local, "serviceName")), "service");
    tk_str peer = string_at(remote, "serviceName");
    must(!peer.n || tk_attr_find(b, s->attrs, "peer.service"), "peer.service");
    const struct {
        const json_t *at;
        const char *ip, *port;
    } sides[] = {{local, "net.host.ip", "net.host.port"}, {remote, "net.peer.ip", "net.peer.port"}};
    for (int i = 0; i < 2; i++) {
        tk_str v4 = string_at(sides[i].at, "ipv4"), v6 = string_at(sides[i].at, "ipv6");
        int64_t port = (int64_t)integer_at(sides[i].at, "port");
        must(!v4.n || attr_says(b, s, sides[i].ip, v4), "IPv4 address");
        must(!v6.n || attr_says(b, s, sides[i].ip, v6), "IPv6 address");
        must(!port || attr_is(b, s, sides[i].port, port), "port");
    }
    must(!json_is_true(member(m, "shared")) || attr_is(b, s, "zipkin.shared", 1), "shared");
    must(!json_is_true(member(m, "debug")) || attr_is(b, s, "zipkin.debug", 1), "debug");
}

static void annotations(uint32_t row, const struct tk_batch *b, const struct tk_span *s, const json_t *m)
{
    const json_t *list = member(m, "annotations");
    must(s->events.count == json_array_size(list), "number of annotations");
    for (uint32_t i = 0; i < s->events.count && i < json_array_size(list); i++) {
        const struct tk_event *e = &b->events[s->events.first + i];
        const json_t *a = json_array_get(list, i);
        tk_str text = string_at(a, "value");
        must(e->time_ns == integer_at(a, "timestamp") * 1000, "time of an annotation");
        if (text.n && !memchr(text.p, '{', text.n))
            must(tki_str_eq(e->name, text) && e->attrs.count == 0, "text of an annotation");
        else
            must(e->name.n <= text.n && (e->attrs.count || tki_str_eq(e->name, text)), "text of an encoded event");
    }
}

static bool equal_case(tk_str s, const char *z)
{
    return s.n == strlen(z) && strncasecmp(s.p, z, s.n) == 0;
}

static void status_and_kind(uint32_t row, const struct tk_batch *b, const struct tk_span *s, const json_t *m)
{
    static const char *const kinds[] = {"", "INTERNAL", "SERVER", "CLIENT", "PRODUCER", "CONSUMER"};
    const json_t *all = member(m, "tags");
    tk_str code = string_of(json_object_get(all, "otel.status_code")), kind = string_at(m, "kind");
    unsigned want = json_object_get(all, "error")                                        ? TK_STATUS_ERROR
                    : equal_case(code, "ok") || equal_case(code, "STATUS_CODE_OK")       ? TK_STATUS_OK
                    : equal_case(code, "error") || equal_case(code, "STATUS_CODE_ERROR") ? TK_STATUS_ERROR
                                                                                         : TK_STATUS_UNSET;
    must(s->status == want, "status");
    want =
        equal_case(string_of(json_object_get(all, "span.kind")), "internal") ? TK_KIND_INTERNAL : TK_KIND_UNSPECIFIED;
    for (unsigned i = 1; kind.n && i < 6; i++)
        if (equal_case(kind, kinds[i]))
            want = i;
    must(s->kind == want, "kind");
    tk_str scope = string_of(json_object_get(all, "otel.scope.name"));
    if (!scope.n)
        scope = string_of(json_object_get(all, "otel.library.name"));
    must(tki_str_eq(b->scopes[s->scope].name, scope), "scope");
    must(tki_str_eq(s->trace_state, string_of(json_object_get(all, "w3c.tracestate"))), "trace state");
}

static void compare_span(uint32_t row, const struct tk_batch *b, const json_t *m)
{
    const struct tk_span *s = &b->spans[row];
    uint64_t start = integer_at(m, "timestamp") * 1000, parent = id_of(string_at(m, "parentId"), 8).lo;
    uint64_t id = id_of(string_at(m, "id"), 8).lo;
    must(tki_id_eq(s->trace_id, id_of(string_at(m, "traceId"), 16)), "trace id");
    must(s->span_id == id, "span id");
    must(s->parent_id == (parent == id ? 0 : parent), "parent");
    must(tki_str_eq(s->name, string_at(m, "name")), "name");
    must(s->start_ns == start, "start");
    must(s->end_ns == start + integer_at(m, "duration") * 1000, "end");
    tags(row, b, s, m);
    endpoints(row, b, s, m);
    annotations(row, b, s, m);
    status_and_kind(row, b, s, m);
}

/* Lists, lists of lists, single spans. */
static void walk(const struct tk_batch *b, const json_t *d, uint32_t *row)
{
    if (json_is_object(d)) {
        if (*row < b->nspans)
            compare_span(*row, b, d);
        ++*row;
    }
    for (size_t i = 0; i < json_array_size(d); i++)
        walk(b, json_array_get(d, i), row);
}

static bool compare(const struct capture *c)
{
    struct tki_buf in = {0};
    bool compared = false;
    name = c->name;
    wrong = 0;
    if (capture_bytes(c, &in) && documents_load(c->name, (tk_str){in.p, in.n})) {
        struct tk_batch *got = capture_decode(c, (tk_str){in.p, in.n});
        uint32_t rows = 0;
        for (size_t i = 0; got && i < ndocuments; i++)
            walk(got, documents[i], &rows);
        if (got)
            compared = ok(wrong == 0 && rows == got->nspans, "%s: %u spans (%u)", c->name, rows, got->nspans);
        tk_batch_free(got);
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
        if (strcmp(all.at[i].format, "zipkin") == 0)
            seen += compare(&all.at[i]);
    ok(seen >= 4, "%u captures in Zipkin JSON were compared", seen);
    return done_testing();
}
