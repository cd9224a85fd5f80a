#include "format/js/scan.h"

#include "format/js/simd.h"

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

/* Only brackets of the opening one's kind are counted: in JSON they nest properly whatever the other kind does, and
 * in the arrays that are skipped most they are rare. */
const char *tki_json_skip(const char *p, const char *end)
{
    const char opens = *p, closes = (char)(*p + 2), both = (char)(*p | 6);
    uint64_t in_string = 0, carry = 0, depth = 0;
    for (; p < end; p += 64) {
        struct tki_block b = tki_block_load(p), folded = tki_block_or(&b, 6);
        uint64_t quote = tki_block_eq(&b, '"'), backslash = tki_block_eq(&b, '\\');
        if (__builtin_expect((backslash | carry) != 0, 0))
            quote &= ~escaped_bytes(backslash, &carry);
        uint64_t inside = prefix_xor(quote) ^ in_string;
        in_string = (uint64_t)((int64_t)inside >> 63);
        if (!(tki_block_eq(&folded, both) & ~inside)) /* with false alarms outside of JSON's alphabet */
            continue;
        uint64_t open = tki_block_eq(&b, opens) & ~inside, close = tki_block_eq(&b, closes) & ~inside;
        unsigned nclose = tki_popcount64(close);
        if (depth > nclose) {
            depth = depth + tki_popcount64(open) - nclose;
            continue;
        }
        for (uint64_t m = open | close; m; m &= m - 1) {
            uint64_t bit = m & -m;
            depth += open & bit ? 1 : -(uint64_t)1;
            if (depth == 0) {
                const char *q = p + __builtin_ctzll(m) + 1;
                return q <= end ? q : NULL;
            }
        }
    }
    return NULL;
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
