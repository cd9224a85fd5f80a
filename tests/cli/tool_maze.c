/* tool_maze - writes the dump of a system drawn at random, with one cause or two why some requests are slow: OTLP JSON
 * lines.
 *
 *     tool_maze CAUSE[,CAUSE] [KEY=VALUE]...    the dump
 *     tool_maze -p CAUSE [KEY=VALUE]...         what the report must say: a basic regular expression
 *
 * Two kinds of requests, each a tree of operations drawn from the seed: which services there are, which of them calls
 * which, in a row or side by side, through how many hops, how long each takes.  Where the cause is put is drawn, too;
 * its size is a multiple of what a request takes.  Keys: seed (of all that is drawn), name (of names only), begin
 * (seconds; of the moment), traces, share (that have the cause), size (times the usual duration), sd, pace, rare (the
 * kind is one of twenty requests), first (share of the first kind), skew (ms, of the clocks of a service), links
 * (consumers have traces of their own), spacing (ms), run (of what chance does with the same system: for two sets).
 */
#include "maze.h"

/* ---- running one ---- */

static const struct fault *fault_at(const struct maze *m, int node, enum cause cause)
{
    for (int i = 0; i < m->nfaults; i++)
        if (m->slow[i] && m->fault[i].target == node && m->fault[i].cause == cause)
            return &m->fault[i];
    return NULL;
}

/* Any cause that makes a leaf longer, and nothing else of its time. */
static const struct fault *longer(const struct maze *m, int node)
{
    static const enum cause such[] = {LEAF,    ERRORS, SILENT, COLD,  ROOT_ATTR, SPAN_ATTR, RESOURCE_ATTR,
                                      PRESENT, SIZE,   BURST,  SINCE, RHYTHM,    PEER};
    for (size_t i = 0; i < sizeof such / sizeof *such; i++)
        if (fault_at(m, node, such[i]))
            return fault_at(m, node, such[i]);
    return NULL;
}

static bool service_slow(const struct maze *m, int node)
{
    for (int i = 0; i < m->nfaults; i++)
        if (m->slow[i] && m->fault[i].cause == SERVICE && m->node[node].service == m->node[m->fault[i].target].service)
            return true;
    return false;
}

static double own(struct maze *m, int node, double ms)
{
    double more = 1;
    for (int i = 0; i < m->nfaults; i++)
        if (service_slow(m, node))
            more = m->fault[i].ms;
    return around(m, ms) * more;
}

static int begin(struct maze *m, int parent, int node, double at)
{
    if (m->nspans >= SPANS)
        exit(4);
    m->span[m->nspans] = (struct span){.parent = parent, .node = node, .start = at, .host = -1};
    return m->nspans++;
}

static double run(struct maze *m, int parent, int node, double at);

static double run_leaf(struct maze *m, int parent, int node, double at)
{
    const struct fault *f = longer(m, node), *r = fault_at(m, node, RETRIES), *t = fault_at(m, node, TIMEOUT);
    double ms = own(m, node, m->node[node].own_ms), pause = 0;
    int tries = r ? 3 + draw(m, 2) : 0;
    for (int i = 0; i < tries; i++) {
        int s = begin(m, parent, node, at);
        double each = around(m, r->ms / tries * 0.7);
        m->span[s].failed = true;
        m->span[s].end = at + each;
        pause = pause > 0 ? pause * 2 : r->ms * 0.3 / 12;
        at += each + pause;
    }
    int s = begin(m, parent, node, at);
    if (f)
        ms += around(m, f->ms);
    if (t)
        ms = t->ms * (1 + 0.004 * chance(m));
    m->span[s].failed = (f && f->cause == ERRORS) || (t && t->gap == 1);
    m->span[s].noted = f && f->cause == SILENT;
    return m->span[s].end = at + ms;
}

