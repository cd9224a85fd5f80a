/* Functions that ask for types or turn one into another. */
#include <math.h>

#include "base/go_number.h"
#include "base/num.h"
#include "expr/ottl/func.h"

typedef struct tki_ottl_node node;
typedef struct tki_ottl_run run;

/* ---- what a value is ---- */

/* The argument is taken as it is: a value of another type is no error here. */
static int is_type(run *r, const node *n, struct tki_ov *to)
{
    struct tki_ov v;
    int rc = tki_ottl_value(r, n->kid[0], &v);
    *to = tki_ov_bool(v.type == n->func->which);
    return rc;
}

static int is_list(run *r, const node *n, struct tki_ov *to)
{
    struct tki_ov v;
    int rc = tki_ottl_value(r, n->kid[0], &v);
    *to = tki_ov_bool(v.type == TKI_OV_LIST || v.type == TKI_OV_ITEMS);
    return rc;
}

static int is_empty(run *r, const node *n, struct tki_ov *to)
{
    struct tki_ov v;
    bool empty = false;
    int rc = tki_ottl_value(r, n->kid[0], &v);
    if (rc)
        return rc;
    switch ((enum tki_ovtype)v.type) {
    case TKI_OV_NIL: empty = true; break;
    case TKI_OV_BOOL: empty = !v.v.b; break;
    case TKI_OV_INT:
    case TKI_OV_DURATION: empty = v.v.i == 0; break;
    case TKI_OV_FLOAT: empty = v.v.d == 0; break;
    case TKI_OV_ID: empty = tki_id_zero(v.v.id); break;
    case TKI_OV_STRING:
    case TKI_OV_BYTES:
    case TKI_OV_LIST:
    case TKI_OV_MAP: empty = v.n == 0; break;
    default: break;
    }
    *to = tki_ov_bool(empty);
    return 0;
}

static int is_root_span(run *r, const node *n, struct tki_ov *to)
{
    struct tki_value v = tki_field_get(r->at, &r->fields[n->field]);
    *to = tki_ov_bool(v.v.id.lo == 0);
    return 0;
}

static int reads_parent(struct tki_ottl_open *o, node *n)
{
    node path = {.kind = TKI_ON_PATH, .name = TKI_STR("parent_span_id"), .at = n->at};
    int rc = tki_ottl_check_path(o, &path);
    n->field = path.field;
    return rc;
}

/* ---- conversions: the parameter does them ---- */

static int first(run *r, const node *n, struct tki_ov *to)
{
    return tki_ottl_arg(r, n, 0, to);
}

static int parse_int(run *r, const node *n, struct tki_ov *to)
{
    struct tki_ov base;
    tk_str s;
    int64_t i = 0;
    int rc = tki_ottl_arg_str(r, n, 0, &s);
    if (rc == 0)
        rc = tki_ottl_arg(r, n, 1, &base);
    if (rc)
        return rc;
    if (s.n == 0)
        return tki_ottl_fault(r, "no text to read a number from");
    if (base.v.i < 0 || base.v.i == 1 || base.v.i > 36)
        return tki_ottl_fault(r, "a base that is neither 0 nor between 2 and 36");
    const char *wrong = tki_go_parse_int(s, (int)base.v.i, &i);
    *to = tki_ov_int(i);
    return wrong ? tki_ottl_fault(r, wrong) : 0;
}

static int length(run *r, const node *n, struct tki_ov *to)
{
    struct tki_ov v;
    int rc = tki_ottl_arg(r, n, 0, &v);
    if (rc)
        return rc;
    switch ((enum tki_ovtype)v.type) {
    case TKI_OV_STRING:
    case TKI_OV_BYTES:
    case TKI_OV_LIST:
    case TKI_OV_MAP: *to = tki_ov_int(v.n); return 0;
    case TKI_OV_ITEMS: *to = tki_ov_int(v.v.i); return 0;
    case TKI_OV_ADDRESS: return tki_ottl_unknown(r);
    default: return tki_ottl_fault(r, "a value that has no length");
    }
}

static int logarithm(run *r, const node *n, struct tki_ov *to)
{
    struct tki_ov v;
    int rc = tki_ottl_arg(r, n, 0, &v);
    if (rc)
        return rc;
    if (v.type == TKI_OV_NIL || v.v.d <= 0)
        return tki_ottl_fault(r, "a logarithm of what is not above 0");
    *to = tki_ov_float(log(v.v.d));
    return 0;
}

static int hex(run *r, const node *n, struct tki_ov *to)
{
    struct tki_ov v;
    int rc = tki_ottl_arg(r, n, 0, &v);
    if (rc)
        return rc;
    if (v.type == TKI_OV_NIL)
        v.n = 0;
    char *p = tki_ottl_alloc(r, 2 * (size_t)v.n + 1);
    if (!p)
        return TK_ENOMEM;
    tki_fmt_hex(p, v.v.s, v.n);
    *to = tki_ov_str((tk_str){p, 2 * (size_t)v.n});
    return 0;
}

