/* check_in.h - what the files of lib/check share. */
#ifndef TKI_CHECK_IN_H
#define TKI_CHECK_IN_H

#include "base/map.h"
#include "check/bias.h"
#include "check/check.h"

struct tki_check_second { /* what is kept of one second, weighted */
    double spans, bytes;
};

struct tki_check_state {
    uint64_t traces, kept_traces, in_part;
    bool weighted; /* some weight is not 1 */
    /* Totals of what is kept, and of what the baseline keeps: traces, spans; and the sum of (w y)^2 (1 - 1/w). */
    struct tki_check_sum {
        double sum, variance;
    } traces_kept, spans_kept, traces_base, spans_base, bytes_kept;
    struct tki_idmap seconds; /* lo: Unix seconds */
    struct tki_check_second *second;
    size_t second_cap;
    struct tki_bias bias;
};

extern const struct tki_check_period {
    const char *name; /* NULL ends the table */
    double seconds;
} tki_check_periods[];

int tki_check_state_open(struct tki_checks *c); /* 0 or TK_ENOMEM */
void tki_check_state_free(struct tki_checks *c);
/* The group of that key, made when it is not there; NULL: out of memory, or too many with a->why saying so. */
struct tki_check_group *tki_check_group(struct tki_checks *c, struct tki_assertion *a, tk_str key);

/* Wilson's interval of 95 % for a share p of n observations. */
void tki_check_wilson(double p, double n, double *low, double *high);

#endif
