/* generate.c - writes a corpus for measuring: the same spans in any format that the library writes.
 *
 *   generate --spans N --seed S --format json|otlp|jaeger|zipkin [--output FILE]
 *
 * 60 services call each other over HTTP, gRPC and Kafka and ask databases and caches; spans carry 12 to 15
 * attributes by OpenTelemetry's semantic conventions, traces 8 to 100 spans.  One span in twenty has events, one
 * in a hundred an error; durations are lognormal; statements, messages and stack traces need escapes.  A trace
 * depends on the seed and its number alone.  In OTLP and Zipkin every service gathers its own spans and hands them
 * out in batches, as exporters do, so that a trace lies scattered over many lines; in Jaeger's JSON each trace
 * stays together, as its API answers.
 */
#include <getopt.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tracekit.h"

enum {
    SERVICES = 60,
    EDGES = 5, /* the first services, where traces begin */
    SPANS_MIN = 8,
    SPANS_MAX = 100,
    BATCH_MIN = 64, /* spans that a service gathers before it hands them out */
    BATCH_MAX = 512,
    BATCH_AGE = 600, /* traces after which it does so with fewer */
    TRACE_EVERY_NS = 12000000,
};

static const uint64_t epoch_ns = 1777593600000000000u; /* 2026-05-01T00:00:00Z */

static const struct service {
    const char *name, *language, *entity;
} services[SERVICES] = {
    {"frontend-web", "nodejs", "page"},
    {"frontend-mobile", "nodejs", "screen"},
    {"api-gateway", "go", "session"},
    {"partner-gateway", "go", "partner"},
    {"graphql-gateway", "nodejs", "query"},
    {"checkout", "java", "checkout"},
    {"cart", "dotnet", "cart"},
    {"catalog", "go", "product"},
    {"catalog-search", "java", "result"},
    {"catalog-indexer", "java", "document"},
    {"pricing", "java", "price"},
    {"promotions", "python", "coupon"},
    {"inventory", "go", "stock"},
    {"inventory-sync", "go", "delta"},
    {"warehouse", "java", "bin"},
    {"orders", "java", "order"},
    {"order-history", "java", "order"},
    {"payments", "java", "payment"},
    {"payment-risk", "python", "assessment"},
    {"payment-ledger", "rust", "entry"},
    {"invoicing", "dotnet", "invoice"},
    {"tax", "go", "rate"},
    {"currency", "cpp", "conversion"},
    {"shipping", "rust", "shipment"},
    {"shipping-quotes", "rust", "quote"},
    {"tracking", "go", "parcel"},
    {"returns", "java", "return"},
    {"customers", "dotnet", "customer"},
    {"addresses", "go", "address"},
    {"identity", "java", "token"},
    {"sessions", "go", "session"},
    {"permissions", "go", "grant"},
    {"preferences", "nodejs", "preference"},
    {"recommendations", "python", "recommendation"},
    {"ranking", "python", "ranking"},
    {"features", "python", "feature"},
    {"ads", "java", "ad"},
    {"reviews", "ruby", "review"},
    {"ratings", "ruby", "rating"},
    {"media", "go", "image"},
    {"thumbnails", "cpp", "thumbnail"},
    {"email", "ruby", "email"},
    {"push-notifications", "nodejs", "push"},
    {"sms", "nodejs", "message"},
    {"notification-router", "go", "message"},
    {"templates", "nodejs", "template"},
    {"audit", "java", "event"},
    {"analytics-collector", "go", "event"},
    {"clickstream", "java", "click"},
    {"experiments", "python", "variant"},
    {"feature-flags", "go", "flag"},
    {"loyalty", "dotnet", "account"},
    {"gift-cards", "dotnet", "card"},
    {"subscriptions", "java", "subscription"},
    {"support-tickets", "ruby", "ticket"},
    {"chat", "nodejs", "conversation"},
    {"geo", "rust", "location"},
    {"store-locator", "php", "store"},
    {"fraud-graph", "cpp", "edge"},
    {"reporting", "python", "report"},
};

/* ---- chance ------------------------------------------------------------------------------------------------ */

struct rng {
    uint64_t state;
};

static uint64_t mix(uint64_t x) /* the finalizer of splitmix64 */
{
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    return x ^ (x >> 31);
}

static uint64_t next(struct rng *r)
{
    return mix(r->state += 0x9e3779b97f4a7c15u);
}

static uint32_t below(struct rng *r, uint32_t n)
{
    return (uint32_t)(((next(r) >> 32) * n) >> 32);
}

