/* Functions that take a function: Any, All, Filter, Find, MapEach, MapKeys, Reduce, When. */
#include "expr/ottl/members.h"

typedef struct tki_ottl_node node;
typedef struct tki_ottl_run run;

/* ---- lists and maps, element by element ---- */

struct walk {
    run *r;
    struct tki_ov of;
    uint32_t at; /* the next element */
    struct tki_ov key, value;
};

static int begin(struct walk *w, run *r, const node *n)
{
    *w = (struct walk){.r = r};
    int rc = tki_ottl_value(r, n->kid[0], &w->of);
    if (rc)
        return rc;
    if (w->of.type == TKI_OV_LIST && w->of.shape == TKI_OV_WRITTEN && !tki_ov_is_plain(&w->of))
        return tki_ottl_fault(r, "a list with a value that cannot be copied");
    return w->of.type == TKI_OV_LIST || w->of.type == TKI_OV_MAP
               ? 0
               : tki_ottl_fault(r, "a value that is neither a list nor a map");
}

static bool next(struct walk *w)
{
    const struct tk_batch *b = w->r->at ? w->r->at->b : NULL;
    if (w->at == w->of.n)
        return false;
    if (w->of.type == TKI_OV_MAP) {
        struct tki_ov_pair p = tki_ov_pair(b, &w->of, w->at);
        w->key = tki_ov_str(p.key);
        w->value = p.value;
    } else {
        w->key = tki_ov_int(w->at);
        w->value = tki_ov_item(b, &w->of, w->at);
    }
    w->at++;
    return true;
}

static int apply(const struct walk *w, const node *lambda, struct tki_ov *to)
{
    const struct tki_ov args[] = {w->key, w->value};
    return tki_ottl_apply(w->r, lambda, args, to);
}

static int holds(const struct walk *w, const node *lambda, bool *yes)
{
    struct tki_ov v;
    int rc = apply(w, lambda, &v);
    if (rc == 0 && v.type != TKI_OV_BOOL)
        rc = tki_ottl_fault(w->r, "a function that must give a bool, and gives something else");
    *yes = rc == 0 && v.v.b;
    return rc;
}

/* What a function makes of elements: a list, or a map with the same keys. */
struct made {
    struct tki_ottl_items items;
    struct tki_ottl_members members;
};

static int add(const struct walk *w, struct made *m, struct tki_ov v)
{
    bool copied = v.type == TKI_OV_MAP || tki_ov_is_slice(&v) || (v.type == TKI_OV_LIST && v.shape == TKI_OV_STRINGS);
    if (!copied && !tki_ov_is_plain(&v))
        return tki_ottl_fault(w->r, "a value that a list or a map cannot hold");
    return w->of.type == TKI_OV_MAP ? tki_ottl_put(w->r, &m->members, tki_ov_text(&w->key), v)
                                    : tki_ottl_push(w->r, &m->items, v);
}

static struct tki_ov finish(const struct walk *w, const struct made *m)
{
    return w->of.type == TKI_OV_MAP ? tki_ottl_map_of(&m->members) : tki_ottl_list_of(&m->items);
}

/* ---- the functions ---- */

/* Any stops at the first yes, All at the first no. */
static int decide(run *r, const node *n, bool stop_at, struct tki_ov *to)
{
    struct walk w;
    bool yes = !stop_at;
    int rc = begin(&w, r, n);
    while (rc == 0 && yes != stop_at && next(&w))
        rc = holds(&w, n->kid[1], &yes);
    *to = tki_ov_bool(yes);
    return rc;
}

static int any(run *r, const node *n, struct tki_ov *to)
{
    return decide(r, n, true, to);
}

static int all(run *r, const node *n, struct tki_ov *to)
{
    return decide(r, n, false, to);
}

static int filter(run *r, const node *n, struct tki_ov *to)
{
    struct made m = {0};
    struct walk w;
    bool yes;
    int rc = begin(&w, r, n);
    while (rc == 0 && next(&w)) {
        rc = holds(&w, n->kid[1], &yes);
        if (rc == 0 && yes)
            rc = add(&w, &m, w.value);
    }
    *to = finish(&w, &m);
    return rc;
}

static int find(run *r, const node *n, struct tki_ov *to)
{
    struct walk w;
    bool yes = false;
    int rc = begin(&w, r, n);
    while (rc == 0 && !yes && next(&w))
        rc = holds(&w, n->kid[1], &yes);
    *to = yes ? w.value : tki_ov_nil();
    return rc == 0 && yes && n->kid[2] ? apply(&w, n->kid[2], to) : rc;
}

