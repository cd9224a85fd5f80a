/* Bytes as text: hexadecimal and base64. */
#include "base/num.h"

/* Sixteen hexadecimal digits at a time: with SSE2, with NEON, or eight at a time in a 64-bit word. */
#if defined(__SSE2__) && defined(__x86_64__)
#define HEX_SSE2 1
#include <emmintrin.h>
#elif defined(__ARM_NEON) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define HEX_NEON 1
#include <arm_neon.h>
#endif

static const char hex_digits[] = "0123456789abcdef";

void tki_fmt_hex(char *to, const void *p, size_t n)
{
    const unsigned char *q = p;
    for (size_t i = 0; i < n; i++) {
        to[2 * i] = hex_digits[q[i] >> 4];
        to[2 * i + 1] = hex_digits[q[i] & 15];
    }
}

#if defined(HEX_SSE2)

static __m128i between(__m128i v, char first, char last)
{
    return _mm_and_si128(_mm_cmpgt_epi8(v, _mm_set1_epi8((char)(first - 1))),
                         _mm_cmplt_epi8(v, _mm_set1_epi8((char)(last + 1))));
}

void tki_fmt_hex64(char *to, uint64_t x)
{
    __m128i v = _mm_cvtsi64_si128((long long)__builtin_bswap64(x));
    __m128i mask = _mm_set1_epi8(15);
    __m128i hi = _mm_and_si128(_mm_srli_epi16(v, 4), mask), lo = _mm_and_si128(v, mask);
    __m128i n = _mm_unpacklo_epi8(hi, lo); /* sixteen nibbles in order */
    __m128i letter = _mm_cmpgt_epi8(n, _mm_set1_epi8(9));
    __m128i offset = _mm_and_si128(letter, _mm_set1_epi8('a' - '0' - 10));
    n = _mm_add_epi8(n, _mm_add_epi8(_mm_set1_epi8('0'), offset));
    _mm_storeu_si128((__m128i *)(void *)to, n);
}

bool tki_hex16(const char *p, uint64_t *x)
{
    __m128i v = _mm_loadu_si128((const __m128i *)(const void *)p);
    __m128i lower = _mm_or_si128(v, _mm_set1_epi8(0x20));
    __m128i digit = between(v, '0', '9'), letter = between(lower, 'a', 'f');
    if (_mm_movemask_epi8(_mm_or_si128(digit, letter)) != 0xffff)
        return false;
    __m128i n = _mm_add_epi8(_mm_and_si128(v, _mm_set1_epi8(15)), _mm_and_si128(letter, _mm_set1_epi8(9)));
    /* Each 16-bit lane holds two nibbles, the first in its low byte: put them together in the low byte. */
    __m128i pair = _mm_or_si128(_mm_slli_epi16(n, 4), _mm_srli_epi16(n, 8));
    pair = _mm_and_si128(pair, _mm_set1_epi16(0xff));
    *x = __builtin_bswap64((uint64_t)_mm_cvtsi128_si64(_mm_packus_epi16(pair, pair)));
    return true;
}

#elif defined(HEX_NEON)

void tki_fmt_hex64(char *to, uint64_t x)
{
    uint8x8_t v = vcreate_u8(__builtin_bswap64(x));
    uint8x8x2_t zip = vzip_u8(vshr_n_u8(v, 4), vand_u8(v, vdup_n_u8(15)));
    uint8x16_t n = vcombine_u8(zip.val[0], zip.val[1]); /* sixteen nibbles in order */
    uint8x16_t letter = vandq_u8(vcgtq_u8(n, vdupq_n_u8(9)), vdupq_n_u8('a' - '0' - 10));
    vst1q_u8((uint8_t *)to, vaddq_u8(vaddq_u8(n, vdupq_n_u8('0')), letter));
}

bool tki_hex16(const char *p, uint64_t *x)
{
    uint8x16_t v = vld1q_u8((const uint8_t *)p);
    uint8x16_t d = vsubq_u8(v, vdupq_n_u8('0'));
    uint8x16_t l = vsubq_u8(vorrq_u8(v, vdupq_n_u8(0x20)), vdupq_n_u8('a'));
    uint8x16_t digit = vcltq_u8(d, vdupq_n_u8(10));
    uint64x2_t good = vreinterpretq_u64_u8(vorrq_u8(digit, vcltq_u8(l, vdupq_n_u8(6))));
    if ((vgetq_lane_u64(good, 0) & vgetq_lane_u64(good, 1)) != UINT64_MAX)
        return false;
    uint8x16_t n = vbslq_u8(digit, d, vaddq_u8(l, vdupq_n_u8(10)));
    uint8x16x2_t halves = vuzpq_u8(n, n); /* the first nibbles of all bytes, the second ones */
    uint8x16_t bytes = vorrq_u8(vshlq_n_u8(halves.val[0], 4), halves.val[1]);
    *x = __builtin_bswap64(vgetq_lane_u64(vreinterpretq_u64_u8(bytes), 0));
    return true;
}

