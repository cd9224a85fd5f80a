/* What metrics observed, taken out of them and put together. */
#include "expr/traceql/metric_in.h"

bool tki_qmetrics_join(const struct tki_qmetrics *m)
{
    for (size_t i = 0; i < m->nleaves; i++)
        if (m->leaves[i].node->kind == TKI_N_CONTRAST)
            return false;
    return true;
}

void tki_qmetrics_observed(const struct tki_qmetrics *m, struct tki_qobserved *to)
{
    *to = (struct tki_qobserved){.first_ns = m->first_ns,
                                 .last_ns = m->last_ns,
                                 .spans = m->spans,
                                 .sampled = m->sampled,
                                 .untimed = m->untimed,
                                 .stand_for = m->stand_for};
}

int tki_qmetrics_put_observed(struct tki_qmetrics *m, const struct tki_qobserved *more)
{
    if (more->first_ns <= more->last_ns)
        tki_qmetrics_range(m, more->first_ns, more->last_ns);
    m->spans += more->spans;
    m->sampled += more->sampled;
    m->untimed += more->untimed;
    return tki_exact_join(&m->stand_for, &more->stand_for);
}

uint32_t tki_qmetrics_leaves(const struct tki_qmetrics *m)
{
    return (uint32_t)m->nleaves;
}

uint32_t tki_qmetrics_cells(const struct tki_qmetrics *m, uint32_t leaf)
{
    return m->leaves[leaf].keys.n;
}

void tki_qmetrics_cell(const struct tki_qmetrics *m, uint32_t leaf, uint32_t cell, struct tki_qcell_of *to)
{
    const struct tki_qleaf *l = &m->leaves[leaf];
    const struct tki_value *key = tki_qgroups_at(&l->keys, cell);
    const struct tki_qcell *c = &l->cells[cell];
    *to = (struct tki_qcell_of){.leaf = leaf,
                                .labels = tki_qgroups_at(&l->series, (uint32_t)key[0].v.i),
                                .nlabels = l->series.width,
                                .interval = key[1].v.i,
                                .bucket = key[2].v.i,
                                .n = c->n,
                                .sum = c->sum,
                                .min = c->min,
                                .max = c->max};
}

static struct tki_value whole(int64_t i)
{
    return (struct tki_value){.type = TKI_V_INT, .v.i = i};
}

int tki_qmetrics_put_cell(struct tki_qmetrics *m, const struct tki_qcell_of *more, uint32_t *cell)
{
    if (more->leaf >= m->nleaves || more->nlabels != m->leaves[more->leaf].series.width)
        return TK_EUSAGE;
    struct tki_qleaf *l = &m->leaves[more->leaf];
    uint32_t series = tki_qgroups_put(&l->series, more->labels);
    if (series == TK_NONE)
        return TK_ENOMEM;
    struct tki_value key[3] = {whole(series), whole(more->interval), whole(more->bucket)};
    *cell = tki_qcell_at(m, l, key);
    if (*cell == TK_NONE)
        return TK_ENOMEM;
    struct tki_qcell *c = &l->cells[*cell];
    bool first = c->n.n == 0;
    c->min = first || more->min < c->min ? more->min : c->min;
    c->max = first || more->max > c->max ? more->max : c->max;
    int r = tki_exact_join(&c->n, &more->n);
    return r < 0 ? r : tki_exact_join(&c->sum, &more->sum);
}

struct tki_values *tki_qmetrics_values(struct tki_qmetrics *m, uint32_t leaf)
{
    return m->leaves[leaf].values;
}