static double run_calls(struct maze *m, int parent, int node, double at)
{
    const struct fault *f = fault_at(m, node, LOOP);
    int n = m->node[node].calls > 1 ? 1 + draw(m, m->node[node].calls) : 1;
    if (chance(m) >= m->node[node].chance && !longer(m, node))
        n = 0;
    if (f)
        n = 8 + (int)(around(m, f->ms) / (m->node[node].own_ms + 0.2));
    if (fault_at(m, node, STEP))
        n = 0;
    for (int i = 0; i < n; i++)
        at = (m->node[node].nkids ? run(m, parent, node, at) : run_leaf(m, parent, node, at)) + around(m, 0.1);
    return at;
}

static double run_together(struct maze *m, int s, double at)
{
    const struct node *x = &m->node[m->span[s].node];
    const struct fault *serial = fault_at(m, m->span[s].node, SERIAL), *late = fault_at(m, m->span[s].node, STRAGGLER);
    late = late ? late : fault_at(m, m->span[s].node, ANY); /* the calls are of different operations */
    int which = late ? draw(m, x->nkids) : -1;
    double end = at, next = at;
    for (int i = 0; i < x->nkids; i++) {
        double done = run_leaf(m, s, x->kid[i], serial ? next : at + 0.03 * i);
        if (i == which)
            done = m->span[m->nspans - 1].end += around(m, late->ms);
        next = done + 0.05;
        end = done > end ? done : end;
    }
    return end;
}

static void run_message(struct maze *m, int s, double sent, double *waited)
{
    int node = m->node[m->span[s].node].kid[0];
    const struct fault *f = fault_at(m, node, QUEUE), *w = fault_at(m, node, WAITED);
    double at = sent + (f || w ? around(m, (f ? f : w)->ms) : around(m, 2));
    int c = begin(m, s, node, at);
    double end = at + around(m, 0.5);
    for (int i = 0; i < m->node[node].nkids; i++)
        end = run_calls(m, c, m->node[node].kid[i], end);
    m->span[c].end = end + around(m, 0.3);
    for (int i = 0; i < m->nfaults; i++)
        if (m->fault[i].cause == WAITED && m->fault[i].target == node)
            *waited = m->span[c].end + 0.2;
}

static double recursion(struct maze *m, int parent, int node, double at, int depth)
{
    int s = begin(m, parent, node, at);
    double t = at + around(m, m->node[node].own_ms);
    if (depth > 0)
        t = recursion(m, s, node, t, depth - 1) + around(m, 0.2);
    return m->span[s].end = t;
}

static bool is_target(const struct maze *m, int node, enum cause c)
{
    for (int i = 0; i < m->nfaults; i++)
        if (m->fault[i].target == node && m->fault[i].cause == c)
            return true;
    return false;
}

static double gap(struct maze *m, int node, int which)
{
    const struct fault *f = fault_at(m, node, DARK), *p = NULL;
    double ms = own(m, node, m->node[node].own_ms);
    for (int i = 0; i < m->nfaults; i++)
        if (m->fault[i].cause == POOL && m->fault[i].target == node)
            p = &m->fault[i];
    if (p && which == 0)
        ms += p->ms * 0.06 * m->in_flight;
    return f && f->gap == which ? ms + around(m, f->ms) : ms;
}

static double run(struct maze *m, int parent, int node, double at)
{
    const struct node *x = &m->node[node];
    const struct fault *f = fault_at(m, node, NETWORK), *peer = longer(m, node);
    int s = begin(m, parent, node, at);
    if (x->kind == CLIENT) {
        double way = (f ? around(m, f->ms) : around(m, 0.6)) / 2;
        if (peer) { /* who answers is not in the dump */
            m->span[s].end = at + around(m, peer->ms);
            return m->span[s].end;
        }
        return m->span[s].end = run(m, s, x->kid[0], at + way) + way;
    }
    if (x->kind == PRODUCER) {
        double sent = at + own(m, node, x->own_ms), waited = 0;
        m->span[s].end = sent;
        run_message(m, s, sent, &waited);
        return waited > sent ? waited : sent;
    }
    double t = at + gap(m, node, 0);
    if (x->together)
        t = run_together(m, s, t);
    for (int i = 0; i < x->nkids && !x->together; i++) {
        int kid = x->kid[i];
        if (i)
            t += gap(m, node, i);
        if (is_target(m, kid, RECURSION))
            t = recursion(m, s, kid, t,
                          fault_at(m, kid, RECURSION) ? 4 + (int)(m->fault[0].ms / m->node[kid].own_ms)
                                                      : 1 + draw(m, 2));
        else if (!is_target(m, kid, MISS) || fault_at(m, kid, MISS))
            t = m->node[kid].kind == PRODUCER && fault_at(m, kid, STEP) ? t : run_calls(m, s, kid, t);
        if (fault_at(m, kid, MISS))
            m->span[m->nspans - 1].end += around(m, fault_at(m, kid, MISS)->ms), t = m->span[m->nspans - 1].end + 0.1;
    }
    return m->span[s].end = t + gap(m, node, x->nkids);
}

