#include "expr/ottl/value.h"

#include <math.h>
#include <stdlib.h>

#include "base/num.h"
#include "base/time.h"

enum { NS = 1000000000 };

/* ---- times ---- */

struct tki_ov tki_ov_time(int64_t ns)
{
    int64_t sec = ns / NS, rest = ns % NS;
    struct tki_ov v = {.type = TKI_OV_TIME};
    v.v.t.sec = rest < 0 ? sec - 1 : sec;
    v.v.t.ns = (uint32_t)(rest < 0 ? rest + NS : rest);
    return v;
}

int64_t tki_ov_unix_nano(const struct tki_ov *time)
{
    return (int64_t)((uint64_t)time->v.t.sec * NS + time->v.t.ns);
}

/* ---- from fields ---- */

static void put_type(struct tki_ov *to, enum tki_ovtype type)
{
    to->type = (uint8_t)type;
    to->shape = to->bytes = 0;
    to->n = 0;
}

static void put_text(struct tki_ov *to, enum tki_ovtype type, tk_str s)
{
    put_type(to, type);
    to->n = (uint32_t)s.n;
    to->v.s = s.n ? s.p : "";
}

static void put_whole(struct tki_ov *to, enum tki_ovtype type, int64_t i)
{
    put_type(to, type);
    to->v.i = i;
}

static void put_kids(struct tki_ov *to, enum tki_ovtype type, const struct tki_value *v)
{
    put_type(to, type);
    to->shape = TKI_OV_BATCH;
    to->n = v->v.list.n;
    to->v.kids = v->v.list.kids;
}

void tki_ov_put_from(struct tki_ov *to, const struct tki_value *v)
{
    switch ((enum tki_vtype)v->type) {
    case TKI_V_INT:
    case TKI_V_STATUS:
    case TKI_V_KIND: put_whole(to, TKI_OV_INT, v->v.i); break;
    case TKI_V_FLOAT: *to = tki_ov_float(v->v.d); break;
    case TKI_V_BOOL: *to = tki_ov_bool(v->v.b); break;
    case TKI_V_DURATION: *to = tki_ov_duration(v->v.i); break;
    case TKI_V_TIME: *to = tki_ov_time(v->v.i); break;
    case TKI_V_STRING: put_text(to, TKI_OV_STRING, v->v.s); break;
    case TKI_V_BYTES: put_text(to, TKI_OV_BYTES, v->v.s); break;
    case TKI_V_ITEMS: put_whole(to, TKI_OV_ITEMS, v->v.i); break;
    case TKI_V_ID:
        put_type(to, TKI_OV_ID);
        to->bytes = v->bytes;
        to->v.id = v->v.id;
        break;
    case TKI_V_ARRAY: put_kids(to, TKI_OV_LIST, v); break;
    case TKI_V_MAP: put_kids(to, TKI_OV_MAP, v); break;
    case TKI_V_NIL:
    case TKI_V_ANY:
    case TKI_VTYPES: *to = tki_ov_nil(); break;
    }
}

void tki_ov_put_of(struct tki_ov *to, const struct tk_batch *b, const struct tk_value *v)
{
    if (v->type == TK_STRING) { /* most are */
        put_text(to, TKI_OV_STRING, (tk_str){v->v.s, v->n});
    } else if (v->type == TK_INT) {
        put_whole(to, TKI_OV_INT, v->v.i);
    } else {
        const struct tki_value x = tki_value_from(b, v);
        tki_ov_put_from(to, &x);
    }
}

/* ---- elements ---- */

static struct tki_ov of_kid(const struct tk_batch *b, const struct tk_attr *kid)
{
    struct tki_ov v;
    tki_ov_put_of(&v, b, &kid->value);
    return v;
}

struct tki_ov tki_ov_item(const struct tk_batch *b, const struct tki_ov *list, uint32_t i)
{
    return list->shape == TKI_OV_BATCH ? of_kid(b, &list->v.kids[i]) : list->v.items[i];
}

