/* hops.h - calls between services, to find who loses the context on the way, and which peers make no spans.
 *
 * A call is whole when an entry span of another service hangs below it.  A call without one, and an entry that is a
 * root of another trace, are the two halves of a broken call when the entry lies within the call in time and the call's
 * address is one that leads to the entry's service elsewhere (fit.c).
 */
#ifndef TKI_JUDGE_HOPS_H
#define TKI_JUDGE_HOPS_H

#include "judge/tally.h"

enum tki_by { TKI_BY_ADDRESS, TKI_BY_INSTANCE, TKI_BY_VERSION, TKI_BY_SCOPE, TKI_BY_NAME, TKI_BYS };

struct tki_call {
    uint64_t start_ns, end_ns;
    tk_id128 trace;
    uint64_t span, path;     /* path: a hash; 0: not known */
    uint32_t caller, callee; /* services; callee TKI_MAP_NONE: nothing hangs below it */
    uint32_t by[TKI_BYS];    /* numbers of texts */
    uint32_t method;         /* likewise; TKI_MAP_NONE: not known */
    uint32_t entry;          /* fit: the entry it belongs to */
    uint32_t rivals;         /* fit: entries that it could belong to */
    bool failed;             /* what failed may have reached nobody */
};

struct tki_entry_root {
    uint64_t start_ns, end_ns;
    tk_id128 trace;
    uint64_t span, path;
    uint32_t service, method;
    uint32_t rivals; /* fit: calls that it could belong to */
    bool taken;
};

struct tki_open { /* a request, or a root that is none, of one program */
    uint32_t program, service;
    uint64_t start_ns, end_ns;
    tk_id128 trace;
    uint64_t span;
};

struct tki_queue { /* a destination and a service that consumes from it, or none for those that are written to */
    uint32_t destination, service;
    uint64_t messages, lost;
    tk_id128 trace;
    uint64_t span;
};

struct tki_orphan { /* an entry whose parent is missing */
    uint64_t start_ns;
    tk_id128 trace;
    uint32_t service;
};

struct tki_linked { /* requests of a service: those that are roots with a link to another trace, or that have both */
    uint64_t requests, restarted, doubled;
    tk_id128 restart, two; /* examples */
    uint64_t restart_span, two_span;
};

struct tki_hops {
    struct tki_symtab texts, queues;
    bool *local; /* by text: an address that says nothing by itself, as localhost, or none but the name of the call */
    struct tki_call *call;
    struct tki_entry_root *root;
    struct tki_open *open, *inner;
    struct tki_queue *queue;
    struct tki_orphan *orphan;
    struct tki_linked *linked; /* by service */
    uint32_t ncalls, nroots, nopen, ninner;
    uint32_t calls_cap, roots_cap, open_cap, inner_cap, queue_cap, local_cap, norphans, orphans_cap, linked_cap;
    struct tki_buf text;
    bool *called; /* by service: a call encloses one of its roots */
};

void tki_hops_add(struct tki_hops *h, struct tki_tallies *t, const struct tki_said *f);
void tki_hops_free(struct tki_hops *h);

struct tki_route {    /* an address: where it leads */
    uint32_t service; /* TKI_MAP_NONE: nothing in the dump tells */
    bool fitted;      /* no whole call tells, but roots of that service lie within calls to it */
};

/* fit.c: after all calls, finds which calls and roots belong together: fills `entry` of calls, `called`, and *routes,
 * an array by text that the caller frees.  0 or TK_ENOMEM. */
int tki_hops_fit(struct tki_hops *h, const struct tki_tallies *t, struct tki_route **routes);
/* hops_say.c: fits, and tells of what was found, gaps included (gaps.h). */
struct tki_gaps;
void tki_hops_finish(struct tki_hops *h, struct tki_tallies *t, struct tki_gaps *gaps);
/* samplers.c: tells of services that sample for themselves; orphans that this explains are not told of again. */
void tki_hops_say_samplers(const struct tki_hops *h, struct tki_tallies *t, const struct tki_route *routes);

#endif
