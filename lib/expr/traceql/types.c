/* What can be refused before any span is seen, by the rules of Tempo: both sides of an operator are of one
 * type (numbers and durations are one; attributes may be anything), the operator knows that type, filters
 * come down to a truth value, aggregates and groups look at the span.  Also what evaluation needs: which
 * fields, whether whole traces, compiled expressions. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/err.h"
#include "expr/traceql/ast.h"

struct check {
    struct tki_query *q;
    struct tk_err *err;
};

static const char *const type_words[TKI_VTYPES] = {
    [TKI_V_NIL] = "nil",
    [TKI_V_ANY] = "an attribute",
    [TKI_V_INT] = "a number",
    [TKI_V_FLOAT] = "a number",
    [TKI_V_DURATION] = "a duration",
    [TKI_V_STRING] = "a string",
    [TKI_V_BOOL] = "a truth value",
    [TKI_V_STATUS] = "a status",
    [TKI_V_KIND] = "a kind",
    [TKI_V_ARRAY] = "an array",
    [TKI_V_MAP] = "other data",
    [TKI_V_BYTES] = "other data",
    [TKI_V_TIME] = "a time",
    [TKI_V_ID] = "an id",
    [TKI_V_ITEMS] = "a list",
};

__attribute__((format(printf, 3, 4))) static int wrong(const struct check *c, const struct tki_qnode *n,
                                                       const char *format, ...)
{
    char text[256];
    va_list ap;
    va_start(ap, format);
    vsnprintf(text, sizeof text, format, ap);
    va_end(ap);
    return tki_err_at(c->err, TK_EUSAGE, n->at, "%s", text);
}

static bool numeric(uint8_t type)
{
    return type == TKI_V_INT || type == TKI_V_FLOAT || type == TKI_V_DURATION;
}

static bool knows(enum tki_qop op, uint8_t type)
{
    bool logic = op == TKI_OP_AND || op == TKI_OP_OR, equal = op == TKI_OP_EQ || op == TKI_OP_NE;
    bool regex = op == TKI_OP_RE || op == TKI_OP_NRE, order = op >= TKI_OP_LT && op <= TKI_OP_GE;
    switch (type) {
    case TKI_V_ANY: return true;
    case TKI_V_BOOL: return logic || equal;
    case TKI_V_STRING: return equal || order || regex;
    case TKI_V_STATUS:
    case TKI_V_KIND: return equal;
    default: return numeric(type) && !logic && !regex;
    }
}

/* Events and links that no comparison below has spread yet. */
static unsigned loose(const struct tki_qnode *n)
{
    if (!n)
        return 0;
    if (n->kind == TKI_N_FIELD)
        return tki_field_traits(&n->field);
    return n->spread || n->type == TKI_V_BOOL ? 0 : n->traits;
}

static void spread(struct tki_qnode *n)
{
    n->spread = (uint8_t)((loose(n->a) | loose(n->b)) & (TKI_T_EVENT | TKI_T_LINK));
}

static int regex(struct check *c, struct tki_qnode *n)
{
    if (n->b->kind != TKI_N_VALUE)
        return wrong(c, n->b, "the right side of %s has to be a string", tki_qop_text(n->op));
    size_t bad;
    struct tk_err why = {0};
    struct tki_buf whole = {0};
    struct tki_regex *alone = NULL;
    int r = tki_regex_compile(&alone, &n->b->value.v.s, 1, &bad, &why);
    tki_regex_free(alone);
    if (r == TK_ENOMEM)
        return tki_err_memory(c->err);
    if (r < 0)
        return wrong(c, n->b, "invalid regular expression: %s", why.text);
    tki_buf_lit(&whole, "^(?s:");
    tki_buf_str(&whole, n->b->value.v.s);
    tki_buf_lit(&whole, ")$");
    struct tki_query *q = c->q;
    if (q->nregexes == q->regexes_cap) {
        size_t cap = q->regexes_cap ? q->regexes_cap * 2 : 4;
        struct tki_qnode **more = realloc(q->regexes, cap * sizeof *more);
        if (more) {
            q->regexes = more;
            q->regexes_cap = cap;
        } else {
            whole.err = TK_ENOMEM;
        }
    }
    r = whole.err ? TK_ENOMEM : tki_regex_compile(&n->regex, &(tk_str){whole.p, whole.n}, 1, &bad, &why);
    tki_buf_free(&whole);
    if (r < 0)
        return r == TK_ENOMEM ? tki_err_memory(c->err) : wrong(c, n->b, "invalid regular expression: %s", why.text);
    q->regexes[q->nregexes++] = n;
    return 0;
}

