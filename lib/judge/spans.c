/* The table of rules, and those that look at single spans. */
#include "judge/rules.h"
#include "model/span.h"

static enum tki_finds fails(bool x)
{
    return x ? TKI_FAILS : TKI_PASSES;
}

static bool unset(const struct tki_said *f)
{
    return f->s->status == TK_STATUS_UNSET;
}

static enum tki_finds silent_http(const struct tki_said *f)
{
    int64_t code = tki_said_number(f, TKI_SAID_HTTP_STATUS);
    return code < 500 || code > 599 ? TKI_DOES_NOT_APPLY : fails(unset(f));
}

/* An exception that a span above, in the same service, tells of was not kept quiet. */
static enum tki_finds silent_exception(const struct tki_said *f)
{
    if (!f->exception)
        return TKI_DOES_NOT_APPLY;
    tk_str service = tki_service_of(f->b, f->row);
    for (uint32_t at = f->row; at != TK_NONE && tki_str_eq(tki_service_of(f->b, at), service); at = f->tree->parent[at])
        if (f->b->spans[at].status != TK_STATUS_UNSET)
            return TKI_PASSES;
    return TKI_FAILS;
}

static bool is_answered(const struct tki_said *f)
{
    for (uint32_t i = f->tree->child_first[f->row]; i < f->tree->child_first[f->row + 1]; i++)
        if (!tki_str_eq(tki_service_of(f->b, f->tree->child[i]), tki_service_of(f->b, f->row)))
            return true;
    return false;
}

/* A call by HTTP or RPC that has no status, and ended at what people set as a time limit: up to 2 % and 5 ms after it.
 */
static enum tki_finds silent_timeout(const struct tki_said *f)
{
    static const int64_t limits_ms[] = {1000, 2000, 3000, 5000, 10000, 15000, 20000, 30000, 60000};
    int64_t ns;
    bool http = f->v[TKI_SAID_METHOD] || f->v[TKI_SAID_METHOD_OLD];
    if (f->s->kind != TK_KIND_CLIENT || (!http && !f->v[TKI_SAID_RPC]) || f->v[TKI_SAID_DB] || f->v[TKI_SAID_GENAI] ||
        f->v[TKI_SAID_HTTP_STATUS] || f->v[TKI_SAID_RPC_STATUS] || tki_span_duration(f->s, &ns) != TKI_DURATION_GOOD)
        return TKI_DOES_NOT_APPLY;
    bool at_limit = false;
    for (size_t i = 0; i < sizeof limits_ms / sizeof *limits_ms; i++) {
        int64_t limit_ns = limits_ms[i] * 1000000;
        at_limit = at_limit || (ns >= limit_ns && ns <= limit_ns + limit_ns / 50 + 5000000);
    }
    return at_limit && !is_answered(f) ? fails(unset(f)) : TKI_DOES_NOT_APPLY;
}

static enum tki_finds silent_error(const struct tki_said *f)
{
    const struct tk_value *error = f->v[TKI_SAID_ERROR];
    bool set =
        error && ((error->type == TK_BOOL && error->v.b) ||
                  (error->type == TK_STRING && tki_str_same_letters((tk_str){error->v.s, error->n}, TKI_STR("true"))));
    if (!set && tki_said_text(f, TKI_SAID_ERROR_TYPE).n == 0)
        return TKI_DOES_NOT_APPLY;
    int64_t code = tki_said_number(f, TKI_SAID_HTTP_STATUS);
    if (code >= 500 && code <= 599) /* silent-http's */
        return TKI_DOES_NOT_APPLY;
    return fails(unset(f));
}

/* Codes of gRPC that are errors of a server, by number and name; of a client all but OK are. */
static const struct {
    int64_t number;
    tk_str name;
} server_codes[] = {{2, TKI_STR_INIT("UNKNOWN")},        {4, TKI_STR_INIT("DEADLINE_EXCEEDED")},
                    {12, TKI_STR_INIT("UNIMPLEMENTED")}, {13, TKI_STR_INIT("INTERNAL")},
                    {14, TKI_STR_INIT("UNAVAILABLE")},   {15, TKI_STR_INIT("DATA_LOSS")}};

