#include "format/zipkin/words.h"

#include "base/num.h"
#include "format/lossless/lossless.h"
#include "model/names.h"
#include "model/put.h"

enum { BACK = 8, REMOVED = 0xff, PEER = TKI_ZIPKIN_PEER, HOST = TKI_ZIPKIN_HOST };

static const char no_service[] = "OTLPResourceNoServiceName";
static const char link_prefix[] = "otlp.link.";

static bool is_text(const struct tk_value *v, const char *z)
{
    return v->type == TK_STRING && tki_str_eq(tki_v_text(v), tki_str(z));
}

/* ---- words ---- */

#define WORD(k, literal, w) (memcmp((k).p, literal, sizeof(literal) - 1) == 0 ? (w) : TKI_ZIPKIN_NONE)

/* The number of an otlp.link.N key, or -1. */
static int link_number(tk_str k)
{
    uint64_t n;
    size_t at = sizeof link_prefix - 1;
    if (k.n <= at || k.n > at + 3 || memcmp(k.p, link_prefix, at) != 0 || (k.p[at] == '0' && k.n > at + 1) ||
        k.p[at] < '0' || k.p[at] > '9' || !tki_parse_u64((tk_str){k.p + at, k.n - at}, &n) || n >= TKI_ZIPKIN_LINKS_MAX)
        return -1;
    return (int)n;
}

static enum tki_zipkin_word word_slow(tk_str k)
{
    switch (k.n) {
    case 5: return WORD(k, "error", TKI_ZIPKIN_ERROR);
    case 9: return WORD(k, "span.kind", TKI_ZIPKIN_KIND);
    case 12:
        return TKI_STR_IS(k, "sampler.type") ? TKI_ZIPKIN_WEIGHT
               : link_number(k) >= 0         ? TKI_ZIPKIN_LINK
                                             : TKI_ZIPKIN_NONE;
    case 13:
        if (k.p[0] == 's')
            return WORD(k, "sampler.param", TKI_ZIPKIN_WEIGHT);
        return TKI_STR_IS(k, TKI_LOSSLESS_KEY) ? TKI_ZIPKIN_REST
               : link_number(k) >= 0           ? TKI_ZIPKIN_LINK
                                               : TKI_ZIPKIN_NONE;
    case 14: return WORD(k, "w3c.tracestate", TKI_ZIPKIN_STATE);
    case 15: return WORD(k, "otel.scope.name", TKI_ZIPKIN_SCOPE_NAME);
    case 16: return WORD(k, "otel.status_code", TKI_ZIPKIN_STATUS_CODE);
    case 17: return WORD(k, "otel.library.name", TKI_ZIPKIN_LIBRARY_NAME);
    case 18: return WORD(k, "otel.scope.version", TKI_ZIPKIN_SCOPE_VERSION);
    case 20: return WORD(k, "otel.library.version", TKI_ZIPKIN_LIBRARY_VERSION);
    case 23: return WORD(k, "otel.status_description", TKI_ZIPKIN_STATUS_TEXT);
    case 24:
        return k.p[2] == 'l' ? WORD(k, "otlp.service.name.source", TKI_ZIPKIN_SOURCE)
                             : WORD(k, "otel.dropped_links_count", TKI_ZIPKIN_DROPPED_LINKS);
    case 25: return WORD(k, "otel.dropped_events_count", TKI_ZIPKIN_DROPPED_EVENTS);
    case 29: return WORD(k, "otel.dropped_attributes_count", TKI_ZIPKIN_DROPPED_ATTRS);
    default: return link_number(k) >= 0 ? TKI_ZIPKIN_LINK : TKI_ZIPKIN_NONE;
    }
}

static inline enum tki_zipkin_word word_of(tk_str k)
{
    if (k.n < 5 || k.n > 29 || (k.p[0] != 'o' && k.p[0] != 'e' && k.p[0] != 's' && k.p[0] != 't' && k.p[0] != 'w'))
        return TKI_ZIPKIN_NONE;
    return word_slow(k);
}

bool tki_zipkin_wants(const struct tki_zipkin_span *x, tk_str key)
{
    return x->needs & TK_NEED_ATTRS || word_of(key) != TKI_ZIPKIN_NONE;
}

static bool met(const struct tki_zipkin_span *x, enum tki_zipkin_word w)
{
    return x->met >> w & 1;
}

/* ---- reading ---- */

void tki_zipkin_span_begin(struct tki_zipkin_span *x, struct tk_batch *b, unsigned needs)
{
    x->b = b;
    x->needs = needs;
    x->s = (struct tk_span){0};
    x->s.attrs.first = b->nattrs;
    x->duration_ns = 0;
    x->odd_kind = (tk_str){0};
    x->debug = x->shared = false;
    x->local = x->remote = (struct tki_zipkin_endpoint){0};
    x->met = 0;
}

