/* month.h - what a stream of traces costs in a month, in one backend: a pure function of quantities and assumptions.
 *
 * Month 0 is a month at today's rate in which everything is kept that ever will be: the retention time has passed, and
 * nothing grows.  Months from 1 on begin with an empty store; the rate of month m is that of the first times
 * (1 + growth)^(m - 1), and what is stored ramps up.  Stored amounts are averages over the month, exact for a rate that
 * is constant in each month.
 *
 * Dollars come twice: as the measured quantities have them, low to high, at the usual price; and at the usual quantity,
 * as prices have them that are a range.  What no citable figure is known for is an item without dollars.
 */
#ifndef TKI_COST_MONTH_H
#define TKI_COST_MONTH_H

#include "cost/backend.h"
#include "cost/profile.h"

enum { TKI_COST_ITEMS = TKI_BACKEND_PARTS * TKI_BACKEND_CHARGES, TKI_TERMS_ASSUMES = 32 };

/* All traces of a stream, and those among them with errors or slow ones. */
struct tki_streams {
    struct tki_quantities all, notable;
    bool notable_known;
};

/* Without a dump: the share of all traces that is notable, for hybrids. */
#define TKI_NOTABLE_SHARE "notable_share"

struct tki_terms {
    double month_days;
    double retention_days;             /* NAN: as the backend has it */
    double retention_traces;           /* the newest so many are kept; NAN: no such limit */
    double replicas;                   /* as people count them for the backend; NAN: as the backend has it */
    double growth;                     /* of the rate, a month */
    const struct tki_profile *profile; /* NULL: every hour is like every other */
    struct {
        const char *key;
        double value;
    } assume[TKI_TERMS_ASSUMES];
    size_t nassumes;
};

struct tki_cost_item {
    const struct tki_backend *backend; /* of a hybrid the part */
    const struct tki_charge *charge;
    struct tki_range amount, billed; /* in the charge's unit */
    struct tki_range dollars;        /* NAN: there is no figure */
    struct tki_range by_price;       /* of amount.mid */
    bool assumed;                    /* its quantity is (quantities.h) */
};

struct tki_cost {
    struct tki_cost_item item[TKI_COST_ITEMS];
    size_t n;
    struct tki_range dollars;      /* of the items that have dollars */
    struct tki_range by_price;     /* likewise */
    bool complete;                 /* every item with something to be billed has dollars */
    bool assumed;                  /* some item is */
    struct tki_range stored_bytes; /* at rest, with all copies, on average over the month */
    double requests;               /* sum of the items whose unit is a request */
    double retention_days, copies; /* of the first part; copies of the first phase */
    size_t most;                   /* item that costs most; n: none costs anything */
    const char *oldest, *newest;   /* dates of the prices that were used; NULL: none has one */
    int64_t oldest_days;
    size_t oldest_item; /* whose price it is */
    char grade;         /* the worst of what was used; 0: no price has one */
};

/* TK_EUSAGE, with a text for people: the backend needs what is not known here, such as notable traces. */
int tki_cost_month(const struct tki_backend *b, const struct tki_streams *s, const struct tki_terms *t, unsigned month,
                   struct tki_cost *cost, struct tk_err *err);

/* Days' worth of today's traces that a store holds, on average over the month, of those aged from..to days. */
double tki_days_stored(const struct tki_terms *t, unsigned month, double from, double to);
/* Terms that a backend's name does not know: true if some charge of it uses the assumption. */
bool tki_backend_uses(const struct tki_backend *b, const char *key);
/* The largest share s of the rest, from 0 to 1, for which notable + s * rest costs at most so many dollars in month 0;
 * NAN: not even s = 0 does.  high: at the high end of what is measured, else in the middle.  Needs notable traces that
 * are known.  TK_EUSAGE also where money cannot be said. */
int tki_cost_share(const struct tki_backend *b, const struct tki_streams *s, const struct tki_terms *t, double dollars,
                   bool high, double *share, struct tk_err *err);
/* Multiples of the rate, from 1e-4 to 1e4 of it, at which two backends cost the same in month 0, ascending; *n is their
 * number, at most max.  cheaper[i] is the one below crossing[i], cheaper[n] the one above the last: 0 or 1. */
int tki_cost_crossings(const struct tki_backend *const b[2], const struct tki_streams *s, const struct tki_terms *t,
                       double *crossing, int *cheaper, size_t max, size_t *n, struct tk_err *err);

#endif
