/* charge.h - one line of a price list, and what so much of it costs in a month: the arithmetic of every backend.
 *
 * Seven rules are enough for all price lists that were read.  They are applied in this order:
 *
 *   k-th highest hour, percentile   of the month's hours one counts for all
 *   minimum                         a duration or size below which a stored object is billed as if it had it
 *   allotment                       so much for each that another charge bills (gigabytes for each host) is free
 *   free                            so much is taken off
 *   cliff                           nothing up to a limit, everything above it
 *   tiers                           a price for each part of what remains
 *
 * Amounts are in the charge's unit (gigabytes, requests, hosts, ...), prices in US dollars for each `per` units.  A
 * price that nobody can cite is NaN: then the amount is known and the money is not.  Plain values and pure functions;
 * strings are borrowed from whoever made the charge.
 */
#ifndef TKI_COST_CHARGE_H
#define TKI_COST_CHARGE_H

#include <stddef.h>
#include <stdint.h>

#include "cost/quantities.h"

enum {
    TKI_CHARGE_TIERS = 8,   /* at most */
    TKI_CHARGE_FACTORS = 6, /* assumptions that an amount is multiplied with, and divided by */
};

/* What a charge counts. */
enum tki_base {
    TKI_BASE_FLOW,    /* what comes in during the month: `of` says which quantity */
    TKI_BASE_RECORDS, /* likewise spans, span events and links together */
    TKI_BASE_STORED,  /* what is kept, on average over the month */
    TKI_BASE_MONTHS,  /* 1 */
    TKI_BASE_DAYS,    /* the days of the month */
    TKI_BASE_HOSTS,   /* of each hour */
    TKI_BASES
};
extern const char *const tki_base_names[TKI_BASES + 1]; /* "flow", "records", "stored", ..., NULL */

struct tki_unit_size {
    double bytes; /* of one; 0: the unit is no size */
    double times; /* per month: 1 a month, 0: once; below 0: of days (-1), of hours (-24) */
};

struct tki_price_tier {
    double up_to; /* units, INFINITY: the last */
    struct tki_range price;
};

struct tki_charge {
    const char *id, *what; /* "puts", "requests that write" */
    enum tki_base base;
    enum tki_quantity of; /* of FLOW and STORED */
    struct tki_range factor;
    const char *phase;                                                /* of STORED: of a lifecycle; NULL: all */
    double from_days, to_days;                                        /* of STORED: of that age; INFINITY: to the end */
    const char *times[TKI_CHARGE_FACTORS], *over[TKI_CHARGE_FACTORS]; /* names of assumptions; the last is NULL */
    const char *unit;                                                 /* "GB-month", "request" */
    struct tki_unit_size size;
    double per;
    bool compressed; /* metered after compression, which only counts for bytes */
    double minimum_days, minimum_bytes, overhead_bytes;
    const char *object;    /* the assumption with the bytes of an object, for minimum_bytes and overhead_bytes */
    const char *allot_per; /* id of the charge whose billed amount is multiplied; NULL: none */
    double allot, free, cliff;
    double leave_out;  /* share of the hours that are higher than the one that counts; NAN: no such rule */
    double percentile; /* NAN: no such rule */
    struct tki_price_tier tier[TKI_CHARGE_TIERS];
    size_t ntiers; /* 0: no figure */
    const char *source, *date, *note;
    int64_t date_days; /* since 1970, the first that `date` can mean; meaningless without tiers */
    bool undated;      /* the source has no date: `date` is when it was read */
    bool given;        /* by the person who asks: no date and no grade */
    char grade;        /* 'A', 'B', 'C'; 0: no figure */
};

/* Bytes and time in the unit's name: "GB", "GiB-hour", "GB-month"; {0, 0} for others. */
struct tki_unit_size tki_unit_size(const char *unit);

/* The highest value of which k - 1 are higher; k from 1 to n.  values is sorted. */
double tki_kth_highest(double *values, size_t n, size_t k);
/* k for a rule that leaves out a share of the hours, rounded up: of 744 hours and 1 % the 9th. */
size_t tki_hour_after(double leave_out, size_t hours);
/* By the nearest rank: the smallest value that at least so many percent of the values do not exceed. */
double tki_hour_percentile(double *values, size_t n, double percent);

/* What remains to be billed of an amount; allotted: units that are free because of another charge. */
double tki_charge_billed(const struct tki_charge *c, double amount, double allotted);
/* Dollars for what is billed, at the low, the usual and the high price.  NAN where a figure is missing that is needed:
 * nothing costs nothing, whatever the price. */
struct tki_range tki_charge_dollars(const struct tki_charge *c, double billed);
/* Whether objects that are smaller or younger than the minimum make the charge count more than what is stored. */
double tki_charge_object_factor(const struct tki_charge *c, double object_bytes);

#endif
