/* The table of units. */
#include "base/array.h"
#include "compare/profile.h"

enum { AGAIN = 8 }; /* beside the type: its time is of calls that are made again */

_Static_assert((int)TKI_KEYS_MAX < (int)TKI_UNIT_KEYS && (int)TKI_PATHS_MAX < (int)TKI_UNIT_PATHS &&
                   (int)TKI_PIECE_TYPES <= (int)AGAIN,
               "64 bits tell a unit");

/* All that tells a unit from others: which calls are made again its neighbours tell.  TK_NONE is a number that no key
 * has. */
static uint64_t word_of(const struct tki_unit_sig *u)
{
    uint64_t keys = (uint64_t)(u->prev & (TKI_UNIT_KEYS - 1)) * TKI_UNIT_KEYS + (u->next & (TKI_UNIT_KEYS - 1));
    return (keys * TKI_UNIT_PATHS + u->path) * 2 * AGAIN + u->type + (u->loop != TK_NONE ? AGAIN : 0);
}

void tki_unit_ahead(const struct tki_profile *p, const struct tki_unit_sig *u)
{
    tki_wordmap_ahead(&p->unit_map, word_of(u));
}

uint32_t tki_unit_number(struct tki_profile *p, const struct tki_unit_sig *u)
{
    uint64_t word = word_of(u);
    uint32_t i = tki_wordmap_get(&p->unit_map, word);
    if (i != TKI_MAP_NONE)
        return i;
    if (p->nunits >= p->opts.units_max) {
        p->units_dropped++;
        return TKI_UNIT_OTHER;
    }
    if (TKI_GROW(p->unit, p->units_cap, p->nunits + 1) < 0 || tki_wordmap_put(&p->unit_map, word) == TKI_MAP_NONE)
        return TKI_MAP_NONE;
    p->unit[p->nunits] = *u;
    return p->nunits++;
}
