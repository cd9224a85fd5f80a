/* Texts that hold more than a text: events in annotations, links in tags; and endpoints among attributes. */
#include <arpa/inet.h>

#include "base/num.h"
#include "format/js/any.h"
#include "format/zipkin/words.h"

/* ---- reading ---- */

static bool at_end(struct tki_js *j)
{
    tki_js_peek(j);
    return !j->error && j->p == j->end;
}

/* Where needle, of two or more characters, starts first; NULL: nowhere. */
static const char *find(tk_str s, const char *needle)
{
    return s.n ? memmem(s.p, s.n, needle, strlen(needle)) : NULL;
}

/* s is a JSON object and nothing else: its members as attributes. */
static bool object(struct tk_batch *b, tk_str s, tk_range *attrs)
{
    struct tki_js j;
    if (!s.n || s.p[0] != '{' || !tki_js_inner(&j, b, s))
        return false;
    *attrs = tki_js_any_attrs(&j);
    return at_end(&j);
}

/* Digits behind the last '|', cut off the end of *s. */
static bool trailing_count(tk_str *s, uint32_t *n)
{
    const char *bar = s->n ? memrchr(s->p, '|', s->n) : NULL;
    uint64_t x;
    if (!bar || (size_t)(s->p + s->n - bar) > 11 ||
        !tki_parse_u64((tk_str){bar + 1, (size_t)(s->p + s->n - bar - 1)}, &x) || x > UINT32_MAX)
        return false;
    *n = (uint32_t)x;
    s->n = (size_t)(bar - s->p);
    return true;
}

/* name|{json}|dropped */
static bool collector_event(struct tk_batch *b, tk_str s, struct tk_event *e)
{
    const char *bar = find(s, "|{");
    if (!bar || !trailing_count(&s, &e->dropped_attrs) || bar >= s.p + s.n)
        return false;
    e->name = (tk_str){s.p, (size_t)(bar - s.p)};
    return object(b, (tk_str){bar + 1, (size_t)(s.p + s.n - bar - 1)}, &e->attrs);
}

/* "name": {json} */
static bool quoted_event(struct tk_batch *b, tk_str s, struct tk_event *e)
{
    struct tki_js j;
    if (s.p[0] != '"' || s.p[s.n - 1] != '}' || !tki_js_inner(&j, b, s))
        return false;
    e->name = tki_js_str(&j);
    if (j.error || tki_js_peek(&j) != ':')
        return false;
    j.p++;
    if (tki_js_peek(&j) != '{')
        return false;
    e->attrs = tki_js_any_attrs(&j);
    return at_end(&j);
}

/* name: {json} */
static bool go_event(struct tk_batch *b, tk_str s, struct tk_event *e)
{
    const char *colon = s.p[s.n - 1] == '}' ? find(s, ": {") : NULL;
    if (!colon)
        return false;
    e->name = (tk_str){s.p, (size_t)(colon - s.p)};
    return object(b, (tk_str){colon + 2, (size_t)(s.p + s.n - colon - 2)}, &e->attrs);
}

/* The count of attributes that were dropped is written among them: it is the last. */
static void take_dropped(struct tk_batch *b, struct tk_event *e)
{
    if (!e->attrs.count)
        return;
    const struct tk_attr *a = &b->attrs[e->attrs.first + e->attrs.count - 1];
    if (!TKI_STR_IS(a->key, "otel.dropped_attributes_count") || a->value.type != TK_INT || a->value.v.i <= 0 ||
        a->value.v.i > UINT32_MAX)
        return;
    e->dropped_attrs = (uint32_t)a->value.v.i;
    e->attrs.count--;
    b->nattrs--;
}

static bool may_be_encoded(tk_str s)
{
    char last = s.n ? s.p[s.n - 1] : 0;
    if (last == '}')
        return s.p[0] == '"' ? find(s, "\":") != NULL : find(s, ": {") != NULL;
    return last >= '0' && last <= '9' && find(s, "|{") && find(s, "}|");
}

void tki_zipkin_event(struct tk_batch *b, tk_str s, struct tk_event *e)
{
    static bool (*const forms[])(struct tk_batch *, tk_str, struct tk_event *) = {collector_event, quoted_event,
                                                                                  go_event};
    struct tk_event plain = {.time_ns = e->time_ns, .name = s};
    for (unsigned i = 0; may_be_encoded(s) && i < sizeof forms / sizeof *forms; i++) {
        struct tki_mark mark;
        tki_batch_mark(b, &mark);
        *e = (struct tk_event){.time_ns = plain.time_ns};
        if (forms[i](b, s, e)) {
            take_dropped(b, e);
            return;
        }
        tki_batch_rollback(b, &mark);
    }
    *e = plain;
}

