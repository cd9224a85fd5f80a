/* Values in paths: comparisons, arithmetic and functions, which changed from version to version of the package. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/case.h"
#include "base/go_number.h"
#include "base/num.h"
#include "base/utf8.h"
#include "expr/xml/xpath_in.h"

typedef struct xpath_query query;
typedef struct xpath_run run;
typedef struct xpath_value value;

static value of_bool(bool yes)
{
    return (value){.type = V_BOOL, .yes = yes};
}

static value of_number(double x)
{
    return (value){.type = V_NUMBER, .number = x};
}

static value of_text(tk_str s)
{
    return (value){.type = V_STRING, .text = s};
}

/* Moves a buffer's text to the arena. */
static value keep(run *r, struct tki_buf *b)
{
    char *p = b->err ? NULL : tki_arena_alloc(r->arena, b->n);
    if (!p)
        tki_xpath_no_memory(r);
    else if (b->n)
        memcpy(p, b->p, b->n);
    value v = of_text((tk_str){p ? p : "", p ? b->n : 0});
    tki_buf_free(b);
    return v;
}

/* ---- numbers ---- */

/* A text that is no number: NaN; before 1.3.8 a comparison ends the process, and space around it counts. */
static double to_number(const run *r, tk_str s)
{
    double x;
    if (r->release >= XPATH_1_3_8)
        s = tki_xml_trim(s);
    return tki_go_parse_float(s, &x) ? x : (double)NAN;
}

static double compared(run *r, tk_str s)
{
    double x = to_number(r, s);
    if (isnan(x) && r->release < XPATH_1_3_8 && !tki_go_parse_float(s, &x))
        tki_xpath_dies(r);
    return x;
}

static double as_number(run *r, value v)
{
    struct xpath_at at;
    switch (v.type) {
    case V_NUMBER: return v.number;
    case V_STRING: return to_number(r, v.text);
    case V_SET: return tki_xpath_next(r, v.set, &at) ? to_number(r, tki_xpath_text(r, at)) : (double)NAN;
    case V_BOOL: break;
    }
    return r->release >= XPATH_1_3_8 ? v.yes : (double)NAN;
}

/* Digits without an exponent, as FormatFloat with 'f' and -1; before 1.3.8 as with 'g'. */
static void put_number(const run *r, double x, struct tki_buf *to)
{
    char text[64];
    bool early = r->release < XPATH_1_3_8;
    if (isnan(x) || isinf(x)) {
        const char *word = isnan(x) ? "NaN" : early ? (x > 0 ? "+Inf" : "-Inf") : x > 0 ? "Infinity" : "-Infinity";
        tki_buf_str(to, tki_str(word));
        return;
    }
    if (x == 0) {
        tki_buf_str(to, tki_str(early && signbit(x) ? "-0" : "0"));
        return;
    }
    int digits = 17; /* as few as give the number back */
    for (int n = 1; n < 17; n++) {
        double back;
        snprintf(text, sizeof text, "%.*e", n - 1, x);
        if (tki_go_parse_float(tki_str(text), &back) && back == x) {
            digits = n;
            break;
        }
    }
    snprintf(text, sizeof text, "%.*e", digits - 1, x);
    int exponent = atoi(strchr(text, 'e') + 1);
    if (early && (exponent < -4 || exponent >= 6)) {
        tki_buf_str(to, tki_str(text));
        return;
    }
    tki_buf_printf(to, "%.*f", digits - 1 - exponent > 0 ? digits - 1 - exponent : 0, x);
}

/* ---- what values are ---- */

bool tki_xpath_truth(run *r, value v)
{
    struct xpath_at at;
    switch (v.type) {
    case V_BOOL: return v.yes;
    case V_NUMBER: return v.number != 0;
    case V_STRING: return v.text.n > 0;
    case V_SET: break;
    }
    return tki_xpath_next(r, v.set, &at);
}

static tk_str as_text(run *r, value v)
{
    struct xpath_at at;
    struct tki_buf b = {0};
    switch (v.type) {
    case V_BOOL: return v.yes ? TKI_STR("true") : TKI_STR("false");
    case V_STRING: return v.text;
    case V_SET: return tki_xpath_next(r, v.set, &at) ? tki_xpath_text(r, at) : (tk_str){"", 0};
    case V_NUMBER: break;
    }
    put_number(r, v.number, &b);
    return keep(r, &b).text;
}

/* An argument is asked anew each time, but for calls, which have no state. */
static value argument(run *r, query *q, uint32_t i)
{
    if (q->arg[i]->kind != Q_CALL)
        tki_xpath_reset(q->arg[i]);
    return tki_xpath_value(r, q->arg[i]);
}

