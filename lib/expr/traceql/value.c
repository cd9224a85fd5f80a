/* Comparisons and arithmetic, as Tempo has them: a value that is missing or of another type compares as
 * false; whole numbers stay whole; of an array, one element is enough, and for != and !~ all have to differ.
 */
#include <math.h>

#include "expr/traceql/eval.h"

static bool whole(const struct tki_value *v)
{
    return v->type == TKI_V_INT || v->type == TKI_V_DURATION;
}

/* a to the power of b, which is not negative; wraps around like any other arithmetic of whole numbers. */
static int64_t power(int64_t a, int64_t b)
{
    uint64_t x = (uint64_t)a, r = 1;
    for (; b; b >>= 1, x *= x)
        if (b & 1)
            r *= x;
    return (int64_t)r;
}

static double real(enum tki_qop op, double a, double b)
{
    switch (op) {
    case TKI_OP_ADD: return a + b;
    case TKI_OP_SUB: return a - b;
    case TKI_OP_MUL: return a * b;
    case TKI_OP_DIV: return b == 0 ? NAN : a / b;
    case TKI_OP_MOD: return fmod(a, b);
    default: return pow(a, b);
    }
}

/* false: the result is no whole number. */
static bool integer(enum tki_qop op, int64_t a, int64_t b, int64_t *r)
{
    uint64_t x = (uint64_t)a, y = (uint64_t)b;
    switch (op) {
    case TKI_OP_ADD: *r = (int64_t)(x + y); return true;
    case TKI_OP_SUB: *r = (int64_t)(x - y); return true;
    case TKI_OP_MUL: *r = (int64_t)(x * y); return true;
    case TKI_OP_DIV:
        if (b)
            *r = b == -1 ? (int64_t)(0 - x) : a / b;
        return b != 0;
    case TKI_OP_MOD:
        if (b)
            *r = b == -1 ? 0 : a % b;
        return b != 0;
    default:
        if (b >= 0)
            *r = power(a, b);
        return b >= 0;
    }
}

struct tki_value tki_q_arithmetic(enum tki_qop op, const struct tki_value *a, const struct tki_value *b)
{
    struct tki_value r = {.type = TKI_V_NIL};
    if (!tki_value_numeric(a) || !tki_value_numeric(b))
        return r;
    r.type = TKI_V_INT;
    if (a->type == TKI_V_INT && b->type == TKI_V_INT && integer(op, a->v.i, b->v.i, &r.v.i))
        return r;
    r.type = TKI_V_DURATION;
    if (a->type == TKI_V_DURATION && b->type == TKI_V_DURATION && (op == TKI_OP_ADD || op == TKI_OP_SUB) &&
        integer(op, a->v.i, b->v.i, &r.v.i))
        return r;
    r.type = TKI_V_FLOAT;
    r.v.d = real(op, tki_value_double(a), tki_value_double(b));
    return r;
}

static bool holds(enum tki_qop op, int order)
{
    switch (op) {
    case TKI_OP_EQ: return order == 0;
    case TKI_OP_NE: return order != 0;
    case TKI_OP_LT: return order < 0;
    case TKI_OP_LE: return order <= 0;
    case TKI_OP_GT: return order > 0;
    case TKI_OP_GE: return order >= 0;
    default: return false;
    }
}

static bool compare_doubles(enum tki_qop op, double a, double b)
{
    if (isnan(a) || isnan(b))
        return op == TKI_OP_NE;
    return holds(op, (a > b) - (a < b));
}

bool tki_q_compare(enum tki_qop op, const struct tki_value *a, const struct tki_value *b)
{
    if (whole(a) && whole(b))
        return holds(op, (a->v.i > b->v.i) - (a->v.i < b->v.i));
    if (tki_value_numeric(a) && tki_value_numeric(b))
        return compare_doubles(op, tki_value_double(a), tki_value_double(b));
    if (a->type != b->type)
        return false;
    switch (a->type) {
    case TKI_V_STRING: return holds(op, tki_str_cmp(a->v.s, b->v.s));
    case TKI_V_BOOL: return (op == TKI_OP_EQ || op == TKI_OP_NE) && holds(op, a->v.b - b->v.b);
    case TKI_V_STATUS:
    case TKI_V_KIND: return (op == TKI_OP_EQ || op == TKI_OP_NE) && holds(op, a->v.i != b->v.i);
    default: return false;
    }
}