static double unit(struct rng *r) /* [0, 1) */
{
    return (double)(next(r) >> 11) * 0x1p-53;
}

static double lognormal(struct rng *r, double median, double sigma)
{
    const double pi = 3.14159265358979323846;
    double u = 1 - unit(r), v = unit(r);
    return median * exp(sigma * sqrt(-2 * log(u)) * cos(2 * pi * v));
}

/* ---- one trace as a plan ------------------------------------------------------------------------------------- */

enum role { HTTP_SERVER, HTTP_CLIENT, RPC_SERVER, RPC_CLIENT, DATABASE, CACHE, PUBLISH, CONSUME, INTERNAL, ROLES };

static const enum tk_kind role_kind[ROLES] = {TK_KIND_SERVER,   TK_KIND_CLIENT,   TK_KIND_SERVER,
                                              TK_KIND_CLIENT,   TK_KIND_CLIENT,   TK_KIND_CLIENT,
                                              TK_KIND_PRODUCER, TK_KIND_CONSUMER, TK_KIND_INTERNAL};

struct node {
    enum role role;
    uint32_t service, peer; /* peer: whom a client or producer calls */
    uint32_t operation;     /* of the callee */
    uint32_t parent;
    bool called; /* a client whose server span is there */
    uint64_t span_id, start_ns, end_ns;
};

struct plan {
    struct rng rng;
    tk_id128 trace_id;
    uint32_t n;
    struct node nodes[SPANS_MAX];
};

static enum role pick_role(struct rng *r)
{
    static const enum role roles[] = {HTTP_CLIENT, HTTP_CLIENT, RPC_CLIENT, RPC_CLIENT, RPC_CLIENT, DATABASE, DATABASE,
                                      DATABASE,    DATABASE,    CACHE,      CACHE,      INTERNAL,   INTERNAL, PUBLISH};
    return roles[below(r, sizeof roles / sizeof *roles)];
}

/* What a span under p would be; false: p has no children of its own, or no more. */
static bool place_child(struct plan *t, struct node *p, struct node *c)
{
    static const enum role answers[ROLES] = {
        [HTTP_CLIENT] = HTTP_SERVER, [RPC_CLIENT] = RPC_SERVER, [PUBLISH] = CONSUME};
    switch (p->role) {
    case DATABASE:
    case CACHE: return false;
    case HTTP_CLIENT:
    case RPC_CLIENT:
    case PUBLISH:
        if (p->called)
            return false;
        p->called = true;
        c->role = answers[p->role];
        c->service = p->peer;
        c->operation = p->operation;
        return true;
    default:
        c->role = pick_role(&t->rng);
        c->service = p->service;
        c->peer = EDGES + (p->service * 7 + below(&t->rng, 6) * 11) % (SERVICES - EDGES); /* services have habits */
        c->operation = below(&t->rng, 6);
        return true;
    }
}

static void place_time(struct plan *t, const struct node *p, struct node *c)
{
    double whole = (double)(p->end_ns - p->start_ns), offset = whole * 0.7 * unit(&t->rng);
    double length = lognormal(&t->rng, whole * 0.25, 0.9);
    if (length > whole - offset)
        length = (whole - offset) * 0.98;
    c->start_ns = p->start_ns + (uint64_t)offset;
    if (c->role == CONSUME)
        c->start_ns += 2000000; /* after the producer went on */
    c->end_ns = c->start_ns + 800 + (uint64_t)length;
}

static void plan_trace(struct plan *t, uint64_t seed, uint64_t number, uint64_t spans_left)
{
    t->rng.state = mix(seed) ^ mix(number * 2 + 1);
    struct rng *r = &t->rng;
    t->trace_id = (tk_id128){next(r), next(r)};
    double size = lognormal(r, 22, 0.75);
    t->n = size < SPANS_MIN ? SPANS_MIN : size > SPANS_MAX ? SPANS_MAX : (uint32_t)size;
    if (t->n > spans_left)
        t->n = (uint32_t)spans_left;
    struct node *root = &t->nodes[0];
    *root = (struct node){.role = HTTP_SERVER, .service = below(r, EDGES), .operation = below(r, 6), .parent = TK_NONE};
    root->span_id = next(r) | 1;
    root->start_ns = epoch_ns + number * TRACE_EVERY_NS + below(r, TRACE_EVERY_NS);
    root->end_ns = root->start_ns + 1000000 + (uint64_t)lognormal(r, 90e6, 1.0);
    for (uint32_t i = 1; i < t->n; i++) {
        struct node *c = &t->nodes[i];
        *c = (struct node){.span_id = next(r) | 1};
        uint32_t parent = i - 1 - below(r, i < 6 ? i : 6);
        while (!place_child(t, &t->nodes[parent], c))
            parent = t->nodes[parent].parent; /* ends at the root, a server, at the latest */
        c->parent = parent;
        place_time(t, &t->nodes[parent], c);
    }
}

