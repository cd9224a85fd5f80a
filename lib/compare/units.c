/* The table of units. */
#include "base/array.h"
#include "compare/profile.h"

static uint32_t put_unit(struct tki_profile *p, const struct tki_unit_sig *u)
{
    tk_id128 id = {(uint64_t)u->path << 8 | u->type, (uint64_t)u->prev << 32 | u->next};
    if (p->nunits >= p->opts.units_max) {
        uint32_t i = tki_idmap_get(&p->unit_map, id);
        p->units_dropped += i == TKI_MAP_NONE;
        return i == TKI_MAP_NONE ? TKI_UNIT_OTHER : i;
    }
    if (TKI_GROW(p->unit, p->units_cap, p->nunits + 1) < 0)
        return TKI_MAP_NONE;
    uint32_t i = tki_idmap_put(&p->unit_map, id);
    if (i == p->nunits)
        p->unit[p->nunits++] = *u;
    return i;
}

/* As paths are (keys.c): what came next last time is looked at first. */
uint32_t tki_unit_number(struct tki_profile *p, const struct tki_unit_sig *u)
{
    uint32_t last = p->last_unit, i = last < p->nunits ? p->unit[last].then : TKI_UNIT_OTHER;
    const struct tki_unit_sig *x = i != TKI_UNIT_OTHER ? &p->unit[i] : NULL;
    if (!x || x->path != u->path || x->type != u->type || x->prev != u->prev || x->next != u->next) {
        i = put_unit(p, u);
        if (i == TKI_UNIT_OTHER || i == TKI_MAP_NONE)
            return i;
        if (last < p->nunits)
            p->unit[last].then = i;
    }
    return p->last_unit = i;
}
