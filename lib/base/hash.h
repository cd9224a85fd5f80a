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

#endif
