/* members.h - the members of objects that are alike: the next key is guessed before it is read.
 *
 * Writers put the members of one kind of object in the same order again and again.  What came after a member last
 * time is tried first, with its quotes, comma and colon, in one comparison; only a wrong guess reads the key.
 *
 *     static const struct tki_member members[] = {TKI_MEMBER("traceId"), TKI_MEMBER("spanId")};
 *     unsigned m = TKI_MEMBER_FIRST;
 *     while ((m = tki_js_member(j, &guess, m, &key)) != TKI_MEMBER_END)
 *         switch (m) { case 0: ...; case 1: ...; default: (the key is in none) tki_js_skip(j); }
 */
#ifndef TKI_FORMAT_JS_MEMBERS_H
#define TKI_FORMAT_JS_MEMBERS_H

#include "format/js/js.h"
#include "format/js/simd.h"

enum { TKI_MEMBERS_MAX = 15, TKI_MEMBER_OTHER = TKI_MEMBERS_MAX, TKI_MEMBER_FIRST, TKI_MEMBER_END };

struct tki_member {
    char text[48]; /* with the comma before and the colon behind, 32 bytes at most; zeros follow */
    uint8_t n;
};
#define TKI_MEMBER(name)                   \
    {                                      \
        ",\"" name "\":", sizeof(name) + 3 \
    }

struct tki_guess { /* belongs to one decoder */
    const struct tki_member *members;
    unsigned n;                          /* of members, at most TKI_MEMBERS_MAX */
    uint8_t after[TKI_MEMBER_FIRST + 1]; /* what came after each last time, by its number + 1; 0: not known */
};

/* Reads the key and looks it up; remembers what it was. */
unsigned tki_js_member_read(struct tki_js *j, struct tki_guess *g, unsigned last, tk_str *key);

/* The number of the next member, with the cursor at its value.  TKI_MEMBER_OTHER: a key that is no member of the
 * table, in *key.  TKI_MEMBER_END: the object ended, or an error. */
static inline unsigned tki_js_member(struct tki_js *j, struct tki_guess *g, unsigned last, tk_str *key)
{
    unsigned m = g->after[last];
    if (m) {
        const struct tki_member *x = &g->members[m - 1];
        unsigned n = x->n - j->fresh;
        if (tki_same_start(j->p, x->text + j->fresh, n)) { /* behind the opening bracket there is no comma */
            j->p += n;
            j->fresh = false;
            return m - 1;
        }
    }
    return tki_js_member_read(j, g, last, key);
}

#endif
