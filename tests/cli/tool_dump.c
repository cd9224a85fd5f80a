/* tool_dump - writes the dump of a made-up shop, with one cause or two why some requests are slow: OTLP JSON lines.
 *
 *     tool_dump CAUSE[,CAUSE] [KEY=VALUE]...    the dump
 *     tool_dump -p CAUSE [KEY=VALUE]...         where it is put: service, operation
 *
 * Every request goes through the same services, with times that vary by themselves (logarithms normal, and a pace that
 * all spans of a trace share); the cause is put into some of them.  Names are drawn from the seed, so that nothing can
 * be known by its name, and so is the moment at which the dump begins.  Keys: seed, traces, share (of the traces that
 * have the cause), share2 (likewise the second one), sd, pace (standard deviations), scale (of the cause), spacing
 * (ms), together (both causes in one kind), rare (the kind is one of twenty requests), run (of what chance does with
 * the same names: for two sets).
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"

enum cause {
    NONE,
    SLOW_LEAF,
    DARK,
    N_PLUS_ONE,
    SERIAL,
    NETWORK,
    LATE_CONSUMER,
    ERRORS,
    RETRIES,
    TIMEOUT,
    STRAGGLER,
    POOL,
    COLD,
    CACHE_MISS,
    RECURSION,
    MISSING_STEP,
    VERSION,
    TENANT,
    HOST,
    FLAG,
    SIZE,
    BURST,
    DEPLOY,
    CRON,
    SERVICE_HOST,
    PAIR,
    CAUSES,
};

enum { SERVICES = 7, OPS = 20 };

struct dump {
    uint64_t seed, run;
    uint32_t traces;
    double slow_share;   /* of the traces of the kind that have the cause */
    double share2;       /* likewise the second one; 0: as many */
    double sd, pace_sd;  /* of logarithms */
    double scale;        /* of the cause, 1 as written */
    int64_t base_ns;     /* when it begins */
    double spacing_ms;   /* between requests, mean */
    enum cause cause[2]; /* of the first kind of requests, of the second */
    bool together;       /* both causes in the first kind, in different traces */
    bool rare;           /* the first kind is one of twenty requests */
    char service[SERVICES][16], op[OPS][24];
    /* of the trace being made */
    uint64_t random;
    uint32_t number;
    struct row *row;
    uint32_t n, cap;
    double pace;
    int host;
    uint32_t in_flight;
    double busy_until[64];
    uint64_t seen_hosts;
};

struct row {
    int parent; /* row, or -1 */
    int service;
    const char *name;
    int kind;          /* as in OTLP JSON: 1 internal, 2 server, 3 client, 4 producer, 5 consumer */
    double start, end; /* ms from the start of the trace */
    bool failed;
    char attrs[512];
};

static double dump_random(struct dump *d) /* [0, 1) */
{
    uint64_t x = d->random += 0x9e3779b97f4a7c15u;
    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
    x = (x ^ x >> 27) * 0x94d049bb133111ebu;
    return (double)((x ^ x >> 31) >> 11) / 9007199254740992.0;
}

static double dump_normal(struct dump *d)
{
    double u = 1 - dump_random(d), v = dump_random(d);
    return sqrt(-2 * log(u)) * cos(6.283185307179586 * v);
}

/* A time around `ms`. */
static double dump_ms(struct dump *d, double ms)
{
    return ms * exp(d->sd * dump_normal(d)) * d->pace;
}

static int dump_begin(struct dump *d, int parent, int service, int op, int kind, double at)
{
    if (d->n == d->cap) {
        d->cap = d->cap ? 2 * d->cap : 64;
        d->row = realloc(d->row, d->cap * sizeof *d->row);
        if (!d->row)
            abort();
    }
    d->row[d->n] = (struct row){.parent = parent, .service = service, .name = d->op[op], .kind = kind, .start = at};
    return (int)d->n++;
}

/* A call of a leaf, `ms` long; returns when it ends. */
static double dump_leaf(struct dump *d, int parent, int service, int op, int kind, double at, double ms)
{
    int i = dump_begin(d, parent, service, op, kind, at);
    d->row[i].end = at + ms;
    return at + ms;
}

/* A call of another service: the row of its server span, to be ended by dump_reply. */
static int dump_call(struct dump *d, int parent, int op, int to, int op_there, double at, double network)
{
    int client = dump_begin(d, parent, d->row[parent].service, op, 3, at);
    return dump_begin(d, client, to, op_there, 2, at + network / 2);
}

