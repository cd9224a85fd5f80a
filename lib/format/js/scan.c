#include "format/js/scan.h"

#include "format/js/simd.h"
#include "format/js/wide.h"

/* Bit i of the result: an odd number of set bits at or below i.  With quotes as input: inside a string. */
static inline uint64_t prefix_xor(uint64_t x)
{
    x ^= x << 1;
    x ^= x << 2;
    x ^= x << 4;
    x ^= x << 8;
    x ^= x << 16;
    x ^= x << 32;
    return x;
}

/* Bytes that follow an odd run of backslashes.  *carry: the block before ended in such a run. */
static inline uint64_t escaped_bytes(uint64_t backslash, uint64_t *carry)
{
    const uint64_t even = 0x5555555555555555u;
    backslash &= ~*carry;
    uint64_t follows = backslash << 1 | *carry;
    uint64_t odd_starts = backslash & ~even & ~follows;
    uint64_t sum;
    *carry = __builtin_add_overflow(odd_starts, backslash, &sum);
    return (even ^ sum << 1) & follows;
}

/* Counts the brackets of one block.  true: the last one closed, and *at is its place in the block. */
static inline __attribute__((always_inline)) bool count_brackets(uint64_t *depth, uint64_t open, uint64_t close,
                                                                 unsigned *at)
{
    for (uint64_t m = open | close; m; m &= m - 1) {
        uint64_t bit = m & -m;
        *depth += open & bit ? 1 : -(uint64_t)1;
        if (*depth == 0) {
            *at = (unsigned)__builtin_ctzll(m);
            return true;
        }
    }
    return false;
}

/* Returns true if a wanted string stands at one of the places, each of which is that of a quote. */
static bool has_string(const char *p, uint64_t places, const struct tki_wanted *w, const char *end)
{
    for (; places; places &= places - 1) {
        const char *q = p + __builtin_ctzll(places) + 1;
        for (size_t i = 0; i < w->n; i++) {
            tk_str s = w->keys[i];
            if (end - q > (ptrdiff_t)s.n && q[s.n] == '"' && memcmp(q, s.p, s.n) == 0)
                return true;
        }
    }
    return false;
}

/* Bit i: bytes i of both blocks are the first two of a wanted string. */
static inline uint64_t heads(const struct tki_block *first, const struct tki_block *second, const struct tki_wanted *w)
{
    uint64_t found = 0;
    for (size_t i = 0; i < w->n; i++)
        found |= tki_block_eq(first, w->keys[i].p[0]) & tki_block_eq(second, w->keys[i].n > 1 ? w->keys[i].p[1] : '"');
    return found;
}

/* Only brackets of the opening one's kind are counted: in JSON they nest properly whatever the other kind does, and
 * in the arrays that are skipped most they are rare.  Blocks without any need no more than the parity of their
 * quotes.  Strings are looked for where a quote and their first two letters stand (of one letter, it and a quote); an
 * escape that could spell a letter counts as found.
 *
 * One body for each set of instructions, and two functions, as W is a constant in one of them: BLOCK is loaded with
 * LOAD, compared with EQ and, with the bits of 6 set, which makes a kind's two brackets the same, with EQ_FOLDED; HEADS
 * is heads, PREFIX prefix_xor. */
