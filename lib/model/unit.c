#include "model/unit.h"

/* Seconds from 1970 to the years 2000 and 2100, and of a day. */
#define FROM_S UINT64_C(946684800)
#define TO_S   UINT64_C(4102444800)
#define DAY_S  UINT64_C(86400)

static const struct {
    uint64_t per_s, ns;
    const char *name;
} units[] = {{1, 1000000000, "seconds"}, {1000, 1000000, "milliseconds"}, {1000000, 1000, "microseconds"}};

enum { UNITS = sizeof units / sizeof *units };

static bool within(int unit, uint64_t x)
{
    return x >= FROM_S * units[unit].per_s && x < TO_S * units[unit].per_s;
}

uint64_t tki_unit_of(uint64_t start_ns, uint64_t end_ns)
{
    for (int i = 0; i < UNITS; i++) {
        uint64_t apart = end_ns > start_ns ? end_ns - start_ns : start_ns - end_ns;
        if (within(i, start_ns))
            return within(i, end_ns) && apart < DAY_S * units[i].per_s ? units[i].ns : 1;
    }
    return 1;
}

uint64_t tki_unit_of_trace(const struct tk_batch *b)
{
    uint64_t unit = 1;
    for (uint32_t i = 0; i < b->nspans; i++) {
        const struct tk_span *s = &b->spans[i];
        if (!s->start_ns || !s->end_ns || s->start_ns >= FROM_S * 1000000000)
            continue;
        uint64_t own = tki_unit_of(s->start_ns, s->end_ns);
        if (own == 1 || (unit > 1 && own != unit))
            return 1;
        unit = own;
    }
    return unit;
}

bool tki_unit_holds(uint64_t unit_ns, uint64_t time_ns)
{
    for (int i = 0; i < UNITS; i++)
        if (units[i].ns == unit_ns)
            return within(i, time_ns);
    return false;
}

const char *tki_unit_name(uint64_t unit_ns)
{
    for (int i = 0; i < UNITS; i++)
        if (units[i].ns == unit_ns)
            return units[i].name;
    return "nanoseconds";
}
