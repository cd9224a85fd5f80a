/* Metrics: observing spans, and the table at the end. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "expr/traceql/metric_in.h"

static size_t count_leaves(const struct tki_qnode *n)
{
    size_t count = n->kind == TKI_N_METRIC || n->kind == TKI_N_CONTRAST;
    if (n->kind == TKI_N_MATH)
        return count_leaves(n->a) + count_leaves(n->b);
    for (const struct tki_qnode *s = n->kind == TKI_N_PIPE ? n->a : NULL; s; s = s->next)
        count += count_leaves(s);
    return count;
}

/* Functions in the order of the query, each with the pipeline it stands in. */
static void find_leaves(struct tki_qmetrics *m, const struct tki_qnode *n, const struct tki_qnode *pipe)
{
    if (n->kind == TKI_N_MATH) {
        find_leaves(m, n->a, NULL);
        find_leaves(m, n->b, NULL);
        return;
    }
    if (n->kind == TKI_N_METRIC || n->kind == TKI_N_CONTRAST) {
        struct tki_qleaf *l = &m->leaves[m->nleaves++];
        l->pipe = pipe;
        l->node = n;
        l->keys.width = n->kind == TKI_N_CONTRAST ? 2 : 3;
        l->series.width = n->kind == TKI_N_CONTRAST ? 2 : 0;
        l->names.width = 2;
        for (const struct tki_qnode *b = n->b; b; b = b->next)
            l->series.width++;
        l->duration = n->a && n->kind == TKI_N_METRIC && n->a->type == TKI_V_DURATION;
        return;
    }
    for (const struct tki_qnode *s = n->kind == TKI_N_PIPE ? n->a : NULL; s; s = s->next)
        find_leaves(m, s, n);
}

/* Functions that hold values share the memory. */
static int open_values(struct tki_qmetrics *m, const struct tki_qmetrics_opts *opts)
{
    size_t n = 0;
    int r = 0;
    for (size_t i = 0; i < m->nleaves; i++)
        n += tki_qholds_values(m->leaves[i].node);
    for (size_t i = 0; i < m->nleaves && r == 0; i++)
        if (tki_qholds_values(m->leaves[i].node))
            r = tki_values_open(&m->leaves[i].values, opts->memory_max / n, opts->tmpdir);
    return r;
}

int tki_qmetrics_new(struct tki_qmetrics **out, const struct tki_query *q, const struct tki_qmetrics_opts *opts)
{
    struct tki_qmetrics *m = calloc(1, sizeof *m);
    *out = NULL;
    if (!m)
        return TK_ENOMEM;
    m->q = q;
    m->step_ns = opts->step_ns;
    m->rates = opts->rates;
    m->first_ns = UINT64_MAX;
    size_t n = count_leaves(q->root);
    m->leaves = calloc(n + 1, sizeof *m->leaves);
    if (m->leaves)
        find_leaves(m, q->root, NULL);
    if (!m->leaves || open_values(m, opts) < 0) {
        tki_qmetrics_free(m);
        return TK_ENOMEM;
    }
    for (size_t i = 0; i < q->nhints; i++)
        m->unweighted |= TKI_STR_IS(q->hints[i].name, "extrapolate") && !q->hints[i].value.v.b;
    m->alone = n == 1 && m->leaves[0].pipe == q->root;
    *out = m;
    return 0;
}

void tki_qmetrics_free(struct tki_qmetrics *m)
{
    if (!m)
        return;
    for (size_t i = 0; i < m->nleaves; i++) {
        tki_qgroups_free(&m->leaves[i].series);
        tki_qgroups_free(&m->leaves[i].keys);
        tki_qgroups_free(&m->leaves[i].names);
        tki_values_close(m->leaves[i].values);
        for (uint32_t k = 0; k < m->leaves[i].cap; k++) {
            tki_exact_free(&m->leaves[i].cells[k].n);
            tki_exact_free(&m->leaves[i].cells[k].sum);
        }
        free(m->leaves[i].cells);
    }
    tki_exact_free(&m->stand_for);
    free(m->leaves);
    free(m->rows);
    tki_arena_free(&m->arena);
    free(m);
}

