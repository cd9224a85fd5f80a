/* The attributes that become members of segment documents, and how members are written. */
#include "format/xray/write.h"

#define W(literal, word)                     \
    {                                        \
        TKI_STR_INIT(literal), TKI_XW_##word \
    }

static const struct {
    tk_str key;
    uint8_t word;
} words[] = {
    W("http.method", METHOD),
    W("http.request.method", METHOD),
    W("http.url", URL),
    W("url.full", URL),
    W("http.user_agent", USER_AGENT),
    W("user_agent.original", USER_AGENT),
    W("http.client_ip", CLIENT_IP),
    W("client.address", CLIENT_IP),
    W("http.status_code", STATUS),
    W("http.response.status_code", STATUS),
    W("http.response_content_length", LENGTH),
    W("http.response.body.size", LENGTH),
    W("aws.xray.x_forwarded_for", FORWARDED),
    W("http.scheme", SCHEME),
    W("url.scheme", SCHEME),
    W("http.host", HOST),
    W("http.target", TARGET),
    W("http.server_name", SERVER_NAME),
    W("net.host.name", NET_HOST_NAME),
    W("net.host.port", NET_HOST_PORT),
    W("host.name", HOST_NAME),
    W("server.address", SERVER_ADDRESS),
    W("server.port", SERVER_PORT),
    W("net.peer.name", PEER_NAME),
    W("net.peer.port", PEER_PORT),
    W("net.peer.ip", PEER_IP),
    W("network.peer.address", PEER_IP),
    W("url.path", PATH),
    W("url.query", QUERY),
    W("aws.local.service", LOCAL_SERVICE),
    W("aws.remote.service", REMOTE_SERVICE),
    W("aws.span.kind", AWS_KIND),
    W("peer.service", PEER_SERVICE),
    W("aws.service", AWS_SERVICE),
    W("rpc.system", RPC_SYSTEM),
    W("rpc.service", RPC_SERVICE),
    W("rpc.method", RPC_METHOD),
    W("db.connection_string", DB_URL),
    W("db.system", DB_SYSTEM),
    W("db.name", DB_NAME),
    W("db.statement", DB_STATEMENT),
    W("db.user", DB_USER),
    W("aws.operation", OPERATION),
    W("aws.account_id", ACCOUNT),
    W("aws.region", REGION),
    W("aws.request_id", REQUEST),
    W("aws.requestId", REQUEST),
    W("aws.queue_url", QUEUE),
    W("aws.queue.url", QUEUE),
    W("messaging.url", QUEUE),
    W("aws.table_name", TABLE),
    W("aws.table.name", TABLE),
    W("aws.dynamodb.table_names", TABLES),
    W("aws.xray.retries", RETRIES),
    W("enduser.id", USER),
    W("aws.xray.annotations", ANNOTATIONS),
    W("aws.xray.inprogress", IN_PROGRESS),
    W("aws.xray.traced", TRACED),
    W("aws.xray.inferred", INFERRED),
    W("aws.xray.precursor_ids", PRECURSORS),
    W("aws.xray.error", ERROR),
    W("aws.xray.fault", FAULT),
    W("aws.xray.throttle", THROTTLE),
    W("aws.xray.namespace", NAMESPACE),
};

/* ---- attributes and members ---- */

int tki_xw_word_of(tk_str key)
{
    for (unsigned i = 0; i < sizeof words / sizeof *words; i++)
        if (tki_str_eq(key, words[i].key))
            return words[i].word;
    return -1;
}

static bool is_text(const struct tk_attr *a)
{
    return a && a->value.type == TK_STRING && a->value.n;
}

tk_str tki_xw_text(const struct tki_xray_out *o, enum tki_xray_word w)
{
    return is_text(o->word[w]) ? tki_v_text(&o->word[w]->value) : (tk_str){0};
}

tk_str tki_xw_take(struct tki_xray_out *o, enum tki_xray_word w)
{
    tk_str s = tki_xw_text(o, w);
    if (s.n)
        o->word[w] = NULL;
    return s;
}

bool tki_xw_take_int(struct tki_xray_out *o, enum tki_xray_word w, int64_t *x)
{
    if (!o->word[w] || o->word[w]->value.type != TK_INT)
        return false;
    *x = o->word[w]->value.v.i;
    o->word[w] = NULL;
    return true;
}

int tki_xw_take_bool(struct tki_xray_out *o, enum tki_xray_word w)
{
    if (!o->word[w] || o->word[w]->value.type != TK_BOOL)
        return -1;
    bool x = o->word[w]->value.v.b;
    o->word[w] = NULL;
    return x;
}

tk_str tki_xw_resource(const struct tki_xray_out *o, const char *key)
{
    const struct tk_attr *a = tk_attr_find(o->batch, o->r->attrs, key);
    return is_text(a) ? tki_v_text(&a->value) : (tk_str){0};
}

void tki_xw_key(struct tki_xray_out *o, const char *key)
{
    if (o->b->n && o->b->p[o->b->n - 1] != '{')
        tki_buf_putc(o->b, ',');
    tki_buf_putc(o->b, '"');
    tki_buf_str(o->b, tki_str(key));
    tki_buf_lit(o->b, "\":");
}

void tki_xw_member(struct tki_xray_out *o, const char *key, tk_str s)
{
    if (!s.n)
        return;
    tki_xw_key(o, key);
    tki_buf_json_str(o->b, s, o->notes);
}

void tki_xw_bool(struct tki_xray_out *o, const char *key, bool x)
{
    tki_xw_key(o, key);
    tki_buf_str(o->b, x ? TKI_STR("true") : TKI_STR("false"));
}

void tki_xw_value(struct tki_xray_out *o, const char *key, const struct tk_value *v)
{
    tki_xw_key(o, key);
    tki_buf_any_json(o->b, o->batch, v, o->notes);
}