static enum tki_finds silent_rpc(const struct tki_said *f)
{
    int64_t number = tki_said_number(f, TKI_SAID_RPC_STATUS);
    tk_str name = tki_said_text(f, TKI_SAID_RPC_STATUS);
    bool error = false;
    if (number < 0 && name.n == 0)
        return TKI_DOES_NOT_APPLY;
    if (f->s->kind == TK_KIND_CLIENT)
        error = number > 0 || (number < 0 && !tki_str_same_letters(name, TKI_STR("OK")));
    for (size_t i = 0; i < sizeof server_codes / sizeof *server_codes && f->s->kind == TK_KIND_SERVER; i++)
        error = error || number == server_codes[i].number ||
                (number < 0 && tki_str_same_letters(name, server_codes[i].name));
    return error ? fails(unset(f)) : TKI_DOES_NOT_APPLY;
}

static enum tki_finds client_fault(const struct tki_said *f)
{
    int64_t code = tki_said_number(f, TKI_SAID_HTTP_STATUS);
    if (f->s->kind != TK_KIND_SERVER || code < 400 || code > 499)
        return TKI_DOES_NOT_APPLY;
    return fails(f->s->status == TK_STATUS_ERROR && !f->exception);
}

static enum tki_finds false_error(const struct tki_said *f)
{
    int64_t code = tki_said_number(f, TKI_SAID_HTTP_STATUS);
    if (code < 100 || code > 399 || f->s->status != TK_STATUS_ERROR)
        return TKI_DOES_NOT_APPLY;
    return fails(f->s->status_message.n == 0 && !f->exception && !f->v[TKI_SAID_ERROR_TYPE]);
}

static enum tki_finds ok_despite(const struct tki_said *f)
{
    if (f->s->status != TK_STATUS_OK)
        return TKI_DOES_NOT_APPLY;
    return fails(f->exception || tki_said_number(f, TKI_SAID_HTTP_STATUS) >= 500);
}

static enum tki_finds twins(const struct tki_said *f)
{
    tk_str new = tki_said_text(f, TKI_SAID_METHOD), old = tki_said_text(f, TKI_SAID_METHOD_OLD);
    if (new.n == 0 || old.n == 0)
        return TKI_DOES_NOT_APPLY;
    return fails(!tki_str_same_letters(new, old) && !TKI_STR_IS(new, "_OTHER"));
}

static enum tki_finds dropped(const struct tki_said *f)
{
    return fails(f->s->dropped_attrs || f->s->dropped_events || f->s->dropped_links);
}

static enum tki_finds client_root(const struct tki_said *f)
{
    if (f->s->parent_id || f->tree->parent[f->row] != TK_NONE)
        return TKI_DOES_NOT_APPLY;
    return fails(f->s->kind == TK_KIND_CLIENT);
}

#define INFORMATION TKI_LEVEL_INFORMATION
#define IMPROVEMENT TKI_LEVEL_IMPROVEMENT
#define VIOLATION   TKI_LEVEL_VIOLATION