/* ---- its spans as rows ---------------------------------------------------------------------------------------- */

struct row { /* a span under construction */
    struct tk_batch *b;
    struct rng *r;
    struct tk_span s;
};

static tk_str str(const char *s)
{
    return (tk_str){s, strlen(s)};
}

static __attribute__((format(printf, 2, 3))) tk_str print(struct tk_batch *b, const char *format, ...)
{
    char text[2000];
    va_list args;
    va_start(args, format);
    int n = vsnprintf(text, sizeof text, format, args);
    va_end(args);
    return tk_batch_copy(b, (tk_str){text, (size_t)n});
}

static struct tk_value *put(struct row *w, const char *key, enum tk_type type)
{
    struct tk_attr *a = tk_batch_add_attr(w->b);
    *a = (struct tk_attr){.key = str(key), .value = {.type = (uint8_t)type}};
    w->s.attrs.count++;
    return &a->value;
}

static void put_str(struct row *w, const char *key, tk_str s)
{
    struct tk_value *v = put(w, key, TK_STRING);
    v->n = (uint32_t)s.n;
    v->v.s = s.p;
}

static void put_word(struct row *w, const char *key, const char *s)
{
    put_str(w, key, str(s));
}

static void put_int(struct row *w, const char *key, int64_t i)
{
    put(w, key, TK_INT)->v.i = i;
}

static void put_double(struct row *w, const char *key, double d)
{
    put(w, key, TK_DOUBLE)->v.d = d;
}

static void put_bool(struct row *w, const char *key, bool yes)
{
    put(w, key, TK_BOOL)->v.b = yes;
}

static const char *const methods[6] = {"GET", "GET", "POST", "PUT", "DELETE", "GET"};

static tk_str route(struct tk_batch *b, const struct node *c, uint32_t callee)
{
    static const char *const forms[6] = {
        "/api/v1/%ss/{id}",         "/api/v1/%ss", "/api/v1/%ss", "/api/v2/%ss/{id}", "/api/v1/%ss/{id}/items",
        "/internal/%ss/{id}/status"};
    char form[64];
    snprintf(form, sizeof form, "%s", forms[c->operation]);
    char *at = strstr(form, "%s");
    return print(b, "%.*s%s%s", (int)(at - form), form, services[callee].entity, at + 2);
}

static const char *const rpc_verbs[6] = {"Get", "List", "Create", "Update", "Delete", "BatchGet"};

static void thread(struct row *w)
{
    put_int(w, "thread.id", 20 + below(w->r, 48));
    put_str(w, "thread.name", print(w->b, "worker-pool-%u-thread-%u", 1 + below(w->r, 3), below(w->r, 64)));
}

static void network_peer(struct row *w, uint32_t peer, unsigned port)
{
    put_str(w, "server.address", print(w->b, "%s.shop.svc.cluster.local", services[peer].name));
    put_int(w, "server.port", port);
    put_str(w, "network.peer.address", print(w->b, "10.42.%u.%u", peer, 2 + below(w->r, 250)));
    put_int(w, "network.peer.port", port);
}

static unsigned http_status(struct row *w, bool failed)
{
    static const unsigned good[8] = {200, 200, 200, 200, 200, 201, 204, 304}, bad[4] = {500, 502, 503, 504};
    return failed ? bad[below(w->r, 4)] : good[below(w->r, 8)];
}

