/* Results as rows of a table: a number for each spanset, or chosen fields of each span. */
#include <stdlib.h>

#include "base/num.h"
#include "expr/traceql/eval.h"
#include "expr/traceql/table.h"

struct row {
    struct tki_value *cells, *order;
    uint64_t number; /* rows that are equal stay in the order in which they came */
};

struct tki_qtable {
    const struct tki_query *q;
    const struct tki_qnode *const *selected; /* NULL: numbers */
    uint32_t nselected;
    struct tki_arena arena;
    const char **names;
    size_t ncolumns, nkeys, norder;
    bool *desc; /* by key of order by */
    struct row *rows;
    size_t nrows, cap;
    uint64_t limit; /* UINT64_MAX: none */
    bool named;     /* with a column for the names of spans */
    bool full;      /* no further row can matter */
    int rc;
};

static char *copy_text(struct tki_qtable *t, tk_str s)
{
    char *p = tki_arena_alloc(&t->arena, s.n + 1);
    if (!p) {
        t->rc = TK_ENOMEM;
        return NULL;
    }
    if (s.n)
        memcpy(p, s.p, s.n);
    p[s.n] = '\0';
    return p;
}

static struct tki_value copy_value(struct tki_qtable *t, struct tki_value v)
{
    struct tki_buf b = {0};
    if (v.type == TKI_V_STRING) {
        v.v.s.p = copy_text(t, v.v.s);
    } else if (tki_value_compound(&v)) {
        tki_value_print(&b, &v, false);
        v = (struct tki_value){.type = TKI_V_STRING, .v.s = {copy_text(t, tki_buf_text(&b, &t->rc)), b.n}};
    }
    tki_buf_free(&b);
    if (v.type == TKI_V_STRING && !v.v.s.p)
        v.type = TKI_V_NIL;
    return v;
}

/* ---- columns ----------------------------------------------------------------------------------------------
 */

static void add_column(struct tki_qtable *t, const struct tki_qnode *n, const char *name)
{
    struct tki_buf b = {0};
    if (n)
        tki_qnode_print(&b, n);
    t->names[t->ncolumns++] = name ? name : copy_text(t, tki_buf_text(&b, &t->rc));
    tki_buf_free(&b);
}

static void add_groups(struct tki_qtable *t, const struct tki_qnode *n)
{
    for (const struct tki_qnode *s = n->kind == TKI_N_PIPE ? n->a : NULL; s; s = s->next) {
        add_groups(t, s);
        if (s->kind == TKI_N_COALESCE) {
            t->ncolumns -= t->nkeys;
            t->nkeys = 0;
        } else if (s->kind == TKI_N_BY) {
            add_column(t, s->a, NULL);
            t->nkeys++;
        }
    }
}

static bool chosen(const struct tki_qtable *t, enum tki_field_id id)
{
    for (uint32_t i = 0; i < t->nselected; i++)
        if (t->selected[i]->field.id == id && !t->selected[i]->field.parent)
            return true;
    return false;
}

/* Returns true if the names of spans are the values of a by(). */
static bool grouped_by_name(const struct tki_qnode *pipe)
{
    bool is = false;
    for (const struct tki_qnode *s = pipe->a; s; s = s->next)
        if (s->kind == TKI_N_BY)
            is = is || (s->a->kind == TKI_N_FIELD && s->a->field.id == TKI_F_NAME && !s->a->field.parent);
        else if (s->kind == TKI_N_COALESCE)
            is = false;
    return is;
}

static void add_columns(struct tki_qtable *t)
{
    const struct tki_qnode *number = NULL;
    for (const struct tki_qnode *s = t->q->root->a; s; s = s->next) {
        if (s->gives == TKI_GIVES_NUMBER && s->kind != TKI_N_ORDER && s->kind != TKI_N_LIMIT)
            number = s;
        for (const struct tki_qnode *k = s->kind == TKI_N_ORDER ? s->a : NULL; k; k = k->next)
            t->desc[t->norder++] = k->desc;
    }
    if (!number) {
        t->selected = t->q->selected;
        t->nselected = t->q->nselected;
    }
    add_column(t, NULL, "trace:id");
    if (t->selected) {
        add_column(t, NULL, "span:id");
        add_column(t, NULL, "service");
        t->named = !chosen(t, TKI_F_NAME) && !grouped_by_name(t->q->root);
        if (t->named)
            add_column(t, NULL, "span:name");
    }
    add_groups(t, t->q->root);
    for (uint32_t i = 0; i < t->nselected; i++)
        add_column(t, t->selected[i], NULL);
    if (number)
        add_column(t, number, NULL);
}

int tki_qtable_new(struct tki_qtable **out, const struct tki_query *q)
{
    struct tki_qtable *t = calloc(1, sizeof *t);
    *out = NULL;
    if (!t)
        return TK_ENOMEM;
    t->q = q;
    t->limit = tki_query_limit(q) ? tki_query_limit(q) : UINT64_MAX;
    t->names = calloc(q->nnodes + 8u, sizeof *t->names);
    t->desc = calloc(q->nnodes + 1u, sizeof *t->desc);
    if (t->names && t->desc)
        add_columns(t);
    else
        t->rc = TK_ENOMEM;
    if (t->rc < 0) {
        tki_qtable_free(t);
        return TK_ENOMEM;
    }
    *out = t;
    return 0;
}

void tki_qtable_free(struct tki_qtable *t)
{
    if (!t)
        return;
    tki_arena_free(&t->arena);
    free(t->names);
    free(t->desc);
    free(t->rows);
    free(t);
}