/* Ids are compared as numbers: a constant is brought to the form that ids have as text. */
static int same_id(struct check *c, struct tki_qnode *id, struct tki_qnode *constant)
{
    if (id->kind != TKI_N_FIELD || !(tki_field_traits(&id->field) & TKI_T_ID) || constant->kind != TKI_N_VALUE)
        return 0;
    size_t width = id->field.id == TKI_F_TRACE_ID || id->field.id == TKI_F_LINK_TRACE ? 32 : 16;
    tk_str s = constant->value.v.s;
    if (s.n == 0 || s.n > width)
        return 0;
    char *p = tki_arena_alloc(&c->q->arena, width);
    if (!p)
        return tki_err_memory(c->err);
    memset(p, '0', width);
    for (size_t i = 0; i < s.n; i++) {
        char x = s.p[i];
        x = (char)(x >= 'A' && x <= 'F' ? x + 32 : x);
        if (!((x >= '0' && x <= '9') || (x >= 'a' && x <= 'f')))
            return 0;
        p[width - s.n + i] = x;
    }
    constant->value.v.s = (tk_str){p, width};
    return 0;
}

static int check_expr(struct check *c, struct tki_qnode *n);

static int check_field(struct check *c, struct tki_qnode *n, bool existence)
{
    n->type = tki_field_type(&n->field);
    n->traits = (uint8_t)tki_field_traits(&n->field);
    if (tki_reads_field(&c->q->reads, &n->field) < 0)
        return tki_err_memory(c->err);
    if (n->field.id == TKI_F_PARENT && !existence)
        return wrong(c, n, "parent alone can only be compared with nil");
    return 0;
}

static int check_unary(struct check *c, struct tki_qnode *n)
{
    bool existence = n->op == TKI_OP_EXISTS || n->op == TKI_OP_MISSING;
    int r = n->a->kind == TKI_N_FIELD ? check_field(c, n->a, existence) : check_expr(c, n->a);
    if (r < 0)
        return r;
    n->traits = n->a->traits;
    n->type = n->a->type;
    if (existence) {
        n->type = TKI_V_BOOL;
        n->spread = (uint8_t)(loose(n->a) & (TKI_T_EVENT | TKI_T_LINK));
        return 0;
    }
    if (n->type == TKI_V_ANY || (n->op == TKI_OP_NEG ? numeric(n->type) : n->type == TKI_V_BOOL)) {
        if (n->op == TKI_OP_NOT)
            n->type = TKI_V_BOOL;
        return 0;
    }
    return wrong(c, n,
                 n->op == TKI_OP_NEG ? "- needs a number, and this is %s" : "! needs a truth value, and this is %s",
                 type_words[n->type]);
}

static int check_sides(struct check *c, struct tki_qnode *n)
{
    uint8_t a = n->a->type, b = n->b->type;
    bool word = (a == TKI_V_STATUS || a == TKI_V_KIND) && n->b->kind == TKI_N_VALUE && b == TKI_V_STRING;
    if (word)
        return wrong(c, n->b, "%s is written without quotes, such as %s", type_words[a],
                     a == TKI_V_KIND ? "server" : "error");
    if (a == TKI_V_DURATION && b == TKI_V_STRING && n->b->kind == TKI_N_VALUE)
        return wrong(c, n, "a duration is written without quotes, such as 100ms");
    if ((n->op == TKI_OP_AND || n->op == TKI_OP_OR) && a == TKI_V_BOOL && n->b->kind == TKI_N_VALUE && b != TKI_V_BOOL)
        return wrong(c, n, "each condition names its field: write x = 1 %s x = 2", tki_qop_text(n->op));
    uint8_t beside = a == TKI_V_STATUS ? b : b == TKI_V_STATUS ? a : TKI_V_ANY;
    if (beside == TKI_V_BOOL || beside == TKI_V_INT)
        return wrong(c, n, "a status is ok, error or unset: write status = error; attributes are .error and .status");
    if (a != TKI_V_ANY && b != TKI_V_ANY && a != b && !(numeric(a) && numeric(b)))
        return wrong(c, n, "the two sides are of different types: %s and %s", type_words[a], type_words[b]);
    if (!knows(n->op, a) || !knows(n->op, b))
        return wrong(c, n, "%s cannot be applied to %s", tki_qop_text(n->op), type_words[knows(n->op, a) ? b : a]);
    return 0;
}

