#include "run/linked.h"

#include <stdlib.h>

#include "base/array.h"

#define UNKNOWN  UINT32_MAX /* in place of a top */
#define UNDERWAY (UINT32_MAX - 1)

struct tki_target {
    tk_id128 id;
    enum { NONE, ONE, SEVERAL } state;
};

int tki_linked_note(struct tki_linked *l, uint32_t number, const struct tk_batch *b, const struct tk_span *s)
{
    size_t had = l->cap;
    if (number >= l->n)
        l->n = number + 1;
    if (TKI_GROW(l->of, l->cap, l->n) < 0)
        return TK_ENOMEM;
    if (l->cap > had)
        memset(l->of + had, 0, (l->cap - had) * sizeof *l->of);
    struct tki_target *t = &l->of[number];
    for (uint32_t i = 0; !s->parent_id && i < s->links.count; i++) {
        tk_id128 id = b->links[s->links.first + i].trace_id;
        if (tki_id_eq(id, s->trace_id) || tki_id_zero(id))
            continue;
        if (t->state == NONE)
            *t = (struct tki_target){id, ONE};
        else if (!tki_id_eq(t->id, id))
            t->state = SEVERAL;
    }
    return TK_OK;
}

/* The trace that this one is put below, or TKI_MAP_NONE. */
static uint32_t above(const struct tki_linked *l, const struct tki_idmap *ids, uint32_t i)
{
    return l->of[i].state == ONE ? tki_idmap_get(ids, l->of[i].id) : TKI_MAP_NONE;
}

/* From trace i upwards: each has its top afterwards. */
static void climb(struct tki_linked *l, const struct tki_idmap *ids, uint32_t i)
{
    uint32_t top = i, at = i, next;
    while (l->top[at] == UNKNOWN) {
        l->top[at] = UNDERWAY;
        top = at;
        next = above(l, ids, at);
        if (next == TKI_MAP_NONE)
            break;
        at = next;
    }
    if (l->top[at] != UNDERWAY) { /* one that is settled */
        top = l->top[at];
    } else if (above(l, ids, top) != TKI_MAP_NONE) { /* a circle, from `at` on */
        top = at;
        for (uint32_t c = above(l, ids, at); c != at; c = above(l, ids, c))
            top = c < top ? c : top;
    }
    for (at = i; l->top[at] == UNDERWAY; at = next) {
        next = above(l, ids, at);
        l->top[at] = top;
        if (next == TKI_MAP_NONE)
            break;
    }
}

int tki_linked_settle(struct tki_linked *l, const struct tki_idmap *ids)
{
    size_t had = l->cap;
    if (TKI_GROW(l->of, l->cap, (size_t)ids->n + 1) < 0)
        return TK_ENOMEM;
    if (l->cap > had)
        memset(l->of + had, 0, (l->cap - had) * sizeof *l->of);
    l->n = ids->n;
    l->top = malloc(((size_t)l->n + 1) * sizeof *l->top);
    if (!l->top)
        return TK_ENOMEM;
    memset(l->top, 0xff, ((size_t)l->n + 1) * sizeof *l->top);
    for (uint32_t i = 0; i < l->n; i++)
        climb(l, ids, i);
    return TK_OK;
}

void tki_linked_free(struct tki_linked *l)
{
    free(l->of);
    free(l->top);
    *l = (struct tki_linked){0};
}
