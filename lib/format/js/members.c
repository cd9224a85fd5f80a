#include "format/js/members.h"

unsigned tki_js_member_read(struct tki_js *j, struct tki_guess *g, unsigned last, tk_str *key)
{
    if (!tki_js_key(j, key))
        return TKI_MEMBER_END;
    for (unsigned i = 0; i < g->n; i++) {
        const struct tki_member *m = &g->members[i];
        if (key->n == m->n - 4u && memcmp(key->p, m->text + 2, key->n) == 0) {
            g->after[last] = (uint8_t)(i + 1);
            return i;
        }
    }
    return TKI_MEMBER_OTHER;
}