static void http_server(struct row *w, const struct node *c, bool failed)
{
    static const char *const agents[5] = {
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/136.0.0.0 Safari/537.36",
        "Mozilla/5.0 (iPhone; CPU iPhone OS 18_4 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.4",
        "shop-app/7.14.2 (Android 15; Pixel 8)", "Go-http-client/2.0", "okhttp/4.12.0"};
    tk_str path = route(w->b, c, c->service);
    w->s.name = print(w->b, "%s %.*s", methods[c->operation], (int)path.n, path.p);
    put_word(w, "http.request.method", methods[c->operation]);
    put_str(w, "http.route", path);
    put_str(w, "url.path", print(w->b, "/api/v1/%ss/%u", services[c->service].entity, below(w->r, 10000000)));
    put_word(w, "url.scheme", "https");
    if (below(w->r, 3) == 0)
        put_str(
            w, "url.query",
            print(w->b, "page=%u&sort=%s&q=%%22red+shoes%%22", below(w->r, 40), below(w->r, 2) ? "price" : "-created"));
    put_int(w, "http.response.status_code", http_status(w, failed));
    put_word(w, "network.protocol.version", c->parent == TK_NONE ? "2" : "1.1");
    put_str(w, "server.address", print(w->b, "%s.shop.svc.cluster.local", services[c->service].name));
    put_int(w, "server.port", 8080);
    put_str(w, "client.address", print(w->b, "203.0.113.%u", below(w->r, 256)));
    put_str(w, "network.peer.address", print(w->b, "10.42.%u.%u", below(w->r, 64), 2 + below(w->r, 250)));
    put_int(w, "network.peer.port", 32768 + below(w->r, 28000));
    put_word(w, "user_agent.original", agents[below(w->r, 5)]);
    if (c->parent == TK_NONE)
        put_str(w, "enduser.id", print(w->b, "u-%08x", (unsigned)next(w->r)));
    else
        put_int(w, "http.response.body.size", 40 + below(w->r, 60000));
}

static void http_client(struct row *w, const struct node *c, bool failed)
{
    w->s.name = str(methods[c->operation]);
    put_word(w, "http.request.method", methods[c->operation]);
    put_str(w, "url.full",
            print(w->b, "http://%s.shop.svc.cluster.local:8080/api/v1/%ss/%u?expand=items&locale=de-DE",
                  services[c->peer].name, services[c->peer].entity, below(w->r, 10000000)));
    network_peer(w, c->peer, 8080);
    put_int(w, "http.response.status_code", http_status(w, failed));
    put_word(w, "network.protocol.name", "http");
    put_word(w, "network.protocol.version", "1.1");
    put_int(w, "http.request.body.size", below(w->r, 2000));
    put_int(w, "http.response.body.size", 40 + below(w->r, 60000));
    thread(w);
    if (below(w->r, 4) == 0)
        put_int(w, "http.request.resend_count", 1 + below(w->r, 2));
}

static void rpc(struct row *w, const struct node *c, bool failed)
{
    bool server = c->role == RPC_SERVER;
    uint32_t callee = server ? c->service : c->peer;
    const char *entity = services[callee].entity;
    char upper = (char)(entity[0] - 'a' + 'A');
    tk_str full = print(w->b, "shop.%s.v1.%c%sService", entity, upper, entity + 1);
    tk_str method = print(w->b, "%s%c%s", rpc_verbs[c->operation], upper, entity + 1);
    w->s.name = print(w->b, "%.*s/%.*s", (int)full.n, full.p, (int)method.n, method.p);
    put_word(w, "rpc.system", "grpc");
    put_str(w, "rpc.service", full);
    put_str(w, "rpc.method", method);
    put_int(w, "rpc.grpc.status_code", failed ? 13 : 0);
    network_peer(w, callee, 9090);
    put_word(w, "network.transport", "tcp");
    put_word(w, "network.type", "ipv4");
    put_int(w, "rpc.request.size", 12 + below(w->r, 900));
    put_int(w, "rpc.response.size", 5 + below(w->r, 9000));
    thread(w);
    if (server)
        put_str(w, "app.tenant.id", print(w->b, "tenant-%03u", below(w->r, 400)));
}

