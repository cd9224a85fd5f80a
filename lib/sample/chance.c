/* The probabilistic policy: its hash, its threshold, and the chance of being kept that the policies together
 * leave to a trace. */
#include <math.h>

#include "sample/sampler.h"

uint64_t tki_fnv64(uint64_t state, const void *p, size_t n)
{
    const unsigned char *b = p;
    for (size_t i = 0; i < n; i++)
        state = (state ^ b[i]) * 1099511628211u;
    return state;
}

uint64_t tki_probabilistic_hash(const struct tki_salt *salt, tk_id128 id)
{
    unsigned char b[16];
    tki_store_be64(b, id.hi);
    tki_store_be64(b + 8, id.lo);
    return tki_fnv64(salt->state, b, sizeof b);
}

/* 64 x 64 bits; returns the high half. */
static uint64_t multiply(uint64_t a, uint64_t b, uint64_t *low)
{
    uint64_t al = a & 0xffffffffu, ah = a >> 32, bl = b & 0xffffffffu, bh = b >> 32;
    uint64_t ll = al * bl, lh = al * bh, hl = ah * bl, hh = ah * bh;
    uint64_t mid = (ll >> 32) + (lh & 0xffffffffu) + (hl & 0xffffffffu);
    *low = mid << 32 | (ll & 0xffffffffu);
    return hh + (lh >> 32) + (hl >> 32) + (mid >> 32);
}

uint64_t tki_probabilistic_threshold(double percentage)
{
    double ratio = percentage / 100;
    if (!(ratio > 0))
        return 0;
    if (ratio >= 1)
        return UINT64_MAX;
    int exponent;
    double fraction = frexp(ratio, &exponent);         /* ratio = fraction * 2^exponent, 0.5 <= fraction < 1 */
    uint64_t mantissa = (uint64_t)ldexp(fraction, 64); /* exact: top bit set, the lower 11 clear */
    /* (2^64 - 1) * mantissa has 127 or 128 bits; the value is that times 2^(exponent - 64). */
    uint64_t low, high = multiply(UINT64_MAX, mantissa, &low);
    int shift = exponent;
    if (!(high >> 63)) {
        high = high << 1 | low >> 63;
        low <<= 1;
        shift--;
    }
    const uint64_t half = (uint64_t)1 << 63;
    if (low > half || (low == half && (high & 1))) {
        high++;
        if (high == 0) { /* all ones were rounded up to the next power of two */
            high = half;
            shift++;
        }
    }
    /* high * 2^shift, shift <= 0 because ratio < 1 */
    if (shift > 0)
        return UINT64_MAX;
    return shift <= -64 ? 0 : high >> -shift;
}

uint64_t tki_chance_multiply(uint64_t a, uint64_t b)
{
    uint64_t low, high = multiply(a, b, &low);
    uint64_t half = (uint64_t)1 << 55;
    low += half;
    high += low < half;
    return high << 8 | low >> 56;
}

/* The chance of a hash not above the threshold, in units of 2^-56. */
static uint64_t below(uint64_t threshold)
{
    return (threshold >> 8) + ((threshold & 0xff) >= 0x7f);
}

/* Sets the bits of the leaves with that salt as a hash at the given threshold would. */
static void draw(const struct tki_sampler *s, uint64_t *bits, uint32_t salt, bool any, uint64_t threshold)
{
    for (uint32_t i = 0; i < s->nlate; i++)
        if (s->late[i]->type == TKI_PROBABILISTIC && s->late[i]->salt == salt)
            tki_bit_put(bits, s->late[i]->bit, any && s->late[i]->threshold >= threshold);
}

static uint64_t chance(const struct tki_sampler *s, uint64_t *bits, uint32_t salt)
{
    if (salt == s->nsalts)
        return tki_sampler_decide(s, bits, NULL, NULL) ? TKI_CHANCE_ONE : 0;
    /* Leaves of one salt share the hash: the line of hashes falls into pieces between their thresholds. */
    uint64_t total = 0, from = 0, last = 0;
    bool started = false;
    for (;;) {
        bool found = false;
        uint64_t next = UINT64_MAX;
        for (uint32_t i = 0; i < s->nlate; i++) {
            const struct tki_policy *p = s->late[i];
            if (p->type == TKI_PROBABILISTIC && p->salt == salt && (!started || p->threshold > last) &&
                (!found || p->threshold < next)) {
                next = p->threshold;
                found = true;
            }
        }
        uint64_t to = found ? below(next) : TKI_CHANCE_ONE;
        draw(s, bits, salt, found, next);
        total += tki_chance_multiply(to - from, chance(s, bits, salt + 1));
        if (!found)
            return total;
        from = to;
        last = next;
        started = true;
    }
}

uint64_t tki_sampler_chance(const struct tki_sampler *s, uint64_t *bits)
{
    uint64_t total = chance(s, bits, 0);
    return total < TKI_CHANCE_ONE ? total : TKI_CHANCE_ONE;
}
