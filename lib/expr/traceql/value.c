/* Comparisons and arithmetic, as Tempo has them: a value that is missing or of another type compares as
 * false; whole numbers stay whole; of an array, one element is enough, and for != and !~ all have to differ.
 */
#include <math.h>

#include "expr/traceql/eval.h"

static bool whole(const struct tki_qval *v)
{
    return v->type == TKI_Q_INT || v->type == TKI_Q_DURATION;
}

bool tki_q_numeric(const struct tki_qval *v)
{
    return whole(v) || v->type == TKI_Q_FLOAT;
}

double tki_q_double(const struct tki_qval *v)
{
    return v->type == TKI_Q_FLOAT ? v->v.d : (double)v->v.i;
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

struct tki_qval tki_q_arithmetic(enum tki_qop op, const struct tki_qval *a, const struct tki_qval *b)
{
    struct tki_qval r = {.type = TKI_Q_NIL};
    if (!tki_q_numeric(a) || !tki_q_numeric(b))
        return r;
    r.type = TKI_Q_INT;
    if (a->type == TKI_Q_INT && b->type == TKI_Q_INT && integer(op, a->v.i, b->v.i, &r.v.i))
        return r;
    r.type = TKI_Q_DURATION;
    if (a->type == TKI_Q_DURATION && b->type == TKI_Q_DURATION && (op == TKI_OP_ADD || op == TKI_OP_SUB) &&
        integer(op, a->v.i, b->v.i, &r.v.i))
        return r;
    r.type = TKI_Q_FLOAT;
    r.v.d = real(op, tki_q_double(a), tki_q_double(b));
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

bool tki_q_compare(enum tki_qop op, const struct tki_qval *a, const struct tki_qval *b)
{
    if (whole(a) && whole(b))
        return holds(op, (a->v.i > b->v.i) - (a->v.i < b->v.i));
    if (tki_q_numeric(a) && tki_q_numeric(b))
        return compare_doubles(op, tki_q_double(a), tki_q_double(b));
    if (a->type != b->type)
        return false;
    switch (a->type) {
    case TKI_Q_STRING: return holds(op, tki_str_cmp(a->v.s, b->v.s));
    case TKI_Q_BOOL: return (op == TKI_OP_EQ || op == TKI_OP_NE) && holds(op, a->v.b - b->v.b);
    case TKI_Q_STATUS:
    case TKI_Q_KIND: return (op == TKI_OP_EQ || op == TKI_OP_NE) && holds(op, a->v.i != b->v.i);
    default: return false;
    }
}

int tki_q_order(const struct tki_qval *a, const struct tki_qval *b)
{
    if (whole(a) && whole(b))
        return (a->v.i > b->v.i) - (a->v.i < b->v.i);
    if (tki_q_numeric(a) && tki_q_numeric(b)) {
        double x = tki_q_double(a), y = tki_q_double(b);
        if (isnan(x) || isnan(y))
            return isnan(y) - isnan(x);
        return (x > y) - (x < y);
    }
    if (a->type != b->type)
        return a->type < b->type ? -1 : 1;
    switch (a->type) {
    case TKI_Q_STRING: return tki_str_cmp(a->v.s, b->v.s);
    case TKI_Q_BOOL: return a->v.b - b->v.b;
    case TKI_Q_STATUS:
    case TKI_Q_KIND: return (a->v.i > b->v.i) - (a->v.i < b->v.i);
    default: return 0;
    }
}