/* ---- where causes are put ---- */

static bool in_plan(const struct maze *m, int node, int plan)
{
    while (m->node[node].parent >= 0)
        node = m->node[node].parent;
    return node == m->root[plan];
}

static bool beside(const struct maze *m, int node) /* runs side by side with others */
{
    for (int at = m->node[node].parent; at >= 0; at = m->node[at].parent)
        if (m->node[at].together || m->node[at].kind == CONSUMER)
            return true;
    return false;
}

static bool same_names(const struct maze *m, int node)
{
    const struct node *x = &m->node[node];
    return x->nkids > 1 && m->node[x->kid[0]].name == m->node[x->kid[1]].name;
}

static bool may_be(const struct maze *m, int node, enum cause c)
{
    const struct node *x = &m->node[node];
    bool leaf = x->nkids == 0 && !beside(m, node), usual = x->chance >= 1;
    int up = x->parent;
    switch (c) {
    case DARK: return (x->kind == SERVER || (x->kind == INTERNAL && x->nkids)) && !x->together && !beside(m, node);
    case POOL: return x->kind == SERVER && x->nkids && up >= 0;
    case SERIAL: return x->together;
    case STRAGGLER: return x->together && same_names(m, node);
    case ANY: return x->together && !same_names(m, node);
    case NETWORK: return x->kind == CLIENT && x->nkids;
    case PEER: return x->kind == CLIENT && x->nkids && up >= 0;
    case QUEUE:
    case WAITED: return x->kind == CONSUMER;
    case ERRORS:
    case RETRIES:
    case TIMEOUT: return leaf && x->kind == CLIENT && usual && x->calls == 1;
    case LOOP: return leaf && usual && x->own_ms < 8;
    case RECURSION: return leaf && x->kind == INTERNAL && x->calls == 1 && usual;
    case MISS: return leaf && x->calls == 1 && usual && up >= 0 && m->node[up].kid[0] != node;
    case SERVICE: return x->kind == SERVER && up >= 0;
    case STEP: return usual && up >= 0 && x->kind == PRODUCER;
    default: return leaf && usual && x->calls == 1;
    }
}

static double usual(struct maze *m, int plan)
{
    double sum = 0;
    for (int i = 0; i < 40; i++) {
        m->nspans = 0;
        m->pace = 1;
        sum += run(m, -1, m->root[plan], 0) / 40;
    }
    return sum;
}

static bool put_fault(struct maze *m, struct fault *f)
{
    static const double rounds[] = {100, 200, 250, 500, 1000, 2000, 5000, 10000, 30000};
    int list[NODES], n = 0;
    for (int i = 0; i < m->n; i++)
        if (in_plan(m, i, f->plan) && may_be(m, i, f->cause))
            list[n++] = i;
    if (n == 0)
        return false;
    f->target = list[draw(m, n)];
    f->gap = f->cause == TIMEOUT ? draw(m, 2) : draw(m, m->node[f->target].nkids + 1);
    f->attr = draw(m, 6);
    f->ms = m->usual_ms[f->plan] * m->size * (0.8 + 0.6 * chance(m));
    struct node *x = &m->node[f->target];
    if (f->cause == SERIAL)
        for (int i = 0; i < x->nkids; i++)
            m->node[x->kid[i]].own_ms = m->usual_ms[f->plan] * (0.8 + 0.4 * chance(m));
    if (f->cause == TIMEOUT) {
        size_t i = 0;
        while (i + 1 < sizeof rounds / sizeof *rounds && rounds[i] < f->ms)
            i++;
        f->ms = rounds[i];
    }
    if (f->cause == SERVICE) {
        double ms = 0;
        for (int i = 0; i < m->n; i++)
            if (m->node[i].service == x->service && in_plan(m, i, f->plan) && !beside(m, i))
                ms += m->node[i].own_ms;
        if (ms < 0.15 * m->usual_ms[f->plan])
            return false;
        f->ms = 1 + f->ms / ms;
    }
    return true;
}

