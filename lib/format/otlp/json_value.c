/* Attributes and their values in OTLP JSON.
 *
 * The usual shape of an attribute is matched as a whole before the general way is taken: attributes are most of
 * the bytes of most dumps.
 */
#include "base/num.h"
#include "format/js/simd.h"
#include "format/otlp/json.h"

__attribute__((noinline)) uint64_t tki_oj_long(struct tki_oj *x)
{
    struct tki_js *j = &x->j;
    int64_t low = 0, high = 0;
    tk_str k;
    if (tki_js_object(j))
        while (tki_js_key(j, &k)) {
            if (KEY(k, "low"))
                low = tki_js_i64(j);
            else if (KEY(k, "high"))
                high = tki_js_i64(j);
            else
                tki_js_drop(j, k, "unsigned");
        }
    return (uint64_t)(uint32_t)high << 32 | (uint32_t)low;
}

static void any_value(struct tki_oj *x, struct tk_value *v);
static void attribute(struct tki_oj *x, struct tk_attr *a);

static void string_value(struct tki_oj *x, struct tk_value *v, uint8_t type, tk_str s)
{
    if (s.n > UINT32_MAX)
        tki_js_fail(&x->j, "a value longer than 4 GiB");
    else
        *v = (struct tk_value){.type = type, .n = (uint32_t)s.n, .v.s = s.p};
}

/* Digits alone, as every reader takes them: no exponent, fraction or plus sign. */
static bool is_plain(tk_str s)
{
    for (size_t i = s.n && *s.p == '-'; i < s.n; i++)
        if ((unsigned char)(s.p[i] - '0') > 9)
            return false;
    return tki_js_strict_number(s);
}

/* JavaScript writes large doubles as integers: what no 64 bits hold stays the number it is, as a double. */
static void int_value(struct tki_oj *x, struct tk_value *v)
{
    if (tki_js_peek(&x->j) == '{') {
        x->j.odd = true;
        *v = (struct tk_value){.type = TK_INT, .v.i = (int64_t)tki_oj_long(x)};
        return;
    }
    const char *at = x->j.p;
    tk_str s = tki_js_raw(&x->j);
    int64_t i;
    double d;
    if (s.n >= 2 && *s.p == '"')
        s = (tk_str){s.p + 1, s.n - 2};
    if (tki_parse_i64(s, &i)) {
        *v = (struct tk_value){.type = TK_INT, .v.i = i};
        x->j.odd |= !is_plain(s);
    } else if (tki_parse_double(s, &d)) {
        *v = (struct tk_value){.type = TK_DOUBLE, .v.d = d};
        tki_note(x->b, TK_NOTE_INT_RANGE);
        x->j.odd = true;
    } else if (!x->j.error) {
        x->j.p = at;
        tki_js_fail(&x->j, "expected a whole number");
    }
}

static void bytes_value(struct tki_oj *x, struct tk_value *v)
{
    if (tki_js_peek(&x->j) == '[') { /* as Rust's stdout exporter prints bytes */
        string_value(x, v, TK_BYTES, tki_js_bytes(&x->j));
        return;
    }
    const char *at = x->j.p;
    tk_str s = tki_js_str(&x->j);
    char *to = tk_batch_alloc(x->b, s.n / 4 * 3 + 4);
    size_t n = to ? tki_base64_decode(to, s) : SIZE_MAX;
    if (n == SIZE_MAX) {
        x->j.p = at;
        tki_js_fail(&x->j, "expected base64");
        return;
    }
    if (s.n) /* the alphabet of URLs, or no padding */
        x->j.odd |= s.n % 4 != 0 || tki_str_find(s, '-') || tki_str_find(s, '_');
    string_value(x, v, TK_BYTES, (tk_str){to, n});
}

static void list_items(struct tki_oj *x, uint8_t type)
{
    struct tki_js *j = &x->j;
    if (!tki_js_array(j))
        return;
    while (tki_js_item(j)) {
        struct tk_attr item = {0};
        if (type == TK_ARRAY)
            any_value(x, &item.value);
        else
            attribute(x, &item);
        *tki_batch_push(x->b) = item;
    }
}

/* {"values": [...]} of an array or a key-value list; Rust's stdout exporter prints the list alone. */
static void list_value(struct tki_oj *x, struct tk_value *v, uint8_t type)
{
    struct tki_js *j = &x->j;
    uint32_t base = tki_batch_stack(x->b);
    tk_str k;
    if (tki_js_peek(j) == '[') {
        j->odd = true;
        list_items(x, type);
    } else if (tki_js_object(j)) {
        while (tki_js_key(j, &k))
            if (KEY(k, "values"))
                list_items(x, type);
            else
                tki_js_drop(j, k, NULL);
    }
    tk_range r = tki_batch_pop_kids(x->b, base);
    *v = (struct tk_value){.type = type, .n = r.count, .v.first = r.first};
}

/* {"Value":{"StringValue":"x"}} is how Go's encoding/json prints the protobuf struct: otel-cli's server json. */
#define VALUE_KEY(k, camel, snake, go) (KEY2(k, camel, snake) || KEY(k, go))