static void database(struct row *w, const struct node *c)
{
    static const char *const statements[6] = {
        "SELECT \"id\", \"state\", \"total\" FROM \"%ss\" WHERE \"id\" = $1",
        "SELECT t.*\n  FROM %ss AS t\n  JOIN accounts AS a ON a.id = t.account_id\n WHERE a.region = $1\n   AND t.state IN "
        "('new', 'paid')\n ORDER BY t.created_at DESC\n LIMIT 50",
        "INSERT INTO %ss (id, account_id, payload, created_at) VALUES ($1, $2, $3::jsonb, now()) RETURNING id",
        "UPDATE %ss SET state = $2, updated_at = now() WHERE id = $1 AND version = $3",
        "DELETE FROM %ss WHERE expires_at < $1",
        "SELECT count(*) FROM %ss WHERE note LIKE '%%\\\\_%%' AND account_id = $1"};
    static const char *const verbs[6] = {"SELECT", "SELECT", "INSERT", "UPDATE", "DELETE", "SELECT"};
    const char *entity = services[c->service].entity;
    char statement[400];
    const char *form = statements[c->operation], *at = strstr(form, "%s");
    snprintf(statement, sizeof statement, "%.*s%s%s", (int)(at - form), form, entity, at + 2);
    w->s.name = print(w->b, "%s %ss", verbs[c->operation], entity);
    put_word(w, "db.system.name", "postgresql");
    put_str(w, "db.namespace", print(w->b, "%s|public", services[c->service].name));
    put_word(w, "db.operation.name", verbs[c->operation]);
    put_str(w, "db.collection.name", print(w->b, "%ss", entity));
    put_str(w, "db.query.text", print(w->b, "%s", statement));
    put_str(w, "server.address", print(w->b, "pg-%s-%u.db.shop.internal", services[c->service].name, below(w->r, 3)));
    put_int(w, "server.port", 5432);
    put_str(w, "network.peer.address", print(w->b, "10.43.%u.%u", c->service, 2 + below(w->r, 5)));
    put_int(w, "network.peer.port", 5432);
    put_int(w, "db.response.returned_rows", below(w->r, 50));
    put_bool(w, "db.pool.waited", below(w->r, 20) == 0);
    thread(w);
}

static void cache(struct row *w, const struct node *c)
{
    static const char *const verbs[6] = {"GET", "MGET", "SET", "GET", "DEL", "HGETALL"};
    w->s.name = str(verbs[c->operation]);
    put_word(w, "db.system.name", "redis");
    put_word(w, "db.operation.name", verbs[c->operation]);
    put_word(w, "db.namespace", "0");
    put_str(w, "db.query.text",
            print(w->b, "%s %s:{%u}:v2", verbs[c->operation], services[c->service].entity, below(w->r, 10000000)));
    put_word(w, "server.address", "redis-cache.shop.svc.cluster.local");
    put_int(w, "server.port", 6379);
    put_str(w, "network.peer.address", print(w->b, "10.43.200.%u", 2 + below(w->r, 6)));
    put_int(w, "network.peer.port", 6379);
    put_word(w, "network.transport", "tcp");
    put_bool(w, "cache.hit", below(w->r, 10) < 8);
    put_double(w, "cache.ttl_remaining", (double)below(w->r, 36000000) / 10000);
    thread(w);
}

static void message(struct row *w, const struct node *c)
{
    bool consume = c->role == CONSUME;
    uint32_t callee = consume ? c->service : c->peer;
    tk_str topic = print(w->b, "shop.%ss.%s", services[callee].entity, c->operation < 3 ? "events" : "commands");
    w->s.name = print(w->b, "%s %.*s", consume ? "process" : "send", (int)topic.n, topic.p);
    put_word(w, "messaging.system", "kafka");
    put_str(w, "messaging.destination.name", topic);
    put_word(w, "messaging.operation.name", consume ? "process" : "send");
    put_word(w, "messaging.operation.type", consume ? "process" : "send");
    put_str(w, "messaging.client.id", print(w->b, "%s-%u", services[c->service].name, below(w->r, 8)));
    put_str(w, "messaging.destination.partition.id", print(w->b, "%u", below(w->r, 48)));
    put_int(w, "messaging.kafka.offset", (int64_t)(next(w->r) >> 34));
    put_str(w, "messaging.kafka.message.key", print(w->b, "{\"id\":%u}", below(w->r, 10000000)));
    put_int(w, "messaging.message.body.size", 100 + below(w->r, 8000));
    put_word(w, "server.address", "kafka-bootstrap.shop.svc.cluster.local");
    put_int(w, "server.port", 9092);
    thread(w);
    if (consume)
        put_str(w, "messaging.consumer.group.name", print(w->b, "%s-workers", services[c->service].name));
}