/* ---- functions ---- */

static value position_or_last(run *r, const query *q)
{
    struct xpath_at at = r->here;
    const struct xpath_test *test = q->in && tki_xpath_has_test(q->in->kind) ? &q->in->test : NULL;
    double n = 0;
    if (q->func == FN_POSITION) {
        for (n = 1; tki_xpath_to_before(&at);)
            n += !test || tki_xpath_passes(r, test, at);
        return of_number(n);
    }
    while (at.attr < 0 && at.n->before)
        at.n = at.n->before;
    do
        n += !test || tki_xpath_passes(r, test, at);
    while (tki_xpath_to_next(&at));
    return of_number(n);
}

static value name_of(run *r, query *q)
{
    struct xpath_at at = r->here;
    struct tki_buf b = {0};
    if (q->nargs) {
        tki_xpath_reset(q->arg[0]);
        if (!tki_xpath_next(r, q->arg[0], &at))
            return of_text((tk_str){"", 0});
    }
    tk_str prefix = at.attr >= 0 && tki_xpath_type(at) == XPATH_ATTRIBUTE ? at.n->attr[at.attr].space : at.n->prefix;
    if (q->func == FN_LOCAL_NAME || prefix.n == 0)
        return of_text(tki_xpath_name(r, at));
    tki_buf_str(&b, prefix);
    tki_buf_putc(&b, ':');
    tki_buf_str(&b, tki_xpath_name(r, at));
    return keep(r, &b);
}

static bool holds_part(enum xpath_func func, tk_str s, tk_str part)
{
    if (func == FN_STARTS_WITH)
        return tki_str_starts(s, part);
    if (part.n > s.n)
        return false;
    if (func == FN_ENDS_WITH)
        return part.n == 0 || memcmp(s.p + s.n - part.n, part.p, part.n) == 0;
    for (size_t i = 0; i + part.n <= s.n; i++)
        if (part.n == 0 || memcmp(s.p + i, part.p, part.n) == 0)
            return true;
    return false;
}

/* contains, starts-with, ends-with: the second argument is a text, and nothing else. */
static value has_part(run *r, query *q)
{
    struct xpath_at at;
    value first = argument(r, q, 0);
    if (first.type == V_SET) {
        if (!tki_xpath_next(r, first.set, &at))
            return of_bool(false);
        first = of_text(tki_xpath_text(r, at));
    }
    value second = first.type == V_STRING ? argument(r, q, 1) : first;
    if (second.type != V_STRING) {
        tki_xpath_dies(r);
        return of_bool(false);
    }
    return of_bool(holds_part(q->func, first.text, second.text));
}

static value count_nodes(run *r, query *q)
{
    struct xpath_at at;
    value v = argument(r, q, 0);
    double n = 0;
    while (v.type == V_SET && tki_xpath_next(r, v.set, &at))
        n++;
    return of_number(n);
}

static value concat(run *r, query *q)
{
    struct tki_buf b = {0};
    for (uint32_t i = 0; i < q->nargs; i++) {
        value v = argument(r, q, i);
        if (r->release >= XPATH_1_3_8 || v.type == V_STRING || v.type == V_SET)
            tki_buf_str(&b, as_text(r, v));
    }
    return keep(r, &b);
}

static value normalize_space(run *r, query *q)
{
    value v = argument(r, q, 0);
    bool is_text = v.type == V_STRING || v.type == V_SET || r->release >= XPATH_1_3_9;
    tk_str s = is_text ? tki_xml_trim(as_text(r, v)) : (tk_str){"", 0};
    struct tki_buf b = {0};
    bool space = false;
    for (size_t i = 0; i < s.n;) {
        uint32_t c;
        char utf8[4];
        i += tki_utf8_get(s.p + i, s.n - i, &c);
        bool is = tki_xml_is_space(c);
        if (!is || !space)
            tki_buf_put(&b, utf8, tki_utf8_put(utf8, is ? ' ' : c));
        space = is;
    }
    return keep(r, &b);
}

static value string_length(run *r, query *q)
{
    value v = argument(r, q, 0);
    bool late = r->release >= XPATH_1_3_9;
    if (v.type != V_STRING && v.type != V_SET && !late)
        return of_number(0);
    tk_str s = as_text(r, v);
    if (!late)
        return of_number((double)s.n);
    double n = 0;
    for (size_t i = 0; i < s.n; n++) {
        uint32_t c;
        i += tki_utf8_get(s.p + i, s.n - i, &c);
    }
    return of_number(n);
}

