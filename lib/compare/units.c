/* The table of units. */
#include "base/array.h"
#include "compare/profile.h"

uint32_t tki_unit_number(struct tki_profile *p, const struct tki_unit_sig *u)
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