struct tki_ov_pair tki_ov_pair(const struct tk_batch *b, const struct tki_ov *map, uint32_t i)
{
    if (map->shape != TKI_OV_BATCH)
        return map->v.pairs[i];
    return (struct tki_ov_pair){map->v.kids[i].key, of_kid(b, &map->v.kids[i])};
}

bool tki_ov_find(const struct tk_batch *b, const struct tki_ov *map, tk_str key, struct tki_ov *to)
{
    for (uint32_t i = 0; i < map->n; i++) {
        tk_str name = map->shape == TKI_OV_BATCH ? map->v.kids[i].key : map->v.pairs[i].key;
        if (!tki_str_eq(name, key))
            continue;
        *to = tki_ov_pair(b, map, i).value;
        return true;
    }
    return false;
}

/* ---- comparing ---- */

/* What an operator says to an order: below 0, 0, above 0. */
static bool by_order(int order, enum tki_ov_op op)
{
    switch (op) {
    case TKI_EQ: return order == 0;
    case TKI_NE: return order != 0;
    case TKI_LT: return order < 0;
    case TKI_LE: return order <= 0;
    case TKI_GE: return order >= 0;
    case TKI_GT: return order > 0;
    }
    return false;
}

/* Of types that are equal or not, and in no order. */
static bool by_equality(bool equal, enum tki_ov_op op)
{
    return op == TKI_EQ ? equal : op == TKI_NE && !equal;
}

static bool by_double(double x, double y, enum tki_ov_op op)
{
    if (isnan(x) || isnan(y))
        return op == TKI_NE;
    return by_order((x > y) - (x < y), op);
}

static int order_whole(int64_t x, int64_t y)
{
    return (x > y) - (x < y);
}

/* Go counts seconds from the year 1 on, and they wrap around. */
int64_t tki_ov_go_seconds(const struct tki_ov *time)
{
    return (int64_t)((uint64_t)time->v.t.sec + 62135596800u);
}

static int order_times(const struct tki_ov *x, const struct tki_ov *y)
{
    int sec = order_whole(tki_ov_go_seconds(x), tki_ov_go_seconds(y));
    return sec ? sec : order_whole(x->v.t.ns, y->v.t.ns);
}

static bool same(const struct tk_batch *b, const struct tki_ov *x, const struct tki_ov *y);

static bool same_maps(const struct tk_batch *b, const struct tki_ov *x, const struct tki_ov *y)
{
    if (x->n != y->n)
        return false;
    for (uint32_t i = 0; i < x->n; i++) {
        struct tki_ov_pair p = tki_ov_pair(b, x, i);
        struct tki_ov other;
        if (!tki_ov_find(b, y, p.key, &other) || !same(b, &p.value, &other))
            return false;
    }
    return true;
}

static bool same_lists(const struct tk_batch *b, const struct tki_ov *x, const struct tki_ov *y)
{
    if (x->n != y->n)
        return false;
    for (uint32_t i = 0; i < x->n; i++) {
        struct tki_ov p = tki_ov_item(b, x, i), q = tki_ov_item(b, y, i);
        if (!same(b, &p, &q))
            return false;
    }
    return true;
}

