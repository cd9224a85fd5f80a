/* map.h - three hash tables, open addressing, entries numbered 0, 1, 2 ... in the order of insertion.
 *
 * tki_idmap: trace id -> number.  tki_symtab: string -> number, and back.  tki_wordmap: 64 bits -> number, with
 * one place of memory for a question, which can be asked for early.  The numbers index arrays that the
 * caller keeps beside the table, so a table holds no values of its own.  All-zero is valid and empty.
 */
#ifndef TKI_BASE_MAP_H
#define TKI_BASE_MAP_H

#include "base/arena.h"
#include "base/hash.h"

#define TKI_MAP_NONE UINT32_MAX

struct tki_idmap {
    tk_id128 *ids;  /* ids[number] */
    uint64_t *slot; /* number + 1, 0 = free; above it half of the hash, so that few other ids are looked at */
    uint32_t n, cap, slots;
};
/* The id's number; a new id gets number n.  TKI_MAP_NONE when out of memory. */
uint32_t tki_idmap_put(struct tki_idmap *m, tk_id128 id);
uint32_t tki_idmap_get(const struct tki_idmap *m, tk_id128 id); /* TKI_MAP_NONE: not there */
void tki_idmap_reset(struct tki_idmap *m);
void tki_idmap_free(struct tki_idmap *m);

struct tki_wordmap {
    struct tki_word {
        uint64_t word;
        uint32_t number; /* and one more; 0: free */
    } * slot;
    uint32_t n, slots;
};
uint32_t tki_wordmap_put(struct tki_wordmap *m, uint64_t word); /* as tki_idmap_put */
uint32_t tki_wordmap_get(const struct tki_wordmap *m, uint64_t word);
void tki_wordmap_free(struct tki_wordmap *m);
/* The word will be asked for soon. */
static inline void tki_wordmap_ahead(const struct tki_wordmap *m, uint64_t word)
{
    if (m->slots)
        __builtin_prefetch(&m->slot[(uint32_t)tki_mix64(word) & (m->slots - 1)]);
}

struct tki_symtab {
    struct tki_arena arena;
    tk_str *strs; /* strs[number]; owned by the table */
    uint64_t *hashes;
    uint32_t *slot;
    uint32_t n, cap, slots;
};
uint32_t tki_symtab_put(struct tki_symtab *t, tk_str s); /* copies s when it is new */
uint32_t tki_symtab_get(const struct tki_symtab *t, tk_str s);
void tki_symtab_free(struct tki_symtab *t);

#endif
