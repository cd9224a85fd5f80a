#include "expr/traceql/groups.h"

#include <stdlib.h>

#include "base/hash.h"

const struct tki_value *tki_qgroups_at(const struct tki_qgroups *g, uint32_t number)
{
    return g->values + (size_t)number * g->width;
}

static bool same(const struct tki_qgroups *g, uint32_t number, const struct tki_value *tuple)
{
    const struct tki_value *have = tki_qgroups_at(g, number);
    for (uint32_t i = 0; i < g->width; i++)
        if (!tki_value_same(&have[i], &tuple[i]))
            return false;
    return true;
}

static bool grow(struct tki_qgroups *g)
{
    if (g->n == g->cap) {
        uint32_t cap = g->cap ? g->cap * 2 : 64;
        struct tki_value *values = realloc(g->values, ((size_t)cap * g->width + 1) * sizeof *values);
        g->values = values ? values : g->values;
        uint64_t *hashes = realloc(g->hashes, cap * sizeof *hashes);
        g->hashes = hashes ? hashes : g->hashes;
        if (!values || !hashes || cap > UINT32_MAX / 4)
            return false;
        g->cap = cap;
    }
    if (g->slots >= 2 * (g->n + 1))
        return true;
    uint32_t slots = g->slots ? g->slots * 2 : 128;
    uint32_t *slot = calloc(slots, sizeof *slot);
    if (!slot)
        return false;
    for (uint32_t i = 0; i < g->n; i++) {
        uint32_t at = (uint32_t)g->hashes[i] & (slots - 1);
        while (slot[at])
            at = (at + 1) & (slots - 1);
        slot[at] = i + 1;
    }
    free(g->slot);
    g->slot = slot;
    g->slots = slots;
    return true;
}

uint32_t tki_qgroups_put(struct tki_qgroups *g, const struct tki_value *tuple)
{
    uint64_t h = g->width;
    for (uint32_t i = 0; i < g->width; i++)
        h = tki_hash_combine(h, tki_value_hash(&tuple[i]));
    if (!grow(g))
        return TK_NONE;
    uint32_t at = (uint32_t)h & (g->slots - 1);
    for (; g->slot[at]; at = (at + 1) & (g->slots - 1))
        if (g->hashes[g->slot[at] - 1] == h && same(g, g->slot[at] - 1, tuple))
            return g->slot[at] - 1;
    struct tki_value *to = g->values + (size_t)g->n * g->width;
    for (uint32_t i = 0; i < g->width; i++) {
        to[i] = tuple[i];
        if (to[i].type != TKI_V_STRING)
            continue;
        char *p = tki_arena_alloc(&g->arena, to[i].v.s.n + 1);
        if (!p)
            return TK_NONE;
        if (to[i].v.s.n)
            memcpy(p, to[i].v.s.p, to[i].v.s.n);
        to[i].v.s.p = p;
    }
    g->hashes[g->n] = h;
    g->slot[at] = ++g->n;
    return g->n - 1;
}

void tki_qgroups_free(struct tki_qgroups *g)
{
    free(g->values);
    free(g->hashes);
    free(g->slot);
    tki_arena_free(&g->arena);
}
