/* What conditions have in common: parts that mean the same are found when they are opened, by what they consist of. */
#include <stdlib.h>

#include "base/array.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/map.h"
#include "expr/ottl/agents.h"
#include "expr/ottl/func.h"

typedef struct tki_ottl_node node;

/* ---- parts ---- */

static void put(struct tki_buf *to, const void *p, size_t n)
{
    tki_buf_str(to, (tk_str){p, n});
}

static void put_number(struct tki_buf *to, uint64_t v)
{
    put(to, &v, sizeof v);
}

/* Lists and maps are not gone into: each of them is a part of its own. */
static void put_constant(struct tki_buf *to, const node *n)
{
    const struct tki_ov *v = &n->value;
    put_number(to, v->type);
    switch ((enum tki_ovtype)v->type) {
    case TKI_OV_NIL: break;
    case TKI_OV_BOOL: put_number(to, v->v.b); break;
    case TKI_OV_INT:
    case TKI_OV_DURATION: put_number(to, (uint64_t)v->v.i); break;
    case TKI_OV_FLOAT: put(to, &v->v.d, sizeof v->v.d); break;
    case TKI_OV_STRING:
    case TKI_OV_BYTES: tki_buf_str(to, tki_ov_text(v)); break;
    default: put_number(to, (uintptr_t)n);
    }
}

static void put_kids(struct tki_buf *to, node *const *kid, uint32_t n)
{
    put_number(to, n);
    for (uint32_t i = 0; i < n; i++)
        put_number(to, kid[i] ? kid[i]->part : TK_NONE);
}

/* What a node consists of; its kids and keys are parts already. */
static void describe(struct tki_buf *to, const node *n)
{
    put_number(to, n->kind | (uint64_t)n->op << 8 | (uint64_t)n->place << 16 | (uint64_t)n->field << 32);
    put_number(to, (uintptr_t)n->func);
    put_kids(to, n->kid, n->nkids);
    if (n->kind == TKI_ON_LAMBDA)
        put_number(to, (uintptr_t)n); /* its parameters are its own */
    else
        put_kids(to, n->key, n->nkeys);
    put_number(to, n->name.n);
    if (n->kind == TKI_ON_NAME)
        tki_buf_str(to, n->name);
    if (n->kind == TKI_ON_LITERAL || (n->kind == TKI_ON_PATH && n->place == TKI_OP_CONSTANT))
        put_constant(to, n);
}

static uint32_t either(uint32_t x, uint32_t y)
{
    return x == TKI_ON_NOTHING ? y : y == TKI_ON_NOTHING || x == y ? x : TKI_ON_SEVERAL;
}

/* On which field a node depends, apart from its kids and keys.  Of a field whose text does not last, or whose keys ask
 * for more than its value, nothing is remembered. */
static uint32_t depends(const struct tki_ottl_open *o, const node *n)
{
    if (n->kind == TKI_ON_CALL)
        return n->func->of_span ? TKI_ON_SEVERAL : TKI_ON_NOTHING;
    if (n->kind != TKI_ON_PATH || n->place == TKI_OP_CONSTANT)
        return TKI_ON_NOTHING;
    if (n->place != TKI_OP_FIELD || n->nkeys || o->set->field[n->field].form != TKI_AS_VALUE)
        return TKI_ON_SEVERAL;
    return n->field;
}

static int find_part(struct tki_ottl_open *o, node *n)
{
    struct tki_ottl_set *set = o->set;
    struct tki_buf text = {0};
    describe(&text, n);
    int failed = 0;
    tk_str bytes = tki_buf_text(&text, &failed);
    n->part = failed ? TKI_MAP_NONE : tki_symtab_put(&set->parts, bytes);
    tki_buf_free(&text);
    if (n->part == TKI_MAP_NONE || TKI_GROW_ZERO(set->part, set->parts_cap, set->parts.n) < 0)
        return tki_err_memory(o->err);
    struct tki_ottl_part *p = &set->part[n->part];
    bool computed = n->kind == TKI_ON_ARITH || n->kind == TKI_ON_CALL;
    if (p->uses++ && !p->value && computed && !n->inside)
        p->value = ++set->nvalues;
    return 0;
}

static int share(struct tki_ottl_open *o, node *n)
{
    n->on = depends(o, n);
    n->inside = n->kind == TKI_ON_LOCAL;
    for (uint32_t i = 0; i < n->nkids + n->nkeys; i++) {
        node *kid = i < n->nkids ? n->kid[i] : n->key[i - n->nkids];
        if (!kid || (n->kind == TKI_ON_LAMBDA && i >= n->nkids))
            continue;
        int rc = share(o, kid);
        if (rc < 0)
            return rc;
        n->on = either(n->on, kid->on);
        n->inside = n->inside || kid->inside;
    }
    return find_part(o, n);
}

/* ---- what depends on one field alone ---- */

static void number(struct tki_ottl_set *set, node *n)
{
    struct tki_ottl_part *p = &set->part[n->part];
    if (!p->question)
        p->question = ++set->alone[n->on].questions;
    n->question = p->question;
}

/* The largest parts that are true or false and depend on one field. */
static void find_questions(struct tki_ottl_set *set, node *n)
{
    if (n->on < TKI_ON_SEVERAL) {
        number(set, n);
        return;
    }
    bool logic = n->kind == TKI_ON_AND || n->kind == TKI_ON_OR || n->kind == TKI_ON_NOT;
    for (uint32_t i = 0; logic && i < n->nkids; i++)
        find_questions(set, n->kid[i]);
}

int tki_ottl_share(struct tki_ottl_open *o)
{
    struct tki_ottl_set *set = o->set;
    node *root = o->c->root;
    int rc = share(o, root);
    if (rc < 0)
        return rc;
    find_questions(set, root);
    return 0;
}

void tki_ottl_set_free(struct tki_ottl_set *set)
{
    free(set->alone);
    free(set->field);
    free(set->part);
    tki_symtab_free(&set->parts);
    tki_agents_free(set->agents);
    *set = (struct tki_ottl_set){0};
}