/* Inside lists and maps types are strict: 1 is not 1.0. */
static bool same(const struct tk_batch *b, const struct tki_ov *x, const struct tki_ov *y)
{
    if (x->type != y->type)
        return false;
    switch ((enum tki_ovtype)x->type) {
    case TKI_OV_NIL:
    case TKI_OV_STATUS: return true;
    case TKI_OV_BOOL: return x->v.b == y->v.b;
    case TKI_OV_FLOAT: return x->v.d == y->v.d;
    case TKI_OV_INT:
    case TKI_OV_PORT:
    case TKI_OV_DURATION: return x->v.i == y->v.i;
    case TKI_OV_ITEMS: return x->bytes == y->bytes;
    case TKI_OV_STRING:
    case TKI_OV_BYTES: return tki_str_eq(tki_ov_text(x), tki_ov_text(y));
    case TKI_OV_TIME: return order_times(x, y) == 0;
    case TKI_OV_ID: return x->bytes == y->bytes && tki_id_eq(x->v.id, y->v.id);
    case TKI_OV_LIST: return (x->shape == TKI_OV_STRINGS) == (y->shape == TKI_OV_STRINGS) && same_lists(b, x, y);
    case TKI_OV_MAP: return same_maps(b, x, y);
    case TKI_OV_ADDRESS:
    case TKI_OVTYPES: break;
    }
    return false;
}

static bool is_number(const struct tki_ov *v)
{
    return v->type == TKI_OV_INT || v->type == TKI_OV_FLOAT;
}

static bool is_nil(const struct tki_ov *v)
{
    return v->type == TKI_OV_NIL || (v->type == TKI_OV_BYTES && v->n == 0);
}

static double as_double(const struct tki_ov *v)
{
    return v->type == TKI_OV_INT ? (double)v->v.i : v->v.d;
}

static bool of_strings(const struct tki_ov *v)
{
    return v->type == TKI_OV_LIST && v->shape == TKI_OV_STRINGS;
}

bool tki_ov_compare(const struct tk_batch *b, const struct tki_ov *x, const struct tki_ov *y, enum tki_ov_op op,
                    bool *dies)
{
    if (x->type == TKI_OV_INT && y->type == TKI_OV_INT)
        return by_order(order_whole(x->v.i, y->v.i), op);
    if (is_number(x) && is_number(y))
        return by_double(as_double(x), as_double(y), op);
    if (is_nil(x) || is_nil(y))
        return is_nil(x) && is_nil(y) ? by_order(0, op) : op == TKI_NE;
    if (x->type != y->type)
        return op == TKI_NE;
    if (of_strings(x) || of_strings(y)) {
        /* Two Go slices of strings in an interface cannot be compared with == and !=. */
        *dies = of_strings(x) && of_strings(y) && (op == TKI_EQ || op == TKI_NE);
        return op == TKI_NE;
    }
    switch ((enum tki_ovtype)x->type) {
    case TKI_OV_BOOL: return by_order((int)x->v.b - (int)y->v.b, op);
    case TKI_OV_STRING:
    case TKI_OV_BYTES: return by_order(tki_str_cmp(tki_ov_text(x), tki_ov_text(y)), op);
    case TKI_OV_TIME: return by_order(order_times(x, y), op);
    case TKI_OV_DURATION: return by_order(order_whole(x->v.i, y->v.i), op);
    case TKI_OV_PORT: return op == TKI_NE ? x->v.i != y->v.i : op == TKI_EQ && x->v.i == y->v.i;
    case TKI_OV_ADDRESS: return op == TKI_NE;
    default: return by_equality(same(b, x, y), op);
    }
}

/* ---- copies ---- */

bool tki_ov_is_plain(const struct tki_ov *v)
{
    bool plain = v->type <= TKI_OV_BYTES || v->type == TKI_OV_PORT || v->type == TKI_OV_ADDRESS;
    if (v->type == TKI_OV_LIST && v->shape == TKI_OV_OWN)
        return true;
    if (v->type != TKI_OV_LIST || v->shape != TKI_OV_WRITTEN)
        return plain;
    for (uint32_t i = 0; i < v->n; i++)
        if (!tki_ov_is_plain(&v->v.items[i]))
            return false;
    return true;
}

bool tki_ov_fits_map(const struct tki_ov *v)
{
    if (v->type == TKI_OV_MAP)
        return true;
    if (v->type != TKI_OV_LIST || v->shape != TKI_OV_WRITTEN)
        return tki_ov_is_plain(v);
    for (uint32_t i = 0; i < v->n; i++)
        if (v->v.items[i].type != TKI_OV_MAP && !tki_ov_is_plain(&v->v.items[i]))
            return false;
    return true;
}