static void internal(struct row *w, const struct node *c)
{
    static const char *const steps[6] = {"validate", "render", "enrich", "serialize", "authorize", "score"};
    static const char *const tiers[4] = {"bronze", "silver", "gold", "platinum"};
    static const char *const places[5] = {"K\xc3\xb6ln", "S\xc3\xa3o Paulo", "Berlin", "\xe6\x9d\xb1\xe4\xba\xac",
                                          "Krak\xc3\xb3w"};
    const char *entity = services[c->service].entity;
    w->s.name = print(w->b, "%s_%s", steps[c->operation], entity);
    put_str(w, "code.function.name", print(w->b, "shop.%s.handlers.%s_%s", entity, steps[c->operation], entity));
    put_str(w, "code.file.path", print(w->b, "/srv/app/src/%s/handlers/%s.py", entity, steps[c->operation]));
    put_int(w, "code.line.number", 10 + below(w->r, 700));
    put_str(w, "app.tenant.id", print(w->b, "tenant-%03u", below(w->r, 400)));
    put_word(w, "customer.tier", tiers[below(w->r, 4)]);
    put_word(w, "app.user.city", places[below(w->r, 5)]);
    put_int(w, "transaction.amount", below(w->r, 200000));
    put_double(w, "app.score", unit(w->r));
    put_bool(w, "app.retry", below(w->r, 30) == 0);
    put_str(w, "feature_flag.key", print(w->b, "exp-%02u", below(w->r, 40)));
    put_word(w, "feature_flag.result.variant", below(w->r, 2) ? "control" : "treatment");
    put_str(w, "session.id",
            print(w->b, "%016llx%016llx", (unsigned long long)next(w->r), (unsigned long long)next(w->r)));
    thread(w);
    if (below(w->r, 6) == 0) {
        struct tk_attr kids[3];
        for (uint32_t i = 0; i < 3; i++) {
            tk_str s = print(w->b, "sku-%05u", below(w->r, 100000));
            kids[i] = (struct tk_attr){.value = {.type = TK_STRING, .n = (uint32_t)s.n, .v.s = s.p}};
        }
        uint32_t first = tk_batch_add_kids(w->b, kids, 3);
        struct tk_value *v = put(w, "app.cart.skus", TK_ARRAY);
        v->n = 3;
        v->v.first = first;
    }
}

/* An event's attributes are rows like a span's: w->s.attrs serves for them meanwhile. */
static void event(struct row *w, const char *name, uint64_t time_ns, bool exception, const struct node *c)
{
    tk_range of_span = w->s.attrs;
    w->s.attrs = (tk_range){w->b->nattrs, 0};
    if (exception) {
        const char *entity = services[c->service].entity;
        put_word(w, "exception.type", "java.lang.IllegalStateException");
        put_str(w, "exception.message", print(w->b, "%s \"%u\" is not in state 'open'", entity, below(w->r, 10000000)));
        put_str(w, "exception.stacktrace",
                print(w->b,
                      "java.lang.IllegalStateException: %s is not in state 'open'\n"
                      "\tat com.example.shop.%s.StateMachine.apply(StateMachine.java:%u)\n"
                      "\tat com.example.shop.%s.Handler.handle(Handler.java:%u)\n"
                      "\tat io.grpc.internal.ServerImpl$ServerTransportListenerImpl.startCall(ServerImpl.java:703)\n"
                      "\tat java.base/java.util.concurrent.ThreadPoolExecutor.runWorker(ThreadPoolExecutor.java:1144)\n"
                      "\tat java.base/java.lang.Thread.run(Thread.java:1583)\n",
                      entity, entity, 40 + below(w->r, 300), entity, 40 + below(w->r, 300)));
        put_bool(w, "exception.escaped", false);
    } else {
        put_str(w, "message", print(w->b, "fetched %u rows in C:\\data\\shard-%u", below(w->r, 5000), below(w->r, 32)));
        put_int(w, "attempt", 1 + below(w->r, 3));
    }
    struct tk_event *e = tk_batch_add_event(w->b);
    *e = (struct tk_event){.time_ns = time_ns, .name = str(name), .attrs = w->s.attrs};
    w->s.attrs = of_span;
    w->s.events.count++;
}

static void events(struct row *w, const struct node *c, bool failed)
{
    uint64_t length = c->end_ns - c->start_ns;
    w->s.events = (tk_range){w->b->nevents, 0};
    if (failed) {
        event(w, "exception", c->end_ns - length / 10, true, c);
        w->s.status = TK_STATUS_ERROR;
        w->s.status_message = print(w->b, "%s \"%u\" failed", services[c->service].entity, below(w->r, 10000000));
    } else if (below(w->r, 99) < 4) { /* with the errors: one span in twenty */
        uint32_t n = 1 + below(w->r, 3);
        for (uint32_t i = 0; i < n; i++)
            event(w, i ? "retry" : "fetched", c->start_ns + length * (i + 1) / 5, false, c);
    }
}

