/* The processes of one trace by id: a small hash table in the batch's memory. */
#include "base/hash.h"
#include "format/jaeger/json.h"

void tki_jaeger_table_reset(struct tki_jaeger_table *t)
{
    t->n = t->last = 0;
    if (t->cap)
        memset(t->slots, 0, 2 * (size_t)t->cap * sizeof *t->slots);
}

static bool grow(struct tki_jaeger_table *t, struct tk_batch *b)
{
    uint32_t cap = t->cap ? 2 * t->cap : 16;
    struct tki_jaeger_entry *e = tk_batch_alloc(b, cap * sizeof *e);
    uint32_t *slots = tk_batch_alloc(b, 2 * (size_t)cap * sizeof *slots);
    if (!e || !slots)
        return false;
    memset(slots, 0, 2 * (size_t)cap * sizeof *slots);
    for (uint32_t i = 0; i < t->n; i++) {
        e[i] = t->entries[i];
        uint32_t at = (uint32_t)e[i].hash & (2 * cap - 1);
        while (slots[at])
            at = (at + 1) & (2 * cap - 1);
        slots[at] = i + 1;
    }
    t->entries = e;
    t->slots = slots;
    t->cap = cap;
    return true;
}

static inline uint64_t hash_id(tk_str id)
{
    uint64_t x = id.n;
    if (id.n > 8)
        return tki_hash(id.p, id.n);
    for (size_t i = 0; i < id.n; i++) /* "p1": short */
        x = x << 8 | (unsigned char)id.p[i];
    return tki_mix64(x);
}

struct tki_jaeger_entry *tki_jaeger_table_find(struct tki_jaeger_table *t, struct tk_batch *b, tk_str id)
{
    if (t->last < t->n && tki_str_eq(t->entries[t->last].id, id))
        return &t->entries[t->last];
    if (t->n == t->cap && !grow(t, b))
        return NULL;
    uint64_t h = hash_id(id);
    uint32_t mask = 2 * t->cap - 1, at = (uint32_t)h & mask;
    for (; t->slots[at]; at = (at + 1) & mask) {
        struct tki_jaeger_entry *e = &t->entries[t->slots[at] - 1];
        if (e->hash == h && tki_str_eq(e->id, id)) {
            t->last = t->slots[at] - 1;
            return e;
        }
    }
    t->last = t->n;
    t->slots[at] = ++t->n;
    t->entries[t->last] = (struct tki_jaeger_entry){id, h, NULL, TK_NONE};
    return &t->entries[t->last];
}
