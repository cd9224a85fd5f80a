/* Stages of a pipeline, and spansets and numbers with operators between them. */
#include "expr/traceql/parse.h"

#include "base/err.h"

const char *const tki_agg_words[] = {"count", "avg", "min", "max", "sum", NULL};
const char *const tki_metric_words[] = {"rate",
                                        "count_over_time",
                                        "min_over_time",
                                        "max_over_time",
                                        "avg_over_time",
                                        "sum_over_time",
                                        "quantile_over_time",
                                        "histogram_over_time",
                                        NULL};

static int word_index(const struct tki_qparser *p, const char *const *words)
{
    for (int i = 0; p->tok.tok == TKI_TOK_WORD && words[i]; i++)
        if (tki_str_eq(p->tok.name, tki_str(words[i])))
            return i;
    return -1;
}

static struct tki_qnode *fields(struct tki_qparser *p)
{
    struct tki_qnode *first = NULL, **next = &first;
    do {
        *next = tki_qp_field(p);
        if (!*next)
            return NULL;
        next = &(*next)->next;
    } while (tki_qp_take(p, ','));
    return p->rc == 0 ? first : NULL;
}

static struct tki_qnode *aggregate(struct tki_qparser *p)
{
    int what = word_index(p, tki_agg_words);
    struct tki_qnode *n = tki_qp_make(p, TKI_N_AGG, p->tok.at);
    tki_qp_advance(p);
    if (!n || !tki_qp_expect(p, '(', "("))
        return NULL;
    n->what = (uint8_t)what;
    n->gives = TKI_GIVES_NUMBER;
    if (what != TKI_AGG_COUNT) {
        n->a = tki_qp_expression(p, PREC_LOGIC);
        if (!n->a)
            return NULL;
    }
    n->end = p->tok.end;
    return tki_qp_expect(p, ')', what == TKI_AGG_COUNT ? ") (count has no argument)" : "an operator or )") ? n : NULL;
}

static bool whole_number(struct tki_qparser *p, uint64_t *x)
{
    if (p->tok.tok != TKI_TOK_VALUE || p->tok.value.type != TKI_V_INT || p->tok.value.v.i < 0) {
        tki_qp_fail(p, "a whole number");
        return false;
    }
    *x = (uint64_t)p->tok.value.v.i;
    tki_qp_advance(p);
    return p->rc == 0;
}

static bool quantiles(struct tki_qparser *p, struct tki_qnode *n)
{
    uint32_t cap = 0;
    while (tki_qp_take(p, ',')) {
        const struct tki_value *v = &p->tok.value;
        if (p->tok.tok != TKI_TOK_VALUE || (v->type != TKI_V_FLOAT && v->type != TKI_V_INT)) {
            tki_qp_fail(p, "a quantile between 0 and 1");
            return false;
        }
        double x = v->type == TKI_V_INT ? (double)v->v.i : v->v.d;
        if (x < 0 || x > 1) {
            tki_qp_fail(p, "a quantile between 0 and 1");
            return false;
        }
        if (n->nnumbers == cap) {
            double *more = tki_arena_alloc(&p->q->arena, (cap = 2 * cap + 4) * sizeof *more);
            if (!more) {
                p->rc = tki_err_memory(p->err);
                return false;
            }
            if (n->nnumbers)
                memcpy(more, n->numbers, n->nnumbers * sizeof *more);
            n->numbers = more;
        }
        n->numbers[n->nnumbers++] = x;
        tki_qp_advance(p);
    }
    if (!n->nnumbers)
        tki_qp_fail(p, ", and a quantile between 0 and 1");
    return p->rc == 0;
}

static struct tki_qnode *metric(struct tki_qparser *p)
{
    int what = word_index(p, tki_metric_words);
    struct tki_qnode *n = tki_qp_make(p, TKI_N_METRIC, p->tok.at);
    tki_qp_advance(p);
    if (!n || !tki_qp_expect(p, '(', "("))
        return NULL;
    n->what = (uint8_t)what;
    n->gives = TKI_GIVES_SERIES;
    if (what > TKI_M_COUNT && !(n->a = tki_qp_field(p)))
        return NULL;
    if (what == TKI_M_QUANTILE && !quantiles(p, n))
        return NULL;
    n->end = p->tok.end;
    if (!tki_qp_expect(p, ')', what > TKI_M_COUNT ? ")" : ") (this function has no argument)"))
        return NULL;
    if (at_word(p, "by")) {
        tki_qp_advance(p);
        if (!tki_qp_expect(p, '(', "(") || !(n->b = fields(p)))
            return NULL;
        n->end = p->tok.end;
        if (!tki_qp_expect(p, ')', ", or )"))
            return NULL;
    }
    return n;
}

