/* Exact quantiles: held to the definition over all values, and the same for any limit of memory. */
#include "model/quantile.h"

#include <math.h>
#include <stdlib.h>

#include "compare/stats.h"
#include "make_trace.h"
#include "tap.h"

enum { GROUPS = 7, VALUES = 3000, SHARES = 6 };
static const double shares[SHARES] = {0, 0.5, 0.9, 0.95, 0.99, 1};

struct sample {
    uint32_t group;
    double value, weight;
};

/* Values that repeat, some negative, fractions; group 3 gets none, group 5 one, group 6 weights late. */
static void make(struct sample *s, uint64_t seed, bool weighted)
{
    for (uint32_t i = 0; i < VALUES; i++) {
        uint32_t group = below(&seed, GROUPS);
        s[i].group = group == 3 || (group == 5 && i) ? 0 : group;
        s[i].value = (double)below(&seed, 200) - 20 + (below(&seed, 4) ? 0 : 0.5);
        uint32_t w = below(&seed, 5);
        s[i].weight = weighted && (s[i].group != 6 || i > VALUES / 2) ? (w < 2 ? 1 : w == 2 ? 2.5 : 1 / 0.3) : 1;
    }
    s[0].group = 5;
}

static void fill(struct tki_values *v, const struct sample *s, double *to)
{
    struct tk_err err = {0};
    for (uint32_t i = 0; i < VALUES; i++)
        if (tki_values_add(v, s[i].group, s[i].value, s[i].weight, &err) < 0)
            bail_out("add: %s", err.text);
    if (tki_values_quantiles(v, shares, SHARES, to, GROUPS, &err) < 0)
        bail_out("quantiles: %s", err.text);
}

/* The definition, with values in halves so that they are whole numbers. */
static double defined(const struct sample *s, uint32_t group, double share)
{
    static struct tki_weighted x[VALUES];
    size_t n = 0;
    for (uint32_t i = 0; i < VALUES; i++)
        if (s[i].group == group)
            x[n++] = (struct tki_weighted){(int64_t)(s[i].value * 2), s[i].weight};
    if (n == 0)
        return NAN;
    tki_sort_weighted(x, n);
    return (double)tki_quantile(x, n, share) / 2;
}

int main(void)
{
    static struct sample s[VALUES];
    for (int weighted = 0; weighted < 2; weighted++) {
        double first[GROUPS * SHARES];
        make(s, 7 + (uint64_t)weighted, weighted);
        for (size_t memory = 1 << 10; memory <= 1 << 22; memory <<= 4) {
            struct tki_values *v;
            double got[GROUPS * SHARES];
            if (tki_values_open(&v, memory, NULL) < 0)
                bail_out("no memory");
            fill(v, s, got);
            tki_values_close(v);
            if (memory == 1 << 10)
                memcpy(first, got, sizeof first);
            is_mem(got, sizeof got, first, sizeof first, "with %zu bytes, %s", memory, weighted ? "weighted" : "plain");
        }
        for (uint32_t g = 0; g < GROUPS; g++)
            for (size_t i = 0; i < SHARES; i++)
                is_double(first[g * SHARES + i], defined(s, g, shares[i]), 0, "group %u, share %g, %s", g, shares[i],
                          weighted ? "weighted" : "plain");
    }
    struct tki_values *none;
    double nothing[SHARES];
    struct tk_err err = {0};
    ok(tki_values_open(&none, 0, NULL) == 0, "nothing");
    is_int(tki_values_quantiles(none, shares, SHARES, nothing, 1, &err), 0, "has quantiles");
    ok(isnan(nothing[0]) && isnan(nothing[SHARES - 1]), "which are no numbers");
    tki_values_close(none);
    ok(tki_values_open(&none, 1024, "/nowhere") == 0, "a folder that does not exist");
    int r = 0;
    for (uint32_t i = 0; i < 100000 && r == 0; i++)
        r = tki_values_add(none, 0, i, 1, &err);
    is_int(r, TK_EIO, "is an error when it is needed");
    ok(err.text[0] != '\0', "which is told: %s", err.text);
    tki_values_close(none);
    return done_testing();
}
