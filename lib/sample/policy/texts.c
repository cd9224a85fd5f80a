#include "sample/policy/texts.h"

#include "sample/policy/policy.h"

enum { LOOKUP_MIN = 9 /* texts from which a hash table beats comparing each */, TOLD_MAX = 3 };

int tki_texts_make(struct tki_texts *t, const struct tki_strings *from, size_t bytes_min, size_t bytes_max,
                   struct tki_arena *arena)
{
    t->s = tki_arena_alloc(arena, from->n * sizeof *t->s);
    if (!t->s)
        return TK_ENOMEM;
    for (size_t i = 0; i < from->n; i++)
        if (from->s[i].n >= bytes_min && from->s[i].n <= bytes_max)
            t->s[t->n++] = from->s[i];
    if (t->n < LOOKUP_MIN)
        return 0;
    t->lookup = tki_arena_alloc(arena, sizeof *t->lookup);
    if (!t->lookup)
        return TK_ENOMEM;
    *t->lookup = (struct tki_symtab){0};
    for (size_t i = 0; i < t->n; i++)
        if (tki_symtab_put(t->lookup, t->s[i]) == TKI_MAP_NONE)
            return TK_ENOMEM;
    return 0;
}

bool tki_texts_have(const struct tki_texts *t, tk_str s)
{
    if (t->lookup)
        return tki_symtab_get(t->lookup, s) != TKI_MAP_NONE;
    for (size_t i = 0; i < t->n; i++)
        if (tki_str_eq(t->s[i], s))
            return true;
    return false;
}

void tki_texts_put(struct tki_buf *to, const struct tki_texts *t)
{
    for (size_t i = 0; i < t->n && i < TOLD_MAX; i++) {
        tki_buf_printf(to, "%s ", i ? " or" : "");
        tki_put_quoted(to, t->s[i]);
    }
    if (t->n > TOLD_MAX)
        tki_buf_printf(to, " or %zu more", t->n - TOLD_MAX);
    else if (t->n == 0)
        tki_buf_lit(to, " no value");
}

void tki_texts_free(struct tki_texts *t)
{
    if (t->lookup)
        tki_symtab_free(t->lookup);
}
