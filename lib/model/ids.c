#include "model/ids.h"

#include "base/hash.h"
#include "base/num.h"

/* The 16 or 8 bytes of an id, right-aligned in out[16], from base64 in its three observed shapes. */
static bool from_base64(tk_str s, size_t bytes, unsigned char out[16])
{
    char raw[36];
    if (s.n > 44)
        return false;
    size_t n = tki_base64_decode(raw, s);
    if (n == bytes) {
        memcpy(out + 16 - bytes, raw, bytes);
        return true;
    }
    uint64_t x;
    if (n != 2 * bytes) /* the text of an id, encoded once more */
        return false;
    for (size_t i = 0; i < n; i += 16) {
        if (!tki_hex16(raw + i, &x))
            return false;
        tki_store_be64(out + 16 - bytes + i / 2, x);
    }
    return true;
}

/* Zeros in base64 without its padding, which are hexadecimal digits, too. */
static bool is_zero_base64(tk_str s, size_t bytes)
{
    return s.n == (bytes * 4 + 2) / 3 && s.n % 4 && memcmp(s.p, "AAAAAAAAAAAAAAAAAAAAAA", s.n) == 0;
}

/* A UUID: the 32 digits of a trace id with dashes in between. */
static bool from_uuid(tk_str s, uint64_t *hi, uint64_t *lo)
{
    static const size_t group[] = {8, 4, 4, 4, 12};
    char digits[32], *to = digits;
    const char *p = s.p;
    if (s.n != 36)
        return false;
    for (size_t i = 0; i < 5; i++) {
        if (i && *p++ != '-')
            return false;
        to = (char *)memcpy(to, p, group[i]) + group[i];
        p += group[i];
    }
    return tki_hex16(digits, hi) && tki_hex16(digits + 16, lo);
}

/* Hexadecimal of the hexadecimal text, as programs write that take the text for the bytes. */
static bool from_hex_of_hex(tk_str s, size_t bytes, unsigned char out[16])
{
    char text[32];
    uint64_t x;
    if (s.n != 4 * bytes)
        return false;
    for (size_t i = 0; i < 2 * bytes; i += 8) {
        if (!tki_hex16(s.p + 2 * i, &x))
            return false;
        tki_store_be64(text + i, x);
    }
    for (size_t i = 0; i < 2 * bytes; i += 16) {
        if (!tki_hex16(text + i, &x))
            return false;
        tki_store_be64(out + 16 - bytes + i / 2, x);
    }
    return true;
}

/* Everything that is not plain full-length hexadecimal. */
static __attribute__((noinline)) void odd_id(struct tk_batch *b, tk_str s, size_t bytes, uint64_t *hi, uint64_t *lo)
{
    unsigned char raw[16] = {0};
    *hi = *lo = 0;
    if (s.n == 0)
        return;
    if (is_zero_base64(s, bytes)) {
        tki_note(b, TK_NOTE_ID_BASE64);
        return;
    }
    tk_str hex = s;
    if (hex.n > 2 && hex.p[0] == '0' && (hex.p[1] | 32) == 'x')
        hex = (tk_str){hex.p + 2, hex.n - 2};
    size_t low = hex.n > 16 ? 16 : hex.n;
    if (hex.n <= 2 * bytes && tki_hex_short((tk_str){hex.p + hex.n - low, low}, lo) &&
        tki_hex_short((tk_str){hex.p, hex.n - low}, hi))
        return;
    /* A 64-bit id written with the 16 zeros of a 128-bit one. */
    if (bytes == 8 && hex.n == 32 && tki_hex_short((tk_str){hex.p, 16}, hi) && *hi == 0 &&
        tki_hex_short((tk_str){hex.p + 16, 16}, lo))
        return;
    if (bytes == 16 && from_uuid(s, hi, lo))
        return;
    *hi = *lo = 0;
    bool base64 = from_base64(s, bytes, raw);
    if (base64 || from_hex_of_hex(s, bytes, raw)) {
        *hi = tki_load_be64(raw);
        *lo = tki_load_be64(raw + 8);
        if (base64)
            tki_note(b, TK_NOTE_ID_BASE64);
        return;
    }
    tki_note(b, TK_NOTE_ID_REPLACED);
    *lo = tki_hash(s.p, s.n) | 1; /* never "no id" */
    *hi = bytes == 16 ? tki_mix64(*lo) : 0;
}

tk_id128 tki_trace_id(struct tk_batch *b, tk_str s, bool *odd)
{
    tk_id128 id;
    if (s.n == 32 && tki_hex16(s.p, &id.hi) && tki_hex16(s.p + 16, &id.lo))
        return id;
    *odd = true;
    odd_id(b, s, 16, &id.hi, &id.lo);
    return id;
}

uint64_t tki_span_id(struct tk_batch *b, tk_str s, bool *odd)
{
    uint64_t id, none;
    if (s.n == 16 && tki_hex16(s.p, &id))
        return id;
    if (s.n)
        *odd = true;
    odd_id(b, s, 8, &none, &id);
    return id;
}