static struct tki_qnode *contrast(struct tki_qparser *p)
{
    struct tki_qnode *n = tki_qp_make(p, TKI_N_CONTRAST, p->tok.at);
    tki_qp_advance(p);
    if (!n || !tki_qp_expect(p, '(', "("))
        return NULL;
    n->gives = TKI_GIVES_SERIES;
    n->count = 10;
    if (!at_punct(p, '{'))
        return tki_qp_fail(p, "{ and the condition of the selection");
    n->a = tki_qp_filter(p);
    if (n->a && tki_qp_take(p, ',') && whole_number(p, &n->count) && tki_qp_take(p, ',') &&
        whole_number(p, &n->start_ns) && tki_qp_expect(p, ',', ", and the end of the selection in nanoseconds"))
        whole_number(p, &n->end_ns);
    n->end = p->tok.end;
    return n->a && p->rc == 0 && tki_qp_expect(p, ')', ", or )") ? n : NULL;
}

static struct tki_qnode *keys_of_order(struct tki_qparser *p)
{
    struct tki_qnode *first = NULL, **next = &first;
    do {
        struct tki_qnode *key = word_index(p, tki_agg_words) >= 0 ? aggregate(p) : tki_qp_field(p);
        if (!key)
            return NULL;
        key->desc = at_word(p, "desc");
        if (key->desc || at_word(p, "asc"))
            tki_qp_advance(p);
        *next = key;
        next = &key->next;
    } while (tki_qp_take(p, ','));
    return p->rc == 0 ? first : NULL;
}

static struct tki_qnode *order(struct tki_qparser *p)
{
    struct tki_qnode *n = tki_qp_make(p, TKI_N_ORDER, p->tok.at);
    tki_qp_advance(p);
    if (!n || p->rc < 0)
        return NULL;
    if (!at_word(p, "by"))
        return tki_qp_fail(p, "by");
    tki_qp_advance(p);
    n->gives = TKI_GIVES_SPANS;
    n->a = keys_of_order(p);
    n->end = p->last;
    return n->a ? n : NULL;
}

/* limit N, and topk(N), bottomk(N). */
static struct tki_qnode *counted(struct tki_qparser *p, enum tki_qkind kind)
{
    bool largest = at_word(p, "topk");
    struct tki_qnode *n = tki_qp_make(p, kind, p->tok.at);
    tki_qp_advance(p);
    if (!n || (kind == TKI_N_TOPK && !tki_qp_expect(p, '(', "(")))
        return NULL;
    uint32_t at = p->tok.at;
    if (!whole_number(p, &n->count))
        return NULL;
    if (n->count == 0)
        return tki_qp_fail_at(p, at, "expected a number greater than 0");
    n->gives = kind == TKI_N_TOPK ? TKI_GIVES_SERIES : TKI_GIVES_SPANS;
    n->desc = largest;
    n->end = p->last;
    return kind != TKI_N_TOPK || tki_qp_expect(p, ')', ")") ? n : NULL;
}

/* Compares what comes before with a number. */
static struct tki_qnode *series_filter(struct tki_qparser *p)
{
    struct tki_qnode *n = tki_qp_make(p, TKI_N_MFILTER, p->tok.at);
    if (!n)
        return NULL;
    n->op = p->tok.op;
    n->gives = TKI_GIVES_SERIES;
    if (n->op == TKI_OP_RE || n->op == TKI_OP_NRE)
        return tki_qp_fail(p, "one of = != < <= > >=");
    tki_qp_advance(p);
    bool minus = at_op(p, TKI_OP_SUB);
    if (minus)
        tki_qp_advance(p);
    const struct tki_value *v = &p->tok.value;
    if (p->tok.tok != TKI_TOK_VALUE || (v->type != TKI_V_INT && v->type != TKI_V_FLOAT && v->type != TKI_V_DURATION))
        return tki_qp_fail(p, "a number");
    n->value = *v;
    if (minus && v->type == TKI_V_FLOAT)
        n->value.v.d = -v->v.d;
    else if (minus)
        n->value.v.i = (int64_t)(0 - (uint64_t)v->v.i);
    n->end = p->tok.end;
    tki_qp_advance(p);
    return p->rc == 0 ? n : NULL;
}

