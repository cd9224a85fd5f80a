#include "base/sort.h"

enum { FEW = 24 }; /* numbers that insertion sorts faster than counting does */

static void insert_each(uint64_t *v, size_t n)
{
    for (size_t i = 1; i < n; i++) {
        uint64_t x = v[i];
        size_t at = i;
        for (; at && v[at - 1] > x; at--)
            v[at] = v[at - 1];
        v[at] = x;
    }
}

/* By the byte at `shift`, then each run of equal bytes by the bytes below it: eight levels at the most. */
static void sort_bytes(uint64_t *v, size_t n, int shift)
{
    size_t next[256], end[256], count[256] = {0};
    for (size_t i = 0; i < n; i++)
        count[v[i] >> shift & 0xff]++;
    for (size_t i = 0, sum = 0; i < 256; i++) {
        next[i] = sum;
        end[i] = sum += count[i];
    }
    for (size_t i = 0; i < 256; i++) {
        while (next[i] < end[i]) {
            uint64_t x = v[next[i]];
            size_t to = x >> shift & 0xff;
            v[next[i]] = v[next[to]];
            v[next[to]++] = x;
        }
    }
    for (size_t i = 0; i < 256; i++) {
        uint64_t *part = v + end[i] - count[i];
        if (count[i] <= FEW)
            insert_each(part, count[i]);
        else if (shift)
            sort_bytes(part, count[i], shift - 8);
    }
}

void tki_sort_u64(uint64_t *v, size_t n)
{
    uint64_t differ = 0;
    for (size_t i = 1; i < n; i++)
        differ |= v[i] ^ v[0];
    int shift = 0; /* of the highest byte in which they differ */
    while (shift < 56 && differ >> shift >> 8)
        shift += 8;
    if (n <= FEW)
        insert_each(v, n);
    else if (differ)
        sort_bytes(v, n, shift);
}

/* In the order that they have with the bits of `flip` turned. */
static size_t count_up_to(const uint64_t *v, size_t n, uint64_t x, uint64_t flip)
{
    size_t lo = 0, hi = n;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if ((v[mid] ^ flip) <= (x ^ flip))
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

size_t tki_count_up_to(const uint64_t *v, size_t n, uint64_t x)
{
    return count_up_to(v, n, x, 0);
}

size_t tki_count_up_to_i64(const int64_t *v, size_t n, int64_t x)
{
    return count_up_to((const uint64_t *)v, n, (uint64_t)x, UINT64_C(1) << 63);
}

bool tki_sorted_has(const uint64_t *v, size_t n, uint64_t x)
{
    size_t after = tki_count_up_to(v, n, x);
    return after && v[after - 1] == x;
}
