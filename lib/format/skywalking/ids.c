#include "base/hash.h"
#include "base/num.h"
#include "format/skywalking/skywalking.h"

/* x over n bytes, the lowest first. */
static void fold(unsigned char *p, unsigned n, uint64_t x)
{
    for (; n; n--, x >>= 8)
        *p++ ^= (unsigned char)x;
}

/* The 32 digits at the head of s with or without the dashes of a UUID; *n: how long they are. */
static bool digits(tk_str s, char hex[32], size_t *n)
{
    size_t from = 0;
    for (size_t i = 0; i < 32; i++, from++) {
        if (s.n >= 36 && s.p[8] == '-' && (from == 8 || from == 13 || from == 18 || from == 23) && s.p[from] == '-')
            from++;
        if (from >= s.n)
            return false;
        hex[i] = s.p[from];
    }
    *n = from;
    return true;
}

/* UUID.THREAD.TIME: the digits with both numbers laid over their last 12 bytes; of a span its number lies over the
 * first four. */
static bool uuid(tk_str s, uint32_t span, unsigned char id[16])
{
    char hex[32];
    size_t n;
    uint64_t hi, lo;
    int64_t thread, time;
    if (!digits(s, hex, &n) || !tki_hex16(hex, &hi) || !tki_hex16(hex + 16, &lo))
        return false;
    tki_store_be64(id, hi);
    tki_store_be64(id + 8, lo);
    fold(id, 4, span);
    if (n == s.n)
        return true;
    const char *dot = memrchr(s.p, '.', s.n), *first = s.p + n, *end = s.p + s.n;
    if (*first != '.' || dot <= first || !tki_parse_i64((tk_str){first + 1, (size_t)(dot - first - 1)}, &thread) ||
        !tki_parse_i64((tk_str){dot + 1, (size_t)(end - dot - 1)}, &time))
        return false;
    fold(id + 4, 4, (uint64_t)thread);
    fold(id + 8, 8, (uint64_t)time);
    return true;
}

tk_id128 tki_sw_trace_id(struct tk_batch *b, tk_str s)
{
    unsigned char id[16];
    if (!s.n)
        return (tk_id128){0};
    if (uuid(s, 0, id)) {
        tk_id128 t = {tki_load_be64(id), tki_load_be64(id + 8)};
        if (t.hi | t.lo)
            return t;
    }
    tki_note(b, TK_NOTE_ID_REPLACED);
    uint64_t h = tki_hash(s.p, s.n) | 1; /* never "no id" */
    return (tk_id128){tki_mix64(h), h};
}

uint64_t tki_sw_span_id(struct tk_batch *b, tk_str s, int64_t span)
{
    unsigned char id[16];
    if (!s.n)
        return 0;
    if (uuid(s, (uint32_t)span, id)) {
        uint64_t x = tki_load_be64(id) ^ tki_load_be64(id + 8);
        if (x)
            return x;
    }
    tki_note(b, TK_NOTE_ID_REPLACED);
    return tki_hash_combine(tki_hash(s.p, s.n), (uint64_t)span) | 1;
}
