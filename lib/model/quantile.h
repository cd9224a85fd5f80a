/* quantile.h - exact quantiles of many groups of values, each with its weight, within a limit of memory.
 *
 * The quantile of a share q is the smallest value with at least the share q of all weight at or below it, so it is
 * always a value that was added (tki_quantile of compare/stats.h is the same rule over an array).
 *
 * A value takes 8 bytes, one of a group in which some weight is not 1 takes 16.  Beyond memory_max they go through an
 * external sort with an unlinked temporary file.  Results do not depend on memory_max.
 */
#ifndef TKI_MODEL_QUANTILE_H
#define TKI_MODEL_QUANTILE_H

#include "base/str.h"

struct tki_values;
/* memory_max 0: 64 MiB; tmpdir NULL: $TMPDIR, else /tmp.  TK_ENOMEM. */
int tki_values_open(struct tki_values **v, size_t memory_max, const char *tmpdir);
void tki_values_close(struct tki_values *v); /* NULL is fine */

/* Groups are numbered by the caller, from 0 without large holes.  value must not be NaN, weight must be above 0.
 * TK_ENOMEM, TK_EIO. */
int tki_values_add(struct tki_values *v, uint32_t group, double value, double weight, struct tk_err *err);

/* Gives every value that was added, ascending by group, value and weight, to a function that returns 0 or a negative
 * code with *err.  The last call before the close. */
typedef int tki_values_take(void *ctx, uint32_t group, double value, double weight, struct tk_err *err);
int tki_values_each(struct tki_values *v, tki_values_take *take, void *ctx, struct tk_err *err);

/* The quantiles of every group: to[group * n + i] is that of shares[i]; NaN for groups without values.  to has room for
 * ngroups groups, which are all there are.  The last call before the close. */
int tki_values_quantiles(struct tki_values *v, const double *shares, size_t n, double *to, uint32_t ngroups,
                         struct tk_err *err);

#endif