/* Appends the span of node i to the batch. */
static void add_span(struct tk_batch *b, struct plan *t, uint32_t i, uint32_t resource, uint32_t first_scope)
{
    const struct node *c = &t->nodes[i];
    struct rng r = {mix(c->span_id)};
    struct row w = {.b = b, .r = &r};
    bool failed = below(&r, 100) == 0;
    w.s =
        (struct tk_span){.trace_id = t->trace_id, .span_id = c->span_id, .start_ns = c->start_ns, .end_ns = c->end_ns};
    w.s.parent_id = c->parent == TK_NONE ? 0 : t->nodes[c->parent].span_id;
    w.s.kind = (uint8_t)role_kind[c->role];
    w.s.flags = 0x101;
    w.s.resource = resource;
    w.s.scope = first_scope + (c->role <= HTTP_CLIENT ? 0u : c->role <= RPC_CLIENT ? 1u : c->role <= CACHE ? 2u : 3u);
    w.s.attrs.first = b->nattrs;
    switch (c->role) {
    case HTTP_SERVER: http_server(&w, c, failed); break;
    case HTTP_CLIENT: http_client(&w, c, failed); break;
    case RPC_SERVER:
    case RPC_CLIENT: rpc(&w, c, failed); break;
    case DATABASE: database(&w, c); break;
    case CACHE: cache(&w, c); break;
    case PUBLISH:
    case CONSUME: message(&w, c); break;
    default: internal(&w, c); break;
    }
    events(&w, c, failed);
    *tk_batch_add_span(b) = w.s;
}

static uint32_t add_resource(struct tk_batch *b, uint32_t service)
{
    struct rng r = {mix(service + 1)};
    struct row w = {.b = b, .r = &r};
    uint32_t pod = (uint32_t)next(&r);
    w.s.attrs.first = b->nattrs;
    put_word(&w, "service.name", services[service].name);
    put_word(&w, "service.namespace", "shop");
    put_str(&w, "service.version", print(b, "%u.%u.%u", 1 + below(&r, 5), below(&r, 30), below(&r, 10)));
    put_str(&w, "service.instance.id",
            print(b, "%08x-6b1f-4c1e-9d2a-%012llx", pod, (unsigned long long)(next(&r) >> 16)));
    put_word(&w, "deployment.environment.name", "production");
    put_str(&w, "k8s.pod.name", print(b, "%s-%08x-x2vqp", services[service].name, pod));
    put_word(&w, "k8s.namespace.name", "shop");
    put_str(&w, "host.name", print(b, "ip-10-42-%u-%u.eu-central-1.compute.internal", service, below(&r, 250)));
    put_word(&w, "cloud.provider", "aws");
    put_word(&w, "cloud.region", "eu-central-1");
    put_int(&w, "process.pid", 1 + below(&r, 40));
    put_word(&w, "telemetry.sdk.name", "opentelemetry");
    put_word(&w, "telemetry.sdk.language", services[service].language);
    put_word(&w, "telemetry.sdk.version", "1.42.1");
    uint32_t i = tk_batch_add_resource(b);
    b->resources[i] = (struct tk_resource){.attrs = w.s.attrs, .service = str(services[service].name), .present = true};
    b->resources[i].schema_url = str("https://opentelemetry.io/schemas/1.32.0");
    return i;
}

/* Four scopes, the first of which is returned. */
static uint32_t add_scopes(struct tk_batch *b, uint32_t service)
{
    static const char *const kinds[4] = {"http", "grpc", "db", "app"};
    uint32_t first = 0;
    for (uint32_t k = 0; k < 4; k++) {
        uint32_t i = tk_batch_add_scope(b);
        if (k == 0)
            first = i;
        b->scopes[i] = (struct tk_scope){.present = true, .version = str("0.58.0")};
        b->scopes[i].name = print(b, "io.opentelemetry.%s.%s", services[service].language, kinds[k]);
    }
    return first;
}

/* ---- what goes out together ------------------------------------------------------------------------------------ */

struct gather { /* of one service */
    struct tk_batch *b;
    uint32_t limit;   /* spans at which it is handed out */
    uint64_t started; /* number of the trace that gave the first span */
};

struct output {
    struct tk_writer *w;
    struct rng rng; /* of batch sizes */
    struct gather gathers[SERVICES];
    uint32_t rows[BATCH_MAX + SPANS_MAX];
    struct tk_batch *trace;
};

static void fail(const struct tk_err *err)
{
    char text[1024];
    tk_err_format(err, text, sizeof text);
    fprintf(stderr, "generate: %s\n", text);
    exit(3);
}

