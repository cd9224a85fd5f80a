/* wide.h - the masks of simd.h with instructions that not every x86-64 has: asked for when the program runs.
 *
 * Functions that use them are marked TKI_AVX2 or TKI_AVX512.  They may be called only when tki_has_avx2 or
 * tki_has_avx512 has returned true. */
#ifndef TKI_FORMAT_JS_WIDE_H
#define TKI_FORMAT_JS_WIDE_H

#include "format/codec/codec.h"

#if defined(__x86_64__) && defined(__GNUC__)
#define TKI_WIDE 1
#include <immintrin.h>

#define TKI_AVX2   __attribute__((target("avx2,pclmul,bmi,popcnt")))
#define TKI_AVX512 __attribute__((target("avx512f,avx512bw,avx2,pclmul,bmi,popcnt")))

static inline bool tki_has_avx2(void)
{
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("pclmul");
}

static inline bool tki_has_avx512(void)
{
    return __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("pclmul");
}

/* Bit i: an odd number of set bits at or below i. */
TKI_AVX2 static inline uint64_t tki_prefix_xor_clmul(uint64_t x)
{
    __m128i all = _mm_set1_epi8(-1);
    return (uint64_t)_mm_cvtsi128_si64(_mm_clmulepi64_si128(_mm_cvtsi64_si128((long long)x), all, 0));
}

struct tki_block32 {
    __m256i lo, hi;
};

TKI_AVX2 static inline struct tki_block32 tki_block32_load(const char *p)
{
    return (struct tki_block32){_mm256_loadu_si256((const __m256i *)(const void *)p),
                                _mm256_loadu_si256((const __m256i *)(const void *)(p + 32))};
}

TKI_AVX2 static inline uint64_t tki_block32_eq(const struct tki_block32 *b, char c)
{
    __m256i k = _mm256_set1_epi8(c);
    return (uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(b->lo, k)) |
           (uint64_t)(uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(b->hi, k)) << 32;
}

TKI_AVX2 static inline uint64_t tki_block32_eq_folded(const struct tki_block32 *b, char c)
{
    __m256i six = _mm256_set1_epi8(6);
    struct tki_block32 folded = {_mm256_or_si256(b->lo, six), _mm256_or_si256(b->hi, six)};
    return tki_block32_eq(&folded, c);
}

TKI_AVX2 static inline __m256i tki_half32(__m256i x, const uint8_t low[16], const uint8_t high[16])
{
    const __m128i *l = (const __m128i *)(const void *)low, *h = (const __m128i *)(const void *)high;
    __m256i nibble = _mm256_set1_epi8(15), up = _mm256_and_si256(_mm256_srli_epi16(x, 4), nibble);
    return _mm256_and_si256(
        _mm256_shuffle_epi8(_mm256_broadcastsi128_si256(_mm_loadu_si128(l)), _mm256_and_si256(x, nibble)),
        _mm256_shuffle_epi8(_mm256_broadcastsi128_si256(_mm_loadu_si128(h)), up));
}

/* Bit i: bytes i of both blocks may be the first two of a wanted string. */
TKI_AVX2 static inline uint64_t tki_block32_heads(const struct tki_block32 *a, const struct tki_block32 *b,
                                                  const struct tki_wanted *w)
{
    __m256i lo =
        _mm256_and_si256(tki_half32(a->lo, w->heads[0], w->heads[1]), tki_half32(b->lo, w->heads[2], w->heads[3]));
    __m256i hi =
        _mm256_and_si256(tki_half32(a->hi, w->heads[0], w->heads[1]), tki_half32(b->hi, w->heads[2], w->heads[3]));
    struct tki_block32 none = {lo, hi};
    return ~tki_block32_eq(&none, 0);
}

TKI_AVX512 static inline __m512i tki_block64_load(const char *p)
{
    return _mm512_loadu_si512((const void *)p);
}

TKI_AVX512 static inline uint64_t tki_block64_eq(const __m512i *b, char c)
{
    return _mm512_cmpeq_epi8_mask(*b, _mm512_set1_epi8(c));
}

TKI_AVX512 static inline uint64_t tki_block64_eq_folded(const __m512i *b, char c)
{
    return _mm512_cmpeq_epi8_mask(_mm512_or_si512(*b, _mm512_set1_epi8(6)), _mm512_set1_epi8(c));
}

TKI_AVX512 static inline __m512i tki_half64(__m512i x, const uint8_t low[16], const uint8_t high[16])
{
    const __m128i *l = (const __m128i *)(const void *)low, *h = (const __m128i *)(const void *)high;
    __m512i nibble = _mm512_set1_epi8(15), up = _mm512_and_si512(_mm512_srli_epi16(x, 4), nibble);
    return _mm512_and_si512(
        _mm512_shuffle_epi8(_mm512_broadcast_i32x4(_mm_loadu_si128(l)), _mm512_and_si512(x, nibble)),
        _mm512_shuffle_epi8(_mm512_broadcast_i32x4(_mm_loadu_si128(h)), up));
}

TKI_AVX512 static inline uint64_t tki_block64_heads(const __m512i *a, const __m512i *b, const struct tki_wanted *w)
{
    return _mm512_test_epi8_mask(tki_half64(*a, w->heads[0], w->heads[1]), tki_half64(*b, w->heads[2], w->heads[3]));
}
#else
#define TKI_WIDE 0
#endif

#endif
