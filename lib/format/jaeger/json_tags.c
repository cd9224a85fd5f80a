/* Tags of Jaeger's JSON: {"key":K,"type":T,"value":V} in any order and layout, the type perhaps missing or
 * not that of the value. */
#include "base/num.h"
#include "format/jaeger/json.h"
#include "format/js/any.h"
#include "format/js/scan.h"
#include "model/put.h"

#define KEY(k, name) TKI_STR_IS(k, name)

tk_str tki_jaeger_json_text(struct tki_js *j)
{
    tk_str s = tki_js_str(j);
    if (s.n > UINT32_MAX)
        tki_js_fail(j, "a value longer than 4 GiB");
    return s;
}

static size_t hex_decode(char *to, tk_str s)
{
    uint64_t byte;
    if (s.n % 2)
        return SIZE_MAX;
    for (size_t i = 0; i < s.n; i += 2) {
        if (!tki_hex_short((tk_str){s.p + i, 2}, &byte))
            return SIZE_MAX;
        to[i / 2] = (char)byte;
    }
    return s.n / 2;
}

static void binary_value(struct tki_js *j, tk_str s, bool hex, struct tk_value *v)
{
    char *to = tk_batch_alloc(j->batch, s.n / 4 * 3 + 4);
    size_t n = !to ? SIZE_MAX : hex ? hex_decode(to, s) : tki_base64_decode(to, s);
    *v = tki_v_str(s); /* what is neither stays as it is */
    if (n != SIZE_MAX)
        *v = (struct tk_value){.type = TK_BYTES, .n = (uint32_t)n, .v.s = to};
}

/* A value in quotes under a type that is not "string": 64-bit numbers, NaN, the infinities, binary; and
 * whatever tools make of the rest. */
static void quoted_value(struct tki_js *j, tk_str type, bool hex, struct tk_value *v)
{
    tk_str s = tki_jaeger_json_text(j);
    int64_t i;
    double d;
    *v = tki_v_str(s);
    if (KEY(type, "int64") && tki_parse_i64(s, &i))
        *v = tki_v_int(i);
    else if (KEY(type, "float64") && tki_parse_double(s, &d))
        *v = tki_v_double(d);
    else if (KEY(type, "bool") && (KEY(s, "true") || KEY(s, "false")))
        *v = (struct tk_value){.type = TK_BOOL, .v.b = s.n == 4};
    else if (KEY(type, "binary"))
        binary_value(j, s, hex, v);
}

static void tag_value(struct tki_js *j, tk_str type, bool hex, struct tk_value *v)
{
    char c = tki_js_peek(j);
    if (c == '"') {
        if (KEY(type, "string"))
            *v = tki_v_str(tki_jaeger_json_text(j));
        else
            quoted_value(j, type, hex, v);
        return;
    }
    if (KEY(type, "binary") && tki_js_null(j)) {
        *v = (struct tk_value){.type = TK_BYTES, .v.s = ""};
    } else if (KEY(type, "string") && c != 'n') {
        *v = tki_v_str(tki_js_raw(j));
    } else if (KEY(type, "float64") && ((c >= '0' && c <= '9') || c == '-')) {
        *v = (struct tk_value){.type = TK_DOUBLE, .v.d = tki_js_double(j)};
    } else {
        tki_js_any_flat(j, v);
        if (KEY(type, "int64") && v->type == TK_DOUBLE && v->v.d >= (double)INT64_MIN && v->v.d < -(double)INT64_MIN &&
            v->v.d == (double)(int64_t)v->v.d)
            *v = (struct tk_value){.type = TK_INT, .v.i = (int64_t)v->v.d}; /* 5.0, 1e3 */
    }
}

/* The API's name of a type that is spelled in some other way: in capitals, or as Thrift has it. */
static tk_str type_name(tk_str s)
{
    static const char *const names[][2] = {{"string", "string"}, {"bool", "bool"},       {"int64", "int64"},
                                           {"long", "int64"},    {"float64", "float64"}, {"double", "float64"},
                                           {"binary", "binary"}};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (tki_str_same_letters(s, tki_str(names[i][0])))
            return tki_str(names[i][1]);
    return s;
}

