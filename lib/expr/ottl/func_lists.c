/* Functions of lists and maps. */
#include <math.h>

#include "expr/ottl/func.h"

typedef struct tki_ottl_node node;
typedef struct tki_ottl_run run;

static const struct tk_batch *batch(const run *r)
{
    return r->at ? r->at->b : NULL;
}

/* ---- looking for an element ---- */

/* Elements are compared as conditions compare: 1 is 1.0.  *found: the first one, or -1. */
static int find(run *r, const struct tki_ov *list, const struct tki_ov *item, int64_t *found)
{
    bool dies = false;
    *found = -1;
    for (uint32_t i = 0; i < list->n && *found < 0; i++) {
        struct tki_ov v = tki_ov_item(batch(r), list, i);
        if (tki_ov_compare(batch(r), &v, item, TKI_EQ, &dies))
            *found = i;
    }
    if (!dies)
        return 0;
    r->why = "the collector dies of this: it cannot compare two results of Split";
    return TK_EUNSUPPORTED;
}

static int contains_value(run *r, const node *n, struct tki_ov *to)
{
    struct tki_ov list, item;
    int64_t at = -1;
    int rc = tki_ottl_arg(r, n, 0, &list);
    if (rc == 0)
        rc = tki_ottl_arg(r, n, 1, &item);
    if (rc == 0)
        rc = find(r, &list, &item, &at);
    *to = tki_ov_bool(at >= 0);
    return rc;
}

static int64_t index_of_text(tk_str s, tk_str part)
{
    for (size_t i = 0; i + part.n <= s.n; i++)
        if (part.n == 0 || memcmp(s.p + i, part.p, part.n) == 0)
            return (int64_t)i;
    return -1;
}

static int index_of(run *r, const node *n, struct tki_ov *to)
{
    struct tki_ov in, item;
    int64_t at = -1;
    int rc = tki_ottl_arg(r, n, 0, &in);
    if (rc == 0)
        rc = tki_ottl_arg(r, n, 1, &item);
    if (rc)
        return rc;
    if (in.type == TKI_OV_ADDRESS || (in.type == TKI_OV_STRING && item.type == TKI_OV_ADDRESS))
        return tki_ottl_unknown(r);
    if (in.type == TKI_OV_STRING && item.type == TKI_OV_STRING)
        at = index_of_text(tki_ov_text(&in), tki_ov_text(&item));
    else if (in.type == TKI_OV_STRING)
        return tki_ottl_fault(r, "what is looked for in a string is no string");
    else if (in.type == TKI_OV_LIST && (rc = tki_ottl_convert(r, TKI_OW_LIST, &in, &in)) == 0)
        rc = find(r, &in, &item, &at);
    else if (in.type != TKI_OV_LIST)
        return tki_ottl_fault(r, "a value that is neither a string nor a list");
    *to = tki_ov_int(at);
    return rc;
}

static int coalesce(run *r, const node *n, struct tki_ov *to)
{
    const node *list = n->kid[0];
    int rc = 0;
    *to = tki_ov_nil();
    for (uint32_t i = 0; i < list->nkids && rc == 0 && to->type == TKI_OV_NIL; i++)
        rc = tki_ottl_value(r, list->kid[i], to);
    return rc;
}

static int some_values(struct tki_ottl_open *o, node *n)
{
    return n->kid[0]->nkids ? 0 : tki_ottl_refuse(o, n, "Coalesce needs at least one value");
}

/* ---- maps ---- */

static int members(run *r, const node *n, bool keys, struct tki_ov *to)
{
    struct tki_ov map;
    int rc = tki_ottl_arg(r, n, 0, &map);
    if (rc)
        return rc;
    struct tki_ov *items = tki_ottl_alloc(r, map.n * sizeof *items);
    if (!items)
        return TK_ENOMEM;
    for (uint32_t i = 0; i < map.n; i++) {
        struct tki_ov_pair p = tki_ov_pair(batch(r), &map, i);
        items[i] = keys ? tki_ov_str(p.key) : p.value;
    }
    *to = tki_ov_list(items, map.n);
    return 0;
}

static int map_keys(run *r, const node *n, struct tki_ov *to)
{
    return members(r, n, true, to);
}

static int map_values(run *r, const node *n, struct tki_ov *to)
{
    return members(r, n, false, to);
}