static struct tki_qnode *group(struct tki_qparser *p, enum tki_qkind kind)
{
    struct tki_qnode *n = tki_qp_make(p, kind, p->tok.at);
    tki_qp_advance(p);
    if (!n || !tki_qp_expect(p, '(', "("))
        return NULL;
    n->gives = TKI_GIVES_SPANS;
    if (kind == TKI_N_BY)
        n->a = tki_qp_expression(p, PREC_LOGIC);
    else if (kind == TKI_N_SELECT)
        n->a = fields(p);
    n->end = p->tok.end;
    return (kind == TKI_N_COALESCE || n->a) && tki_qp_expect(p, ')', kind == TKI_N_SELECT ? ", or )" : ")") ? n : NULL;
}

static struct tki_qnode *combined(struct tki_qparser *p, int least);
static struct tki_qnode *combine(struct tki_qparser *p, enum tki_qop op, struct tki_qnode *a, struct tki_qnode *b,
                                 uint32_t at);

static struct tki_qnode *stage(struct tki_qparser *p, const struct tki_qnode *before)
{
    if (before && before->gives == TKI_GIVES_SERIES) {
        if (before->kind == TKI_N_CONTRAST)
            return tki_qp_fail(p, "the end of the query (nothing follows compare)");
        if (at_word(p, "topk") || at_word(p, "bottomk"))
            return counted(p, TKI_N_TOPK);
        if (p->tok.tok == TKI_TOK_OP && tki_qp_compares(p->tok.op))
            return series_filter(p);
        return tki_qp_fail(p, "topk, bottomk or a comparison with a number");
    }
    bool bare = before && before->gives == TKI_GIVES_NUMBER;
    if (before && at_word(p, "order"))
        return order(p);
    if (before && at_word(p, "limit"))
        return counted(p, TKI_N_LIMIT);
    if (bare)
        return tki_qp_fail(p, "a comparison before the |, or order by, or limit");
    if (at_word(p, "by"))
        return group(p, TKI_N_BY);
    if (at_word(p, "select"))
        return group(p, TKI_N_SELECT);
    if (before && at_word(p, "coalesce"))
        return group(p, TKI_N_COALESCE);
    if (before && at_word(p, "compare"))
        return contrast(p);
    if (before && word_index(p, tki_metric_words) >= 0)
        return metric(p);
    return combined(p, PREC_LOGIC);
}

/* count() by (f, g), as the documentation has it in places: by(f) | by(g) | count(). */
static struct tki_qnode **grouped(struct tki_qparser *p, struct tki_qnode **next)
{
    uint32_t at = p->tok.at;
    tki_qp_advance(p);
    if (!tki_qp_expect(p, '(', "("))
        return NULL;
    struct tki_qnode *f = fields(p);
    while (f) {
        struct tki_qnode *by = tki_qp_make(p, TKI_N_BY, at), *rest = f->next;
        if (!by)
            return NULL;
        f->next = NULL;
        by->gives = TKI_GIVES_SPANS;
        by->a = f;
        by->end = f->end;
        *next = by;
        next = &by->next;
        f = rest;
    }
    return tki_qp_expect(p, ')', ", or )") ? next : NULL;
}

/* What the stages together give: order and limit do not change it. */
static enum tki_qgives given(const struct tki_qnode *first)
{
    enum tki_qgives g = TKI_GIVES_SPANS;
    for (const struct tki_qnode *s = first; s; s = s->next)
        if (s->kind != TKI_N_ORDER && s->kind != TKI_N_LIMIT)
            g = s->gives;
    return g;
}

/* avg(duration) | > 1s, as guides have it: what is compared stands before the |. */
static struct tki_qnode *late_comparison(struct tki_qparser *p, struct tki_qnode *aggregate)
{
    enum tki_qop op = p->tok.op;
    uint32_t at = p->tok.at;
    tki_qp_advance(p);
    struct tki_qnode *b = combined(p, tki_qp_precedence(op) + 1);
    return b ? combine(p, op, aggregate, b, at) : NULL;
}

/* The place of s among the stages before `end`: the end, but for a select behind order by and limit, which is as one
 * before them. */
static struct tki_qnode **place_of(struct tki_qnode **first, struct tki_qnode **end, const struct tki_qnode *s)
{
    struct tki_qnode **place = first;
    if (s->kind != TKI_N_SELECT)
        return end;
    for (struct tki_qnode **at = first; at != end; at = &(*at)->next)
        if ((*at)->kind != TKI_N_ORDER && (*at)->kind != TKI_N_LIMIT)
            place = &(*at)->next;
    return place;
}