#else

#define EACH(byte) (UINT64_C(0x0101010101010101) * (byte))

static void fmt_hex32(char *to, uint32_t x)
{
    uint64_t v = __builtin_bswap32(x); /* the first byte lowest; then each byte in a lane of 16 bits */
    v = (v | v << 16) & UINT64_C(0x0000ffff0000ffff);
    v = (v | v << 8) & UINT64_C(0x00ff00ff00ff00ff);
    uint64_t n = (v >> 4 & UINT64_C(0x000f000f000f000f)) | (v & UINT64_C(0x000f000f000f000f)) << 8;
    uint64_t letter = (n + EACH(0x80 - 10)) >> 7 & EACH(1);
    tki_store_le64(to, n + EACH('0') + letter * ('a' - '0' - 10));
}

void tki_fmt_hex64(char *to, uint64_t x)
{
    fmt_hex32(to, (uint32_t)(x >> 32));
    fmt_hex32(to + 8, (uint32_t)x);
}

static bool hex8(const char *p, uint32_t *x)
{
    uint64_t v = tki_load_le64(p), high = EACH(0x80);
    if (v & high)
        return false;
    uint64_t lower = v | EACH(0x20); /* below 0x80, so that no sum reaches the next byte */
    uint64_t digit = (v + EACH(0x80 - '0')) & ~(v + EACH(0x80 - '9' - 1)) & high;
    uint64_t letter = (lower + EACH(0x80 - 'a')) & ~(lower + EACH(0x80 - 'f' - 1)) & high;
    if ((digit | letter) != high)
        return false;
    uint64_t n = (v & EACH(15)) + (letter >> 7) * 9;
    n = (n << 4 | n >> 8) & UINT64_C(0x00ff00ff00ff00ff);
    n = (n | n >> 8) & UINT64_C(0x0000ffff0000ffff);
    *x = __builtin_bswap32((uint32_t)(n | n >> 16));
    return true;
}

bool tki_hex16(const char *p, uint64_t *x)
{
    uint32_t hi, lo;
    if (!hex8(p, &hi) || !hex8(p + 8, &lo))
        return false;
    *x = (uint64_t)hi << 32 | lo;
    return true;
}

#endif

bool tki_hex_short(tk_str s, uint64_t *x)
{
    uint64_t v = 0;
    if (s.n > 16)
        return false;
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i], l = c | 32;
        if (c >= '0' && c <= '9')
            v = v << 4 | (c - '0');
        else if (l >= 'a' && l <= 'f')
            v = v << 4 | (l - 'a' + 10u);
        else
            return false;
    }
    *x = v;
    return true;
}

void tki_buf_hex64(struct tki_buf *b, uint64_t x)
{
    char *to = tki_buf_room(b, 16);
    if (to) {
        tki_fmt_hex64(to, x);
        b->n += 16;
    }
}

/* ---- base64 ---- */

void tki_buf_base64(struct tki_buf *b, const void *p, size_t n)
{
    static const char abc[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const unsigned char *q = p;
    char *to = n == 0 || n > SIZE_MAX / 2 ? NULL : tki_buf_room(b, (n + 2) / 3 * 4);
    if (!to)
        return;
    b->n += (n + 2) / 3 * 4;
    for (; n >= 3; n -= 3, q += 3) {
        uint32_t x = (uint32_t)q[0] << 16 | (uint32_t)q[1] << 8 | q[2];
        *to++ = abc[x >> 18];
        *to++ = abc[x >> 12 & 63];
        *to++ = abc[x >> 6 & 63];
        *to++ = abc[x & 63];
    }
    if (n) {
        uint32_t x = (uint32_t)q[0] << 16 | (n > 1 ? (uint32_t)q[1] << 8 : 0);
        *to++ = abc[x >> 18];
        *to++ = abc[x >> 12 & 63];
        *to++ = n > 1 ? abc[x >> 6 & 63] : '=';
        *to++ = '=';
    }
}

static int base64_digit(char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    return c == '+' || c == '-' ? 62 : c == '/' || c == '_' ? 63 : -1;
}

size_t tki_base64_decode(char *to, tk_str s)
{
    size_t n = s.n, out = 0;
    uint32_t x = 0;
    if (n && n % 4 == 0) {
        n -= s.p[n - 1] == '=';
        n -= s.p[n - 1] == '=';
    }
    if (n % 4 == 1)
        return SIZE_MAX;
    for (size_t i = 0; i < n; i++) {
        int d = base64_digit(s.p[i]);
        if (d < 0)
            return SIZE_MAX;
        x = x << 6 | (uint32_t)d;
        if (i % 4 == 3) {
            to[out++] = (char)(x >> 16);
            to[out++] = (char)(x >> 8);
            to[out++] = (char)x;
        }
    }
    if (n % 4 == 2)
        to[out++] = (char)(x >> 4);
    if (n % 4 == 3) {
        to[out++] = (char)(x >> 10);
        to[out++] = (char)(x >> 2);
    }
    return out;
}
