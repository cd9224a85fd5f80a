/* Attributes in the shapes that rows have them in: an object, flat or nested; a list of {key, value}; each value plain,
 * inside an object that names its type, or as the text of JSON. */
#include "base/num.h"
#include "format/codec/codec.h"
#include "format/js/any.h"
#include "format/js/fields.h"
#include "format/rows/rows.h"
#include "model/put.h"

/* ---- one value ---- */

enum wrapper { W_NONE, W_STRING, W_BOOL, W_INT, W_DOUBLE, W_BYTES, W_ARRAY, W_KVLIST };

/* OTLP's names of values, in its two spellings, and Google's, which are among them. */
static enum wrapper wrapper_of(tk_str k)
{
    static const char *const names[] = {"stringvalue", "boolvalue",  "intvalue",   "doublevalue",
                                        "bytesvalue",  "arrayvalue", "kvlistvalue"};
    char plain[16];
    size_t n = 0;
    for (size_t i = 0; i < k.n; i++)
        if (k.p[i] != '_') {
            if (n == sizeof plain)
                return W_NONE;
            plain[n++] = tki_lower(k.p[i]);
        }
    for (unsigned i = 0; i < sizeof names / sizeof *names; i++)
        if (tki_str_eq((tk_str){plain, n}, tki_str(names[i])))
            return (enum wrapper)(i + 1);
    return W_NONE;
}

static void pair(struct tki_js *j, uint8_t as, struct tk_attr *a);

static void wrapped_value(struct tki_js *j, struct tk_value *v);

static void element_of_values(struct tki_js *j, void *kid)
{
    wrapped_value(j, &((struct tk_attr *)kid)->value);
}

static void pair_of_values(struct tki_js *j, void *kid)
{
    pair(j, TKI_AS_WRAPPED, kid);
}

/* {"values":[…]}, of values or of pairs. */
static void wrapped_list(struct tki_js *j, struct tk_value *v, bool pairs)
{
    tk_range r = {0, 0};
    tk_str k;
    if (tki_js_object(j))
        while (tki_js_key(j, &k)) {
            if (TKI_STR_IS(k, "values"))
                r = tki_js_kids(j, pairs ? pair_of_values : element_of_values);
            else
                tki_js_skip(j);
        }
    *v = tki_v_list(pairs ? TK_KVLIST : TK_ARRAY, r);
}

/* Google's texts: {"value": "…", "truncatedByteCount": 0}; elsewhere the text itself. */
static void wrapped_string(struct tki_js *j, struct tk_value *v)
{
    tk_str k, s = {"", 0};
    if (tki_js_peek(j) != '{')
        s = tki_js_str(j);
    else if (tki_js_object(j)) {
        while (tki_js_key(j, &k))
            if (TKI_STR_IS(k, "value"))
                s = tki_js_str(j);
            else
                tki_js_skip(j);
    }
    *v = tki_v_str(s.p ? s : TKI_STR(""));
}

static void wrapped_value(struct tki_js *j, struct tk_value *v)
{
    tk_str k;
    *v = (struct tk_value){0};
    if (tki_js_peek(j) != '{') {
        tki_js_any(j, v);
        return;
    }
    if (!tki_js_object(j))
        return;
    while (tki_js_key(j, &k)) {
        enum wrapper w = tki_js_null(j) ? W_NONE : wrapper_of(k);
        if (w == W_STRING)
            wrapped_string(j, v);
        else if (w == W_BOOL)
            *v = tki_v_bool(tki_js_bool(j));
        else if (w == W_INT)
            *v = tki_v_int(tki_js_i64(j));
        else if (w == W_DOUBLE)
            *v = tki_v_double(tki_js_double(j));
        else if (w == W_ARRAY || w == W_KVLIST)
            wrapped_list(j, v, w == W_KVLIST);
        else if (w == W_BYTES)
            *v = tki_v_str(tki_js_str(j));                        /* base64, as it stands there */
        else if (TKI_STR_IS(k, "Value") && tki_js_peek(j) == '{') /* of Go's structs */
            wrapped_value(j, v);
        else if (tki_js_peek(j) != ',' && *j->p != '}') /* no null */
            tki_js_fail(j, "expected a value of OTLP");
    }
}

/* A text that is JSON becomes what it says; any other one stays. */
static void text_value(struct tki_js *j, struct tk_value *v)
{
    if (tki_js_peek(j) != '"') {
        tki_js_any(j, v);
        return;
    }
    tk_str s = tki_js_str(j);
    if (!tki_js_any_of_text(j->batch, s, v))
        *v = tki_v_str(s);
}

static void element(struct tki_js *j, uint8_t as, struct tk_value *v)
{
    if (as == TKI_AS_WRAPPED)
        wrapped_value(j, v);
    else if (as == TKI_AS_TEXTS)
        text_value(j, v);
    else
        tki_js_any(j, v);
}