/* Draws systems until there is one in which the causes have a place. */
static void make_system(struct maze *m)
{
    for (uint64_t at = 0; at < 500; at++) {
        bool good = true;
        m->random = m->seed * 7919 + at * 104729 + 17;
        m->sd = fabs(m->sd);
        make_plans(m);
        int n = m->nfaults;
        m->nfaults = 0;
        for (int i = 0; i < 2; i++)
            m->usual_ms[i] = usual(m, i);
        for (int i = 0; i < n; i++)
            good = good && (m->fault[i].cause == NONE || put_fault(m, &m->fault[i]));
        m->nfaults = n;
        good = good && (n < 2 || m->fault[0].target != m->fault[1].target);
        if (good)
            return;
    }
    fprintf(stderr, "no place for such a cause\n");
    exit(4);
}

static void print_want(struct maze *m)
{
    const struct fault *f = &m->fault[0];
    char service[32], op[32], up[32] = "";
    int node = f->target;
    const char *key = keys[f->attr], *value = values[f->attr];
    service_name(m, m->node[node].service, service, sizeof service);
    op_name(m, node, op, sizeof op);
    if (m->node[node].parent >= 0)
        op_name(m, m->node[node].parent, up, sizeof up);
    switch (f->cause) {
    case NONE: printf("no cause stands out\n"); break;
    case LEAF: printf("slow %s: %s\n", service, op); break;
    case DARK: printf("dark time in %s: %s\n", service, op); break;
    case LOOP: printf("N+1: [0-9]* x %s: %s\n", service, op); break;
    case SERIAL: printf("serial calls instead of parallel ones in %s: %s\n", service, op); break;
    case NETWORK: printf("network from %s: %s to\n", service, op); break;
    case QUEUE:
    case WAITED: printf("queue: consumer %s: %s starts late\n", service, op); break;
    case ERRORS: printf("errors: %s: %s fails\n", service, op); break;
    case RETRIES: printf("retries[a-z -]*: [0-9]* x %s: %s\n", service, op); break;
    case TIMEOUT: printf("timeout: %s: %s ends after %g\n", service, op, f->ms >= 1000 ? f->ms / 1000 : f->ms); break;
    case SILENT: printf("%s: %s runs into an error and reports none\n", service, op); break;
    case STRAGGLER:
        op_name(m, m->node[node].kid[0], op, sizeof op);
        printf("straggler: one of [0-9]* x %s: %s side by side\n", service, op);
        break;
    case ANY: printf("straggler: one of [0-9]* calls side by side in %s: %s, another one\n", service, op); break;
    case POOL: printf("waiting for a pool or lock in %s: %s\n", service, op); break;
    case COLD: printf("cold start, the first call of a process: %s: %s\n", service, op); break;
    case MISS: printf("%s: %s is called after .* as on a cache miss\n", service, op); break;
    case RECURSION: printf("recursion: %s: %s calls itself more often\n", service, op); break;
    case ROOT_ATTR:
    case SPAN_ATTR:
    case RESOURCE_ATTR: printf("slow %s: %s.*where %s = %s\n", service, op, key, value); break;
    case PRESENT: printf("slow %s: %s.*where %s is set\n", service, op, key); break;
    case SIZE: printf("slow %s: %s.*where payload.bytes is larger\n", service, op); break;
    case BURST: printf("slow %s: %s.* from [0-9-]*T[0-9:.]*Z to\n", service, op); break;
    case SINCE: printf("slow %s: %s.* since [0-9-]*T\n", service, op); break;
    case RHYTHM: printf("slow %s: %s.* every \n", service, op); break;
    case SERVICE: printf("all of service %s\n", service); break;
    case STEP: printf("A step is missing: %s: %s is reached by\n", service, op); break;
    case PEER: printf("%s: %s.*no span answers\n", service, op); break;
    default: break;
    }
}