/* ---- sorting ---- */

struct key { /* an element, and what it is sorted by */
    struct tki_ov value, by;
};

/* Returns true if y has to stand in front of x.  What is no number is below all numbers. */
static bool before(const struct key *y, const struct key *x, bool down)
{
    bool dies;
    if (y->by.type == TKI_OV_FLOAT && (isnan(x->by.v.d) || isnan(y->by.v.d)))
        return down ? isnan(x->by.v.d) && !isnan(y->by.v.d) : isnan(y->by.v.d) && !isnan(x->by.v.d);
    return tki_ov_compare(NULL, &y->by, &x->by, down ? TKI_GT : TKI_LT, &dies);
}

/* Merges runs that double in length; elements that are equal keep their order.  room has as many elements. */
static void merge_sort(struct key *keys, struct key *room, size_t n, bool down)
{
    for (size_t width = 1; width < n; width *= 2) {
        for (size_t from = 0; from < n; from += 2 * width) {
            size_t middle = from + width < n ? from + width : n, end = middle + width < n ? middle + width : n;
            for (size_t i = from, j = middle, k = from; k < end; k++)
                room[k] = j < end && (i == middle || before(&keys[j], &keys[i], down)) ? keys[j++] : keys[i++];
        }
        memcpy(keys, room, n * sizeof *keys);
    }
}

/* What elements of these types are sorted by: numbers, text, or (NIL) nothing, then they stay in their order. */
static enum tki_ovtype common_type(run *r, const struct tki_ov *list)
{
    unsigned seen = 0;
    for (uint32_t i = 0; i < list->n; i++) {
        struct tki_ov v = tki_ov_item(batch(r), list, i);
        seen |= 1u << v.type;
    }
    unsigned ints = 1u << TKI_OV_INT, reals = 1u << TKI_OV_FLOAT, text = 1u << TKI_OV_STRING, truth = 1u << TKI_OV_BOOL;
    text |= 1u << TKI_OV_NIL;
    if (seen == ints)
        return TKI_OV_INT;
    if (!(seen & ~(ints | reals)))
        return TKI_OV_FLOAT;
    return seen & ~(ints | reals | text | truth) ? TKI_OV_NIL : TKI_OV_STRING;
}

static int sort_key(run *r, enum tki_ovtype type, struct key *k)
{
    if (type == TKI_OV_STRING)
        return tki_ottl_as_string(r, &k->value, &k->by);
    if (type == TKI_OV_FLOAT)
        return tki_ottl_convert(r, TKI_OW_FLOATLIKE, &k->value, &k->by);
    k->by = k->value;
    return 0;
}

static int sort_list(run *r, const node *n, struct tki_ov *to)
{
    struct tki_ov list;
    bool down = TKI_STR_IS(tki_ottl_const_str(n, 1, "asc"), "desc");
    int rc = tki_ottl_arg(r, n, 0, &list);
    if (rc)
        return rc;
    if (list.type != TKI_OV_LIST || (list.shape == TKI_OV_WRITTEN && !tki_ov_is_plain(&list)))
        return tki_ottl_fault(r, "a value that cannot be sorted");
    struct key *keys = tki_ottl_alloc(r, 2 * (size_t)list.n * sizeof *keys);
    struct tki_ov *items = tki_ottl_alloc(r, list.n * sizeof *items);
    if (!keys || !items)
        return TK_ENOMEM;
    enum tki_ovtype type = common_type(r, &list);
    for (uint32_t i = 0; i < list.n && rc == 0; i++) {
        keys[i].value = tki_ov_item(batch(r), &list, i);
        rc = sort_key(r, type, &keys[i]);
    }
    if (rc == 0 && type != TKI_OV_NIL)
        merge_sort(keys, keys + list.n, list.n, down);
    for (uint32_t i = 0; i < list.n && rc == 0; i++)
        items[i] = keys[i].value;
    *to = tki_ov_list(items, list.n);
    to->shape = list.shape == TKI_OV_STRINGS ? TKI_OV_STRINGS : type == TKI_OV_NIL ? TKI_OV_SLICE : TKI_OV_OWN;
    return rc;
}

