/* profile.h - how a rate changes over a day or a week: a value for each hour, from a file.
 *
 *     # hour by hour, from Monday 00:00
 *     120/s
 *     95/s   8
 *
 * 24 or 168 lines that are neither empty nor begin with #: the rate of traces in that hour, and, separated by blanks,
 * tabs or a comma, the number of hosts in it.  A month repeats them.
 */
#ifndef TKI_COST_PROFILE_H
#define TKI_COST_PROFILE_H

#include <stdbool.h>

#include "base/str.h"

enum { TKI_PROFILE_HOURS = 168 };

struct tki_profile {
    unsigned n; /* 24 or 168 */
    bool has_hosts;
    double mean;                     /* traces a second */
    double rate[TKI_PROFILE_HOURS];  /* of each hour, divided by the mean */
    double hosts[TKI_PROFILE_HOURS]; /* */
};

/* How the first column is read: "120/s"; false: it is no rate. */
typedef bool tki_profile_rate(tk_str s, double *per_second);
/* TK_EINVALID with the line in err->text. */
int tki_profile_read(tk_str text, tki_profile_rate *rate, struct tki_profile *p, struct tk_err *err);

#endif