/* clang-format off: a row a rule */
const struct tki_rule tki_rules[TKI_RULES] = {
    [TKI_RULE_SERVICE_NAME] = {"service-name", VIOLATION, "RES-005", 40, "spans", "are of no named service",
                               "set service.name in the resource of the program (OTEL_SERVICE_NAME)", NULL},
    [TKI_RULE_INSTANCE_ID] = {"instance-id", INFORMATION, "RES-001", 20, "spans",
                              "lack service.instance.id in their resource",
                              "set service.instance.id in the resource, or let a resource detector do it", NULL},
    [TKI_RULE_INSTANCE_SHARED] = {"instance-shared", IMPROVEMENT, "RES-002", 30, "instance ids",
                                  "are shared by programs that run at the same time",
                                  "give each running program a service.instance.id of its own", NULL},
    [TKI_RULE_POD_UID] = {"pod-uid", IMPROVEMENT, "RES-003", 30, "spans from Kubernetes",
                          "lack k8s.pod.uid in their resource",
                          "set k8s.pod.uid with the downward API or the collector's k8sattributes processor", NULL},
    [TKI_RULE_KEY_LEVEL] = {"key-level", IMPROVEMENT, "RES-004", 30, "spans",
                            "have an attribute that belongs to the other level, resource or span",
                            "set resource attributes in the resource and span attributes on spans", NULL},
    [TKI_RULE_INTERNAL_SPANS] = {"internal-spans", IMPROVEMENT, "SPA-001", 20, "traces",
                                 "have more than 10 INTERNAL spans of the service",
                                 "leave out spans of internal functions, or make them events", NULL},
    [TKI_RULE_TINY_SPANS] = {"tiny-spans", IMPROVEMENT, "SPA-005", 30, "traces",
                             "have more than 20 spans shorter than 5 ms",
                             "sum up such steps in an attribute or an event of the span around them", NULL},
    [TKI_RULE_CLIENT_ROOT] =
        {"client-root", IMPROVEMENT, "SPA-004", 30, "roots", "are of kind CLIENT",
         "begin a span where the work begins (a request, a job, a message), and pass its context to the call",
         client_root},
    [TKI_RULE_SILENT_HTTP] = {"silent-http", VIOLATION, NULL, 0, "spans with an HTTP status of 5xx",
                              "leave their status unset",
                              "set the span's status to Error where the answer is 5xx, as the HTTP conventions say",
                              silent_http},
    [TKI_RULE_SILENT_EXCEPTION] =
        {"silent-exception", IMPROVEMENT, NULL, 0, "spans with an exception",
         "leave their status unset, and so do the spans above in the service",
         "set the status to Error where an exception is recorded, or do not record one that was handled",
         silent_exception},
    [TKI_RULE_SILENT_TIMEOUT] = {"silent-timeout", IMPROVEMENT, NULL, 0,
                                 "calls that got no answer and ended at a round limit",
                                 "look like timeouts and leave their status unset",
                                 "set the status to Error and error.type to timeout where the client gives up",
                                 silent_timeout},
    [TKI_RULE_SILENT_ERROR] = {"silent-error", IMPROVEMENT, NULL, 0, "spans that name an error (error.type, error)",
                               "leave their status unset",
                               "set the status to Error with error.type, or leave error.type out where nothing failed",
                               silent_error},
    [TKI_RULE_SILENT_RPC] = {"silent-rpc", IMPROVEMENT, NULL, 0, "calls with a gRPC status that is an error",
                             "leave their status unset", "set the span's status to Error, as the gRPC conventions say",
                             silent_rpc},
    [TKI_RULE_CLIENT_FAULT] = {"client-fault", INFORMATION, NULL, 0, "server spans with an HTTP status of 4xx",
                               "count as errors of the server", "leave the status of server spans unset for 4xx",
                               client_fault},
    [TKI_RULE_FALSE_ERROR] = {"false-error", INFORMATION, NULL, 0, "failed spans with an HTTP status below 400",
                              "say nothing about why they failed", "give failed spans an error.type or a description",
                              false_error},
    [TKI_RULE_OK_DESPITE] = {"ok-despite", INFORMATION, NULL, 0, "spans with status Ok",
                             "have an exception or an HTTP status of 5xx",
                             "let instrumentation leave the status unset: Ok is the application's word, and wins",
                             ok_despite},
    [TKI_RULE_TWINS] = {"attribute-twins", VIOLATION, NULL, 0, "spans with http.method and http.request.method",
                        "have two different values", "let one instrumentation set both, or only the new name", twins},
    [TKI_RULE_DROPPED] =
        {"dropped", IMPROVEMENT, NULL, 0, "spans", "lost attributes, events or links to a limit of the SDK",
         "raise OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT, OTEL_SPAN_EVENT_COUNT_LIMIT or OTEL_SPAN_LINK_COUNT_LIMIT, or record less",
         dropped},
    [TKI_RULE_NAME_GENERIC] = {"name-generic", IMPROVEMENT, NULL, 0, "spans", "have a name that says nothing",
                               "name spans after the operation: {method} {http.route}, {operation} {target}", NULL},
    [TKI_RULE_NAME_UNBOUNDED] =
        {"name-unbounded", IMPROVEMENT, NULL, 0, "names of spans", "differ in values only",
         "take the values out of the name (http.route instead of the path) and put them into attributes", NULL},
    [TKI_RULE_NAME_DATA] = {"name-data", IMPROVEMENT, NULL, 0, "names of spans",
                            "hold a statement or a query string, perhaps personal data",
                            "name spans after the operation, and put the text into db.query.text or url.full", NULL},
    [TKI_RULE_KIND_INTERNAL] =
        {"kind-internal", IMPROVEMENT, NULL, 0, "spans", "are all INTERNAL, though other services call this one",
         "set the kind of spans that take calls to SERVER or CONSUMER, and of those that make calls to CLIENT", NULL},
    [TKI_RULE_MISSING_ATTRIBUTE] = {"missing-attribute", IMPROVEMENT, NULL, 0, "entry spans",
                                    "lack an attribute that other services carry",
                                    "set the attribute here, too: take it from baggage or from the request", NULL},
    [TKI_RULE_UNINSTRUMENTED] =
        {"uninstrumented-peer", IMPROVEMENT, NULL, 0, "calls to one address",
         "end in nothing: no service in the dump looks like it",
         "instrument the service behind that address, or check that its spans are exported to the same place", NULL},
    [TKI_RULE_PHANTOM_PARENT] =
        {"phantom-parent", VIOLATION, NULL, 0, "calls that came in", "have a parent that nobody exported",
         "export the spans of the caller (a proxy or mesh that makes spans and sends them nowhere), or let it pass the context on unchanged",
         NULL},
    [TKI_RULE_LOST_PARENTS] =
        {"lost-parents", VIOLATION, NULL, 0, "spans below others of their own service",
         "lost their parent, which the same program made",
         "look for a full export queue (OTEL_BSP_MAX_QUEUE_SIZE), a span processor that filters, or a program that ended without a flush",
         NULL},
    [TKI_RULE_MERGED] =
        {"merged-trace", VIOLATION, NULL, 0, "requests",
         "are joined in one trace that is none: its duration means nothing",
         "let each request begin with a context of its own: look for one kept by a pooled connection or an eBPF agent, or a constant TRACEPARENT",
         NULL},
    [TKI_RULE_CUT_IDS] = {"cut-ids", VIOLATION, NULL, 0, "trace ids",
                          "are the half of another one: the same traces, cut from 128 to 64 bits",
                          "let all services pass trace ids of 128 bits (W3C, or B3 with 128 bits)", NULL},
    [TKI_RULE_CONTEXT_LOST] = {"context-lost", VIOLATION, NULL, 0, "calls", "arrive without context", NULL, NULL},
    [TKI_RULE_CONTEXT_INSIDE] = {"context-lost-inside", VIOLATION, NULL, 0, "roots that are no entries",
                                 "begin within an open request of the same program: context is lost inside it",
                                 "pass the context on where work changes its thread, pool, callback or timer", NULL},
    [TKI_RULE_CONTEXT_BROKER] = {"context-lost-broker", VIOLATION, NULL, 0, "messages",
                                 "are processed with neither parent nor link", NULL, NULL},
    [TKI_RULE_OWN_SAMPLING] =
        {"own-sampling", VIOLATION, NULL, 0, "traces", "have this service and its callers not together",
         "let it follow its parent: OTEL_TRACES_SAMPLER=parentbased_traceidratio, or parentbased_always_on behind a caller that samples",
         NULL},
    [TKI_RULE_PIPELINE_GAP] =
        {"pipeline-gap", IMPROVEMENT, NULL, 0, "services", "are silent together",
         "look at that time in the collector's otelcol_receiver_refused_spans, otelcol_exporter_send_failed_spans and otelcol_processor_dropped_spans, and at deployments",
         NULL},
    [TKI_RULE_TWO_TRACES] = {"two-traces", INFORMATION, NULL, 0, "requests", "are in two traces, joined by a link",
                             NULL, NULL},
    [TKI_RULE_N_PLUS_ONE] = {"n-plus-one", INFORMATION, NULL, 0, "traces", "make calls one after the other",
                             "ask for all of them in one call, or side by side", NULL},
    [TKI_RULE_RETRIES] = {"retries", INFORMATION, NULL, 0, "traces", "call again what failed",
                          "see what the call that failed says, and try again only where that can help", NULL},
    [TKI_RULE_STRAGGLER] = {"straggler", INFORMATION, NULL, 0, "traces", "wait for one of several calls",
                            "see what the slow one asks for that the others do not, or do without the last answer",
                            NULL},
    [TKI_RULE_TIMEOUT] = {"timeout", INFORMATION, NULL, 0, "traces", "have a call that failed after a round time",
                          "see what the called side did in that time; give up earlier where nobody needs the answer",
                          NULL},
    [TKI_RULE_RECURSION] = {"recursion", INFORMATION, NULL, 0, "traces", "have an operation that calls itself",
                            "fetch a level at a time, or bound how deep it goes", NULL},
    [TKI_RULE_SERIAL] = {"serial", INFORMATION, NULL, 0, "traces", "make calls wait for each other",
                         "begin the second call before the first one has ended", NULL},
    [TKI_RULE_POOL] = {"pool", INFORMATION, NULL, 0, "traces", "wait before a call, the longer the more is in flight",
                       "see how many the pool or the lock before that call lets in, and for how long", NULL},
    [TKI_RULE_CACHE_MISS] = {"cache-miss", INFORMATION, NULL, 0, "traces", "call what the cache had no answer for",
                             "see how long entries stay, and what asks for others", NULL},
    [TKI_RULE_PARENTS] = {"parents", INFORMATION, "SPA-002", 20, "spans", "name a parent that is not there",
                          "see the check orphans", NULL},
};
/* clang-format on */

const char *tki_rule_level_name(enum tki_level level)
{
    static const char *const names[] = {"information", "improvement", "violation"};
    return names[level];
}