/* {"key":…,"value":…} */
static void pair(struct tki_js *j, uint8_t as, struct tk_attr *a)
{
    tk_str k;
    if (!tki_js_object(j))
        return;
    while (tki_js_key(j, &k))
        if (TKI_STR_IS(k, "key"))
            a->key = tki_js_str(j);
        else if (TKI_STR_IS(k, "value"))
            element(j, as, &a->value);
        else
            tki_js_skip(j);
}

/* ---- nested objects ---- */

static void flatten(struct tki_rows *x, const struct tk_value *v, tk_str name)
{
    struct tk_batch *b = x->r.j.batch;
    if (v->type != TK_KVLIST || (v->n == 0 && name.n)) {
        tki_put(b, name, *v);
        return;
    }
    for (uint32_t i = 0; i < v->n; i++) {
        struct tk_attr kid = b->kids[v->v.first + i];
        flatten(x, &kid.value, name.n ? tki_batch_join(b, tki_batch_join(b, name, TKI_STR(".")), kid.key) : kid.key);
    }
}

/* The value of that name, whatever dots of it are nesting; NULL: there is none. */
static const struct tk_value *nested(const struct tk_batch *b, const struct tk_value *v, tk_str name)
{
    if (v->type != TK_KVLIST)
        return NULL;
    for (uint32_t i = 0; i < v->n; i++) {
        const struct tk_attr *kid = &b->kids[v->v.first + i];
        const struct tk_value *found = tki_str_eq(kid->key, name) ? &kid->value : NULL;
        if (!found && tki_str_starts(name, kid->key) && name.n > kid->key.n && name.p[kid->key.n] == '.')
            found = nested(b, &kid->value, (tk_str){name.p + kid->key.n + 1, name.n - kid->key.n - 1});
        if (found)
            return found;
    }
    return NULL;
}

static void nested_attrs(struct tki_rows *x, struct tki_js *j, const struct tki_cell *keys)
{
    struct tk_batch *b = j->batch;
    struct tk_value all;
    struct tki_js names;
    tki_js_any(j, &all);
    if (j->error || !keys || !tki_cell_open(x, keys, &names)) {
        if (!j->error)
            flatten(x, &all, (tk_str){0});
        return;
    }
    if (tki_js_array(&names))
        while (tki_js_item(&names)) {
            tk_str name = tki_js_str(&names);
            const struct tk_value *v = nested(b, &all, name);
            if (v)
                tki_put(b, name, *v);
        }
    tki_cell_failed(x, keys, &names);
}

/* ---- all ---- */

static tk_str with_dots(struct tk_batch *b, tk_str key)
{
    tk_str copy = tki_str_find(key, '@') ? tk_batch_copy(b, key) : key;
    for (size_t i = 0; copy.p != key.p && i < copy.n; i++)
        if (copy.p[i] == '@')
            ((char *)copy.p)[i] = '.';
    return copy;
}

static void pairs(struct tki_js *j, uint8_t as)
{
    if (!tki_js_array(j))
        return;
    while (tki_js_item(j)) {
        struct tk_attr a = {0};
        pair(j, as == TKI_AS_SEEN ? TKI_AS_WRAPPED : as, &a);
        *tk_batch_add_attr(j->batch) = a;
    }
}

tk_range tki_row_attrs(struct tki_rows *x, const struct tki_cell *c, uint8_t as, const struct tki_cell *keys)
{
    struct tk_batch *b = x->r.j.batch;
    struct tki_js j;
    tk_range r = {b->nattrs, 0};
    tk_str k;
    if (!tki_cell_open(x, c, &j))
        return r;
    if (tki_js_peek(&j) == '[')
        pairs(&j, as);
    else if (as == TKI_AS_NESTED)
        nested_attrs(x, &j, keys);
    else if (tki_js_object(&j))
        while (tki_js_key(&j, &k)) {
            struct tk_value v;
            if (as == TKI_AS_WRAPPED && TKI_STR_IS(k, "attributeMap")) { /* Google's object around them */
                const struct tki_cell map = tki_cell_json(&j, c->at);
                tki_js_skip(&j);
                tki_row_attrs(x, &map, as, NULL);
                continue;
            }
            element(&j, as, &v);
            tki_put(b, as == TKI_AS_AT ? with_dots(b, k) : k, v);
        }
    tki_cell_failed(x, c, &j);
    r.count = b->nattrs - r.first;
    return r;
}

void tki_row_attr(struct tki_rows *x, tk_str key, const struct tki_cell *c, uint8_t as)
{
    struct tk_value v;
    uint64_t code;
    if (as == TKI_AS_CODE) {
        if (tki_parse_u64(tki_cell_text(x, c), &code) && code > 99 && code < 1000)
            tki_put(x->r.j.batch, key, tki_v_int((int64_t)code));
        return;
    }
    if (c->json) {
        struct tki_js j;
        tki_js_init(&j, (tk_str){c->json, (size_t)(c->end - c->json)}, 0, x->r.j.batch);
        element(&j, as, &v);
        if (tki_cell_failed(x, c, &j))
            return;
    } else {
        v = tki_v_str(c->text);
    }
    tki_put(x->r.j.batch, as == TKI_AS_AT ? with_dots(x->r.j.batch, key) : key, v);
}