/* ---- writing ---- */

static void put_attr(struct tki_buf *to, bool *first, const char *key, const char *type, const char *value)
{
    tki_buf_printf(to, "%s{\"key\":\"%s\",\"value\":{\"%s\":\"%s\"}}", *first ? "" : ",", key, type, value);
    *first = false;
}

static bool marked(const struct maze *m, enum cause c, int i)
{
    return m->fault[i].cause == c && m->slow[i];
}

static void put_attrs(struct maze *m, struct tki_buf *to, int s)
{
    static const char *const noise[] = {"red", "green", "blue", "grey"};
    int node = m->span[s].node;
    char text[32];
    bool first = true;
    tki_buf_lit(to, "\"attributes\":[");
    if (s == 0) {
        put_attr(to, &first, "colour", "stringValue", noise[draw(m, 4)]);
        snprintf(text, sizeof text, "%llx", (unsigned long long)(chance(m) * 1e15));
        put_attr(to, &first, "request.id", "stringValue", text);
        snprintf(text, sizeof text, "%d", 100 + draw(m, 900));
        put_attr(to, &first, "queue.length", "intValue", text);
    }
    snprintf(text, sizeof text, "%d", 1 + draw(m, 40));
    put_attr(to, &first, "thread.id", "intValue", text);
    for (int i = 0; i < m->nfaults; i++) {
        const struct fault *f = &m->fault[i];
        enum cause c = f->cause;
        bool here = c == ROOT_ATTR ? s == 0 : node == f->target, mine = m->slow[i];
        if (here && (c == ROOT_ATTR || c == SPAN_ATTR)) /* one of thirty has it and is fast */
            put_attr(to, &first, keys[f->attr], "stringValue",
                     mine || chance(m) < 0.03 ? values[f->attr] : noise[draw(m, 4)]);
        if (here && c == PRESENT && mine)
            put_attr(to, &first, keys[f->attr], "stringValue", noise[draw(m, 4)]);
        if (c == SIZE && node == f->target) {
            snprintf(text, sizeof text, "%.0f", (mine ? 800000 : 9000) * exp(0.4 * normal(m)));
            put_attr(to, &first, "payload.bytes", "intValue", text);
        }
    }
    tki_buf_lit(to, "]");
}

/* The consumer that a span is, or lies below; -1: none. */
static int consumer_of(const struct maze *m, int s)
{
    while (s >= 0 && m->node[m->span[s].node].kind != CONSUMER)
        s = m->span[s].parent;
    return s;
}

static void put_ids(const struct maze *m, struct tki_buf *to, const char *prefix, int s, bool apart)
{
    tki_buf_printf(to, "\"%s\":\"%08x%08x%016llx\",\"%s\":\"%08x%08x\"", "traceId",
                   (unsigned)(m->seed + 1) + (apart ? 0x80000000u : 0), (unsigned)m->run + 1,
                   (unsigned long long)((m->number + 1) * 0x94d049bb133111ebu), prefix, m->number + 1, (unsigned)s + 1);
}

/* A clock that is behind shows times before the base: what a negative number is as an unsigned one is the processor's.
 */
static unsigned long long moment(uint64_t base, double ms)
{
    return base + (uint64_t)(int64_t)(ms * 1e6);
}