static double dump_reply(struct dump *d, int server, double at, double network)
{
    d->row[server].end = at;
    return d->row[d->row[server].parent].end = at + network / 2;
}

/* services: */
enum { EDGE, ORDERS, STOCK, PRICES, BANK, MAIL, AUTH };
/* operations: */
enum {
    BUY,
    LOOK,
    CHECK,
    RENDER,
    CALL_STOCK,
    SERVE_STOCK,
    QUERY,
    CALL_PRICES,
    SERVE_PRICES,
    CACHE,
    CALC,
    SHARD,
    CALL_BANK,
    SERVE_BANK,
    CARD,
    PUBLISH,
    CONSUME,
    TREE,
    LEDGER,
    STORE
};

static const char *const words[] = {"alder", "birch",   "cedar", "dogwood", "elm",   "fir",    "gingko", "hazel",
                                    "ivy",   "juniper", "kapok", "larch",   "maple", "nutmeg", "oak",    "pine"};
static const char *const verbs[] = {"get", "put", "list", "scan", "find", "sum", "sync", "load", "send", "read"};

static void dump_names(struct dump *d)
{
    d->random = d->seed * 7919 + 13;
    int first = (int)(dump_random(d) * 16), step = 1 + 2 * (int)(dump_random(d) * 8);
    for (int i = 0; i < SERVICES; i++)
        snprintf(d->service[i], sizeof d->service[i], "%s", words[(first + i * step) % 16]);
    for (int i = 0; i < OPS; i++)
        snprintf(d->op[i], sizeof d->op[i], "%s_%c%c", verbs[(first + i * 3) % 10], 'a' + (first + i) % 26,
                 'k' + i % 13);
    d->base_ns = 1600000000000000000 + (int64_t)(dump_random(d) * 1e17);
    d->random += d->run * 7777777;
}

/* ---- causes ---- */

static bool has(const struct dump *d, const bool *slow, enum cause c)
{
    return (slow[0] && d->cause[0] == c) || (slow[1] && d->cause[1] == c);
}

static void attr(struct row *r, const char *key, const char *value)
{
    size_t n = strlen(r->attrs);
    snprintf(r->attrs + n, sizeof r->attrs - n, "%s{\"key\":\"%s\",\"value\":{%s}}", n ? "," : "", key, value);
}

static double shards(struct dump *d, int parent, double at, const bool *slow)
{
    double end = at, next = at;
    bool serial = has(d, slow, SERIAL);
    int late = has(d, slow, STRAGGLER) ? (int)(dump_random(d) * 6) : -1;
    for (int i = 0; i < 6; i++) {
        double ms = dump_ms(d, 17) * (i == late ? 14 * d->scale : 1);
        if (serial)
            ms = dump_ms(d, 17);
        double done = dump_leaf(d, parent, STOCK, SHARD, 3, serial ? next : at + 0.05 * i, ms);
        next = done + 0.1;
        end = done > end ? done : end;
    }
    return end + 0.1;
}

static double stock(struct dump *d, int parent, double at, const bool *slow)
{
    double network = has(d, slow, NETWORK) ? dump_ms(d, 180) * d->scale : dump_ms(d, 0.8);
    int s = dump_call(d, parent, CALL_STOCK, STOCK, SERVE_STOCK, at, network);
    double t = d->row[s].start + dump_ms(d, 0.4);
    int queries = has(d, slow, N_PLUS_ONE) ? 22 + (int)(dump_random(d) * 8 * d->scale) : 2 + (int)(dump_random(d) * 2);
    for (int i = 0; i < queries; i++)
        t = dump_leaf(d, s, STOCK, QUERY, 3, t, dump_ms(d, has(d, slow, N_PLUS_ONE) ? 6 : 3)) + dump_ms(d, 0.2);
    t = shards(d, s, t, slow);
    if (has(d, slow, DARK))
        t += dump_ms(d, 160) * d->scale;
    t = dump_leaf(d, s, STOCK, LEDGER, 3, t, dump_ms(d, 2)) + dump_ms(d, 0.3);
    return dump_reply(d, s, t, network);
}