/* Reads a tag in any layout.  Returns false when the tag is null, or not wanted for these needs. */
static bool tag(struct tki_js *j, unsigned needs, bool hex, enum tki_jaeger_word *w, struct tk_attr *a)
{
    tk_str k, type = {0};
    const char *early = NULL; /* a value that stands before its type */
    bool typed = false, valued = false;
    *a = (struct tk_attr){0};
    if (!tki_js_object(j))
        return false;
    while (tki_js_key(j, &k)) {
        if (KEY(k, "key")) {
            a->key = tki_js_str(j);
        } else if (KEY(k, "type")) {
            type = type_name(tki_js_str(j));
            typed = true;
        } else if (KEY(k, "value") && typed) {
            tag_value(j, type, hex, &a->value);
            valued = true;
        } else if (KEY(k, "value")) {
            tki_js_peek(j);
            early = j->p;
            tki_js_skip(j);
        } else {
            tki_js_drop(j, k, NULL);
        }
    }
    *w = tki_jaeger_word(a->key);
    if (!tki_jaeger_wants(needs, *w))
        return false;
    if (early && !valued && !j->error) {
        const char *here = j->p;
        j->p = early;
        tag_value(j, type, hex, &a->value);
        if (!j->error)
            j->p = here;
    }
    return true;
}

#define MATCH(p, literal) (memcmp(p, literal, sizeof(literal) - 1) == 0 && ((p) += sizeof(literal) - 1, true))

/* The value of int64 or float64 up to the closing bracket, at p. */
static inline bool plain_number(const char **p, bool whole, struct tk_value *v)
{
    const char *first = *p, *q = first + (*first == '-');
    uint64_t n = 0;
    while ((unsigned char)(*q - '0') < 10)
        n = n * 10 + (unsigned char)(*q++ - '0');
    if (whole) {
        if (q - first < 1 || q - first > 18 || q[-1] == '-')
            return false;
        *v = (struct tk_value){.type = TK_INT, .v.i = *first == '-' ? -(int64_t)n : (int64_t)n};
    } else {
        while ((unsigned char)(*q - '0') < 10 || *q == '.' || *q == 'e' || *q == 'E' || *q == '-' || *q == '+')
            q++;
        double d;
        if (!tki_parse_double((tk_str){first, (size_t)(q - first)}, &d))
            return false;
        *v = tki_v_double(d);
    }
    *p = q;
    return true;
}

/* The end of a tag that is not wanted: p is at its value. */
static inline const char *skip_value(const char *p, const char *end)
{
    if (*p == '"') {
        tk_str s;
        p++;
        if (!tki_js_plain_string(&p, &s))
            p = tki_json_skip_string(p, end);
    } else {
        p = *p == '{' || *p == '[' ? NULL : tki_json_skip_value(p, end);
    }
    return p && *p == '}' ? p + 1 : NULL;
}

enum { NOT_USUAL, TAKEN, PASSED };

/* {"key":"K","type":"T","value":V}, as Jaeger writes it when not asked to print prettily.  Reads stay inside
 * the padding behind the piece: a mismatch stops at its zeros. */
static inline int usual_tag(struct tki_js *j, unsigned needs, enum tki_jaeger_word *w, struct tk_attr *a)
{
    const char *p = j->p;
    tk_str s;
    if (!MATCH(p, "{\"key\":\"") || !tki_js_plain_string(&p, &a->key) || !MATCH(p, ",\"type\":\""))
        return NOT_USUAL;
    *w = tki_jaeger_word(a->key);
    if (!tki_jaeger_wants(needs, *w)) {
        if (!tki_js_plain_string(&p, &s) || !MATCH(p, ",\"value\":") || !(p = skip_value(p, j->end)))
            return NOT_USUAL;
        j->p = p;
        return PASSED;
    }
    if (MATCH(p, "string\",\"value\":\"")) {
        if (!tki_js_plain_string(&p, &s) || s.n > UINT32_MAX)
            return NOT_USUAL;
        a->value = tki_v_str(s);
    } else if (MATCH(p, "int64\",\"value\":")) {
        if (!plain_number(&p, true, &a->value))
            return NOT_USUAL;
    } else if (MATCH(p, "bool\",\"value\":")) {
        bool yes = MATCH(p, "true");
        if (!yes && !MATCH(p, "false"))
            return NOT_USUAL;
        a->value = (struct tk_value){.type = TK_BOOL, .v.b = yes};
    } else if (!MATCH(p, "float64\",\"value\":") || !plain_number(&p, false, &a->value)) {
        return NOT_USUAL;
    }
    if (*p != '}')
        return NOT_USUAL;
    j->p = p + 1;
    return TAKEN;
}

