/* What functions make of their arguments: text, and other types. */
#include <math.h>

#include "base/go_number.h"
#include "base/num.h"
#include "expr/ottl/func.h"

typedef struct tki_ottl_node node;
typedef struct tki_ottl_run run;

static const struct tk_batch *batch(const run *r)
{
    return r->at ? r->at->b : NULL;
}

/* ---- text ---- */

static int text_of(run *r, const struct tki_ov *v, struct tki_ov *to)
{
    struct tki_buf b = {0};
    if (v->type == TKI_OV_NIL || v->type == TKI_OV_STRING) {
        *to = *v;
        return 0;
    }
    if (v->type == TKI_OV_BYTES) {
        char *hex = tki_buf_room(&b, 2 * (size_t)v->n + 1);
        if (hex)
            tki_fmt_hex(hex, v->v.s, v->n);
        b.n = hex ? 2 * (size_t)v->n : 0;
        return tki_ottl_keep(r, &b, to);
    }
    if (tki_ov_json(batch(r), v, TKI_OV_JSON, &b))
        return tki_ottl_keep(r, &b, to);
    tki_buf_free(&b);
    return tki_ottl_fault(r, "a number or a time that has no text");
}

enum {
    PDATA_NAN_SINCE = 151,   /* before, what is no number in JSON said so */
    PDATA_PLAIN_SINCE = 152, /* before, <>& were escaped */
};

static void put_non_finite(run *r, double d, struct tki_buf *to)
{
    if (r->release < PDATA_NAN_SINCE)
        tki_buf_printf(to, "json: unsupported value: %s", isnan(d) ? "NaN" : d > 0 ? "+Inf" : "-Inf");
    else
        tki_buf_printf(to, "%s", isnan(d) ? "NaN" : d > 0 ? "Infinity" : "-Infinity");
}

int tki_ottl_as_string(run *r, const struct tki_ov *v, struct tki_ov *to)
{
    enum tki_ov_json how = r->release < PDATA_PLAIN_SINCE ? TKI_OV_ESCAPED : TKI_OV_PDATA;
    struct tki_buf b = {0};
    if (v->type == TKI_OV_NIL || v->type == TKI_OV_STRING) {
        *to = v->type == TKI_OV_NIL ? tki_ov_str(TKI_STR("")) : *v;
        return 0;
    }
    if (v->type == TKI_OV_BYTES)
        tki_buf_base64(&b, v->v.s, v->n);
    else if (v->type == TKI_OV_FLOAT && !isfinite(v->v.d))
        put_non_finite(r, v->v.d, &b);
    else if (!tki_ov_json(batch(r), v, how, &b))
        b.n = 0; /* a list or a map with such a number in it is no text at all */
    return tki_ottl_keep(r, &b, to);
}

/* ---- other types ---- */

/* As amd64 converts what does not fit: the smallest number. */
static int64_t cut(double d)
{
    return d >= -9223372036854775808.0 && d < 9223372036854775808.0 ? (int64_t)d : INT64_MIN;
}

static int intlike(run *r, const struct tki_ov *v, struct tki_ov *to)
{
    int64_t i = 0;
    const char *wrong;
    switch ((enum tki_ovtype)v->type) {
    case TKI_OV_NIL:
    case TKI_OV_INT: *to = *v; return 0;
    case TKI_OV_FLOAT: *to = tki_ov_int(cut(v->v.d)); return 0;
    case TKI_OV_BOOL: *to = tki_ov_int(v->v.b); return 0;
    case TKI_OV_STRING:
        wrong = tki_go_parse_int(tki_ov_text(v), 10, &i);
        *to = wrong ? tki_ov_nil() : tki_ov_int(i);
        return wrong && r->release >= 160 ? tki_ottl_fault(r, wrong) : 0;
    default: return tki_ottl_fault(r, "a value that is no number");
    }
}

static int floatlike(run *r, const struct tki_ov *v, struct tki_ov *to)
{
    double d = 0;
    switch ((enum tki_ovtype)v->type) {
    case TKI_OV_NIL:
    case TKI_OV_FLOAT: *to = *v; return 0;
    case TKI_OV_INT: *to = tki_ov_float((double)v->v.i); return 0;
    case TKI_OV_BOOL: *to = tki_ov_float(v->v.b); return 0;
    case TKI_OV_STRING:
        if (!tki_go_parse_float(tki_ov_text(v), &d))
            return tki_ottl_fault(r, "text that is no number");
        *to = tki_ov_float(d);
        return 0;
    default: return tki_ottl_fault(r, "a value that is no number");
    }
}