/* ---- text ---- */

void tki_ov_put_time(struct tki_buf *to, const struct tki_ov *time)
{
    int64_t local = time->v.t.sec + time->v.t.zone, days = local / 86400, rest = local % 86400;
    unsigned year, month, day;
    if (rest < 0) {
        rest += 86400;
        days--;
    }
    tki_date_of_days(days, &year, &month, &day);
    tki_buf_printf(to, "%04u-%02u-%02uT%02d:%02d:%02d", year, month, day, (int)(rest / 3600), (int)(rest / 60 % 60),
                   (int)(rest % 60));
    if (time->v.t.ns) {
        char digits[16];
        int n = 9;
        tki_fmt_digits(digits, 9, time->v.t.ns);
        while (digits[n - 1] == '0')
            n--;
        tki_buf_printf(to, ".%.*s", n, digits);
    }
    int zone = time->v.t.zone / 60, apart = zone < 0 ? -zone : zone;
    if (zone == 0)
        tki_buf_lit(to, "Z");
    else
        tki_buf_printf(to, "%c%02d:%02d", zone < 0 ? '-' : '+', apart / 60, apart % 60);
}

/* ---- JSON ---- */

static void put_string(struct tki_buf *to, tk_str s, enum tki_ov_json how)
{
    bool escaped = how != TKI_OV_PDATA;
    tki_buf_putc(to, '"');
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        if (c == '"' || c == '\\')
            tki_buf_printf(to, "\\%c", c);
        else if (c == '\n' || c == '\r' || c == '\t' || c == '\b' || c == '\f')
            tki_buf_printf(to, "\\%c", c == '\n' ? 'n' : c == '\r' ? 'r' : c == '\t' ? 't' : c == '\b' ? 'b' : 'f');
        else if (c < 0x20 || (escaped && (c == '<' || c == '>' || c == '&')))
            tki_buf_printf(to, "\\u%04x", c);
        else if (c == 0xe2 && i + 2 < s.n && (unsigned char)s.p[i + 1] == 0x80 &&
                 ((unsigned char)s.p[i + 2] & 0xfe) == 0xa8) { /* line and paragraph separators */
            tki_buf_printf(to, "\\u202%c", (unsigned char)s.p[i + 2] == 0xa8 ? '8' : '9');
            i += 2;
        } else {
            tki_buf_putc(to, (char)c);
        }
    }
    tki_buf_putc(to, '"');
}

/* In a slice of Go's lists and maps of the collector are structures without a field that could be seen. */
static bool put_list(const struct tk_batch *b, const struct tki_ov *v, enum tki_ov_json how, struct tki_buf *to)
{
    bool good = true;
    tki_buf_putc(to, '[');
    for (uint32_t i = 0; i < v->n && good; i++) {
        struct tki_ov item = tki_ov_item(b, v, i);
        if (i)
            tki_buf_putc(to, ',');
        if (v->shape == TKI_OV_WRITTEN && (item.type == TKI_OV_MAP || tki_ov_is_slice(&item)))
            tki_buf_lit(to, "{}");
        else
            good = tki_ov_json(b, &item, how, to);
    }
    tki_buf_putc(to, ']');
    return good;
}

/* The key that comes next behind `last` in order; NULL when there is none. */
static bool next_key(const struct tk_batch *b, const struct tki_ov *v, const tk_str *last, struct tki_ov_pair *next)
{
    bool found = false;
    for (uint32_t i = 0; i < v->n; i++) {
        struct tki_ov_pair p = tki_ov_pair(b, v, i);
        if ((last && tki_str_cmp(p.key, *last) <= 0) || (found && tki_str_cmp(p.key, next->key) >= 0))
            continue;
        *next = p;
        found = true;
    }
    return found;
}