static void write_rows(struct output *o, const struct tk_batch *b, const uint32_t *rows, size_t n)
{
    if (b->err) {
        fprintf(stderr, "generate: out of memory\n");
        exit(3);
    }
    if (tk_writer_put(o->w, b, rows, n) < 0)
        fail(tk_writer_err(o->w));
}

/* Writes what a service has gathered, scope after scope as exporters group it. */
static void hand_out(struct output *o, struct gather *g)
{
    size_t n = 0;
    for (uint32_t scope = 0; scope < g->b->nscopes; scope++)
        for (uint32_t i = 0; i < g->b->nspans; i++)
            if (g->b->spans[i].scope == scope)
                o->rows[n++] = i;
    write_rows(o, g->b, o->rows, n);
    tk_batch_reset(g->b);
}

static void scatter(struct output *o, struct plan *t, uint64_t number)
{
    for (uint32_t i = 0; i < t->n; i++) {
        uint32_t service = t->nodes[i].service;
        struct gather *g = &o->gathers[service];
        if (g->b->nspans == 0) {
            g->b->needs = TK_NEED_ALL;
            g->started = number;
            g->limit = BATCH_MIN + below(&o->rng, BATCH_MAX - BATCH_MIN);
            add_resource(g->b, service);
            add_scopes(g->b, service);
        }
        add_span(g->b, t, i, 0, 0);
        if (g->b->nspans >= g->limit)
            hand_out(o, g);
    }
    for (uint32_t s = 0; s < SERVICES; s++)
        if (o->gathers[s].b->nspans && number - o->gathers[s].started >= BATCH_AGE)
            hand_out(o, &o->gathers[s]);
}

static void keep_together(struct output *o, struct plan *t)
{
    uint32_t resource[SERVICES], scopes[SERVICES];
    memset(resource, 0xff, sizeof resource);
    tk_batch_reset(o->trace);
    o->trace->needs = TK_NEED_ALL;
    for (uint32_t i = 0; i < t->n; i++) {
        uint32_t service = t->nodes[i].service;
        if (resource[service] == TK_NONE) {
            resource[service] = add_resource(o->trace, service);
            scopes[service] = add_scopes(o->trace, service);
        }
        add_span(o->trace, t, i, resource[service], scopes[service]);
    }
    write_rows(o, o->trace, NULL, 0);
}

static void generate(struct output *o, uint64_t spans, uint64_t seed, bool together)
{
    struct plan t;
    o->rng.state = mix(~seed);
    for (uint64_t number = 0, made = 0; made < spans; number++, made += t.n) {
        plan_trace(&t, seed, number, spans - made);
        if (together)
            keep_together(o, &t);
        else
            scatter(o, &t, number);
    }
    for (uint32_t s = 0; s < SERVICES; s++)
        if (o->gathers[s].b->nspans)
            hand_out(o, &o->gathers[s]);
}

static uint64_t number(const char *option, const char *text)
{
    char *end;
    unsigned long long n = strtoull(text, &end, 10);
    if (end == text || *end) {
        fprintf(stderr, "generate: --%s wants a number, not '%s'\n", option, text);
        exit(2);
    }
    return n;
}

int main(int argc, char **argv)
{
    static const struct option options[] = {{"spans", required_argument, NULL, 'n'},
                                            {"seed", required_argument, NULL, 's'},
                                            {"format", required_argument, NULL, 'f'},
                                            {"output", required_argument, NULL, 'o'},
                                            {0}};
    static struct output o;
    struct tk_write_opts wo = {.format = "json"};
    const char *path = NULL;
    uint64_t spans = 1000000, seed = 1;
    for (int c; (c = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        switch (c) {
        case 'n': spans = number("spans", optarg); break;
        case 's': seed = number("seed", optarg); break;
        case 'f': wo.format = optarg; break;
        case 'o': path = optarg; break;
        default: return 2;
        }
    }
    struct tk_err err = {0};
    if (tk_writer_open(&o.w, path, &wo, &err) < 0)
        fail(&err);
    bool memory = (o.trace = tk_batch_new()) != NULL;
    for (uint32_t s = 0; s < SERVICES; s++)
        memory &= (o.gathers[s].b = tk_batch_new()) != NULL;
    if (!memory) {
        fprintf(stderr, "generate: out of memory\n");
        return 3;
    }
    generate(&o, spans, seed, strcmp(wo.format, "jaeger") == 0);
    if (tk_writer_close(o.w, &err) < 0)
        fail(&err);
    tk_batch_free(o.trace);
    for (uint32_t s = 0; s < SERVICES; s++)
        tk_batch_free(o.gathers[s].b);
    return 0;
}
