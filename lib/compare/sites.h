/* sites.h - the places that hold the excess of one trace, for causes.c. */
#ifndef TKI_COMPARE_SITES_H
#define TKI_COMPARE_SITES_H

#include "compare/baseline.h"
#include "compare/causes.h"

enum { TKI_PLACES_MAX = 5 };

struct tki_placed {
    struct tki_site site;
    double excess_ns;
    bool like_service; /* UNIT: all else in its service takes longer, too */
};

struct tki_sites {
    const struct tki_profile *p;
    const struct tki_load *fast; /* the mean of the fast traces; empty: there are none */
    struct tki_load *slow;       /* the trace; what was placed is taken out of it */
    struct tki_placed placed[TKI_PLACES_MAX];
    uint32_t n;
    uint32_t max;       /* places to look for */
    double share_first; /* of the excess that the first place must hold; the others */
    double share_more;
    double *service_ns;      /* by service: scratch of zeros */
    bool *fans;              /* by path: set where operations call several others side by side */
    const uint32_t *with[2]; /* by path: fast and slow traces that have it */
    bool alone;              /* no fast traces */
    bool late;               /* whole paths */
};

/* Fills placed[0..n): n is 0 when the trace has no excess. */
void tki_sites_find(struct tki_sites *s);

#endif
