/* A pipeline over one trace: spansets go in and come out, one for the whole trace at first, one for each
 * group behind by(). */
#include <stdlib.h>

#include "expr/traceql/eval.h"

struct key { /* what a spanset was grouped by; the last by() first */
    struct tki_value value;
    const struct key *up;
};

struct set {
    uint32_t *rows; /* ascending */
    uint32_t n;
    const struct key *keys;
    struct set *next;
};

static void *room(struct tki_query_eval *e, size_t n)
{
    void *p = tki_arena_alloc(&e->arena, n);
    if (!p)
        e->rc = TK_ENOMEM;
    return p;
}

/* A set with place for n rows, n of them 0; NULL: out of memory. */
static struct set *new_set(struct tki_query_eval *e, uint32_t n, const struct key *keys)
{
    struct set *s = room(e, sizeof *s);
    uint32_t *rows = room(e, n * sizeof *rows);
    if (!s || !rows)
        return NULL;
    *s = (struct set){.rows = rows, .keys = keys};
    return s;
}

/* What has to outlive the next field: text of ids is copied, arrays and other data become text. */
struct tki_value tki_q_keep(struct tki_query_eval *e, struct tki_value v)
{
    struct tki_buf b = {0};
    if (v.type != TKI_V_STRING && !tki_value_compound(&v))
        return v;
    const char *texts = (const char *)e->at.id_text;
    bool id = v.type == TKI_V_STRING && v.v.s.p >= texts && v.v.s.p < texts + sizeof e->at.id_text;
    if (v.type == TKI_V_STRING && !id)
        return v;
    tki_value_print(&b, &v, false);
    char *p = b.err ? NULL : room(e, b.n);
    if (p)
        memcpy(p, b.p, b.n);
    else
        e->rc = TK_ENOMEM;
    struct tki_value kept = {.type = TKI_V_STRING, .v.s = {p, p ? b.n : 0}};
    tki_buf_free(&b);
    return kept;
}

/* ---- numbers ----------------------------------------------------------------------------------------------
 */

static struct set *run(struct tki_query_eval *e, const struct tki_qnode *n, struct set *in);

/* Spans for which the expression is no number are left out. */
static struct tki_value aggregate(struct tki_query_eval *e, const struct tki_qnode *n, const struct set *s)
{
    struct tki_value r = {.type = TKI_V_NIL};
    uint32_t count = 0;
    if (n->what == TKI_AGG_COUNT)
        return (struct tki_value){.type = TKI_V_INT, .v.i = s->n};
    for (uint32_t i = 0; i < s->n && e->rc == 0; i++) {
        e->at.row = s->rows[i];
        struct tki_value v = tki_q_value(e, n->a);
        if (!tki_value_numeric(&v))
            continue;
        if (count++ == 0)
            r = v;
        else if (n->what == TKI_AGG_MIN || n->what == TKI_AGG_MAX)
            r = (tki_value_order(&v, &r) < 0) == (n->what == TKI_AGG_MIN) ? v : r;
        else
            r = tki_q_arithmetic(TKI_OP_ADD, &r, &v);
    }
    if (n->what != TKI_AGG_AVG || !count)
        return r;
    if (r.type == TKI_V_DURATION)
        r.v.i /= count;
    else
        r = (struct tki_value){.type = TKI_V_FLOAT, .v.d = tki_value_double(&r) / count};
    return r;
}

/* A pipeline that ends in a number, run over the set: the number of what is left, nil when nothing is. */
static struct tki_value of_pipe(struct tki_query_eval *e, const struct tki_qnode *n, const struct set *s);

static struct tki_value number(struct tki_query_eval *e, const struct tki_qnode *n, const struct set *s)
{
    struct tki_value a, b;
    switch ((enum tki_qkind)n->kind) {
    case TKI_N_VALUE: return n->value;
    case TKI_N_AGG: return aggregate(e, n, s);
    case TKI_N_PIPE: return of_pipe(e, n, s);
    case TKI_N_UNARY:
        a = number(e, n->a, s);
        if (a.type == TKI_V_FLOAT)
            a.v.d = -a.v.d;
        else if (a.type != TKI_V_NIL)
            a.v.i = (int64_t)(0 - (uint64_t)a.v.i);
        return a;
    default:
        a = number(e, n->a, s);
        b = number(e, n->b, s);
        return tki_q_arithmetic(n->op, &a, &b);
    }
}

