#include "expr/ottl/murmur.h"

static uint32_t rotate32(uint32_t x, int by)
{
    return x << by | x >> (32 - by);
}

static uint64_t rotate64(uint64_t x, int by)
{
    return x << by | x >> (64 - by);
}

/* The bytes behind the last whole block, as a number. */
static uint64_t tail(const char *p, size_t n)
{
    uint64_t x = 0;
    for (size_t i = n; i > 0; i--)
        x = x << 8 | (unsigned char)p[i - 1];
    return x;
}

static uint32_t mix32(uint32_t k)
{
    return rotate32(k * 0xcc9e2d51u, 15) * 0x1b873593u;
}

uint32_t tki_murmur32(tk_str s)
{
    uint32_t h = 0;
    size_t blocks = s.n / 4 * 4;
    for (size_t i = 0; i < blocks; i += 4)
        h = rotate32(h ^ mix32(tki_load_le32(s.p + i)), 13) * 5 + 0xe6546b64u;
    if (s.n > blocks)
        h ^= mix32((uint32_t)tail(s.p + blocks, s.n - blocks));
    h ^= (uint32_t)s.n;
    h = (h ^ h >> 16) * 0x85ebca6bu;
    h = (h ^ h >> 13) * 0xc2b2ae35u;
    return h ^ h >> 16;
}

static const uint64_t c1 = 0x87c37b91114253d5u, c2 = 0x4cf5ad432745937fu;

static uint64_t first(uint64_t k)
{
    return rotate64(k * c1, 31) * c2;
}

static uint64_t second(uint64_t k)
{
    return rotate64(k * c2, 33) * c1;
}

static uint64_t finish(uint64_t k)
{
    k = (k ^ k >> 33) * 0xff51afd7ed558ccdu;
    k = (k ^ k >> 33) * 0xc4ceb9fe1a85ec53u;
    return k ^ k >> 33;
}

tk_id128 tki_murmur128(tk_str s)
{
    uint64_t a = 0, b = 0;
    size_t blocks = s.n / 16 * 16, left = s.n - blocks;
    for (size_t i = 0; i < blocks; i += 16) {
        a ^= first(tki_load_le64(s.p + i));
        a = (rotate64(a, 27) + b) * 5 + 0x52dce729u;
        b ^= second(tki_load_le64(s.p + i + 8));
        b = (rotate64(b, 31) + a) * 5 + 0x38495ab5u;
    }
    if (left > 8)
        b ^= second(tail(s.p + blocks + 8, left - 8));
    if (left)
        a ^= first(tail(s.p + blocks, left < 8 ? left : 8));
    a ^= s.n;
    b ^= s.n;
    a += b;
    b += a;
    a = finish(a);
    b = finish(b);
    a += b;
    b += a;
    return (tk_id128){a, b};
}
