/* Expressions over one span. */
#include "expr/traceql/eval.h"

#include <stdlib.h>

static struct tki_qval truth(bool b)
{
    return (struct tki_qval){.type = TKI_Q_BOOL, .v.b = b};
}

static bool is_true(const struct tki_qval *v)
{
    return v->type == TKI_Q_BOOL && v->v.b;
}

static bool compare_scalars(struct tki_query_eval *e, const struct tki_qnode *n, enum tki_qop op,
                            const struct tki_qval *a, const struct tki_qval *b)
{
    if (op != TKI_OP_RE && op != TKI_OP_NRE)
        return tki_q_compare(op, a, b);
    if (a->type != TKI_Q_STRING)
        return false;
    int r = tki_regex_match(n->regex, a->v.s, e->regex);
    if (r < 0)
        e->rc = r;
    return r >= 0 && (r == 1) == (op == TKI_OP_RE);
}

static struct tki_qval element(const struct tk_value *v)
{
    struct tki_qval r = {.type = TKI_Q_OTHER};
    if (v->type == TK_STRING)
        r = (struct tki_qval){.type = TKI_Q_STRING, .v.s = {v->v.s, v->n}};
    else if (v->type == TK_INT)
        r = (struct tki_qval){.type = TKI_Q_INT, .v.i = v->v.i};
    else if (v->type == TK_DOUBLE)
        r = (struct tki_qval){.type = TKI_Q_FLOAT, .v.d = v->v.d};
    else if (v->type == TK_BOOL)
        r = (struct tki_qval){.type = TKI_Q_BOOL, .v.b = v->v.b};
    return r;
}

/* One side is an array: any element, or all where the operator says what must not be. */
static bool compare_array(struct tki_query_eval *e, const struct tki_qnode *n, const struct tki_qval *a,
                          const struct tki_qval *b)
{
    bool all = n->op == TKI_OP_NE || n->op == TKI_OP_NRE, left = a->type == TKI_Q_ARRAY;
    const struct tki_qval *array = left ? a : b;
    if (left && b->type == TKI_Q_ARRAY)
        return false;
    for (uint32_t i = 0; i < array->v.array.n; i++) {
        struct tki_qval x = element(&array->v.array.kids[i].value);
        if (compare_scalars(e, n, n->op, left ? &x : a, left ? b : &x) != all)
            return !all;
    }
    return all;
}

static struct tki_qval compare_once(struct tki_query_eval *e, const struct tki_qnode *n)
{
    struct tki_qval a = tki_q_value(e, n->a);
    if (n->kind == TKI_N_UNARY)
        return truth(a.type != TKI_Q_NIL);
    if (a.type == TKI_Q_NIL)
        return truth(false);
    struct tki_qval b = tki_q_value(e, n->b);
    if (b.type == TKI_Q_NIL)
        return truth(false);
    if (a.type == TKI_Q_ARRAY || b.type == TKI_Q_ARRAY)
        return truth(compare_array(e, n, &a, &b));
    return truth(compare_scalars(e, n, n->op, &a, &b));
}

/* A comparison of fields of events or links is tried with each of them. */
static bool compare_spread(struct tki_query_eval *e, const struct tki_qnode *n)
{
    const struct tk_span *s = &e->b->spans[e->row];
    bool events = n->spread & TKI_T_EVENT, links = n->spread & TKI_T_LINK, found = false;
    uint32_t nevents = events ? s->events.count : 1, nlinks = links ? s->links.count : 1;
    for (uint32_t i = 0; i < nevents && !found; i++)
        for (uint32_t k = 0; k < nlinks && !found; k++) {
            e->event = events ? i : TK_NONE;
            e->link = links ? k : TK_NONE;
            struct tki_qval v = compare_once(e, n);
            found = is_true(&v);
        }
    e->event = e->link = TK_NONE;
    return found;
}

static struct tki_qval compare(struct tki_query_eval *e, const struct tki_qnode *n)
{
    struct tki_qval v = n->spread ? truth(compare_spread(e, n)) : compare_once(e, n);
    if (n->kind == TKI_N_UNARY && n->op == TKI_OP_MISSING)
        v.v.b = !v.v.b;
    return v;
}

