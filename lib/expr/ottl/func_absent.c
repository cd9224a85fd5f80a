/* Functions that are known by their names and not evaluated, each with the reason. */
#include "expr/ottl/func.h"

#define CLOCK  "depends on the clock, so that what the collector answered cannot be said"
#define CHANCE "is random, so that what the collector answered cannot be said"
#define REFUSED(name_, since_, why_)                          \
    {                                                         \
        .name = (name_), .since = (since_), .refused = (why_) \
    }

const struct tki_ottl_func tki_ottl_absent[] = {
    REFUSED("Now", 0, CLOCK), REFUSED("UUID", 0, CHANCE), REFUSED("UUIDv7", 132, CHANCE), {0}};
