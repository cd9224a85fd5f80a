#include "expr/ottl/members.h"

/* Room for one more of so many bytes each: the array, moved where it has to grow, or NULL. */
static void *grow(struct tki_ottl_run *r, void *array, uint32_t n, uint32_t *cap, size_t size)
{
    if (n < *cap)
        return array;
    uint32_t wider = *cap ? 2 * *cap : 8;
    void *more = tki_ottl_alloc(r, wider * size);
    if (!more)
        return NULL;
    if (n)
        memcpy(more, array, n * size);
    *cap = wider;
    return more;
}

int tki_ottl_put(struct tki_ottl_run *r, struct tki_ottl_members *m, tk_str key, struct tki_ov v)
{
    uint32_t k = 0;
    while (k < m->n && !tki_str_eq(m->pair[k].key, key))
        k++;
    struct tki_ov_pair *pair = grow(r, m->pair, k, &m->cap, sizeof *pair);
    if (!pair)
        return TK_ENOMEM;
    m->pair = pair;
    m->pair[k] = (struct tki_ov_pair){key, v};
    m->n += k == m->n;
    return 0;
}

int tki_ottl_push(struct tki_ottl_run *r, struct tki_ottl_items *l, struct tki_ov v)
{
    struct tki_ov *item = grow(r, l->item, l->n, &l->cap, sizeof *item);
    if (!item)
        return TK_ENOMEM;
    l->item = item;
    l->item[l->n++] = v;
    return 0;
}
