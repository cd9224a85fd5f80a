#include "base/exact.h"

#include <math.h>
#include <stdlib.h>

#include "tracekit.h"

static int push(struct tki_exact *s, uint32_t n, double x)
{
    if (n == s->cap) {
        uint32_t cap = s->cap ? s->cap * 2 : 2;
        double *more = realloc(s->part, cap * sizeof *more);
        if (!more)
            return TK_ENOMEM;
        s->part = more;
        s->cap = cap;
    }
    s->part[n] = x;
    s->n = n + 1;
    return 0;
}

int tki_exact_add(struct tki_exact *s, double x)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < s->n; i++) {
        double a = x, b = s->part[i];
        if (fabs(a) < fabs(b)) {
            a = b;
            b = x;
        }
        x = a + b;
        double rest = b - (x - a); /* a + b = x + rest, exactly */
        if (rest != 0 && isfinite(x))
            s->part[kept++] = rest;
    }
    s->n = kept;
    if (!isfinite(x)) {
        s->odd += x;
        return 0;
    }
    return x != 0 ? push(s, kept, x) : 0;
}

int tki_exact_join(struct tki_exact *s, const struct tki_exact *more)
{
    int r = 0;
    s->odd += more->odd;
    for (uint32_t i = 0; i < more->n && r == 0; i++)
        r = tki_exact_add(s, more->part[i]);
    return r;
}

double tki_exact_sum(const struct tki_exact *s)
{
    uint32_t n = s->n;
    double sum = n ? s->part[--n] : 0, rest = 0;
    if (s->odd != 0)
        return s->odd;
    while (n && rest == 0) {
        double a = sum, b = s->part[--n];
        sum = a + b;
        rest = b - (sum - a);
    }
    /* Halfway between two doubles what is below decides. */
    if (n && ((rest < 0 && s->part[n - 1] < 0) || (rest > 0 && s->part[n - 1] > 0))) {
        double twice = rest * 2, next = sum + twice;
        if (next - sum == twice)
            sum = next;
    }
    return sum;
}

void tki_exact_free(struct tki_exact *s)
{
    free(s->part);
    *s = (struct tki_exact){0};
}
