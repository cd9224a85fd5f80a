/* num.h - numbers and hexadecimal to and from text, without printf on the way out of the hot path. */
#ifndef TKI_BASE_NUM_H
#define TKI_BASE_NUM_H

#include "base/buf.h"

#define TKI_U64_DIGITS   20
#define TKI_DOUBLE_CHARS 32

/* Each writes without terminator and returns the number of characters. */
size_t tki_fmt_u64(char *to, uint64_t x); /* at most 20; from 10000 on eight bytes at least are written */
size_t tki_fmt_i64(char *to, int64_t x);  /* at most 20, likewise behind the sign */
/* Returns how many characters these would write. */
size_t tki_u64_chars(uint64_t x);
size_t tki_i64_chars(int64_t x);
/* The 64 bits of a double, and the double of such bits. */
static inline uint64_t tki_double_bits(double x)
{
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

static inline double tki_bits_double(uint64_t bits)
{
    double x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

/* Shortest decimal that reads back as the same double; "NaN", "Infinity", "-Infinity"; at most 32.
 * Exponent form as encoding/json of Go does: below 1e-6 or from 1e21. */
size_t tki_fmt_double(char *to, double x);
void tki_fmt_hex64(char *to, uint64_t x);            /* exactly 16, lower case */
void tki_fmt_hex(char *to, const void *p, size_t n); /* exactly 2 * n */

/* A varint of protobuf and of Thrift's compact protocol: seven bits a byte, the lowest first; at most 10 bytes. Returns
 * what is behind it. */
static inline char *tki_put_varint(char *to, uint64_t x)
{
    while (x >= 0x80) {
        *to++ = (char)(x | 0x80);
        x >>= 7;
    }
    *to++ = (char)x;
    return to;
}
void tki_buf_varint(struct tki_buf *b, uint64_t x);

void tki_buf_u64(struct tki_buf *b, uint64_t x);
void tki_buf_i64(struct tki_buf *b, int64_t x);
void tki_buf_double(struct tki_buf *b, double x);
void tki_buf_hex64(struct tki_buf *b, uint64_t x);
/* Standard base64 with padding. */
void tki_buf_base64(struct tki_buf *b, const void *p, size_t n);

/* 16 hexadecimal digits of any case; false when one is not. */
bool tki_hex16(const char *p, uint64_t *x);
/* 0 to 16 digits as a number (shorter ids are padded on the left). */
bool tki_hex_short(tk_str s, uint64_t *x);
/* Decimal digits with optional sign, fraction and exponent, when the value is a whole number in range;
 * exact, never through a double.  false: not a whole number in range. */
bool tki_parse_u64(tk_str s, uint64_t *x);
bool tki_parse_i64(tk_str s, int64_t *x);
/* A JSON number, or NaN, Infinity, -Infinity, inf.  false: not a number or more than 400 characters. */
bool tki_parse_double(tk_str s, double *x);
/* strtod in any locale.  false: it does not take all of the text, or that has more than TKI_STRTOD_MAX characters. */
#define TKI_STRTOD_MAX 1024
bool tki_strtod(tk_str s, double *x);
/* Standard or URL-safe alphabet, with or without padding.  to needs 3 * n / 4 bytes; returns the length, or
 * SIZE_MAX when s is not base64. */
size_t tki_base64_decode(char *to, tk_str s);

#endif
