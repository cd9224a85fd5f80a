/* gist.h - sentences about one trace, for people: where its time went, and which calls cost it time without need. */
#ifndef TKI_VIEW_GIST_H
#define TKI_VIEW_GIST_H

#include "analyze/misses.h"
#include "analyze/orders.h"
#include "analyze/waits.h"
#include "analyze/waste.h"

struct tki_gist { /* all zero is valid; memory that is used again for the next trace */
    struct tki_wastes wastes;
    struct tki_orders orders;
    struct tki_waits waits;
    struct tki_misses misses;
};
void tki_gist_free(struct tki_gist *g);

/* The facts must have the critical path.  1: a sentence, without full stop and line break; 0: there is none. */
int tki_gist_where(const struct tki_facts *f, struct tki_buf *to);
/* A line each: N+1, retries and others.  TK_ENOMEM. */
int tki_gist_waste(struct tki_gist *g, const struct tki_facts *f, struct tki_buf *to);

#endif
