/* Where metrics keep what they observe, and the rows and texts of their tables. */
#include <stdlib.h>

#include "expr/traceql/metric_in.h"

uint32_t tki_qcell_at(struct tki_qmetrics *m, struct tki_qleaf *l, const struct tki_value *key)
{
    uint32_t i = tki_qgroups_put(&l->keys, key);
    if (i != TK_NONE && i >= l->cap) {
        uint32_t cap = l->keys.cap;
        struct tki_qcell *more = realloc(l->cells, cap * sizeof *more);
        if (more) {
            memset(more + l->cap, 0, (cap - l->cap) * sizeof *more);
            l->cells = more;
            l->cap = cap;
        } else {
            i = TK_NONE;
        }
    }
    if (i == TK_NONE)
        m->rc = TK_ENOMEM;
    return i;
}

uint32_t tki_qcell_add(struct tki_qmetrics *m, struct tki_qleaf *l, const struct tki_value *key, double value,
                       double weight)
{
    uint32_t i = tki_qcell_at(m, l, key);
    if (i == TK_NONE)
        return TK_NONE;
    struct tki_qcell *c = &l->cells[i];
    bool first = c->n.n == 0;
    c->min = first || value < c->min ? value : c->min;
    c->max = first || value > c->max ? value : c->max;
    if (tki_exact_add(&c->n, weight) < 0 || (value != 0 && tki_exact_add(&c->sum, weight * value) < 0)) {
        m->rc = TK_ENOMEM;
        return TK_NONE;
    }
    return i;
}

tk_str tki_qmetrics_text(struct tki_qmetrics *m, tk_str s)
{
    char *p = tki_arena_alloc(&m->arena, s.n + 1);
    if (!p) {
        m->rc = TK_ENOMEM;
        return (tk_str){"", 0};
    }
    if (s.n)
        memcpy(p, s.p, s.n);
    p[s.n] = '\0';
    return (tk_str){p, s.n};
}

struct tki_value *tki_qmetrics_add_row(struct tki_qmetrics *m)
{
    if (m->nrows == m->cap) {
        size_t cap = m->cap ? m->cap * 2 : 64;
        struct tki_value *more = realloc(m->rows, cap * m->ncolumns * sizeof *more);
        if (!more) {
            m->rc = TK_ENOMEM;
            return NULL;
        }
        m->rows = more;
        m->cap = cap;
    }
    return m->rows + m->nrows++ * m->ncolumns;
}
