#include "sample/lru.h"

#include <stdlib.h>

#include "base/array.h"
#include "tracekit.h"

void tki_lru_init(struct tki_lru *l, uint32_t size)
{
    *l = (struct tki_lru){.size = size, .newest = TKI_MAP_NONE, .oldest = TKI_MAP_NONE};
}

void tki_lru_free(struct tki_lru *l)
{
    tki_idmap_free(&l->ids);
    free(l->entry);
}

static void unlink_entry(struct tki_lru *l, uint32_t at)
{
    struct tki_lru_entry *e = &l->entry[at];
    if (e->newer != TKI_MAP_NONE)
        l->entry[e->newer].older = e->older;
    else
        l->newest = e->older;
    if (e->older != TKI_MAP_NONE)
        l->entry[e->older].newer = e->newer;
    else
        l->oldest = e->newer;
    e->in = false;
    l->n--;
}

static void to_front(struct tki_lru *l, uint32_t at)
{
    struct tki_lru_entry *e = &l->entry[at];
    e->newer = TKI_MAP_NONE;
    e->older = l->newest;
    if (l->newest != TKI_MAP_NONE)
        l->entry[l->newest].newer = at;
    else
        l->oldest = at;
    l->newest = at;
    e->in = true;
    l->n++;
}

/* Nothing was ever thrown out, or since its last touch at most as many ids were touched as the cache holds. */
static bool surely_in(const struct tki_lru *l, const struct tki_lru_entry *e)
{
    return e->known && (l->ids.n <= l->size || l->touches - e->since <= l->size);
}

static bool surely_out(const struct tki_lru *l, const struct tki_lru_entry *e)
{
    return l->puts >= e->puts_since && l->puts - e->puts_since >= l->size;
}

/* An id was touched; what lies before is what certainly came before. */
static void touch(struct tki_lru *l, struct tki_lru_entry *e)
{
    e->since = l->ticking ? l->tick_touches : l->touches;
    e->puts_since = l->ticking ? l->tick_puts : l->puts;
    l->touches++;
}

struct tki_lru_answer tki_lru_get(struct tki_lru *l, uint64_t low)
{
    uint32_t at = l->size ? tki_idmap_get(&l->ids, (tk_id128){0, low}) : TKI_MAP_NONE;
    if (at == TKI_MAP_NONE)
        return (struct tki_lru_answer){.certain = true, .why.policy = TKI_MAP_NONE};
    struct tki_lru_entry *e = &l->entry[at];
    const struct tki_lru_answer answer = {e->in, e->in ? surely_in(l, e) : surely_out(l, e), e->why};
    if (e->in) {
        unlink_entry(l, at);
        to_front(l, at);
    }
    if (answer.in && answer.certain) {
        touch(l, e);
    } else if (!answer.certain) { /* where another order has it, it has become the newest there */
        e->puts_since = l->ticking ? l->tick_puts : l->puts;
        l->touches++;
    }
    return answer;
}

int tki_lru_put(struct tki_lru *l, uint64_t low, struct tki_lru_why why, bool certain)
{
    uint32_t before = l->ids.n, at = tki_idmap_put(&l->ids, (tk_id128){0, low});
    if (at == TKI_MAP_NONE || TKI_GROW(l->entry, l->cap, at + 1) < 0)
        return TK_ENOMEM;
    struct tki_lru_entry *e = &l->entry[at];
    if (at == before)
        *e = (struct tki_lru_entry){0};
    bool absent = at == before || surely_out(l, e);
    if (e->in)
        unlink_entry(l, at);
    else if (l->n == l->size)
        unlink_entry(l, l->oldest);
    to_front(l, at);
    e->why = why;
    e->known = certain;
    l->puts += certain && absent; /* its own is no other's: touch comes after */
    touch(l, e);
    return 0;
}

int tki_lru_may_put(struct tki_lru *l, uint64_t low)
{
    uint32_t before = l->ids.n, at = tki_idmap_put(&l->ids, (tk_id128){0, low});
    if (at == TKI_MAP_NONE || TKI_GROW(l->entry, l->cap, at + 1) < 0)
        return TK_ENOMEM;
    struct tki_lru_entry *e = &l->entry[at];
    if (at == before)
        *e = (struct tki_lru_entry){.why.policy = TKI_MAP_NONE};
    e->puts_since = l->ticking ? l->tick_puts : l->puts;
    l->touches++;
    return 0;
}

bool tki_lru_refresh(struct tki_lru *l, uint64_t low)
{
    uint32_t at = l->size ? tki_idmap_get(&l->ids, (tk_id128){0, low}) : TKI_MAP_NONE;
    if (at == TKI_MAP_NONE)
        return false;
    struct tki_lru_entry *e = &l->entry[at];
    uint64_t touches = l->tick_touches + l->tick_most, puts = l->tick_puts - l->tick_most;
    bool sure = e->known && (l->ids.n + l->tick_most <= l->size || touches - e->since <= l->size);
    if (e->in) {
        unlink_entry(l, at);
        to_front(l, at);
    }
    if (sure) {
        touch(l, e);
    } else if (puts < e->puts_since || puts - e->puts_since < l->size) { /* it may be in */
        e->puts_since = l->tick_puts;
        l->touches++;
    }
    return sure;
}

void tki_lru_tick(struct tki_lru *l, uint64_t most)
{
    l->ticking = most > 0;
    l->tick_touches = l->touches;
    l->tick_most = most;
    l->tick_puts = l->puts + most;
}
