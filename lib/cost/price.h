/* price.h - what a gigabyte kept for a month costs, dated, and what follows for a stream of traces.
 *
 * All sizes are in powers of 1000.  Where a provider bills by the GiB, dollars come out 7 % too high, on the safe
 * side.  A price is a list of tiers over the gigabytes stored, after a free part; requests and traffic out are not
 * in it.
 */
#ifndef TKI_COST_PRICE_H
#define TKI_COST_PRICE_H

#include "base/str.h"

enum { TKI_TIERS_MAX = 4 };

struct tki_tier {
    double up_to_gb; /* INFINITY: the last */
    double dollars;  /* per GB and month */
};

struct tki_price {
    const char *name; /* as for --price */
    const char *item; /* as the provider calls it */
    const char *date; /* when the price was read: YYYY-MM */
    const char *note;
    double free_gb;
    struct tki_tier tiers[TKI_TIERS_MAX];
};
extern const struct tki_price tki_prices[]; /* the last has no name */
const struct tki_price *tki_price_find(const char *name);
/* Dollars a month for keeping gb on average. */
double tki_price_month(const struct tki_price *p, double gb);

struct tki_plan {
    double month_days;     /* of a month */
    double retention_days; /* how long everything is kept */
    double ratio;          /* bytes as written / bytes as stored */
    double replicas;
    const struct tki_price *price;
};

struct tki_projection {
    double spans_per_s, bytes_per_s;
    double gb_per_day, tb_per_month; /* written, before compression and replicas */
    double stored_gb;                /* at rest, once retention_days have passed */
    double dollars;                  /* per month, for stored_gb */
};
struct tki_projection tki_project(const struct tki_plan *plan, double spans_per_s, double span_bytes);

#endif
