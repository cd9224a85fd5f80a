/* Gathering calls, entries and messages. */
#include "judge/hops.h"

#include <stdlib.h>

#include "base/array.h"
#include "base/hash.h"

static uint32_t number(struct tki_hops *h, struct tki_tallies *t, tk_str s, bool local)
{
    uint32_t at = tki_symtab_get(&h->texts, s), n = h->texts.n;
    if (at != TKI_MAP_NONE)
        return at;
    if (n == TKI_JUDGE_NAMES) {
        t->passed_over++;
        return 0;
    }
    if (TKI_GROW_ZERO(h->local, h->local_cap, n + 1) < 0 || (at = tki_symtab_put(&h->texts, s)) == TKI_MAP_NONE) {
        t->failed = true;
        return 0;
    }
    h->local[at] = local;
    return at;
}

/* ---- where a call goes ---- */

/* The part of a URL between its scheme and its path, without user and password, and what follows. */
static tk_str host_of_url(tk_str url, tk_str *path)
{
    size_t i = 0, end, at;
    for (at = 0; at + 3 <= url.n && memcmp(url.p + at, "://", 3) != 0; at++)
        ;
    *path = (tk_str){"", 0};
    if (at + 3 > url.n)
        return (tk_str){"", 0};
    i = at + 3;
    for (end = i; end < url.n && url.p[end] != '/' && url.p[end] != '?' && url.p[end] != '#'; end++)
        if (url.p[end] == '@')
            i = end + 1;
    *path = (tk_str){url.p + end, url.n - end};
    return (tk_str){url.p + i, end - i};
}

static uint64_t path_of(const struct tki_said *f)
{
    tk_str path = tki_said_text(f, TKI_SAID_PATH);
    if (path.n == 0)
        host_of_url(tki_said_text(f, TKI_SAID_URL), &path);
    const char *end = tki_str_find(path, '?');
    path.n = end ? (size_t)(end - path.p) : path.n;
    return path.n ? tki_hash(path.p, path.n) : 0;
}

static bool is_loopback(tk_str host)
{
    return tki_str_starts(host, TKI_STR("localhost")) || tki_str_starts(host, TKI_STR("127.")) ||
           tki_str_starts(host, TKI_STR("[::1]")) || TKI_STR_IS(host, "::1");
}

/* The address with its port, else the name of the peer, else what the call is named; of the last, and of loopback
 * addresses, one for each caller. */
static uint32_t address_of(struct tki_hops *h, struct tki_tallies *t, const struct tki_said *f)
{
    tk_str path, host = tki_said_text(f, TKI_SAID_ADDRESS);
    int64_t port = tki_said_number(f, TKI_SAID_PORT);
    tki_buf_reset(&h->text);
    if (host.n)
        tki_buf_str(&h->text, host);
    if (host.n && port > 0 && !tki_str_find(host, ':'))
        tki_buf_printf(&h->text, ":%d", (int)port);
    if (!host.n)
        tki_buf_str(&h->text, host_of_url(tki_said_text(f, TKI_SAID_URL), &path));
    if (h->text.n == 0)
        tki_buf_str(&h->text, tki_said_text(f, TKI_SAID_PEER));
    bool named = h->text.n == 0, local = named || is_loopback((tk_str){h->text.p, h->text.n});
    if (named)
        tki_buf_str(&h->text, f->s->name);
    if (local)
        tki_buf_printf(&h->text, " (called by %.*s)", TKI_CUT(t->services.strs[t->of_row[f->row]]));
    if (h->text.err)
        t->failed = true;
    return h->text.err ? 0 : number(h, t, (tk_str){h->text.p, h->text.n}, local);
}

static uint32_t method_of(struct tki_hops *h, struct tki_tallies *t, const struct tki_said *f)
{
    tk_str method = tki_said_text(f, f->v[TKI_SAID_METHOD] ? TKI_SAID_METHOD : TKI_SAID_METHOD_OLD);
    return method.n ? number(h, t, method, true) : TKI_MAP_NONE;
}

/* ---- calls ---- */

/* The service of an entry below the call, or TKI_MAP_NONE; *inner: a call of the same service is below it, which is the
 * one that leaves. */
static uint32_t callee_of(const struct tki_tallies *t, const struct tki_said *f, bool *inner)
{
    uint32_t mine = t->of_row[f->row], callee = TKI_MAP_NONE;
    *inner = false;
    for (uint32_t i = f->tree->child_first[f->row]; i < f->tree->child_first[f->row + 1]; i++) {
        uint32_t row = f->tree->child[i];
        *inner = *inner || (t->of_row[row] == mine && f->b->spans[row].kind == TK_KIND_CLIENT);
        if (t->of_row[row] != mine && callee == TKI_MAP_NONE)
            callee = t->of_row[row];
    }
    return callee;
}