static void note_bare(struct check *c, const struct tki_qnode *duration, const struct tki_qnode *number)
{
    if (c->q->bare || duration->type != TKI_V_DURATION || duration->kind == TKI_N_VALUE ||
        number->kind != TKI_N_VALUE || number->value.type != TKI_V_INT || !number->value.v.i)
        return;
    c->q->bare = true;
    c->q->bare_ns = number->value.v.i;
}

static int check_binary(struct check *c, struct tki_qnode *n)
{
    int r = check_expr(c, n->a);
    if (r == 0)
        r = check_expr(c, n->b);
    if (r == 0)
        r = check_sides(c, n);
    if (r < 0)
        return r;
    n->traits = n->a->traits | n->b->traits;
    if (n->op >= TKI_OP_ADD) {
        n->type = n->a->type != TKI_V_ANY ? n->a->type : n->b->type;
        return 0;
    }
    n->type = TKI_V_BOOL;
    if (n->op < TKI_OP_EQ)
        return 0;
    note_bare(c, n->a, n->b);
    note_bare(c, n->b, n->a);
    spread(n);
    if (n->op == TKI_OP_RE || n->op == TKI_OP_NRE)
        return regex(c, n);
    r = same_id(c, n->a, n->b);
    return r < 0 ? r : same_id(c, n->b, n->a);
}

static int check_expr(struct check *c, struct tki_qnode *n)
{
    switch (n->kind) {
    case TKI_N_VALUE:
        n->type = n->value.type;
        if (n->type == TKI_V_NIL)
            return wrong(c, n, "nil can only stand beside = or !=");
        return 0;
    case TKI_N_FIELD: return check_field(c, n, false);
    case TKI_N_UNARY: return check_unary(c, n);
    default: return check_binary(c, n);
    }
}

static bool sees_span(const struct tki_qnode *n)
{
    if (n->kind == TKI_N_FIELD || n->kind == TKI_N_AGG || n->kind == TKI_N_PIPE)
        return true;
    return (n->a && sees_span(n->a)) || (n->b && sees_span(n->b));
}

/* ---- stages -----------------------------------------------------------------------------------------------
 */

static int check_stage(struct check *c, struct tki_qnode *n, bool top);

/* Whether several spansets of one trace may come out. */
static bool several(const struct tki_qnode *n)
{
    bool r = false;
    for (const struct tki_qnode *s = n->kind == TKI_N_PIPE ? n->a : NULL; s; s = s->next)
        r = s->kind == TKI_N_BY || (s->kind != TKI_N_COALESCE && (r || several(s)));
    return r;
}

static int check_sets(struct check *c, struct tki_qnode *n)
{
    int r = check_stage(c, n->a, false);
    if (r == 0)
        r = check_stage(c, n->b, false);
    if (r < 0 || n->op < TKI_OP_CHILD)
        return r;
    c->q->reads.whole = true;
    if (tki_reads_facts(&c->q->reads, TKI_FACT_TREE) < 0)
        return tki_err_memory(c->err);
    if (several(n->a) || several(n->b))
        return wrong(c, several(n->a) ? n->a : n->b,
                     "by() makes several spansets of a trace, and %s needs one: put | coalesce() behind it",
                     tki_qop_text(n->op));
    return 0;
}

static int check_filter(struct check *c, struct tki_qnode *n)
{
    int r = n->a ? check_expr(c, n->a) : 0;
    if (r == 0 && n->a && n->a->type != TKI_V_BOOL && n->a->type != TKI_V_ANY)
        return wrong(c, n->a, "a filter has to come down to a truth value, and this is %s", type_words[n->a->type]);
    return r;
}

static int check_aggregate(struct check *c, struct tki_qnode *n)
{
    n->type = n->what == TKI_AGG_COUNT ? TKI_V_INT : TKI_V_ANY;
    if (!n->a)
        return 0;
    int r = check_expr(c, n->a);
    if (r < 0)
        return r;
    n->type = n->a->type;
    if (n->type != TKI_V_ANY && !numeric(n->type))
        return wrong(c, n->a, "%s needs a number, and this is %s", tki_agg_words[n->what], type_words[n->type]);
    if (!sees_span(n->a))
        return wrong(c, n->a, "%s has to look at the span: name a field", tki_agg_words[n->what]);
    return 0;
}

