/* interval.h - how sure a mean over traces is.
 *
 * The unit is the trace: what is counted inside a trace is alike, so a mean a span is the ratio of two sums over traces
 * (the ratio estimator of cluster sampling), and its variance is that of the traces' residuals.  Sizes of traces are
 * skewed, so the 95 % interval is a bootstrap-t: each of 1,000 replicates draws the traces again (model/resample.h) and
 * is measured in its own standard errors.  More than 1,024 traces are put into so many groups by their ids first, which
 * are then what is drawn: the sums of traces at random are as independent as the traces.  Fewer than ten traces are
 * too few to draw from: Student's t.  Both may reach below 0, where no mean of what is positive can be: a low end that
 * is less than half of the value approaches 0 and never reaches it.
 */
#ifndef TKI_COST_INTERVAL_H
#define TKI_COST_INTERVAL_H

#include <stddef.h>
#include <stdint.h>

#include "model/resample.h"
#include "tracekit.h"

struct tki_estimate {
    double value, low, high; /* low and high NaN: fewer than two traces, nothing can be said */
};

/* Fewer traces than this are too few to draw from. */
#define TKI_TRACES_MIN 10

/* The low end of an interval that would reach so far below a value. */
double tki_low_end(double value, double below);

/* The traces that are looked at, and how often each replicate draws them; made once for all that is asked of the same
 * traces. */
struct tki_redraw {
    size_t n;       /* traces */
    size_t units;   /* what is drawn: the traces, or groups of them */
    uint32_t *unit; /* by trace; NULL: each is its own */
    uint8_t *times; /* by unit, then replicate; NULL: too few to draw from */
};
/* seed: TKI_REDRAW_SEED wherever people see the result, so that the same dump has the same interval.  0 or TK_ENOMEM.
 */
#define TKI_REDRAW_SEED 1
int tki_redraw_open(struct tki_redraw *d, const tk_id128 *ids, size_t n, uint64_t seed);
void tki_redraw_free(struct tki_redraw *d);

/* Ratio of the sums of y and x over the traces, which are not negative and have the weights in them.  0 or TK_ENOMEM.
 */
int tki_ratio(const struct tki_redraw *d, const double *y, const double *x, struct tki_estimate *e);
/* The sum of y over n traces, where their number is chance, too: half the width of its 95 % interval as a share of it;
 * more than 1 where few traces have nearly all. */
double tki_total_spread(const double *y, size_t n);
/* The share of the sum of y that the largest 1 % of n traces have.  0 or TK_ENOMEM. */
int tki_top_share(const double *y, size_t n, double *share);

/* Above this share of the bytes in the largest 1 % of traces no interval is to be trusted: the next dump may hold a
 * trace that outweighs all of this one. */
#define TKI_TOP_SHARE_MAX 0.25

#endif
