/* members.h - lists and maps that functions make, one element at a time, in the memory of the run. */
#ifndef TKI_OTTL_MEMBERS_H
#define TKI_OTTL_MEMBERS_H

#include "expr/ottl/func.h"

struct tki_ottl_members { /* of a map; all zero is empty */
    struct tki_ov_pair *pair;
    uint32_t n, cap;
};

struct tki_ottl_items { /* of a list; all zero is empty */
    struct tki_ov *item;
    uint32_t n, cap;
};

/* The last value of a key counts, in the place of the first.  0 or TK_ENOMEM. */
int tki_ottl_put(struct tki_ottl_run *r, struct tki_ottl_members *m, tk_str key, struct tki_ov v);
int tki_ottl_push(struct tki_ottl_run *r, struct tki_ottl_items *l, struct tki_ov v);

static inline struct tki_ov tki_ottl_map_of(const struct tki_ottl_members *m)
{
    return tki_ov_map(m->pair, m->n);
}

static inline struct tki_ov tki_ottl_list_of(const struct tki_ottl_items *l)
{
    return tki_ov_list(l->item, l->n);
}

#endif