/* By the types of Elastic APM and Datadog. */
static bool is_of_store(const struct tki_said *f)
{
    static const char *const types[] = {"db",        "cache",     "storage",       "messaging", "sql", "redis",
                                        "memcached", "cassandra", "elasticsearch", "mongodb",   NULL};
    tk_str type = tki_said_text(f, TKI_SAID_TYPE);
    for (const char *const *t = types; *t; t++)
        if (tki_str_eq(type, tki_str(*t)))
            return true;
    return false;
}

static void add_call(struct tki_hops *h, struct tki_tallies *t, const struct tki_said *f)
{
    bool inner;
    uint32_t callee = callee_of(t, f, &inner);
    bool other = f->v[TKI_SAID_DB] || f->v[TKI_SAID_MESSAGING] || f->v[TKI_SAID_GENAI] || is_of_store(f);
    if (callee == TKI_MAP_NONE && (inner || other || !f->s->end_ns || f->s->end_ns < f->s->start_ns))
        return;
    if (h->ncalls == TKI_JUDGE_CALLS) {
        t->passed_over++;
        return;
    }
    if (TKI_GROW(h->call, h->calls_cap, h->ncalls + 1) < 0) {
        t->failed = true;
        return;
    }
    struct tki_call *c = &h->call[h->ncalls++];
    *c = (struct tki_call){.start_ns = f->s->start_ns,
                           .end_ns = f->s->end_ns,
                           .trace = f->s->trace_id,
                           .span = f->s->span_id,
                           .path = path_of(f),
                           .caller = t->of_row[f->row],
                           .callee = callee,
                           .entry = TKI_MAP_NONE,
                           .failed = f->s->status == TK_STATUS_ERROR};
    c->method = method_of(h, t, f);
    c->by[TKI_BY_ADDRESS] = address_of(h, t, f);
    c->by[TKI_BY_INSTANCE] = number(h, t, tki_resource_text(f->b, f->s->resource, "service.instance.id"), true);
    c->by[TKI_BY_VERSION] = number(h, t, tki_resource_text(f->b, f->s->resource, "service.version"), true);
    c->by[TKI_BY_SCOPE] = number(h, t, f->b->scopes[f->s->scope].name, true);
    c->by[TKI_BY_NAME] = number(h, t, f->s->name, true);
}

static void add_root(struct tki_hops *h, struct tki_tallies *t, const struct tki_said *f)
{
    if (h->nroots == TKI_JUDGE_CALLS) {
        t->passed_over++;
        return;
    }
    if (TKI_GROW(h->root, h->roots_cap, h->nroots + 1) < 0) {
        t->failed = true;
        return;
    }
    struct tki_entry_root *r = &h->root[h->nroots++];
    *r = (struct tki_entry_root){.start_ns = f->s->start_ns,
                                 .end_ns = f->s->end_ns,
                                 .trace = f->s->trace_id,
                                 .span = f->s->span_id,
                                 .path = path_of(f),
                                 .service = t->of_row[f->row]};
    r->method = method_of(h, t, f);
}

static void add_open(struct tki_hops *h, struct tki_tallies *t, const struct tki_said *f, bool entry)
{
    uint32_t *n = entry ? &h->nopen : &h->ninner;
    struct tki_open x = {.service = t->of_row[f->row],
                         .start_ns = f->s->start_ns,
                         .end_ns = f->s->end_ns,
                         .trace = f->s->trace_id,
                         .span = f->s->span_id};
    tki_buf_reset(&h->text);
    tki_buf_printf(&h->text, "%u ", x.service);
    tki_buf_str(&h->text, tki_resource_text(f->b, f->s->resource, "service.instance.id"));
    if (*n == TKI_JUDGE_CALLS) {
        t->passed_over++;
        return;
    }
    if (h->text.err ||
        (entry ? TKI_GROW(h->open, h->open_cap, *n + 1) : TKI_GROW(h->inner, h->inner_cap, *n + 1)) < 0) {
        t->failed = true;
        return;
    }
    x.program = number(h, t, (tk_str){h->text.p, h->text.n}, true);
    (entry ? h->open : h->inner)[(*n)++] = x;
}

/* ---- messages ---- */

