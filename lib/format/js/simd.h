/* simd.h - sixty-four bytes of JSON at a time, as bit masks: SSE2, NEON, or portable C, chosen at compile time. */
#ifndef TKI_FORMAT_JS_SIMD_H
#define TKI_FORMAT_JS_SIMD_H

#include "base/str.h"

#if defined(__SSE2__)
#include <emmintrin.h>
struct tki_block {
    __m128i v[4];
};

static inline struct tki_block tki_block_load(const char *p)
{
    const __m128i *q = (const __m128i *)(const void *)p;
    return (struct tki_block){
        {_mm_loadu_si128(q), _mm_loadu_si128(q + 1), _mm_loadu_si128(q + 2), _mm_loadu_si128(q + 3)}};
}

static inline uint64_t tki_block_mask(__m128i a, __m128i b, __m128i c, __m128i d)
{
    uint64_t lo = (uint32_t)_mm_movemask_epi8(a) | (uint32_t)_mm_movemask_epi8(b) << 16;
    uint64_t hi = (uint32_t)_mm_movemask_epi8(c) | (uint32_t)_mm_movemask_epi8(d) << 16;
    return lo | hi << 32;
}

/* Bit i: byte i equals c. */
static inline uint64_t tki_block_eq(const struct tki_block *b, char c)
{
    __m128i k = _mm_set1_epi8(c);
    return tki_block_mask(_mm_cmpeq_epi8(b->v[0], k), _mm_cmpeq_epi8(b->v[1], k), _mm_cmpeq_epi8(b->v[2], k),
                          _mm_cmpeq_epi8(b->v[3], k));
}

/* Bits set in every byte: with 6, '[' and ']' become the same, and so do '{' and '}'. */
static inline struct tki_block tki_block_or(const struct tki_block *b, char bits)
{
    __m128i k = _mm_set1_epi8(bits);
    return (struct tki_block){
        {_mm_or_si128(b->v[0], k), _mm_or_si128(b->v[1], k), _mm_or_si128(b->v[2], k), _mm_or_si128(b->v[3], k)}};
}

/* Index of the first byte among 16 that ends a run of plain string characters ('"', '\\', below 0x20), or 16. */
static inline unsigned tki_string_stop(const char *p)
{
    __m128i x = _mm_loadu_si128((const __m128i *)(const void *)p);
    __m128i q = _mm_cmpeq_epi8(x, _mm_set1_epi8('"'));
    __m128i s = _mm_cmpeq_epi8(x, _mm_set1_epi8('\\'));
    __m128i c = _mm_cmpeq_epi8(_mm_min_epu8(x, _mm_set1_epi8(0x1f)), x);
    unsigned m = (unsigned)_mm_movemask_epi8(_mm_or_si128(_mm_or_si128(q, s), c));
    return m ? (unsigned)__builtin_ctz(m) : 16;
}

/* The same, and bytes from 0x80 on end the run, too: the run is ASCII that is copied as it is. */
static inline unsigned tki_ascii_stop(const char *p)
{
    __m128i x = _mm_loadu_si128((const __m128i *)(const void *)p);
    __m128i q = _mm_cmpeq_epi8(x, _mm_set1_epi8('"'));
    __m128i s = _mm_cmpeq_epi8(x, _mm_set1_epi8('\\'));
    __m128i c = _mm_cmplt_epi8(x, _mm_set1_epi8(0x20)); /* signed: bytes from 0x80 on too */
    unsigned m = (unsigned)_mm_movemask_epi8(_mm_or_si128(_mm_or_si128(q, s), c));
    return m ? (unsigned)__builtin_ctz(m) : 16;
}

/* Whether the first n bytes, at most 32, are the same; reads 32 of both. */
static inline bool tki_same_start(const char *a, const char *b, unsigned n)
{
    const __m128i *p = (const __m128i *)(const void *)a, *q = (const __m128i *)(const void *)b;
    uint64_t lo = (uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi8(_mm_loadu_si128(p), _mm_loadu_si128(q)));
    uint64_t hi = (uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi8(_mm_loadu_si128(p + 1), _mm_loadu_si128(q + 1)));
    uint64_t want = (UINT64_C(1) << n) - 1;
    return ((lo | hi << 16) & want) == want;
}

