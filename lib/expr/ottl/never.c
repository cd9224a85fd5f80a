/* Conditions that hold for every span, or for none: a value is compared with one of another type, or nothing has the
 * attribute. */
#include "expr/ottl/func.h"

typedef struct tki_ottl_node node;

struct asking {
    const struct tki_ottl_set *set;
    struct tki_ottl_never *why;
};

static const struct tki_field *field_of(const struct asking *a, const node *n)
{
    return n && n->kind == TKI_ON_PATH && n->place == TKI_OP_FIELD ? &a->set->field[n->field] : NULL;
}

/* The type that a path has for every span: the one that it has for a span without anything.  Nil: it depends. */
static struct tki_ov value_of_nothing(const struct asking *a, const node *n)
{
    struct tk_span span = {0};
    struct tk_batch b = {.spans = &span, .nspans = 1};
    struct tki_at at = {.b = &b, .event = TK_NONE, .link = TK_NONE};
    struct tki_arena memory = {0};
    struct tki_ottl_run r = {.at = &at, .fields = a->set->field, .memory = &memory};
    struct tki_ov v = tki_ov_nil();
    const struct tki_field *f = field_of(a, n);
    bool fixed =
        f && n->nkeys == 0 &&
        (f->id == TKI_F_KIND || f->id == TKI_F_STATUS || f->id == TKI_F_NAME || f->id == TKI_F_STATUS_MESSAGE ||
         f->id == TKI_F_TRACE_ID || f->id == TKI_F_SPAN_ID || f->id == TKI_F_PARENT_ID);
    if (fixed && tki_ottl_value(&r, n, &v) != 0)
        v = tki_ov_nil();
    v = (struct tki_ov){.type = v.type}; /* its memory goes */
    tki_arena_free(&memory);
    return v;
}

static bool is_number(const struct tki_ov *v)
{
    return v->type == TKI_OV_INT || v->type == TKI_OV_FLOAT;
}

static bool types_differ(const struct tki_ov *x, const struct tki_ov *y)
{
    bool fixed = is_number(x) || x->type == TKI_OV_STRING || x->type == TKI_OV_ID;
    bool plain = is_number(y) || y->type == TKI_OV_STRING || y->type == TKI_OV_BOOL;
    return fixed && plain && x->type != y->type && !(is_number(x) && is_number(y));
}

/* Whether this side is a path, and the other a literal that it never equals, and is never above or below. */
static bool never_meet(const struct asking *a, const node *path, const node *literal)
{
    const struct tki_field *f = field_of(a, path);
    if (!f || literal->kind != TKI_ON_LITERAL || literal->value.type == TKI_OV_NIL)
        return false;
    if (f->id == TKI_F_ATTR && a->why->absent && a->why->absent(a->why->ctx, f)) {
        a->why->field = f;
        return true;
    }
    struct tki_ov v = value_of_nothing(a, path);
    if (!types_differ(&v, &literal->value))
        return false;
    a->why->path = path->name;
    a->why->is = tki_ov_type_name(&v);
    a->why->with = tki_ov_type_name(&literal->value);
    return true;
}

/* Functions that say no, or have an error, where the first argument is not there. */
static bool asks_absent(const struct asking *a, const node *n)
{
    static const char *const functions[] = {"IsMatch", "HasPrefix", "HasSuffix"};
    const struct tki_field *f = n->nkids ? field_of(a, n->kid[0]) : NULL;
    bool among = false;
    for (size_t i = 0; i < sizeof functions / sizeof *functions; i++)
        among |= strcmp(n->func->name, functions[i]) == 0;
    if (!among || !f || f->id != TKI_F_ATTR || !a->why->absent || !a->why->absent(a->why->ctx, f))
        return false;
    a->why->field = f;
    return true;
}

static bool never(const struct asking *a, const node *n)
{
    bool all = n->kind == TKI_ON_OR;
    switch (n->kind) {
    case TKI_ON_COMPARE:
        return n->op != TKI_NE && (never_meet(a, n->kid[0], n->kid[1]) || never_meet(a, n->kid[1], n->kid[0]));
    case TKI_ON_CALL: return asks_absent(a, n);
    case TKI_ON_AND:
    case TKI_ON_OR:
        for (uint32_t i = 0; i < n->nkids; i++)
            if (never(a, n->kid[i]) != all)
                return !all;
        return all && n->nkids;
    default: return false;
    }
}

bool tki_ottl_never_holds(const struct tki_ottl *c, const struct tki_ottl_set *set, struct tki_ottl_never *why)
{
    struct asking a = {set, why};
    return never(&a, c->root);
}

bool tki_ottl_always_holds(const struct tki_ottl *c)
{
    return c->root->kind == TKI_ON_LITERAL && c->root->value.type == TKI_OV_BOOL && c->root->value.v.b;
}