struct tki_qnode *tki_qp_pipeline(struct tki_qparser *p)
{
    struct tki_qnode *n = tki_qp_make(p, TKI_N_PIPE, p->tok.at), **next = n ? &n->a : NULL, *before = NULL;
    struct tki_qnode **last = next; /* where `before` stands */
    if (!n)
        return NULL;
    do {
        if (before && before->gives == TKI_GIVES_NUMBER && before->kind != TKI_N_ORDER && before->kind != TKI_N_LIMIT &&
            p->tok.tok == TKI_TOK_OP && tki_qp_compares(p->tok.op)) {
            before = *last = late_comparison(p, before);
            if (!before)
                return NULL;
            next = &before->next;
            continue;
        }
        struct tki_qnode *s = stage(p, before);
        if (!s)
            return NULL;
        if (before && (s->kind == TKI_N_ORDER || s->kind == TKI_N_LIMIT))
            s->gives = before->gives;
        if (s->kind == TKI_N_AGG && at_word(p, "by") && !(next = grouped(p, next)))
            return NULL;
        struct tki_qnode **place = place_of(&n->a, next, s);
        if (place != next) {
            s->next = *place;
            *place = s;
            continue;
        }
        last = next;
        *next = s;
        next = &s->next;
        before = s;
        while (s->gives == TKI_GIVES_SERIES && at_word(p, "with"))
            if (!tki_qp_hints(p))
                return NULL;
        while (s->gives == TKI_GIVES_SERIES && p->tok.tok == TKI_TOK_OP && tki_qp_compares(p->tok.op)) {
            before = *next = series_filter(p);
            if (!before)
                return NULL;
            next = &before->next;
        }
    } while (tki_qp_take(p, '|'));
    n->gives = (uint8_t)given(n->a);
    n->end = p->last;
    return p->rc == 0 ? n : NULL;
}

static struct tki_qnode *number(struct tki_qparser *p)
{
    const struct tki_value *v = &p->tok.value;
    if (v->type != TKI_V_INT && v->type != TKI_V_FLOAT && v->type != TKI_V_DURATION)
        return tki_qp_fail(p, "a number");
    struct tki_qnode *n = tki_qp_value(p);
    if (n)
        n->gives = TKI_GIVES_NUMBER;
    return n;
}

static struct tki_qnode *no_stage(struct tki_qparser *p)
{
    static const char *const later[] = {"coalesce", "compare", "order", "limit", NULL};
    if (at_word(p, "topk") || at_word(p, "bottomk"))
        return tki_qp_fail_at(p, p->tok.at, "this stage cannot stand here: it follows metrics such as rate() and a |");
    if (word_index(p, later) >= 0 || word_index(p, tki_metric_words) >= 0)
        return tki_qp_fail_at(p, p->tok.at, "this stage cannot stand here: it follows spans and a |");
    return tki_qp_call(p) ? NULL : tki_qp_fail(p, "{, ( or a stage such as count() > 2");
}

static struct tki_qnode *primary(struct tki_qparser *p)
{
    if (at_punct(p, '{'))
        return tki_qp_filter(p);
    if (word_index(p, tki_agg_words) >= 0)
        return aggregate(p);
    uint8_t type = p->tok.value.type;
    if (p->tok.tok == TKI_TOK_VALUE && (type == TKI_V_INT || type == TKI_V_FLOAT || type == TKI_V_DURATION))
        return number(p);
    if (at_op(p, TKI_OP_SUB)) {
        struct tki_qnode *n = tki_qp_make(p, TKI_N_UNARY, p->tok.at);
        tki_qp_advance(p);
        struct tki_qnode *a = !n ? NULL : p->tok.tok == TKI_TOK_VALUE ? number(p) : tki_qp_fail(p, "a number");
        if (!a)
            return NULL;
        n->op = TKI_OP_NEG;
        n->gives = TKI_GIVES_NUMBER;
        n->a = a;
        n->end = a->end;
        return n;
    }
    if (!at_punct(p, '('))
        return p->tok.tok == TKI_TOK_WORD ? no_stage(p) : tki_qp_fail(p, "{, ( or a stage such as count() > 2");
    uint32_t at = p->tok.at;
    tki_qp_advance(p);
    struct tki_qnode *n = tki_qp_deeper(p) ? tki_qp_pipeline(p) : NULL;
    p->depth--;
    if (!n || !tki_qp_expect(p, ')', "an operator, | or )"))
        return NULL;
    if (n->a && !n->a->next)
        n = n->a;
    n->parenthesized = true;
    n->at = at;
    n->end = p->last;
    return n;
}