static value lower_case(run *r, query *q)
{
    tk_str s = as_text(r, argument(r, q, 0));
    struct tki_buf b = {0};
    for (size_t i = 0; i < s.n;) {
        uint32_t c;
        char utf8[4];
        i += tki_utf8_get(s.p + i, s.n - i, &c);
        tki_buf_put(&b, utf8, tki_utf8_put(utf8, tki_lower_of(c)));
    }
    return keep(r, &b);
}

static value negate(run *r, query *q)
{
    struct xpath_at at;
    value v = argument(r, q, 0);
    return of_bool(v.type == V_BOOL ? !v.yes : v.type == V_SET && !tki_xpath_next(r, v.set, &at));
}

/* boolean, number and string: without an argument only the last one knows what is meant, and not always. */
static value convert(run *r, query *q)
{
    if (q->nargs == 0 && (q->func != FN_STRING || r->release < XPATH_1_3_5)) {
        tki_xpath_dies(r);
        return of_bool(false);
    }
    if (q->nargs == 0)
        return of_text(tki_xpath_text(r, r->here));
    value v = argument(r, q, 0);
    return q->func == FN_BOOLEAN  ? of_bool(tki_xpath_truth(r, v))
           : q->func == FN_NUMBER ? of_number(as_number(r, v))
                                  : of_text(as_text(r, v));
}

value tki_xpath_call(run *r, query *q)
{
    switch (q->func) {
    case FN_TRUE:
    case FN_FALSE: return of_bool(q->func == FN_TRUE);
    case FN_LAST:
    case FN_POSITION: return position_or_last(r, q);
    case FN_NAME:
    case FN_LOCAL_NAME: return name_of(r, q);
    case FN_CONTAINS:
    case FN_STARTS_WITH:
    case FN_ENDS_WITH: return has_part(r, q);
    case FN_COUNT: return count_nodes(r, q);
    case FN_CONCAT: return concat(r, q);
    case FN_NORMALIZE_SPACE: return normalize_space(r, q);
    case FN_STRING_LENGTH: return string_length(r, q);
    case FN_LOWER_CASE: return lower_case(r, q);
    case FN_NOT: return negate(r, q);
    case FN_BOOLEAN:
    case FN_NUMBER:
    case FN_STRING: return convert(r, q);
    case FN_ABSENT:
    case FN_NONE: break;
    }
    return of_bool(false);
}

/* ---- comparisons ---- */

static bool numbers(enum xpath_op op, double a, double b)
{
    switch (op) {
    case OP_EQ: return a == b;
    case OP_NE: return a != b;
    case OP_LT: return a < b;
    case OP_LE: return a <= b;
    case OP_GT: return a > b;
    case OP_GE: return a >= b;
    default: return false;
    }
}

/* Before 1.3.8 texts were above and below each other byte by byte; then as numbers. */
static bool texts(const run *r, enum xpath_op op, tk_str a, tk_str b)
{
    if (op == OP_EQ || op == OP_NE)
        return tki_str_eq(a, b) == (op == OP_EQ);
    return r->release < XPATH_1_3_8 ? numbers(op, tki_str_cmp(a, b), 0) : numbers(op, to_number(r, a), to_number(r, b));
}

static bool sets(run *r, enum xpath_op op, query *a, query *b)
{
    struct xpath_at x, y;
    while (tki_xpath_next(r, a, &x) && tki_xpath_next(r, b, &y)) {
        do
            if (texts(r, op, tki_xpath_text(r, x), tki_xpath_text(r, y)))
                return true;
        while (tki_xpath_next(r, b, &y));
        tki_xpath_begin(r, b);
    }
    return false;
}

/* Any node of a set against a number or a text; from 1.3.9 on the first one, if the set is on the right. */
static bool set_and(run *r, enum xpath_op op, query *set, value other, bool right)
{
    struct xpath_at at;
    bool late = r->release >= XPATH_1_3_9;
    if (right && late) {
        double x = tki_xpath_next(r, set, &at) ? to_number(r, tki_xpath_text(r, at)) : (double)NAN;
        return numbers(op, other.type == V_NUMBER ? other.number : to_number(r, other.text), x);
    }
    while (tki_xpath_next(r, set, &at)) {
        tk_str text = tki_xpath_text(r, at);
        bool yes;
        if (other.type == V_NUMBER) {
            double x = compared(r, text);
            yes = right ? numbers(op, other.number, x) : numbers(op, x, other.number);
        } else { /* before 1.3.8 the sides are changed, whichever they are */
            bool other_first = right || r->release < XPATH_1_3_8;
            yes = other_first ? texts(r, op, other.text, text) : texts(r, op, text, other.text);
        }
        if (yes && !r->rc)
            return true;
    }
    return false;
}

