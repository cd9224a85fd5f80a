/* lifecycle.h - phases through which Elasticsearch moves what it stores, read from an index lifecycle policy (ILM).
 *
 * The file is the policy as it is given to Elasticsearch, {"policy": {"phases": ...}}, or as GET _ilm/policy answers.
 * An index that rolls over is as old as its newest document, so what it holds is on average older by half the time
 * that it was written to.  That time is the rollover's max_age, or less where the index reaches its max_size before.
 */
#ifndef TKI_COST_LIFECYCLE_H
#define TKI_COST_LIFECYCLE_H

#include <stdbool.h>

#include "base/json.h"

enum { TKI_PHASES_MAX = 4 };

struct tki_phase {
    const char *name; /* "hot", "warm", "cold", "frozen": constants */
    double from_days; /* min_age */
    double replicas;  /* beside the first copy; NAN: as in the phase before, in the first as the index has them */
};

struct tki_lifecycle {
    struct tki_phase phase[TKI_PHASES_MAX];
    unsigned nphases;
    double delete_days;                   /* INFINITY: never */
    double rollover_days, rollover_bytes; /* INFINITY: not by that */
    bool other; /* it has actions that change what is stored and are not counted: shrink, force merge, downsample */
};

/* TK_EINVALID with the member in err->text; TK_ENOMEM. */
int tki_lifecycle_read(tk_str text, struct tki_lifecycle *l, struct tk_err *err);
/* Days between a document's writing and its index's rollover, on average, when so many bytes of one copy are written
 * each day. */
double tki_lifecycle_lag(const struct tki_lifecycle *l, double bytes_per_day);
/* The phase of that name; NULL: the policy has none. */
const struct tki_phase *tki_lifecycle_phase(const struct tki_lifecycle *l, const char *name);

#endif
