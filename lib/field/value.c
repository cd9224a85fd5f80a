#include "field/value.h"

#include <math.h>

#include "base/hash.h"
#include "base/num.h"

struct tki_value tki_value_from(const struct tk_batch *b, const struct tk_value *v)
{
    struct tki_value r = {.type = TKI_V_NIL};
    switch ((enum tk_type)v->type) {
    case TK_EMPTY: break;
    case TK_STRING:
    case TK_BYTES:
        r.type = v->type == TK_STRING ? TKI_V_STRING : TKI_V_BYTES;
        r.v.s = (tk_str){v->v.s, v->n};
        break;
    case TK_BOOL:
        r.type = TKI_V_BOOL;
        r.v.b = v->v.b;
        break;
    case TK_INT:
        r.type = TKI_V_INT;
        r.v.i = v->v.i;
        break;
    case TK_DOUBLE:
        r.type = TKI_V_FLOAT;
        r.v.d = v->v.d;
        break;
    case TK_ARRAY:
    case TK_KVLIST:
        r.type = v->type == TK_ARRAY ? TKI_V_ARRAY : TKI_V_MAP;
        r.v.list.kids = v->n ? b->kids + v->v.first : NULL;
        r.v.list.n = v->n;
        break;
    }
    return r;
}

/* ---- order ---- */

static bool whole(const struct tki_value *v)
{
    return v->type == TKI_V_INT || v->type == TKI_V_DURATION;
}

bool tki_value_numeric(const struct tki_value *v)
{
    return whole(v) || v->type == TKI_V_FLOAT;
}

double tki_value_double(const struct tki_value *v)
{
    return v->type == TKI_V_FLOAT ? v->v.d : (double)v->v.i;
}

int tki_value_order(const struct tki_value *a, const struct tki_value *b)
{
    if (whole(a) && whole(b))
        return (a->v.i > b->v.i) - (a->v.i < b->v.i);
    if (tki_value_numeric(a) && tki_value_numeric(b)) {
        double x = tki_value_double(a), y = tki_value_double(b);
        if (isnan(x) || isnan(y))
            return isnan(y) - isnan(x);
        return (x > y) - (x < y);
    }
    if (a->type != b->type)
        return a->type < b->type ? -1 : 1;
    switch ((enum tki_vtype)a->type) {
    case TKI_V_STRING:
    case TKI_V_BYTES: return tki_str_cmp(a->v.s, b->v.s);
    case TKI_V_BOOL: return a->v.b - b->v.b;
    case TKI_V_STATUS:
    case TKI_V_KIND:
    case TKI_V_TIME:
    case TKI_V_ITEMS: return (a->v.i > b->v.i) - (a->v.i < b->v.i);
    case TKI_V_ID: return tki_id_cmp(a->v.id, b->v.id);
    default: return 0;
    }
}

uint64_t tki_value_hash(const struct tki_value *v)
{
    uint64_t x = 0;
    switch ((enum tki_vtype)v->type) {
    case TKI_V_NIL: break;
    case TKI_V_STRING:
    case TKI_V_BYTES: x = tki_hash(v->v.s.p, v->v.s.n); break;
    case TKI_V_FLOAT: memcpy(&x, &v->v.d, sizeof x); break;
    case TKI_V_BOOL: x = v->v.b; break;
    case TKI_V_ID: x = tki_hash_combine(v->v.id.hi, v->v.id.lo); break;
    case TKI_V_ARRAY:
    case TKI_V_MAP: x = v->v.list.n; break;
    default: x = (uint64_t)v->v.i;
    }
    return tki_hash_combine(v->type, x);
}

bool tki_value_same(const struct tki_value *a, const struct tki_value *b)
{
    if (a->type != b->type)
        return false;
    switch ((enum tki_vtype)a->type) {
    case TKI_V_NIL: return true;
    case TKI_V_STRING:
    case TKI_V_BYTES: return tki_str_eq(a->v.s, b->v.s);
    case TKI_V_FLOAT: return memcmp(&a->v.d, &b->v.d, sizeof a->v.d) == 0;
    case TKI_V_BOOL: return a->v.b == b->v.b;
    case TKI_V_ID: return a->bytes == b->bytes && tki_id_eq(a->v.id, b->v.id);
    case TKI_V_ARRAY:
    case TKI_V_MAP: return a->v.list.kids == b->v.list.kids && a->v.list.n == b->v.list.n;
    default: return a->v.i == b->v.i;
    }
}

