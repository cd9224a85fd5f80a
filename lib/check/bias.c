#include "check/bias.h"

#include <math.h>
#include <stdlib.h>

int tki_bias_add(struct tki_bias *b, tk_str service, const struct tki_bias_trace *t)
{
    if (b->n == TKI_BIAS_TRACES_MAX)
        return TK_ELIMIT;
    if (b->n == b->cap) {
        size_t cap = b->cap ? b->cap * 2 : 1024;
        struct tki_bias_trace *more = realloc(b->trace, cap * sizeof *more);
        if (!more)
            return TK_ENOMEM;
        b->trace = more;
        b->cap = cap;
    }
    uint32_t number = tki_symtab_put(&b->services, service);
    if (number == TKI_MAP_NONE)
        return TK_ENOMEM;
    b->trace[b->n] = *t;
    b->trace[b->n++].service = number;
    return 0;
}

/* By service and duration; equal ones by the rest, so that sums do not depend on the order of adding. */
static int compare(const void *x, const void *y)
{
    const struct tki_bias_trace *a = x, *b = y;
    if (a->service != b->service)
        return a->service < b->service ? -1 : 1;
    if (a->duration_ns != b->duration_ns)
        return a->duration_ns < b->duration_ns ? -1 : 1;
    if (a->weight != b->weight)
        return a->weight < b->weight ? -1 : 1;
    if (a->stands != b->stands)
        return a->stands < b->stands ? -1 : 1;
    return a->error != b->error ? a->error - b->error : a->kept - b->kept;
}

int tki_bias_sort(struct tki_bias *b)
{
    if (b->n)
        qsort(b->trace, b->n, sizeof *b->trace, compare);
    free(b->first);
    b->first = calloc(b->services.n + (size_t)1, sizeof *b->first);
    if (!b->first)
        return TK_ENOMEM;
    for (size_t i = 0; i < b->n; i++)
        b->first[b->trace[i].service + 1] = i + 1;
    return 0;
}

static double weight_of(const struct tki_bias_trace *t, enum tki_bias_side side)
{
    if (side == TKI_BIAS_BEFORE)
        return t->weight;
    return !t->kept ? 0 : side == TKI_BIAS_AFTER ? t->stands : 1;
}

double tki_bias_duration(const struct tki_bias *b, uint32_t service, enum tki_bias_side side, double quantile)
{
    double total = 0, sum = 0, so_far = 0, last = NAN;
    for (size_t i = b->first[service]; i < b->first[service + 1]; i++) {
        double w = weight_of(&b->trace[i], side);
        total += w;
        sum += w * (double)b->trace[i].duration_ns;
    }
    if (!(total > 0))
        return NAN;
    if (quantile == 0)
        return sum / total;
    for (size_t i = b->first[service]; i < b->first[service + 1]; i++) {
        double w = weight_of(&b->trace[i], side);
        so_far += w;
        if (w > 0)
            last = (double)b->trace[i].duration_ns;
        if (w > 0 && so_far >= quantile * total * (1 - 1e-12))
            return last;
    }
    return last;
}

double tki_bias_errors(const struct tki_bias *b, uint32_t service, enum tki_bias_side side)
{
    double total = 0, errors = 0;
    for (size_t i = b->first[service]; i < b->first[service + 1]; i++) {
        double w = weight_of(&b->trace[i], side);
        total += w;
        errors += b->trace[i].error ? w : 0;
    }
    return total > 0 ? errors / total : NAN;
}

uint64_t tki_bias_count(const struct tki_bias *b, uint32_t service, enum tki_bias_side side)
{
    uint64_t n = 0;
    for (size_t i = b->first[service]; i < b->first[service + 1]; i++)
        n += weight_of(&b->trace[i], side) > 0;
    return n;
}

void tki_bias_free(struct tki_bias *b)
{
    tki_symtab_free(&b->services);
    free(b->trace);
    free(b->first);
    *b = (struct tki_bias){0};
}