static void put_span(struct maze *m, struct tki_buf *to, int s, double at)
{
    const struct span *x = &m->span[s];
    char name[32];
    bool apart = m->links && consumer_of(m, s) >= 0, first = apart && consumer_of(m, s) == s;
    op_name(m, x->node, name, sizeof name);
    uint64_t base = 1650000000000000000u + (uint64_t)(m->begin * 1e9);
    at += m->node[x->node].service == 1 ? m->skew : 0;
    tki_buf_lit(to, "{");
    put_ids(m, to, "spanId", s, apart);
    if (first) {
        tki_buf_lit(to, ",\"links\":[{");
        put_ids(m, to, "spanId", x->parent, false);
        tki_buf_lit(to, "}]");
    } else if (x->parent >= 0)
        tki_buf_printf(to, ",\"parentSpanId\":\"%08x%08x\"", m->number + 1, (unsigned)x->parent + 1);
    tki_buf_printf(to, ",\"name\":\"%s\",\"kind\":%d,\"startTimeUnixNano\":\"%llu\",\"endTimeUnixNano\":\"%llu\",",
                   name, m->node[x->node].kind, moment(base, at + x->start), moment(base, at + x->end));
    put_attrs(m, to, s);
    if (x->noted)
        tki_buf_printf(to,
                       ",\"events\":[{\"name\":\"exception\",\"timeUnixNano\":\"%llu\",\"attributes\":[{\"key\":"
                       "\"exception.message\",\"value\":{\"stringValue\":\"gave up\"}}]}]",
                       moment(base, at + x->end));
    if (x->failed)
        tki_buf_lit(to, ",\"status\":{\"code\":2,\"message\":\"no answer\"}");
    tki_buf_lit(to, "}");
}

static void put_resource(struct maze *m, struct tki_buf *to, int service)
{
    static const char *const noise[] = {"n1", "n2", "n3", "n4", "n5"};
    char name[32], text[32];
    bool first = true;
    int host = draw(m, 5);
    service_name(m, service, name, sizeof name);
    tki_buf_lit(to, "{\"resource\":{\"attributes\":[");
    put_attr(to, &first, "service.name", "stringValue", name);
    for (int i = 0; i < m->nfaults; i++) {
        const struct fault *f = &m->fault[i];
        if (m->node[f->target].service != service)
            continue;
        if (f->cause == RESOURCE_ATTR)
            put_attr(to, &first, keys[f->attr], "stringValue",
                     marked(m, RESOURCE_ATTR, i) || chance(m) < 0.02 ? values[f->attr] : "usual");
        if (f->cause == COLD) {
            snprintf(text, sizeof text, "%d", m->pid);
            put_attr(to, &first, "process.pid", "intValue", text);
            host = m->pid % 5;
        }
    }
    if (m->skew != 0) /* a clock is one of a host */
        snprintf(text, sizeof text, "h%d", service);
    put_attr(to, &first, "host.name", "stringValue", m->skew != 0 ? text : noise[host]);
    tki_buf_lit(to, "]},\"scopeSpans\":[{\"spans\":[");
}

static void put_trace(struct maze *m, struct tki_buf *to, double at)
{
    bool any = false;
    tki_buf_lit(to, "{\"resourceSpans\":[");
    for (int service = 0; service < m->services; service++) {
        bool open = false;
        for (int s = 0; s < m->nspans; s++) {
            if (m->node[m->span[s].node].service != service)
                continue;
            if (!open && any)
                tki_buf_lit(to, ",");
            if (!open)
                put_resource(m, to, service);
            else
                tki_buf_lit(to, ",");
            open = any = true;
            put_span(m, to, s, at);
        }
        if (open)
            tki_buf_lit(to, "]}]}");
    }
    tki_buf_lit(to, "]}\n");
}

/* ---- which are slow ---- */

static bool at_time(const struct maze *m, enum cause c, double at, double all)
{
    if (c == BURST)
        return at > 0.37 * all && at < (0.37 + m->share) * all;
    if (c == SINCE)
        return at > (1 - m->share) * all;
    return fmod(at, all / 8) < all / 8 * m->share;
}

static bool is_slow(struct maze *m, const struct fault *f, double at, double all, int *processes)
{
    switch (f->cause) {
    case NONE: return false;
    case POOL: return true;
    case BURST:
    case SINCE:
    case RHYTHM: return at_time(m, f->cause, at, all);
    case COLD: {
        bool fresh = *processes == 0 || chance(m) < m->share;
        m->pid = fresh ? 1000 + ++*processes : 1001 + draw(m, *processes);
        return fresh;
    }
    default: return chance(m) < m->share;
    }
}