void tki_qmetrics_range(struct tki_qmetrics *m, uint64_t first_ns, uint64_t last_ns)
{
    m->first_ns = first_ns < m->first_ns ? first_ns : m->first_ns;
    m->last_ns = last_ns > m->last_ns ? last_ns : m->last_ns;
}

/* ---- observing --------------------------------------------------------------------------------------------
 */

static struct tki_value whole(int64_t i)
{
    return (struct tki_value){.type = TKI_V_INT, .v.i = i};
}

static double weight_of(struct tki_qmetrics *m, const struct tk_span *s)
{
    tki_rate rate = tki_span_threshold_rate(s), trace = m->whole ? m->rate : 0;
    if (m->unweighted)
        return 1;
    if (!rate && m->rates) {
        uint32_t row = tki_idmap_get(&m->rates->ids, s->trace_id);
        trace = row != TKI_MAP_NONE ? tki_ledger_row(m->rates, row)->rate : 0;
    }
    /* A threshold is each span's own; tags stand at the root for all spans of the trace. */
    if (!rate && tki_rate_class(trace) == TKI_RATE_TAGS)
        rate = trace;
    m->sampled += tki_rate_known(rate);
    return tki_rate_weight(rate);
}

/* The exponent of the power of two that a value is rounded up to; one below all for what is not positive. */
static int64_t bucket_of(double v)
{
    int exponent;
    if (!(v > 0))
        return INT16_MIN;
    double mantissa = frexp(v, &exponent); /* v = mantissa * 2^exponent, mantissa in [0.5, 1) */
    return mantissa == 0.5 ? exponent - 1 : exponent;
}

static void observe(struct tki_qmetrics *m, struct tki_qleaf *l, struct tki_query_eval *e, uint32_t row)
{
    const struct tk_span *s = &e->at.b->spans[row];
    struct tki_value labels[TKI_QUERY_LABELS_MAX], v = {.type = TKI_V_NIL};
    double value = 0, weight;
    e->at.row = row;
    if (m->step_ns && !s->start_ns) {
        m->untimed++;
        return;
    }
    if (l->node->a && l->node->kind == TKI_N_METRIC) {
        v = tki_q_field(e, l->node->a);
        if (!tki_value_numeric(&v) || isnan(tki_value_double(&v)))
            return;
        value = tki_value_double(&v);
    }
    m->spans++;
    weight = weight_of(m, s);
    if (tki_exact_add(&m->stand_for, weight) < 0) {
        m->rc = TK_ENOMEM;
        return;
    }
    if (l->node->kind == TKI_N_CONTRAST) {
        tki_qcontrast_observe(m, l, e, weight);
        return;
    }
    uint32_t n = 0;
    for (const struct tki_qnode *b = l->node->b; b; b = b->next)
        labels[n++] = tki_q_keep(e, tki_q_field(e, b));
    uint32_t series = tki_qgroups_put(&l->series, labels);
    if (series == TK_NONE) {
        m->rc = TK_ENOMEM;
        return;
    }
    int64_t interval = tki_qinterval(m, s->start_ns);
    struct tki_value key[3] = {whole(series), whole(interval),
                               whole(l->node->what == TKI_M_HISTOGRAM ? bucket_of(value) : 0)};
    uint32_t cell = tki_qcell_add(m, l, key, value, weight);
    if (l->values && cell != TK_NONE)
        m->rc = tki_values_add(l->values, cell, value, weight, &m->err);
}

int tki_qmetrics_spans(struct tki_qmetrics *m, struct tki_query_eval *e, const struct tk_batch *b, const uint32_t *rows,
                       size_t nrows)
{
    tki_q_begin(e, b);
    for (size_t k = 0; k < m->nleaves; k++)
        for (size_t i = 0; i < nrows && m->rc == 0 && e->rc == 0; i++) {
            e->at.row = rows[i];
            if (m->alone || tki_q_selects(e, m->leaves[k].pipe))
                observe(m, &m->leaves[k], e, rows[i]);
        }
    return m->rc < 0 ? m->rc : e->rc;
}

