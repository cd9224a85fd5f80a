#include <string.h>

#include "format/codec/codec.h"

struct tki_wanted tki_wanted_of(const tk_str *keys, size_t n)
{
    struct tki_wanted w = {.keys = keys, .n = n, .plain = true};
    memset(w.others, n ? 0xff : 0, sizeof w.others);
    for (size_t i = 0; i < n; i++) {
        tk_str k = keys[i];
        if (k.n && k.n < 64)
            w.others[k.n] &= ~(UINT64_C(1) << tki_key_ends(k.p, k.n));
        w.plain = w.plain && k.n;
        for (size_t c = 0; c < k.n; c++)
            w.plain = w.plain && (unsigned char)k.p[c] >= 0x20 && k.p[c] != '"' && k.p[c] != '\\';
        for (size_t c = 0; w.plain && c < 2; c++) {
            unsigned char byte = c < k.n ? (unsigned char)k.p[c] : '"';
            w.heads[2 * c][byte % 16] |= (uint8_t)(1u << i % 8);
            w.heads[2 * c + 1][byte / 16] |= (uint8_t)(1u << i % 8);
        }
    }
    return w;
}