/* Whether n bytes are ASCII that JSON holds as it is; copies them.  Reads and writes nothing beyond n. */
static inline __attribute__((always_inline)) bool tki_walk_plain(bool copy, char *to, const char *from, size_t n)
{
    __m128i odd = _mm_setzero_si128(), x;
#define TKI_ODD(x)                                                                                            \
    _mm_or_si128(_mm_or_si128(_mm_cmpeq_epi8(x, _mm_set1_epi8('"')), _mm_cmpeq_epi8(x, _mm_set1_epi8('\\'))), \
                 _mm_cmplt_epi8(x, _mm_set1_epi8(0x20))) /* signed: bytes from 0x80 on too */
    if (n >= 16) {
        for (size_t i = 0;; i = i + 32 <= n ? i + 16 : n - 16) { /* the last block overlaps the one before */
            x = _mm_loadu_si128((const __m128i *)(const void *)(from + i));
            if (copy)
                _mm_storeu_si128((__m128i *)(void *)(to + i), x);
            odd = _mm_or_si128(odd, TKI_ODD(x));
            if (i + 16 == n)
                break;
        }
    } else if (n >= 8) {
        uint64_t a, b;
        memcpy(&a, from, 8);
        memcpy(&b, from + n - 8, 8);
        if (copy) {
            memcpy(to, &a, 8);
            memcpy(to + n - 8, &b, 8);
        }
        x = _mm_set_epi64x((long long)a, (long long)b);
        odd = TKI_ODD(x);
    } else {
        uint64_t all = 0x2020202020202020u; /* and what n bytes leave of it stays plain */
        if (n >= 4) {
            uint32_t a, b;
            memcpy(&a, from, 4);
            memcpy(&b, from + n - 4, 4);
            if (copy) {
                memcpy(to, &a, 4);
                memcpy(to + n - 4, &b, 4);
            }
            all = (uint64_t)a << 32 | b;
        } else {
            for (size_t i = 0; i < n; i++) {
                all = all << 8 | (unsigned char)from[i];
                if (copy)
                    to[i] = from[i];
            }
        }
        x = _mm_set_epi64x(0x2020202020202020, (long long)all);
        odd = TKI_ODD(x);
    }
#undef TKI_ODD
    return _mm_movemask_epi8(odd) == 0;
}

#elif defined(__ARM_NEON) && defined(__aarch64__)
#include <arm_neon.h>
struct tki_block {
    uint8x16_t v[4];
};

static inline struct tki_block tki_block_load(const char *p)
{
    const uint8_t *q = (const uint8_t *)p;
    return (struct tki_block){{vld1q_u8(q), vld1q_u8(q + 16), vld1q_u8(q + 32), vld1q_u8(q + 48)}};
}

static inline uint64_t tki_block_eq(const struct tki_block *b, char c)
{
    static const uint8_t weights[16] = {1, 2, 4, 8, 16, 32, 64, 128, 1, 2, 4, 8, 16, 32, 64, 128};
    uint8x16_t k = vdupq_n_u8((uint8_t)c), w = vld1q_u8(weights);
    uint8x16_t a = vandq_u8(vceqq_u8(b->v[0], k), w), d = vandq_u8(vceqq_u8(b->v[1], k), w);
    uint8x16_t e = vandq_u8(vceqq_u8(b->v[2], k), w), f = vandq_u8(vceqq_u8(b->v[3], k), w);
    uint8x16_t s = vpaddq_u8(vpaddq_u8(a, d), vpaddq_u8(e, f));
    s = vpaddq_u8(s, s);
    return vgetq_lane_u64(vreinterpretq_u64_u8(s), 0);
}

static inline struct tki_block tki_block_or(const struct tki_block *b, char bits)
{
    uint8x16_t k = vdupq_n_u8((uint8_t)bits);
    return (struct tki_block){{vorrq_u8(b->v[0], k), vorrq_u8(b->v[1], k), vorrq_u8(b->v[2], k), vorrq_u8(b->v[3], k)}};
}