int tki_qmetrics_trace(struct tki_qmetrics *m, struct tki_query_eval *e, const struct tk_batch *b)
{
    int r = tki_q_trace_begin(e, b);
    m->whole = true;
    m->rate = tki_trace_rate(b);
    for (uint32_t i = 0; i < b->nspans; i++)
        if (b->spans[i].start_ns)
            tki_qmetrics_range(m, b->spans[i].start_ns, b->spans[i].start_ns);
    for (size_t k = 0; k < m->nleaves && r == 0; k++) {
        const struct tki_qresult *results = tki_q_run(e, m->leaves[k].pipe);
        for (; results && r == 0; results = results->next)
            for (uint32_t i = 0; i < results->nrows && m->rc == 0; i++)
                observe(m, &m->leaves[k], e, results->rows[i]);
        r = m->rc < 0 ? m->rc : e->rc;
    }
    return r;
}

/* ---- the table --------------------------------------------------------------------------------------------
 */

/* RFC 3339, with as many decimals as the step needs. */
static struct tki_value time_text(struct tki_qmetrics *m, uint64_t ns)
{
    char z[64];
    time_t seconds = (time_t)(ns / 1000000000);
    struct tm tm;
    size_t n = gmtime_r(&seconds, &tm) ? strftime(z, sizeof z, "%Y-%m-%dT%H:%M:%S", &tm) : 0;
    if (m->step_ns % 1000000000)
        n += (size_t)snprintf(z + n, sizeof z - n, ".%09u", (unsigned)(ns % 1000000000));
    z[n++] = 'Z';
    return (struct tki_value){.type = TKI_V_STRING, .v.s = tki_qmetrics_text(m, (tk_str){z, n})};
}

static uint64_t end_of(const struct tki_qmetrics *m, int64_t interval)
{
    uint64_t ns;
    return __builtin_mul_overflow((uint64_t)interval + 1, (uint64_t)m->step_ns, &ns) ? UINT64_MAX : ns;
}

/* Of a number without aggregates. */
static struct tki_value constant_of(const struct tki_qnode *n)
{
    if (n->kind == TKI_N_VALUE)
        return n->value;
    struct tki_value a = constant_of(n->a), zero = {.type = TKI_V_INT}, b = n->b ? constant_of(n->b) : a;
    return n->b ? tki_q_arithmetic(n->op, &a, &b) : tki_q_arithmetic(TKI_OP_SUB, &zero, &a);
}

/* The frame of a part of the query: of a function, or of what is made of others. */
static int frame_of(struct tki_qmetrics *m, const struct tki_qnode *n, size_t *leaf, struct tki_qframe *f)
{
    int r = 0;
    if (n->kind == TKI_N_METRIC)
        return tki_qleaf_frame(m, &m->leaves[(*leaf)++], f);
    if (n->kind == TKI_N_MATH && n->a->gives != n->b->gives) { /* one side is a constant */
        bool left = n->a->gives == TKI_GIVES_NUMBER;
        struct tki_value constant = constant_of(left ? n->a : n->b);
        r = frame_of(m, left ? n->b : n->a, leaf, f);
        tki_qframe_scale(f, n->op, &constant, left);
        return r;
    }
    if (n->kind == TKI_N_MATH) {
        struct tki_qframe a = {0}, b = {0};
        r = frame_of(m, n->a, leaf, &a);
        if (r == 0)
            r = frame_of(m, n->b, leaf, &b);
        if (r == 0)
            r = tki_qframe_math(m, n->op, &a, &b, f);
        tki_qframe_free(&a);
        tki_qframe_free(&b);
        return r;
    }
    for (const struct tki_qnode *s = n->kind == TKI_N_PIPE ? n->a : NULL; s && r == 0; s = s->next) {
        if (s->gives != TKI_GIVES_SERIES)
            continue;
        if (s->kind == TKI_N_MFILTER)
            tki_qframe_filter(f, s);
        else if (s->kind == TKI_N_TOPK)
            r = tki_qframe_top(f, s);
        else
            r = frame_of(m, s, leaf, f);
    }
    return r;
}

/* The words of the function at the head of the last column. */
static const char *value_name(struct tki_qmetrics *m)
{
    struct tki_buf b = {0};
    const struct tki_qnode *n = m->q->root;
    while (n->kind == TKI_N_PIPE)
        for (n = n->a; n->next && n->kind != TKI_N_METRIC && n->kind != TKI_N_MATH && n->kind != TKI_N_PIPE;)
            n = n->next;
    if (n->kind == TKI_N_METRIC) {
        tki_buf_str(&b, tki_str(tki_metric_words[n->what]));
        tki_buf_putc(&b, '(');
        if (n->a)
            tki_qnode_print(&b, n->a);
        tki_buf_putc(&b, ')');
    } else {
        tki_buf_lit(&b, "value");
    }
    tk_str s = tki_qmetrics_text(m, tki_buf_text(&b, &m->rc));
    tki_buf_free(&b);
    return s.p;
}

