/* Expressions over one span. */
#include "expr/traceql/eval.h"

#include <stdlib.h>

static struct tki_value truth(bool b)
{
    return (struct tki_value){.type = TKI_V_BOOL, .v.b = b};
}

static bool is_true(const struct tki_value *v)
{
    return v->type == TKI_V_BOOL && v->v.b;
}

static bool compare_scalars(struct tki_query_eval *e, const struct tki_qnode *n, enum tki_qop op,
                            const struct tki_value *a, const struct tki_value *b)
{
    if (op != TKI_OP_RE && op != TKI_OP_NRE)
        return tki_q_compare(op, a, b);
    if (a->type != TKI_V_STRING)
        return false;
    int r = tki_regex_match(n->regex, a->v.s, e->regex);
    if (r < 0)
        e->rc = r;
    return r >= 0 && (r == 1) == (op == TKI_OP_RE);
}

/* One side is an array: any element, or all where the operator says what must not be. */
static bool compare_array(struct tki_query_eval *e, const struct tki_qnode *n, const struct tki_value *a,
                          const struct tki_value *b)
{
    bool all = n->op == TKI_OP_NE || n->op == TKI_OP_NRE, left = a->type == TKI_V_ARRAY;
    const struct tki_value *array = left ? a : b;
    if (left && b->type == TKI_V_ARRAY)
        return false;
    for (uint32_t i = 0; i < array->v.list.n; i++) {
        struct tki_value x = tki_value_from(e->at.b, &array->v.list.kids[i].value);
        if (compare_scalars(e, n, n->op, left ? &x : a, left ? b : &x) != all)
            return !all;
    }
    return all;
}

static struct tki_value compare_once(struct tki_query_eval *e, const struct tki_qnode *n)
{
    struct tki_value a = tki_q_value(e, n->a);
    if (n->kind == TKI_N_UNARY)
        return truth(a.type != TKI_V_NIL);
    if (a.type == TKI_V_NIL)
        return truth(false);
    struct tki_value b = tki_q_value(e, n->b);
    if (b.type == TKI_V_NIL)
        return truth(false);
    if (a.type == TKI_V_ARRAY || b.type == TKI_V_ARRAY)
        return truth(compare_array(e, n, &a, &b));
    return truth(compare_scalars(e, n, n->op, &a, &b));
}

/* A truth about fields of events or links is tried with each of them, unless what is around it has chosen one. */
static bool try_each(struct tki_query_eval *e, const struct tki_qnode *n, unsigned traits,
                     struct tki_value (*ask)(struct tki_query_eval *e, const struct tki_qnode *n))
{
    const struct tk_span *s = &e->at.b->spans[e->at.row];
    const uint32_t event = e->at.event, link = e->at.link;
    bool events = traits & TKI_T_EVENT && event == TK_NONE, links = traits & TKI_T_LINK && link == TK_NONE,
         found = false;
    uint32_t nevents = events ? s->events.count : 1, nlinks = links ? s->links.count : 1;
    for (uint32_t i = 0; i < nevents && !found; i++)
        for (uint32_t k = 0; k < nlinks && !found; k++) {
            e->at.event = events ? i : event;
            e->at.link = links ? k : link;
            struct tki_value v = ask(e, n);
            found = is_true(&v);
        }
    e->at.event = event;
    e->at.link = link;
    return found;
}

static struct tki_value compare_one(struct tki_query_eval *e, const struct tki_qnode *n)
{
    struct tki_value v = compare_once(e, n);
    if (n->kind == TKI_N_UNARY && n->op == TKI_OP_MISSING)
        v.v.b = !v.v.b;
    return v;
}

static struct tki_value compare(struct tki_query_eval *e, const struct tki_qnode *n)
{
    return n->spread ? truth(try_each(e, n, n->spread, compare_one)) : compare_one(e, n);
}

static struct tki_value both(struct tki_query_eval *e, const struct tki_qnode *n)
{
    struct tki_value a = tki_q_value(e, n->a);
    if (!is_true(&a))
        return truth(false);
    struct tki_value b = tki_q_value(e, n->b);
    return truth(is_true(&b));
}