static void add_message(struct tki_hops *h, struct tki_tallies *t, const struct tki_said *f, bool consumed)
{
    tk_str destination = tki_said_text(f, TKI_SAID_DESTINATION);
    if (destination.n == 0)
        return;
    const uint32_t key[2] = {number(h, t, destination, true), consumed ? t->of_row[f->row] : TKI_MAP_NONE};
    uint32_t at = tki_symtab_get(&h->queues, (tk_str){(const char *)key, sizeof key});
    if (at == TKI_MAP_NONE) {
        if (h->queues.n == TKI_JUDGE_SERVICES) {
            t->passed_over++;
            return;
        }
        if (TKI_GROW(h->queue, h->queue_cap, h->queues.n + 1) < 0 ||
            (at = tki_symtab_put(&h->queues, (tk_str){(const char *)key, sizeof key})) == TKI_MAP_NONE) {
            t->failed = true;
            return;
        }
        h->queue[at] = (struct tki_queue){.destination = key[0], .service = key[1]};
    }
    struct tki_queue *q = &h->queue[at];
    bool lost = consumed && f->tree->parent[f->row] == TK_NONE && !f->s->parent_id && f->s->links.count == 0;
    q->messages++;
    if (lost && q->lost++ == 0) {
        q->trace = f->s->trace_id;
        q->span = f->s->span_id;
    }
}

static void add_orphan(struct tki_hops *h, struct tki_tallies *t, const struct tki_said *f)
{
    enum { KNOWN = 1 << 8, REMOTE = 1 << 9 }; /* of flags */
    if ((f->s->flags & KNOWN) && !(f->s->flags & REMOTE))
        return;
    if (h->norphans == TKI_JUDGE_CALLS)
        t->passed_over++;
    else if (TKI_GROW(h->orphan, h->orphans_cap, h->norphans + 1) < 0)
        t->failed = true;
    else
        h->orphan[h->norphans++] = (struct tki_orphan){f->s->start_ns, f->s->trace_id, t->of_row[f->row]};
}

/* Counts a request that is in two traces. */
static void add_linked(struct tki_hops *h, struct tki_tallies *t, const struct tki_said *f)
{
    uint32_t service = t->of_row[f->row];
    bool other = false;
    if (TKI_GROW_ZERO(h->linked, h->linked_cap, service + 1) < 0) {
        t->failed = true;
        return;
    }
    for (uint32_t i = 0; i < f->s->links.count; i++) {
        tk_id128 to = f->b->links[f->s->links.first + i].trace_id;
        other = other || to.hi != f->s->trace_id.hi || to.lo != f->s->trace_id.lo;
    }
    struct tki_linked *x = &h->linked[service];
    x->requests++;
    if (other && f->s->parent_id == 0 && x->restarted++ == 0) {
        x->restart = f->s->trace_id;
        x->restart_span = f->s->span_id;
    } else if (other && f->s->parent_id && x->doubled++ == 0) {
        x->two = f->s->trace_id;
        x->two_span = f->s->span_id;
    }
}

void tki_hops_add(struct tki_hops *h, struct tki_tallies *t, const struct tki_said *f)
{
    uint8_t kind = f->s->kind;
    bool root = f->s->parent_id == 0 && f->tree->parent[f->row] == TK_NONE;
    if (t->of_row[f->row] == TKI_MAP_NONE)
        return;
    if (kind == TK_KIND_CLIENT)
        add_call(h, t, f);
    if (kind == TK_KIND_SERVER && tki_is_entry(f->b, f->tree, f->row)) {
        add_linked(h, t, f);
        if (f->s->parent_id && f->tree->parent[f->row] == TK_NONE)
            add_orphan(h, t, f);
    }
    if (kind == TK_KIND_SERVER && root && f->s->links.count == 0 && f->s->end_ns >= f->s->start_ns)
        add_root(h, t, f);
    if (f->s->start_ns && f->s->end_ns >= f->s->start_ns) {
        if ((kind == TK_KIND_SERVER || kind == TK_KIND_CONSUMER) && tki_is_entry(f->b, f->tree, f->row))
            add_open(h, t, f, true);
        else if (root && f->s->links.count == 0 &&
                 (kind == TK_KIND_CLIENT || kind == TK_KIND_INTERNAL || kind == TK_KIND_PRODUCER))
            add_open(h, t, f, false);
    }
    if (kind == TK_KIND_PRODUCER)
        add_message(h, t, f, false);
    else if (kind == TK_KIND_CONSUMER)
        add_message(h, t, f, true);
}

void tki_hops_free(struct tki_hops *h)
{
    tki_symtab_free(&h->texts);
    tki_symtab_free(&h->queues);
    free(h->local);
    free(h->call);
    free(h->root);
    free(h->open);
    free(h->inner);
    free(h->queue);
    free(h->orphan);
    free(h->linked);
    free(h->called);
    tki_buf_free(&h->text);
}