static int map_each(run *r, const node *n, struct tki_ov *to)
{
    struct made m = {0};
    struct walk w;
    struct tki_ov v;
    int rc = begin(&w, r, n);
    while (rc == 0 && next(&w)) {
        rc = apply(&w, n->kid[1], &v);
        if (rc == 0)
            rc = add(&w, &m, v);
    }
    *to = finish(&w, &m);
    return rc;
}

static int map_keys(run *r, const node *n, struct tki_ov *to)
{
    struct tki_ottl_members m = {0};
    struct walk w;
    struct tki_ov v;
    int rc = begin(&w, r, n);
    if (rc == 0 && w.of.type != TKI_OV_MAP)
        rc = tki_ottl_fault(r, "a value that is no map");
    while (rc == 0 && next(&w)) {
        rc = apply(&w, n->kid[1], &v);
        if (rc == 0 && v.type != TKI_OV_STRING)
            rc = tki_ottl_fault(r, "a key that is no string");
        if (rc == 0)
            rc = tki_ottl_put(r, &m, tki_ov_text(&v), w.value);
    }
    *to = tki_ottl_map_of(&m);
    return rc;
}

static int reduce(run *r, const node *n, struct tki_ov *to)
{
    struct walk w;
    int rc = begin(&w, r, n);
    if (rc == 0)
        rc = tki_ottl_arg(r, n, 1, to);
    while (rc == 0 && next(&w)) {
        const struct tki_ov args[] = {*to, w.key, w.value};
        rc = tki_ottl_apply(r, n->kid[2], args, to);
    }
    return rc;
}

static int when(run *r, const node *n, struct tki_ov *to)
{
    struct tki_ov v;
    int rc = tki_ottl_apply(r, n->kid[0], NULL, &v);
    if (rc)
        return rc;
    if (v.type != TKI_OV_BOOL)
        return tki_ottl_fault(r, "a function that must give a bool, and gives something else");
    return tki_ottl_arg(r, n, v.v.b ? 1 : 2, to);
}

/* Each function has so many parameters. */
static int parameters(struct tki_ottl_open *o, node *n)
{
    for (uint32_t i = 0; i < n->nkids; i++) {
        const node *kid = n->kid[i];
        if (!kid || kid->kind != TKI_ON_LAMBDA)
            continue;
        uint32_t wanted = n->func->call == when ? 0 : n->func->call == reduce ? 3 : 2;
        if (kid->nkeys != wanted)
            return tki_ottl_refuse(o, kid, "a function for %s has %u parameters, not %u", n->func->name, wanted,
                                   kid->nkeys);
    }
    return 0;
}

#define SOURCE                      \
    {                               \
        "source", TKI_OW_ANY, false \
    }
#define LAMBDA(name, optional)            \
    {                                     \
        (name), TKI_OW_LAMBDA, (optional) \
    }
#define OVER(name_, call_)                                                                             \
    {                                                                                                  \
        .name = (name_), .since = 157, .param = {SOURCE, LAMBDA("predicate", false)}, .call = (call_), \
        .prepare = parameters                                                                          \
    }

const struct tki_ottl_func tki_ottl_lambdas[] = {
    OVER("Any", any),
    OVER("All", all),
    OVER("Filter", filter),
    {.name = "Find",
     .since = 157,
     .param = {SOURCE, LAMBDA("predicate", false), LAMBDA("mapper", true)},
     .call = find,
     .prepare = parameters},
    {.name = "MapEach",
     .since = 157,
     .param = {SOURCE, LAMBDA("mapper", false)},
     .call = map_each,
     .prepare = parameters},
    {.name = "MapKeys",
     .since = 157,
     .param = {{"source", TKI_OW_MAP, false}, LAMBDA("key_mapper", false)},
     .call = map_keys,
     .prepare = parameters},
    {.name = "Reduce",
     .since = 157,
     .param = {SOURCE, {"seed", TKI_OW_ANY, false}, LAMBDA("accumulator", false)},
     .call = reduce,
     .prepare = parameters},
    {.name = "When",
     .since = 157,
     .param = {LAMBDA("condition", false), {"true_value", TKI_OW_ANY, false}, {"false_value", TKI_OW_ANY, false}},
     .call = when,
     .prepare = parameters},
    {0}};