/* ---- ids ---- */

static bool hex_digits(tk_str s)
{
    uint64_t x;
    for (size_t i = 0; i < s.n; i++)
        if (!tki_hex_short((tk_str){s.p + i, 1}, &x))
            return false;
    return true;
}

enum id { SPAN, TRACE, PROFILE };

/* Bytes of the length of the id, or twice as many hexadecimal digits. */
static int make_id(run *r, const node *n, struct tki_ov *to)
{
    uint8_t bytes = n->func->which == SPAN ? 8 : 16;
    struct tki_ov v;
    int rc = tki_ottl_arg(r, n, 0, &v);
    if (rc)
        return rc;
    tk_str s = v.type == TKI_OV_NIL ? (tk_str){"", 0} : tki_ov_text(&v);
    bool digits = s.n == 2 * (size_t)bytes;
    /* A profile's id is no trace's id, though it is as long. */
    *to = (struct tki_ov){.type = TKI_OV_ID, .bytes = (uint8_t)(bytes + (n->func->which == PROFILE))};
    if (!digits && s.n != bytes)
        return tki_ottl_fault(r, "an id of a wrong length");
    if (digits && !hex_digits(s))
        return tki_ottl_fault(r, "an id with a letter that is no digit");
    size_t half = digits ? 16 : 8;
    if (digits) {
        tki_hex16(s.p + s.n - half, &to->v.id.lo);
        if (bytes == 16)
            tki_hex16(s.p, &to->v.id.hi);
    } else {
        to->v.id.lo = tki_load_be64(s.p + s.n - half);
        to->v.id.hi = bytes == 16 ? tki_load_be64(s.p) : 0;
    }
    return 0;
}

/* A literal is made an id when the condition is opened, and refused when it is none.  Before 0.142 it had to be bytes
 * that are written out. */
static int known_id(struct tki_ottl_open *o, node *n)
{
    struct tki_ottl_run r = {.memory = o->arena, .release = o->c->release};
    struct tki_ov id;
    bool written = n->kid[0]->literal;
    if (o->c->release < 142 && (!written || n->kid[0]->value.type != TKI_OV_BYTES))
        return tki_ottl_refuse(o, n, "%s takes bytes that are written out", n->func->name);
    if (!written)
        return 0;
    return n->func->call(&r, n, &id) == 0 ? 0 : tki_ottl_refuse(o, n, "%s: %s", n->func->name, r.why);
}

#define TARGET(want)               \
    {                              \
        {"target", (want), false}, \
        {                          \
            0                      \
        }                          \
    }

#define IS(name_, type, want)                                                    \
    {                                                                            \
        .name = (name_), .which = (type), .param = TARGET(want), .call = is_type \
    }
#define ID(name_, which_, since_)                                                                             \
    {                                                                                                         \
        .name = (name_), .since = (since_), .which = (which_), .param = {{"bytes", TKI_OW_BYTESLIKE, false}}, \
        .call = make_id, .prepare = known_id                                                                  \
    }

const struct tki_ottl_func tki_ottl_types[] = {
    IS("IsString", TKI_OV_STRING, TKI_OW_STRING),
    IS("IsInt", TKI_OV_INT, TKI_OW_INT),
    IS("IsDouble", TKI_OV_FLOAT, TKI_OW_FLOAT),
    IS("IsBool", TKI_OV_BOOL, TKI_OW_BOOL),
    IS("IsMap", TKI_OV_MAP, TKI_OW_MAP),
    {.name = "IsList", .plain = true, .param = TARGET(TKI_OW_ANY), .call = is_list},
    {.name = "IsEmpty", .plain = true, .since = 157, .param = TARGET(TKI_OW_ANY), .call = is_empty},
    {.name = "IsRootSpan", .plain = true, .of_span = true, .call = is_root_span, .prepare = reads_parent},
    {.name = "Int", .plain = true, .param = TARGET(TKI_OW_INTLIKE), .call = first},
    {.name = "Double", .plain = true, .param = TARGET(TKI_OW_FLOATLIKE), .call = first},
    {.name = "String", .param = TARGET(TKI_OW_TEXT), .call = first},
    {.name = "Bool", .since = 143, .param = TARGET(TKI_OW_BOOLLIKE), .call = first},
    {.name = "ParseInt",
     .since = 130,
     .param = {{"target", TKI_OW_STRING, false}, {"base", TKI_OW_INT, false}},
     .call = parse_int},
    {.name = "Len", .plain = true, .param = TARGET(TKI_OW_ANY), .call = length},
    {.name = "Log", .param = TARGET(TKI_OW_FLOATLIKE), .call = logarithm},
    {.name = "Hex", .param = TARGET(TKI_OW_BYTESLIKE), .call = hex},
    ID("TraceID", TRACE, 0),
    ID("SpanID", SPAN, 0),
    ID("ProfileID", PROFILE, 126),
    {0}};