void tki_zipkin_kind(struct tki_zipkin_span *x, tk_str name)
{
    int kind = tki_kind_find(name);
    if (kind > 0)
        x->s.kind = (uint8_t)kind;
    else
        x->odd_kind = name;
}

void tki_zipkin_tags_begin(struct tki_zipkin_span *x)
{
    x->s.attrs = (tk_range){x->b->nattrs, 0};
    x->met = 0;
}

void tki_zipkin_tag(struct tki_zipkin_span *x, const struct tk_attr *a)
{
    enum tki_zipkin_word w = word_of(a->key);
    uint32_t row = TK_NONE;
    if (x->needs & TK_NEED_ATTRS || (w == TKI_ZIPKIN_WEIGHT && x->needs & TK_NEED_WEIGHT)) {
        row = x->b->nattrs;
        *tk_batch_add_attr(x->b) = *a;
    }
    if (w == TKI_ZIPKIN_NONE || w == TKI_ZIPKIN_WEIGHT)
        return;
    struct tki_zipkin_slot *slot = &x->slot[w];
    if (w == TKI_ZIPKIN_LINK) {
        unsigned n = (unsigned)link_number(a->key);
        if (!met(x, w))
            memset(x->links_met, 0, sizeof x->links_met);
        x->links_met[n / 64] |= 1ull << n % 64;
        slot = &x->links[n];
    }
    x->met |= 1u << w;
    *slot = (struct tki_zipkin_slot){a->value, row};
}

void tki_zipkin_tags_end(struct tki_zipkin_span *x)
{
    x->s.attrs.count = x->b->nattrs - x->s.attrs.first;
}

void tki_zipkin_annotation(struct tki_zipkin_span *x, uint64_t time_ns, tk_str text)
{
    struct tk_event e = {.time_ns = time_ns};
    tki_zipkin_event(x->b, text, &e);
    if (x->b->err)
        return;
    if (x->s.events.count++ == 0)
        x->s.events.first = x->b->nevents;
    *tk_batch_add_event(x->b) = e;
}

static void take(struct tki_zipkin_span *x, const struct tki_zipkin_slot *slot)
{
    if (slot->row < x->b->nattrs)
        x->b->attrs[slot->row].value.type = REMOVED;
}

/* The text of a word, whose tag is then none any more; n = 0: not there. */
static tk_str take_text(struct tki_zipkin_span *x, enum tki_zipkin_word w)
{
    if (!met(x, w) || x->slot[w].value.type != TK_STRING)
        return (tk_str){0};
    take(x, &x->slot[w]);
    return tki_v_text(&x->slot[w].value);
}

static int status_of(const struct tki_zipkin_span *x)
{
    static const tk_str prefix = {"STATUS_CODE_", 12};
    const struct tk_value *v = &x->slot[TKI_ZIPKIN_STATUS_CODE].value;
    if (!met(x, TKI_ZIPKIN_STATUS_CODE) || v->type != TK_STRING)
        return -1;
    tk_str s = tki_v_text(v);
    if (s.n > prefix.n && tki_str_same_letters((tk_str){s.p, prefix.n}, prefix))
        s = (tk_str){s.p + prefix.n, s.n - prefix.n};
    return tki_status_find(s);
}

/* The three dialects: error=<description> beside otel.status_code=ERROR (specification), error=true beside
 * otel.status_code and otel.status_description (collector), error alone (everybody else). */
static void settle_status(struct tki_zipkin_span *x)
{
    int code = status_of(x);
    bool error = met(x, TKI_ZIPKIN_ERROR);
    if (!error && code < 0)
        return;
    x->s.status = error ? TK_STATUS_ERROR : (uint8_t)code;
    if (code == x->s.status)
        take(x, &x->slot[TKI_ZIPKIN_STATUS_CODE]);
    tk_str message = take_text(x, TKI_ZIPKIN_STATUS_TEXT);
    if (error) {
        const struct tki_zipkin_slot *slot = &x->slot[TKI_ZIPKIN_ERROR];
        const struct tk_value *v = &slot->value;
        bool just_true = is_text(v, "true") || (v->type == TK_BOOL && v->v.b);
        if (!just_true && code == TK_STATUS_ERROR && !message.n && v->type == TK_STRING) {
            message = tki_v_text(v);
            take(x, slot);
        } else if (just_true) {
            take(x, slot);
        }
    }
    if (x->needs & TK_NEED_STATE)
        x->s.status_message = message;
}