static struct tki_value of_pipe(struct tki_query_eval *e, const struct tki_qnode *n, const struct set *s)
{
    struct set *in = new_set(e, s->n, s->keys);
    if (!in)
        return (struct tki_value){.type = TKI_V_NIL};
    memcpy(in->rows, s->rows, s->n * sizeof *s->rows);
    in->n = s->n;
    const struct tki_qnode *stage = n->a;
    for (; stage->next; stage = stage->next)
        in = run(e, stage, in);
    return in && in->n ? number(e, stage, in) : (struct tki_value){.type = TKI_V_NIL};
}

/* ---- sets -------------------------------------------------------------------------------------------------
 */

static struct set *filter(struct tki_query_eval *e, const struct tki_qnode *n, struct set *in)
{
    struct set *first = NULL, **next = &first;
    for (; in && e->rc == 0; in = in->next) {
        struct set *s = new_set(e, in->n, in->keys);
        for (uint32_t i = 0; s && i < in->n && e->rc == 0; i++) {
            e->at.row = s->rows[s->n] = in->rows[i];
            s->n += tki_q_passes(e, n);
        }
        if (s && s->n) {
            *next = s;
            next = &s->next;
        }
    }
    return first;
}

static bool *marks(struct tki_query_eval *e, const struct set *s)
{
    bool *m = room(e, e->at.b->nspans + 1u);
    if (!m)
        return NULL;
    memset(m, 0, e->at.b->nspans);
    for (; s; s = s->next)
        for (uint32_t i = 0; i < s->n; i++)
            m[s->rows[i]] = true;
    return m;
}

static struct set *combine_one(struct tki_query_eval *e, const struct tki_qnode *n, const struct set *in)
{
    struct set *copy[2] = {NULL, NULL};
    for (int i = 0; i < 2; i++) { /* each side starts from the same spans, alone */
        copy[i] = new_set(e, in->n, in->keys);
        if (!copy[i])
            return NULL;
        memcpy(copy[i]->rows, in->rows, in->n * sizeof *in->rows);
        copy[i]->n = in->n;
    }
    struct set *l = run(e, n->a, copy[0]), *r = run(e, n->b, copy[1]);
    if (e->rc < 0 || (n->op == TKI_OP_AND && (!l || !r)) || (n->op == TKI_OP_OR && !l && !r))
        return NULL;
    uint32_t spans = e->at.b->nspans;
    bool *ml = marks(e, l), *mr = marks(e, r), *out = room(e, spans + 1u);
    struct set *s = new_set(e, spans, in->keys);
    if (!ml || !mr || !out || !s)
        return NULL;
    if (n->op == TKI_OP_AND || n->op == TKI_OP_OR)
        for (uint32_t i = 0; i < spans; i++)
            out[i] = ml[i] || mr[i];
    else
        tki_q_structure(e, n->op, ml, mr, out);
    for (uint32_t i = 0; i < spans; i++)
        if (out[i])
            s->rows[s->n++] = i;
    return s->n ? s : NULL;
}

static struct set *combine(struct tki_query_eval *e, const struct tki_qnode *n, const struct set *in)
{
    struct set *first = NULL, **next = &first;
    for (; in && e->rc == 0; in = in->next) {
        *next = combine_one(e, n, in);
        if (*next)
            next = &(*next)->next;
    }
    return first;
}

static struct set *compare(struct tki_query_eval *e, const struct tki_qnode *n, struct set *in)
{
    struct set *first = NULL, **next = &first;
    for (struct set *s = in; s && e->rc == 0;) {
        struct set *after = s->next;
        struct tki_value a = number(e, n->a, s), b = number(e, n->b, s);
        if (tki_q_compare(n->op, &a, &b)) {
            *next = s;
            next = &s->next;
        }
        s = after;
    }
    *next = NULL;
    return first;
}

