#include "analyze/patterns.h"

#include <stdlib.h>
#include <string.h>

enum { TOLERANCE = 100, ROUND_SHARE = 50 };

static int cmp_ns(const void *pa, const void *pb)
{
    int64_t a = *(const int64_t *)pa, b = *(const int64_t *)pb;
    return (a > b) - (a < b);
}

static int64_t length(const struct tki_times *t, uint32_t node)
{
    return t->end_ns[node] - t->start_ns[node];
}

/* The longest chain of calls that follow each other: greedy from the first, which is right for intervals of which the
 * next one taken is the one that ends first; sorted by start this is close, and never too long. */
static void measure_run(const struct tki_times *t, const uint32_t *nodes, uint32_t n, struct tki_calls *c)
{
    uint32_t run = 0, last = TK_NONE;
    int64_t wait = 0;
    for (uint32_t i = 0; i < n; i++) {
        int64_t slack = last == TK_NONE ? 0 : length(t, last) / TOLERANCE;
        if (last != TK_NONE && t->start_ns[nodes[i]] < t->end_ns[last] - slack) {
            if (t->end_ns[nodes[i]] < t->end_ns[last])
                last = nodes[i]; /* the one that ends first leaves more room */
            continue;
        }
        int64_t gap = last == TK_NONE ? 0 : t->start_ns[nodes[i]] - t->end_ns[last];
        wait += gap > 0 ? gap : 0;
        run++;
        last = nodes[i];
    }
    c->run = run;
    c->wait_ns = wait;
}

static void measure_retries(const struct tki_times *t, const struct tk_batch *b, const uint32_t *nodes, uint32_t n,
                            struct tki_calls *c)
{
    int64_t pause = -1;
    bool grows = true;
    for (uint32_t i = 0; i < n; i++) {
        c->failed += b->spans[nodes[i]].status == TK_STATUS_ERROR;
        if (i == 0 || b->spans[nodes[i - 1]].status != TK_STATUS_ERROR ||
            t->start_ns[nodes[i]] < t->end_ns[nodes[i - 1]])
            continue;
        int64_t next = t->start_ns[nodes[i]] - t->end_ns[nodes[i - 1]];
        grows = grows && (pause < 0 || next > pause + pause / 5);
        pause = next;
        c->again++;
    }
    c->backs_off = c->again >= 2 && grows;
}

static void measure_width(const struct tki_times *t, const uint32_t *nodes, uint32_t n, int64_t *ends,
                          struct tki_calls *c)
{
    uint32_t ended = 0;
    for (uint32_t i = 0; i < n; i++)
        ends[i] = t->end_ns[nodes[i]];
    qsort(ends, n, sizeof *ends, cmp_ns);
    for (uint32_t i = 0; i < n; i++) {
        while (ended < n && ends[ended] <= t->start_ns[nodes[i]])
            ended++;
        if (i + 1 > ended && i + 1 - ended > c->width)
            c->width = i + 1 - ended;
    }
}

int tki_calls_measure(const struct tki_times *t, const struct tk_batch *b, uint32_t *nodes, uint32_t n,
                      struct tki_calls *c)
{
    memset(c, 0, sizeof *c);
    c->n = n;
    c->longest = TK_NONE;
    if (n == 0)
        return TK_OK;
    int64_t *x = malloc((size_t)n * sizeof *x);
    if (!x)
        return TK_ENOMEM;
    tki_sort_by_start(t, nodes, n);
    for (uint32_t i = 0; i < n; i++) {
        int64_t ns = length(t, nodes[i]);
        c->sum_ns += ns;
        if (c->longest == TK_NONE || ns > c->longest_ns) {
            c->longest = nodes[i];
            c->longest_ns = ns;
        }
    }
    measure_run(t, nodes, n, c);
    measure_retries(t, b, nodes, n, c);
    measure_width(t, nodes, n, x, c);
    uint32_t others = 0;
    for (uint32_t i = 0; i < n; i++)
        if (nodes[i] != c->longest)
            x[others++] = length(t, nodes[i]);
    qsort(x, others, sizeof *x, cmp_ns);
    c->middle_ns = others ? x[(others - 1) / 2] : 0;
    free(x);
    return TK_OK;
}

int64_t tki_round_time(int64_t ns)
{
    static const int steps[] = {10, 15, 20, 25, 30, 40, 50, 60, 75, 80, 90};
    if (ns < 10000000) /* nobody sets a timeout below 10 ms that spans would show as round */
        return 0;
    for (int64_t scale = 1000000; scale <= 1000000000000; scale *= 10)
        for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
            int64_t round = scale * steps[i], off = ns > round ? ns - round : round - ns;
            if (off <= round / ROUND_SHARE)
                return round;
        }
    static const int64_t minutes[] = {120, 180, 240, 300, 600, 900, 1800, 3600};
    for (size_t i = 0; i < sizeof minutes / sizeof *minutes; i++) {
        int64_t round = minutes[i] * 1000000000, off = ns > round ? ns - round : round - ns;
        if (off <= round / ROUND_SHARE)
            return round;
    }
    return 0;
}