static double tree_of(struct dump *d, int parent, double at, int depth)
{
    int i = dump_begin(d, parent, PRICES, TREE, 1, at);
    double t = at + dump_ms(d, 4);
    if (depth > 0)
        t = tree_of(d, i, t, depth - 1) + dump_ms(d, 0.5);
    d->row[i].end = t;
    return t;
}

static double prices(struct dump *d, int parent, double at, const bool *slow)
{
    double network = dump_ms(d, 0.8);
    int s = dump_call(d, parent, CALL_PRICES, PRICES, SERVE_PRICES, at, network);
    bool late = has(d, slow, VERSION) || has(d, slow, TENANT) || has(d, slow, HOST) || has(d, slow, FLAG) ||
                has(d, slow, BURST) || has(d, slow, DEPLOY) || has(d, slow, CRON) || has(d, slow, COLD) ||
                has(d, slow, PAIR);
    double t = d->row[s].start + dump_ms(d, 0.5);
    if (has(d, slow, POOL))
        t += 14.0 * d->in_flight * d->scale;
    t = dump_leaf(d, s, PRICES, CACHE, 3, t, dump_ms(d, 1)) + 0.2;
    if (has(d, slow, CACHE_MISS)) {
        t = dump_leaf(d, s, PRICES, STORE, 3, t, dump_ms(d, 150) * d->scale) + 0.1;
    }
    double calc = dump_ms(d, 9) * (late ? 16 * d->scale : 1);
    if (has(d, slow, SIZE))
        calc *= 17 * d->scale;
    t = dump_leaf(d, s, PRICES, CALC, 1, t, calc) + dump_ms(d, 0.2);
    t = tree_of(d, s, t, has(d, slow, RECURSION) ? 28 + (int)(dump_random(d) * 8) : 1 + (int)(dump_random(d) * 2));
    return dump_reply(d, s, t + 0.1, network);
}

static double bank(struct dump *d, int parent, double at, const bool *slow)
{
    double network = dump_ms(d, 0.8);
    bool all = has(d, slow, SERVICE_HOST);
    int s = dump_call(d, parent, CALL_BANK, BANK, SERVE_BANK, at, network);
    double t = d->row[s].start + dump_ms(d, 1) * (all ? 12 : 1);
    int tries = has(d, slow, RETRIES) ? 4 : 1;
    double pause = 12;
    for (int i = 0; i < tries; i++) {
        int c = dump_begin(d, s, BANK, CARD, 3, t);
        double ms = dump_ms(d, 7) * (all ? 12 : 1);
        if (i + 1 < tries) {
            ms = dump_ms(d, 40) * d->scale;
            d->row[c].failed = true;
        } else if (has(d, slow, SLOW_LEAF) || has(d, slow, MISSING_STEP)) {
            ms *= 22 * d->scale;
        } else if (has(d, slow, TIMEOUT)) {
            ms = 500 + dump_random(d) * 2;
        } else if (has(d, slow, ERRORS)) {
            ms = dump_ms(d, 130) * d->scale;
            d->row[c].failed = true;
        }
        t = d->row[c].end = t + ms;
        if (i + 1 < tries)
            t += pause *= 1.8;
    }
    t = dump_leaf(d, s, BANK, LEDGER, 3, t + 0.3, dump_ms(d, 6) * (all ? 12 : 1)) + dump_ms(d, 2) * (all ? 12 : 1);
    if (has(d, slow, ERRORS))
        d->row[s].failed = d->row[d->row[s].parent].failed = true;
    return dump_reply(d, s, t, network);
}

static void mail(struct dump *d, int parent, double at, double *end, const bool *slow)
{
    double sent = dump_leaf(d, parent, EDGE, PUBLISH, 4, at, dump_ms(d, 1));
    int producer = (int)d->n - 1;
    double queue = has(d, slow, LATE_CONSUMER) ? dump_ms(d, 600) * d->scale : dump_ms(d, 3);
    int c = dump_begin(d, producer, MAIL, CONSUME, 5, sent + queue);
    double t = dump_leaf(d, c, MAIL, STORE, 3, sent + queue + 0.5, dump_ms(d, 5)) + 0.5;
    d->row[c].end = t;
    *end = sent;
}

/* ---- a trace ---- */

