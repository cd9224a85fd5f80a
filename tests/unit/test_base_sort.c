/* Sorting numbers: the same as the C library's, whatever they have in common. */
#include <stdlib.h>
#include <string.h>

#include "base/select.h"
#include "base/sort.h"
#include "random_spans.h"
#include "tap.h"

enum { MOST = 5000 };

static int compare(const void *a, const void *b)
{
    uint64_t x, y;
    memcpy(&x, a, sizeof x);
    memcpy(&y, b, sizeof y);
    return (x > y) - (x < y);
}

static bool sorts(struct rng *r, size_t n, uint64_t mask, uint64_t base)
{
    static uint64_t v[MOST], want[MOST];
    for (size_t i = 0; i < n; i++)
        v[i] = want[i] = (rng_next(r) & mask) + base;
    tki_sort_u64(v, n);
    qsort(want, n, sizeof *want, compare);
    return memcmp(v, want, n * sizeof *v) == 0;
}

static void test_sizes(struct rng *r)
{
    static const uint64_t masks[] = {UINT64_MAX, 0, 1, 0xff, 0xff00, 0xff00ff, 0xff00000000000000, 0x8000000000000001};
    for (size_t m = 0; m < sizeof masks / sizeof *masks; m++) {
        unsigned bad = 0;
        for (size_t n = 0; n <= 300; n++)
            bad += !sorts(r, n, masks[m], 0) + !sorts(r, n, masks[m], UINT64_C(1785000000000000000));
        bad += !sorts(r, MOST, masks[m], 0);
        ok(bad == 0, "numbers of mask %016llx", (unsigned long long)masks[m]);
    }
}

static void test_has(void)
{
    static const uint64_t v[] = {0, 3, 3, 7, UINT64_MAX};
    unsigned bad = 0;
    for (size_t n = 0; n <= 5; n++) {
        for (uint64_t x = 0; x < 10; x++) {
            bool there = false;
            size_t up_to = 0;
            for (size_t i = 0; i < n; i++) {
                there = there || v[i] == x;
                up_to += v[i] <= x;
            }
            bad += tki_sorted_has(v, n, x) != there || tki_count_up_to(v, n, x) != up_to;
        }
    }
    ok(bad == 0 && tki_sorted_has(v, 5, UINT64_MAX) && !tki_sorted_has(v, 4, UINT64_MAX),
       "what is there is found and counted, and nothing else");
    static const int64_t w[] = {INT64_MIN, -4, -4, 0, 5};
    ok(tki_count_up_to_i64(w, 5, INT64_MIN) == 1 && tki_count_up_to_i64(w, 5, -5) == 1 &&
           tki_count_up_to_i64(w, 5, -4) == 3 && tki_count_up_to_i64(w, 5, 4) == 4 &&
           tki_count_up_to_i64(w, 5, 5) == 5 && tki_count_up_to_i64(w, 0, 0) == 0,
       "numbers below 0 are counted in their order");
}

static int compare_signed(const void *a, const void *b)
{
    int64_t x, y;
    memcpy(&x, a, sizeof x);
    memcpy(&y, b, sizeof y);
    return (x > y) - (x < y);
}

/* Values of one size, of all sizes, few that are equal, and those at the ends of what there is. */
static int64_t value_of(struct rng *r, unsigned kind)
{
    static const int64_t odd[] = {INT64_MAX, INT64_MAX - 1, INT64_MIN, 0, 1, -1, 2, INT64_C(1) << 53};
    uint64_t x = rng_next(r);
    switch (kind) {
    case 0: return (int64_t)(x % 1000 + 1000000);
    case 1: return (int64_t)(x >> (1 + x % 63));
    case 2: return (int64_t)(x % 3);
    case 3: return odd[x % 8];
    default: return (int64_t)x;
    }
}

static void test_select(struct rng *r)
{
    static int64_t v[MOST], sorted[MOST];
    unsigned bad = 0;
    for (unsigned round = 0; round < 3000; round++) {
        size_t n = round % 20 ? 1 + rng_next(r) % 700 : MOST, k[4];
        for (size_t i = 0; i < n; i++)
            v[i] = sorted[i] = value_of(r, round % 5);
        qsort(sorted, n, sizeof *sorted, compare_signed);
        k[0] = n / 2, k[1] = k[0] + (n - k[0]) * (rng_next(r) % 10) / 10, k[2] = n - 1 - (n - 1 - k[1]) / 2,
        k[3] = n - 1;
        int64_t want[4] = {sorted[k[0]], sorted[k[1]], sorted[k[2]], sorted[k[3]]}, got[4];
        tki_select(v, n, k, 4, got);
        bad += memcmp(want, got, sizeof got) != 0;
    }
    is_int(bad, 0, "selected values are those of sorting");
}

int main(void)
{
    struct rng r = {1};
    test_sizes(&r);
    test_has();
    test_select(&r);
    return done_testing();
}