static int order_word(struct tki_ottl_open *o, node *n)
{
    tk_str word = tki_ottl_const_str(n, 1, "asc");
    if (TKI_STR_IS(word, "asc") || TKI_STR_IS(word, "desc"))
        return 0;
    return tki_ottl_refuse(o, n->kid[1], "Sort takes \"asc\" or \"desc\"");
}

/* ---- lists of maps ---- */

/* The value at a path of keys; TKI_OTTL_FAULT when there is none. */
static int at_path(run *r, const node *path, struct tki_ov *v)
{
    for (uint32_t i = 0; i < path->nkids; i++) {
        struct tki_ov of = *v;
        if (of.type != TKI_OV_MAP || !tki_ov_find(batch(r), &of, tki_ov_text(&path->kid[i]->value), v))
            return tki_ottl_fault(r, "an element without the path of keys");
    }
    return 0;
}

static int member_of(run *r, const node *n, uint32_t i, const struct tki_ov *item, struct tki_ov_pair *to)
{
    struct tki_ov key = *item;
    to->value = *item;
    if ((n->kid[1] || n->kid[2]) && item->type != TKI_OV_MAP)
        return tki_ottl_fault(r, "an element that is no map");
    int rc = n->kid[1] ? at_path(r, n->kid[1], &key) : 0;
    if (rc == 0 && n->kid[1] && key.type != TKI_OV_STRING)
        rc = tki_ottl_fault(r, "a key that is no string");
    if (rc == 0 && n->kid[2])
        rc = at_path(r, n->kid[2], &to->value);
    if (rc == 0 && !n->kid[1]) {
        struct tki_ov number = tki_ov_int(i);
        rc = tki_ottl_convert(r, TKI_OW_TEXT, &number, &key);
    }
    to->key = rc == 0 ? tki_ov_text(&key) : (tk_str){0};
    return rc;
}

static int slice_to_map(run *r, const node *n, struct tki_ov *to)
{
    struct tki_ov list;
    uint32_t used = 0;
    int rc = tki_ottl_arg(r, n, 0, &list);
    if (rc)
        return rc;
    struct tki_ov_pair *pairs = tki_ottl_alloc(r, list.n * sizeof *pairs);
    if (!pairs)
        return TK_ENOMEM;
    for (uint32_t i = 0; i < list.n && rc == 0; i++) {
        struct tki_ov item = tki_ov_item(batch(r), &list, i);
        struct tki_ov_pair p;
        uint32_t k = 0;
        rc = member_of(r, n, i, &item, &p);
        while (rc == 0 && k < used && !tki_str_eq(pairs[k].key, p.key))
            k++;
        if (rc == 0)
            pairs[k] = p;
        used += rc == 0 && k == used;
    }
    *to = tki_ov_map(pairs, used);
    return rc;
}

static int paths_given(struct tki_ottl_open *o, node *n)
{
    if (o->c->release < 131 && !n->kid[1])
        return tki_ottl_refuse(o, n, "SliceToMap needs the path of the key before 0.131");
    return 0;
}

const struct tki_ottl_func tki_ottl_lists[] = {
    {.name = "ContainsValue",
     .since = 129,
     .param = {{"target", TKI_OW_LIST, false}, {"item", TKI_OW_ANY, false}},
     .call = contains_value},
    {.name = "Index",
     .since = 134,
     .param = {{"target", TKI_OW_ANY, false}, {"value", TKI_OW_ANY, false}},
     .call = index_of},
    {.name = "Coalesce",
     .since = 150,
     .param = {{"values", TKI_OW_VALUES, false}},
     .call = coalesce,
     .prepare = some_values},
    {.name = "Keys", .since = 130, .param = {{"target", TKI_OW_MAP, false}}, .call = map_keys},
    {.name = "Values", .since = 131, .param = {{"target", TKI_OW_MAP, false}}, .call = map_values},
    {.name = "Sort",
     .param = {{"target", TKI_OW_ANY, false}, {"order", TKI_OW_CONST_STRING, true}},
     .call = sort_list,
     .prepare = order_word},
    {.name = "SliceToMap",
     .param = {{"target", TKI_OW_LIST, false},
               {"key_path", TKI_OW_CONST_STRINGS, true},
               {"value_path", TKI_OW_CONST_STRINGS, true}},
     .call = slice_to_map,
     .prepare = paths_given},
    {0}};