/* ---- text ---- */

static void put_quoted(struct tki_buf *to, tk_str s)
{
    tki_buf_putc(to, '"');
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        if (c == '"' || c == '\\')
            tki_buf_printf(to, "\\%c", c);
        else if (c == '\n')
            tki_buf_lit(to, "\\n");
        else if (c == '\t')
            tki_buf_lit(to, "\\t");
        else if (c < ' ' || c == 0x7f)
            tki_buf_printf(to, "\\x%02x", c);
        else
            tki_buf_putc(to, (char)c);
    }
    tki_buf_putc(to, '"');
}

/* In the largest unit that holds it exactly. */
static void put_duration(struct tki_buf *to, int64_t ns)
{
    static const struct {
        int64_t ns;
        const char *unit;
    } units[] = {{3600000000000, "h"}, {60000000000, "m"}, {1000000000, "s"}, {1000000, "ms"}, {1000, "us"}, {1, "ns"}};
    if (ns == 0) {
        tki_buf_lit(to, "0s");
        return;
    }
    size_t i = 0;
    while (ns % units[i].ns)
        i++;
    tki_buf_i64(to, ns / units[i].ns);
    tki_buf_str(to, tki_str(units[i].unit));
}

static void put_double(struct tki_buf *to, double x)
{
    char z[TKI_DOUBLE_CHARS];
    size_t n = tki_fmt_double(z, x);
    tki_buf_put(to, z, n);
    if (!memchr(z, '.', n) && !memchr(z, 'e', n) && !memchr(z, 'N', n) && !memchr(z, 'I', n))
        tki_buf_lit(to, ".0");
}

static void put_word(struct tki_buf *to, const char *name, int64_t number)
{
    if (name)
        tki_buf_str(to, tki_str(name));
    else
        tki_buf_i64(to, number);
}

static void put_element(struct tki_buf *to, const struct tk_value *v)
{
    if (v->type >= TK_BYTES || v->type == TK_EMPTY) {
        tki_buf_lit(to, "<other>");
        return;
    }
    struct tki_value e = tki_value_from(NULL, v);
    tki_value_print(to, &e, true);
}

static void put_array(struct tki_buf *to, const struct tki_value *v)
{
    tki_buf_putc(to, '[');
    for (uint32_t i = 0; i < v->v.list.n; i++) {
        if (i)
            tki_buf_lit(to, ", ");
        put_element(to, &v->v.list.kids[i].value);
    }
    tki_buf_putc(to, ']');
}

void tki_value_print(struct tki_buf *to, const struct tki_value *v, bool quoted)
{
    switch ((enum tki_vtype)v->type) {
    case TKI_V_NIL:
    case TKI_V_ANY: tki_buf_lit(to, "nil"); break;
    case TKI_V_INT:
    case TKI_V_TIME:
    case TKI_V_ITEMS: tki_buf_i64(to, v->v.i); break;
    case TKI_V_FLOAT: put_double(to, v->v.d); break;
    case TKI_V_DURATION: put_duration(to, v->v.i); break;
    case TKI_V_STRING:
        if (quoted)
            put_quoted(to, v->v.s);
        else
            tki_buf_str(to, v->v.s);
        break;
    case TKI_V_BOOL: tki_buf_str(to, tki_str(v->v.b ? "true" : "false")); break;
    case TKI_V_STATUS: put_word(to, tk_status_name((unsigned)v->v.i), v->v.i); break;
    case TKI_V_KIND: put_word(to, tk_kind_name((unsigned)v->v.i), v->v.i); break;
    case TKI_V_ARRAY: put_array(to, v); break;
    case TKI_V_ID:
        if (v->bytes == 16)
            tki_buf_hex64(to, v->v.id.hi);
        tki_buf_hex64(to, v->v.id.lo);
        break;
    case TKI_V_MAP:
    case TKI_V_BYTES:
    case TKI_VTYPES: tki_buf_lit(to, "<other>"); break;
    }
}
