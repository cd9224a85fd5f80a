#include "analyze/misses.h"

#include <stdlib.h>
#include <string.h>

#include "analyze/waste.h"
#include "base/array.h"

enum {
    HITS_SHARE = 5,   /* reads of which at least one is answered, where no answer is written back */
    BEHIND_SHARE = 20 /* calls of which at most one is made elsewhere */
};

/* ---- caches and reads ---- */

static bool is_one_of(tk_str s, const char *const *words, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (tki_str_same_letters(s, tki_str(words[i])))
            return true;
    return false;
}

static tk_str text_of(const struct tk_batch *b, const struct tk_span *s, const char *key, const char *older)
{
    const struct tk_attr *a = tk_attr_find(b, s->attrs, key);
    a = a ? a : tk_attr_find(b, s->attrs, older);
    return a && a->value.type == TK_STRING ? (tk_str){a->value.v.s, a->value.n} : TKI_STR("");
}

static bool is_cache(const struct tk_batch *b, uint32_t row)
{
    static const char *const caches[] = {"redis",     "valkey",     "memcached", "keydb", "dragonfly",
                                         "hazelcast", "infinispan", "ignite",    "geode", "coherence"};
    tk_str system = text_of(b, &b->spans[row], "db.system.name", "db.system");
    return is_one_of(system, caches, sizeof caches / sizeof *caches);
}

static bool is_read(const struct tk_batch *b, uint32_t row)
{
    static const char *const reads[] = {"get", "gets", "mget", "hget", "hmget", "hgetall", "getex", "lookup", "fetch"};
    const struct tk_span *s = &b->spans[row];
    tk_str op = text_of(b, s, "db.operation.name", "db.operation");
    op = op.n ? op : s->name;
    size_t word = 0;
    while (word < op.n && op.p[word] != ' ' && op.p[word] != '.' && op.p[word] != ':')
        word++;
    return is_one_of((tk_str){op.p, word}, reads, sizeof reads / sizeof *reads);
}

/* ---- places ---- */

static int count_below(struct tki_misses *m, uint32_t parent, uint32_t call)
{
    tk_id128 id = {parent, call};
    uint32_t n = tki_idmap_get(&m->below, id);
    if (n == TKI_MAP_NONE && m->below.n == TKI_MISSES_PLACES) {
        m->passed_over++;
        return TK_OK;
    }
    if (n == TKI_MAP_NONE) {
        if (TKI_GROW(m->times, m->times_cap, m->below.n + 1) < 0 || (n = tki_idmap_put(&m->below, id)) == TKI_MAP_NONE)
            return TK_ENOMEM;
        m->times[n] = 0;
    }
    m->times[n]++;
    return TK_OK;
}

static uint64_t times_below(const struct tki_misses *m, uint32_t parent, uint32_t call)
{
    uint32_t n = tki_idmap_get(&m->below, (tk_id128){parent, call});
    return n == TKI_MAP_NONE ? 0 : m->times[n];
}

/* NULL: past a limit, or out of memory, which *rc says. */
static struct tki_miss *miss_of(struct tki_misses *m, uint32_t parent, uint32_t read, uint32_t call, int *rc)
{
    tk_id128 id = {parent, (uint64_t)read << 32 | call};
    uint32_t n = tki_idmap_get(&m->map, id);
    if (n != TKI_MAP_NONE)
        return &m->miss[n];
    if (m->map.n == TKI_MISSES_PLACES) {
        m->passed_over++;
        return NULL;
    }
    if (TKI_GROW(m->miss, m->cap, m->map.n + 1) < 0 || (n = tki_idmap_put(&m->map, id)) == TKI_MAP_NONE) {
        *rc = TK_ENOMEM;
        return NULL;
    }
    m->miss[n] = (struct tki_miss){.parent = parent, .read = read, .call = call};
    return &m->miss[n];
}

static int add_miss(struct tki_misses *m, const struct tki_facts *f, uint32_t read, uint32_t call, bool written,
                    int64_t min_ns)
{
    const struct tk_span *s = &f->b->spans[call];
    int rc = TK_OK;
    struct tki_miss *x = miss_of(m, m->rows.op[f->tree.parent[call]], m->rows.op[read], m->rows.op[call], &rc);
    int64_t ns = m->rows.path_ns[call];
    if (!x)
        return rc;
    x->missed++;
    x->written += written;
    if (ns < min_ns)
        return TK_OK;
    bool again = x->last == m->traces;
    x->traces += !again;
    x->last = m->traces;
    x->ns += ns < INT64_MAX - x->ns ? ns : 0;
    x->first_ns = !x->first_ns || s->start_ns < x->first_ns ? s->start_ns : x->first_ns;
    x->last_ns = s->start_ns > x->last_ns ? s->start_ns : x->last_ns;
    if (!again || ns > x->row_ns) {
        x->row[0] = read;
        x->row[1] = call;
        x->row_ns = ns;
    }
    if (ns <= x->most_ns)
        return TK_OK;
    x->most_ns = ns;
    x->trace = s->trace_id;
    x->span = s->span_id;
    return TK_OK;
}

