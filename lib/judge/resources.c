#include "judge/resources.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/array.h"
#include "report/number.h"

enum { ENTRIES = 10 /* a service with fewer is not compared with others */, CARRIED_PERCENT = 90 };

static bool starts_with_one(tk_str key, const char *const *prefixes)
{
    for (; *prefixes; prefixes++)
        if (tki_str_starts(key, tki_str(*prefixes)))
            return true;
    return false;
}

/* ---- resources ---- */

static bool stands_for_none(tk_str name)
{
    static const char *const words[] = {"unnamed",         "default", "OTLPResourceNoServiceName",
                                        "unnamed-service", "unknown", "unknown-service"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (tki_str_same_letters(name, tki_str(words[i])))
            return true;
    return tki_str_starts(name, TKI_STR("unknown_service"));
}

static bool is_kubernetes(const struct tk_batch *b, tk_range attrs)
{
    for (uint32_t i = 0; i < attrs.count; i++) {
        tk_str key = b->attrs[attrs.first + i].key;
        if (tki_str_starts(key, TKI_STR("k8s.")) && !tki_str_starts(key, TKI_STR("k8s.cluster.")) &&
            !tki_str_starts(key, TKI_STR("k8s.node.")))
            return true;
    }
    return false;
}

static const char *const span_keys[] = {
    "http.",    "url.",       "db.",        "rpc.",         "messaging.",         "server.", "client.", "network.",
    "gen_ai.",  "error.type", "exception.", "faas.trigger", "faas.invocation_id", "code.",   "thread.", "enduser.",
    "session.", NULL};
static const char *const resource_keys[] = {"service.",   "telemetry.",   "host.",         "os.",         "process.",
                                            "container.", "k8s.",         "cloud.",        "deployment.", "device.",
                                            "faas.name",  "faas.version", "faas.instance", NULL};

/* The first key that stands at the other level; "" when there is none. */
static tk_str misplaced(const struct tki_said *f)
{
    tk_range of_resource = f->b->resources[f->s->resource].attrs;
    for (uint32_t i = 0; i < f->s->attrs.count; i++) {
        tk_str key = f->b->attrs[f->s->attrs.first + i].key;
        if (starts_with_one(key, resource_keys) && !TKI_STR_IS(key, "cloud.resource_id") &&
            !tki_str_starts(key, TKI_STR("service.peer.")))
            return key;
    }
    for (uint32_t i = 0; i < of_resource.count; i++)
        if (starts_with_one(f->b->attrs[of_resource.first + i].key, span_keys))
            return f->b->attrs[of_resource.first + i].key;
    return (tk_str){"", 0};
}

/* What tells one running program from another that has the same instance id; "" when nothing does. */
static void program_of(const struct tk_batch *b, uint32_t resource, struct tki_buf *to)
{
    static const char *const ids[] = {"k8s.pod.uid", "k8s.pod.name", "container.id"};
    for (size_t i = 0; i < sizeof ids / sizeof *ids; i++) {
        tk_str id = tki_resource_text(b, resource, ids[i]);
        if (id.n) {
            tki_buf_printf(to, "%zu", i);
            tki_buf_str(to, id);
            return;
        }
    }
    tk_str host = tki_resource_text(b, resource, "host.name");
    const struct tk_attr *pid = tk_attr_find(b, b->resources[resource].attrs, "process.pid");
    if (host.n && pid && pid->value.type == TK_INT)
        tki_buf_printf(to, "h%.*s %" PRId64, TKI_CUT(host), pid->value.v.i);
}

static void add_program(struct tki_resources *r, struct tki_tallies *t, const struct tki_said *f, tk_str id)
{
    uint32_t service = t->of_row[f->row], resource = f->s->resource;
    tki_buf_reset(&r->text);
    tki_buf_str(&r->text, (tk_str){(const char *)&service, sizeof service});
    tki_buf_str(&r->text, tki_resource_text(f->b, resource, "service.namespace"));
    tki_buf_putc(&r->text, 0);
    tki_buf_str(&r->text, id);
    tki_buf_putc(&r->text, 0);
    size_t n = r->text.n;
    program_of(f->b, resource, &r->text);
    if (r->text.err)
        t->failed = true;
    if (r->text.err || r->text.n == n)
        return;
    uint32_t at = tki_symtab_get(&r->programs, (tk_str){r->text.p, r->text.n});
    if (at == TKI_MAP_NONE) {
        if (r->programs.n == TKI_JUDGE_SERVICES) {
            t->passed_over++;
            return;
        }
        uint32_t known = r->instances.n, instance = tki_symtab_put(&r->instances, (tk_str){r->text.p, n});
        at = tki_symtab_put(&r->programs, (tk_str){r->text.p, r->text.n});
        if (instance == TKI_MAP_NONE || at == TKI_MAP_NONE || TKI_GROW(r->program, r->program_cap, at + 1) < 0 ||
            TKI_GROW(r->last, r->last_cap, instance + 1) < 0) {
            t->failed = true;
            return;
        }
        if (instance == known)
            r->last[instance] = TKI_MAP_NONE;
        r->program[at] = (struct tki_program){.instance = instance,
                                              .service = service,
                                              .next = r->last[instance],
                                              .first_ns = f->s->start_ns,
                                              .last_ns = f->s->end_ns,
                                              .trace = f->s->trace_id};
        r->last[instance] = at;
    }
    struct tki_program *p = &r->program[at];
    p->first_ns = f->s->start_ns < p->first_ns ? f->s->start_ns : p->first_ns;
    p->last_ns = f->s->end_ns > p->last_ns ? f->s->end_ns : p->last_ns;
}

/* ---- attributes that are carried along ---- */

/* Namespaces of the semantic conventions and of instrumentations: what is none of them is the application's. */
static const char *const known_keys[] = {"http.",
                                         "url.",
                                         "db.",
                                         "rpc.",
                                         "messaging.",
                                         "server.",
                                         "client.",
                                         "network.",
                                         "net.",
                                         "gen_ai.",
                                         "error",
                                         "exception.",
                                         "faas.",
                                         "code.",
                                         "thread.",
                                         "host.",
                                         "os.",
                                         "process.",
                                         "container.",
                                         "k8s.",
                                         "cloud.",
                                         "deployment.",
                                         "device.",
                                         "service.",
                                         "telemetry.",
                                         "otel.",
                                         "otlp.",
                                         "peer.",
                                         "span.",
                                         "component",
                                         "sampler.",
                                         "internal.",
                                         "tls.",
                                         "user_agent.",
                                         "event.",
                                         "log.",
                                         "aws.",
                                         "gcp.",
                                         "azure.",
                                         "graphql.",
                                         "feature_flag.",
                                         "browser.",
                                         "webengine.",
                                         "artifact.",
                                         "test.",
                                         "cicd.",
                                         "vcs.",
                                         "dns.",
                                         "file.",
                                         "geo.",
                                         "heroku.",
                                         "jvm.",
                                         "dotnet.",
                                         "go.",
                                         "nodejs.",
                                         "aspnetcore.",
                                         "signalr.",
                                         "kestrel.",
                                         "v8js.",
                                         "system.",
                                         "hw.",
                                         "linux.",
                                         "message.",
                                         "disk.",
                                         "elasticsearch.",
                                         "cassandra.",
                                         "mongodb.",
                                         "redis.",
                                         "sql.",
                                         "kafka.",
                                         "grpc.",
                                         "envoy.",
                                         "istio.",
                                         "upstream_",
                                         "response_",
                                         "request_",
                                         "guid:",
                                         "node_id",
                                         "zone",
                                         "protocol",
                                         "downstream_",
                                         "lc",
                                         "hostname",
                                         "ip",
                                         "tracekit.",
                                         "jaeger.",
                                         "zipkin.",
                                         "w3c.",
                                         "datadog.",
                                         "_dd.",
                                         "_sampling",
                                         "language",
                                         "runtime",
                                         "sampling.",
                                         "opencensus.",
                                         "instrumentation",
                                         "mvc.",
                                         "spring.",
                                         "controller",
                                         "method",
                                         "uri",
                                         "outcome",
                                         "status",
                                         "type",
                                         "level",
                                         "version",
                                         NULL};

static void add_keys(struct tki_resources *r, struct tki_tallies *t, const struct tki_said *f)
{
    uint32_t service = t->of_row[f->row];
    if (TKI_GROW_ZERO(r->entries, r->entries_cap, service + 1) < 0 ||
        TKI_GROW_ZERO(r->example, r->example_cap, service + 1) < 0) {
        t->failed = true;
        return;
    }
    r->entries[service]++;
    r->example[service] = f->s->trace_id;
    for (uint32_t i = 0; i < f->s->attrs.count; i++) {
        tk_str key = f->b->attrs[f->s->attrs.first + i].key;
        if (key.n == 0 || starts_with_one(key, known_keys))
            continue;
        uint32_t k = tki_symtab_get(&r->keys, key);
        if (k == TKI_MAP_NONE && r->keys.n == TKI_JUDGE_SERVICES) {
            t->passed_over++;
            continue;
        }
        k = k == TKI_MAP_NONE ? tki_symtab_put(&r->keys, key) : k;
        const uint32_t pair[2] = {service, k};
        uint32_t at = tki_symtab_get(&r->pairs, (tk_str){(const char *)pair, sizeof pair});
        if (at == TKI_MAP_NONE && r->pairs.n == TKI_JUDGE_NAMES) {
            t->passed_over++;
            continue;
        }
        if (k == TKI_MAP_NONE || TKI_GROW(r->carried, r->carried_cap, r->pairs.n + 1) < 0) {
            t->failed = true;
            return;
        }
        if (at == TKI_MAP_NONE) {
            at = tki_symtab_put(&r->pairs, (tk_str){(const char *)pair, sizeof pair});
            if (at == TKI_MAP_NONE) {
                t->failed = true;
                return;
            }
            r->carried[at] = (struct tki_carried){.service = service, .key = k};
        }
        r->carried[at].spans++;
    }
}

void tki_resources_add(struct tki_resources *r, struct tki_tallies *t, const struct tki_said *f, bool entry)
{
    const struct tk_batch *b = f->b;
    uint32_t resource = f->s->resource, service = t->of_row[f->row];
    if (service == TKI_MAP_NONE)
        return;
    tk_str name = b->resources[resource].service, key = misplaced(f), none = {"", 0};
    tk_str id = tki_resource_text(b, resource, "service.instance.id");
    tki_tallies_add(t, b, f->row, TKI_RULE_SERVICE_NAME, 1, name.n == 0 || stands_for_none(name), none);
    tki_tallies_add(t, b, f->row, TKI_RULE_INSTANCE_ID, 1, id.n == 0, none);
    tki_tallies_add(t, b, f->row, TKI_RULE_KEY_LEVEL, 1, key.n > 0, key);
    if (is_kubernetes(b, b->resources[resource].attrs))
        tki_tallies_add(t, b, f->row, TKI_RULE_POD_UID, 1, tki_resource_text(b, resource, "k8s.pod.uid").n == 0, none);
    if (id.n)
        add_program(r, t, f, id);
    if (entry)
        add_keys(r, t, f);
}

/* ---- findings ---- */

static void say_shared(struct tki_resources *r, struct tki_tallies *t)
{
    for (uint32_t i = 0; i < r->programs.n; i++) {
        const struct tki_program *p = &r->program[i];
        for (uint32_t k = p->next; k != TKI_MAP_NONE; k = r->program[k].next) {
            const struct tki_program *q = &r->program[k];
            if (p->first_ns >= q->last_ns || q->first_ns >= p->last_ns)
                continue;
            struct tki_tally *x = tki_tallies_at(t, p->service, TKI_RULE_INSTANCE_SHARED);
            tk_str key = r->instances.strs[p->instance];
            const char *end = memchr(key.p + sizeof(uint32_t), 0, key.n - sizeof(uint32_t));
            if (end && x->hit == 0)
                x->place = tki_tallies_copy(t, (tk_str){end + 1, (size_t)(key.p + key.n - 1 - (end + 1))});
            x->trace = x->hit ? x->trace : p->trace;
            x->hit++;
            break;
        }
    }
    for (uint32_t i = 0; i < r->instances.n; i++)
        tki_tallies_at(t, r->program[r->last[i]].service, TKI_RULE_INSTANCE_SHARED)->seen++;
}

struct carriers {
    uint32_t have, lack; /* services */
    tk_str first;        /* one that has it */
};

static bool carries(const struct tki_resources *r, uint32_t service, uint64_t spans)
{
    return spans * 100 >= r->entries[service] * CARRIED_PERCENT;
}

static uint64_t spans_with(const struct tki_resources *r, uint32_t service, uint32_t key)
{
    const uint32_t pair[2] = {service, key};
    uint32_t at = tki_symtab_get(&r->pairs, (tk_str){(const char *)pair, sizeof pair});
    return at == TKI_MAP_NONE ? 0 : r->carried[at].spans;
}

/* Two services at least carry the key on nearly all entries, and they are twice as many as those that never do. */
static void say_missing(struct tki_resources *r, struct tki_tallies *t, uint32_t services)
{
    for (uint32_t key = 0; key < r->keys.n && !t->failed; key++) {
        struct carriers c = {0};
        for (uint32_t s = 0; s < services; s++) {
            uint64_t spans = r->entries[s] >= ENTRIES ? spans_with(r, s, key) : 0;
            if (r->entries[s] < ENTRIES)
                continue;
            c.first = spans && carries(r, s, spans) && c.have == 0 ? t->services.strs[s] : c.first;
            c.have += spans && carries(r, s, spans);
            c.lack += spans == 0;
        }
        if (c.have < 2 || c.lack == 0 || c.have < 2 * c.lack)
            continue;
        for (uint32_t s = 0; s < services; s++) {
            if (r->entries[s] < ENTRIES || spans_with(r, s, key))
                continue;
            struct tki_judgement *j = tki_judgement_new(t, TKI_RULE_MISSING_ATTRIBUTE, s);
            j->place = tki_tallies_copy(t, r->keys.strs[key]);
            j->hit = j->of = r->entries[s];
            j->trace = r->example[s];
            j->certainty = "likely";
            j->message =
                tki_tallies_print(t, "none of %s entry spans has %.*s, which %s other services carry (%.*s among them)",
                                  TKI_COUNT(j->of), TKI_CUT(j->place), TKI_COUNT(c.have), TKI_CUT(c.first));
        }
    }
}

void tki_resources_finish(struct tki_resources *r, struct tki_tallies *t)
{
    uint32_t services = t->services.n < r->entries_cap ? t->services.n : r->entries_cap;
    say_shared(r, t);
    say_missing(r, t, services);
}

void tki_resources_free(struct tki_resources *r)
{
    tki_symtab_free(&r->instances);
    tki_symtab_free(&r->programs);
    tki_symtab_free(&r->keys);
    tki_symtab_free(&r->pairs);
    free(r->program);
    free(r->last);
    free(r->carried);
    free(r->entries);
    free(r->example);
    tki_buf_free(&r->text);
}
