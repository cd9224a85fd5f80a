/* Whether the traces of a cause lie beyond what the slow end of one spread would be. */
#include "compare/search.h"
#include "compare/stats.h"

enum { FEW_TRACES = 10 };

/* Where the middle one of the n largest of so many lies: in standard deviations of a normal distribution. */
static double middle_of_largest(size_t n, size_t of)
{
    double above = (double)n / (2 * (double)(of ? of : 1)), lo = 0, hi = 9;
    for (int i = 0; i < 50; i++) {
        double mid = (lo + hi) / 2;
        if (tki_two_sided_p(mid) > 2 * above)
            lo = mid;
        else
            hi = mid;
    }
    return hi;
}

size_t tki_cause_traces(const struct tki_search *s, const struct tki_cause *c, int side)
{
    size_t of = 0;
    for (size_t i = 0, at = 0; i < s->c->nkinds; i++) {
        const struct tki_kind *k = &s->c->kind[i];
        while (at < c->n && c->in[at].member < k->first)
            at++;
        of += at < c->n && c->in[at].member < k->first + k->n ? k->traces[side] : 0;
    }
    return of;
}

bool tki_many_lie_beyond(const struct tki_search *s, const struct tki_cause *c, double far)
{
    size_t of = tki_cause_traces(s, c, 1) + (s->c->split == TKI_TWO_SETS ? 0 : tki_cause_traces(s, c, 0));
    return !c->torn && c->n >= FEW_TRACES && c->site[0].type != TKI_SITE_SERIAL &&
           c->z >= middle_of_largest(c->n, of) + far;
}