static bool cut_field(tk_str *s, tk_str *field)
{
    const char *bar = tki_str_find(*s, '|');
    if (!bar)
        return false;
    *field = (tk_str){s->p, (size_t)(bar - s->p)};
    *s = (tk_str){bar + 1, s->n - field->n - 1};
    return true;
}

/* 16 digits; none at all are zero, as the collector writes it. */
static bool half_id(tk_str s, size_t at, uint64_t *x)
{
    *x = 0;
    return !s.n || tki_hex16(s.p + at, x);
}

bool tki_zipkin_link(struct tk_batch *b, tk_str s, struct tk_link *l)
{
    struct tki_mark mark;
    tki_batch_mark(b, &mark);
    tk_str trace, span;
    *l = (struct tk_link){0};
    if (!cut_field(&s, &trace) || !cut_field(&s, &span) || !trailing_count(&s, &l->dropped_attrs) ||
        (trace.n && trace.n != 32) || !half_id(trace, 0, &l->trace_id.hi) || !half_id(trace, 16, &l->trace_id.lo) ||
        (span.n && span.n != 16) || !half_id(span, 0, &l->span_id))
        return false;
    const char *json = find(s, "|{");
    if (!json)
        return false;
    l->trace_state = (tk_str){s.p, (size_t)(json - s.p)};
    if (object(b, (tk_str){json + 1, (size_t)(s.p + s.n - json - 1)}, &l->attrs))
        return true;
    tki_batch_rollback(b, &mark);
    return false;
}

/* ---- writing ---- */

void tki_zipkin_event_text(struct tki_buf *out, const struct tk_batch *b, const struct tk_event *e,
                           uint64_t notes[TKI_NOTE_COUNT])
{
    if (!e->attrs.count && !e->dropped_attrs && !may_be_encoded(e->name)) {
        tki_buf_str(out, e->name);
        return;
    }
    tki_buf_json_str(out, e->name, notes);
    tki_buf_lit(out, ": {");
    uint32_t n = tki_buf_any_members(out, b, b->attrs + e->attrs.first, e->attrs.count, notes);
    if (e->dropped_attrs) {
        if (n)
            tki_buf_putc(out, ',');
        tki_buf_lit(out, "\"otel.dropped_attributes_count\":");
        tki_buf_u64(out, e->dropped_attrs);
    }
    tki_buf_putc(out, '}');
}

void tki_zipkin_link_text(struct tki_buf *out, const struct tk_batch *b, const struct tk_link *l,
                          uint64_t notes[TKI_NOTE_COUNT])
{
    tki_buf_hex64(out, l->trace_id.hi);
    tki_buf_hex64(out, l->trace_id.lo);
    tki_buf_putc(out, '|');
    tki_buf_hex64(out, l->span_id);
    tki_buf_putc(out, '|');
    tki_buf_str(out, l->trace_state);
    tki_buf_lit(out, "|{");
    tki_buf_any_members(out, b, b->attrs + l->attrs.first, l->attrs.count, notes);
    tki_buf_lit(out, "}|");
    tki_buf_u64(out, l->dropped_attrs);
}

/* ---- endpoints ---- */

enum role { HOST_IP, HOST_PORT, PEER_NAME, PEER_IP, PEER_PORT };

#define KEY(literal)                    \
    {                                   \
        "" literal, sizeof(literal) - 1 \
    }

/* The specification's ranking of what names the other side (for clients and producers), after peer.service.
 */
