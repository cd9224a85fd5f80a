/* search.h - what the files share that find causes: causes.c makes them of places, join.c says which of them are one,
 * outlying.c how far each stands out, kinds.c in which kinds of requests, core.c with which of its traces, judge.c asks
 * them, sets.c says which of them differ between two sets, part.c which of B's requests these are of, hidden.c what a
 * cause did not cost. */
#ifndef TKI_COMPARE_SEARCH_H
#define TKI_COMPARE_SEARCH_H

#include "compare/sites.h"

struct tki_search {
    struct tki_causes *x;
    const struct tki_comparison *c;
    const struct tki_profile *p;
    const struct tki_compare_opts *o;
    struct tki_load fast, late, one, mean; /* late: the whole paths of the fast traces */
    struct tki_idmap by_hash;              /* the causes in their order, until they are joined */
    double *service_ns;                    /* by service */
    bool *fans;                            /* by path: it calls several others side by side */
    uint32_t *with[2];                     /* by path: fast and slow traces of a kind that have it */
    bool *in_place;                        /* by unit */
    struct tki_waited *waited;             /* of hidden.c; NULL: nothing was asked yet */
    bool *apart;      /* by member: told apart one by one; of two sets, of A likewise what is slow for its kind */
    bool *left;       /* by member: slow by its whole path only, and so compared by that */
    uint32_t *main;   /* by unit: 1 + the last kind of requests that had it on a main path */
    int64_t whole_ns; /* median of the whole paths of the fast traces of a kind, where slow ones have such a path */
    double *value;    /* scratch: twice the members */
    double *at_place; /* by member: its time at the place that is judged */
    double *judged;   /* likewise, by what it is judged */
};

/* Adds a trace, or to the trace that was added last another place.  TK_ENOMEM. */
int tki_cause_affect(struct tki_cause *c, size_t member, double excess_ns);
/* What a place is, by content: two of one hash are one cause. */
uint64_t tki_site_hash(const struct tki_profile *p, const struct tki_site *site, bool together, bool late);
/* Fills in the hashes of a cause by its first site. */
void tki_cause_name(const struct tki_profile *p, struct tki_cause *c);
/* Gives the traces of one cause to another, which is then to be sorted.  TK_ENOMEM. */
int tki_cause_join(struct tki_search *s, struct tki_cause *to, struct tki_cause *c);
/* A trace that had two of the places that were joined is there once. */
void tki_cause_sort(struct tki_cause *c);
/* Joins causes that are one.  TK_ENOMEM. */
int tki_causes_join(struct tki_search *s);
void tki_causes_drop_empty(struct tki_causes *x);
/* Joins causes that are one, and fills in how far each stands out.  TK_ENOMEM. */
int tki_causes_judge(struct tki_search *s);
/* Fills in how far a cause stands out, of which in_place has the units.  TK_ENOMEM. */
int tki_cause_stand_out(struct tki_search *s, struct tki_cause *c);
/* How many traces a side has of the kinds of requests that a cause is in. */
size_t tki_cause_traces(const struct tki_search *s, const struct tki_cause *c, int side);
/* Many traces whose middle one is no outlier, and that lie beyond what the end of one spread would be: by so many
 * standard deviations, once c->z is known. */
bool tki_many_lie_beyond(const struct tki_search *s, const struct tki_cause *c, double far);
/* Leaves out sites below roots that none of the cause's traces has; unless that were all of them. */
void tki_cause_keep_sites(const struct tki_search *s, struct tki_cause *c);
/* Moves the traces that are not core[] to a cause of their own, which is the last one then; both are to be judged
 * again. TK_ENOMEM. */
int tki_cause_split(struct tki_search *s, size_t cause, const bool *core);
/* Where a cause does not stand out, and some of its traces do by themselves, or fail there, the others become a cause
 * of their own.  TK_ENOMEM. */
int tki_cause_settle_core(struct tki_search *s, size_t cause);
/* Of one dump: where a cause stands out in some kinds of requests and not in the others, these become a cause of their
 * own, which is the last one then; both are to be judged again.  TK_ENOMEM. */
int tki_cause_settle_kinds(struct tki_search *s, size_t cause);
/* Of two sets, where the traces of a cause stand out or not: whether B has it more often than A for certain, and what
 * it cost B.  Takes the members' times at the place as they are in at_place.  TK_ENOMEM. */
int tki_cause_compare_sets(struct tki_search *s, struct tki_cause *c);
/* Likewise, once it is told: where a part of B's requests holds what it cost, these are its own.  TK_ENOMEM. */
int tki_cause_take_part(struct tki_search *s, struct tki_cause *c);
/* Takes what it hid off its cost.  TK_ENOMEM. */
int tki_cause_leave_hidden(struct tki_search *s, struct tki_cause *c);
void tki_waited_free(struct tki_waited *w); /* NULL is fine */

#endif