#define WALK(SET, TARGET, BLOCK, LOAD, EQ, EQ_FOLDED, HEADS, PREFIX)                                          \
    TARGET static inline __attribute__((always_inline))                                                       \
    const char *walk_##SET(const char *p, const char *end, const struct tki_wanted *w)                        \
    {                                                                                                         \
        const char opens = *p, closes = (char)(*p + 2), both = (char)(*p | 6);                                \
        uint64_t in_string = 0, carry = 0, depth = 0; /* in_string: 1 when the block before ended in one */   \
        for (; p < end; p += 64) {                                                                            \
            const BLOCK b = LOAD(p);                                                                          \
            uint64_t quote = EQ(&b, '"'), backslash = EQ(&b, '\\'), inside = -in_string;                      \
            if (w) {                                                                                          \
                const BLOCK second = LOAD(p + 1), third = LOAD(p + 2);                                        \
                if (__builtin_expect(backslash != 0, 0) && backslash & (EQ(&second, 'u') | EQ(&second, '/'))) \
                    return NULL;                                                                              \
                uint64_t places = quote & HEADS(&second, &third, w);                                          \
                if (__builtin_expect(places != 0, 0) && has_string(p, places, w, end))                        \
                    return NULL;                                                                              \
            }                                                                                                 \
            if (__builtin_expect((backslash | carry) != 0, 0))                                                \
                quote &= ~escaped_bytes(backslash, &carry);                                                   \
            in_string ^= (uint64_t)__builtin_parityll(quote);                                                 \
            if (__builtin_expect(!EQ_FOLDED(&b, both), 1))                                                    \
                continue;                                                                                     \
            unsigned at;                                                                                      \
            inside ^= PREFIX(quote);                                                                          \
            if (count_brackets(&depth, EQ(&b, opens) & ~inside, EQ(&b, closes) & ~inside, &at))               \
                return p + at + 1 <= end ? p + at + 1 : NULL;                                                 \
        }                                                                                                     \
        return NULL;                                                                                          \
    }                                                                                                         \
    TARGET static const char *skip_##SET(const char *p, const char *end)                                      \
    {                                                                                                         \
        return walk_##SET(p, end, NULL);                                                                      \
    }                                                                                                         \
    TARGET static const char *skip_without_##SET(const char *p, const char *end, const struct tki_wanted *w)  \
    {                                                                                                         \
        return walk_##SET(p, end, w);                                                                         \
    }

static inline uint64_t folded_eq(const struct tki_block *b, char c)
{
    struct tki_block folded = tki_block_or(b, 6);
    return tki_block_eq(&folded, c);
}

WALK(everywhere, , struct tki_block, tki_block_load, tki_block_eq, folded_eq, heads, prefix_xor)

#if TKI_WIDE
WALK(avx2, TKI_AVX2, struct tki_block32, tki_block32_load, tki_block32_eq, tki_block32_eq_folded, tki_block32_heads,
     tki_prefix_xor_clmul)
WALK(avx512, TKI_AVX512, __m512i, tki_block64_load, tki_block64_eq, tki_block64_eq_folded, tki_block64_heads,
     tki_prefix_xor_clmul)
#endif

const char *tki_json_skip(const char *p, const char *end)
{
#if TKI_WIDE
    if (tki_has_avx512())
        return skip_avx512(p, end);
    if (tki_has_avx2())
        return skip_avx2(p, end);
#endif
    return skip_everywhere(p, end);
}

const char *tki_json_skip_without(const char *p, const char *end, const struct tki_wanted *strings)
{
    if (!strings->plain)
        return NULL;
#if TKI_WIDE
    if (tki_has_avx512())
        return skip_without_avx512(p, end, strings);
    if (tki_has_avx2())
        return skip_without_avx2(p, end, strings);
#endif
    return skip_without_everywhere(p, end, strings);
}

const char *tki_json_skip_string(const char *p, const char *end)
{
    while (p < end) {
        unsigned i = tki_string_stop(p);
        p += i;
        if (i == 16)
            continue;
        if (p >= end)
            return NULL;
        if (*p == '"')
            return p + 1;
        p += *p == '\\' ? 2 : 1;
    }
    return NULL;
}

const char *tki_json_skip_value(const char *p, const char *end)
{
    if (p >= end)
        return NULL;
    if (*p == '{' || *p == '[')
        return tki_json_skip(p, end);
    if (*p == '"')
        return tki_json_skip_string(p + 1, end);
    const char *q = p;
    while (q < end && *q != ',' && *q != '}' && *q != ']' && *q != ':' && (unsigned char)*q > ' ' && *q != '"' &&
           *q != '{' && *q != '[')
        q++;
    return q > p ? q : NULL;
}
