/* The chance of being kept that the policies together leave to a trace, over all ids it might have had. */
#include "sample/sampler.h"

__extension__ typedef unsigned __int128 uint128;

uint64_t tki_chance_multiply(uint64_t a, uint64_t b)
{
    return (uint64_t)(((uint128)a * b + ((uint64_t)1 << 55)) >> 56);
}

struct question {
    const struct tki_sampler *s;
    struct tki_moment m;
    uint64_t *bits; /* of the moment */
    const char *before;
};

/* The chance of a number not above the threshold, in units of 2^-56. */
static uint64_t below(uint64_t threshold)
{
    return (threshold >> 8) + ((threshold & 0xff) >= 0x7f);
}

/* Sets the bits of the policies of a draw as a number at the given threshold would. */
static void draw(const struct question *q, uint32_t number, bool any, uint64_t threshold)
{
    for (uint32_t i = 0; i < q->s->drawn.n; i++) {
        const struct tki_policy *p = q->s->drawn.leaf[i];
        if (p->draw == number)
            tki_bit_put(q->bits, p->bit, any && p->threshold >= threshold);
    }
}

static bool decide(const struct question *q)
{
    if (q->s->state_size)
        memcpy(q->m.states, q->before, q->s->state_size);
    return tki_sampler_decide(q->s, &q->m, NULL, NULL);
}

/* The smallest threshold of a draw that is above the last one. */
static bool next_threshold(const struct tki_sampler *s, uint32_t number, const uint64_t *last, uint64_t *next)
{
    bool found = false;
    for (uint32_t i = 0; i < s->drawn.n; i++) {
        const struct tki_policy *p = s->drawn.leaf[i];
        if (p->draw == number && (!last || p->threshold > *last) && (!found || p->threshold < *next)) {
            *next = p->threshold;
            found = true;
        }
    }
    return found;
}

/* Policies of one draw share its number: the line of numbers falls into pieces between their thresholds. */
static uint64_t chance(const struct question *q, uint32_t number)
{
    if (number == q->s->draws.n)
        return decide(q) ? TKI_CHANCE_ONE : 0;
    uint64_t total = 0, from = 0, last, next = UINT64_MAX;
    bool any = next_threshold(q->s, number, NULL, &next);
    for (;;) {
        uint64_t to = any ? below(next) : TKI_CHANCE_ONE;
        draw(q, number, any, next);
        total += tki_chance_multiply(to - from, chance(q, number + 1));
        if (!any)
            return total;
        from = to;
        last = next;
        any = next_threshold(q->s, number, &last, &next);
    }
}

uint64_t tki_sampler_chance(const struct tki_sampler *s, const struct tki_moment *m, uint64_t *bits, const char *before)
{
    struct question q = {s, *m, bits, before};
    memcpy(bits, m->bits, s->nwords * sizeof *bits);
    q.m.bits = bits;
    uint64_t total = chance(&q, 0);
    return total < TKI_CHANCE_ONE ? total : TKI_CHANCE_ONE;
}