/* The groups of one set, in the order of their first spans. */
static struct set *split(struct tki_query_eval *e, const struct tki_qnode *n, const struct set *in)
{
    struct set *first = NULL, **next = &first;
    uint32_t slots = 4, *group = room(e, in->n * sizeof *group), *size = room(e, in->n * sizeof *size), groups = 0;
    while (slots < 2 * in->n)
        slots *= 2;
    uint32_t *slot = room(e, slots * sizeof *slot);
    struct tki_value *value = room(e, in->n * sizeof *value);
    struct set **sets = room(e, in->n * sizeof(struct set *));
    if (e->rc < 0)
        return NULL;
    memset(slot, 0, slots * sizeof *slot);
    for (uint32_t i = 0; i < in->n && e->rc == 0; i++) {
        e->at.row = in->rows[i];
        struct tki_value v = tki_q_keep(e, tki_q_value(e, n->a));
        uint32_t at = (uint32_t)tki_value_hash(&v) & (slots - 1);
        while (slot[at] && !tki_value_same(&value[slot[at] - 1], &v))
            at = (at + 1) & (slots - 1);
        if (!slot[at]) {
            value[groups] = v;
            size[groups++] = 0;
            slot[at] = groups;
        }
        group[i] = slot[at] - 1;
        size[group[i]]++;
    }
    for (uint32_t g = 0; g < groups && e->rc == 0; g++) {
        struct key *key = room(e, sizeof *key);
        sets[g] = new_set(e, size[g], key);
        if (!key || !sets[g])
            return NULL;
        *key = (struct key){value[g], in->keys};
        *next = sets[g];
        next = &sets[g]->next;
    }
    for (uint32_t i = 0; i < in->n && e->rc == 0; i++)
        sets[group[i]]->rows[sets[group[i]]->n++] = in->rows[i];
    return first;
}

static struct set *group(struct tki_query_eval *e, const struct tki_qnode *n, const struct set *in)
{
    struct set *first = NULL, **next = &first;
    for (; in && e->rc == 0; in = in->next) {
        *next = split(e, n, in);
        while (*next)
            next = &(*next)->next;
    }
    return first;
}

static struct set *coalesce(struct tki_query_eval *e, const struct set *in)
{
    const bool *m = marks(e, in);
    struct set *s = m ? new_set(e, e->at.b->nspans, NULL) : NULL;
    if (!s)
        return NULL;
    for (uint32_t i = 0; i < e->at.b->nspans; i++)
        if (m[i])
            s->rows[s->n++] = i;
    return s->n ? s : NULL;
}

/* One stage.  Lists that are handed in may be taken apart. */
static struct set *run(struct tki_query_eval *e, const struct tki_qnode *n, struct set *in)
{
    if (!in || e->rc < 0)
        return NULL;
    switch ((enum tki_qkind)n->kind) {
    case TKI_N_FILTER: return filter(e, n, in);
    case TKI_N_SETS: return combine(e, n, in);
    case TKI_N_COMPARE: return compare(e, n, in);
    case TKI_N_BY: return group(e, n, in);
    case TKI_N_COALESCE: return coalesce(e, in);
    case TKI_N_PIPE:
        for (const struct tki_qnode *s = n->a; s; s = s->next)
            in = run(e, s, in);
        return in;
    default: return in;
    }
}

/* ---- results ----------------------------------------------------------------------------------------------
 */

/* The value of a key of order by: of an aggregate, or the largest or smallest of the spans. */
static struct tki_value order_value(struct tki_query_eval *e, const struct tki_qnode *key, const struct set *s)
{
    struct tki_value best = {.type = TKI_V_NIL};
    if (key->kind == TKI_N_AGG)
        return aggregate(e, key, s);
    for (uint32_t i = 0; i < s->n; i++) {
        e->at.row = s->rows[i];
        struct tki_value v = tki_q_keep(e, tki_q_field(e, key));
        if (v.type != TKI_V_NIL &&
            (best.type == TKI_V_NIL || (key->desc ? tki_value_order(&v, &best) > 0 : tki_value_order(&v, &best) < 0)))
            best = v;
    }
    return best;
}

static const struct tki_qnode *number_stage(const struct tki_qnode *pipe)
{
    const struct tki_qnode *found = NULL;
    for (const struct tki_qnode *s = pipe->a; s; s = s->next)
        if (s->gives == TKI_GIVES_NUMBER && s->kind != TKI_N_ORDER && s->kind != TKI_N_LIMIT)
            found = s;
    return found;
}

