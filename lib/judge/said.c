#include "judge/said.h"

#include "base/num.h"

static const struct {
    tk_str key;
    uint8_t fact; /* enum tki_saying; of two keys of one fact the first of the table wins */
} keys[] = {
    {TKI_STR_INIT("http.response.status_code"), TKI_SAID_HTTP_STATUS},
    {TKI_STR_INIT("http.status_code"), TKI_SAID_HTTP_STATUS},
    {TKI_STR_INIT("http.request.method"), TKI_SAID_METHOD},
    {TKI_STR_INIT("http.method"), TKI_SAID_METHOD_OLD},
    {TKI_STR_INIT("http.route"), TKI_SAID_ROUTE},
    {TKI_STR_INIT("url.path"), TKI_SAID_PATH},
    {TKI_STR_INIT("http.target"), TKI_SAID_PATH},
    {TKI_STR_INIT("url.full"), TKI_SAID_URL},
    {TKI_STR_INIT("http.url"), TKI_SAID_URL},
    {TKI_STR_INIT("server.address"), TKI_SAID_ADDRESS},
    {TKI_STR_INIT("net.peer.name"), TKI_SAID_ADDRESS},
    {TKI_STR_INIT("http.host"), TKI_SAID_ADDRESS},
    {TKI_STR_INIT("server.port"), TKI_SAID_PORT},
    {TKI_STR_INIT("net.peer.port"), TKI_SAID_PORT},
    {TKI_STR_INIT("service.peer.name"), TKI_SAID_PEER},
    {TKI_STR_INIT("peer.service"), TKI_SAID_PEER},
    {TKI_STR_INIT("db.system.name"), TKI_SAID_DB},
    {TKI_STR_INIT("db.system"), TKI_SAID_DB},
    {TKI_STR_INIT("db.type"), TKI_SAID_DB},
    {TKI_STR_INIT("db.statement"), TKI_SAID_DB},
    {TKI_STR_INIT("db.query.text"), TKI_SAID_DB},
    {TKI_STR_INIT("span.type"), TKI_SAID_TYPE},
    {TKI_STR_INIT("rpc.system.name"), TKI_SAID_RPC},
    {TKI_STR_INIT("rpc.system"), TKI_SAID_RPC},
    {TKI_STR_INIT("rpc.status_code"), TKI_SAID_RPC_STATUS},
    {TKI_STR_INIT("rpc.response.status_code"), TKI_SAID_RPC_STATUS},
    {TKI_STR_INIT("rpc.grpc.status_code"), TKI_SAID_RPC_STATUS},
    {TKI_STR_INIT("error.type"), TKI_SAID_ERROR_TYPE},
    {TKI_STR_INIT("error"), TKI_SAID_ERROR},
    {TKI_STR_INIT("messaging.system"), TKI_SAID_MESSAGING},
    {TKI_STR_INIT("messaging.destination.name"), TKI_SAID_DESTINATION},
    {TKI_STR_INIT("messaging.destination"), TKI_SAID_DESTINATION},
    {TKI_STR_INIT("gen_ai.provider.name"), TKI_SAID_GENAI},
    {TKI_STR_INIT("gen_ai.system"), TKI_SAID_GENAI},
};

enum { KEYS = sizeof keys / sizeof *keys };

/* Events of exceptions that left their span, as far as the event says: exception.escaped false is one that was caught.
 */
static bool has_exception(const struct tk_batch *b, const struct tk_span *s)
{
    for (uint32_t i = 0; i < s->events.count; i++) {
        const struct tk_event *e = &b->events[s->events.first + i];
        const struct tk_attr *escaped = tk_attr_find(b, e->attrs, "exception.escaped");
        bool handled =
            escaped && ((escaped->value.type == TK_BOOL && !escaped->value.v.b) ||
                        (escaped->value.type == TK_STRING &&
                         tki_str_same_letters((tk_str){escaped->value.v.s, escaped->value.n}, TKI_STR("false"))));
        if (TKI_STR_IS(e->name, "exception") && !handled)
            return true;
    }
    return false;
}

void tki_said_get(struct tki_said *f, const struct tk_batch *b, const struct tk_tree *tree, uint32_t row)
{
    const struct tk_span *s = &b->spans[row];
    uint8_t rank[TKI_SAYINGS];
    *f = (struct tki_said){.b = b, .s = s, .tree = tree, .row = row, .exception = has_exception(b, s)};
    for (uint32_t i = 0; i < s->attrs.count; i++) {
        const struct tk_attr *a = &b->attrs[s->attrs.first + i];
        for (uint8_t k = 0; k < KEYS; k++) {
            if (!tki_str_eq(keys[k].key, a->key) || a->value.type == TK_EMPTY)
                continue;
            if (!f->v[keys[k].fact] || k < rank[keys[k].fact]) {
                f->v[keys[k].fact] = &a->value;
                rank[keys[k].fact] = k;
            }
            break;
        }
    }
}

tk_str tki_said_text(const struct tki_said *f, enum tki_saying which)
{
    const struct tk_value *v = f->v[which];
    return v && v->type == TK_STRING ? (tk_str){v->v.s, v->n} : (tk_str){"", 0};
}

int64_t tki_said_number(const struct tki_said *f, enum tki_saying which)
{
    const struct tk_value *v = f->v[which];
    uint64_t x;
    if (v && v->type == TK_INT)
        return v->v.i;
    if (v && v->type == TK_DOUBLE && v->v.d >= 0 && v->v.d < 1e9)
        return (int64_t)v->v.d;
    if (v && v->type == TK_STRING && tki_parse_u64((tk_str){v->v.s, v->n}, &x) && x <= INT32_MAX)
        return (int64_t)x;
    return -1;
}

tk_str tki_service_of(const struct tk_batch *b, uint32_t row)
{
    return b->resources[b->spans[row].resource].service;
}

bool tki_is_entry(const struct tk_batch *b, const struct tk_tree *tree, uint32_t row)
{
    uint32_t up = tree->parent[row];
    uint8_t kind = b->spans[row].kind;
    return (kind == TK_KIND_SERVER || kind == TK_KIND_CONSUMER) &&
           (up == TK_NONE || b->spans[up].kind == TK_KIND_CLIENT || b->spans[up].kind == TK_KIND_PRODUCER ||
            !tki_str_eq(tki_service_of(b, up), tki_service_of(b, row)));
}

tk_str tki_resource_text(const struct tk_batch *b, uint32_t resource, const char *key)
{
    const struct tk_attr *a = tk_attr_find(b, b->resources[resource].attrs, key);
    return a && a->value.type == TK_STRING ? (tk_str){a->value.v.s, a->value.n} : (tk_str){"", 0};
}