/* With a truth: before 1.3.9 two of them are never equal, and with anything else the process ends. */
static bool truths(run *r, enum xpath_op op, value a, value b)
{
    if (r->release < XPATH_1_3_9) {
        if (a.type != b.type)
            tki_xpath_dies(r);
        return false;
    }
    if (a.type == V_BOOL && b.type == V_BOOL)
        return (op == OP_EQ && a.yes == b.yes) || (op == OP_NE && a.yes != b.yes);
    bool changed = a.type == V_BOOL && b.type != V_STRING; /* then the sides change places */
    double x = as_number(r, a), y = as_number(r, b);
    return changed ? numbers(op, y, x) : numbers(op, x, y);
}

value tki_xpath_compare(run *r, enum xpath_op op, value a, value b)
{
    bool yes;
    if (a.type == V_BOOL || b.type == V_BOOL)
        yes = truths(r, op, a, b);
    else if (a.type == V_SET && b.type == V_SET)
        yes = sets(r, op, a.set, b.set);
    else if (a.type == V_SET || b.type == V_SET)
        yes = a.type == V_SET ? set_and(r, op, a.set, b, false) : set_and(r, op, b.set, a, true);
    else if (a.type == V_STRING && b.type == V_STRING)
        yes = texts(r, op, a.text, b.text);
    else if (a.type == V_STRING && r->release < XPATH_1_3_8) /* the sides change places */
        yes = numbers(op, b.number, compared(r, a.text));
    else
        yes = numbers(op, a.type == V_STRING ? to_number(r, a.text) : a.number,
                      b.type == V_STRING ? compared(r, b.text) : b.number);
    return of_bool(yes);
}

/* ---- arithmetic ---- */

static int64_t go_int(double x)
{
    return x > -9223372036854775809.0 && x < 9223372036854775808.0 ? (int64_t)x : INT64_MIN;
}

static double modulo(run *r, double a, double b)
{
    if (r->release >= XPATH_1_3_8)
        return fmod(a, b);
    int64_t x = go_int(a), y = go_int(b);
    if (y == 0)
        tki_xpath_dies(r);
    return y == 0 || y == -1 ? 0 : (double)(x % y);
}

value tki_xpath_compute(run *r, query *q)
{
    double a, b;
    if (r->release >= XPATH_1_3_8) {
        struct xpath_at root = r->here;
        a = as_number(r, tki_xpath_value(r, q->in));
        r->here = root;
        b = as_number(r, tki_xpath_value(r, q->second));
        r->here = root;
    } else {
        value left = tki_xpath_value(r, q->in), right = tki_xpath_value(r, q->second);
        a = as_number(r, left);
        b = as_number(r, right);
    }
    switch (q->op) {
    case OP_ADD: return of_number(a + b);
    case OP_SUB: return of_number(a - b);
    case OP_MUL: return of_number(a * b);
    case OP_DIV: return of_number(a / b);
    default: return of_number(modulo(r, a, b));
    }
}

/* ---- any query ---- */

static value logic(run *r, query *q)
{
    struct xpath_at root = r->here;
    bool yes = tki_xpath_truth(r, tki_xpath_value(r, q->in));
    if (yes == (q->op == OP_OR))
        return of_bool(yes);
    r->here = root;
    return of_bool(tki_xpath_truth(r, tki_xpath_value(r, q->second)));
}

static value last_of(run *r, query *q)
{
    struct xpath_at at;
    if (!q->counted) {
        for (q->place = 0; tki_xpath_next(r, q->in, &at);)
            q->place++;
        q->counted = true;
    }
    return of_number((double)q->place);
}

value tki_xpath_value(run *r, query *q)
{
    switch (q->kind) {
    case Q_NUMBER: return of_number(q->number);
    case Q_STRING: return of_text(q->text);
    case Q_CALL: return tki_xpath_call(r, q);
    case Q_COMPARE: {
        value a = tki_xpath_value(r, q->in), b = tki_xpath_value(r, q->second);
        return tki_xpath_compare(r, q->op, a, b);
    }
    case Q_LOGIC: return logic(r, q);
    case Q_ARITH: return tki_xpath_compute(r, q);
    case Q_LAST: return last_of(r, q);
    case Q_GROUP: return tki_xpath_value(r, q->in);
    default: tki_xpath_begin(r, q); return (value){.type = V_SET, .set = q};
    }
}
