/* keys.h - what makes two spans of two traces "the same": operations and the paths that lead to them.
 *
 * A key is (service, kind, name); names are normalised first, so that `GET /users/42` and `GET /users/43` are
 * one operation.  A path is the sequence of keys from the root to a span.  Both are numbered in the order in
 * which they come and live as long as the table.  Past the limits everything new is counted under number 0,
 * "other", so that memory is bounded whatever the names are.
 */
#ifndef TKI_COMPARE_KEYS_H
#define TKI_COMPARE_KEYS_H

#include "base/buf.h"
#include "base/map.h"

enum { TKI_KEYS_MAX = 100000, TKI_PATHS_MAX = 200000, TKI_PATH_DEPTH_SHOWN = 64 };

/* Appends name with identifiers replaced by `*`: UUIDs, hexadecimal words of 8 digits and more (with a
 * decimal digit among them), 6 and more decimal digits, numbers that are a whole segment of a path. */
void tki_normalize_name(struct tki_buf *to, tk_str name);

struct tki_key {
    tk_str service, name;
    uint64_t hash; /* of the content: the same in every run */
    uint32_t of;   /* number of the service, below services.n of the table */
    uint8_t kind;
};

enum { TKI_KEY_OTHER }; /* number of the key for what is past the limit */

struct tki_keys {
    struct tki_symtab table, services;
    struct tki_key *key;
    uint32_t n, cap, max;
    bool normalize;
    uint64_t dropped;              /* spans counted under "other" */
    struct tki_buf text;           /* private */
    struct tki_recent_key *recent; /* private: what was asked lately, by a hash of it */
};
/* max 0: TKI_KEYS_MAX.  TK_ENOMEM. */
int tki_keys_init(struct tki_keys *k, bool normalize, uint32_t max);
void tki_keys_free(struct tki_keys *k);
/* The number of a key; TKI_MAP_NONE: out of memory.  Of many, each is announced some before: the announcement takes
 * what the question would wait for on its way, and is given back with it. */
uint64_t tki_keys_ahead(const struct tki_keys *k, tk_str service, uint8_t kind, tk_str name);
uint32_t tki_keys_announced(struct tki_keys *k, uint64_t announced, tk_str service, uint8_t kind, tk_str name);
uint32_t tki_keys_put(struct tki_keys *k, tk_str service, uint8_t kind, tk_str name);

struct tki_path {
    uint32_t parent; /* a path, or TK_NONE */
    uint32_t key;
    uint32_t depth; /* 1 for a root */
    uint64_t hash;  /* of the content */
};

enum { TKI_PATH_OTHER, TKI_PATH_ROOTS, TKI_PATH_FIRST }; /* past the limit; the virtual root; real ones */

struct tki_paths {
    struct tki_wordmap map;
    struct tki_path *path;
    uint32_t n, cap, max;
    uint64_t dropped; /* spans counted under "other" */
};
int tki_paths_init(struct tki_paths *p, uint32_t max);
void tki_paths_free(struct tki_paths *p);
/* The path `parent` (or TK_NONE) with one key more; TKI_MAP_NONE: out of memory. */
uint32_t tki_paths_put(struct tki_paths *p, const struct tki_keys *k, uint32_t parent, uint32_t key);
/* That path will be asked for soon. */
static inline void tki_paths_ahead(const struct tki_paths *p, uint32_t parent, uint32_t key)
{
    tki_wordmap_ahead(&p->map, (uint64_t)parent << 32 | key);
}

/* Fills keys[] with the last `max` keys of a path, root first; returns how many. */
uint32_t tki_path_keys(const struct tki_paths *p, uint32_t path, uint32_t *keys, uint32_t max);
/* A total order by content: byte order of services, kinds and names from the root on. */
int tki_path_cmp(const struct tki_paths *p, const struct tki_keys *k, uint32_t a, uint32_t b);

#endif