static int look_below(struct tki_misses *m, const struct tki_facts *f, uint32_t parent, int64_t min_ns)
{
    const struct tk_batch *b = f->b;
    uint32_t all = tki_call_rows_below(&m->rows, f, parent), n = 0;
    int rc = TK_OK;
    bool any = false;
    for (uint32_t i = 0; i < all; i++) {
        uint32_t kid = m->rows.kid[i];
        if (m->rows.op[kid] == TKI_MAP_NONE)
            continue;
        m->rows.kid[n++] = kid;
        any = any || is_cache(b, kid);
    }
    if (n == 0 || m->rows.op[parent] == TKI_MAP_NONE)
        return TK_OK;
    for (uint32_t i = 0; i < n && rc == TK_OK; i++)
        rc = count_below(m, m->rows.op[parent], m->rows.op[m->rows.kid[i]]);
    for (uint32_t i = 0; any && i + 1 < n && rc == TK_OK; i++) {
        uint32_t read = m->rows.kid[i], call = m->rows.kid[i + 1];
        if (!is_cache(b, read) || !is_read(b, read) || is_cache(b, call) ||
            f->times.start_ns[call] < f->times.end_ns[read] || b->spans[read].status == TK_STATUS_ERROR)
            continue;
        bool written = i + 2 < n && is_cache(b, m->rows.kid[i + 2]) && !is_read(b, m->rows.kid[i + 2]) &&
                       f->times.start_ns[m->rows.kid[i + 2]] >= f->times.end_ns[call];
        rc = add_miss(m, f, read, call, written, min_ns);
    }
    return rc;
}

int tki_misses_add(struct tki_misses *m, const struct tki_facts *f, int64_t min_ns)
{
    int rc = TK_OK;
    if (!f->has_cpath)
        return TK_OK;
    if (tki_call_rows_load(&m->rows, &m->ops, f) < 0)
        return TK_ENOMEM;
    m->traces++;
    for (uint32_t row = 0; row < f->b->nspans && rc == TK_OK; row++)
        rc = look_below(m, f, row, min_ns);
    return rc;
}

/* ---- which of them are misses ---- */

static bool is_miss(const struct tki_miss *x, uint64_t least)
{
    bool hits = x->reads >= x->missed + least && (x->reads - x->missed) * HITS_SHARE >= x->reads;
    bool behind = (x->calls - x->missed) * BEHIND_SHARE <= x->calls;
    return x->traces >= least && behind && (hits || (2 * x->written >= x->missed && x->written >= least));
}

static int cmp_miss(const void *pa, const void *pb, void *misses)
{
    const struct tki_miss *a = *(struct tki_miss *const *)pa, *b = *(struct tki_miss *const *)pb;
    const struct tki_misses *m = misses;
    if (a->ns != b->ns)
        return a->ns > b->ns ? -1 : 1;
    int c = tki_operation_cmp(&m->ops, a->parent, b->parent);
    c = c ? c : tki_operation_cmp(&m->ops, a->read, b->read);
    return c ? c : tki_operation_cmp(&m->ops, a->call, b->call);
}

struct tki_miss **tki_misses_find(struct tki_misses *m, uint64_t least, size_t *n)
{
    struct tki_miss **list = malloc(((size_t)m->map.n + 1) * sizeof(struct tki_miss *));
    *n = 0;
    if (!list)
        return NULL;
    for (uint32_t i = 0; i < m->map.n; i++) {
        struct tki_miss *x = &m->miss[i];
        x->reads = times_below(m, x->parent, x->read);
        x->calls = times_below(m, x->parent, x->call);
        if (is_miss(x, least))
            list[(*n)++] = x;
    }
    if (*n)
        qsort_r(list, *n, sizeof(struct tki_miss *), cmp_miss, m);
    return list;
}

void tki_misses_reset(struct tki_misses *m)
{
    tki_operations_reset(&m->ops);
    tki_idmap_reset(&m->map);
    tki_idmap_reset(&m->below);
    m->traces = m->passed_over = 0;
}

void tki_misses_free(struct tki_misses *m)
{
    tki_operations_free(&m->ops);
    tki_idmap_free(&m->map);
    tki_idmap_free(&m->below);
    free(m->miss);
    free(m->times);
    tki_call_rows_free(&m->rows);
    memset(m, 0, sizeof *m);
}