static inline unsigned tki_string_stop(const char *p)
{
    uint8x16_t x = vld1q_u8((const uint8_t *)p);
    uint8x16_t m =
        vorrq_u8(vorrq_u8(vceqq_u8(x, vdupq_n_u8('"')), vceqq_u8(x, vdupq_n_u8('\\'))), vcltq_u8(x, vdupq_n_u8(0x20)));
    uint64_t n = vget_lane_u64(vreinterpret_u64_u8(vshrn_n_u16(vreinterpretq_u16_u8(m), 4)), 0);
    return n ? (unsigned)__builtin_ctzll(n) / 4 : 16;
}

static inline unsigned tki_ascii_stop(const char *p)
{
    uint8x16_t x = vld1q_u8((const uint8_t *)p);
    uint8x16_t c = vcltq_s8(vreinterpretq_s8_u8(x), vdupq_n_s8(0x20));
    uint8x16_t m = vorrq_u8(vorrq_u8(vceqq_u8(x, vdupq_n_u8('"')), vceqq_u8(x, vdupq_n_u8('\\'))), c);
    uint64_t n = vget_lane_u64(vreinterpret_u64_u8(vshrn_n_u16(vreinterpretq_u16_u8(m), 4)), 0);
    return n ? (unsigned)__builtin_ctzll(n) / 4 : 16;
}

#else
struct tki_block {
    unsigned char v[64];
};

static inline struct tki_block tki_block_load(const char *p)
{
    struct tki_block b;
    memcpy(b.v, p, 64);
    return b;
}

static inline uint64_t tki_block_eq(const struct tki_block *b, char c)
{
    uint64_t m = 0;
    for (unsigned i = 0; i < 64; i++)
        m |= (uint64_t)(b->v[i] == (unsigned char)c) << i;
    return m;
}

static inline struct tki_block tki_block_or(const struct tki_block *b, char bits)
{
    struct tki_block f;
    for (unsigned i = 0; i < 64; i++)
        f.v[i] = (unsigned char)(b->v[i] | bits);
    return f;
}

static inline unsigned tki_string_stop(const char *p)
{
    for (unsigned i = 0; i < 16; i++)
        if (p[i] == '"' || p[i] == '\\' || (unsigned char)p[i] < 0x20)
            return i;
    return 16;
}

static inline unsigned tki_ascii_stop(const char *p)
{
    for (unsigned i = 0; i < 16; i++)
        if (p[i] == '"' || p[i] == '\\' || (signed char)p[i] < 0x20)
            return i;
    return 16;
}
#endif

#if !defined(__SSE2__)
static inline bool tki_same_start(const char *a, const char *b, unsigned n)
{
    return memcmp(a, b, n) == 0;
}

static inline bool tki_walk_plain(bool copy, char *to, const char *from, size_t n)
{
    size_t i = 0;
    if (copy && to && n)
        memcpy(to, from, n);
    for (; n - i >= 16; i += 16)
        if (tki_ascii_stop(from + i) < 16)
            return false;
    for (; i < n; i++)
        if (from[i] == '"' || from[i] == '\\' || (signed char)from[i] < 0x20)
            return false;
    return true;
}
#endif

/* Copies n bytes and says whether all were ASCII that JSON holds as it is. */
static inline bool tki_copy_plain(char *to, const char *from, size_t n)
{
    return tki_walk_plain(true, to, from, n);
}

/* Says so and copies nothing. */
static inline bool tki_is_plain(const char *p, size_t n)
{
    return tki_walk_plain(false, NULL, p, n);
}

/* With p behind an opening quote: the string when it has no escapes; p is then behind the closing quote. */
static inline bool tki_js_plain_string(const char **p, tk_str *s)
{
    const char *q = *p;
    unsigned i;
    while ((i = tki_string_stop(q)) == 16)
        q += 16;
    q += i;
    if (*q != '"')
        return false;
    *s = (tk_str){*p, (size_t)(q - *p)};
    *p = q + 1;
    return true;
}

#endif
