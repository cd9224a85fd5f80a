#include "base/select.h"

#include <stdbool.h>
#include <string.h>

/* Values fall into buckets, 32 for each power of two, so that few stand beside the one that is looked for, however the
 * values are spread.  All below 1 share the first. */
enum { STEP_BITS = 5, BUCKETS = (63 << STEP_BITS) + 1, FEW = 256, MANTISSA_BITS = 52, BIAS = 1023 };

/* A double is its own logarithm, near enough: exponent, then mantissa. */
static uint32_t bucket_of(int64_t x)
{
    double d = x < 1 ? 0.5 : (double)x;
    uint64_t bits;
    memcpy(&bits, &d, sizeof bits);
    uint32_t b = (uint32_t)(bits >> (MANTISSA_BITS - STEP_BITS)) - (BIAS << STEP_BITS);
    b = b + 1 < BUCKETS ? b + 1 : BUCKETS - 1;
    return x < 1 ? 0 : b;
}

/* Leaves only values of the buckets in which a place falls, in front; the places become those among them.  Returns how
 * many there are. */
static size_t narrow(int64_t *x, size_t n, size_t *k, size_t nk)
{
    size_t count[BUCKETS] = {0};
    bool want[BUCKETS] = {false};
    for (size_t i = 0; i < n; i++)
        count[bucket_of(x[i])]++;
    size_t before = 0, left_out = 0, next = 0;
    for (uint32_t b = 0; b < BUCKETS && next < nk; b++) {
        for (; next < nk && k[next] < before + count[b]; next++) {
            k[next] -= left_out;
            want[b] = true;
        }
        before += count[b];
        left_out += want[b] ? 0 : count[b];
    }
    size_t left = 0;
    for (size_t i = 0; i < n; i++) {
        int64_t v = x[i];
        x[left] = v;
        left += want[bucket_of(v)];
    }
    return left;
}

/* Brings the value that sorting would put at k there, with none larger before it and none smaller behind it.  Before
 * low none is larger than those from there on, and k is not before it. */
static int64_t select_at(int64_t *x, size_t low, size_t n, size_t k)
{
    size_t high = n - 1;
    while (low < high) {
        int64_t a = x[low], b = x[low + (high - low) / 2], c = x[high];
        int64_t pivot = a < b ? (b < c ? b : a < c ? c : a) : (a < c ? a : b < c ? c : b);
        size_t i = low, j = high;
        for (;;) {
            while (x[i] < pivot)
                i++;
            while (x[j] > pivot)
                j--;
            if (i >= j)
                break;
            int64_t swap = x[i];
            x[i++] = x[j];
            x[j--] = swap;
        }
        if (k <= j)
            high = j;
        else
            low = j + 1;
    }
    return x[k];
}

void tki_select(int64_t *x, size_t n, size_t *k, size_t nk, int64_t *to)
{
    size_t done = 0; /* smaller ones stand before it */
    if (n > FEW)
        n = narrow(x, n, k, nk);
    for (size_t i = 0; i < nk; i++) {
        to[i] = select_at(x, done, n, k[i]);
        done = k[i];
    }
}