static void any_value(struct tki_oj *x, struct tk_value *v)
{
    struct tki_js *j = &x->j;
    tk_str k;
    if (!tki_js_object(j))
        return;
    while (tki_js_key(j, &k)) {
        if (tki_js_null(j))
            continue;
        if (VALUE_KEY(k, "stringValue", "string_value", "StringValue"))
            string_value(x, v, TK_STRING, tki_js_str(j));
        else if (VALUE_KEY(k, "intValue", "int_value", "IntValue"))
            int_value(x, v);
        else if (VALUE_KEY(k, "boolValue", "bool_value", "BoolValue"))
            *v = (struct tk_value){.type = TK_BOOL, .v.b = tki_js_bool(j)};
        else if (VALUE_KEY(k, "doubleValue", "double_value", "DoubleValue"))
            *v = (struct tk_value){.type = TK_DOUBLE, .v.d = tki_js_double(j)};
        else if (VALUE_KEY(k, "arrayValue", "array_value", "ArrayValue"))
            list_value(x, v, TK_ARRAY);
        else if (VALUE_KEY(k, "kvlistValue", "kvlist_value", "KvlistValue") || KEY(k, "kvListValue"))
            list_value(x, v, TK_KVLIST);
        else if (VALUE_KEY(k, "bytesValue", "bytes_value", "BytesValue"))
            bytes_value(x, v);
        else if (KEY(k, "Value"))
            any_value(x, v);
        else
            tki_js_drop(j, k, NULL);
    }
}

#define MATCH(p, literal) (memcmp(p, literal, sizeof(literal) - 1) == 0 && ((p) += sizeof(literal) - 1, true))

/* {"key":"K","value":{"stringValue":"V"}} and its sisters of other types, as nearly every writer has them: what stands
 * behind it, or NULL.  Reads stay inside the padding behind the piece: a mismatch stops at its zeros. */
static inline const char *usual_attribute(struct tki_js *j, const char *p, struct tk_attr *a)
{
    if (!MATCH(p, "{\"key\":\"") || !tki_js_plain_string(&p, &a->key) || !MATCH(p, ",\"value\":{\""))
        return NULL;
    if (MATCH(p, "stringValue\":\"")) {
        tk_str s;
        if (!tki_js_plain_string(&p, &s) || s.n > UINT32_MAX)
            return NULL;
        a->value = (struct tk_value){.type = TK_STRING, .n = (uint32_t)s.n, .v.s = s.p};
    } else if (MATCH(p, "intValue\":\"")) {
        uint64_t n = 0;
        const char *first = p;
        while ((unsigned char)(*p - '0') < 10)
            n = n * 10 + (unsigned char)(*p++ - '0');
        if (p == first || p - first > 18 || *p++ != '"')
            return NULL;
        a->value = (struct tk_value){.type = TK_INT, .v.i = (int64_t)n};
    } else if (MATCH(p, "boolValue\":")) {
        bool yes = MATCH(p, "true");
        if (!yes && !MATCH(p, "false"))
            return NULL;
        a->value = (struct tk_value){.type = TK_BOOL, .v.b = yes};
    } else if (MATCH(p, "doubleValue\":") && (*p == '-' || (unsigned char)(*p - '0') < 10)) {
        const char *before = j->p;
        j->p = p;
        a->value = (struct tk_value){.type = TK_DOUBLE, .v.d = tki_js_double(j)};
        if (j->error)
            return j->p;
        p = j->p;
        j->p = before;
    } else {
        return NULL;
    }
    return MATCH(p, "}}") ? p : NULL;
}

static void unusual_attribute(struct tki_oj *x, struct tk_attr *a)
{
    struct tki_js *j = &x->j;
    tk_str k;
    *a = (struct tk_attr){0};
    if (!tki_js_object(j))
        return;
    while (tki_js_key(j, &k)) {
        if (KEY(k, "key"))
            a->key = tki_js_str(j);
        else if (KEY(k, "value"))
            any_value(x, &a->value);
        else
            tki_js_drop(j, k, NULL);
    }
}

static void attribute(struct tki_oj *x, struct tk_attr *a)
{
    const char *behind = usual_attribute(&x->j, x->j.p, a);
    if (behind)
        x->j.p = behind;
    else
        unusual_attribute(x, a);
}

/* Lists inside go to the kids: an attribute's row stays where it is. */
tk_range tki_oj_attributes(struct tki_oj *x)
{
    struct tki_js *j = &x->j;
    tk_range r = {x->b->nattrs, 0};
    if (!tki_js_array(j))
        return r;
    while (tki_js_item(j)) {
        struct tk_attr *a = tk_batch_add_attr(x->b);
        const char *p = usual_attribute(j, j->p, a);
        while (p && p[0] == ',' && p[1] == '{') {
            j->p = p + 1;
            a = tk_batch_add_attr(x->b);
            p = usual_attribute(j, p + 1, a);
        }
        if (p)
            j->p = p;
        else
            unusual_attribute(x, a);
    }
    r.count = x->b->nattrs - r.first;
    return r;
}