static __attribute__((noinline)) bool unusual_tag(struct tki_jaeger_json *s, unsigned needs, enum tki_jaeger_word *w,
                                                  struct tk_attr *a)
{
    const struct tki_jaeger_dialect *d = s->dialect;
    if (!d->tag)
        return tag(&s->r.j, needs, d->hex, w, a);
    bool is = d->tag(&s->r.j, a);
    *w = tki_jaeger_word(a->key);
    return is && tki_jaeger_wants(needs, *w);
}

/* false: not wanted, or null. */
static inline bool next_tag(struct tki_jaeger_json *s, unsigned needs, enum tki_jaeger_word *w, struct tk_attr *a)
{
    int r = usual_tag(&s->r.j, needs, w, a);
    return r == NOT_USUAL ? unusual_tag(s, needs, w, a) : r == TAKEN;
}

void tki_jaeger_json_add_span_tags(struct tki_jaeger_json *s)
{
    struct tk_attr a;
    enum tki_jaeger_word word;
    if (tki_js_array(&s->r.j))
        while (tki_js_item(&s->r.j))
            if (next_tag(s, s->needs, &word, &a))
                tki_jaeger_tag(&s->w, word, &a);
}

void tki_jaeger_json_span_tags(struct tki_jaeger_json *s)
{
    tki_jaeger_tags_begin(&s->w);
    tki_jaeger_json_add_span_tags(s);
    tki_jaeger_tags_end(&s->w);
}

void tki_jaeger_json_tags(struct tki_jaeger_json *s)
{
    struct tk_attr a;
    enum tki_jaeger_word word;
    if (tki_js_array(&s->r.j))
        while (tki_js_item(&s->r.j))
            if (next_tag(s, TK_NEED_ATTRS, &word, &a))
                *tk_batch_add_attr(s->r.j.batch) = a;
}

/* ---- tags as the members of an object ---- */

/* Jaeger's writer put "@" where dots were. */
static tk_str dotted(struct tk_batch *b, tk_str key)
{
    if (!tki_str_find(key, '@'))
        return key;
    char *p = tk_batch_alloc(b, key.n);
    if (!p)
        return key;
    for (size_t i = 0; i < key.n; i++)
        p[i] = key.p[i] == '@' ? '.' : key.p[i];
    return (tk_str){p, key.n};
}

static bool next_member(struct tki_js *j, unsigned needs, enum tki_jaeger_word *w, struct tk_attr *a)
{
    while (tki_js_key(j, &a->key)) {
        a->key = dotted(j->batch, a->key);
        *w = tki_jaeger_word(a->key);
        if (tki_jaeger_wants(needs, *w)) {
            a->value = (struct tk_value){0};
            tki_js_any_flat(j, &a->value);
            return true;
        }
        tki_js_skip(j);
    }
    return false;
}

void tki_jaeger_json_add_span_tag_object(struct tki_jaeger_json *s)
{
    struct tk_attr a;
    enum tki_jaeger_word word;
    if (tki_js_object(&s->r.j))
        while (next_member(&s->r.j, s->needs, &word, &a))
            tki_jaeger_tag(&s->w, word, &a);
}

void tki_jaeger_json_tag_object(struct tki_jaeger_json *s)
{
    struct tk_attr a;
    enum tki_jaeger_word word;
    if (tki_js_object(&s->r.j))
        while (next_member(&s->r.j, TK_NEED_ATTRS, &word, &a))
            *tk_batch_add_attr(s->r.j.batch) = a;
}
