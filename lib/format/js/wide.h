/* wide.h - the masks of simd.h with instructions that not every x86-64 has: asked for when the program runs.
 *
 * Inside functions that are marked TKI_AVX2 or TKI_AVX512 only, and behind the question of the same name. */
#ifndef TKI_FORMAT_JS_WIDE_H
#define TKI_FORMAT_JS_WIDE_H

#include "base/str.h"

#if defined(__x86_64__) && defined(__GNUC__)
#define TKI_WIDE 1
#include <immintrin.h>

#define TKI_AVX2 __attribute__((target("avx2,pclmul,bmi,popcnt")))
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
#else
#define TKI_WIDE 0
#endif

#endif