static struct tki_value number(double x, bool duration, bool counts)
{
    if (isnan(x))
        return (struct tki_value){.type = TKI_V_NIL};
    if (counts && x == floor(x) && x < 0x1p53)
        return whole((int64_t)x);
    if (duration && fabs(x) <= 0x1p63) /* which is what the longest durations are rounded to */
        return (struct tki_value){.type = TKI_V_DURATION, .v.i = x < 0x1p63 ? (int64_t)llround(x) : INT64_MAX};
    return (struct tki_value){.type = TKI_V_FLOAT, .v.d = x};
}

static int fill(struct tki_qmetrics *m, const struct tki_qframe *f)
{
    m->ncolumns = f->nlabels + (m->step_ns > 0) + 1;
    const char **names = tki_arena_alloc(&m->arena, m->ncolumns * sizeof *names);
    if (!names)
        return TK_ENOMEM;
    for (size_t i = 0; i < f->nlabels; i++)
        names[i] = f->names[i];
    if (m->step_ns)
        names[f->nlabels] = "time";
    names[m->ncolumns - 1] = value_name(m);
    m->names = names;
    for (size_t i = 0; i < f->npoints && m->rc == 0; i++) {
        const struct tki_qpoint *p = &f->points[i];
        struct tki_value *to = tki_qmetrics_add_row(m);
        if (!to)
            return TK_ENOMEM;
        for (size_t k = 0; k < f->nlabels; k++) {
            to[k] = f->labels[p->series * f->nlabels + k];
            if (to[k].type == TKI_V_STRING)
                to[k].v.s = tki_qmetrics_text(m, to[k].v.s);
        }
        if (m->step_ns)
            to[f->nlabels] = time_text(m, end_of(m, p->interval));
        to[m->ncolumns - 1] = number(p->value, f->duration, f->counts);
    }
    return m->rc;
}

const struct tk_err *tki_qmetrics_err(const struct tki_qmetrics *m)
{
    return &m->err;
}

int tki_qmetrics_finish(struct tki_qmetrics *m)
{
    struct tki_qframe f = {0};
    size_t leaf = 0;
    if (m->first_ns > m->last_ns)
        m->first_ns = m->last_ns = 0;
    if (m->step_ns && tki_qinterval(m, m->last_ns) - tki_qinterval(m, m->first_ns) >= TKI_INTERVALS_MAX)
        return TK_ELIMIT;
    if (m->nleaves && m->leaves[0].node->kind == TKI_N_CONTRAST)
        return tki_qcontrast_finish(m, &m->leaves[0]);
    int r = frame_of(m, m->q->root, &leaf, &f);
    if (r == 0)
        r = fill(m, &f);
    tki_qframe_free(&f);
    return r;
}

size_t tki_qmetrics_columns(const struct tki_qmetrics *m)
{
    return m->ncolumns;
}

const char *tki_qmetrics_name(const struct tki_qmetrics *m, size_t column)
{
    return m->names[column];
}

size_t tki_qmetrics_rows(const struct tki_qmetrics *m)
{
    return m->nrows;
}

const struct tki_value *tki_qmetrics_row(const struct tki_qmetrics *m, size_t row)
{
    return m->rows + row * m->ncolumns;
}

bool tki_qmetrics_buckets(const struct tki_qmetrics *m)
{
    bool found = false;
    for (size_t i = 0; i < m->nleaves; i++)
        found |= m->leaves[i].node->kind == TKI_N_METRIC && m->leaves[i].node->what == TKI_M_HISTOGRAM;
    return found;
}

void tki_qmetrics_weights(const struct tki_qmetrics *m, uint64_t *spans, uint64_t *sampled, double *stand_for,
                          uint64_t *untimed)
{
    *untimed = m->untimed;
    *spans = m->spans;
    *sampled = m->sampled;
    *stand_for = tki_exact_sum(&m->stand_for);
}