static int boollike(run *r, const struct tki_ov *v, struct tki_ov *to)
{
    static const char *const words[] = {"1", "t", "T", "TRUE",  "true",  "True",
                                        "0", "f", "F", "FALSE", "false", "False"};
    enum { WORDS = sizeof words / sizeof *words };
    switch ((enum tki_ovtype)v->type) {
    case TKI_OV_NIL:
    case TKI_OV_BOOL: *to = *v; return 0;
    case TKI_OV_INT: *to = tki_ov_bool(v->v.i != 0); return 0;
    case TKI_OV_FLOAT: *to = tki_ov_bool(v->v.d != 0); return 0;
    case TKI_OV_STRING:
        for (int i = 0; i < WORDS; i++)
            if (tki_str_eq(tki_ov_text(v), tki_str(words[i]))) {
                *to = tki_ov_bool(i < WORDS / 2);
                return 0;
            }
        return tki_ottl_fault(r, "text that is neither true nor false");
    default: return tki_ottl_fault(r, "a value that is neither true nor false");
    }
}

static int byteslike(run *r, const struct tki_ov *v, struct tki_ov *to)
{
    uint64_t bits = (uint64_t)v->v.i;
    char *p;
    switch ((enum tki_ovtype)v->type) {
    case TKI_OV_NIL:
    case TKI_OV_BYTES: *to = *v; return 0;
    case TKI_OV_STRING:
        *to = *v;
        to->type = TKI_OV_BYTES;
        return 0;
    case TKI_OV_BOOL:
    case TKI_OV_INT:
    case TKI_OV_FLOAT: break;
    default: return tki_ottl_fault(r, "a value that has no bytes");
    }
    uint32_t n = v->type == TKI_OV_BOOL ? 1 : 8;
    if (!(p = tki_ottl_alloc(r, n)))
        return TK_ENOMEM;
    if (v->type == TKI_OV_FLOAT)
        memcpy(&bits, &v->v.d, sizeof bits);
    if (n == 1)
        p[0] = v->v.b;
    else
        tki_store_be64(p, bits);
    *to = (struct tki_ov){.type = TKI_OV_BYTES, .n = n, .v.s = p};
    return 0;
}

static int exactly(run *r, enum tki_ovtype type, const struct tki_ov *v, struct tki_ov *to, const char *why)
{
    *to = *v;
    return v->type == type ? 0 : tki_ottl_fault(r, why);
}

int tki_ottl_convert(run *r, enum tki_ottl_want want, const struct tki_ov *v, struct tki_ov *to)
{
    if (v->type == TKI_OV_ADDRESS && want != TKI_OW_ANY)
        return tki_ottl_unknown(r);
    switch (want) {
    case TKI_OW_STRING: return exactly(r, TKI_OV_STRING, v, to, "a value that is no string");
    case TKI_OW_INT: return exactly(r, TKI_OV_INT, v, to, "a value that is no whole number");
    case TKI_OW_FLOAT: return exactly(r, TKI_OV_FLOAT, v, to, "a value that is no double");
    case TKI_OW_BOOL: return exactly(r, TKI_OV_BOOL, v, to, "a value that is no bool");
    case TKI_OW_MAP: return exactly(r, TKI_OV_MAP, v, to, "a value that is no map");
    case TKI_OW_LIST:
        if (v->type == TKI_OV_LIST && v->shape == TKI_OV_WRITTEN && !tki_ov_is_plain(v))
            return tki_ottl_fault(r, "a list with a value that cannot be copied");
        return exactly(r, TKI_OV_LIST, v, to, "a value that is no list");
    case TKI_OW_TIME: return exactly(r, TKI_OV_TIME, v, to, "a value that is no time");
    case TKI_OW_DURATION: return exactly(r, TKI_OV_DURATION, v, to, "a value that is no duration");
    case TKI_OW_TEXT: return text_of(r, v, to);
    case TKI_OW_INTLIKE: return intlike(r, v, to);
    case TKI_OW_FLOATLIKE: return floatlike(r, v, to);
    case TKI_OW_BOOLLIKE: return boollike(r, v, to);
    case TKI_OW_BYTESLIKE: return byteslike(r, v, to);
    default: *to = *v; return 0;
    }
}

/* ---- arguments ---- */

int tki_ottl_arg(run *r, const node *n, uint32_t i, struct tki_ov *to)
{
    *to = tki_ov_nil();
    if (!n->kid[i])
        return 0;
    int rc = tki_ottl_value(r, n->kid[i], to);
    return rc ? rc : tki_ottl_convert(r, n->func->param[i].want, to, to);
}

int tki_ottl_arg_str(run *r, const node *n, uint32_t i, tk_str *to)
{
    struct tki_ov v;
    int rc = tki_ottl_arg(r, n, i, &v);
    *to = rc == 0 ? tki_ov_text(&v) : (tk_str){"", 0};
    return rc;
}

tk_str tki_ottl_const_str(const node *n, uint32_t i, const char *absent)
{
    return n->kid[i] ? tki_ov_text(&n->kid[i]->value) : tki_str(absent);
}

bool tki_ottl_const_bool(const node *n, uint32_t i, bool absent)
{
    return n->kid[i] ? n->kid[i]->value.v.b : absent;
}
