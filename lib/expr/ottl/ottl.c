/* Conditions from their text to being asked. */
#include "expr/ottl/ottl.h"

#include <stdlib.h>

#include "base/err.h"
#include "expr/ottl/func.h"

int tki_ottl_open(struct tki_ottl **to, tk_str text, enum tki_ottl_context context, struct tki_ottl_rules rules,
                  struct tki_ottl_set *set, struct tki_arena *arena, struct tk_err *err)
{
    struct tki_ottl *c = tki_arena_alloc(arena, sizeof *c);
    *to = NULL;
    if (!c)
        return tki_err_memory(err);
    *c = (struct tki_ottl){.text = text, .context = context, .release = rules.release, .lambdas = rules.lambdas};
    struct tki_ottl_open o = {.c = c, .tables = tki_ottl_tables, .set = set, .arena = arena, .err = err};
    int rc = tki_ottl_read(c, arena, err);
    if (rc == 0)
        rc = tki_ottl_check(&o);
    if (rc == 0)
        rc = tki_ottl_share(&o);
    if (rc == 0)
        *to = c;
    else
        tki_ottl_close(c);
    return rc;
}

const uint32_t *tki_ottl_reads(const struct tki_ottl *c, uint32_t *n)
{
    *n = c->nreads;
    return c->reads;
}

uint32_t tki_ottl_alone(const struct tki_ottl *c)
{
    return c->root->question ? c->root->on : TK_NONE;
}

void tki_ottl_close(struct tki_ottl *c)
{
    if (!c)
        return;
    for (uint32_t i = 0; i < c->nregexes; i++)
        tki_regex_free(c->regexes[i]);
    free(c->regexes);
    for (uint32_t i = 0; i < c->nzones; i++)
        tki_zone_free(c->zones[i]);
    free(c->zones);
    free(c->reads);
    c->reads = NULL;
    c->nreads = c->reads_cap = 0;
    c->zones = NULL;
    c->nzones = 0;
    c->regexes = NULL;
    c->nregexes = 0;
}