static void buy(struct dump *d, const bool *slow)
{
    int root = dump_begin(d, -1, EDGE, BUY, 2, 0);
    double t = dump_leaf(d, root, EDGE, CHECK, 1, 0.3, dump_ms(d, 2)) + 0.1;
    t = stock(d, root, t, slow) + dump_ms(d, 0.3);
    t = prices(d, root, t, slow) + dump_ms(d, 0.3);
    t = bank(d, root, t, slow) + dump_ms(d, 0.3);
    if (!has(d, slow, MISSING_STEP) || dump_random(d) < 0.3)
        mail(d, root, t, &t, slow);
    d->row[root].end = dump_leaf(d, root, EDGE, RENDER, 1, t + 0.1, dump_ms(d, 4)) + 0.2;
}

static void look(struct dump *d, const bool *slow)
{
    int root = dump_begin(d, -1, EDGE, LOOK, 2, 0);
    double t = dump_leaf(d, root, EDGE, CHECK, 1, 0.2, dump_ms(d, 1)) + 0.1;
    t = stock(d, root, t, slow) + dump_ms(d, 0.2);
    t = prices(d, root, t, slow) + dump_ms(d, 0.2);
    d->row[root].end = dump_leaf(d, root, EDGE, RENDER, 1, t, dump_ms(d, 3)) + 0.2;
}

/* ---- which are slow, and what they are marked with ---- */

static bool by_time(enum cause c)
{
    return c == BURST || c == DEPLOY || c == CRON;
}

/* By moment, of a dump that lasts for `all` ms. */
static bool at_time(struct dump *d, enum cause c, double at, double all)
{
    if (c == BURST)
        return at > 0.41 * all && at < 0.41 * all + d->slow_share * all;
    if (c == DEPLOY)
        return at > (1 - d->slow_share) * all;
    return fmod(at, all / 9) < all / 9 * d->slow_share;
}

struct marks {
    const char *version, *tenant, *flag;
    int host, process;
    long size;
};

static void mark(struct dump *d, struct marks *m, const bool *slow)
{
    static const char *const tenants[] = {"red", "green", "blue", "white", "black"};
    m->version = has(d, slow, VERSION) || (dump_random(d) < 0.02) ? "4.2.0" : "4.1.7";
    m->tenant = has(d, slow, TENANT) ? "violet" : tenants[(int)(dump_random(d) * 5)];
    m->host = has(d, slow, HOST) || has(d, slow, SERVICE_HOST) ? 5 : (int)(dump_random(d) * 5);
    m->flag = has(d, slow, FLAG) ? "on" : "off";
    m->size = (long)((has(d, slow, SIZE) ? 900000 : 20000) * exp(0.5 * dump_normal(d)));
    m->process = has(d, slow, COLD) ? 100 + (int)d->number : (int)(dump_random(d) * 4);
}

static void put_span(struct dump *d, struct tki_buf *to, uint32_t i, double at)
{
    const struct row *r = &d->row[i];
    uint64_t start = (uint64_t)d->base_ns + (uint64_t)((at + r->start) * 1e6),
             end = (uint64_t)d->base_ns + (uint64_t)((at + r->end) * 1e6);
    tki_buf_printf(to, "{\"traceId\":\"%016llx%016llx\",\"spanId\":\"%08x%08x\"",
                   (unsigned long long)(d->seed * 0x9e3779b97f4a7c15u + d->number * 0xbf58476d1ce4e5b9u),
                   (unsigned long long)d->number * 0x94d049bb133111ebu + 1, d->number + 1, i + 1);
    if (r->parent >= 0)
        tki_buf_printf(to, ",\"parentSpanId\":\"%08x%08x\"", d->number + 1, r->parent + 1);
    tki_buf_printf(to,
                   ",\"name\":\"%s\",\"kind\":%d,\"startTimeUnixNano\":\"%llu\",\"endTimeUnixNano\":\"%llu\","
                   "\"attributes\":[%s]",
                   r->name, r->kind, (unsigned long long)start, (unsigned long long)end, r->attrs);
    if (r->failed)
        tki_buf_lit(to, ",\"status\":{\"code\":2,\"message\":\"refused\"}");
    tki_buf_lit(to, "}");
}

