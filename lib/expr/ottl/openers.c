/* Which values can make a condition hold.  Most conditions hold for few spans, and most keys are there in few. */
#include <stdlib.h>

#include "base/err.h"
#include "expr/ottl/func.h"

typedef struct tki_ottl_node node;

struct opening {
    const struct tki_ottl_set *set;
    const struct tki_ottl *c;
    bool strict;
    struct tki_ottl_openers *to;
};

enum { OTHERS = 4 /* a field that every span has opens as often as some attributes */ };

static bool add(struct opening *o, uint32_t field, const node *part)
{
    struct tki_ottl_openers *to = o->to;
    if (to->n == TKI_OTTL_OPENERS_MAX)
        return false;
    to->opener[to->n++] = (struct tki_ottl_opener){field, o->c, part, o->strict};
    return true;
}

/* Returns true if evaluating it can neither end the collector's process nor be more than this version can: what stands
 * behind it may be looked at before it. */
static bool harmless(const node *n)
{
    if (n->kind == TKI_ON_LAMBDA || (n->kind == TKI_ON_CALL && (!n->func->plain || (n->func->needs_regex && !n->made))))
        return false;
    for (uint32_t i = 0; i < n->nkids + n->nkeys; i++) {
        const node *kid = i < n->nkids ? n->kid[i] : n->key[i - n->nkids];
        if (kid && !harmless(kid))
            return false;
    }
    return true;
}

/* ---- what is false where no attribute is there ---- */

/* Returns true if it depends on attributes of the span and on nothing else; each of them then opens it. */
static bool add_attributes(struct opening *o, const node *n)
{
    if (n->kind == TKI_ON_LAMBDA || n->kind == TKI_ON_LOCAL || (n->kind == TKI_ON_CALL && n->func->of_span))
        return false;
    if (n->kind == TKI_ON_PATH && n->place != TKI_OP_CONSTANT) {
        const struct tki_field *f = &o->set->field[n->field];
        if (n->place != TKI_OP_FIELD || tki_ottl_owner(f) != TKI_OTTL_OF_ATTRIBUTE || !add(o, n->field, NULL))
            return false;
    }
    for (uint32_t i = 0; i < n->nkids + n->nkeys; i++) {
        const node *kid = i < n->nkids ? n->kid[i] : n->key[i - n->nkids];
        if (kid && !add_attributes(o, kid))
            return false;
    }
    return true;
}

/* What it says of a span without attributes.  TKI_OTTL_FAULT: an error; negative codes as tki_ottl_test. */
static int of_nothing(const struct opening *o, const node *n)
{
    struct tk_span span = {0};
    struct tk_batch b = {.spans = &span, .nspans = 1};
    struct tki_at at = {.b = &b, .event = TK_NONE, .link = TK_NONE};
    struct tki_arena memory = {0};
    struct tki_ottl_run r = {.at = &at, .fields = o->set->field, .memory = &memory};
    r.regex = tki_regex_scratch_new();
    int said = r.regex ? tki_ottl_test_part(o->c, n, &r) : TK_ENOMEM;
    tki_regex_scratch_free(r.regex);
    tki_arena_free(&memory);
    return said;
}

static bool by_presence(struct opening *o, const node *n)
{
    uint32_t before = o->to->n;
    if (!add_attributes(o, n) || o->to->n == before)
        return false;
    int said = of_nothing(o, n);
    return said == 0 || (said == TKI_OTTL_FAULT && !o->strict);
}

/* ---- conditions ---- */

static uint32_t price(const struct opening *o, const struct tki_ottl_openers *of)
{
    uint32_t sum = 0;
    for (uint32_t i = 0; i < of->n; i++) {
        bool attribute = tki_ottl_owner(&o->set->field[of->opener[i].field]) == TKI_OTTL_OF_ATTRIBUTE;
        sum += attribute ? 1 : OTHERS;
    }
    return sum;
}

static bool open_by(struct opening *o, const node *n);

/* One of the kids is enough to rule it out.  Where an error counts, the first one alone is asked in any case. */
static bool by_one(struct opening *o, const node *n)
{
    struct tki_ottl_openers *to = o->to, best = {.n = TK_NONE};
    for (uint32_t i = 0; i < n->nkids && (i == 0 || (!o->strict && harmless(n->kid[i - 1]))); i++) {
        struct tki_ottl_openers kid = {0};
        o->to = &kid;
        if (open_by(o, n->kid[i]) && (best.n == TK_NONE || price(o, &kid) < price(o, &best)))
            best = kid;
    }
    o->to = to;
    for (uint32_t i = 0; best.n != TK_NONE && i < best.n; i++)
        if (!add(o, best.opener[i].field, best.opener[i].part))
            return false;
    return best.n != TK_NONE;
}

static bool open_by(struct opening *o, const node *n)
{
    if (n->on < TKI_ON_SEVERAL)
        return add(o, n->on, n);
    if (n->kind == TKI_ON_AND)
        return by_one(o, n);
    if (n->kind != TKI_ON_OR)
        return by_presence(o, n);
    for (uint32_t i = 0; i < n->nkids; i++)
        if (!open_by(o, n->kid[i]))
            return false;
    return true;
}

bool tki_ottl_find_openers(const struct tki_ottl *c, const struct tki_ottl_set *set, bool strict,
                           struct tki_ottl_openers *to)
{
    struct opening o = {set, c, strict, to};
    return open_by(&o, c->root);
}

int tki_ottl_test_opener(const struct tki_ottl_opener *o, struct tki_ottl_run *r)
{
    if (!o->part)
        return tki_ottl_is_present(r, o->field);
    int said = tki_ottl_test_part(o->c, o->part, r);
    return said == TKI_OTTL_FAULT ? o->strict : said;
}