static bool fill(struct tki_query_eval *e, const struct tki_qnode *pipe, const struct set *s, struct tki_qresult *r)
{
    const struct tki_qnode *n = number_stage(pipe);
    *r = (struct tki_qresult){.rows = s->rows, .nrows = s->n, .number.type = TKI_V_NIL};
    for (const struct key *k = s->keys; k; k = k->up)
        r->nkeys++;
    struct tki_value *keys = room(e, r->nkeys * sizeof *keys), *order = NULL;
    if (!keys)
        return false;
    uint32_t i = r->nkeys;
    for (const struct key *k = s->keys; k; k = k->up)
        keys[--i] = k->value;
    r->keys = keys;
    if (n)
        r->number = number(e, n, s);
    for (const struct tki_qnode *o = pipe->a; o; o = o->next)
        for (const struct tki_qnode *k = o->kind == TKI_N_ORDER ? o->a : NULL; k; k = k->next)
            r->norder++;
    order = room(e, r->norder * sizeof *order);
    i = 0;
    for (const struct tki_qnode *o = pipe->a; o && order; o = o->next)
        for (const struct tki_qnode *k = o->kind == TKI_N_ORDER ? o->a : NULL; k; k = k->next)
            order[i++] = order_value(e, k, s);
    r->order = order;
    return e->rc == 0;
}

void tki_query_order_of(struct tki_query_eval *e, const struct tki_qresult *r, uint32_t row, struct tki_value *to)
{
    size_t i = 0;
    for (const struct tki_qnode *o = e->q->root->a; o; o = o->next)
        for (const struct tki_qnode *k = o->kind == TKI_N_ORDER ? o->a : NULL; k; k = k->next, i++) {
            e->at.row = row;
            to[i] = k->kind == TKI_N_AGG ? r->order[i] : tki_q_keep(e, tki_q_field(e, k));
        }
}

size_t tki_query_order_keys(const struct tki_query *q, bool *desc, size_t max)
{
    size_t n = 0;
    for (const struct tki_qnode *o = q->root->a; o; o = o->next)
        for (const struct tki_qnode *k = o->kind == TKI_N_ORDER ? o->a : NULL; k; k = k->next, n++)
            if (n < max)
                desc[n] = k->desc;
    return n;
}

struct tki_qresult *tki_q_run(struct tki_query_eval *e, const struct tki_qnode *pipe)
{
    struct tki_qresult *first = NULL, **next = &first;
    struct set *s = new_set(e, e->at.b->nspans, NULL);
    for (uint32_t i = 0; s && i < e->at.b->nspans; i++)
        s->rows[s->n++] = i;
    if (s && !s->n)
        return NULL;
    for (s = run(e, pipe, s); s && e->rc == 0; s = s->next) {
        *next = room(e, sizeof **next);
        if (!*next || !fill(e, pipe, s, *next))
            return NULL;
        next = &(*next)->next;
    }
    return e->rc == 0 ? first : NULL;
}

int tki_query_trace(struct tki_query_eval *e, const struct tk_batch *b, const struct tki_qresult **results)
{
    *results = NULL;
    if (tki_q_trace_begin(e, b) == 0 && e->q->root->kind == TKI_N_PIPE)
        *results = tki_q_run(e, e->q->root);
    return e->rc;
}

int tki_query_union(const struct tki_qresult *results, const struct tk_batch *b, uint32_t *rows, size_t *n)
{
    *n = 0;
    if (!results)
        return 0;
    if (!results->next) {
        memcpy(rows, results->rows, results->nrows * sizeof *rows);
        *n = results->nrows;
        return 0;
    }
    bool *mark = calloc(b->nspans + 1u, sizeof *mark);
    if (!mark)
        return TK_ENOMEM;
    for (const struct tki_qresult *r = results; r; r = r->next)
        for (uint32_t i = 0; i < r->nrows; i++)
            mark[r->rows[i]] = true;
    for (uint32_t i = 0; i < b->nspans; i++)
        if (mark[i])
            rows[(*n)++] = i;
    free(mark);
    return 0;
}