/* A count in text, as every tag is. */
static uint32_t take_count(struct tki_zipkin_span *x, enum tki_zipkin_word w)
{
    if (!met(x, w))
        return 0;
    const struct tk_value *v = &x->slot[w].value;
    uint64_t n = v->type == TK_INT && v->v.i > 0 ? (uint64_t)v->v.i : 0;
    if (v->type == TK_STRING && !tki_parse_u64(tki_v_text(v), &n))
        return 0;
    if (n == 0 || n > UINT32_MAX)
        return 0;
    take(x, &x->slot[w]);
    return (uint32_t)n;
}

static void settle_state(struct tki_zipkin_span *x)
{
    tk_str state = take_text(x, TKI_ZIPKIN_STATE);
    uint32_t attrs = take_count(x, TKI_ZIPKIN_DROPPED_ATTRS), events = take_count(x, TKI_ZIPKIN_DROPPED_EVENTS);
    uint32_t links = take_count(x, TKI_ZIPKIN_DROPPED_LINKS);
    if (!(x->needs & TK_NEED_STATE))
        return;
    x->s.trace_state = state;
    x->s.dropped_attrs = attrs;
    x->s.dropped_events = events;
    x->s.dropped_links = links;
}

/* otlp.link.0, .1 ... up to the first that is missing or malformed. */
static void settle_links(struct tki_zipkin_span *x)
{
    struct tk_batch *b = x->b;
    x->s.links.first = b->nlinks;
    for (unsigned n = 0; n < TKI_ZIPKIN_LINKS_MAX && x->links_met[n / 64] >> n % 64 & 1; n++) {
        const struct tki_zipkin_slot *slot = &x->links[n];
        struct tk_link l;
        if (slot->value.type != TK_STRING || !tki_zipkin_link(b, tki_v_text(&slot->value), &l))
            break;
        take(x, slot);
        x->s.links.count++;
        if (x->needs & TK_NEED_LINKS)
            *tk_batch_add_link(b) = l;
    }
}

/* The value of a pair of words for the same thing; a second that differs stays a tag. */
static tk_str take_either(struct tki_zipkin_span *x, enum tki_zipkin_word w, enum tki_zipkin_word old)
{
    tk_str s = take_text(x, w);
    if (!s.p)
        return take_text(x, old);
    if (met(x, old) && x->slot[old].value.type == TK_STRING && tki_str_eq(s, tki_v_text(&x->slot[old].value)))
        take(x, &x->slot[old]);
    return s;
}

static void settle_scope(struct tki_zipkin_span *x)
{
    tk_str name = take_either(x, TKI_ZIPKIN_SCOPE_NAME, TKI_ZIPKIN_LIBRARY_NAME), version = {0};
    bool present = name.p && x->needs & TK_NEED_SCOPE;
    if (name.p)
        version = take_either(x, TKI_ZIPKIN_SCOPE_VERSION, TKI_ZIPKIN_LIBRARY_VERSION);
    if (!present)
        name = version = (tk_str){0};
    x->s.scope = tki_put_scope_named(x->b, name, version, present);
}

/* The attribute that the service's name is the value of: the collector marks a substitute. */
static tk_str service_key(struct tki_zipkin_span *x)
{
    static const char *const substitutes[] = {"faas.name", "k8s.deployment.name", "process.executable.name", NULL};
    const struct tk_value *v = &x->slot[TKI_ZIPKIN_SOURCE].value;
    if (met(x, TKI_ZIPKIN_SOURCE) && v->type == TK_STRING)
        for (int i = 0; substitutes[i]; i++)
            if (is_text(v, substitutes[i])) {
                take(x, &x->slot[TKI_ZIPKIN_SOURCE]);
                return tki_str(substitutes[i]);
            }
    return TKI_STR("service.name");
}

/* A resource says the service and nothing more. */
static bool says(const struct tk_batch *b, const struct tk_resource *r, tk_str key, tk_str service, bool attrs)
{
    if (!service.n || !attrs)
        return r->present == (service.n > 0) && !r->attrs.count &&
               tki_str_eq(r->service, key.n == 12 ? service : (tk_str){0});
    if (r->attrs.count != 1 || r->schema_url.n || r->dropped_attrs || r->entities.count)
        return false;
    const struct tk_attr *a = &b->attrs[r->attrs.first];
    return tki_str_eq(a->key, key) && a->value.type == TK_STRING && tki_str_eq(tki_v_text(&a->value), service);
}