static bool put_map(const struct tk_batch *b, const struct tki_ov *v, enum tki_ov_json how, struct tki_buf *to)
{
    struct tki_ov_pair p = {0};
    tk_str last = {0};
    bool good = true, more = next_key(b, v, NULL, &p);
    tki_buf_putc(to, '{');
    for (bool first = true; more && good; first = false) {
        if (!first)
            tki_buf_putc(to, ',');
        put_string(to, p.key, how);
        tki_buf_putc(to, ':');
        good = tki_ov_json(b, &p.value, how, to);
        last = p.key;
        more = next_key(b, v, &last, &p);
    }
    tki_buf_putc(to, '}');
    return good;
}

static void put_double(struct tki_buf *to, double d, enum tki_ov_json how)
{
    char text[TKI_DOUBLE_CHARS];
    size_t n = tki_fmt_double(text, d);
    if (d == 0 && signbit(d)) {
        tki_buf_lit(to, "-0");
    } else if (how == TKI_OV_JSON && n > 3 && text[n - 3] == 'e') { /* two digits at least: 1e-07 */
        tki_buf_put(to, text, n - 1);
        tki_buf_printf(to, "0%c", text[n - 1]);
    } else {
        tki_buf_put(to, text, n);
    }
}

/* Of its year: no other ones have a text in JSON. */
static bool has_four_digits(const struct tki_ov *time)
{
    int64_t local = (int64_t)((uint64_t)time->v.t.sec + (uint64_t)time->v.t.zone);
    return local >= -62167219200 && local <= 253402300799; /* of the years 0 to 9999 */
}

bool tki_ov_json(const struct tk_batch *b, const struct tki_ov *v, enum tki_ov_json how, struct tki_buf *to)
{
    switch ((enum tki_ovtype)v->type) {
    case TKI_OV_BOOL: tki_buf_printf(to, "%s", v->v.b ? "true" : "false"); return true;
    case TKI_OV_INT:
    case TKI_OV_PORT:
    case TKI_OV_DURATION: tki_buf_i64(to, v->v.i); return true;
    case TKI_OV_FLOAT:
        if (!isfinite(v->v.d))
            return false;
        put_double(to, v->v.d, how);
        return true;
    case TKI_OV_STRING: put_string(to, tki_ov_text(v), how); return true;
    case TKI_OV_BYTES:
        tki_buf_putc(to, '"');
        tki_buf_base64(to, v->v.s, v->n);
        tki_buf_putc(to, '"');
        return true;
    case TKI_OV_ID:
        tki_buf_putc(to, '[');
        for (unsigned i = 0; i < v->bytes; i++) {
            uint64_t half = v->bytes == 16 && i < 8 ? v->v.id.hi : v->v.id.lo;
            tki_buf_printf(to, "%s%u", i ? "," : "", (unsigned)(half >> (56 - 8 * (i % 8)) & 0xff));
        }
        tki_buf_putc(to, ']');
        return true;
    case TKI_OV_TIME:
        if (!has_four_digits(v))
            return false;
        tki_buf_putc(to, '"');
        tki_ov_put_time(to, v);
        tki_buf_putc(to, '"');
        return true;
    case TKI_OV_LIST: return put_list(b, v, how, to);
    case TKI_OV_MAP: return put_map(b, v, how, to);
    case TKI_OV_ITEMS:
    case TKI_OV_STATUS: tki_buf_lit(to, "{}"); return true;
    default: tki_buf_lit(to, "null"); return true;
    }
}

const char *tki_ov_type_name(const struct tki_ov *v)
{
    static const char *const names[TKI_OVTYPES] = {
        "nil",   "a bool",          "an int",     "a double", "a string",
        "bytes", "a time",          "a duration", "an id",    "a list",
        "a map", "events or links", "a status",   "a port",   "a text with an address"};
    return names[v->type];
}