/* ---- rows -------------------------------------------------------------------------------------------------
 */

static struct row *add_row(struct tki_qtable *t)
{
    if (t->nrows == t->cap) {
        size_t cap = t->cap ? t->cap * 2 : 64;
        struct row *more = realloc(t->rows, cap * sizeof *more);
        if (!more) {
            t->rc = TK_ENOMEM;
            return NULL;
        }
        t->rows = more;
        t->cap = cap;
    }
    struct row *r = &t->rows[t->nrows];
    r->cells = tki_arena_alloc(&t->arena, (t->ncolumns + t->norder) * sizeof *r->cells);
    if (!r->cells) {
        t->rc = TK_ENOMEM;
        return NULL;
    }
    r->order = r->cells + t->ncolumns;
    r->number = t->nrows++;
    t->full = !t->norder && t->nrows >= t->limit;
    return r;
}

static struct tki_value trace_id(tk_id128 id)
{
    return (struct tki_value){.type = TKI_V_ID, .bytes = 16, .v.id = id};
}

static struct tki_value span_id(uint64_t id)
{
    return (struct tki_value){.type = TKI_V_ID, .bytes = 8, .v.id = {0, id}};
}

static void add_span(struct tki_qtable *t, struct tki_query_eval *e, uint32_t row, const struct tki_qresult *r)
{
    const struct tk_span *s = &e->at.b->spans[row];
    struct row *to = t->full ? NULL : add_row(t);
    if (!to)
        return;
    struct tki_value *cell = to->cells;
    *cell++ = trace_id(s->trace_id);
    *cell++ = span_id(s->span_id);
    *cell++ = copy_value(t, (struct tki_value){.type = TKI_V_STRING, .v.s = e->at.b->resources[s->resource].service});
    if (t->named)
        *cell++ = copy_value(t, (struct tki_value){.type = TKI_V_STRING, .v.s = s->name});
    for (uint32_t i = 0; r && i < r->nkeys; i++)
        *cell++ = copy_value(t, r->keys[i]);
    e->at.row = row;
    for (uint32_t i = 0; i < t->nselected; i++)
        *cell++ = copy_value(t, tki_q_field(e, t->selected[i]));
    if (r && t->norder) {
        tki_query_order_of(e, r, row, to->order);
        for (size_t i = 0; i < t->norder; i++)
            to->order[i] = copy_value(t, to->order[i]);
    }
}

int tki_qtable_add_spans(struct tki_qtable *t, struct tki_query_eval *e, const struct tk_batch *b, const uint32_t *rows,
                         size_t nrows)
{
    tki_q_begin(e, b);
    for (size_t i = 0; i < nrows && t->rc == 0 && !t->full; i++)
        add_span(t, e, rows[i], NULL);
    return t->rc;
}

static void add_number(struct tki_qtable *t, struct tki_query_eval *e, const struct tki_qresult *r)
{
    struct row *to = t->full ? NULL : add_row(t);
    if (!to)
        return;
    struct tki_value *cell = to->cells;
    *cell++ = trace_id(e->at.b->spans[r->rows[0]].trace_id);
    for (uint32_t i = 0; i < r->nkeys; i++)
        *cell++ = copy_value(t, r->keys[i]);
    *cell = r->number;
    for (size_t i = 0; i < t->norder; i++)
        to->order[i] = copy_value(t, r->order[i]);
}

int tki_qtable_add(struct tki_qtable *t, struct tki_query_eval *e, const struct tki_qresult *results)
{
    for (const struct tki_qresult *r = results; r && t->rc == 0; r = r->next) {
        if (!t->selected)
            add_number(t, e, r);
        for (uint32_t i = 0; t->selected && i < r->nrows && t->rc == 0; i++)
            add_span(t, e, r->rows[i], r);
    }
    return t->rc;
}

int tki_query_order_compare(const struct tki_value *a, const struct tki_value *b, const bool *desc, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        /* What is missing comes last, whatever the direction. */
        if ((a[i].type == TKI_V_NIL) != (b[i].type == TKI_V_NIL))
            return a[i].type == TKI_V_NIL ? 1 : -1;
        int c = tki_value_order(&a[i], &b[i]);
        if (c)
            return desc[i] ? -c : c;
    }
    return 0;
}

static int compare_rows(const void *pa, const void *pb, void *table)
{
    const struct tki_qtable *t = table;
    const struct row *a = pa, *b = pb;
    int c = tki_query_order_compare(a->order, b->order, t->desc, t->norder);
    return c ? c : (a->number > b->number) - (a->number < b->number);
}

void tki_qtable_finish(struct tki_qtable *t)
{
    if (t->norder && t->nrows)
        qsort_r(t->rows, t->nrows, sizeof *t->rows, compare_rows, t);
    if (t->nrows > t->limit)
        t->nrows = (size_t)t->limit;
}

bool tki_qtable_full(const struct tki_qtable *t)
{
    return t->full;
}

size_t tki_qtable_columns(const struct tki_qtable *t)
{
    return t->ncolumns;
}

const char *tki_qtable_name(const struct tki_qtable *t, size_t column)
{
    return t->names[column];
}

size_t tki_qtable_rows(const struct tki_qtable *t)
{
    return t->nrows;
}

const struct tki_value *tki_qtable_row(const struct tki_qtable *t, size_t row)
{
    return t->rows[row].cells;
}