static struct tki_qval unary(struct tki_query_eval *e, const struct tki_qnode *n)
{
    if (n->op == TKI_OP_EXISTS || n->op == TKI_OP_MISSING)
        return compare(e, n);
    struct tki_qval v = tki_q_value(e, n->a), nil = {.type = TKI_Q_NIL};
    if (n->op == TKI_OP_NOT)
        return v.type == TKI_Q_BOOL ? truth(!v.v.b) : nil;
    if (!tki_q_numeric(&v))
        return nil;
    if (v.type == TKI_Q_FLOAT)
        v.v.d = -v.v.d;
    else
        v.v.i = (int64_t)(0 - (uint64_t)v.v.i);
    return v;
}

struct tki_qval tki_q_value(struct tki_query_eval *e, const struct tki_qnode *n)
{
    struct tki_qval a, b;
    switch ((enum tki_qkind)n->kind) {
    case TKI_N_VALUE: return n->value;
    case TKI_N_FIELD: return tki_q_field(e, n);
    case TKI_N_UNARY: return unary(e, n);
    default: break;
    }
    if (n->op == TKI_OP_AND || n->op == TKI_OP_OR) {
        a = tki_q_value(e, n->a);
        if (is_true(&a) == (n->op == TKI_OP_OR))
            return truth(n->op == TKI_OP_OR);
        b = tki_q_value(e, n->b);
        return truth(is_true(&b));
    }
    if (n->op <= TKI_OP_NRE)
        return compare(e, n);
    a = tki_q_value(e, n->a);
    b = tki_q_value(e, n->b);
    return tki_q_arithmetic(n->op, &a, &b);
}

bool tki_q_passes(struct tki_query_eval *e, const struct tki_qnode *filter)
{
    if (!filter->a)
        return true;
    struct tki_qval v = tki_q_value(e, filter->a);
    return is_true(&v);
}

bool tki_q_selects(struct tki_query_eval *e, const struct tki_qnode *n)
{
    switch ((enum tki_qkind)n->kind) {
    case TKI_N_FILTER: return tki_q_passes(e, n);
    case TKI_N_SETS: return tki_q_selects(e, n->a) || tki_q_selects(e, n->b);
    case TKI_N_PIPE:
        for (const struct tki_qnode *s = n->a; s; s = s->next)
            if (!tki_q_selects(e, s))
                return false;
        return true;
    default: return true;
    }
}

/* ---- the evaluator ----------------------------------------------------------------------------------------
 */

int tki_query_eval_new(struct tki_query_eval **out, const struct tki_query *q)
{
    struct tki_query_eval *e = calloc(1, sizeof *e);
    *out = NULL;
    if (e) {
        e->q = q;
        e->event = e->link = TK_NONE;
        e->cached = calloc(q->nfields + 1u, sizeof *e->cached);
        e->regex = q->nregexes ? tki_regex_scratch_new() : NULL;
    }
    if (!e || !e->cached || (q->nregexes && !e->regex)) {
        tki_query_eval_free(e);
        return TK_ENOMEM;
    }
    *out = e;
    return 0;
}

void tki_query_eval_free(struct tki_query_eval *e)
{
    if (!e)
        return;
    tki_q_trace_free(&e->whole);
    tki_regex_scratch_free(e->regex);
    tki_arena_free(&e->arena);
    free(e->cached);
    free(e);
}

void tki_q_begin(struct tki_query_eval *e, const struct tk_batch *b)
{
    e->b = b;
    e->trace = NULL;
    e->rc = 0;
    for (uint32_t i = 0; i < e->q->nfields; i++)
        e->cached[i].resource = TK_NONE;
    tki_arena_reset(&e->arena);
}

int tki_query_rows(struct tki_query_eval *e, const struct tk_batch *b, uint32_t *rows, size_t *nrows)
{
    size_t n = 0;
    tki_q_begin(e, b);
    for (size_t i = 0; i < *nrows && e->rc == 0; i++) {
        e->row = rows[n] = rows[i];
        n += tki_q_selects(e, e->q->root);
    }
    *nrows = n;
    return e->rc;
}
