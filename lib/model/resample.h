/* resample.h - intervals by drawing the traces of a dump again: what the replicates of a bootstrap need.
 *
 * A replicate counts every trace 0, 1, 2 ... times.  How often follows from a seed, the id of the trace and the number
 * of the replicate alone, so that the order of the traces, threads and pieces of a dump change nothing.
 */
#ifndef TKI_MODEL_RESAMPLE_H
#define TKI_MODEL_RESAMPLE_H

#include "base/hash.h"

/* How often the replicate draws the trace: Poisson with mean 1. */
unsigned tki_poisson_draw(uint64_t seed, tk_id128 trace_id, uint32_t replicate);

/* Sorts n values and sets the two between which the middle 95 % of them lie; n > 0. */
void tki_replicates_middle(double *x, size_t n, double *low, double *high);

/* 97.5 % quantile of Student's t. */
double tki_student(size_t degrees);

#endif
