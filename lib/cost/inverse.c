/* The other way round: what a budget buys, and the rates at which one backend becomes cheaper than another. */
#include <math.h>

#include "base/err.h"
#include "cost/month.h"

static int dollars_of(const struct tki_backend *b, const struct tki_streams *s, const struct tki_terms *t, bool high,
                      double *dollars, struct tk_err *err)
{
    struct tki_cost cost;
    int rc = tki_cost_month(b, s, t, 0, &cost, err);
    if (rc < 0)
        return rc;
    for (size_t i = 0; i < cost.n && !cost.complete; i++)
        if (isnan(cost.item[i].dollars.high)) {
            const struct tki_charge *c = cost.item[i].charge;
            return tki_err_set(err, TK_EUSAGE,
                               isnan(cost.item[i].billed.high)
                                   ? "%s: %s cannot be counted without a dump"
                                   : "%s: for %s no figure can be cited: give one, as in %s:%s=DOLLARS, or by --prices",
                               b->name, c->what, b->name, c->id);
        }
    *dollars = high ? cost.dollars.high : cost.dollars.mid;
    return 0;
}

/* All notable traces, and a share of the others. */
static struct tki_streams with_share(const struct tki_streams *s, double share)
{
    struct tki_streams kept = *s;
    for (size_t i = 0; i < TKI_Q_COUNT; i++) {
        const struct tki_range *a = &s->all.per_s[i], *b = &s->notable.per_s[i];
        kept.all.per_s[i] = (struct tki_range){b->low + share * (a->low - b->low), b->mid + share * (a->mid - b->mid),
                                               b->high + share * (a->high - b->high)};
    }
    return kept;
}

int tki_cost_share(const struct tki_backend *b, const struct tki_streams *s, const struct tki_terms *t, double budget,
                   bool high, double *share, struct tk_err *err)
{
    double low = 0, top = 1, dollars;
    budget *= 1 + 1e-12; /* what sums of doubles are apart */
    if (!s->notable_known)
        return tki_err_set(err, TK_EUSAGE, "a budget needs a dump: which traces have errors or are slow is not known");
    for (int i = 0; i < 60; i++) {
        double at = i == 0 ? 1 : i == 1 ? 0 : (low + top) / 2;
        const struct tki_streams kept = with_share(s, at);
        int rc = dollars_of(b, &kept, t, high, &dollars, err);
        if (rc < 0)
            return rc;
        if (i == 0 && dollars <= budget) {
            *share = 1;
            return 0;
        }
        if (i == 1 && dollars > budget) {
            *share = NAN;
            return 0;
        }
        *(dollars <= budget ? &low : &top) = at;
    }
    *share = low;
    return 0;
}

/* What the first costs more than the second at that multiple of the rate. */
static int difference(const struct tki_backend *const b[2], const struct tki_streams *s, const struct tki_terms *t,
                      double times, double *more, struct tk_err *err)
{
    struct tki_streams scaled = *s;
    double dollars[2];
    tki_quantities_scale(&scaled.all, times);
    tki_quantities_scale(&scaled.notable, times);
    for (int i = 0; i < 2; i++) {
        int rc = dollars_of(b[i], &scaled, t, false, &dollars[i], err);
        if (rc < 0)
            return rc;
    }
    *more = dollars[0] - dollars[1];
    return 0;
}

static int sign(double x)
{
    return (x > 0) - (x < 0);
}

int tki_cost_crossings(const struct tki_backend *const b[2], const struct tki_streams *s, const struct tki_terms *t,
                       double *crossing, int *cheaper, size_t max, size_t *n, struct tk_err *err)
{
    enum { STEPS = 320, DECADES = 8 };
    double before = 0, more;
    int last = 0, rc;
    *n = 0;
    for (int i = 0; i <= STEPS; i++) {
        double at = pow(10, (double)DECADES * i / STEPS - DECADES / 2);
        if ((rc = difference(b, s, t, at, &more, err)) < 0)
            return rc;
        if (last && sign(more) && sign(more) != last && *n < max) {
            double low = before, high = at;
            for (int k = 0; k < 50; k++) {
                double mid = sqrt(low * high), x;
                if ((rc = difference(b, s, t, mid, &x, err)) < 0)
                    return rc;
                *(sign(x) == last ? &low : &high) = mid;
            }
            cheaper[*n] = last > 0;
            crossing[(*n)++] = high;
        }
        if (sign(more)) {
            last = sign(more);
            before = at;
        }
    }
    cheaper[*n] = last > 0;
    return 0;
}
