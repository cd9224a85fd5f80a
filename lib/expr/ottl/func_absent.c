/* Functions that are known by their names and not evaluated, each with the reason. */
#include "expr/ottl/func.h"

#define CLOCK  "depends on the clock, so that what the collector answered cannot be said"
#define CHANCE "is random, so that what the collector answered cannot be said"
#define ABSENT "is not evaluated by this version"
#define REFUSED(name_, since_, why_)                          \
    {                                                         \
        .name = (name_), .since = (since_), .refused = (why_) \
    }

const struct tki_ottl_func tki_ottl_absent[] = {REFUSED("Now", 0, CLOCK),
                                                REFUSED("UUID", 0, CHANCE),
                                                REFUSED("UUIDv7", 132, CHANCE),
                                                REFUSED("ConvertAttributesToElementsXML", 0, ABSENT),
                                                REFUSED("ConvertTextToElementsXML", 0, ABSENT),
                                                REFUSED("GetXML", 0, ABSENT),
                                                REFUSED("InsertXML", 0, ABSENT),
                                                REFUSED("ParseSimplifiedXML", 0, ABSENT),
                                                REFUSED("ParseXML", 0, ABSENT),
                                                REFUSED("RemoveXML", 0, ABSENT),
                                                {0}};
