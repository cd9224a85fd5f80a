/* hash.h - hashing for tables (never for sampling decisions, which use exactly the real sampler's hash). */
#ifndef TKI_BASE_HASH_H
#define TKI_BASE_HASH_H

#include "base/str.h"

uint64_t tki_hash(const void *p, size_t n); /* XXH3, seed 0 */
#define TKI_FNV64_START 14695981039346656037u
uint64_t tki_fnv64(uint64_t state, const void *p, size_t n); /* FNV-1a, 64 bits */
tk_id128 tki_hash128(const void *p, size_t n);               /* XXH3 of 128 bits, seed 0 */

static inline uint64_t tki_mix64(uint64_t x)
{
    x ^= x >> 32;
    x *= 0xd6e8feb86659fd93u;
    x ^= x >> 32;
    x *= 0xd6e8feb86659fd93u;
    return x ^ x >> 32;
}

/* Trace ids are random in good systems and counters in bad ones: both halves are mixed. */
static inline uint64_t tki_hash_id(tk_id128 id)
{
    return tki_mix64(id.lo ^ id.hi * 0x9e3779b97f4a7c15u);
}

static inline uint64_t tki_hash_combine(uint64_t h, uint64_t x)
{
    return tki_mix64(h * 0x9e3779b97f4a7c15u + x);
}

/* First and last eight bytes of n, which may overlap: with n they are the text up to 16 bytes. */
struct tki_ends {
    uint64_t a, b;
};
static inline struct tki_ends tki_ends(const char *p, size_t n)
{
    struct tki_ends e = {0, 0};
    if (n >= 8) {
        e = (struct tki_ends){tki_load_le64(p), tki_load_le64(p + n - 8)};
    } else if (n >= 4) {
        e = (struct tki_ends){tki_load_le32(p), tki_load_le32(p + n - 4)};
    } else if (n) {
        e.a = (uint64_t)(unsigned char)p[0] | (uint64_t)(unsigned char)p[n / 2] << 8 |
              (uint64_t)(unsigned char)p[n - 1] << 16;
    }
    return e;
}

/* Returns true if the n bytes are the same: as memcmp, without a call for the lengths that keys and values have. */
static inline bool tki_same_bytes(const char *p, const char *q, size_t n)
{
    struct tki_ends x = tki_ends(p, n), y = tki_ends(q, n);
    if (x.a != y.a || x.b != y.b)
        return false;
    if (n <= 16)
        return true;
    if (n > 32)
        return memcmp(p, q, n) == 0;
    return tki_load_le64(p + 8) == tki_load_le64(q + 8) && tki_load_le64(p + n - 16) == tki_load_le64(q + n - 16);
}

static inline uint64_t tki_hash_ends(struct tki_ends e, size_t n)
{
    return tki_mix64(tki_mix64(e.a ^ 0x9e3779b97f4a7c15u) + e.b * 0x9e3779b97f4a7c15u + n);
}

/* Like tki_hash, with other results: faster for texts of at most 16 bytes, which most values are. */
static inline uint64_t tki_hash_text(const char *p, size_t n)
{
    return n <= 16 ? tki_hash_ends(tki_ends(p, n), n) : tki_hash(p, n);
}

/* Likewise, for texts of at most 32 bytes, which most names are. */
static inline uint64_t tki_hash_name(const char *p, size_t n)
{
    if (n <= 16 || n > 32)
        return tki_hash_text(p, n);
    struct tki_ends middle = {tki_load_le64(p + 8), tki_load_le64(p + n - 16)};
    return tki_hash_ends(tki_ends(p, n), n) + tki_hash_ends(middle, 0);
}

#endif