static void put_trace(struct dump *d, struct tki_buf *to, const struct marks *m, double at)
{
    bool any = false;
    tki_buf_lit(to, "{\"resourceSpans\":[");
    for (int s = 0; s < SERVICES; s++) {
        bool spans = false;
        int host = s == PRICES || s == BANK ? m->host : (int)(d->number % 3);
        for (uint32_t i = 0; i < d->n; i++) {
            if (d->row[i].service != s)
                continue;
            if (!spans)
                tki_buf_printf(to,
                               "%s{\"resource\":{\"attributes\":[{\"key\":\"service.name\",\"value\":{\"stringValue\":"
                               "\"%s\"}},{\"key\":\"service.version\",\"value\":{\"stringValue\":\"%s\"}},{\"key\":"
                               "\"host.name\",\"value\":{\"stringValue\":\"node-%d\"}},{\"key\":\"process.pid\","
                               "\"value\":{\"intValue\":\"%d\"}}]},\"scopeSpans\":[{\"spans\":[",
                               any ? "," : "", d->service[s], s == PRICES ? m->version : "1.0.3", host,
                               s == PRICES ? m->process : 7);
            else
                tki_buf_putc(to, ',');
            spans = any = true;
            put_span(d, to, i, at);
        }
        if (spans)
            tki_buf_lit(to, "]}]}");
    }
    tki_buf_lit(to, "]}\n");
}

/* Where two attributes together tell of a cause, each alone is frequent elsewhere, too. */
static void mark_pair(struct dump *d, const bool *slow)
{
    static const char *const zones[] = {"\"stringValue\":\"north\"", "\"stringValue\":\"west\""};
    static const char *const plans[] = {"\"stringValue\":\"free\"", "\"stringValue\":\"paid\""};
    bool both = has(d, slow, PAIR), west = both || dump_random(d) < 0.3, paid = both || (!west && dump_random(d) < 0.6);
    attr(&d->row[0], "zone", zones[west]);
    attr(&d->row[0], "plan", plans[paid]);
}

static void make_trace(struct dump *d, struct tki_buf *to, bool first_kind, const bool *slow, double at)
{
    struct marks m;
    char text[64];
    d->n = 0;
    d->pace = exp(d->pace_sd * dump_normal(d));
    mark(d, &m, slow);
    if (first_kind)
        buy(d, slow);
    else
        look(d, slow);
    snprintf(text, sizeof text, "\"stringValue\":\"%s\"", m.tenant);
    attr(&d->row[0], "tenant.id", text);
    snprintf(text, sizeof text, "\"stringValue\":\"%s\"", m.flag);
    attr(&d->row[0], "feature_flag.fast_path", text);
    snprintf(text, sizeof text, "\"intValue\":\"%ld\"", m.size);
    attr(&d->row[0], "request.size", text);
    snprintf(text, sizeof text, "\"stringValue\":\"u%llx\"", (unsigned long long)(dump_random(d) * 1e12));
    attr(&d->row[0], "request.id", text);
    if (d->cause[0] == PAIR)
        mark_pair(d, slow);
    put_trace(d, to, &m, at);
}

static void dump_write(struct dump *d, struct tki_buf *to)
{
    double at = 0, all = d->spacing_ms * d->traces, ends[64];
    memset(ends, 0, sizeof ends);
    for (d->number = 0; d->number < d->traces; d->number++) {
        bool first_kind = d->rare ? d->number % 20 == 7 : dump_random(d) < 0.6;
        bool pool = d->cause[0] == POOL && d->number % 40 < 14;
        bool slow[2] = {false, false};
        at += pool ? 0.5 : -log(1 - dump_random(d)) * d->spacing_ms;
        d->in_flight = 0;
        for (int i = 0; i < 64; i++)
            d->in_flight += ends[i] > at;
        for (int i = 0; i < 2; i++) {
            enum cause c = d->cause[i];
            bool mine = i == 0 || d->together ? first_kind : !first_kind;
            double share = i && d->share2 > 0 ? d->share2 : d->slow_share;
            bool drawn = c == POOL ? true : by_time(c) ? at_time(d, c, at, all) : dump_random(d) < share;
            slow[i] = c != NONE && mine && drawn && !(i == 1 && d->together && slow[0]);
        }
        make_trace(d, to, first_kind, slow, at);
        ends[d->number % 64] = at + d->row[0].end;
    }
    free(d->row);
    d->row = NULL;
    d->n = d->cap = 0;
}

/* ---- the command line ---- */