static void settle_resource(struct tki_zipkin_span *x)
{
    struct tk_batch *b = x->b;
    tk_str service = x->local.service;
    if (tki_str_same_letters(service, tki_str(no_service))) /* zipkin-go, as servers, writes lower case */
        service = (tk_str){0};
    tk_str key = service.n ? service_key(x) : TKI_STR("service.name");
    bool attrs = x->needs & TK_NEED_RESOURCE;
    for (uint32_t back = 1; back <= BACK && back <= b->nresources; back++)
        if (says(b, &b->resources[b->nresources - back], key, service, attrs)) {
            x->s.resource = b->nresources - back;
            return;
        }
    x->s.resource = tk_batch_add_resource(b);
    struct tk_resource *r = &b->resources[x->s.resource];
    if (!service.n)
        return;
    r->present = true;
    if (key.n == 12) /* service.name itself */
        r->service = service;
    if (!attrs)
        return;
    r->attrs = (tk_range){b->nattrs, 1};
    tki_put(b, key, tki_v_str(service));
}

/* ---- attributes beside the tags ---- */

static void add(struct tki_zipkin_span *x, tk_str key, struct tk_value v)
{
    tki_put_behind(x->b, &x->s.attrs, key, v);
}

static bool missing(tk_str a, tk_str said)
{
    return a.n && !tki_str_eq(a, said);
}

/* What the endpoints say and no tag repeats. */
static void add_endpoints(struct tki_zipkin_span *x)
{
    const struct tki_zipkin_endpoint *l = &x->local, *r = &x->remote;
    if (!l->ipv4.n && !l->ipv6.n && !l->port && !r->service.n && !r->ipv4.n && !r->ipv6.n && !r->port)
        return;
    struct tki_zipkin_endpoints said;
    tki_zipkin_endpoints_of(&said, x->b->attrs + x->s.attrs.first, x->s.attrs.count, x->s.kind);
    const struct tki_zipkin_endpoint *host = &said.at[HOST], *peer = &said.at[PEER];
    if (missing(l->ipv4, host->ipv4))
        add(x, TKI_STR("net.host.ip"), tki_v_str(l->ipv4));
    if (missing(l->ipv6, host->ipv6))
        add(x, TKI_STR("net.host.ip"), tki_v_str(l->ipv6));
    if (l->port && l->port != host->port)
        add(x, TKI_STR("net.host.port"), tki_v_int(l->port));
    if (r->service.n && !tki_str_same_letters(r->service, peer->service)) /* servers change it to lower case */
        add(x, TKI_STR("peer.service"), tki_v_str(r->service));
    if (missing(r->ipv4, peer->ipv4))
        add(x, TKI_STR("net.peer.ip"), tki_v_str(r->ipv4));
    if (missing(r->ipv6, peer->ipv6))
        add(x, TKI_STR("net.peer.ip"), tki_v_str(r->ipv6));
    if (r->port && r->port != peer->port)
        add(x, TKI_STR("net.peer.port"), tki_v_int(r->port));
}

static void remove_taken(struct tki_zipkin_span *x)
{
    struct tk_batch *b = x->b;
    uint32_t to = x->s.attrs.first, end = to + x->s.attrs.count;
    for (uint32_t i = to; i < end; i++)
        if (b->attrs[i].value.type != REMOVED)
            b->attrs[to++] = b->attrs[i];
    x->s.attrs.count = to - x->s.attrs.first;
    b->nattrs = to;
}

void tki_zipkin_span_end(struct tki_zipkin_span *x)
{
    bool attrs = x->needs & TK_NEED_ATTRS;
    if (x->b->err) /* its attributes are not all there, and would be moved */
        return;
    x->s.raw = take_text(x, TKI_ZIPKIN_REST); /* until the whole piece is decoded */
    if (x->met) {
        settle_status(x);
        settle_state(x);
        if (met(x, TKI_ZIPKIN_KIND) && x->s.kind == TK_KIND_UNSPECIFIED &&
            is_text(&x->slot[TKI_ZIPKIN_KIND].value, "internal")) {
            x->s.kind = TK_KIND_INTERNAL;
            take(x, &x->slot[TKI_ZIPKIN_KIND]);
        }
    }
    settle_scope(x);
    if (met(x, TKI_ZIPKIN_LINK))
        settle_links(x);
    settle_resource(x);
    if (attrs) {
        tki_attrs_to_end(x->b, &x->s.attrs);
        if (x->b->err)
            return;
        if (x->met)
            remove_taken(x);
        add_endpoints(x);
        if (x->odd_kind.n)
            add(x, TKI_STR("span.kind"), tki_v_str(x->odd_kind));
        if (x->shared)
            add(x, TKI_STR("zipkin.shared"), tki_v_bool(true));
        if (x->debug)
            add(x, TKI_STR("zipkin.debug"), tki_v_bool(true));
        if (!x->s.start_ns)
            add(x, TKI_STR("otel.zipkin.absentField.startTime"), tki_v_bool(true));
    }
    x->s.end_ns = x->s.start_ns + x->duration_ns;
    *tk_batch_add_span(x->b) = x->s;
}
