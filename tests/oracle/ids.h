/* ids.h - ids as texts have them, read a second time: hexadecimal of any case and length, base64 of the
 * bytes, base64 of the hexadecimal text.  What is none of these must become some id, the same for the same
 * text and for no other: it is held as a number here and settled when our decoder's answer is known. */
#ifndef TRACEKIT_TESTS_IDS_H
#define TRACEKIT_TESTS_IDS_H

#include "json.h"

enum { STRANGE_MAX = 256 };
#define STRANGE 0x5452414e47450000u /* upper bits of a held id; the lower 16 are its number */

static struct {
    tk_str text;
    bool known, wide; /* wide: a trace id */
    tk_id128 id;
} strange[STRANGE_MAX];
static unsigned nstrange;

static inline bool hex_of(tk_str s, tk_id128 *id)
{
    *id = (tk_id128){0, 0};
    for (size_t i = 0; i < s.n; i++) {
        if (!isxdigit((unsigned char)s.p[i]))
            return false;
        unsigned digit =
            isdigit((unsigned char)s.p[i]) ? (unsigned)(s.p[i] - '0') : (unsigned)((s.p[i] | 32) - 'a' + 10);
        id->hi = id->hi << 4 | id->lo >> 60;
        id->lo = id->lo << 4 | digit;
    }
    return true;
}

/* size: bytes of the id, 8 or 16. */
static inline tk_id128 id_of(tk_str s, size_t size)
{
    tk_id128 id;
    unsigned char raw[64];
    tk_str hex = s;
    if (hex.n > 2 && hex.p[0] == '0' && (hex.p[1] | 32) == 'x')
        hex = (tk_str){hex.p + 2, hex.n - 2};
    if (hex.n <= 2 * size && hex_of(hex, &id))
        return id;
    if (hex.n == 32 && hex_of(hex, &id) && id.hi == 0)
        return id;
    int n = base64_of(s, raw, sizeof raw);
    if (n == (int)size) {
        id = (tk_id128){0, 0};
        for (int i = 0; i < n; i++)
            id = (tk_id128){id.hi << 8 | id.lo >> 56, id.lo << 8 | raw[i]};
        return id;
    }
    if (n == 2 * (int)size && hex_of((tk_str){(char *)raw, (size_t)n}, &id))
        return id;
    unsigned i = 0;
    while (i < nstrange && !(tki_str_eq(strange[i].text, s) && strange[i].wide == (size == 16)))
        i++;
    if (i == STRANGE_MAX)
        bail_out("more than %d strange ids", STRANGE_MAX);
    if (i == nstrange)
        strange[nstrange++].text = s, strange[i].wide = size == 16;
    return (tk_id128){size == 16 ? STRANGE : 0, STRANGE | i};
}

/* Whether the answer to a held id is possible; then the held one becomes it. */
static inline bool settle(tk_id128 got, tk_id128 *want)
{
    unsigned n = want->lo & 0xffff;
    if ((want->lo & ~(uint64_t)0xffff) != STRANGE || n >= nstrange)
        return true;
    *want = got;
    if (strange[n].known)
        return tki_id_eq(strange[n].id, got);
    for (unsigned i = 0; i < nstrange; i++)
        if (strange[i].known && strange[i].wide == strange[n].wide && tki_id_eq(strange[i].id, got))
            return false;
    strange[n].known = true;
    strange[n].id = got;
    return !tki_id_zero(got);
}

/* All ids of spans and links. */
static inline void settle_ids(const struct tk_batch *got, struct tk_batch *want, const char *name)
{
    unsigned wrong = 0;
    for (uint32_t i = 0; i < want->nspans && i < got->nspans; i++) {
        const struct tk_span *g = &got->spans[i];
        struct tk_span *w = &want->spans[i];
        tk_id128 own = {0, w->span_id}, parent = {0, w->parent_id};
        wrong += !settle(g->trace_id, &w->trace_id);
        wrong += !settle((tk_id128){0, g->span_id}, &own);
        wrong += !settle((tk_id128){0, g->parent_id}, &parent);
        w->span_id = own.lo;
        w->parent_id = parent.lo;
        for (uint32_t k = 0; k < w->links.count && k < g->links.count; k++) {
            const struct tk_link *gl = &got->links[g->links.first + k];
            struct tk_link *wl = &want->links[w->links.first + k];
            tk_id128 to = {0, wl->span_id};
            wrong += !settle(gl->trace_id, &wl->trace_id);
            wrong += !settle((tk_id128){0, gl->span_id}, &to);
            wl->span_id = to.lo;
        }
    }
    if (nstrange)
        ok(wrong == 0, "%s: %u ids that are no ids stay apart, and equal where they were", name, nstrange);
    nstrange = 0;
    memset(strange, 0, sizeof strange);
}

#endif
