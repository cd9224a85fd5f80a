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
static inline __attribute__((always_inline)) bool count_brackets(uint64_t *depth, uint64_t open, uint64_t close, unsigned *at)
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

/* Only brackets of the opening one's kind are counted: in JSON they nest properly whatever the other kind does, and
 * in the arrays that are skipped most they are rare.  Blocks without any need no more than the parity of their
 * quotes.  One body for each set of instructions: BLOCK is loaded with LOAD, compared with EQ and, with the bits of
 * 6 set, which makes a kind's two brackets the same, with EQ_FOLDED; PREFIX is prefix_xor. */
#define SKIP(NAME, TARGET, BLOCK, LOAD, EQ, EQ_FOLDED, PREFIX)                                               \
    TARGET static const char *NAME(const char *p, const char *end)                                          \
    {                                                                                                       \
        const char opens = *p, closes = (char)(*p + 2), both = (char)(*p | 6);                              \
        uint64_t in_string = 0, carry = 0, depth = 0; /* in_string: 1 when the block before ended in one */ \
        for (; p < end; p += 64) {                                                                          \
            const BLOCK b = LOAD(p);                                                                        \
            uint64_t quote = EQ(&b, '"'), backslash = EQ(&b, '\\'), inside = -in_string;                    \
            if (__builtin_expect((backslash | carry) != 0, 0))                                              \
                quote &= ~escaped_bytes(backslash, &carry);                                                 \
            in_string ^= (uint64_t)__builtin_parityll(quote);                                               \
            if (__builtin_expect(!EQ_FOLDED(&b, both), 1))                                                  \
                continue;                                                                                   \
            unsigned at;                                                                                    \
            inside ^= PREFIX(quote);                                                                        \
            if (count_brackets(&depth, EQ(&b, opens) & ~inside, EQ(&b, closes) & ~inside, &at))             \
                return p + at + 1 <= end ? p + at + 1 : NULL;                                               \
        }                                                                                                   \
        return NULL;                                                                                        \
    }

static inline uint64_t folded_eq(const struct tki_block *b, char c)
{
    struct tki_block folded = tki_block_or(b, 6);
    return tki_block_eq(&folded, c);
}

SKIP(skip_everywhere, , struct tki_block, tki_block_load, tki_block_eq, folded_eq, prefix_xor)

#if TKI_WIDE
SKIP(skip_avx2, TKI_AVX2, struct tki_block32, tki_block32_load, tki_block32_eq, tki_block32_eq_folded, tki_prefix_xor_clmul)
SKIP(skip_avx512, TKI_AVX512, __m512i, tki_block64_load, tki_block64_eq, tki_block64_eq_folded, tki_prefix_xor_clmul)
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

/* A string is looked for where a quote and its first letter stand. */
#define HOLDS(NAME, TARGET, BLOCK, LOAD, EQ)                                                                       \
    TARGET static bool NAME(const char *p, const char *end, const struct tki_wanted *w)                            \
    {                                                                                                              \
        for (; p < end; p += 64) {                                                                                 \
            const BLOCK b = LOAD(p), second = LOAD(p + 1);                                                         \
            uint64_t quote = EQ(&b, '"'), backslash = EQ(&b, '\\');                                                \
            if (__builtin_expect(backslash != 0, 0) && backslash & (EQ(&second, 'u') | EQ(&second, '/')))          \
                return true; /* an escape that could spell a letter of it */                                       \
            for (size_t i = 0; i < w->n; i++)                                                                      \
                for (uint64_t m = quote & EQ(&second, *w->keys[i].p); m; m &= m - 1) {                             \
                    const char *q = p + __builtin_ctzll(m) + 1;                                                    \
                    if (q[w->keys[i].n] == '"' && memcmp(q, w->keys[i].p, w->keys[i].n) == 0)                      \
                        return true;                                                                               \
                }                                                                                                  \
        }                                                                                                          \
        return false;                                                                                              \
    }

HOLDS(holds_everywhere, , struct tki_block, tki_block_load, tki_block_eq)

#if TKI_WIDE
HOLDS(holds_avx2, TKI_AVX2, struct tki_block32, tki_block32_load, tki_block32_eq)
HOLDS(holds_avx512, TKI_AVX512, __m512i, tki_block64_load, tki_block64_eq)
#endif

bool tki_json_may_hold(tk_str text, const char *end, const struct tki_wanted *strings)
{
    if (!strings->plain || (size_t)(end - text.p) < text.n + strings->longest)
        return true;
#if TKI_WIDE
    if (tki_has_avx512())
        return holds_avx512(text.p, text.p + text.n, strings);
    if (tki_has_avx2())
        return holds_avx2(text.p, text.p + text.n, strings);
#endif
    return holds_everywhere(text.p, text.p + text.n, strings);
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
    while (q < end && *q != ',' && *q != '}' && *q != ']' && *q != ':' && (unsigned char)*q > ' ' && *q != '"' && *q != '{' &&
           *q != '[')
        q++;
    return q > p ? q : NULL;
}
