/* shipped.h - data files that are part of the library: their bytes, as lib/base/shipped.sh makes C of them.  A program
 * that is linked statically needs no file beside it. */
#ifndef TKI_BASE_SHIPPED_H
#define TKI_BASE_SHIPPED_H

#include <stddef.h>

struct tki_shipped {
    const char *name; /* of the file, without its ending; NULL: the last */
    const unsigned char *text;
    size_t n;
};
extern const struct tki_shipped tki_shipped_backends[]; /* lib/cost/backends */
extern const struct tki_shipped tki_shipped_agents[];   /* lib/expr/ottl/data/agents.tsv */

#endif