static struct tki_value unary(struct tki_query_eval *e, const struct tki_qnode *n)
{
    if (n->op == TKI_OP_EXISTS || n->op == TKI_OP_MISSING)
        return compare(e, n);
    struct tki_value v = tki_q_value(e, n->a), nil = {.type = TKI_V_NIL};
    if (n->op == TKI_OP_NOT)
        return v.type == TKI_V_BOOL ? truth(!v.v.b) : nil;
    if (!tki_value_numeric(&v))
        return nil;
    if (v.type == TKI_V_FLOAT)
        v.v.d = -v.v.d;
    else
        v.v.i = (int64_t)(0 - (uint64_t)v.v.i);
    return v;
}

struct tki_value tki_q_value(struct tki_query_eval *e, const struct tki_qnode *n)
{
    struct tki_value a, b;
    switch ((enum tki_qkind)n->kind) {
    case TKI_N_VALUE: return n->value;
    case TKI_N_FIELD: return tki_q_field(e, n);
    case TKI_N_UNARY: return unary(e, n);
    default: break;
    }
    if (n->op == TKI_OP_AND && n->traits & (TKI_T_EVENT | TKI_T_LINK)) /* one event, one link for all of it */
        return truth(try_each(e, n, n->traits, both));
    if (n->op == TKI_OP_AND)
        return both(e, n);
    if (n->op == TKI_OP_OR) {
        a = tki_q_value(e, n->a);
        if (is_true(&a))
            return truth(true);
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
    struct tki_value v = tki_q_value(e, filter->a);
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
        e->at.event = e->at.link = TK_NONE;
        e->at.cached = calloc(q->nfields + 1u, sizeof *e->at.cached);
        e->regex = q->nregexes ? tki_regex_scratch_new() : NULL;
    }
    if (!e || !e->at.cached || (q->nregexes && !e->regex)) {
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
    tki_facts_free(&e->facts);
    tki_qstructure_free(&e->structure);
    tki_regex_scratch_free(e->regex);
    tki_arena_free(&e->arena);
    free(e->at.cached);
    free(e);
}

void tki_q_begin(struct tki_query_eval *e, const struct tk_batch *b)
{
    e->at.b = b;
    e->at.facts = NULL;
    e->rc = 0;
    for (uint32_t i = 0; i < e->q->nfields; i++)
        e->at.cached[i].resource = TK_NONE;
    tki_arena_reset(&e->arena);
}

static void count_odd(struct tki_query_eval *e, const struct tk_span *s)
{
    int64_t ns;
    enum tki_duration kind = tki_span_duration(s, &ns);
    e->odd.negative += kind == TKI_DURATION_NEGATIVE;
    e->odd.huge += kind == TKI_DURATION_HUGE;
}

void tki_query_odd(struct tki_query_eval *e, struct tki_odd_durations *to)
{
    to->negative += e->odd.negative;
    to->huge += e->odd.huge;
    e->odd = (struct tki_odd_durations){0};
}

int tki_q_trace_begin(struct tki_query_eval *e, const struct tk_batch *b)
{
    tki_q_begin(e, b);
    tki_facts_begin(&e->facts, b);
    e->structure.groups = 0;
    e->at.facts = &e->facts;
    for (uint32_t i = 0; i < b->nspans && e->q->reads.durations; i++)
        count_odd(e, &b->spans[i]);
    return e->rc = tki_facts_want(&e->facts, e->q->reads.facts);
}

int tki_query_rows(struct tki_query_eval *e, const struct tk_batch *b, uint32_t *rows, size_t *nrows)
{
    size_t n = 0;
    tki_q_begin(e, b);
    for (size_t i = 0; i < *nrows && e->q->reads.durations; i++)
        count_odd(e, &b->spans[rows[i]]);
    for (size_t i = 0; i < *nrows && e->rc == 0; i++) {
        e->at.row = rows[n] = rows[i];
        n += tki_q_selects(e, e->q->root);
    }
    *nrows = n;
    return e->rc;
}