static const struct {
    tk_str key;
    enum role role;
    uint8_t rank; /* 0: own, see tki_zipkin_endpoints */
    bool any_kind;
} words[] = {
    {KEY("net.host.ip"), HOST_IP, 0, true},
    {KEY("network.local.address"), HOST_IP, 1, true},
    {KEY("net.host.port"), HOST_PORT, 0, true},
    {KEY("network.local.port"), HOST_PORT, 1, true},
    {KEY("peer.service"), PEER_NAME, 0, true},
    {KEY("service.peer.name"), PEER_NAME, 1, true},
    {KEY("server.address"), PEER_NAME, 2, false},
    {KEY("net.peer.name"), PEER_NAME, 3, false},
    {KEY("server.socket.domain"), PEER_NAME, 4, false},
    {KEY("net.sock.peer.name"), PEER_NAME, 5, false},
    {KEY("peer.hostname"), PEER_NAME, 6, false},
    {KEY("peer.address"), PEER_NAME, 7, false},
    {KEY("db.name"), PEER_NAME, 8, false},
    {KEY("net.peer.ip"), PEER_IP, 0, true},
    {KEY("network.peer.address"), PEER_IP, 1, true},
    {KEY("server.socket.address"), PEER_IP, 2, true},
    {KEY("net.sock.peer.addr"), PEER_IP, 3, true},
    {KEY("net.peer.port"), PEER_PORT, 0, true},
    {KEY("network.peer.port"), PEER_PORT, 1, true},
    {KEY("server.socket.port"), PEER_PORT, 2, true},
    {KEY("net.sock.peer.port"), PEER_PORT, 3, true},
};

static int word_of(tk_str k)
{
    if (k.n < 7 || k.n > 21 || (k.p[0] != 'n' && k.p[0] != 'p' && k.p[0] != 's' && k.p[0] != 'd'))
        return -1;
    for (unsigned i = 0; i < sizeof words / sizeof *words; i++)
        if (k.n == words[i].key.n && memcmp(k.p, words[i].key.p, k.n) == 0)
            return (int)i;
    return -1;
}

/* 4 or 6; 0: not an address. */
static int ip_family(const struct tk_value *v)
{
    char z[INET6_ADDRSTRLEN];
    struct in6_addr to;
    if (v->type != TK_STRING || v->n == 0 || v->n >= sizeof z || memchr(v->v.s, 0, v->n))
        return 0;
    memcpy(z, v->v.s, v->n);
    z[v->n] = 0;
    return inet_pton(AF_INET, z, &to) == 1 ? 4 : inet_pton(AF_INET6, z, &to) == 1 ? 6 : 0;
}

/* 0: not a port.  Text counts where the attribute stays a tag anyway. */
static uint32_t port_of(const struct tk_value *v, bool own)
{
    int64_t x = 0;
    if (v->type == TK_INT)
        x = v->v.i;
    else if (own || v->type != TK_STRING || !tki_parse_i64((tk_str){v->v.s, v->n}, &x))
        return 0;
    return x > 0 && x < 65536 ? (uint32_t)x : 0;
}

struct found { /* rank + 1 of what is there; 0: nothing */
    uint8_t name, ipv4[2], ipv6[2], port[2];
};

/* Returns true if a word of this rank is better than the one before; among words of our own the last one is better. */
static bool better(uint8_t *have, uint8_t rank)
{
    if (*have && rank + 1 > *have)
        return false;
    *have = (uint8_t)(rank + 1);
    return true;
}

void tki_zipkin_endpoints_of(struct tki_zipkin_endpoints *e, const struct tk_attr *a, uint32_t n, unsigned kind)
{
    struct found have = {0};
    bool caller = kind == TK_KIND_CLIENT || kind == TK_KIND_PRODUCER;
    memset(e, 0, sizeof *e);
    for (uint32_t i = 0; i < n; i++) {
        int w = word_of(a[i].key);
        if (w < 0 || (!caller && !words[w].any_kind))
            continue;
        const struct tk_value *v = &a[i].value;
        tk_str s = {v->v.s, v->n};
        uint8_t rank = words[w].rank;
        int side = words[w].role >= PEER_NAME, family;
        struct tki_zipkin_endpoint *at = &e->at[side];
        uint32_t port;
        switch (words[w].role) {
        case PEER_NAME:
            if (v->type == TK_STRING && v->n && better(&have.name, rank)) {
                at->service = s;
                e->own[0] = rank ? NULL : &a[i];
            }
            break;
        case HOST_IP:
        case PEER_IP:
            family = ip_family(v);
            if (family == 4 && better(&have.ipv4[side], rank)) {
                at->ipv4 = s;
                e->own[1 + side] = rank ? NULL : &a[i];
            } else if (family == 6 && better(&have.ipv6[side], rank)) {
                at->ipv6 = s;
                e->own[3 + side] = rank ? NULL : &a[i];
            }
            break;
        default:
            port = port_of(v, rank == 0);
            if (port && better(&have.port[side], rank)) {
                at->port = port;
                e->own[5 + side] = rank ? NULL : &a[i];
            }
        }
    }
}
