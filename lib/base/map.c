#include "base/map.h"

#include <stdlib.h>

#include "base/array.h"

/* The tables keep at most three quarters of their slots in use. */
static bool is_full(uint32_t n, uint32_t slots)
{
    return (uint64_t)(n + 1) * 4 > (uint64_t)slots * 3;
}

static uint32_t more_slots(uint32_t slots)
{
    return slots ? slots > UINT32_MAX / 2 ? 0 : slots * 2 : 64;
}

/* Where an id with that hash is, or the free slot where it belongs. */
static uint64_t *slot_of_id(const struct tki_idmap *m, tk_id128 id, uint64_t hash)
{
    for (uint64_t at = hash;; at++) {
        uint64_t *slot = &m->slot[at & (m->slots - 1)];
        if (!*slot || ((*slot ^ hash) >> 32 == 0 && tki_id_eq(m->ids[(uint32_t)*slot - 1], id)))
            return slot;
    }
}

static uint64_t slot_value(uint64_t hash, uint32_t number)
{
    return (hash & ~(uint64_t)UINT32_MAX) | (number + 1);
}

static bool grow_ids(struct tki_idmap *m)
{
    struct tki_idmap more = {.slots = more_slots(m->slots)};
    more.slot = more.slots ? calloc(more.slots, sizeof *more.slot) : NULL;
    if (!more.slot)
        return false;
    if (TKI_GROW(m->ids, m->cap, more.slots / 4 * 3) < 0) {
        free(more.slot);
        return false;
    }
    for (uint32_t i = 0; i < m->n; i++) {
        uint64_t hash = tki_hash_id(m->ids[i]), at = hash;
        while (more.slot[at & (more.slots - 1)])
            at++;
        more.slot[at & (more.slots - 1)] = slot_value(hash, i);
    }
    free(m->slot);
    m->slot = more.slot;
    m->slots = more.slots;
    return true;
}

/* Apart, as the compiler would else copy each id that is looked up to memory, whence the processor waits for it. */
__attribute__((noinline)) static uint32_t add_id(struct tki_idmap *m, tk_id128 id, uint64_t hash, uint64_t *slot)
{
    m->ids[m->n] = id;
    *slot = slot_value(hash, m->n);
    return m->n++;
}

uint32_t tki_idmap_put(struct tki_idmap *m, tk_id128 id)
{
    if (m->n && tki_id_eq(m->ids[m->n - 1], id)) /* spans of a trace mostly come together */
        return m->n - 1;
    if (is_full(m->n, m->slots) && !grow_ids(m))
        return TKI_MAP_NONE;
    uint64_t hash = tki_hash_id(id), *slot = slot_of_id(m, id, hash);
    return *slot ? (uint32_t)*slot - 1 : add_id(m, id, hash, slot);
}

uint32_t tki_idmap_get(const struct tki_idmap *m, tk_id128 id)
{
    return m->slots ? (uint32_t)*slot_of_id(m, id, tki_hash_id(id)) - 1 : TKI_MAP_NONE; /* 0 - 1 is TKI_MAP_NONE */
}

void tki_idmap_reset(struct tki_idmap *m)
{
    if (m->slots)
        memset(m->slot, 0, m->slots * sizeof *m->slot);
    m->n = 0;
}

void tki_idmap_free(struct tki_idmap *m)
{
    free(m->ids);
    free(m->slot);
    *m = (struct tki_idmap){0};
}

/* The place of a word, or the free one where it belongs. */
static struct tki_word *word_at(const struct tki_wordmap *m, uint64_t word)
{
    uint32_t at = (uint32_t)tki_mix64(word) & (m->slots - 1);
    while (m->slot[at].number && m->slot[at].word != word)
        at = (at + 1) & (m->slots - 1);
    return &m->slot[at];
}

static bool grow_words(struct tki_wordmap *m)
{
    struct tki_wordmap more = {.n = m->n, .slots = more_slots(m->slots)};
    more.slot = more.slots ? calloc(more.slots, sizeof *more.slot) : NULL;
    if (!more.slot)
        return false;
    for (uint32_t i = 0; i < m->slots; i++)
        if (m->slot[i].number)
            *word_at(&more, m->slot[i].word) = m->slot[i];
    free(m->slot);
    *m = more;
    return true;
}

uint32_t tki_wordmap_put(struct tki_wordmap *m, uint64_t word)
{
    if (is_full(m->n, m->slots) && !grow_words(m))
        return TKI_MAP_NONE;
    struct tki_word *at = word_at(m, word);
    if (!at->number)
        *at = (struct tki_word){word, ++m->n};
    return at->number - 1;
}

uint32_t tki_wordmap_get(const struct tki_wordmap *m, uint64_t word)
{
    return m->slots ? word_at(m, word)->number - 1 : TKI_MAP_NONE; /* free: 0 - 1 is TKI_MAP_NONE */
}

void tki_wordmap_free(struct tki_wordmap *m)
{
    free(m->slot);
    *m = (struct tki_wordmap){0};
}

static bool grow_syms(struct tki_symtab *t)
{
    uint32_t slots = more_slots(t->slots);
    uint32_t *slot = slots ? calloc(slots, sizeof *slot) : NULL;
    if (!slot)
        return false;
    const struct tki_column columns[] = {TKI_COLUMN(t->strs), TKI_COLUMN(t->hashes)};
    if (TKI_GROW_COLUMNS(columns, t->cap, slots / 4 * 3, false) < 0) {
        free(slot);
        return false;
    }
    for (uint32_t i = 0; i < t->n; i++) {
        uint32_t at = (uint32_t)t->hashes[i] & (slots - 1);
        while (slot[at])
            at = (at + 1) & (slots - 1);
        slot[at] = i + 1;
    }
    free(t->slot);
    t->slot = slot;
    t->slots = slots;
    return true;
}

static bool same_sym(const struct tki_symtab *t, uint32_t i, uint64_t hash, tk_str s)
{
    return t->hashes[i] == hash && tki_str_eq(t->strs[i], s);
}

uint32_t tki_symtab_put(struct tki_symtab *t, tk_str s)
{
    if (is_full(t->n, t->slots) && !grow_syms(t))
        return TKI_MAP_NONE;
    uint64_t hash = tki_hash(s.p, s.n);
    uint32_t at = (uint32_t)hash & (t->slots - 1);
    for (; t->slot[at]; at = (at + 1) & (t->slots - 1))
        if (same_sym(t, t->slot[at] - 1, hash, s))
            return t->slot[at] - 1;
    char *copy = tki_arena_alloc(&t->arena, s.n + 1);
    if (!copy)
        return TKI_MAP_NONE;
    if (s.n)
        memcpy(copy, s.p, s.n);
    copy[s.n] = 0;
    t->strs[t->n] = (tk_str){copy, s.n};
    t->hashes[t->n] = hash;
    t->slot[at] = ++t->n;
    return t->n - 1;
}

uint32_t tki_symtab_get(const struct tki_symtab *t, tk_str s)
{
    if (!t->slots)
        return TKI_MAP_NONE;
    uint64_t hash = tki_hash(s.p, s.n);
    for (uint32_t at = (uint32_t)hash & (t->slots - 1); t->slot[at]; at = (at + 1) & (t->slots - 1))
        if (same_sym(t, t->slot[at] - 1, hash, s))
            return t->slot[at] - 1;
    return TKI_MAP_NONE;
}

void tki_symtab_free(struct tki_symtab *t)
{
    tki_arena_free(&t->arena);
    free(t->strs);
    free(t->hashes);
    free(t->slot);
    *t = (struct tki_symtab){0};
}