static int check_number(struct check *c, struct tki_qnode *n)
{
    switch (n->kind) {
    case TKI_N_VALUE: n->type = n->value.type; return 0;
    case TKI_N_AGG: return check_aggregate(c, n);
    case TKI_N_PIPE: {
        int r = check_stage(c, n, false);
        n->type = TKI_V_ANY;
        if (r == 0 && several(n))
            return wrong(c, n, "by() makes several numbers of a trace, and here is place for one");
        return r;
    }
    default: {
        int r = check_number(c, n->a);
        if (r == 0 && n->b)
            r = check_number(c, n->b);
        if (r == 0 && n->b)
            r = check_sides(c, n);
        if (r == 0 && n->b && n->op >= TKI_OP_EQ && n->op < TKI_OP_ADD) {
            note_bare(c, n->a, n->b);
            note_bare(c, n->b, n->a);
        }
        n->type = n->a->type != TKI_V_ANY || !n->b ? n->a->type : n->b->type;
        return r;
    }
    }
}

static int check_fields(struct check *c, struct tki_qnode *n, bool numbers)
{
    int r = 0;
    for (; n && r == 0; n = n->next) {
        r = n->kind == TKI_N_AGG ? check_aggregate(c, n) : check_field(c, n, false);
        if (r == 0 && numbers && n->type != TKI_V_ANY && !numeric(n->type))
            r = wrong(c, n, "this function needs a number, and this is %s", type_words[n->type]);
    }
    return r;
}

static int check_metric(struct check *c, struct tki_qnode *n)
{
    unsigned count = 0;
    c->q->reads.needs |= TK_NEED_WEIGHT; /* spans count for all that they stand for */
    for (const struct tki_qnode *b = n->b; b; b = b->next)
        if (++count > TKI_QUERY_LABELS_MAX)
            return wrong(c, b, "at most %d fields", TKI_QUERY_LABELS_MAX);
    int r = check_fields(c, n->a, true);
    return r < 0 ? r : check_fields(c, n->b, false);
}

static int check_contrast(struct check *c, struct tki_qnode *n)
{
    c->q->reads.needs |= TK_NEED_WEIGHT;
    for (size_t i = 0; i < TKI_COMPARED; i++)
        if (tki_reads_field(&c->q->reads, &tki_compared[i]) < 0)
            return tki_err_memory(c->err);
    if (n->count == 0)
        return wrong(c, n, "the second argument of compare has to be greater than 0");
    if ((n->start_ns || n->end_ns) && n->end_ns <= n->start_ns)
        return wrong(c, n, "the end of compare has to be after its start");
    return check_filter(c, n->a);
}

static int check_pipe(struct check *c, struct tki_qnode *n, bool top)
{
    int r = 0;
    bool ended = false;
    for (struct tki_qnode *s = n->a; s && r == 0; s = s->next) {
        if (!top && (s->kind == TKI_N_ORDER || s->kind == TKI_N_LIMIT))
            return wrong(c, s, "order by and limit are for the whole query, not in parentheses");
        if (ended && s->kind != TKI_N_ORDER && s->kind != TKI_N_LIMIT)
            return wrong(c, s, "order by and limit come last, but for select: write the other stages before them");
        ended = s->kind == TKI_N_LIMIT || s->kind == TKI_N_ORDER;
        r = check_stage(c, s, top);
    }
    return r;
}

static const struct tki_qnode *find_contrast(const struct tki_qnode *n)
{
    const struct tki_qnode *found = n->kind == TKI_N_CONTRAST ? n : NULL;
    for (const struct tki_qnode *s = n->kind == TKI_N_PIPE ? n->a : NULL; s && !found; s = s->next)
        found = find_contrast(s);
    return found;
}

/* Metrics, or a constant. */
static int check_side_of_math(struct check *c, struct tki_qnode *n)
{
    const struct tki_qnode *contrast = find_contrast(n);
    if (contrast)
        return wrong(c, contrast, "compare cannot be combined with other metrics");
    if (n->gives == TKI_GIVES_SERIES)
        return check_stage(c, n, false);
    int r = check_number(c, n);
    if (r == 0 && sees_span(n))
        return wrong(c, n, "metrics are combined with metrics or with constants, and this is a number of each trace");
    if (r == 0 && n->type == TKI_V_DURATION)
        return wrong(c, n, "metrics are not combined with durations: write a number of seconds");
    return r;
}