static void write_dump(struct maze *m, struct tki_buf *to)
{
    double at = 0, all = m->spacing * m->traces, ends[64] = {0};
    int processes = 0;
    bool pool = m->fault[0].cause == POOL;
    m->random = m->seed * 31337 + m->run * 271 + 99;
    m->begin += m->begin > 0 ? 0 : chance(m) * 1e7;
    for (m->number = 0; m->number < (uint32_t)m->traces; m->number++) {
        int plan = m->rare ? m->number % 20 != 7 : chance(m) >= m->first;
        at += pool && m->number % 40 < 12 ? 0.3 : -log(1 - chance(m)) * m->spacing;
        m->in_flight = 0;
        for (int i = 0; i < 64; i++)
            m->in_flight += ends[i] > at;
        for (int i = 0; i < 2; i++)
            m->slow[i] = i < m->nfaults && m->fault[i].plan == plan && !(i && m->slow[0]) &&
                         is_slow(m, &m->fault[i], at, all, &processes);
        if (m->fault[0].cause == COLD && m->fault[0].plan != plan)
            m->pid = 1;
        m->pace = exp(m->pace_sd * normal(m));
        m->nspans = 0;
        run(m, -1, m->root[plan], 0);
        ends[m->number % 64] = at + m->span[0].end;
        put_trace(m, to, at);
    }
}

/* ---- the command line ---- */

static enum cause cause_of(const char *name, size_t n)
{
    for (int i = 0; i < CAUSES; i++)
        if (strlen(cause_names[i]) == n && strncmp(name, cause_names[i], n) == 0)
            return i;
    fprintf(stderr, "no such cause: %s\n", name);
    exit(2);
}

static void set(struct maze *m, const char *key)
{
    double seed = -1, name = -1, run_number = -1;
    const struct {
        const char *name;
        double *to;
    } numbers[] = {{"seed=", &seed},      {"name=", &name},          {"run=", &run_number}, {"traces=", &m->traces},
                   {"share=", &m->share}, {"size=", &m->size},       {"sd=", &m->sd},       {"pace=", &m->pace_sd},
                   {"begin=", &m->begin}, {"spacing=", &m->spacing}, {"skew=", &m->skew},   {"first=", &m->first}};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        size_t n = strlen(numbers[i].name);
        if (strncmp(key, numbers[i].name, n) != 0)
            continue;
        *numbers[i].to = atof(key + n);
        m->seed = seed >= 0 ? (uint64_t)seed : m->seed;
        m->name_seed = seed >= 0 ? (uint64_t)seed : name >= 0 ? (uint64_t)name : m->name_seed;
        m->run = run_number >= 0 ? (uint64_t)run_number : m->run;
        return;
    }
    if (strcmp(key, "rare") == 0)
        m->rare = true;
    else if (strcmp(key, "links") == 0)
        m->links = true;
    else if (strcmp(key, "together") == 0)
        m->fault[1].plan = 0;
    else {
        fprintf(stderr, "no such key: %s\n", key);
        exit(2);
    }
}

int main(int argc, char **argv)
{
    static struct maze m = {.seed = 1,
                            .name_seed = 1,
                            .traces = 400,
                            .share = 0.12,
                            .size = 3,
                            .sd = 0.25,
                            .pace_sd = 0.15,
                            .spacing = 40,
                            .first = 0.6};
    bool place = argc > 1 && strcmp(argv[1], "-p") == 0;
    int at = place ? 2 : 1;
    struct tki_buf out = {0};
    if (at >= argc)
        return 2;
    const char *comma = strchr(argv[at], ',');
    m.nfaults = 1 + (comma != NULL);
    m.fault[0].cause = cause_of(argv[at], comma ? (size_t)(comma - argv[at]) : strlen(argv[at]));
    m.fault[1].plan = 1;
    if (comma)
        m.fault[1].cause = cause_of(comma + 1, strlen(comma + 1));
    for (int i = at + 1; i < argc; i++)
        set(&m, argv[i]);
    make_system(&m);
    if (place) {
        print_want(&m);
        return 0;
    }
    write_dump(&m, &out);
    bool good = !out.err && fwrite(out.p, 1, out.n, stdout) == out.n && fflush(stdout) == 0;
    tki_buf_free(&out);
    return good ? 0 : 3;
}