/* A stage that may only stand alone between |. */
static bool stands_alone(const struct tki_qnode *n)
{
    return !n->parenthesized && n->kind != TKI_N_FILTER && n->kind != TKI_N_SETS;
}

static enum tki_qop structural(enum tki_qop op)
{
    return op == TKI_OP_GT ? TKI_OP_CHILD : op == TKI_OP_LT ? TKI_OP_PARENT : op == TKI_OP_NRE ? TKI_OP_NOT_SIBL : op;
}

static struct tki_qnode *combine(struct tki_qparser *p, enum tki_qop op, struct tki_qnode *a, struct tki_qnode *b,
                                 uint32_t at)
{
    struct tki_qnode *n = tki_qp_make(p, TKI_N_BINARY, a->at);
    if (!n)
        return NULL;
    n->a = a;
    n->b = b;
    n->end = b->end;
    n->op = (uint8_t)op;
    bool arithmetic = op >= TKI_OP_ADD && op <= TKI_OP_POW;
    if (a->gives == TKI_GIVES_NUMBER && b->gives == TKI_GIVES_NUMBER) {
        n->gives = arithmetic ? TKI_GIVES_NUMBER : TKI_GIVES_SPANS;
        n->kind = arithmetic ? TKI_N_BINARY : TKI_N_COMPARE;
        if (!arithmetic && (!tki_qp_compares(op) || op == TKI_OP_RE || op == TKI_OP_NRE))
            return tki_qp_fail_at(p, at, "numbers are compared with = != < <= > >=");
        return n;
    }
    bool series = a->gives == TKI_GIVES_SERIES || b->gives == TKI_GIVES_SERIES;
    if (series && a->gives != TKI_GIVES_SPANS && b->gives != TKI_GIVES_SPANS) {
        n->kind = TKI_N_MATH;
        n->gives = TKI_GIVES_SERIES;
        return op >= TKI_OP_ADD && op <= TKI_OP_DIV ? n : tki_qp_fail_at(p, at, "metrics are combined with + - * /");
    }
    if (a->gives != TKI_GIVES_SPANS || b->gives != TKI_GIVES_SPANS)
        return tki_qp_fail_at(p, at, "the sides of this operator are of different kinds: spansets, numbers or metrics");
    if (stands_alone(a) || stands_alone(b))
        return tki_qp_fail_at(p, at,
                              "a comparison of numbers is a stage of its own: put it behind a | or in parentheses");
    n->kind = TKI_N_SETS;
    n->op = (uint8_t)structural(op);
    n->gives = TKI_GIVES_SPANS;
    if (n->op != TKI_OP_AND && n->op != TKI_OP_OR && n->op < TKI_OP_CHILD)
        return tki_qp_fail_at(p, at, "spansets are combined with && || > >> < << ~ and their &, ! forms");
    return n;
}

static bool starts_number(const struct tki_qparser *p)
{
    uint8_t type = p->tok.value.type;
    if (p->tok.tok == TKI_TOK_VALUE)
        return type == TKI_V_INT || type == TKI_V_FLOAT || type == TKI_V_DURATION;
    return p->tok.tok != TKI_TOK_FIELD && p->tok.tok != TKI_TOK_END;
}

/* Spansets and numbers of spansets with operators between them. */
static struct tki_qnode *combined(struct tki_qparser *p, int least)
{
    struct tki_qnode *a = primary(p);
    while (a && p->rc == 0 && p->tok.tok == TKI_TOK_OP) {
        enum tki_qop op = p->tok.op;
        int prec = tki_qp_precedence(op);
        if (prec < least || prec == 0 || (a->gives == TKI_GIVES_SERIES && tki_qp_compares(op)))
            break;
        uint32_t at = p->tok.at;
        tki_qp_advance(p);
        if (a->gives == TKI_GIVES_NUMBER && !starts_number(p))
            return tki_qp_fail(p, "a number, or an aggregate such as max(duration)");
        struct tki_qnode *b = tki_qp_deeper(p) ? combined(p, op == TKI_OP_POW ? prec : prec + 1) : NULL;
        p->depth--;
        a = b ? combine(p, op, a, b, at) : NULL;
    }
    return p->rc == 0 ? a : NULL;
}
