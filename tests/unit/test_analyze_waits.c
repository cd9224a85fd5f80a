/* Waits for a pool or a lock, and misses of a cache: vectors that can be seen by eye. */
#include "analyze/misses.h"
#include "analyze/waits.h"
#include "make_trace.h"
#include "tap.h"

enum { MS = 1000000, TRACES = 60 };

struct one {
    struct tki_facts facts;
    struct tki_waits waits;
    struct tki_misses misses;
    uint64_t trace;
};

static void add(struct one *o, struct tk_batch *b)
{
    o->trace++;
    for (uint32_t i = 0; i < b->nspans; i++)
        b->spans[i].trace_id.lo = o->trace;
    tki_facts_begin(&o->facts, b);
    if (tki_facts_want(&o->facts, TKI_WAITS_FACTS | TKI_MISSES_FACTS) < 0 ||
        tki_waits_add(&o->waits, &o->facts, 5 * MS) < 0 || tki_misses_add(&o->misses, &o->facts, 5 * MS) < 0)
        bail_out("out of memory");
    tk_batch_free(b);
}

static void call(struct tk_batch *b, uint64_t id, uint64_t start_ns, uint64_t end_ns, const char *name)
{
    add_span(b, id, 1, start_ns, end_ns, TK_KIND_CLIENT, "s", name);
}

/* ---- waits ---- */

/* A request that waits before its only call. */
static void add_wait(struct one *o, uint64_t at_ms, uint64_t wait_ms, uint64_t hold_ms)
{
    struct tk_batch *b = tk_batch_new();
    add_span(b, 1, 0, at_ms * MS, (at_ms + wait_ms + hold_ms) * MS, TK_KIND_SERVER, "s", "request");
    call(b, 2, (at_ms + wait_ms) * MS, (at_ms + wait_ms + hold_ms) * MS, "UPDATE");
    add(o, b);
}

static void waits(struct one *o, uint64_t least, uint64_t traces, const char *what)
{
    size_t n;
    struct tki_wait **list = tki_waits_find(&o->waits, least, &n);
    is_int((long long)n, traces > 0, "%s", what);
    if (list && n) {
        is_int((long long)list[0]->traces, (long long)traces, "%s: in how many traces", what);
        ok(tki_str_eq(tki_operation_name(&o->waits.ops, list[0]->call), text("UPDATE")), "%s: before which call", what);
    }
    free(list);
    tki_waits_reset(&o->waits);
}

static void test_waits(struct one *o)
{
    uint64_t seed = 1, at = 0, open = 0, waiting = 0;
    for (int i = 0; i < TRACES; i++) { /* one at a time holds the lock */
        at += below(&seed, 24);
        uint64_t wait = open > at ? open - at : 0;
        add_wait(o, at, wait, 12);
        open = at + wait + 12;
        waiting += wait >= 5;
    }
    waits(o, 2, waiting, "the lock is held by one at a time");
    for (int i = 0; i < TRACES; i++) /* side by side, but none waits for another */
        add_wait(o, (uint64_t)i * 10, below(&seed, 30), 12);
    waits(o, 2, 0, "waits that have nothing to do with what is in flight");
    for (int i = 0; i < TRACES; i++) /* what is slow for a time has more in flight */
        add_wait(o, (uint64_t)i * 15, i > 20 && i < 32 ? 60 + below(&seed, 40) : below(&seed, 4), 12);
    waits(o, 2, 0, "a slow time");
    for (int i = 0; i < TRACES; i++)
        add_wait(o, (uint64_t)i * 100, 20, 12);
    waits(o, 2, 0, "a wait that is always the same");
    waits(o, 1, 0, "nothing");
}

/* ---- misses ---- */

static void say_system(struct tk_batch *b, uint32_t row, const char *system)
{
    b->spans[row].attrs = (tk_range){b->nattrs, 1};
    struct tk_attr *a = tk_batch_add_attr(b);
    a->key = text("db.system");
    a->value.type = TK_STRING;
    a->value.v.s = system;
    a->value.n = (uint32_t)strlen(system);
}

static void add_read(struct one *o, const char *cache, const char *read, const char *behind, bool written)
{
    struct tk_batch *b = tk_batch_new();
    add_span(b, 1, 0, 0, 100 * MS, TK_KIND_SERVER, "s", "request");
    call(b, 2, 5 * MS, 8 * MS, read);
    say_system(b, 1, cache);
    if (behind)
        call(b, 3, 9 * MS, 69 * MS, behind);
    if (written) {
        call(b, 4, 70 * MS, 73 * MS, "SET item");
        say_system(b, b->nspans - 1, cache);
    }
    add(o, b);
}

static void misses(struct one *o, uint64_t least, uint64_t traces, const char *what)
{
    size_t n;
    struct tki_miss **list = tki_misses_find(&o->misses, least, &n);
    is_int((long long)n, traces > 0, "%s", what);
    if (list && n) {
        is_int((long long)list[0]->traces, (long long)traces, "%s: in how many traces", what);
        is_int(list[0]->ns, (long long)traces * 60 * MS, "%s: their time", what);
    }
    free(list);
    tki_misses_reset(&o->misses);
}

static void add_reads(struct one *o, const char *cache, const char *read, int hits, int missed)
{
    for (int i = 0; i < hits; i++)
        add_read(o, cache, read, NULL, false);
    for (int i = 0; i < missed; i++)
        add_read(o, cache, read, "SELECT", false);
}

static void test_misses(struct one *o)
{
    add_reads(o, "redis", "GET item", 8, 3);
    misses(o, 2, 3, "three of eleven reads miss");
    add_reads(o, "redis", "GET item", 0, 11);
    misses(o, 2, 0, "what is always called is the next step");
    add_reads(o, "postgresql", "GET item", 8, 3);
    misses(o, 2, 0, "a database is no cache");
    add_reads(o, "redis", "SETNX lock", 8, 3);
    misses(o, 2, 0, "what is set is not read");
    add_reads(o, "redis", "GET item", 8, 3);
    for (int i = 0; i < 3; i++) {
        struct tk_batch *b = tk_batch_new();
        add_span(b, 1, 0, 0, 100 * MS, TK_KIND_SERVER, "s", "request");
        call(b, 2, 9 * MS, 69 * MS, "SELECT");
        add(o, b);
    }
    misses(o, 2, 0, "what is called without the read, too, is another step");
    add_reads(o, "redis", "GET item", 8, 1);
    misses(o, 2, 0, "one miss is no pattern");
    for (int i = 0; i < 4; i++)
        add_read(o, "Memcached", "get item", "SELECT", true);
    misses(o, 2, 4, "an answer that is written back was missed");
}

int main(void)
{
    struct one o = {0};
    test_waits(&o);
    test_misses(&o);
    tki_facts_free(&o.facts);
    tki_waits_free(&o.waits);
    tki_misses_free(&o.misses);
    return done_testing();
}
