#include "base/hash.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

uint64_t tki_hash(const void *p, size_t n)
{
    return XXH3_64bits(p, n);
}

tk_id128 tki_hash128(const void *p, size_t n)
{
    XXH128_hash_t h = XXH3_128bits(p, n);
    return (tk_id128){h.high64, h.low64};
}

uint64_t tki_fnv64(uint64_t state, const void *p, size_t n)
{
    const unsigned char *b = p;
    for (size_t i = 0; i < n; i++)
        state = (state ^ b[i]) * 1099511628211u;
    return state;
}