static const char *const cause_names[CAUSES] = {
    "none",    "leaf",      "dark", "n+1",   "serial",     "network",   "consumer", "errors",  "retries",
    "timeout", "straggler", "pool", "cold",  "cache-miss", "recursion", "missing",  "version", "tenant",
    "host",    "flag",      "size", "burst", "deploy",     "cron",      "service",  "pair",
};

/* Where each is put: the service and the operation whose names the report must have. */
static const struct {
    int service, op;
} places[CAUSES] = {
    [SLOW_LEAF] = {BANK, CARD},      [DARK] = {STOCK, SERVE_STOCK},   [N_PLUS_ONE] = {STOCK, QUERY},
    [SERIAL] = {STOCK, SERVE_STOCK}, [NETWORK] = {EDGE, CALL_STOCK},  [LATE_CONSUMER] = {MAIL, CONSUME},
    [ERRORS] = {BANK, CARD},         [RETRIES] = {BANK, CARD},        [TIMEOUT] = {BANK, CARD},
    [STRAGGLER] = {STOCK, SHARD},    [POOL] = {PRICES, SERVE_PRICES}, [COLD] = {PRICES, CALC},
    [CACHE_MISS] = {PRICES, STORE},  [RECURSION] = {PRICES, TREE},    [MISSING_STEP] = {EDGE, PUBLISH},
    [VERSION] = {PRICES, CALC},      [TENANT] = {PRICES, CALC},       [HOST] = {PRICES, CALC},
    [FLAG] = {PRICES, CALC},         [SIZE] = {PRICES, CALC},         [BURST] = {PRICES, CALC},
    [DEPLOY] = {PRICES, CALC},       [CRON] = {PRICES, CALC},         [SERVICE_HOST] = {BANK, SERVE_BANK},
    [PAIR] = {PRICES, CALC},
};

static enum cause cause_of(const char *name, size_t n)
{
    for (int i = 0; i < CAUSES; i++)
        if (strlen(cause_names[i]) == n && strncmp(name, cause_names[i], n) == 0)
            return i;
    fprintf(stderr, "no such cause: %s\n", name);
    exit(2);
}

static void set(struct dump *d, const char *key)
{
    const struct {
        const char *name;
        double *to;
    } numbers[] = {{"share=", &d->slow_share}, {"share2=", &d->share2}, {"sd=", &d->sd},
                   {"pace=", &d->pace_sd},     {"scale=", &d->scale},   {"spacing=", &d->spacing_ms}};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        size_t n = strlen(numbers[i].name);
        if (strncmp(key, numbers[i].name, n) == 0) {
            *numbers[i].to = atof(key + n);
            return;
        }
    }
    if (strncmp(key, "seed=", 5) == 0)
        d->seed = strtoull(key + 5, NULL, 10);
    else if (strncmp(key, "run=", 4) == 0)
        d->run = strtoull(key + 4, NULL, 10);
    else if (strncmp(key, "traces=", 7) == 0)
        d->traces = (uint32_t)atoi(key + 7);
    else if (strcmp(key, "together") == 0)
        d->together = true;
    else if (strcmp(key, "rare") == 0)
        d->rare = true;
    else {
        fprintf(stderr, "no such key: %s\n", key);
        exit(2);
    }
}

int main(int argc, char **argv)
{
    struct dump d = {
        .seed = 1, .traces = 400, .slow_share = 0.12, .sd = 0.25, .pace_sd = 0.15, .scale = 1, .spacing_ms = 40};
    bool place = argc > 1 && strcmp(argv[1], "-p") == 0;
    int at = place ? 2 : 1;
    struct tki_buf out = {0};
    if (at >= argc)
        return 2;
    const char *comma = strchr(argv[at], ',');
    d.cause[0] = cause_of(argv[at], comma ? (size_t)(comma - argv[at]) : strlen(argv[at]));
    if (comma)
        d.cause[1] = cause_of(comma + 1, strlen(comma + 1));
    for (int i = at + 1; i < argc; i++)
        set(&d, argv[i]);
    dump_names(&d);
    if (place) {
        printf("%s %s\n", d.service[places[d.cause[0]].service], d.op[places[d.cause[0]].op]);
        return 0;
    }
    dump_write(&d, &out);
    bool good = !out.err && fwrite(out.p, 1, out.n, stdout) == out.n && fflush(stdout) == 0;
    tki_buf_free(&out);
    return good ? 0 : 3;
}