static int check_stage(struct check *c, struct tki_qnode *n, bool top)
{
    int r = 0;
    switch ((enum tki_qkind)n->kind) {
    case TKI_N_FILTER: return check_filter(c, n);
    case TKI_N_PIPE: return check_pipe(c, n, top);
    case TKI_N_COMPARE: return check_number(c, n);
    case TKI_N_AGG:
    case TKI_N_BINARY:
    case TKI_N_UNARY:
    case TKI_N_VALUE:
        r = check_number(c, n);
        if (r == 0 && !sees_span(n))
            return wrong(c, n, "expected an aggregate such as count(), and this is a constant");
        return r;
    case TKI_N_BY:
        r = check_expr(c, n->a);
        return r == 0 && !sees_span(n->a) ? wrong(c, n->a, "by has to look at the span: name a field") : r;
    case TKI_N_SELECT:
        c->q->reads.needs |= TK_NEED_NAME | TK_NEED_RESOURCE; /* service and name stand in front of what was selected */
        return check_fields(c, n->a, false);
    case TKI_N_ORDER: return check_fields(c, n->a, false);
    case TKI_N_METRIC: return check_metric(c, n);
    case TKI_N_CONTRAST: return check_contrast(c, n);
    case TKI_N_SETS: return check_sets(c, n);
    case TKI_N_MATH: r = check_side_of_math(c, n->a); return r < 0 ? r : check_side_of_math(c, n->b);
    default: return 0;
    }
}

/* Hints tell a server how to search; here everything is searched, exactly.  What extrapolate=true asks for is done
 * unless it is false. */
static int check_hints(struct check *c)
{
    static const char *const known[] = {"most_recent", "sample",       "trace_sample",        "span_sample",
                                        "exemplars",   "extrapolate",  "spanonly_fetch",      "skip_optimization",
                                        "job_size",    "job_interval", "time_overlap_cutoff", "concurrent_blocks",
                                        "debug"};
    for (size_t i = 0; i < c->q->nhints; i++) {
        bool found = false;
        if (TKI_STR_IS(c->q->hints[i].name, "extrapolate") && c->q->hints[i].value.type != TKI_V_BOOL)
            return tki_err_at(c->err, TK_EUSAGE, c->q->hints[i].at, "extrapolate is true or false");
        for (size_t k = 0; k < sizeof known / sizeof *known; k++)
            found |= tki_str_eq(c->q->hints[i].name, tki_str(known[k]));
        if (!found)
            return tki_err_at(c->err, TK_EUSAGE, c->q->hints[i].at,
                              "unknown hint '%.*s': expected most_recent, sample, "
                              "exemplars or another of Tempo's",
                              (int)(c->q->hints[i].name.n > 40 ? 40 : c->q->hints[i].name.n), c->q->hints[i].name.p);
    }
    return 0;
}

/* One span at a time is enough for filters, one after the other or joined with ||, and what may follow them.
 */
static bool alone(const struct tki_qnode *n)
{
    switch ((enum tki_qkind)n->kind) {
    case TKI_N_FILTER:
    case TKI_N_SELECT:
    case TKI_N_METRIC:
    case TKI_N_CONTRAST:
    case TKI_N_TOPK:
    case TKI_N_MFILTER:
    case TKI_N_LIMIT: return true;
    case TKI_N_MATH:
        return (n->a->gives != TKI_GIVES_SERIES || alone(n->a)) && (n->b->gives != TKI_GIVES_SERIES || alone(n->b));
    case TKI_N_SETS: return n->op == TKI_OP_OR && alone(n->a) && alone(n->b);
    case TKI_N_PIPE:
        for (const struct tki_qnode *s = n->a; s; s = s->next)
            if (!alone(s))
                return false;
        return true;
    default: return false;
    }
}

int tki_query_check(struct tki_query *q, struct tk_err *err)
{
    struct check c = {.q = q, .err = err};
    int r = check_stage(&c, q->root, true);
    if (r == 0)
        r = check_hints(&c);
    q->whole = q->reads.whole || !alone(q->root);
    return r;
}
